"""One package's archive -> its files with candidate pairs, refused files left out."""

import zlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from .archives import members
from .documents import SUFFIXES as DOCUMENT_SUFFIXES
from .documents import read_document
from .facts import Candidate, FileFacts
from .fetch import Package
from .grammars import SUFFIXES
from .licences import has_copyleft_header
from .python_source import read_python
from .refusal import KEPT_AWAY_COPY, SKIPPED_PATH, Refused, content_hash, is_generated, is_minified, is_web_copy
from .symbols import Symbols, place_mentions
from .tree_source import read_tree

FILES_READ = 600  # of a package, drawn by hash; more would be cut off by the project's cap anyway
DOCUMENTS_READ = 150


@dataclass
class ReadFile:
    path: str
    language: str
    digest: str
    lines: list[str]
    candidates: list[Candidate]


@dataclass
class ReadPackage:
    files: list[ReadFile] = field(default_factory=list)
    dropped: Counter = field(default_factory=Counter)


def language_of(path: str) -> str:
    suffix = PurePosixPath(path).suffix.lower()
    return DOCUMENT_SUFFIXES.get(suffix) or SUFFIXES[suffix][0]


def read_file(path: str, source: str) -> FileFacts | None:
    suffix = PurePosixPath(path).suffix.lower()
    if suffix in DOCUMENT_SUFFIXES:
        return read_document(source, path)
    grammarName = SUFFIXES[suffix][1]
    return read_tree(source, path, grammarName) if grammarName else read_python(source, path)


def read_package(package: Package, archive: Path, refusals: list[Refused]) -> ReadPackage:
    """refusals: kept-away files that must not be in this package."""
    result = ReadPackage()
    facts: dict[str, FileFacts] = {}
    digests: dict[str, str] = {}
    seen: set[str] = set()
    symbols = Symbols()
    for path, content in _allowed(package, archive, refusals, result.dropped):
        digest = content_hash(content)
        source = content.decode("utf-8", "replace")
        if path in facts or digest in seen or "\ufffd" in source:
            result.dropped["files twice in a package or not UTF-8"] += 1
            continue
        seen.add(digest)
        read = None if is_minified(source) and not _is_document(path) else read_file(path, source)
        if read is None:
            result.dropped["files minified or not parsed"] += 1
            continue
        facts[path], digests[path] = read, digest
        if not any(mention.kind == "test" for mention in read.mentions):
            symbols.add(path, read.definitions)
    place_mentions(facts, symbols)
    cutFiles = {candidate.source for read in facts.values() for candidate in read.candidates}
    for path, read in facts.items():
        if read.candidates or path in cutFiles:
            result.files.append(ReadFile(path, language_of(path), digests[path], read.lines, read.candidates))
    return result


def _allowed(package: Package, archive: Path, refusals: list[Refused], dropped: Counter) -> list[tuple[str, bytes]]:
    """The files to read, sorted; the costly looks into contents come last and stop at the limits."""
    found = {}
    for path, content in members(archive):
        path = path.removeprefix("usr/share/gocode/src/").removeprefix("usr/share/cargo/registry/")
        if SKIPPED_PATH.search(path) or is_web_copy(path, package.name):
            dropped["files by their path"] += 1
        elif package.role != "validation" and KEPT_AWAY_COPY.search("/" + path):
            dropped["files that look like copies of kept-away projects"] += 1
        else:
            found.setdefault(path, content)
    typed = {PurePosixPath(path).stem for path in found if path.endswith((".ts", ".tsx", ".mts"))}
    left = {True: DOCUMENTS_READ, False: FILES_READ}
    chosen = []
    for path in sorted(found, key=lambda path: zlib.crc32(path.encode())):
        content = found[path]
        if path.endswith((".js", ".mjs", ".cjs")) and PurePosixPath(path).stem in typed:
            dropped["files compiled from TypeScript"] += 1
        elif not left[_is_document(path)]:
            dropped["files over the limit of a package"] += 1
        elif is_generated(content):
            dropped["files generated"] += 1
        elif has_copyleft_header(content):
            dropped["files of another licence"] += 1
        elif any(refused.refuses(content, content_hash(content)) for refused in refusals):
            dropped["files of held-out or reserved packages"] += 1
        else:
            left[_is_document(path)] -= 1
            chosen.append((path, content))
    return sorted(chosen)


def _is_document(path: str) -> bool:
    return PurePosixPath(path).suffix.lower() in DOCUMENT_SUFFIXES
