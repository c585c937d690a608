"""Answers: what is read, the rows that are trained, and the graph that runs them in the product."""

import re

import numpy as np
import pytest
import torch
from tiny import LLAMA_LIKE, QWEN_LIKE, tiny_base, tiny_tokenizer
from torch.testing import assert_close

from landmark_training.answers.contexts import REFUSAL, ReadLimits, choose_blocks, reading_of
from landmark_training.answers.projects import Question, read_questions, workspace_of
from landmark_training.answers.stream import AnswerStream, Rows
from landmark_training.blocks import prefix_of
from landmark_training.data.fetch import read_package_table
from landmark_training.oracle.reference import CachedContext, run_after

FILES = {"src/a.py": "".join(f"def first{n}(value):\n    return value + {n}\n\n" for n in range(30)),
         "src/b.py": "".join(f"def second{n}(other):\n    return other * {n}\n\n" for n in range(30))}
ASKED = Question("tiny", "where is a value multiplied by seven", "In `second7`.", (("src/b.py", 21, 22),))
NOT_ANSWERED = Question("tiny", "where is a value sent over the network", "", ())


@pytest.fixture(scope="module")
def workspace():
    return workspace_of(tiny_tokenizer(), FILES)


def reading(workspace, question, **settings):
    windows = set(range(len(workspace.windows)))
    return reading_of(tiny_tokenizer(), workspace, question, windows, ReadLimits(blocks=6, windows=3), **settings)


def text_of(workspace, found) -> str:
    return tiny_tokenizer().decode([token for window, start, end in found.pieces for token in workspace.windows[window].ids[start:end]],
                                   skip_special_tokens=False)


def test_blocks_are_taken_in_rank_order_with_neighbours_of_the_best():
    windowOf = np.array([0, 0, 0, 1, 1, 2])
    assert choose_blocks(windowOf, [1, 4, 5, 0], ReadLimits(blocks=5, windows=2, withNeighbours=1)) == [0, 1, 2, 4]
    assert choose_blocks(windowOf, [3, 5], ReadLimits(blocks=2, windows=3, withNeighbours=1)) == [3, 4]


def test_a_reading_holds_prefix_headers_and_the_gold_lines_in_file_order(workspace):
    found = reading(workspace, ASKED, with_gold=True)
    text = text_of(workspace, found)
    assert text.startswith("<|im_start|>system\n") and "def second7(other):\n    return other * 7" in text
    assert found.pieces[0][1:] == (0, len(prefix_of(tiny_tokenizer())))
    assert [int(window) for window, _, _ in found.pieces] == sorted(window for window, _, _ in found.pieces[1:])[:1] + [w for w, _, _ in found.pieces[1:]]
    # One header for each file that is read, however many of its windows are.
    assert [path for path in re.findall(r"<\|file_sep\|>(\S+)\n", text)] == [path for path in FILES if path in text]
    assert found.isAnswered and tiny_tokenizer().decode(found.answer[:-1]) == ASKED.answer


def test_without_its_files_a_question_is_not_answered(workspace):
    for question, settings in ((ASKED, {"with_gold": False}), (NOT_ANSWERED, {"with_gold": True})):
        found = reading(workspace, question, **settings)
        assert not found.isAnswered and tiny_tokenizer().decode(found.answer[:-1]) == REFUSAL
    assert "second7" not in text_of(workspace, reading(workspace, ASKED, with_gold=False))


def context_of(base, count: int) -> tuple[CachedContext, Rows]:
    _, encoded = run_after(base, list(range(count)), CachedContext())
    return encoded, Rows(*encoded.rotated(base.shape), torch.tensor([5, 6, 7]))


@pytest.mark.parametrize("shape", [QWEN_LIKE, LLAMA_LIKE], ids=["qwen", "llama"])
def test_rows_without_deltas_are_the_base(shape):
    base = tiny_base(shape)
    encoded, rows = context_of(base, 9)
    expected, _ = run_after(base, [5, 6, 7], encoded)
    stream = AnswerStream(base, 2, ("q", "v", "o"))
    assert_close(stream.logits(stream([rows]))[-1], expected, atol=1e-4, rtol=1e-4)
    # Read as a question first, and then one row as the answer: the same.
    [asked] = stream.read([Rows(rows.keys, rows.values, rows.ids[:2])])
    assert_close(stream.logits(stream([Rows(asked.keys, asked.values, rows.ids[2:])]))[-1], expected, atol=1e-4, rtol=1e-4)


def test_rows_of_one_reading_do_not_see_another():
    base = tiny_base(QWEN_LIKE)
    stream = AnswerStream(base, 2, ("q", "v", "o"))
    shake(stream)
    readings = [context_of(base, count)[1] for count in (4, 9)]
    together = stream(readings).split(3)
    for rows, found in zip(readings, together):
        assert_close(stream([rows]), found, atol=1e-5, rtol=1e-5)


def shake(stream: AnswerStream) -> None:
    generator = torch.Generator().manual_seed(3)
    with torch.no_grad():
        for parameter in stream.parameters():
            parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.1)


def test_only_deltas_learn():
    base = tiny_base(QWEN_LIKE)
    stream = AnswerStream(base, 2, ("q", "down"))
    stream([context_of(base, 4)[1]]).sum().backward()
    assert {name.rsplit(".", 1)[-1] for name, parameter in stream.named_parameters() if parameter.grad is not None} == {"a", "b"}
    assert len(list(stream.parameters())) == 2 * 2 * QWEN_LIKE.layers


def test_written_questions_are_about_packages_that_may_be_trained_on():
    questions = read_questions()
    roles = {package.name: package.role for package in read_package_table()}
    assert {roles[question.project] for question in questions} == {"train"}
    answered = [question for question in questions if question.gold]
    assert len(answered) > 1000 and len(questions) - len(answered) > 250
    assert all(question.answer and question.text.endswith("?") for question in answered)
    assert len({question.text for question in questions}) == len(questions)
