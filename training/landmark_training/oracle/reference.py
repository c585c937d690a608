"""A decoder over cached keys and values, written for clarity: the reference of the reader graph.

Shapes: S new tokens, P cached tokens, H heads, G kv heads, C head width.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F

from ..base import Base, project_qkv, rms_norm, rotary_tables, rotate
from ..config import BaseShape


@dataclass
class CachedContext:
    """Per layer: keys before rotary position [P, G, C] and values [P, G, C], at positions 0..P-1."""

    rawKeys: list[torch.Tensor] = field(default_factory=list)
    values: list[torch.Tensor] = field(default_factory=list)

    @property
    def length(self) -> int:
        return 0 if not self.rawKeys else self.rawKeys[0].shape[0]

    def append(self, other: "CachedContext", start: int, end: int) -> None:
        """Places tokens [start, end) of another encoding at the next consecutive positions."""
        if not self.rawKeys:
            self.rawKeys = [keys[:0] for keys in other.rawKeys]
            self.values = [values[:0] for values in other.values]
        self.rawKeys = [torch.cat([a, b[start:end]]) for a, b in zip(self.rawKeys, other.rawKeys)]
        self.values = [torch.cat([a, b[start:end]]) for a, b in zip(self.values, other.values)]

    def rotated(self, shape: BaseShape) -> tuple[torch.Tensor, torch.Tensor]:
        """Keys at their rotary positions and values, [layers, G, P, C] each, as the answer stream reads them."""
        cos, sin = rotary_tables(torch.arange(self.length), shape)
        keys = [rotate(keys.transpose(0, 1), cos, sin, shape.rotaryPairs) for keys in self.rawKeys]
        return torch.stack(keys), torch.stack([values.transpose(0, 1) for values in self.values])

    def as_stored(self) -> "CachedContext":
        """Rounded as the store keeps it (fp16)."""
        return CachedContext([k.half().float() for k in self.rawKeys], [v.half().float() for v in self.values])


@torch.no_grad()
def run_after(base: Base, ids: list[int], context: CachedContext) -> tuple[torch.Tensor, CachedContext]:
    """Runs ids after the context -> (logits of the last token [vocabulary], encoding of the new tokens)."""
    shape, past = base.shape, context.length
    x = base.embedding[torch.tensor(ids)]  # [S, width]
    count = len(ids)
    cos, sin = rotary_tables(torch.arange(past + count), shape)  # [P + S, C]
    visible = torch.ones(count, past + count, dtype=torch.bool).tril(past)
    encoded = CachedContext()
    for index, weights in enumerate(base.layers):
        h = rms_norm(x, weights["attn_norm"], shape.normEps)
        rawKeys, rawQueries, values = (t[0] for t in project_qkv(h[None], weights, shape.heads, shape.kvHeads))  # [S, ., C]
        encoded.rawKeys.append(rawKeys)
        encoded.values.append(values)
        if past:
            rawKeys = torch.cat([context.rawKeys[index], rawKeys])
            values = torch.cat([context.values[index], values])
        keys = rotate(rawKeys.transpose(0, 1), cos, sin, shape.rotaryPairs)  # [G, P + S, C]
        queries = rotate(rawQueries.transpose(0, 1), cos[past:], sin[past:], shape.rotaryPairs)  # [H, S, C]
        mixed = F.scaled_dot_product_attention(
            queries[None], keys.repeat_interleave(shape.groupHeads, 0)[None],
            values.transpose(0, 1).repeat_interleave(shape.groupHeads, 0)[None], attn_mask=visible,
        )[0]  # [H, S, C]
        x = x + F.linear(mixed.transpose(0, 1).reshape(count, -1), weights["o"])
        h = rms_norm(x, weights["ffn_norm"], shape.normEps)
        x = x + F.linear(F.silu(F.linear(h, weights["gate"])) * F.linear(h, weights["up"]), weights["down"])
    return base.logits(x[-1]), encoded
