"""The source files and documents inside wheels, npm tarballs, Debian packages and Debian source archives.

Nothing is unpacked to disk. Out of an npm tarball come also the original sources that its source maps carry,
out of a wheel the description that it carries as README.md.
"""

import io
import json
import lzma
import re
import subprocess
import tarfile
import zipfile
from pathlib import Path, PurePosixPath

from .documents import SUFFIXES as DOCUMENT_SUFFIXES
from .grammars import SUFFIXES as SOURCE_SUFFIXES

FILE_BYTES = (300, 400_000)
MAP_BYTES = 6_000_000
LICENCE_FILE = re.compile(r"^(debian/copyright|(licen[cs]es?|copying|copyright|unlicense|notice)([._-][^/]*)?|package\.json|pkg-info|metadata)$", re.I)
SOURCE_IN_MAP = re.compile(r"\.[cm]?[jt]sx?$")

Member = tuple[str, bytes]


def is_wanted(name: str, size: int) -> bool:
    suffix = PurePosixPath(name).suffix.lower()
    return (FILE_BYTES[0] < size < FILE_BYTES[1] and (suffix in SOURCE_SUFFIXES or suffix in DOCUMENT_SUFFIXES)
            and not re.search(r"\.d\.[cm]?ts$", name))


def members(path: Path):
    """Yield (path inside the package, bytes) of sources and documents; damaged archives end early."""
    for name, size, read in _entries(path):
        if is_wanted(name, size):
            yield name, read()
        elif name.endswith(".map") and size < MAP_BYTES and not re.search(r"\.min\.|\.css\.map$|\.d\.[cm]?ts\.map$", name):
            yield from mapped_sources(name, read())
        elif re.search(r"\.dist-info/METADATA$", name):
            text = read().replace(b"\r\n", b"\n")
            body = text.partition(b"\n\n")[2]
            if is_wanted("README.md", len(body)):
                yield ("README.rst" if b"Description-Content-Type: text/x-rst" in text else "README.md"), body


def licence_files(path: Path):
    """Yield (lower-case file name, text) of what states a package's licence; the one of Debian's packagers first."""
    found = []
    for name, size, read in _entries(path):
        short = re.sub(r"^.*\.dist-info/(licenses/)?", "", name)
        if re.match(r"usr/share/doc/[^/]+/copyright$", name):
            short = "debian/copyright"
        if size < 400_000 and LICENCE_FILE.match(short):
            found.append((short.lower(), read().decode("utf-8", "replace")))
    yield from sorted(found, key=lambda item: not item[0].startswith("debian"))


def mapped_sources(name: str, content: bytes):
    """The original sources inside a source map, named by their paths in the package."""
    try:
        data = json.loads(content)
        pairs = list(zip(data.get("sources") or (), data.get("sourcesContent") or ()))
    except (ValueError, AttributeError, TypeError):
        return
    for source, text in pairs:
        if not isinstance(source, str) or not isinstance(text, str) or not SOURCE_IN_MAP.search(source):
            continue
        if "node_modules" in source or "webpack/" in source or "\0" in source:
            continue
        path = re.sub(r"^([a-z]+:/+|\.*/)+", "", source)
        if is_wanted(path, len(text)):
            yield path, text.encode()


def _entries(path: Path):
    """Yield (path without the archive's own folder, size, function that reads it) of every regular file."""
    if path.is_dir():
        archives = [file for file in sorted(path.iterdir()) if re.search(r"\.(orig(-[\w.-]+)?|debian)?\.?tar\.\w+$", file.name)]
        for archive in archives:
            with archive.open("rb") as file:
                inDebian = ".debian.tar" in archive.name
                yield from _tar_entries(file, None if inDebian else 1)
    elif path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                yield entry.filename, entry.file_size, lambda entry=entry: archive.read(entry)
    elif path.suffix == ".deb":
        data = subprocess.run(["dpkg-deb", "--fsys-tarfile", str(path)], capture_output=True, check=True).stdout
        yield from _tar_entries(io.BytesIO(data), None)
    else:
        with path.open("rb") as file:
            yield from _tar_entries(file, 1)


def _tar_entries(file, dropped: int | None):
    """dropped: how many leading folders are the archive's own; None for none."""
    try:
        with tarfile.open(fileobj=file) as archive:
            for entry in archive:
                if entry.isfile():
                    name = re.sub(r"^\./", "", entry.name)
                    name = name.split("/", dropped)[-1] if dropped else name
                    yield name, entry.size, lambda entry=entry: archive.extractfile(entry).read()
    except (tarfile.TarError, EOFError, lzma.LZMAError, OSError):
        return
