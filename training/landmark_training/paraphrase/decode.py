"""Batched sampling from a frozen base: many prompts of like length at once, so that weights are read once a token.

It knows nothing of code or questions.
Shapes: B prompts, T longest prompt, S generated tokens so far, H heads, G kv heads, C head width, V vocabulary.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from ..base import Base, project_qkv, rms_norm, rotary_tables, rotate


@dataclass(frozen=True)
class Sampling:
    temperature: float = 0.8
    topP: float = 0.95
    tokensMax: int = 96


@torch.no_grad()
def sample_batch(base: Base, prompts: list[list[int]], stopIds: set[int], sampling: Sampling,
                 generator: torch.Generator) -> list[list[int]]:
    """One continuation of each prompt, without its stop token."""
    lengths = torch.tensor([len(prompt) for prompt in prompts])  # [B]
    batch, longest = len(prompts), int(lengths.max())
    ids = torch.zeros(batch, longest, dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, : len(prompt)] = torch.tensor(prompt)
    cache = _Cache(base, ids, lengths, sampling.tokensMax)
    last = cache.hidden[torch.arange(batch), lengths - 1]  # [B,W]
    outputs: list[list[int]] = [[] for _ in prompts]
    open_ = torch.ones(batch, dtype=torch.bool)
    for step in range(sampling.tokensMax):
        tokens = _sample(base.logits(last), sampling, generator)  # [B]
        for row in open_.nonzero()[:, 0].tolist():
            if tokens[row].item() in stopIds:
                open_[row] = False
            else:
                outputs[row].append(tokens[row].item())
        if not open_.any() or step == sampling.tokensMax - 1:
            break
        last = cache.step(tokens)
    return outputs


def _sample(logits: torch.Tensor, sampling: Sampling, generator: torch.Generator) -> torch.Tensor:
    """logits [B,V] -> tokens [B], from the smallest set of tokens that holds topP of the probability."""
    best, places = (logits / sampling.temperature).softmax(-1).topk(64, -1)  # [B,64]; the rest has next to nothing
    before = best.cumsum(-1) - best
    best = best.masked_fill(before >= sampling.topP, 0)
    return places.gather(1, torch.multinomial(best, 1, generator=generator))[:, 0]


class _Cache:
    """Keys and values of the prompts, padded at their end, with room for what is generated after the padding."""

    def __init__(self, base: Base, ids: torch.Tensor, lengths: torch.Tensor, room: int):
        text = base.text(ids)
        self.base, self.lengths, self.longest, self.steps = base, lengths, ids.shape[1], 0
        self.hidden = text.hidden  # [B,T,W]
        self.keys = [F.pad(keys, (0, 0, 0, room)) for keys in text.keys]  # [B,G,T+room,C]
        self.values = [F.pad(values, (0, 0, 0, room)) for values in text.values]
        padded = torch.arange(self.longest)[None] < lengths[:, None]  # [B,T]
        self.seen = F.pad(padded, (0, room))  # [B,T+room]

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        """tokens [B], each after what its row holds -> hidden [B,W]."""
        base, shape = self.base, self.base.shape
        at = self.longest + self.steps
        self.seen[:, at] = True
        cos, sin = (table[:, None, None] for table in rotary_tables(self.lengths + self.steps, shape))  # [B,1,1,C]
        mask = self.seen[:, None, None, : at + 1]
        x = base.embedding[tokens][:, None]  # [B,1,W]
        for index, weights in enumerate(base.layers):
            h = rms_norm(x, weights["attn_norm"], shape.normEps)
            keys, queries, values = project_qkv(h, weights, shape.heads, shape.kvHeads)
            self.keys[index][:, :, at] = rotate(keys.transpose(1, 2), cos, sin, shape.rotaryPairs)[:, :, 0]
            self.values[index][:, :, at] = values[:, 0]
            turned = rotate(queries.transpose(1, 2), cos, sin, shape.rotaryPairs)  # [B,H,1,C]
            grouped = turned.reshape(len(tokens), shape.kvHeads, shape.groupHeads, shape.headDim)
            mixed = F.scaled_dot_product_attention(
                grouped, self.keys[index][:, :, : at + 1], self.values[index][:, :, : at + 1], attn_mask=mask)
            x = x + F.linear(mixed.reshape(len(tokens), 1, -1), weights["o"])
            h = rms_norm(x, weights["ffn_norm"], shape.normEps)
            x = x + F.linear(F.silu(F.linear(h, weights["gate"])) * F.linear(h, weights["up"]), weights["down"])
        self.steps += 1
        return x[:, 0]
