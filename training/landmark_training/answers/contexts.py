"""What stands before a question: blocks as the product would read them, and the tokens that follow.

`server/answering/context.ts` and `speak.ts` do the same. Training ranks by words alone, which needs no landmark keys, and puts the gold
blocks in: the deltas learn to answer from blocks, not to find them. Only windows that some question needs are read, a third of all, since
running the base over them is half of the cost.
"""

from dataclasses import dataclass

import numpy as np

from ..blocks import encode, prefix_of
from ..config import ANSWER_HEAD, END_OF_TURN, QUESTION_HEAD, QUESTION_TAIL
from ..tokenizer import as_plain_text
from .projects import Question, Workspace

# `manner` of server/answering/ask.ts.
MANNER = "Answer in at most four sentences, in your own words, naming the exact functions, values and files that answer it."
# Said where the blocks do not answer. Its first token begins no other answer, so its likelihood alone is a verdict.
REFUSAL = "Not found in the files that were read."


@dataclass(frozen=True)
class ReadLimits:
    """As `defaultReadLimits` of the product, which reads 24 blocks of 10 windows."""

    blocks: int = 24
    windows: int = 10
    withNeighbours: int = 2


def choose_blocks(windowOf: np.ndarray, ranked: list[int], limits: ReadLimits) -> list[int]:
    """Blocks in rank order with neighbours of the best, within the limits -> in file and line order."""
    chosen: set[int] = set()
    windows: set[int] = set()

    def take(block: int) -> None:
        window = int(windowOf[block])
        if block not in chosen and len(chosen) < limits.blocks and (window in windows or len(windows) < limits.windows):
            chosen.add(block)
            windows.add(window)

    for rank, block in enumerate(ranked):
        take(block)
        for beside in (block + 1, block - 1) if rank < limits.withNeighbours else ():
            if 0 <= beside < len(windowOf) and windowOf[beside] == windowOf[block]:
                take(beside)
    return sorted(chosen)


def ranked_blocks(workspace: Workspace, question: Question, windows: set[int], *, with_gold: bool) -> list[int]:
    """Of these windows, by words; the gold blocks first, or nothing of their files."""
    scores = workspace.words.scores(question.text)
    order = [int(block) for block in np.argsort(-scores, kind="stable") if scores[block] > 0 and int(workspace.windowOf[block]) in windows]
    gold = workspace.gold_blocks(question).tolist()
    if with_gold:
        return gold + [block for block in order if block not in set(gold)]
    files = {path for path, _, _ in question.gold}
    return [block for block in order if workspace.paths[workspace.windowOf[block]] not in files]


@dataclass
class Reading:
    """pieces: (window, first token, last token + 1) in the order in which they are read, prefix first; prompt: the tokens after
    them up to the end of the question; opening: those that begin the answer; answer: what is to be said, its end included.
    isAnswered: the blocks hold the answer."""

    project: str
    pieces: list[tuple[int, int, int]]
    prompt: list[int]
    opening: list[int]
    answer: list[int]
    isAnswered: bool

    @property
    def contextTokens(self) -> int:
        return sum(end - start for _, start, end in self.pieces)


def pieces_of(tokenizer, workspace: Workspace, blocks: list[int]) -> list[tuple[int, int, int]]:
    """The prefix (of the first window), and each window's header, where the window before was of another file, and blocks."""
    prefix = len(prefix_of(tokenizer))
    pieces = [(int(workspace.windowOf[blocks[0]]), 0, prefix)] if blocks else []
    path = ""
    for block in blocks:
        number = int(workspace.windowOf[block])
        window, place = workspace.windows[number], int(workspace.blockOf[block])
        # A first block's segment has the header, too.
        start, end = window.segments[place]
        text = end - len(window.blocks[place].ids)
        if workspace.paths[number] != path:
            pieces.append((number, prefix, window.segments[0][1] - len(window.blocks[0].ids)))
            path = workspace.paths[number]
        pieces.append((number, text, end))
    return pieces


def reading_of(tokenizer, workspace: Workspace, question: Question, windows: set[int], limits: ReadLimits, *, with_gold: bool) -> Reading:
    """windows: those that may be read."""
    isAnswered = with_gold and bool(question.gold)
    blocks = choose_blocks(workspace.windowOf, ranked_blocks(workspace, question, windows, with_gold=with_gold), limits)
    prompt = encode(tokenizer, f"{END_OF_TURN}\n") + encode(tokenizer, QUESTION_HEAD) \
        + encode(tokenizer, as_plain_text(tokenizer, f"{question.text}\n{MANNER}")) + encode(tokenizer, QUESTION_TAIL)
    answer = encode(tokenizer, question.answer if isAnswered else REFUSAL) + encode(tokenizer, END_OF_TURN)
    return Reading(question.project, pieces_of(tokenizer, workspace, blocks), prompt, encode(tokenizer, ANSWER_HEAD),
                   answer, isAnswered)
