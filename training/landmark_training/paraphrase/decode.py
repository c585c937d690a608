"""Batched sampling from a frozen base: many prompts at once, so that weights are read once a token, all of them after
one prefix that is read once for all.

It knows nothing of code or questions.
Shapes: B prompts, P prefix tokens, T longest prompt, N new tokens of a run, H heads, G kv heads, C head width,
W width, V vocabulary.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from ..base import Base, TextStates, project_qkv, rms_norm, rotary_tables, rotate


@dataclass(frozen=True)
class Sampling:
    temperature: float = 0.8
    topP: float = 0.95
    tokensMax: int = 96


class Prefix:
    """What every prompt begins with, as the base leaves it."""

    def __init__(self, base: Base, ids: list[int]):
        self.base, self.length = base, len(ids)
        self.states: TextStates = base.text(torch.tensor([ids]))


@torch.no_grad()
def sample_batch(prefix: Prefix, prompts: list[list[int]], stopIds: set[int], sampling: Sampling,
                 generator: torch.Generator) -> list[list[int]]:
    """One continuation of each prompt after the prefix, without its stop token."""
    lengths = torch.tensor([len(prompt) for prompt in prompts])  # [B]
    ids = torch.zeros(len(prompts), int(lengths.max()), dtype=torch.long)
    for row, prompt in enumerate(prompts):
        ids[row, : len(prompt)] = torch.tensor(prompt)
    cache = _Cache(prefix, ids, lengths, sampling.tokensMax)
    last = cache.last
    outputs: list[list[int]] = [[] for _ in prompts]
    open_ = torch.ones(len(prompts), dtype=torch.bool)
    for step in range(sampling.tokensMax):
        tokens = _sample(prefix.base.logits(last), sampling, generator)  # [B]
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
    """Keys and values of prefix and prompts, these padded at their end, with room for what is generated after."""

    def __init__(self, prefix: Prefix, ids: torch.Tensor, lengths: torch.Tensor, room: int):
        self.base, self.first = prefix.base, prefix.length + lengths  # [B]: the position of what is generated first
        batch, longest = ids.shape
        self.filled, total = prefix.length, prefix.length + longest + room

        def opened(held: torch.Tensor) -> torch.Tensor:  # [1,G,P,C] -> [B,G,total,C]
            return F.pad(held.expand(batch, -1, -1, -1), (0, 0, 0, total - prefix.length)).contiguous()

        self.keys, self.values = map(opened, prefix.states.keys), map(opened, prefix.states.values)
        self.keys, self.values = list(self.keys), list(self.values)
        own = torch.arange(longest)
        self.seen = F.pad(own[None] < lengths[:, None], (prefix.length, room), value=True)  # [B,total], ends apart
        causal = torch.arange(prefix.length + longest)[None] <= prefix.length + own[:, None]  # [T,P+T]
        hidden = self._run(ids, (prefix.length + own).expand(batch, -1), causal[None, None])
        self.last = hidden[torch.arange(batch), lengths - 1]  # [B,W]
        self.steps = 0

    def step(self, tokens: torch.Tensor) -> torch.Tensor:
        """tokens [B], each after what its row holds -> hidden [B,W]."""
        mask = self.seen[:, None, None, : self.filled + 1]
        hidden = self._run(tokens[:, None], (self.first + self.steps)[:, None], mask)
        self.steps += 1
        return hidden[:, 0]

    def _run(self, ids: torch.Tensor, positions: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """ids, positions [B,N]; mask [B or 1,1,N,filled + N] -> hidden [B,N,W]."""
        base, shape = self.base, self.base.shape
        batch, count = ids.shape
        end = self.filled + count
        mask = mask.repeat(1, 1, shape.groupHeads, 1)
        cos, sin = (table[:, None] for table in rotary_tables(positions, shape))  # [B,1,N,C]
        x = base.embedding[ids]  # [B,N,W]
        for index, weights in enumerate(base.layers):
            h = rms_norm(x, weights["attn_norm"], shape.normEps)
            keys, queries, values = project_qkv(h, weights, shape.heads, shape.kvHeads)
            self.keys[index][:, :, self.filled: end] = rotate(keys.transpose(1, 2), cos, sin, shape.rotaryPairs)
            self.values[index][:, :, self.filled: end] = values.transpose(1, 2)
            turned = rotate(queries.transpose(1, 2), cos, sin, shape.rotaryPairs)  # [B,H,N,C]
            # Heads of a group stand side by side as rows, so that keys and values are not copied for each of them.
            mixed = F.scaled_dot_product_attention(
                turned.reshape(batch, shape.kvHeads, -1, shape.headDim), self.keys[index][:, :, :end],
                self.values[index][:, :, :end], attn_mask=mask).view(batch, shape.heads, count, shape.headDim)
            x = x + F.linear(mixed.transpose(1, 2).flatten(2), weights["o"])
            h = rms_norm(x, weights["ffn_norm"], shape.normEps)
            x = x + F.linear(F.silu(F.linear(h, weights["gate"])) * F.linear(h, weights["up"]), weights["down"])
        self.filled = end
        return x
