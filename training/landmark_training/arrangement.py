"""Which block stands where: files, projects and lines of the chosen blocks and pairs as tensors.

Blocks are counted over all windows in order, pairs as chosen; those of a project lie side by side. It knows no text.
Shapes: N blocks, P pairs, q and n some of them.
"""

import torch

from .textcache.choice import Choice

NOWHERE = (-1, 0, 0)  # file and lines, where a pair has fewer of them than another


class Arrangement:
    def __init__(self, choice: Choice):
        names = sorted({choice.files[window.file][0] for window in choice.windows})
        number = {name: index for index, name in enumerate(names)}
        windowProject = [number[choice.files[window.file][0]] for window in choice.windows]
        counts = torch.tensor([len(window.spans) for window in choice.windows])
        self.projectCount = len(names)
        self.blockWindow = torch.arange(len(counts)).repeat_interleave(counts)  # [N]
        self.blockProject = torch.tensor(windowProject).repeat_interleave(counts)  # [N]
        self.blockFile = torch.tensor([window.file for window in choice.windows]).repeat_interleave(counts)  # [N]
        spans = torch.tensor([span for window in choice.windows for span in window.spans])  # [N,2]
        self.blockStart, self.blockEnd = spans[:, 0], spans[:, 1]
        self.windowProject = torch.tensor(windowProject)
        ends = counts.cumsum(0)
        self.windowBlocks = [range(end - count, end) for end, count in zip(ends.tolist(), counts.tolist())]
        self.windowPairs: list[list[int]] = [[] for _ in choice.windows]
        for index, pair in enumerate(choice.pairs):
            self.windowPairs[pair.window].append(index)
        self.pairFile = torch.tensor([pair.file for pair in choice.pairs])  # [P]
        self.pairWindow = torch.tensor([pair.window for pair in choice.pairs])  # [P]
        self.pairProject = torch.tensor([windowProject[pair.window] for pair in choice.pairs])  # [P]
        self.pairLines = torch.tensor([[pair.startLine, pair.goldLine, pair.endLine] for pair in choice.pairs])  # [P,3]
        most = max((len(pair.others) for pair in choice.pairs), default=0)
        others = [[*pair.others, *[NOWHERE] * (most - len(pair.others))] for pair in choice.pairs]
        self.pairOthers = torch.tensor(others).reshape(len(choice.pairs), most, 3)  # [P,most,3]
        self.firstBlock = torch.searchsorted(self.blockProject, torch.arange(len(names) + 1))  # [projects+1]
        self.firstPair = torch.searchsorted(self.pairProject, torch.arange(len(names) + 1))  # [projects+1]

    def blocks_of(self, project: int) -> range:
        return range(int(self.firstBlock[project]), int(self.firstBlock[project + 1]))

    def pairs_of(self, project: int) -> range:
        return range(int(self.firstPair[project]), int(self.firstPair[project + 1]))

    def drop_pairs(self, pairs: set[int]) -> None:
        """Their questions are asked no more; what is gold and wrong to the others stays as it is."""
        self.windowPairs = [[pair for pair in ofWindow if pair not in pairs] for ofWindow in self.windowPairs]

    def relations(self, pairs: torch.Tensor, blocks: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """pairs [q], blocks [n] -> which blocks are gold [q,n], and which are neither gold nor a wrong answer [q,n].

        Geometry alone decides, so the same lines in another window of the file are never a wrong answer.
        """
        sameFile = self.pairFile[pairs][:, None] == self.blockFile[blocks][None]
        first, gold, last = self.pairLines[pairs].T[:, :, None]  # each [q,1]
        start, end = self.blockStart[blocks][None], self.blockEnd[blocks][None]
        isGold = sameFile & (end >= first) & (start <= gold)
        for file, fromLine, toLine in self.pairOthers[pairs].permute(1, 2, 0)[..., None]:  # each [q,1]
            isGold |= (file == self.blockFile[blocks][None]) & (end >= fromLine) & (start <= toLine)
        isNeither = sameFile & ~isGold & (end >= first) & (start <= last)
        return isGold, isNeither
