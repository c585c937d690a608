"""Archives of packages -> pairs.jsonl: one line per source file, with its documented definitions.

Refused: held-out packages and every file whose content stands in one of them, question and name pairs that
stand in one of them or in a validation package, vendored folders, tests, built and minified files, repeats.
"""

import hashlib
import json
import re
import tarfile
import zipfile
from collections import Counter
from dataclasses import asdict
from pathlib import Path, PurePosixPath

from ..config import CACHE
from .definitions import documented_definitions
from .fetch import Package, fetch_packages, read_package_table

LANGUAGES = {".py": "python", ".js": "javascript", ".mjs": "javascript", ".jsx": "javascript",
             ".ts": "typescript", ".tsx": "typescript", ".mts": "typescript"}
SKIPPED_PATH = re.compile(
    r"(^|/)(node_modules|tests?|__tests__|testing|vendor|vendored|vendors|_vendor|_vendored|third_party|thirdparty"
    r"|extern|externals|dist|_cjs|_esm|cjs|esm|umd|amd|min|minified|build|locale|migrations|conformance)(/|$)"
    r"|\.min\.|\.d\.m?ts$")
KEPT_AWAY_COPY = re.compile(r"(^|/)_?(click|requests|flask|pytest|redis|werkzeug)(/|\.)")  # refused in training packages
FILE_BYTES = (800, 400_000)
LONGEST_LINE = 400
HELD_OUT_NAMES = frozenset(
    "flask requests pytest pylint sqlfluff werkzeug httpie scrapy mitmproxy pip-tools black hono express-validator "
    "fastify vitest zod @tanstack/query-core drizzle-orm gin echo chi cobra viper bubbletea ripgrep fd bat hyperfine "
    "tokio-console clap junit5 gson okhttp guava jq redis redis-py curl zstd".split())


def archive_members(path: Path):
    """Yield (path inside the package, bytes) of the source files of a wheel or an npm tarball."""
    if path.suffix == ".whl":
        with zipfile.ZipFile(path) as archive:
            for entry in archive.infolist():
                if _is_source(entry.filename, entry.file_size):
                    yield entry.filename, archive.read(entry)
    else:
        with tarfile.open(path) as archive:
            for entry in archive:
                name = entry.name.split("/", 1)[-1]  # npm puts everything under package/
                if entry.isfile() and _is_source(name, entry.size):
                    yield name, archive.extractfile(entry).read()


def _is_source(name: str, size: int) -> bool:
    return PurePosixPath(name).suffix in LANGUAGES and not name.endswith(".d.ts") and FILE_BYTES[0] < size < FILE_BYTES[1]


def content_hash(content: bytes) -> str:
    """Hash of a file's text, blind to line ends and surrounding white space."""
    return hashlib.sha256(content.replace(b"\r\n", b"\n").strip()).hexdigest()


def pair_key(question: str, name: str) -> tuple[str, str]:
    return (question.lower(), name)


class PairBuilder:
    """Collects files; what it has seen in held-out and validation packages is refused later."""

    def __init__(self):
        self.seenContent: set[str] = set()
        self.seenPairs: set[tuple[str, str]] = set()
        self.dropped = Counter()
        self.pairs = Counter()

    def see(self, path: Path) -> None:
        """Remember everything of a held-out package, tests and vendored code too."""
        for name, content in archive_members(path):
            self.seenContent.add(content_hash(content))
            for definition in self._definitions(name, content)[1]:
                self.seenPairs.add(pair_key(definition.question, definition.name))

    def files(self, package: Package, path: Path):
        """Yield the records of one package, TypeScript sources before what was compiled from them."""
        members = sorted(archive_members(path), key=lambda member: (".ts" not in member[0], member[0]))
        for name, content in members:
            if SKIPPED_PATH.search(name) or package.role == "train" and KEPT_AWAY_COPY.search(name):
                continue
            digest = content_hash(content)
            if digest in self.seenContent:
                self.dropped["files seen before or held out"] += 1
                continue
            self.seenContent.add(digest)
            lines, definitions = self._definitions(name, content)
            fresh = []
            for definition in definitions:
                key = pair_key(definition.question, definition.name)
                if key in self.seenPairs:
                    self.dropped["pairs seen before or held out"] += 1
                    continue
                self.seenPairs.add(key)
                fresh.append(definition)
            if fresh:
                language = LANGUAGES[PurePosixPath(name).suffix]
                self.pairs[(package.role, language)] += len(fresh)
                yield {"project": package.name, "role": package.role, "language": language, "path": name,
                       "lines": lines, "definitions": [asdict(item) for item in fresh]}

    @staticmethod
    def _definitions(name: str, content: bytes):
        try:
            source = content.decode("utf-8")
        except UnicodeDecodeError:
            return [], []
        if max(map(len, source.split("\n"))) > LONGEST_LINE:
            return [], []
        return documented_definitions(source, "python" if name.endswith(".py") else "javascript")


def build_pairs(cache: Path = CACHE) -> Path:
    """Fetch and build; returns pairs.jsonl. pairs.json beside it has the counts."""
    target = cache / "pairs.jsonl"
    if target.exists():
        return target
    table = read_package_table()
    refused = [package.name for package in table if package.role != "heldOut" and package.name in HELD_OUT_NAMES]
    assert not refused, f"held-out packages in the table: {refused}"
    archives = fetch_packages(table, cache / "packages")
    builder = PairBuilder()
    perProject = Counter()
    for package, path in archives.items():
        if package.role == "heldOut":
            builder.see(path)
    unfinished = target.with_suffix(".unfinished")
    with open(unfinished, "w", encoding="utf-8") as out:
        for role in ("validation", "train"):
            for package, path in archives.items():
                if package.role != role:
                    continue
                for record in builder.files(package, path):
                    perProject[package.name] += len(record["definitions"])
                    out.write(json.dumps(record) + "\n")
    counts = {"pairs": {f"{role} {language}": count for (role, language), count in sorted(builder.pairs.items())},
              "packages": dict(sorted(perProject.items())), "dropped": dict(builder.dropped)}
    target.with_suffix(".json").write_text(json.dumps(counts, indent=1) + "\n")
    unfinished.replace(target)
    return target


if __name__ == "__main__":
    print(build_pairs())
