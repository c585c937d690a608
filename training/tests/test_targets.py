"""What is gold, what is wrong, what is neither; what the teachers say; which windows meet."""

import random

import pytest
import torch
from tiny import tiny_records
from tiny_training import tiny_data

from landmark_training.arrangement import Arrangement
from landmark_training.bm25 import BM25
from landmark_training.compose import Memory, clusters_of, compose_epoch
from landmark_training.evaluate import intervals_of, rounded_to_bytes
from landmark_training.loss import contrastive_loss
from landmark_training.teacher import Teacher
from landmark_training.textcache.choice import Choice, ChosenPair, ChosenWindow


def arranged() -> Arrangement:
    """Two projects; the first has a file with two overlapping windows and a pair on lines 10 to 60, gold to 35."""
    def window(file: int, *spans: tuple[int, int]) -> ChosenWindow:
        return ChosenWindow(file, "short", [1], [(0, 1)] * len(spans), list(spans))

    pair = ChosenPair(0, 0, 10, 35, 60, "doc", "python", ["", ""], [[], []])
    other = ChosenPair(1, 2, 10, 12, 12, "doc", "python", ["", ""], [[], []])
    return Arrangement(Choice([("a", "one.py"), ("b", "two.py")], [
        window(0, (0, 9), (9, 20), (21, 40)), window(0, (15, 30), (36, 50), (61, 70)), window(1, (10, 20))], [pair, other]))


def test_gold_and_wrong_answers_follow_from_lines():
    gold, neither = arranged().relations(torch.tensor([0, 1]), torch.arange(7))
    assert gold.tolist() == [[False, True, True, True, False, False, False], [False] * 6 + [True]]
    # Lines 36 to 50 belong to the definition, though too late to be gold; lines 61 to 70 are a wrong answer.
    assert neither.tolist() == [[False, False, False, False, True, False, False], [False] * 7]


def teacher_of(arrangement: Arrangement) -> Teacher:
    meanings = torch.eye(7, 384).half()
    questions = torch.stack([torch.stack([meanings[1], meanings[6]])] * 2)
    words = [torch.zeros(2, 1, 6, dtype=torch.float16), torch.zeros(2, 1, 1, dtype=torch.float16)]
    words[0][0, 0] = torch.tensor([0, 0, 20.0, 0, 0, 0])
    return Teacher(arrangement, meanings, questions, words)


def test_teacher_targets_are_a_distribution_over_the_project():
    arrangement = arranged()
    _, neither = arrangement.relations(torch.tensor([0, 0, 1]), torch.arange(7))
    targets = teacher_of(arrangement).targets(torch.tensor([0, 0, 1]), torch.tensor([0, 1, 0]), torch.arange(7), ~neither)
    torch.testing.assert_close(targets.sum(1), torch.ones(3))
    assert targets[0, 6] == 0 and targets[0, 4] == 0  # another project; neither gold nor wrong
    assert targets[0].topk(2).indices.sort().values.tolist() == [1, 2] and targets[0, 1] == pytest.approx(0.5, abs=0.01)
    assert targets[1, 1] > 0.99  # words have nothing to say of the second question, so the other teacher speaks alone
    assert targets[2].tolist() == [0] * 6 + [1]


def test_loss_ignores_what_is_neither():
    torch.manual_seed(0)
    queries, keys = (torch.nn.functional.normalize(torch.randn(count, 8), dim=-1) for count in (2, 7))
    gold, neither = arranged().relations(torch.tensor([0, 1]), torch.arange(7))
    loss = contrastive_loss(queries, keys, gold, neither)[0]
    moved = keys.clone()
    moved[4] = queries[0]  # a perfect match for the question, but neither gold nor wrong
    changed = contrastive_loss(queries, moved, gold, neither)[0]
    moved[5] = queries[0]  # the same for a wrong answer
    assert changed - loss < 0.2 < contrastive_loss(queries, moved, gold, neither)[0] - loss


def test_loss_is_least_where_gold_and_teacher_agree():
    keys = torch.eye(4)
    gold = torch.eye(4, dtype=torch.bool)
    neither = torch.zeros(4, 4, dtype=torch.bool)
    right = contrastive_loss(keys, keys, gold, neither, gold.float(), 0.3)
    swapped = contrastive_loss(keys, keys, gold, neither, gold.float().flip(0), 0.3)
    assert right[0] < 1e-3 < swapped[0] and right[1] == 1.0
    assert contrastive_loss(keys, keys, gold, neither, gold.float().flip(0), 0.0)[0] < 1e-3


def test_bm25_scores():
    index = BM25(["def read_file(path)", "def write_file(path)", "class Window"])
    assert index.scores("read the file").argsort()[::-1].tolist() == [0, 1, 2]
    assert index.scores("nothing in common").tolist() == [0, 0, 0]


def test_clusters_put_confused_windows_together():
    table = torch.zeros(16, 16)
    table[:8, :8] = table[8:, 8:] = 1.0
    for seed in range(5):
        clusters = clusters_of(table, random.Random(seed), hardShare=1.0)
        assert sorted(map(sorted, clusters)) == [list(range(8)), list(range(8, 16))]
    assert sorted(map(sorted, clusters_of(table, random.Random(1), hardShare=0.0))) != [list(range(8)), list(range(8, 16))]


def test_an_epoch_has_every_window_at_most_once(tmp_path):
    data = tiny_data(tmp_path, records=tiny_records(20, functions=8))
    steps = compose_epoch(data.arrangement, data.teacher, Memory(data.arrangement, 32), random.Random(1), 24)
    windows = [window for step in steps for window in step]
    assert len(windows) == len(set(windows)) > 0.8 * len(data.windows)
    assert all(sum(len(data.arrangement.windowBlocks[window]) for window in step) >= 12 for step in steps)


def test_intervals_and_rounding():
    rank = torch.tensor([0] * 70 + [20] * 30)
    low, high = intervals_of(rank)["recallAt1"]
    assert 0.58 < low < 0.65 and 0.75 < high < 0.82
    vectors = torch.nn.functional.normalize(torch.randn(5, 64), dim=-1)
    assert (rounded_to_bytes(vectors) - vectors).abs().max() < vectors.abs().max() / 127
