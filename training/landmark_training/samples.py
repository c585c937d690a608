"""From file records to training samples: a short window around a definition and questions for it."""

import json
import random
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from .blocks import Window, blocks_of, encode_lines, header_of, prefix_of, question_ids, window_of
from .config import TRAINING_QUESTION_TOKENS
from .questions import FIRST_QUESTION_SHARES, SECOND_QUESTION_SHARES, ask

LINES_BEFORE = 18  # at most so many lines of the file before the definition are tokenized
LINES_AFTER = 60
GOLD_LINES = 25  # blocks that begin later in a long definition are not gold

# (blocks in the window, share): mostly short, for more pairs a minute; some long, as in use.
TRAINING_WINDOW_BLOCKS = ((2, 0.72), (3, 0.22), (6, 0.06))
VALIDATION_WINDOW_BLOCKS = ((2, 1.0),)


@dataclass
class Sample:
    """A window, its gold blocks, and questions for it; file tells windows of one file apart from others."""

    window: Window
    goldBlocks: list[int]
    questions: list[list[int]]
    questionTexts: list[str]
    file: tuple[str, str]


def load_records(path: Path) -> tuple[list[dict], list[dict]]:
    """pairs.jsonl -> (training records, validation records)."""
    with open(path, encoding="utf-8") as file:
        records = [json.loads(line) for line in file]
    return ([record for record in records if record["role"] == "train"],
            [record for record in records if record["role"] == "validation"])


def training_order(records: list[dict], projectCap: int, groupSize: int, rng: random.Random) -> list[tuple[int, int]]:
    """One epoch of (record, definition): at most projectCap a project, groupSize neighbours of one project.

    The groups put other blocks of the same project into a batch: the wrong answers that use will offer.
    """
    byProject = defaultdict(list)
    for recordIndex, record in enumerate(records):
        byProject[record["project"]] += [(recordIndex, index) for index in range(len(record["definitions"]))]
    groups = []
    for project in sorted(byProject):
        pairs = byProject[project]
        rng.shuffle(pairs)
        pairs = pairs[:projectCap]
        groups += [pairs[start: start + groupSize] for start in range(0, len(pairs), groupSize)]
    rng.shuffle(groups)
    return [pair for group in groups for pair in group]


class Sampler:
    """Makes samples; all randomness comes from the rng that is passed in."""

    def __init__(self, tokenizer: Tokenizer):
        self.tokenizer = tokenizer
        self.prefix = prefix_of(tokenizer)

    def sample(self, record: dict, definition: dict, rng: random.Random,
               windowBlocks: tuple = TRAINING_WINDOW_BLOCKS) -> Sample | None:
        """None where the definition's first line is not among the window's blocks."""
        counts, shares = zip(*windowBlocks)
        blockCount = rng.choices(counts, shares)[0]
        first, last = definition["startLine"], definition["endLine"]
        low = max(0, first - rng.randint(0, LINES_BEFORE))
        blocks = blocks_of(encode_lines(self.tokenizer, record["lines"][low: first + LINES_AFTER]))
        goldStart = next((index for index, block in enumerate(blocks)
                          if block.startLine <= first - low <= block.endLine), None)
        if goldStart is None:
            return None
        start = max(0, goldStart - rng.randint(0, blockCount - 1))
        chosen = blocks[start: start + blockCount]
        lastGold = min(last, first + GOLD_LINES)
        gold = [index for index, block in enumerate(chosen)
                if block.endLine + low >= first and block.startLine + low <= lastGold]
        texts = [ask(record, definition, rng, FIRST_QUESTION_SHARES), ask(record, definition, rng, SECOND_QUESTION_SHARES)]
        return Sample(
            window=window_of(self.prefix, header_of(self.tokenizer, record["path"]), chosen),
            goldBlocks=gold,
            questions=[question_ids(self.tokenizer, text, TRAINING_QUESTION_TOKENS) for text in texts],
            questionTexts=texts,
            file=(record["project"], record["path"]))
