"""Whole files of the validation packages in full windows, as an index in use has them, with questions on them."""

import random
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Callable

from .blocks import Window, windows_of
from .questions import FIRST_QUESTION_SHARES, ask
from .samples import Sampler, gold_lines

CORPUS_TOKENS = 240_000
QUESTIONS_PER_FILE = 3
CORPUS_SEED = 11


@dataclass
class CorpusQuestion:
    """text: as a user asks; sentence: as an answer states it. gold: block numbers in the corpus. kind: of its pair."""

    text: str
    sentence: str
    gold: list[int]
    project: str
    kind: str


@dataclass
class Corpus:
    """Blocks are counted over all windows in order; projects[b] names the package of block b, paths[b] its file, and
    lines[b] its first and last line there, 0-based."""

    windows: list[Window] = field(default_factory=list)
    projects: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    lines: list[tuple[int, int]] = field(default_factory=list)
    blockTexts: list[str] = field(default_factory=list)
    questions: list[CorpusQuestion] = field(default_factory=list)

    @property
    def tokens(self) -> int:
        return sum(len(window.ids) for window in self.windows)


def _in_turns(records: list[dict], rng: random.Random) -> list[dict]:
    """Shuffled, one file of each project after the other, so that no project fills the corpus."""
    byProject = defaultdict(list)
    for record in records:
        byProject[record["project"]].append(record)
    turns = []
    for project in sorted(byProject):
        files = byProject[project]
        rng.shuffle(files)
        turns += [(turn, project, record) for turn, record in enumerate(files)]
    return [record for _, _, record in sorted(turns, key=lambda item: item[:2])]


# Pairs of a file and the questions that ask for them, at most so many.
AskFile = Callable[[dict, random.Random, int], list[tuple[dict, str]]]


def ask_some(record: dict, rng: random.Random, most: int) -> list[tuple[dict, str]]:
    pairs = rng.sample(record["pairs"], min(most, len(record["pairs"])))
    return [(pair, ask(record, pair, rng, FIRST_QUESTION_SHARES)) for pair in pairs]


def build_corpus(sampler: Sampler, records: list[dict], tokenBudget: int = CORPUS_TOKENS,
                 questionsPerFile: int = QUESTIONS_PER_FILE, askFile: AskFile = ask_some) -> Corpus:
    """Files until the token budget is used up, and up to questionsPerFile questions for each."""
    rng, corpus, tokens = random.Random(CORPUS_SEED), Corpus(), 0
    for record in _in_turns(records, rng):
        windows = windows_of(sampler.tokenizer, record["path"], "\n".join(record["lines"]) + "\n")
        fileTokens = sum(len(window.ids) for window in windows)
        if tokens + fileTokens > tokenBudget:
            continue
        tokens += fileTokens
        firstBlock = len(corpus.projects)
        blocks = [block for window in windows for block in window.blocks]
        corpus.windows += windows
        corpus.projects += [record["project"]] * len(blocks)
        corpus.paths += [record["path"]] * len(blocks)
        corpus.lines += [(block.startLine, block.endLine) for block in blocks]
        corpus.blockTexts += ["\n".join(record["lines"][block.startLine: block.endLine + 1]) for block in blocks]
        for pair, text in askFile(record, rng, questionsPerFile):
            first, last = gold_lines(pair)
            gold = [firstBlock + index for index, block in enumerate(blocks)
                    if block.endLine >= first and block.startLine <= last]
            corpus.questions.append(CorpusQuestion(text, pair["question"], gold, record["project"], pair.get("kind", "doc")))
    return corpus


def describe(corpus: Corpus) -> dict:
    return {"files tokens": corpus.tokens, "windows": len(corpus.windows), "blocks": len(corpus.projects),
            "questions": len(corpus.questions), "projects": dict(Counter(corpus.projects))}
