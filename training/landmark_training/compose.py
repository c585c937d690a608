"""Which windows meet in a step: hard neighbours of one project side by side, several projects a step.

A window is a hard neighbour of another where questions of one are drawn to blocks of the other, by words or by the
landmarks' own vectors of their last visit. It runs no model and draws from the rng that is passed in.
"""

import random

import torch

from .arrangement import Arrangement
from .loss import NEVER
from .teacher import WORDS_TEMPERATURE, Teacher

CLUSTER_WINDOWS = 8
HARD_SHARE = 0.75  # of a cluster; the rest are any windows of the project
SCORE_TEMPERATURE = 0.05
TIE = 1e-6  # windows that nothing draws to each other meet by chance


class Memory:
    """The landmark vectors of a window and of a pair (mean of its two questions) at their last visit.

    keys [N,R] and queries [P,R] float16; seen [N], [P] bool.
    """

    def __init__(self, arrangement: Arrangement, width: int):
        self.keys = torch.zeros(len(arrangement.blockWindow), width, dtype=torch.float16)
        self.queries = torch.zeros(len(arrangement.pairWindow), width, dtype=torch.float16)
        self.keysSeen = torch.zeros(len(self.keys), dtype=torch.bool)
        self.queriesSeen = torch.zeros(len(self.queries), dtype=torch.bool)

    def keep(self, blocks: torch.Tensor, keys: torch.Tensor, pairs: torch.Tensor, queries: torch.Tensor) -> None:
        self.keys[blocks], self.keysSeen[blocks] = keys.detach().half(), True
        self.queries[pairs], self.queriesSeen[pairs] = queries.detach().half(), True

    def state(self) -> dict[str, torch.Tensor]:
        return dict(vars(self))

    def load(self, state: dict[str, torch.Tensor]) -> None:
        for name, values in state.items():
            getattr(self, name).copy_(values)


def confusion(arrangement: Arrangement, teacher: Teacher, memory: Memory, project: int) -> torch.Tensor:
    """How much questions of one window are drawn to blocks of the other [windows,windows], windows of the project."""
    pairs, blocks = torch.tensor(arrangement.pairs_of(project)), torch.tensor(arrangement.blocks_of(project))
    gold, neither = arrangement.relations(pairs, blocks)
    refused = gold | neither
    words = teacher.word_scores(pairs, torch.zeros_like(pairs), blocks) / WORDS_TEMPERATURE
    drawn = words.masked_fill(refused, NEVER).softmax(1)  # [pairs,blocks]
    if memory.keysSeen[blocks].any():
        scores = memory.queries[pairs].float() @ memory.keys[blocks].float().T / SCORE_TEMPERATURE
        known = memory.queriesSeen[pairs][:, None] & memory.keysSeen[blocks][None]
        drawn = drawn + scores.masked_fill(refused | ~known, NEVER).softmax(1) * known
    first = int(arrangement.blockWindow[blocks[0]])
    count = int(arrangement.blockWindow[blocks[-1]]) - first + 1
    byWindow = torch.zeros(len(pairs), count).index_add_(1, arrangement.blockWindow[blocks] - first, drawn)
    table = torch.zeros(count, count).index_add_(0, arrangement.pairWindow[pairs] - first, byWindow)
    return table + table.T


def clusters_of(table: torch.Tensor, rng: random.Random, hardShare: float = HARD_SHARE,
                size: int = CLUSTER_WINDOWS) -> list[list[int]]:
    """table [windows,windows] -> groups of at most size windows, each grown from a random one."""
    free = list(range(len(table)))
    rng.shuffle(free)
    isFree = torch.ones(len(table), dtype=torch.bool)
    clusters = []
    while free:
        members = [free.pop()]
        isFree[members[0]] = False
        pull = table[members[0]] + TIE * torch.tensor([rng.random() for _ in table])  # [windows]
        while len(members) < size and free:
            if rng.random() < hardShare:
                chosen = int(pull.masked_fill(~isFree, NEVER).argmax())
            else:
                chosen = rng.choice(free)
            free.remove(chosen)
            isFree[chosen] = False
            pull += table[chosen]
            members.append(chosen)
        clusters.append(members)
    return clusters


def compose_epoch(arrangement: Arrangement, teacher: Teacher, memory: Memory, rng: random.Random, stepBlocks: int,
                  hardShare: float = HARD_SHARE, clusterWindows: int = CLUSTER_WINDOWS) -> list[list[int]]:
    """Windows of each step of an epoch: every window once, whole clusters until stepBlocks blocks are together."""
    clusters = []
    for project in range(arrangement.projectCount):
        first = int(arrangement.blockWindow[arrangement.blocks_of(project)[0]])
        clusters += [[first + window for window in members]
                     for members in clusters_of(confusion(arrangement, teacher, memory, project), rng, hardShare,
                                              clusterWindows)]
    rng.shuffle(clusters)
    steps: list[list[int]] = []
    blocks = stepBlocks
    for members in clusters:
        if blocks >= stepBlocks:
            steps.append([])
            blocks = 0
        steps[-1] += members
        blocks += sum(len(arrangement.windowBlocks[window]) for window in members)
    if len(steps) > 1 and blocks < stepBlocks / 2:
        steps.pop()  # too few wrong answers to learn from
    return [step for step in steps if any(arrangement.windowPairs[window] for window in step)]
