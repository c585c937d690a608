"""The answer stream: rows of an answer, run through the frozen base with low-rank deltas.

Blocks and question are read as the base reads them: their keys and values have no delta, and no gradient runs through them.
Shapes: R rows of all readings, n rows of one, F tokens of its context, W width, H heads, G kv heads, C head width.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from ..base import Base, rms_norm, rotary_tables, rotate
from ..landmark import DELTA_SCALE, Delta, project, projection_widths


@dataclass
class Rows:
    """One reading's: context keys at their rotary positions and values, [layers, G, F, C] each, and the rows' tokens [n]."""

    keys: torch.Tensor
    values: torch.Tensor
    ids: torch.Tensor


class AnswerStream(nn.Module):
    def __init__(self, base: Base, rank: int, projections: tuple[str, ...], scale: float = DELTA_SCALE):
        super().__init__()
        self._base = (base,)  # in a tuple, so that the frozen base is no submodule
        self.rank, self.projections = rank, tuple(projections)
        widths = projection_widths(base.shape)
        self.layers = nn.ModuleList(nn.ModuleDict({name: Delta(*widths[name], rank, scale) for name in projections})
                                    for _ in range(base.shape.layers))
        self.isOn = True

    @property
    def base(self) -> Base:
        return self._base[0]

    def forward(self, readings: list[Rows], kept: list | None = None) -> torch.Tensor:
        """Hidden states before the final norm of all rows, one reading's after the other's [R,W]. kept gets the rows' keys, at their
        rotary positions, and values of each layer, [R,G,C] each."""
        base, shape = self.base, self.base.shape
        x = base.embedding[torch.cat([rows.ids for rows in readings])].float()  # [R,W]
        positions = torch.cat([rows.keys.shape[2] + torch.arange(len(rows.ids)) for rows in readings])
        cos, sin = (table[:, None] for table in rotary_tables(positions, shape))  # [R,1,C]
        sizes = [len(rows.ids) for rows in readings]
        for index, weights in enumerate(base.layers):
            h = rms_norm(x, weights["attn_norm"].float(), shape.normEps)
            queries, keys, values = (self._project(index, name, h).float().unflatten(-1, (-1, shape.headDim)) for name in "qkv")
            queries, keys = rotate(queries, cos, sin, shape.rotaryPairs), rotate(keys, cos, sin, shape.rotaryPairs)
            if kept is not None:
                kept.append((keys, values))
            parts = zip(readings, *(part.split(sizes) for part in (queries, keys, values)))
            mixed = torch.cat([attend(q, k, v, rows.keys[index], rows.values[index]) for rows, q, k, v in parts])  # [R,H*C]
            x = x + self._project(index, "o", mixed).float()
            h = rms_norm(x, weights["ffn_norm"].float(), shape.normEps)
            gated = F.silu(self._project(index, "gate", h)) * self._project(index, "up", h)
            x = x + self._project(index, "down", gated).float()
        return x

    @torch.no_grad()
    def read(self, readings: list[Rows]) -> list[Rows]:
        """The same readings with their rows read by the base alone: as context, of which none are left."""
        self.isOn, kept = False, []
        self(readings, kept)
        self.isOn = True
        sizes = [len(rows.ids) for rows in readings]
        layers = [[part.transpose(0, 1).split(sizes, 1) for part in pair] for pair in kept]  # [layers][2][readings] of [G,n,C]
        return [Rows(torch.cat([rows.keys, torch.stack([keys[at] for keys, _ in layers])], 2),
                     torch.cat([rows.values, torch.stack([values[at] for _, values in layers])], 2), rows.ids[:0])
                for at, rows in enumerate(readings)]

    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """[.., W] -> float32 [.., vocabulary]"""
        base = self.base
        normed = rms_norm(hidden, base.finalNorm.float(), base.shape.normEps)
        return F.linear(normed.to(base.head.dtype), base.head).float()

    def _project(self, index: int, name: str, x: torch.Tensor) -> torch.Tensor:
        weights = self.base.layers[index]
        weight, bias = weights[name], weights.get(name + "_bias")
        x = x.to(weight.dtype)
        if not self.isOn or name not in self.projections:
            return F.linear(x, weight, bias)
        delta = self.layers[index][name]
        return project(x, (weight, bias, delta.a.to(x.dtype), delta.b.to(x.dtype), delta.scale))


def attend(queries: torch.Tensor, keys: torch.Tensor, values: torch.Tensor, given_keys: torch.Tensor,
           given_values: torch.Tensor) -> torch.Tensor:
    """queries [n,H,C], keys and values [n,G,C] of the rows; given [G,F,C] -> [n,H*C]. In float32: scores of a hundred and more are
    coarse in bfloat16. Two products instead of one over all columns, since nothing is wanted of the given ones' gradients."""
    count, groups, width = keys.shape
    members = queries.shape[1] // groups
    grouped = queries.view(count, groups, members, width).permute(1, 2, 0, 3).reshape(groups, members * count, width) / math.sqrt(width)
    over_given = grouped @ given_keys.transpose(1, 2)  # [G, M*n, F]
    own = keys.transpose(0, 1)  # [G,n,C]
    late = torch.ones(count, count, dtype=torch.bool).triu(1).repeat(members, 1)
    over_own = (grouped @ own.transpose(1, 2)).masked_fill(late, float("-inf"))
    weights = torch.cat([over_given, over_own], -1).softmax(-1)
    given_weights, own_weights = weights.split([given_keys.shape[1], count], -1)
    mixed = given_weights @ given_values + own_weights @ values.transpose(0, 1)  # [G, M*n, C]
    return mixed.view(groups, members, count, width).permute(2, 0, 1, 3).reshape(count, -1)
