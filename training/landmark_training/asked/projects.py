"""Questions about packages with the role `train`, and which of the packages are kept out of training.

questions.jsonl holds an object a line: project, question, and gold, one to three of {path, start, end} (1-based, both included). The
answered questions of `answers/questions.jsonl` are asked too. All were written by reading the packages; see training/README.md.
"""

import random
from pathlib import Path

from ..answers import projects as answers
from ..answers.projects import Question, read_questions

QUESTIONS = Path(__file__).with_name("questions.jsonl")
# Of the projects, drawn by a fixed seed whatever the seed of the run: figures stay comparable.
KEPT_OUT, KEPT_OUT_SEED = 16, 1


def asked_questions(paths: tuple[Path, ...] = (QUESTIONS, answers.QUESTIONS)) -> list[Question]:
    """Those that their project answers."""
    return [question for path in paths for question in read_questions(path) if question.gold]


def kept_out(questions: list[Question], count: int = KEPT_OUT) -> frozenset[str]:
    """Projects whose questions are never trained on."""
    projects = sorted({question.project for question in questions})
    return frozenset(random.Random(KEPT_OUT_SEED).sample(projects, count))
