"""A resumed run equals one that was never stopped; what is exported equals what was trained."""

import random

import pytest
import torch
from tiny import tiny_records, tiny_tokenizer
from tiny_training import LAYERS, tiny_data, tiny_router, tiny_trainer

from landmark_training.checkpoint import load_checkpoint, save_checkpoint
from landmark_training.encode import encode_blocks, encode_questions
from landmark_training.samples import Sampler
from landmark_training.save import load_landmarks, save_landmarks
from landmark_training.start import fit_start
from landmark_training.train import RunLength, run


@pytest.fixture
def data(tmp_path):
    return tiny_data(tmp_path)


def samples():
    sampler, rng = Sampler(tiny_tokenizer()), random.Random(1)
    return [sampler.sample(record, record["pairs"][0], rng) for record in tiny_records()][:4]


@pytest.mark.parametrize("averageDecay", [0.0, 0.9])
def test_resume_continues_identically(tmp_path, data, averageDecay):
    """Across the end of an epoch, whose next one is composed from the vectors that the first left behind."""
    count = 9
    whole = tiny_trainer(data, averageDecay=averageDecay)
    for step in range(count):
        whole.step(step / count)
    assert whole.position.epoch >= 1
    first = tiny_trainer(data, averageDecay=averageDecay)
    for step in range(2):
        first.step(step / count)
    save_checkpoint(tmp_path / "checkpoint.pt", first, [{"step": 2}])
    second = tiny_trainer(data, averageDecay=averageDecay)
    assert load_checkpoint(tmp_path / "checkpoint.pt", second) == [{"step": 2}]
    for step in range(2, count):
        second.step(step / count)
    for (name, left), right in zip(whole.router.state_dict().items(), second.router.state_dict().values()):
        assert torch.equal(left, right), name
    assert all(torch.equal(left, right) for left, right in zip(whole.average, second.average))
    assert whole.position == second.position


def test_checkpoint_of_another_seed_is_refused(tmp_path, data):
    save_checkpoint(tmp_path / "checkpoint.pt", tiny_trainer(data, seed=1), [])
    with pytest.raises(ValueError, match="seed 1, not 2"):
        load_checkpoint(tmp_path / "checkpoint.pt", tiny_trainer(data, seed=2))


def test_training_lowers_the_loss_and_leaves_the_base_alone(data):
    trainer = tiny_trainer(data)
    before = {name: tensor.clone() for name, tensor in trainer.router.base.layers[0].items()}
    fit_start(trainer.router, trainer.survey(8))
    losses = [trainer.step(0.0)["loss"] for _ in range(30)]
    assert sum(losses[-5:]) < sum(losses[:5])
    assert all(torch.equal(before[name], tensor) for name, tensor in trainer.router.base.layers[0].items())


def test_run_ends_at_its_steps_or_its_epochs(data):
    for options, length, steps in (({}, RunLength(steps=3), 3), ({"epochs": 1}, RunLength(steps=1000), None)):
        trainer, measured = tiny_trainer(data, **options), []
        run(trainer, length, None, [], lambda: measured.append(trainer.position.step))
        assert trainer.position.step == (steps or len(trainer.order)) and measured == [trainer.position.step]


def test_running_mean_is_swapped_and_swapped_back(data):
    trainer = tiny_trainer(data, averageDecay=0.9)
    trainer.restart_average()
    trainer.step(0.0)
    trained = [parameter.detach().clone() for parameter in trainer.parameters]
    trainer.swap_average()
    assert any(not torch.equal(left, right) for left, right in zip(trained, trainer.parameters))
    trainer.swap_average()
    assert all(torch.equal(left, right) for left, right in zip(trained, trainer.parameters))


def test_export_round_trip(tmp_path, data):
    trainer = tiny_trainer(data)
    for step in range(3):
        trainer.step(0.0)
    path = tmp_path / "landmarks.safetensors"
    save_landmarks(trainer.router, path)
    loaded = load_landmarks(path, trainer.router.base)
    assert loaded.routingLayers == LAYERS
    with torch.no_grad():
        for encode, inputs in ((encode_blocks, [sample.window for sample in samples()]),
                               (encode_questions, [sample.questions[0] for sample in samples()])):
            torch.testing.assert_close(encode(loaded, inputs), encode(trainer.router, inputs), atol=2e-3, rtol=0)


def test_keys_and_queries_have_length_one():
    router = tiny_router()
    with torch.no_grad():
        keys = encode_blocks(router, [sample.window for sample in samples()])
        queries = encode_questions(router, [sample.questions[1] for sample in samples()])
    torch.testing.assert_close(keys.norm(dim=-1), torch.ones(len(keys)))
    torch.testing.assert_close(queries.norm(dim=-1), torch.ones(len(queries)))
