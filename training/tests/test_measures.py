"""Held-out sets: frozen once made, the same figures with and without a cache; ablations that go on where they were."""

import argparse
import json

import pytest
import torch
from tiny import tiny_records, tiny_tokenizer, write_records
from tiny_training import tiny_router, tiny_source

from landmark_training import ablate
from landmark_training.calibrate import calibrate, separation
from landmark_training.evaluate import joined, router_scores, validation_samples
from landmark_training.markdown import ablations_as_markdown, as_markdown
from landmark_training.measures import QuestionSet, open_measures
from landmark_training.report import figures_of, router_arm, words_arm
from landmark_training.samples import Sampler


def validation_records() -> list[dict]:
    records = tiny_records(10, functions=6)
    for number, record in enumerate(records):
        record |= {"role": "validation", "project": ("networkx", "click")[number % 2]}
        record["pairs"].append({**record["pairs"][0], "kind": "comment", "startLine": 4, "endLine": 6})
    return records


def measures_of(tmp_path):
    pairs = write_records(tmp_path / "pairs.jsonl", validation_records())
    return open_measures(tiny_source(tmp_path), pairs, Sampler(tiny_tokenizer()), tmp_path / "measures")


def test_sets_are_measured_as_without_a_cache(tmp_path):
    router, sampler = tiny_router(noise=0.1), Sampler(tiny_tokenizer())
    measure = measures_of(tmp_path)[0]
    samples = validation_samples(sampler, validation_records())
    assert len(samples) == 60  # doc comments alone
    with torch.no_grad():
        torch.testing.assert_close(measure.scores(router)[0], router_scores(router, samples), atol=1e-5, rtol=0)


def test_sets_stay_as_they_were_first_drawn(tmp_path):
    before = measures_of(tmp_path)
    assert [measure.set.name for measure in before] == ["draw 5", "draw 6", "draw 7", "draw 8", "files", "files in python"]
    changed = validation_records()[:4]
    for record in changed:
        record["pairs"] = record["pairs"][:2]
    pairs = write_records(tmp_path / "other.jsonl", changed)
    after = open_measures(tiny_source(tmp_path), pairs, Sampler(tiny_tokenizer()), tmp_path / "measures")
    assert [measure.set for measure in before[:5]] == [measure.set for measure in after[:5]]


def test_figures_and_calibration_become_pages(tmp_path):
    measures = measures_of(tmp_path)
    arms = {"landmarks": router_arm(tiny_router()), "BM25": words_arm}
    figures = {"pairs": {name: figures_of(arm, measures[:4]) for name, arm in arms.items()},
               "files": {name: figures_of(arm, measures[4:5]) for name, arm in arms.items()}}
    low, high = figures["files"]["BM25"]["intervals"]["recallAt1"]
    assert low <= figures["files"]["BM25"]["recallAt1"] <= high and figures["pairs"]["BM25"]["draws"] == 4
    training = {"base": "Tiny", "seed": 1, "steps": 3, "minutes": 1.0, "secondsPerStep": 0.5, "epochs": 1, "textTokens": 1000, "projects": 2,
                "windows": {"full": 3}, "pairsByKind": {"doc": 4}, "pairsByLanguage": {"python": 4}}
    page = as_markdown(training, figures, calibrate(*measures[4].scores(tiny_router()), measures[4].set))
    assert page.count("| BM25 |") == 2 and "Cite from" in page


def test_separation_counts_ties_half():
    assert separation(torch.tensor([0.5, 0.7]), torch.tensor([0.5, 0.1])) == 0.875


def test_ablations_go_on_where_they_were(tmp_path, monkeypatch):
    class Setting:
        measures: list = []

    run = []

    def run_variant(setting, arguments, variant, seed):
        run.append((variant.name, seed, arguments.rank))
        return {**ablate.identity(arguments, variant, seed), "layers": 12, "secondsPerStep": 1.0, "byteKeysRecallAt1": 0.5,
                **dict.fromkeys(("recallAt1", "recallAt5", "recallAt10", "filesRecallAt1", "filesRecallAt10"), 0.5)}

    monkeypatch.setattr(ablate, "run_variant", run_variant)
    monkeypatch.setattr(ablate, "open_setting", lambda arguments, *, languages: Setting())
    words = ["--steps", "5", "--text-tokens", "1000", "--out", str(tmp_path), "--variant", "default", "rank 8", "--seed"]
    ablate.main([*words, "1"])
    ablate.main([*words, "1", "2"])
    assert run == [("default", 1, 32), ("rank 8", 1, 8), ("default", 2, 32), ("rank 8", 2, 8)]
    assert len([json.loads(line) for line in (tmp_path / ablate.RESULTS).read_text().splitlines()]) == 4
    assert "| rank 8 |" in (tmp_path / ablate.PAGE).read_text()


def test_variants_change_arguments_that_training_has():
    known = vars(ablate.parse_arguments([]))
    assert len({variant.name for variant in ablate.VARIANTS}) == len(ablate.VARIANTS)
    for variant in ablate.VARIANTS:
        assert set(variant.arguments) <= set(known), variant.name
    assert ablate.with_variant(argparse.Namespace(**known), ablate.VARIANTS[1]).layers == [2, 5, 6, 7, 8]
    assert ablations_as_markdown([]).startswith("# Ablations")


def test_two_landmarks_of_a_block_are_found_by_the_better_one():
    scores = torch.tensor([[0.1, 0.9, 0.2, 0.8, 0.3], [0.5, 0.4, 0.6, 0.1, 0.0]])
    best, gold = joined(scores, [[0], [2, 3, 4]], [3, 2], 2)  # windows of three and of two: 0 1, 2, 3 4
    assert best.tolist() == torch.tensor([[0.9, 0.2, 0.8], [0.5, 0.6, 0.1]]).tolist()
    assert gold == [[0], [1, 2]]
    same, unchanged = joined(scores, [[0], [2, 3, 4]], [3, 2], 1)
    assert torch.equal(same, scores) and unchanged == [[0], [2, 3, 4]]
