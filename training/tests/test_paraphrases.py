"""Questions that a model wrote: sampled after one prefix, checked by finding their lines again, chosen before others."""

import json
import random

import pytest
import torch
from tiny import QWEN_LIKE, tiny_base, tiny_records
from tiny_training import tiny_data, tiny_router

from landmark_training.markdown import mixed_lines
from landmark_training.mix import mix
from landmark_training.paraphrase.decode import Prefix, Sampling, sample_batch
from landmark_training.paraphrase.regions import FEWEST_OF_PROJECT, REGION_LINES, sample_regions
from landmark_training.router import Router
from landmark_training.save import read_landmarks, save_landmarks, start_from
from landmark_training.teacher import Teacher, lost_pairs

GREEDY = Sampling(temperature=1e-6, tokensMax=6)


def greedy_alone(base, ids: list[int], count: int) -> list[int]:
    out: list[int] = []
    for _ in range(count):
        hidden = base.text(torch.tensor([ids + out])).hidden[0, -1]
        out.append(int(base.logits(hidden).argmax()))
    return out


def test_a_batch_after_a_prefix_says_what_each_prompt_says_alone():
    base, rng = tiny_base(QWEN_LIKE), random.Random(2)
    ids = lambda count: [rng.randrange(200) for _ in range(count)]
    prefix, prompts = ids(9), [ids(5), ids(11), ids(2)]
    found = sample_batch(Prefix(base, prefix), prompts, set(), GREEDY, torch.Generator().manual_seed(1))
    assert found == [greedy_alone(base, prefix + prompt, GREEDY.tokensMax) for prompt in prompts]


def test_a_stop_token_ends_its_own_row_alone():
    base, prefix, prompts = tiny_base(QWEN_LIKE), [1, 2, 3], [[4, 5], [6]]
    whole = [greedy_alone(base, prefix + prompt, GREEDY.tokensMax) for prompt in prompts]
    stop = next(token for token in whole[0] if token not in whole[1])
    found = sample_batch(Prefix(base, prefix), prompts, {stop}, GREEDY, torch.Generator().manual_seed(1))
    assert found == [whole[0][: whole[0].index(stop)], whole[1]]


def code_record(project: str, path: str, language: str = "python") -> dict:
    body = [f"    step = {number}" for number in range(REGION_LINES[0])]
    lines = [line for number in range(8) for line in (f"def part_{number}(value):", *body)]
    return {"project": project, "path": path, "language": language, "lines": lines, "pairs": []}


def test_regions_of_a_project_stand_together_and_tests_give_none():
    records = [code_record("one", "one/a.py"), code_record("two", "two/b.py"), code_record("one", "one/c.py"),
               code_record("two", "tests/test_b.py"), code_record("three", "docs/d.py")]
    chosen = sample_regions(records, 7, random.Random(1))
    assert [record["project"] for record, _ in chosen] == ["one"] * 7
    assert len(chosen) >= FEWEST_OF_PROJECT


def with_paraphrases(records: list[dict]) -> list[dict]:
    for record in records[:2]:
        pair = record["pairs"][0]
        record["pairs"].append({**pair, "kind": "paraphrase", "question": "How is it added?", "questions": ["How is it added?", "Where is it scaled?"]})
    return records


def test_files_with_paraphrases_are_chosen_first_and_ask_two_of_them(tmp_path):
    data = tiny_data(tmp_path, textTokens=1_500, records=with_paraphrases(tiny_records()))
    written = [pair for pair in data.choice.pairs if pair.kind == "paraphrase"]
    assert written
    assert all(sorted(pair.texts) == ["How is it added?", "Where is it scaled?"] for pair in written)


def test_a_question_that_does_not_find_its_lines_is_lost(tmp_path):
    arrangement = tiny_data(tmp_path).arrangement
    pairs = arrangement.pairs_of(0)
    blocks = torch.tensor(arrangement.blocks_of(0))
    gold, _ = arrangement.relations(torch.tensor(pairs), blocks)
    found = [gold.clone().float() for _ in (0, 1)]
    found[1][0] = 1 - found[1][0]  # the second question of the first pair is about everything else
    meanings = torch.zeros(len(arrangement.blockWindow), 384), torch.zeros(2, len(arrangement.pairWindow), 384)
    words = [torch.zeros(2, len(arrangement.pairs_of(project)), len(arrangement.blocks_of(project)))
             for project in range(arrangement.projectCount)]
    words[0] = torch.stack(found)
    # By meaning the first pair finds every wrong block before its gold one.
    meanings[1][:, :, 0] = 1
    meanings[0][blocks, 0] = (~gold[0]).float()
    lost = lost_pairs(Teacher(arrangement, *meanings, words), list(pairs), most=1)
    assert lost == {pairs[0]}
    arrangement.drop_pairs(lost)
    assert not any(lost & set(ofWindow) for ofWindow in arrangement.windowPairs)


def test_training_goes_on_from_saved_landmarks(tmp_path):
    before, after = tiny_router(1, noise=0.1), tiny_router(2)
    save_landmarks(before, tmp_path / "landmarks.safetensors")
    start_from(after, tmp_path / "landmarks.safetensors")
    for (name, left), right in zip(before.state_dict().items(), after.state_dict().values()):
        assert torch.allclose(left, right, atol=2e-3), name


def test_a_mix_lies_between_both_and_refuses_other_kinds(tmp_path):
    paths = [tmp_path / f"{name}.safetensors" for name in ("before", "after", "mixed")]
    routers = [tiny_router(seed, noise=0.1) for seed in (1, 2)]
    for router, path in zip(routers, paths):
        save_landmarks(router, path, {"steps": "7"})
    mix(paths[0], [paths[1]], 0.25, paths[2])
    (first, _), (second, _), (mixed, facts) = map(read_landmarks, paths)
    for name in first:
        assert torch.allclose(mixed[name].float(), 0.75 * first[name].float() + 0.25 * second[name].float(), atol=2e-3), name
    assert json.loads(facts["mixed"]) == {"before": "7", "after": ["7"], "share": 0.25}
    mix(paths[0], [paths[1], paths[0]], 1, paths[2])
    mean = read_landmarks(paths[2])[0]["embedding"].float()
    assert torch.allclose(mean, (first["embedding"].float() + second["embedding"].float()) / 2, atol=2e-3)
    assert "0.25 of the way from those to what came out (" in mixed_lines({"mixed": json.loads(facts["mixed"])})[1]
    assert mixed_lines({"mixed": {"before": "7", "after": "180", "share": 0.5}})[1].endswith("to what came out (`landmark_training.mix`).")
    assert "the mean of what came out of 2 runs" in mixed_lines({"mixed": {"before": "7", "after": ["1", "2"], "share": 0.5}})[1]
    with pytest.raises(ValueError, match="from 0 to 1"):
        mix(paths[0], [paths[1]], 2, paths[2])
    save_landmarks(Router(routers[0].base, (0, 1), rank=4, startTokenId=1), paths[1])
    with pytest.raises(ValueError, match="different kinds"):
        mix(paths[0], [paths[1]], 0.5, paths[2])
