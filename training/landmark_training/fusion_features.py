"""What fusion weighs of a block beside a question: features with names, which mean the same in a workspace of any size.

`server/landmark/blockEvidence.ts` computes the same; `test/unit/fixtures/fusion.json` (oracle/fusion.py) holds it to this.
Everything is seen within one workspace, as in the product. Shapes: N blocks, F files, C candidates of a question.
"""

import re
from dataclasses import dataclass

import numpy as np

from .bm25 import BM25, K1, content_words, words_of_text

CANDIDATES_PER_ARM = 100
RANK_OFFSET = 20  # of reciprocal ranks, as of the fusion that knows no weights
UNRANKED = -1

# More of these never counts against a block.
EVIDENCE = (
    "landmark",        # landmark score, -1 to 1; the workspace's mean where the block has no key
    "landmarkSpread",  # the same in standard deviations above the workspace's mean
    "landmarkRank",    # 20 / (20 + rank), 1 for the best; 0 without evidence
    "words",           # BM25 as a share of the workspace's best for this question
    "wordsShare",      # BM25 as a share of the most that the question's words can give
    "wordsRank",       # as landmarkRank
    "coverage",        # share of the question's words, each by its rarity, that the block holds
    "path",            # the same of the block's path
    "fileLandmark",    # landmarkSpread of the best other block of the file; 0 where it has none
    "fileWords",       # words of the best other block of the file
    "fileCoverage",    # coverage of the whole file
    "neighbour",       # landmarkSpread of the better one of the blocks before and after it in the file; 0 without
)
# These speak for or against.
KIND = (
    "aside",           # 1 in a test, an example, a benchmark, where the question does not ask for one
    "document",        # 1 in prose
)
FEATURES = EVIDENCE + KIND

ASIDE_PATH = re.compile(
    r"(^|/)(tests?|__tests__|specs?|testing|testdata|fixtures?|mocks?|examples?|samples?|demos?|bench(es|marks?)?)/"
    r"|(^|/)test_[^/]*$|[._-](tests?|specs?)\.[^/]*$|tests?\.(java|kt|cs)$")
ASIDE_WORDS = frozenset(
    "test tests tested testing spec specs fixture fixtures mock mocks example examples sample samples demo demos benchmark "
    "benchmarks".split())
DOCUMENT_PATH = re.compile(r"(^|/)docs?/|\.(md|mdx|markdown|rst|adoc|asciidoc|txt)$")
SMALLEST_DEVIATION = 1e-6


def is_aside(path: str) -> bool:
    return bool(ASIDE_PATH.search(path.lower()))


@dataclass
class Workspace:
    """The blocks of one project in file and line order. fileOf [N]: the number of each one's file; paths [F]; words: of
    each block's path and text."""

    paths: list[str]
    fileOf: np.ndarray
    words: BM25

    def __post_init__(self) -> None:
        self.pathWords = [frozenset(words_of_text(path)) for path in self.paths]


def workspace_of(blockPaths: list[str], blockTexts: list[str]) -> Workspace:
    paths = list(dict.fromkeys(blockPaths))
    number = {path: index for index, path in enumerate(paths)}
    return Workspace(paths, np.array([number[path] for path in blockPaths], dtype=np.int64),
                     BM25([f"{path} {text}" for path, text in zip(blockPaths, blockTexts)]))


@dataclass
class Candidates:
    """blocks [C], ascending; features [C, FEATURES]; reciprocal [N]: the sum of reciprocal ranks, 0 without evidence."""

    blocks: np.ndarray
    features: np.ndarray
    reciprocal: np.ndarray


def ranks_of(scores: np.ndarray) -> np.ndarray:
    """scores [N] -> 0 for the best, ties to the lower index; UNRANKED where a score is NaN or 0: no evidence."""
    known = np.flatnonzero(~np.isnan(scores) & (scores != 0))
    ranks = np.full(len(scores), UNRANKED)
    ranks[known[np.argsort(-scores[known], kind="stable")]] = np.arange(len(known))
    return ranks


def reciprocal_of(ranks: np.ndarray, offset: float = RANK_OFFSET) -> np.ndarray:
    return np.where(ranks == UNRANKED, 0.0, 1 / (offset + np.maximum(ranks, 0)))


def best_other(values: np.ndarray, fileOf: np.ndarray) -> np.ndarray:
    """values [N], -inf where there is none -> the best of the other blocks of each block's file [N]."""
    best, second = np.full(int(fileOf.max()) + 1, -np.inf), np.full(int(fileOf.max()) + 1, -np.inf)
    holder = np.full(len(best), -1)
    for block, (file, value) in enumerate(zip(fileOf, values)):
        if value > best[file]:
            second[file], best[file], holder[file] = best[file], value, block
        elif value > second[file]:
            second[file] = value
    return np.where(holder[fileOf] == np.arange(len(values)), second[fileOf], best[fileOf])


def candidates_of(workspace: Workspace, question: str, landmark: np.ndarray,
                  perArm: int = CANDIDATES_PER_ARM) -> Candidates:
    """landmark [N] float32: scores of the question over the workspace; NaN where a block has no key."""
    fileOf, index = workspace.fileOf, workspace.words
    words = index.scores(question).astype(np.float32)
    landmarkRanks, wordsRanks = ranks_of(landmark), ranks_of(words)
    chosen = np.zeros(len(landmark), dtype=bool)
    for ranks in (landmarkRanks, wordsRanks):
        chosen |= (ranks != UNRANKED) & (ranks < perArm)
    blocks = np.flatnonzero(chosen)
    landmark64, words64 = landmark.astype(np.float64), words.astype(np.float64)
    known = ~np.isnan(landmark64)
    mean = landmark64[known].mean() if known.any() else 0.0
    deviation = landmark64[known].std() if known.any() else 0.0
    filled = np.where(known, landmark64, mean)
    spread = (filled - mean) / deviation if deviation > SMALLEST_DEVIATION else np.zeros(len(filled))
    share = words64 / words64.max() if words64.max() > 0 else words64
    rarities = index.rarities(question)
    total = sum(rarities.values())
    inPath = np.array([sum(rarity for word, rarity in rarities.items() if word in held) for held in workspace.pathWords])
    knownSpread = np.where(known, spread, -np.inf)
    padded = np.concatenate([[-np.inf], knownSpread, [-np.inf]])
    files = np.concatenate([[-1], fileOf, [-1]])
    before, after = padded[:-2], padded[2:]
    beside = np.maximum(np.where(files[:-2] == fileOf, before, -np.inf), np.where(files[2:] == fileOf, after, -np.inf))
    aside = not ASIDE_WORDS & set(content_words(question))
    columns = {
        "landmark": filled,
        "landmarkSpread": spread,
        "landmarkRank": RANK_OFFSET * reciprocal_of(landmarkRanks),
        "words": share,
        "wordsShare": words64 / (total * (K1 + 1)) if total else words64,
        "wordsRank": RANK_OFFSET * reciprocal_of(wordsRanks),
        "coverage": index.coverage(question),
        "path": (inPath / total if total else inPath)[fileOf],
        "fileLandmark": _or_zero(best_other(knownSpread, fileOf)),
        "fileWords": _or_zero(best_other(share, fileOf)),
        "fileCoverage": index.coverage(question, fileOf)[fileOf],
        "neighbour": _or_zero(beside),
        "aside": np.array([float(aside and is_aside(path)) for path in workspace.paths])[fileOf],
        "document": np.array([float(bool(DOCUMENT_PATH.search(path.lower()))) for path in workspace.paths])[fileOf],
    }
    features = np.stack([columns[name][blocks] for name in FEATURES], 1)
    return Candidates(blocks, features, reciprocal_of(landmarkRanks) + reciprocal_of(wordsRanks))


def _or_zero(values: np.ndarray) -> np.ndarray:
    return np.where(np.isneginf(values), 0.0, values)


def order_of(candidates: Candidates, scores: np.ndarray) -> np.ndarray:
    """scores [C] -> all blocks with evidence, best first: candidates by their scores, then the rest by reciprocal rank."""
    isCandidate = np.zeros(len(candidates.reciprocal), dtype=bool)
    isCandidate[candidates.blocks] = True
    rest = np.flatnonzero(~isCandidate & (candidates.reciprocal > 0))
    return np.concatenate([candidates.blocks[np.argsort(-scores, kind="stable")],
                           rest[np.argsort(-candidates.reciprocal[rest], kind="stable")]])
