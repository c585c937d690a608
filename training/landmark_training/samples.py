"""From file records to samples: a short window around a pair's lines and two questions for it."""

import json
import random
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from .blocks import Block, Window, blocks_of, encode_lines, header_of, prefix_of, question_ids, window_of
from .config import BLOCK_TOKENS, TRAINING_QUESTION_TOKENS
from .questions import FIRST_QUESTION_SHARES, SECOND_QUESTION_SHARES, ask

LINES_BEFORE = 18  # at most so many lines of the file before the pair's lines are tokenized
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


def records_of(path: Path, role: str) -> list[dict]:
    """Records of pairs.jsonl with a role: train, validation or fusion."""
    with open(path, encoding="utf-8") as file:
        return [record for record in map(json.loads, file) if record["role"] == role]


class Sampler:
    """Makes samples; all randomness comes from the rng that is passed in."""

    def __init__(self, tokenizer: Tokenizer, blockTokens: int = BLOCK_TOKENS):
        self.tokenizer, self.blockTokens = tokenizer, blockTokens
        self.prefix = prefix_of(tokenizer)

    def blocks_around(self, record: dict, pair: dict, rng: random.Random, windowBlocks: tuple) -> list[Block] | None:
        """The blocks of a short window, lines counted in the file; None where the pair's first line is not among them."""
        counts, shares = zip(*windowBlocks)
        blockCount = rng.choices(counts, shares)[0]
        first = pair["startLine"]
        low = max(0, first - rng.randint(0, LINES_BEFORE))
        lines = encode_lines(self.tokenizer, record["lines"][low: first + LINES_AFTER])
        blocks = [Block(block.startLine + low, block.endLine + low, block.ids) for block in blocks_of(lines, self.blockTokens)]
        goldStart = next((index for index, block in enumerate(blocks) if block.startLine <= first <= block.endLine), None)
        if goldStart is None:
            return None
        start = max(0, goldStart - rng.randint(0, blockCount - 1))
        return blocks[start: start + blockCount]

    def window(self, record: dict, blocks: list[Block]) -> Window:
        return window_of(self.prefix, header_of(self.tokenizer, record["path"]), blocks)

    def ask_twice(self, record: dict, pair: dict, rng: random.Random) -> tuple[list[str], list[list[int]]]:
        """Texts and tokens of two questions, the second more often by name; of those that a model wrote any two."""
        if len(pair.get("questions", ())) > 1:
            texts = rng.sample(pair["questions"], 2)
        else:
            texts = [ask(record, pair, rng, FIRST_QUESTION_SHARES), ask(record, pair, rng, SECOND_QUESTION_SHARES)]
        return texts, [question_ids(self.tokenizer, text, TRAINING_QUESTION_TOKENS) for text in texts]

    def sample(self, record: dict, pair: dict, rng: random.Random,
               windowBlocks: tuple = TRAINING_WINDOW_BLOCKS) -> Sample | None:
        chosen = self.blocks_around(record, pair, rng, windowBlocks)
        if chosen is None:
            return None
        first, last = gold_lines(pair)
        gold = [index for index, block in enumerate(chosen) if block.endLine >= first and block.startLine <= last]
        texts, questions = self.ask_twice(record, pair, rng)
        return Sample(self.window(record, chosen), gold, questions, texts, (record["project"], record["path"]))


def gold_lines(pair: dict) -> tuple[int, int]:
    """First and last line whose blocks are gold, both included."""
    return pair["startLine"], min(pair["endLine"], pair["startLine"] + GOLD_LINES)
