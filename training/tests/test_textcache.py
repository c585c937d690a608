"""The text cache: what is chosen, what is kept, and that landmarks over kept states equal landmarks over fresh ones."""

import pytest
import torch
from tiny import QWEN_LIKE, tiny_base, tiny_records, tiny_tokenizer, write_records
from tiny_training import tiny_data, tiny_router, tiny_source

from landmark_training.blocks import Window, windows_of
from landmark_training.encode import TextItem, encode_blocks, encode_questions
from landmark_training.samples import Sampler
from landmark_training.teacher import NoMeanings
from landmark_training.textcache import build
from landmark_training.textcache.choice import ChoiceOptions, Chooser, language_quotas
from landmark_training.textcache.gather import Buffer, gather, groups_by_length
from landmark_training.textcache.layout import CacheTooLarge, StoreLayout, StateShape
from landmark_training.textcache.run import vectors_of
from landmark_training.traindata import open_training_data


def choose(records, **options):
    return Chooser(Sampler(tiny_tokenizer()), ChoiceOptions(**options)).choose(records)


def test_cached_run_equals_uncached_run(tmp_path):
    """In float32: the same sums in another order, so within 1e-5 of vectors of length one."""
    data, router = tiny_data(tmp_path), tiny_router(noise=0.1)
    windows = list(range(0, len(data.windows), 2))
    questions = list(range(len(data.questions)))
    buffer = Buffer(torch.float32)
    found = vectors_of(router, gather(data.windowStore, data.windows, windows, router.routingLayers, router.layerCount, buffer),
                       gather(data.questionStore, data.questions, questions, router.routingLayers, router.layerCount, buffer))
    whole = [Window(data.windows[window].ids, data.windows[window].segments, []) for window in windows]
    for left, right in zip(found, (encode_blocks(router, whole), encode_questions(router, [item.ids for item in data.questions]))):
        torch.testing.assert_close(left, right, atol=1e-5, rtol=0)


def test_gradients_of_cached_run_equal_those_of_uncached_run(tmp_path):
    data, router = tiny_data(tmp_path), tiny_router(noise=0.1)
    buffer, windows = Buffer(torch.float32), [0, 1, 2, 3]

    def gradients(keys: torch.Tensor) -> list[torch.Tensor]:
        weights = torch.randn(keys.shape, generator=torch.Generator().manual_seed(0))
        chosen = [parameter for parameter in router.parameters() if parameter.requires_grad]
        found = torch.autograd.grad((keys * weights).sum(), chosen, allow_unused=True)
        return [gradient for gradient in found if gradient is not None]

    blocks = gather(data.windowStore, data.windows, windows, router.routingLayers, router.layerCount, buffer)
    questions = gather(data.questionStore, data.questions, [0], router.routingLayers, router.layerCount, buffer)
    cached = gradients(vectors_of(router, blocks, questions)[0])
    fresh = gradients(encode_blocks(router, [Window(data.windows[window].ids, data.windows[window].segments, []) for window in windows]))
    assert len(cached) == len(fresh)
    for left, right in zip(cached, fresh):
        torch.testing.assert_close(left, right, atol=1e-4, rtol=1e-3)


def test_fewer_layers_read_the_same_cache(tmp_path):
    data, buffer = tiny_data(tmp_path), Buffer(torch.float32)
    assert len(gather(data.windowStore, data.windows, [0], (1,), 2, buffer).groups[0].keys) == 1
    with pytest.raises(AssertionError, match="too few layers"):
        gather(data.windowStore, data.windows, [0], (3,), 4, buffer)


def test_full_windows_are_cut_as_at_inference():
    records = tiny_records(functions=20)
    choice = choose(records, textTokens=200_000, fullShare=1.0)
    text = {record["path"]: "\n".join(record["lines"]) + "\n" for record in records}
    assert {window.form for window in choice.windows} <= {"full", "negative"}
    for window in choice.windows:
        cut = {tuple(other.ids): other for other in windows_of(tiny_tokenizer(), choice.files[window.file][1], text[choice.files[window.file][1]])}
        same = cut[tuple(window.ids)]
        assert window.segments == same.segments
        assert window.spans == [(block.startLine, block.endLine) for block in same.blocks]


def test_half_of_the_window_tokens_are_full_windows():
    choice = choose(tiny_records(60, functions=20), textTokens=120_000)
    tokens = {form: sum(len(window.ids) for window in choice.windows if window.form == form) for form in ("full", "short", "negative")}
    assert 0.4 < (tokens["full"] + tokens["negative"]) / sum(tokens.values()) < 0.6


def test_choice_keeps_to_its_budget_and_its_seed():
    records = tiny_records(60, functions=20)
    choice = choose(records, textTokens=50_000)
    assert 50_000 <= choice.tokens < 52_000 + 16 * 512  # the last file may pass it
    assert choose(records, textTokens=50_000) == choice
    assert choose(records, textTokens=50_000, seed=2) != choice


def test_every_pair_begins_in_its_window():
    choice = choose(tiny_records(functions=10), textTokens=100_000)
    assert choice.pairs
    for pair in choice.pairs:
        spans = choice.windows[pair.window].spans
        assert spans[0][0] <= pair.startLine <= spans[-1][1] and choice.windows[pair.window].file == pair.file
    carried = {pair.window for pair in choice.pairs}
    assert all(window.form == "negative" for index, window in enumerate(choice.windows) if index not in carried)
    assert len({(pair.file, pair.startLine) for pair in choice.pairs}) == len(choice.pairs)


def test_language_quotas():
    assert language_quotas({"python": 900, "go": 60, "rust": 40}, 1000, 0.35) == pytest.approx({"python": 350, "go": 350, "rust": 300})
    even = {"a": 300, "b": 300, "c": 300, "d": 100}
    assert language_quotas(even, 1000, 0.35) == pytest.approx(even)
    assert language_quotas({"python": 9}, 1000, 0.35) == {"python": 1000}


def test_one_language_takes_what_the_others_cannot_fill():
    records = tiny_records(40, functions=20)
    for record in records[:36]:
        record["language"] = "go"
    choice = choose(records, textTokens=100_000)
    assert choice.tokens >= 100_000
    languages = [pair.language for pair in choice.pairs]
    assert 0 < languages.count("python") < languages.count("go")


def test_a_cache_over_its_budget_is_refused(tmp_path):
    pairs = write_records(tmp_path / "pairs.jsonl", tiny_records())
    with pytest.raises(CacheTooLarge, match="choose fewer tokens"):
        open_training_data(tiny_source(tmp_path, byteBudget=100_000), pairs, ChoiceOptions(20_000), NoMeanings, say=lambda text: None)
    assert not list(tmp_path.rglob("*.bin"))


def test_a_stopped_text_pass_goes_on_at_its_shard(tmp_path, monkeypatch):
    base = tiny_base(QWEN_LIKE)
    items = [TextItem([number % 250 + 1] * 40, [(0, 20), (20, 40)], [20, 40]) for number in range(12)]
    layout = build.layout_of(base, 3, "blocks", items, shardTokens=100)
    assert len(layout.shardElements) == 4
    whole = build.build_store(base, layout, items, "blocks", tmp_path / "whole")
    build.build_store(base, layout, items, "blocks", tmp_path / "stopped")
    (tmp_path / "stopped" / "shard-0002.bin").write_bytes(b"cut off")
    run = []
    monkeypatch.setattr(build, "run_shard", lambda *a, original=build.run_shard: run.append(a[2]) or original(*a))
    again = build.build_store(base, layout, items, "blocks", tmp_path / "stopped")
    assert run == [2]
    for item in range(12):
        for left, right in zip(whole.read(item), again.read(item)):
            assert torch.equal(left, right)


def test_layout_counts_every_byte():
    shape = StateShape(layers=3, kvHeads=2, headDim=4, meanHeads=6, textType=torch.bfloat16)
    layout = StoreLayout(shape, [(10, 2), (20, 3), (5, 1)], shardTokens=30)
    assert layout.shardOf == [0, 0, 1]
    assert layout.shardElements == [2 * 2 * 2 * 30 * 4 + 5 * 3 * 6 * 4, 2 * 2 * 2 * 5 * 4 + 3 * 6 * 4]
    assert layout.bytes == 2 * sum(layout.shardElements)


def test_groups_are_of_like_length():
    groups = groups_by_length([512, 500, 490, 480, 470, 140, 130, 120, 20, 10])
    assert groups == [[0, 1, 2, 3, 4], [5, 6, 7, 8], [9]]
