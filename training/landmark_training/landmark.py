"""The landmark stream: what a landmark token computes at each layer over the frozen text before it.

A landmark sees the text before it in its window and itself; text never sees a landmark, so text states are
computed once, by Base or out of the text cache, and only read here. At landmark positions every projection has
a low-rank delta. It does not know where the text states come from, nor what blocks or questions are.
Shapes: B windows, N landmarks a window, M landmarks of all windows, T text tokens, W width, H heads, G kv heads,
C head width.
"""

import math
from dataclasses import dataclass
from itertools import accumulate

import torch
import torch.nn as nn
import torch.nn.functional as F

from .attention import attend_to_text
from .base import Base, TextStates, rms_norm, rotary_tables, rotate
from .config import BaseShape

DELTA_SCALE = 2.0  # multiplied into b when the deltas are exported
LAST_LAYER_PROJECTIONS = ("q", "k")
ALL_PROJECTIONS = ("q", "k", "v", "o", "gate", "up", "down")


@dataclass
class SeenText:
    """Windows of like length with their landmarks, padded.

    keys and values [B,G,T,C] of each layer but the last, as attention uses them; visible [B,N,T] bool: the text each
    landmark sees; positions [B,N]: text tokens before it; valid [B,N] bool: what is no padding.
    """

    keys: list[torch.Tensor]
    values: list[torch.Tensor]
    visible: torch.Tensor
    positions: torch.Tensor
    valid: torch.Tensor


@dataclass
class LandmarkStates:
    """Per layer, before rotary position: queries [M,H,C] and keys [M,G,C]; from forward, [B,N,...] each."""

    queries: list[torch.Tensor]
    keys: list[torch.Tensor]


class Delta(nn.Module):
    """Low-rank change of one projection: y + scale * b (a x), with b zero at the start."""

    def __init__(self, inWidth: int, outWidth: int, rank: int, scale: float):
        super().__init__()
        self.scale = scale
        self.a = nn.Parameter(torch.randn(rank, inWidth) / math.sqrt(inWidth))  # [rank, in]
        self.b = nn.Parameter(torch.zeros(outWidth, rank))  # [out, rank]


# A frozen weight [out,in] and bias [out] or None, with a delta's a [rank,in], b [out,rank] and scale.
Projection = tuple[torch.Tensor, torch.Tensor | None, torch.Tensor, torch.Tensor, float]


def project(x: torch.Tensor, projection: Projection) -> torch.Tensor:
    """x [M,in] -> [M,out]."""
    weight, bias, a, b, scale = projection
    return torch.addmm(F.linear(x, weight, bias), scale * F.linear(x, a), b.T)


def feed_forward(x: torch.Tensor, norm: torch.Tensor, eps: float, gate: Projection, up: Projection,
                 down: Projection) -> torch.Tensor:
    """x [M,W] float32 -> [M,W] float32, what a layer adds included. Most of a step's time, so it is compiled."""
    h = rms_norm(x, norm, eps)
    return x + project(F.silu(project(h, gate)) * project(h, up), down).float()


def projection_widths(shape: BaseShape) -> dict[str, tuple[int, int]]:
    """{projection: (in, out)}."""
    queryWidth, keyWidth = shape.heads * shape.headDim, shape.kvHeads * shape.headDim
    return {"q": (shape.width, queryWidth), "k": (shape.width, keyWidth), "v": (shape.width, keyWidth),
            "o": (queryWidth, shape.width), "gate": (shape.width, shape.feedForward),
            "up": (shape.width, shape.feedForward), "down": (shape.feedForward, shape.width)}


class LandmarkStream(nn.Module):
    """Trained: one embedding and the deltas of layers 0..layerCount-1; the last layer has only q and k."""

    def __init__(self, base: Base, startTokenId: int, rank: int, layerCount: int, scale: float = DELTA_SCALE):
        super().__init__()
        self._base = (base,)  # in a tuple, so that the frozen base is no submodule
        self._feed_forward = torch.compile(feed_forward, dynamic=True) if base.compiled else feed_forward
        self.layerCount = layerCount
        self.rank = rank
        self.embedding = nn.Parameter(base.embedding[startTokenId].detach().clone().float())  # [W]
        widths = projection_widths(base.shape)
        self.layers = nn.ModuleList(
            nn.ModuleDict({name: Delta(*widths[name], rank, scale) for name in
                           (LAST_LAYER_PROJECTIONS if index == layerCount - 1 else ALL_PROJECTIONS)})
            for index in range(layerCount))

    @property
    def base(self) -> Base:
        return self._base[0]

    def forward(self, text: TextStates, visible: torch.Tensor, positions: torch.Tensor) -> LandmarkStates:
        """visible [B,N,T] bool: the text each landmark sees; positions [B,N]: text tokens before it."""
        everything = torch.ones(positions.shape, dtype=torch.bool)
        states = self.run([SeenText(text.keys, text.values, visible, positions, everything)])
        shape = positions.shape
        return LandmarkStates([queries.unflatten(0, shape) for queries in states.queries],
                              [keys.unflatten(0, shape) for keys in states.keys])

    def run(self, groups: list[SeenText]) -> LandmarkStates:
        """All landmarks of all groups at once, group by group, row by row; padding is left out."""
        shape = self.base.shape
        starts = [0, *accumulate(int(group.valid.sum()) for group in groups)]
        places = [_Places(group, shape, start) for group, start in zip(groups, starts)]
        positions = torch.cat([group.positions[group.valid] for group in groups])  # [M]
        cos, sin = (table[:, None] for table in rotary_tables(positions, shape))  # [M,1,C]
        x = self.embedding.expand(len(positions), shape.width)  # [M,W]
        states = LandmarkStates([], [])
        for index in range(self.layerCount):
            h = rms_norm(x, self.base.layers[index]["attn_norm"].float(), shape.normEps)
            queries = self._project(index, "q", h).unflatten(-1, (shape.heads, shape.headDim))
            keys = self._project(index, "k", h).unflatten(-1, (shape.kvHeads, shape.headDim))
            states.queries.append(queries)
            states.keys.append(keys)
            if index == self.layerCount - 1:
                return states
            x = x + self._attend(index, h, queries, keys, places, cos, sin).float()
            gate, up, down = (self._projection(index, name, x) for name in ("gate", "up", "down"))
            x = self._feed_forward(x, self.base.layers[index]["ffn_norm"].float(), shape.normEps, gate, up, down)
        return states

    def _projection(self, index: int, name: str, x: torch.Tensor) -> "Projection":
        """The frozen matrix and the delta, for an input of the type of x."""
        weights, delta = self.base.layers[index], self.layers[index][name]
        weight = weights[name].to(_compute_type(x, weights[name]))
        return weight, weights.get(name + "_bias"), delta.a, delta.b, delta.scale

    def _project(self, index: int, name: str, x: torch.Tensor) -> torch.Tensor:
        """x [M,in] -> [M,out], with the delta."""
        return project(x, self._projection(index, name, x))

    def _attend(self, index, h, queries, keys, places: list["_Places"], cos, sin) -> torch.Tensor:
        """Attention of the landmarks over the text and themselves -> [M,W]."""
        shape, pairs = self.base.shape, self.base.shape.rotaryPairs
        values = self._project(index, "v", h).unflatten(-1, (shape.kvHeads, shape.headDim))  # [M,G,C]
        turnedQueries = rotate(queries, cos, sin, pairs)  # [M,H,C]
        turnedKeys = rotate(keys, cos, sin, pairs)  # [M,G,C]
        parts = [place.attend(index, turnedQueries) for place in places]
        mixed = torch.cat([part for part, _ in parts]).float()  # [M,H,C]
        textWeight = torch.cat([weight for _, weight in parts])  # [M,H], logarithm of the text's summed weights
        ownKeys = turnedKeys.repeat_interleave(shape.groupHeads, 1).float()  # [M,H,C]
        ownScore = (turnedQueries.float() * ownKeys).sum(-1) / math.sqrt(shape.headDim)  # [M,H]
        ownShare = torch.sigmoid(ownScore - textWeight)[..., None]  # [M,H,1]
        mixed = mixed + ownShare * (values.repeat_interleave(shape.groupHeads, 1).float() - mixed)
        return self._project(index, "o", mixed.flatten(1).to(h.dtype))


class _Places:
    """Where the landmarks of one group stand among all landmarks, and the way there and back."""

    def __init__(self, group: SeenText, shape: BaseShape, start: int):
        self.group, self.shape = group, shape
        self.valid = group.valid.flatten().nonzero()[:, 0]  # [m] of B*N
        number = group.valid.flatten().cumsum(0) - 1
        self.rows = (start + number).clamp(min=0)  # [B*N]; padding repeats a neighbour
        count = group.positions.shape[1]
        hidden = torch.zeros(group.visible.shape, dtype=group.keys[0].dtype if group.keys else torch.float32)
        hidden.masked_fill_(~group.visible, float("-inf"))
        # The heads of a group lie side by side, so they attend as one longer run of queries.
        self.mask = hidden[:, None].repeat(1, 1, shape.groupHeads, 1)  # [B,1,H/G*N,T]
        self.sizes = (len(group.positions), count)

    def attend(self, index: int, queries: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """queries [M,H,C] -> what the group's landmarks read [m,H,C] and log of the summed weights [m,H]."""
        shape, (batch, count) = self.shape, self.sizes
        textKeys, textValues = self.group.keys[index], self.group.values[index]  # [B,G,T,C]
        grouped = queries[self.rows].view(batch, count, shape.kvHeads, shape.groupHeads, shape.headDim)
        grouped = grouped.permute(0, 2, 3, 1, 4).reshape(batch, shape.kvHeads, -1, shape.headDim)  # [B,G,H/G*N,C]
        mixed, weight = attend_to_text(grouped.to(textKeys.dtype), textKeys, textValues, self.mask)
        mixed = mixed.reshape(batch, shape.heads, count, shape.headDim).transpose(1, 2).flatten(0, 1)  # [B*N,H,C]
        weight = weight.reshape(batch, shape.heads, count).transpose(1, 2).flatten(0, 1)  # [B*N,H]
        return mixed[self.valid], weight[self.valid]


def _compute_type(x: torch.Tensor, weight: torch.Tensor) -> torch.dtype:
    """Under autocast the weight's own type is best; outside it both sides must agree."""
    return weight.dtype if torch.is_autocast_enabled("cpu") else x.dtype
