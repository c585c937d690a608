"""Archives of packages -> pairs-v2/pairs.jsonl: one line per source file or page, with the pairs chosen from it.

    python -m landmark_training.data.build

Each package is read once and what it offers is kept under pairs-v2/read-*, so a build that was stopped goes on
where it was. Then pairs are chosen over all packages (selecting.py), and what their questions were taken from is
cut from the files. Refused (refusal.py): held-out packages and every file that stands in one of them, or in a
package of another role than train. pairs.json beside pairs.jsonl counts what came in and what was dropped.

Questions that a model wrote are merged where cache/paraphrases.jsonl is there: one object a line, with project,
path, sha (SHA-256 of the lines meant, joined by newlines), question, startLine, endLine. Lines that have moved in
the file are found again by their sha. The command always writes pairs.jsonl anew, which takes minutes once
everything is fetched and read.
"""

import hashlib
import json
import multiprocessing
import pickle
import re
import shutil
import sys
import zlib
from collections import Counter, defaultdict
from concurrent.futures import ProcessPoolExecutor, as_completed
from pathlib import Path

from ..config import CACHE
from .archives import members
from .facts import cut
from .fetch import Package, fetch_packages, read_package_table
from .licences import PERMISSIVE
from .reading import ReadPackage, read_package
from .refusal import HELD_OUT_NAMES, Refused, is_held_out
from .selecting import Chosen, Selector, language_keep, thinned

PROCESSES = 2
ROLES = ("heldOut", "validation", "fusion", "train")
SHORTEST_PAIR_LINES = 1
__all__ = ["HELD_OUT_NAMES", "build_pairs", "rebuild_pairs"]

_refusals: list[Refused] = []  # of a reading process; set before it is forked


def build_pairs(cache: Path = CACHE) -> Path:
    """pairs.jsonl as it stands, built where it is missing: a training that goes on must find the same pairs."""
    target = cache / "pairs-v2" / "pairs.jsonl"
    return target if target.exists() else rebuild_pairs(cache)


def rebuild_pairs(cache: Path = CACHE) -> Path:
    """Fetch, read, choose and write; returns pairs.jsonl."""
    target = cache / "pairs-v2" / "pairs.jsonl"
    table = read_package_table()
    refused = [package.name for package in table if package.role != "heldOut" and is_held_out(package.name)]
    assert not refused, f"held-out packages in the table: {refused}"
    unfit = [package.name for package in table if package.role != "heldOut" and package.licence not in PERMISSIVE]
    assert not unfit, f"not of a permissive licence: {unfit}"
    archives = dict(sorted(fetch_packages(table, cache / "packages").items(),
                           key=lambda item: (ROLES.index(item[0].role), item[0].name, item[0].registry)))
    reads = read_all(archives, cache / "pairs-v2")
    chosen, selector, counts = choose_all(archives, reads)
    keep = language_keep(counts)
    write_records(archives, reads, chosen, keep, load_paraphrases(cache / "paraphrases.jsonl"), selector, target)
    return target


def _read_one(package: Package, archive: Path, target: Path) -> Counter:
    refusals = [] if package.role == "heldOut" else _refusals[:1] if package.role != "train" else _refusals
    result = read_package(package, archive, refusals)
    unfinished = target.with_suffix(".unfinished")
    unfinished.write_bytes(zlib.compress(pickle.dumps(result), 1))
    unfinished.replace(target)
    return result.dropped


def load_read(path: Path) -> ReadPackage:
    return pickle.loads(zlib.decompress(path.read_bytes()))


def _reader_version() -> str:
    """Changes with the code that reads, so that nothing read by other code is used."""
    folder = Path(__file__).parent
    readers = ("archives", "comments", "documents", "facts", "grammars", "python_source", "reading", "refusal",
               "sentences", "symbols", "tree_source")
    return hashlib.sha256(b"".join((folder / f"{name}.py").read_bytes() for name in readers)).hexdigest()[:8]


def read_all(archives: dict[Package, Path], folder: Path) -> dict[Package, Path]:
    """Read every package, in two processes; returns where each result is kept. What cannot be read is reported."""
    version = folder / f"read-{_reader_version()}"
    version.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("read-*"):
        if old != version:
            shutil.rmtree(old)
    targets = {package: version / re.sub(r"[^\w.@+-]", "_", f"{package.role}-{package.registry}-{package.name}-{package.version}.read")
               for package in archives}
    missing = [package for package in archives if not targets[package].exists()]
    if missing:
        _refusals[:] = _kept_away(archives, version / "refused.pickle")
    missing.sort(key=lambda package: -_size(archives[package]))
    with ProcessPoolExecutor(PROCESSES, multiprocessing.get_context("fork")) as pool:
        jobs = {pool.submit(_read_one, package, archives[package], targets[package]): package for package in missing}
        for number, job in enumerate(as_completed(jobs), 1):
            if job.exception():
                print(f"not read: {jobs[job].name}: {job.exception()!r}", file=sys.stderr)
            elif number % 100 == 0:
                print(f"{number} of {len(jobs)} packages read", file=sys.stderr)
    return {package: path for package, path in targets.items() if path.exists()}


def _size(path: Path) -> int:
    return sum(file.stat().st_size for file in path.iterdir()) if path.is_dir() else path.stat().st_size


def _kept_away(archives: dict[Package, Path], target: Path) -> list[Refused]:
    """[files of held-out packages, files of validation and fusion packages]"""
    if target.exists():
        return pickle.loads(target.read_bytes())
    heldOut, reserved = Refused(), Refused()
    for package, path in archives.items():
        if package.role != "train":
            for _, content in members(path):
                (heldOut if package.role == "heldOut" else reserved).see(content)
    target.write_bytes(pickle.dumps([heldOut, reserved]))
    return [heldOut, reserved]


def choose_all(archives: dict[Package, Path], reads: dict[Package, Path]) -> tuple[dict[Package, Chosen], Selector, dict[str, int]]:
    """What each package gives; the selector with what was dropped; training pairs by language."""
    selector, chosen, counts = Selector(), {}, Counter()
    for package in archives:
        if package not in reads:
            continue
        read = load_read(reads[package])
        selector.dropped.update(read.dropped)
        if package.role == "heldOut":
            selector.see(read)
            continue
        chosen[package] = selector.choose(package.name, read)
        if package.role == "train":
            for file in read.files:
                counts[file.language] += len(chosen[package].get(file.path, ()))
    return chosen, selector, dict(counts)


def records_of(package: Package, read: ReadPackage, chosen: Chosen) -> list[dict]:
    """Records with their lines cut: of the chosen candidates, and of sentences that became questions for other files."""
    pieces: dict[str, set] = defaultdict(set)
    for file in read.files:
        for number in chosen.get(file.path, ()):
            item = file.candidates[number]
            pieces[item.source or file.path].update(item.cuts)
    records = []
    for file in read.files:
        if file.path not in chosen:
            continue
        lines, moved = cut(file.lines, pieces[file.path])
        pairs = []
        for number in chosen[file.path]:
            item = file.candidates[number]
            inside = [moved[line] for line in range(item.startLine, item.endLine + 1) if line in moved]
            if len(inside) >= SHORTEST_PAIR_LINES:
                pairs.append({"kind": item.kind, "question": item.question, "name": item.name,
                              "startLine": inside[0], "endLine": inside[-1]})
        if pairs:
            records.append({"project": package.name, "registry": package.registry, "role": package.role,
                            "language": file.language, "path": file.path, "lines": lines, "pairs": pairs})
    return records


def load_paraphrases(path: Path) -> dict[tuple[str, str], list[dict]]:
    found = defaultdict(list)
    if path.exists():
        for line in path.read_text(encoding="utf-8").splitlines():
            item = json.loads(line)
            found[(item["project"], item["path"])].append(item)
    return found


def add_paraphrases(record: dict, written: list[dict]) -> int:
    """One pair of all questions about the same lines. Returns how many fitted: those whose lines still stand in the record."""
    lines, fitting, regions = record["lines"], 0, {}
    for item in written:
        size = item["endLine"] - item["startLine"] + 1
        starts = [item["startLine"], *(range(len(lines) - size + 1) if "first" not in item else
                                       (number for number, line in enumerate(lines) if line == item["first"]))]
        start = next((start for start in starts if _sha(lines[start: start + size]) == item["sha"]), None)
        if start is not None:
            fitting += 1
            regions.setdefault((start, start + size - 1), []).append(item["question"])
    for (start, end), questions in regions.items():
        record["pairs"].append({"kind": "paraphrase", "question": questions[0], "questions": questions, "name": "",
                                "startLine": start, "endLine": end})
    return fitting


def _sha(lines: list[str]) -> str:
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def write_records(archives: dict, reads: dict, chosen: dict, keep: dict, paraphrases: dict, selector: Selector, target: Path) -> None:
    """pairs.jsonl, sorted by project, and pairs.json; the old file stays until the new one is complete."""
    byKind, byPackage, dropped = Counter(), {}, selector.dropped
    unfinished = target.with_suffix(".unfinished")
    with open(unfinished, "w", encoding="utf-8") as out:
        for package in sorted(chosen, key=lambda item: (item.name, item.registry)):
            read = load_read(reads[package])
            mine = chosen[package]
            if package.role == "train":
                mine = thinned(package.name, read.files, mine, keep)
                dropped["pairs over a language's share"] += sum(map(len, chosen[package].values())) - sum(map(len, mine.values()))
            count = 0
            for record in records_of(package, read, mine):
                written = paraphrases.get((record["project"], record["path"]), [])
                dropped["paraphrases of other lines"] += len(written) - add_paraphrases(record, written)
                count += len(record["pairs"])
                byKind.update((package.role, record["language"], pair["kind"]) for pair in record["pairs"])
                out.write(json.dumps(record) + "\n")
            byPackage[f"{package.role} {package.registry} {package.name}"] = count
    counts = {"pairs": {" ".join(key): count for key, count in sorted(byKind.items())}, "packages": byPackage,
              "without pairs": sorted(name for name, count in byPackage.items() if not count),
              "dropped": dict(sorted(dropped.items()))}
    target.with_suffix(".json").write_text(json.dumps(counts, indent=1) + "\n")
    unfinished.replace(target)


if __name__ == "__main__":
    print(rebuild_pairs())
