"""Questions of one workspace ranked by landmarks, by words and by ways to fuse them, and where their gold stands.

What counts as found is what `bench/retrieval/metrics.ts` counts. Shapes: N blocks of a workspace, Q questions.
"""

from dataclasses import dataclass

import numpy as np

from .fusion_features import RANK_OFFSET, UNRANKED, Candidates, Workspace, ranks_of, reciprocal_of

OFFSETS = (1, 5, 10, 20, 40, 80)
LANDMARK_SHARES = (0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)
LINE_BUDGETS = (60, 150)
NEVER = 1_000_000  # a rank or a count of lines that no budget reaches


@dataclass
class Asked:
    """A question within its workspace. gold: its blocks, [N] bool; lineCounts [N]; landmark [N] and words [N]: scores."""

    workspace: Workspace
    lineCounts: np.ndarray
    gold: np.ndarray
    landmark: np.ndarray
    words: np.ndarray
    candidates: Candidates
    project: str
    kind: str


@dataclass(frozen=True)
class Found:
    """Counted from 0: where the first gold block and the first gold file stand; lines returned up to the gold block."""

    block: int = NEVER
    file: int = NEVER
    lines: int = NEVER


def found_in(asked: Asked, order: np.ndarray) -> Found:
    """order: blocks, best first."""
    hits = np.flatnonzero(asked.gold[order])
    files = asked.workspace.fileOf[order]
    goldFile = asked.workspace.fileOf[np.flatnonzero(asked.gold)[0]]
    inFile = np.flatnonzero(files == goldFile)
    file = len(np.unique(files[: inFile[0]])) if len(inFile) else NEVER
    if not len(hits):
        return Found(file=file)
    return Found(int(hits[0]), file, int(asked.lineCounts[order[: hits[0] + 1]].sum()))


def by_score(scores: np.ndarray) -> np.ndarray:
    """scores [N] -> blocks with evidence, best first."""
    ranks = ranks_of(scores)
    known = np.flatnonzero(ranks != UNRANKED)
    return known[np.argsort(ranks[known])]


def by_reciprocal_rank(asked: Asked, offsets: tuple[float, float] = (RANK_OFFSET, RANK_OFFSET), landmarkShare: float = 0.5) -> np.ndarray:
    landmark, words = ranks_of(asked.landmark), ranks_of(asked.words)
    return by_score(landmarkShare * reciprocal_of(landmark, offsets[0]) + (1 - landmarkShare) * reciprocal_of(words, offsets[1]))


ReciprocalRanks = tuple[tuple[float, float], float]  # offsets of landmarks and words, share of landmarks
RECIPROCAL_RANKS: list[ReciprocalRanks] = [((one, other), share) for one in OFFSETS for other in OFFSETS for share in LANDMARK_SHARES]


def reciprocal_gains(asked: Asked) -> np.ndarray:
    """For each of RECIPROCAL_RANKS, the reciprocal rank of the question's best gold block."""
    landmark, words = ranks_of(asked.landmark), ranks_of(asked.words)
    arms = {offset: (reciprocal_of(landmark, offset), reciprocal_of(words, offset)) for offset in OFFSETS}
    gains = np.zeros(len(RECIPROCAL_RANKS))
    for index, ((one, other), share) in enumerate(RECIPROCAL_RANKS):
        scores = share * arms[one][0] + (1 - share) * arms[other][1]
        best = scores[asked.gold].max()
        gains[index] = 1 / (1 + (scores > best).sum()) if best > 0 else 0.0
    return gains


def figures_of(found: list[Found], weight: np.ndarray) -> dict[str, float]:
    """weight [Q]: of each question."""
    def share(holds: list[bool]) -> float:
        return round(float(np.average(np.array(holds, dtype=float), weights=weight)), 4)

    return {**{f"recallAt{k}": share([one.block < k for one in found]) for k in (1, 5, 10)},
            "meanReciprocalRank": round(float(np.average([0 if one.block == NEVER else 1 / (1 + one.block) for one in found],
                                                         weights=weight)), 4),
            **{f"fileAt{k}": share([one.file < k for one in found]) for k in (1, 5)},
            **{f"within{lines}Lines": share([one.block == 0 or one.lines <= lines for one in found]) for lines in LINE_BUDGETS}}
