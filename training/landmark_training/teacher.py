"""Soft targets: what an embedding model and words make of the blocks of a question's own project.

Computed once for a choice of windows and questions. It knows nothing of landmarks; MiniLM and BM25 see a block's
text alone. Shapes: P pairs, N blocks, Q = 2 P questions (first ones, then second ones).
"""

from pathlib import Path
from typing import Callable

import numpy as np
import torch

from .bm25 import BM25
from .arrangement import Arrangement
from .loss import NEVER
from .minilm import WIDTH, MiniLM

MEANING_TEMPERATURE = 0.05  # of MiniLM's cosines
WORDS_TEMPERATURE = 2.0  # of BM25's scores
ROUND_TRIP_RANK = 20
PIECE = 4096  # texts between two words of progress


class Teacher:
    """meanings [N,384] and [2,P,384] float16; words: per project, BM25 of its questions over its blocks
    [2,pairs,blocks] float16."""

    def __init__(self, arrangement: Arrangement, blockMeanings: torch.Tensor, questionMeanings: torch.Tensor,
                 words: list[torch.Tensor]):
        self.arrangement, self.words = arrangement, words
        self.blockMeanings, self.questionMeanings = blockMeanings, questionMeanings

    def word_scores(self, pairs: torch.Tensor, which: torch.Tensor, blocks: torch.Tensor) -> torch.Tensor:
        """pairs, which (0 first, 1 second question) [q]; blocks [n] -> BM25 [q,n], 0 across projects."""
        place = self.arrangement
        scores = torch.zeros(len(pairs), len(blocks))
        projects, columns = place.pairProject[pairs], place.blockProject[blocks]
        for project in projects.unique().tolist():
            rows, across = (projects == project).nonzero()[:, 0], (columns == project).nonzero()[:, 0]
            inside = self.words[project][which[rows], pairs[rows] - place.firstPair[project]]  # [rows, blocks of project]
            scores[rows[:, None], across] = inside[:, blocks[across] - place.firstBlock[project]].float()
        return scores

    def targets(self, pairs: torch.Tensor, which: torch.Tensor, blocks: torch.Tensor, allowed: torch.Tensor) -> torch.Tensor:
        """Distribution of each question over allowed [q,n] blocks of its project, [q,n]; a mean of both teachers."""
        place = self.arrangement
        allowed = allowed & (place.pairProject[pairs][:, None] == place.blockProject[blocks][None])
        meaning = self.questionMeanings[which, pairs].float() @ self.blockMeanings[blocks].float().T / MEANING_TEMPERATURE
        words = self.word_scores(pairs, which, blocks)
        spoken = (words.masked_fill(~allowed, 0).amax(1, keepdim=True) > 0).float()  # no word in common says nothing
        meaning = meaning.masked_fill(~allowed, NEVER).softmax(1)
        words = (words / WORDS_TEMPERATURE).masked_fill(~allowed, NEVER).softmax(1)
        return (meaning + spoken * words) / (1 + spoken)


def lost_pairs(teacher: Teacher, pairs: list[int], most: int = ROUND_TRIP_RANK) -> set[int]:
    """Which of these pairs have a question by which neither teacher finds a gold block again among the first `most` of its project:
    a question that a model wrote may speak of anything."""
    place, lost = teacher.arrangement, set()
    for project in {int(place.pairProject[pair]) for pair in pairs}:
        mine = torch.tensor([pair for pair in pairs if place.pairProject[pair] == project])
        blocks = torch.tensor(place.blocks_of(project))
        gold, _ = place.relations(mine, blocks)
        for which in (0, 1):
            asked = torch.full_like(mine, which)
            meaning = teacher.questionMeanings[asked, mine].float() @ teacher.blockMeanings[blocks].float().T
            found = torch.zeros(len(mine), dtype=torch.bool)
            for scores in (meaning, teacher.word_scores(mine, asked, blocks)):
                best = scores.masked_fill(~gold, NEVER).amax(1, keepdim=True)
                found |= (scores > best).sum(1) < most
            lost |= set(mine[~found].tolist())
    return lost


class NoMeanings:
    """Stands for MiniLM where no teacher is wanted: every text means the same."""

    def vectors(self, texts: list[str]) -> torch.Tensor:
        return torch.zeros(len(texts), WIDTH)


def _meanings(model: MiniLM | NoMeanings, texts: list[str], say: Callable[[str], None]) -> torch.Tensor:
    parts = []
    for start in range(0, len(texts), PIECE):
        parts.append(model.vectors(texts[start: start + PIECE]).half())
        say(f"MiniLM: {min(start + PIECE, len(texts)):,} of {len(texts):,} texts")
    return torch.cat(parts)


def _words(arrangement: Arrangement, blockTexts: list[str], questionTexts: list[list[str]]) -> list[torch.Tensor]:
    tables = []
    for project in range(arrangement.projectCount):
        blocks, pairs = arrangement.blocks_of(project), arrangement.pairs_of(project)
        index = BM25([blockTexts[block] for block in blocks])
        rows = [[index.scores(texts[pair]) for pair in pairs] for texts in questionTexts]
        tables.append(torch.from_numpy(np.array(rows, dtype=np.float16).reshape(2, len(pairs), len(blocks))))
    return tables


def load_teacher(path: Path, arrangement: Arrangement, blockTexts: Callable[[], list[str]], questionTexts: list[list[str]],
                 model: Callable[[], MiniLM | NoMeanings], say: Callable[[str], None] = print) -> Teacher:
    """From path, or made and written there. questionTexts: first questions of all pairs, second questions."""
    if not path.exists():
        texts, minilm = blockTexts(), model()
        blocks = _meanings(minilm, texts, say)
        questions = torch.stack([_meanings(minilm, one, say) for one in questionTexts])
        unfinished = path.with_suffix(".unfinished")
        torch.save({"blocks": blocks, "questions": questions, "words": _words(arrangement, texts, questionTexts)}, unfinished)
        unfinished.replace(path)
    saved = torch.load(path, weights_only=True)
    return Teacher(arrangement, saved["blocks"], saved["questions"], saved["words"])
