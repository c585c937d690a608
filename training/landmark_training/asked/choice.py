"""Which windows are run for the questions: those that answer them, and those that words alone would take for an answer.

Whole packages are cut as an index cuts them, so a question meets what it meets in use: the rest of its file, and other files that
speak of the same things. It runs no model.
"""

from collections import defaultdict

import numpy as np
from tokenizers import Tokenizer

from ..answers.projects import Question, Workspace
from ..blocks import question_ids
from ..config import TRAINING_QUESTION_TOKENS
from ..textcache.choice import Choice, ChosenPair, ChosenWindow

ASKED = "asked"  # the kind of these pairs
RIVALS = 100  # blocks by words of which the windows are rivals of a question
PROJECT_CHARS = 400_000  # of a project's text, so that a large one is cut in seconds
FILE_CHARS = 200_000  # of a file that nothing is asked of


def nearest_files(files: dict[str, str], asked: set[str]) -> dict[str, str]:
    """The files that questions are about, and of the others those nearest to them in the tree, up to a limit."""
    def distance(path: str) -> tuple[int, str]:
        folders = path.split("/")[:-1]
        return min((_apart(folders, other.split("/")[:-1]) for other in asked), default=0), path

    kept = {path: text for path, text in files.items() if path in asked}
    used = sum(map(len, kept.values()))
    for path in sorted(files.keys() - asked, key=distance):
        if len(files[path]) <= FILE_CHARS and used + len(files[path]) <= PROJECT_CHARS:
            kept[path] = files[path]
            used += len(files[path])
    return kept


def _apart(folders: list[str], others: list[str]) -> int:
    """Steps through the tree from one folder to another."""
    shared = next((at for at, (one, other) in enumerate(zip(folders, others)) if one != other), min(len(folders), len(others)))
    return len(folders) + len(others) - 2 * shared


def choose_asked(tokenizer: Tokenizer, workspaces: dict[str, Workspace], questions: list[Question], tokens: int) -> Choice:
    """The windows of all gold blocks, then rivals up to the budget, each project its share of it."""
    choice = Choice()
    asked = defaultdict(list)
    for question in questions:
        asked[question.project].append(question)
    share = tokens / max(1, len(asked))
    for project in sorted(asked):
        add_project(choice, tokenizer, project, workspaces[project], asked[project], share)
    return choice


def add_project(choice: Choice, tokenizer: Tokenizer, project: str, workspace: Workspace, questions: list[Question], tokens: float) -> None:
    windows = windows_for(workspace, questions, tokens)
    files = {path: len(choice.files) + number for number, path in enumerate(dict.fromkeys(workspace.paths[window] for window in windows))}
    choice.files += [(project, path) for path in files]
    place = {window: len(choice.windows) + number for number, window in enumerate(windows)}
    for number in windows:
        window = workspace.windows[number]
        choice.windows.append(ChosenWindow(files[workspace.paths[number]], "full", window.ids, window.segments,
                                           [(block.startLine, block.endLine) for block in window.blocks]))
    for question in questions:
        if pair := pair_of(tokenizer, workspace, question, files, place):
            choice.pairs.append(pair)


def windows_for(workspace: Workspace, questions: list[Question], tokens: float) -> list[int]:
    """In file and line order."""
    chosen = {int(workspace.windowOf[block]) for question in questions for block in workspace.gold_blocks(question)}
    used = sum(len(workspace.windows[window].ids) for window in chosen)
    draw = np.zeros(len(workspace.windows))
    for question in questions:
        scores = workspace.words.scores(question.text)
        for rank, block in enumerate(np.argsort(-scores, kind="stable")[:RIVALS]):
            draw[workspace.windowOf[block]] += 1 / (rank + 1) if scores[block] > 0 else 0
    for window in np.argsort(-draw, kind="stable"):
        if used >= tokens:
            break
        if int(window) not in chosen:
            chosen.add(int(window))
            used += len(workspace.windows[window].ids)
    return sorted(chosen)


def pair_of(tokenizer: Tokenizer, workspace: Workspace, question: Question, files: dict[str, int], place: dict[int, int]) -> ChosenPair | None:
    """None where the package has no such lines (it may have been published anew)."""
    gold = workspace.gold_blocks(question)
    spans = [(files[path], first, last) for path, first, last in question.gold if path in files]
    if len(gold) == 0 or not spans:
        return None
    (file, first, last), *others = spans
    windows = [int(workspace.windowOf[block]) for block in gold]
    window = next((one for one in windows if files[workspace.paths[one]] == file), windows[0])
    texts = [question.text, as_typed(question.text)]
    return ChosenPair(file, place[window], first, last, last, ASKED, "", texts,
                      [question_ids(tokenizer, text, TRAINING_QUESTION_TOKENS) for text in texts], others)


def as_typed(text: str) -> str:
    """How is X found? -> how is X found"""
    first, _, rest = text.partition(" ")
    return f"{first.lower() if first[1:].islower() else first} {rest}".rstrip("?").rstrip()
