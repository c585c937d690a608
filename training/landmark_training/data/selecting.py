"""Which candidates become pairs: no question twice, a limit for every project, no language too large."""

import zlib
from collections import Counter, defaultdict

from .reading import ReadFile, ReadPackage

PROJECT_PAIRS = 1_200
FILE_PAIRS = 20  # of one kind, before another file has its turn: whole files are used up, so fewer are stored
LANGUAGE_SHARE = 0.35
# How a project's limit is divided where it has more of every kind than fits.
KIND_SHARES = {"doc": 0.42, "comment": 0.2, "section": 0.12, "error": 0.12, "test": 0.14}

Chosen = dict[str, list[int]]  # path -> numbers of the file's chosen candidates


def pair_key(question: str, name: str) -> tuple[str, str]:
    return (question.lower(), name)


def draw(*parts: str) -> float:
    """A number from 0 to 1 that is the same at every run."""
    return zlib.crc32("\0".join(parts).encode("utf-8", "replace")) / 2**32


def divided(available: dict[str, int], limit: int) -> dict[str, int]:
    """How many of each kind: its share of the limit, and what other kinds leave of theirs."""
    given = dict.fromkeys(available, 0)
    rest = limit
    while rest > 0:
        open_ = [kind for kind in available if given[kind] < available[kind]]
        total = sum(KIND_SHARES[kind] for kind in open_)
        if not open_:
            break
        added = 0
        for kind in open_:
            more = min(available[kind] - given[kind], max(1, int(rest * KIND_SHARES[kind] / total)), rest - added)
            given[kind] += more
            added += more
        rest -= added
    return given


class Selector:
    """Sees packages in the order of the roles: held out, validation, fusion, train; refuses what it has seen."""

    def __init__(self, projectPairs: int = PROJECT_PAIRS):
        self.projectPairs = projectPairs
        self.seenContents: set[str] = set()
        self.seenPairs: set[tuple[str, str]] = set()
        self.dropped = Counter()

    def see(self, package: ReadPackage) -> None:
        """Everything of a held-out package."""
        for file in package.files:
            self.seenContents.add(file.digest)
            self.seenPairs.update(pair_key(item.question, item.name) for item in file.candidates)

    def choose(self, project: str, package: ReadPackage) -> Chosen:
        byKind: dict[str, list[tuple[int, float, str, int]]] = defaultdict(list)
        for file in package.files:
            if file.digest in self.seenContents:
                self.dropped["files seen in another package"] += 1
                continue
            self.seenContents.add(file.digest)
            turn, ofKind = draw(project, file.path), Counter()
            for number, item in sorted(enumerate(file.candidates), key=lambda each: draw(file.path, each[1].question)):
                key = pair_key(item.question, item.name)
                if key in self.seenPairs:
                    self.dropped["pairs seen before, held out or reserved"] += 1
                    continue
                self.seenPairs.add(key)
                byKind[item.kind].append((ofKind[item.kind] // FILE_PAIRS, turn, file.path, number))
                ofKind[item.kind] += 1
        given = divided({kind: len(items) for kind, items in byKind.items()}, self.projectPairs)
        chosen: Chosen = defaultdict(list)
        for kind, items in byKind.items():
            self.dropped["pairs over a project's limit"] += len(items) - given[kind]
            for *_, path, number in sorted(items)[: given[kind]]:
                chosen[path].append(number)
        return {path: sorted(numbers) for path, numbers in chosen.items()}


def language_keep(counts: dict[str, int], share: float = LANGUAGE_SHARE) -> dict[str, float]:
    """The part of each language's pairs that is kept so that none has more than the share of all."""
    total = sum(counts.values())
    keep = dict.fromkeys(counts, 1.0)
    for language, count in counts.items():
        if count > share * total:
            keep[language] = share / (1 - share) * (total - count) / count
    return keep


def thinned(project: str, files: list[ReadFile], chosen: Chosen, keep: dict[str, float]) -> Chosen:
    """The chosen without what a too large language must lose."""
    byPath = {file.path: file for file in files}
    kept = {}
    for path, numbers in chosen.items():
        file = byPath[path]
        numbers = [number for number in numbers if draw("thin", project, path, str(number)) < keep.get(file.language, 1.0)]
        if numbers:
            kept[path] = numbers
    return kept
