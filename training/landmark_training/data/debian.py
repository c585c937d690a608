"""Debian source packages without touching the machine's own apt state.

The machine's configured Debian sources are copied with `deb-src` for `deb` into a folder of the cache, which
has its own package lists; only `apt-get update` and `apt-get source --download-only` are run, both against it.
"""

import re
import subprocess
import sys
from pathlib import Path

APT_FOLDER = Path("/etc/apt")
UPDATE_TIMEOUT_SECONDS = 300
DEBIAN_ARCHIVE = re.compile(r"/debian/?(\s|$)", re.M)  # other archives than Debian's main one are left out


def apt_options(cache: Path) -> list[str]:
    """Options that make apt-get use the folder `apt` of the cache."""
    folder = (cache / "apt").absolute()
    settings = {"Dir::Etc::SourceList": "/dev/null", "Dir::Etc::SourceParts": folder / "parts",
                "Dir::State::Lists": folder / "lists", "Dir::Cache": folder, "APT::Sandbox::User": "root"}
    return [option for name, value in settings.items() for option in ("-o", f"{name}={value}")]


def source_command(name: str, version: str, options: list[str]) -> list[str]:
    return ["apt-get", "-q", *options, "source", "--download-only", "--only-source", f"{name}={version}"]


def binary_command(name: str, version: str) -> list[str]:
    """Binary packages come from the machine's own package lists: they must be there (`apt-get update`)."""
    return ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", f"{name}={version}"]


def source_entries(text: str, deb822: bool) -> str:
    """The entries of an apt source file for Debian's main archive, as source entries; empty where it has none.

    >>> source_entries("deb http://a/debian stable main\\ndeb http://b/other stable main", False)
    'deb-src http://a/debian stable main'
    """
    if deb822:
        stanzas = [stanza for stanza in re.split(r"\n\s*\n", text) if DEBIAN_ARCHIVE.search(stanza)]
        return "\n\n".join(re.sub(r"^Types:.*$", "Types: deb-src", stanza, flags=re.M) for stanza in stanzas)
    lines = [line for line in text.splitlines() if re.match(r"deb\s", line) and DEBIAN_ARCHIVE.search(line)]
    return "\n".join("deb-src" + line[len("deb"):] for line in lines)


def prepare_sources(cache: Path) -> None:
    """Copy the source entries and fetch their package lists; a failure is reported, not raised."""
    folder = cache / "apt"
    for name in ("parts", "lists/partial", "archives/partial"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    files = [APT_FOLDER / "sources.list", *sorted((APT_FOLDER / "sources.list.d").glob("*"))]
    for file in files:
        if file.is_file():
            entries = source_entries(file.read_text(), deb822=file.suffix == ".sources")
            if entries:
                (folder / "parts" / file.with_suffix(file.suffix or ".list").name).write_text(entries + "\n")
    try:
        result = subprocess.run(["apt-get", "-q", *apt_options(cache), "update"], capture_output=True, text=True,
                                timeout=UPDATE_TIMEOUT_SECONDS)
        failure = result.stderr.strip() if result.returncode else ""
    except (OSError, subprocess.TimeoutExpired) as error:
        failure = str(error)
    if failure:
        print(f"no Debian package lists: {failure}", file=sys.stderr)
