"""Questions that we wrote: which windows are run for them, and what answers them."""

import json

import torch
from tiny import tiny_tokenizer
from tiny_training import tiny_source

from landmark_training.answers.projects import Question, workspace_of
from landmark_training.arrangement import Arrangement
from landmark_training.asked.choice import as_typed, choose_asked, nearest_files, windows_for
from landmark_training.asked.data import as_set
from landmark_training.asked.projects import KEPT_OUT, QUESTIONS, asked_questions, kept_out
from landmark_training.data.fetch import read_package_table
from landmark_training.teacher import NoMeanings
from landmark_training.traindata import open_chosen

FILES = {"src/a.py": "".join(f"def first{n}(value):\n    return value + {n}\n\n" for n in range(30)),
         "src/b.py": "".join(f"def second{n}(other):\n    return other * {n}\n\n" for n in range(30))}
TWICE = Question("tiny", "What are a value and another made into by seven?", "", (("src/b.py", 21, 22), ("src/a.py", 21, 22)))
ONCE = Question("tiny", "Where is nine added?", "", (("src/a.py", 27, 28),))


def workspaces():
    return {"tiny": workspace_of(tiny_tokenizer(), FILES)}


def chosen(tokens: int):
    return choose_asked(tiny_tokenizer(), workspaces(), [TWICE, ONCE], tokens)


def test_what_answers_is_run_whatever_the_budget_and_rivals_within_it():
    least, more = chosen(1), chosen(3_000)
    gold, _ = Arrangement(least).relations(torch.arange(2), torch.arange(sum(len(window.spans) for window in least.windows)))
    assert gold.any(1).all() and all(gold[:, list(blocks)].any() for blocks in Arrangement(least).windowBlocks)
    assert len(more.windows) > len(least.windows) and more.tokens < 5_000
    workspace = workspaces()["tiny"]
    assert windows_for(workspace, [ONCE], 10**9) == list(range(len(workspace.windows)))


def test_every_span_of_a_question_is_gold_and_nothing_else_is():
    choice = chosen(10**9)
    place = Arrangement(choice)
    gold, neither = place.relations(torch.arange(2), torch.arange(len(place.blockWindow)))
    def lines(pair: int) -> set[tuple[str, int]]:
        return {(choice.files[int(place.blockFile[block])][1], line) for block in gold[pair].nonzero()[:, 0].tolist()
                for line in range(int(place.blockStart[block]), int(place.blockEnd[block]) + 1)}
    assert {("src/a.py", 21), ("src/b.py", 21)} <= lines(0) and ("src/a.py", 27) in lines(1)
    assert not neither.any() and gold.sum() < gold.numel() / 4
    assert choice.pairs[0].texts == [TWICE.text, "what are a value and another made into by seven"]


def test_a_cache_and_a_set_are_made_of_it(tmp_path):
    choice = chosen(10**9)
    data = open_chosen(tiny_source(tmp_path), tmp_path / "asked", lambda: choice, NoMeanings, say=lambda text: None)
    assert data.choice.pairs[0].others == [list(choice.pairs[0].others[0])]
    asked = as_set(tiny_source(tmp_path), choice)
    assert asked.questionTexts == [TWICE.text, ONCE.text] and len(asked.blockTexts) == len(asked.blockLines) == len(asked.blockPaths)
    assert {asked.blockPaths[block] for block in asked.gold[0]} == {"src/a.py", "src/b.py"}


def test_of_a_large_package_the_files_near_to_what_is_asked_are_kept():
    files = {f"{folder}/{name}.py": "x" * 150_000 for folder in ("near/deep", "near", "far") for name in "ab"}
    kept = nearest_files(files, {"near/deep/a.py"})
    assert list(kept) == ["near/deep/a.py", "near/deep/b.py"]
    assert set(nearest_files({"a.py": "x" * 900_000, "b.py": "y"}, {"a.py"})) == {"a.py"}


def test_questions_are_typed_without_capitals_and_marks():
    assert as_typed("How is X found?") == "how is X found"
    assert as_typed("HTTPError is raised when?") == "HTTPError is raised when"


def test_the_questions_are_about_training_packages_and_some_of_these_are_kept_out():
    roles = {package.name: package.role for package in read_package_table()}
    questions = asked_questions()
    assert len(questions) > 4_000 and {roles[question.project] for question in questions} == {"train"}
    assert len({question.text for question in questions}) == len(questions)
    held = kept_out(questions)
    assert len(held) == KEPT_OUT and held == kept_out(list(reversed(questions)))
    for item in map(json.loads, QUESTIONS.read_text(encoding="utf-8").splitlines()):
        assert 1 <= len(item["gold"]) <= 3 and all(0 < span["start"] <= span["end"] <= span["start"] + 60 for span in item["gold"])
