"""A resumed run equals one that was never stopped; what is exported equals what was trained."""

import torch
from tiny import QWEN_LIKE, tiny_base, tiny_records, tiny_tokenizer

from landmark_training.checkpoint import load_checkpoint, save_checkpoint
from landmark_training.encode import encode_blocks, encode_questions
from landmark_training.router import Router
from landmark_training.samples import Sampler
from landmark_training.save import load_landmarks, save_landmarks
from landmark_training.start import fit_start
from landmark_training.train import Trainer

LAYERS = (0, 2)


def new_trainer(seed: int = 1) -> Trainer:
    torch.manual_seed(seed)
    router = Router(tiny_base(QWEN_LIKE), LAYERS, rank=4, startTokenId=257)
    return Trainer(router, Sampler(tiny_tokenizer()), tiny_records(), seed, pairsPerStep=3)


def test_resume_continues_identically(tmp_path):
    whole = new_trainer()
    for step in range(5):
        whole.step(step / 5)
    first = new_trainer()
    for step in range(2):
        first.step(step / 5)
    save_checkpoint(tmp_path / "checkpoint.pt", first, [{"step": 2}])
    second = new_trainer()
    assert load_checkpoint(tmp_path / "checkpoint.pt", second) == [{"step": 2}]
    for step in range(2, 5):
        second.step(step / 5)
    for (name, left), right in zip(whole.router.state_dict().items(), second.router.state_dict().values()):
        assert torch.equal(left, right), name
    assert whole.position == second.position


def test_training_lowers_the_loss_and_leaves_the_base_alone():
    trainer = new_trainer()
    before = {name: tensor.clone() for name, tensor in trainer.router.base.layers[0].items()}
    fit_start(trainer.router, trainer.next_samples(8))
    losses = [trainer.step(0.0)["loss"] for _ in range(30)]
    assert sum(losses[-5:]) < sum(losses[:5])
    assert all(torch.equal(before[name], tensor) for name, tensor in trainer.router.base.layers[0].items())


def test_export_round_trip(tmp_path):
    trainer = new_trainer()
    for step in range(3):
        trainer.step(0.0)
    path = tmp_path / "landmarks.safetensors"
    save_landmarks(trainer.router, path)
    loaded = load_landmarks(path, trainer.router.base)
    assert loaded.routingLayers == LAYERS
    samples = trainer.next_samples(4)
    with torch.no_grad():
        for encode, inputs in ((encode_blocks, [sample.window for sample in samples]),
                               (encode_questions, [sample.questions[0] for sample in samples])):
            torch.testing.assert_close(encode(loaded, inputs), encode(trainer.router, inputs), atol=2e-3, rtol=0)


def test_keys_and_queries_have_length_one():
    trainer = new_trainer()
    samples = trainer.next_samples(4)
    with torch.no_grad():
        keys = encode_blocks(trainer.router, [sample.window for sample in samples])
        queries = encode_questions(trainer.router, [sample.questions[1] for sample in samples])
    torch.testing.assert_close(keys.norm(dim=-1), torch.ones(len(keys)))
    torch.testing.assert_close(queries.norm(dim=-1), torch.ones(len(queries)))
