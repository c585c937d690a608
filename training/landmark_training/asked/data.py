"""Training data and a measure of the questions that we wrote."""

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Callable

import torch

from ..answers.projects import Question, open_workspaces
from ..arrangement import Arrangement
from ..encode import TextItem, question_item
from ..measures import FILES, Measure, QuestionSet, frozen
from ..textcache.choice import Choice
from ..traindata import CacheSource, TrainingData, block_texts, cache_key, open_chosen
from ..weights import sha256_of
from .choice import choose_asked, nearest_files
from .projects import QUESTIONS, asked_questions, kept_out

MEASURE_TOKENS = 15_000  # of each project that is kept out: three times what answers its questions


@dataclass(frozen=True)
class AskedOptions:
    """textTokens: of windows, those of rivals included."""

    textTokens: int
    keptOut: tuple[str, ...]


def open_asked(source: CacheSource, tokens: int, folder: Path, cache: Path,
               say: Callable[[str], None]) -> tuple[TrainingData, Measure]:
    """The projects that are trained on, and the others as a set; in folder the set is kept, in cache the packages."""
    questions = asked_questions()
    held = kept_out(questions)
    trained, measured = ([question for question in questions if (question.project in held) == isHeld] for isHeld in (False, True))

    def choose(some: list[Question], budget: int) -> Choice:
        paths: dict[str, set[str]] = defaultdict(set)
        for question in some:
            paths[question.project] |= {path for path, _, _ in question.gold}
        workspaces = open_workspaces(source.tokenizer, sorted(paths), cache, lambda project, files: nearest_files(files, paths[project]))
        return choose_asked(source.tokenizer, workspaces, some, budget)

    key = cache_key(source, sha256_of(QUESTIONS), AskedOptions(tokens, tuple(sorted(held))))
    data = open_chosen(source, source.folder / key, lambda: choose(trained, tokens), say=say)
    name = f"asked-{sha256_of(QUESTIONS)[:12]}"
    [questionSet] = frozen(folder / f"{name}.json", lambda: [
        as_set(source, choose(measured, MEASURE_TOKENS * len(held)))])
    states = folder / f"{source.baseName[:12]}-{source.layerCount}" / name
    return data, Measure(source, states, questionSet)


def as_set(source: CacheSource, choice: Choice) -> QuestionSet:
    """As whole files: asked over the blocks of all kept out projects at once."""
    place = Arrangement(choice)
    gold, _ = place.relations(torch.arange(len(choice.pairs)), torch.arange(len(place.blockWindow)))
    projects = [choice.files[window.file][0] for window in choice.windows for _ in window.spans]
    return QuestionSet(
        f"{FILES} asked", [TextItem(window.ids, window.segments, [end for _, end in window.segments]) for window in choice.windows],
        [question_item(pair.ids[0]) for pair in choice.pairs], [row.nonzero()[:, 0].tolist() for row in gold],
        block_texts(source.tokenizer, choice.windows), [pair.texts[0] for pair in choice.pairs], projects,
        [choice.files[pair.file][0] for pair in choice.pairs], [],
        [choice.files[window.file][1] for window in choice.windows for _ in window.spans],
        [span for window in choice.windows for span in window.spans], [pair.kind for pair in choice.pairs])
