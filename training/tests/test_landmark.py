"""The landmark stream against the base itself: without deltas a landmark is an ordinary token at its place."""

import pytest
import torch
from tiny import LLAMA_LIKE, QWEN_LIKE, tiny_base

from landmark_training.attention import attend_to_text
from landmark_training.landmark import LandmarkStream

TOKEN = 7
shapes = pytest.mark.parametrize("shape", [QWEN_LIKE, LLAMA_LIKE], ids=["qwen2", "llama"])


def visible_until(ends: list[int], length: int) -> torch.Tensor:
    return (torch.arange(length)[None] < torch.tensor(ends)[:, None])[None]  # [1,N,T]


@shapes
def test_untrained_landmark_equals_token_at_its_place(shape):
    torch.manual_seed(0)
    base = tiny_base(shape)
    ids = torch.randint(0, shape.vocabulary, (1, 20))
    ends = [5, 12, 20]
    stream = LandmarkStream(base, TOKEN, rank=4, layerCount=3)
    with torch.no_grad():
        found = stream(base.text(ids, 3), visible_until(ends, 20), torch.tensor([ends]))
    for index, end in enumerate(ends):
        reference = base.text(torch.cat([ids[:, :end], torch.tensor([[TOKEN]])], 1), 3)
        for layer in range(3):
            torch.testing.assert_close(found.keys[layer][:, index], reference.rawKeys[layer][:, -1], atol=1e-5, rtol=1e-4)
            torch.testing.assert_close(found.queries[layer][:, index], reference.rawQueries[layer][:, -1],
                                       atol=1e-5, rtol=1e-4)


@shapes
def test_text_is_the_same_with_and_without_landmarks(shape):
    torch.manual_seed(0)
    base = tiny_base(shape)
    ids = torch.randint(0, shape.vocabulary, (2, 16))
    before = base.text(ids)
    logits = base.logits(before.hidden)
    stream = LandmarkStream(base, TOKEN, rank=4, layerCount=3)
    with torch.no_grad():
        for delta in stream.parameters():
            delta.add_(torch.randn_like(delta))
    states = stream(before, visible_until([8, 16], 16).expand(2, -1, -1), torch.tensor([[8, 16], [8, 16]]))
    sum(keys.square().sum() for keys in states.keys).backward()
    after = base.text(ids)
    assert torch.equal(logits, base.logits(after.hidden))
    for layer in range(shape.layers):
        assert torch.equal(before.rawKeys[layer], after.rawKeys[layer])
        assert torch.equal(before.values[layer], after.values[layer])


@shapes
def test_landmarks_do_not_see_each_other(shape):
    torch.manual_seed(0)
    base = tiny_base(shape)
    text = base.text(torch.randint(0, shape.vocabulary, (1, 16)), 3)
    stream = LandmarkStream(base, TOKEN, rank=4, layerCount=3)
    with torch.no_grad():
        for delta in stream.parameters():
            delta.add_(0.1 * torch.randn_like(delta))
        both = stream(text, visible_until([8, 16], 16), torch.tensor([[8, 16]]))
        alone = stream(text, visible_until([16], 16), torch.tensor([[16]]))
    torch.testing.assert_close(both.keys[2][:, 1], alone.keys[2][:, 0], atol=1e-5, rtol=1e-4)


def test_last_layer_carries_only_keys_and_queries():
    stream = LandmarkStream(tiny_base(QWEN_LIKE), TOKEN, rank=4, layerCount=2)
    assert set(stream.layers[0]) == {"q", "k", "v", "o", "gate", "up", "down"}
    assert set(stream.layers[1]) == {"q", "k"}


@pytest.mark.parametrize("dtype, tolerance", [(torch.float32, 1e-5), (torch.bfloat16, 0.05)], ids=["float32", "bfloat16"])
def test_attention_has_the_gradient_of_plain_attention(dtype, tolerance):
    """Keys with a large common part, as Qwen2's biases make them: their scores are coarse in bfloat16. The
    tolerance is a share of the largest number."""
    torch.manual_seed(0)
    queries = torch.randn(2, 2, 10, 16).to(dtype).requires_grad_()
    keys = (torch.randn(2, 2, 40, 16) + 40 * torch.randn(16)).to(dtype)
    values = torch.randn(2, 2, 40, 16).to(dtype)
    mask = torch.zeros(2, 1, 10, 40, dtype=dtype).masked_fill(torch.arange(40) >= torch.arange(5, 15)[:, None], float("-inf"))
    mixed, weight = attend_to_text(queries, keys, values, mask)
    mixedGradient, weightGradient = torch.randn(mixed.shape), torch.randn(weight.shape)
    ((mixed.float() * mixedGradient).sum() + (weight * weightGradient).sum()).backward()

    plain = queries.detach().float().requires_grad_()
    scores = plain @ keys.float().transpose(-1, -2) / 16**0.5 + mask.float()
    expected = scores.softmax(-1) @ values.float()
    ((expected * mixedGradient).sum() + (scores.logsumexp(-1) * weightGradient).sum()).backward()
    for found, wanted in ((mixed, expected), (weight, scores.logsumexp(-1)), (queries.grad, plain.grad)):
        assert (found.float() - wanted).abs().max() <= tolerance * wanted.abs().max()
