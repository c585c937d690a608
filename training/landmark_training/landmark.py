"""The landmark stream: what a landmark token computes at each layer over the frozen text before it.

A landmark sees the text before it in its window and itself; text never sees a landmark, so text states are
computed once by Base and only read here. At landmark positions every projection has a low-rank delta.
Shapes: B windows, N landmarks a window, T text tokens, W width, H heads, G kv heads, C head width.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from .base import Base, TextStates, rms_norm, rotary_tables, rotate
from .config import BaseShape

DELTA_SCALE = 2.0  # multiplied into b when the deltas are exported
LAST_LAYER_PROJECTIONS = ("q", "k")
ALL_PROJECTIONS = ("q", "k", "v", "o", "gate", "up", "down")


@dataclass
class LandmarkStates:
    """Per layer, before rotary position: queries [B,N,H,C] and keys [B,N,G,C]."""

    queries: list[torch.Tensor]
    keys: list[torch.Tensor]


class Delta(nn.Module):
    """Low-rank change of one projection: y += scale * b (a x), with b zero at the start."""

    def __init__(self, inWidth: int, outWidth: int, rank: int, scale: float):
        super().__init__()
        self.scale = scale
        self.a = nn.Parameter(torch.randn(rank, inWidth) / math.sqrt(inWidth))  # [rank, in]
        self.b = nn.Parameter(torch.zeros(outWidth, rank))  # [out, rank]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.scale * F.linear(F.linear(x, self.a), self.b)


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
        shape = self.base.shape
        batch, count, _ = visible.shape
        x = self.embedding.expand(batch, count, shape.width)  # [B,N,W]
        cos, sin = (table[:, None] for table in rotary_tables(positions, shape))  # [B,1,N,C]
        itself = torch.eye(count, dtype=torch.bool).expand(batch, count, count)
        mask = torch.cat([visible, itself], -1)[:, None].repeat(1, 1, shape.groupHeads, 1)  # [B,1,N*H/G,T+N]
        states = LandmarkStates([], [])
        for index in range(self.layerCount):
            h = rms_norm(x, self.base.layers[index]["attn_norm"].float(), shape.normEps)
            queries = self._project(index, "q", h).view(batch, count, shape.heads, shape.headDim)
            keys = self._project(index, "k", h).view(batch, count, shape.kvHeads, shape.headDim)
            states.queries.append(queries)
            states.keys.append(keys)
            if index == self.layerCount - 1:
                return states
            x = x + self._attend(index, h, queries, keys, text, mask, cos, sin).float()
            h = rms_norm(x, self.base.layers[index]["ffn_norm"].float(), shape.normEps)
            gated = F.silu(self._project(index, "gate", h)) * self._project(index, "up", h)
            x = x + self._project(index, "down", gated).float()
        return states

    def _project(self, index: int, name: str, x: torch.Tensor) -> torch.Tensor:
        weights = self.base.layers[index]
        return F.linear(x, weights[name].to(_compute_type(x, weights[name])), weights.get(name + "_bias")) \
            + self.layers[index][name](x)

    def _attend(self, index, h, queries, keys, text: TextStates, mask, cos, sin) -> torch.Tensor:
        """Attention of the landmarks over the text and themselves -> [B,N,W]."""
        shape, pairs = self.base.shape, self.base.shape.rotaryPairs
        batch, count, _ = h.shape
        values = self._project(index, "v", h).view(batch, count, shape.kvHeads, shape.headDim).transpose(1, 2)
        turnedQueries = rotate(queries.transpose(1, 2), cos, sin, pairs)  # [B,H,N,C]
        turnedKeys = rotate(keys.transpose(1, 2), cos, sin, pairs)  # [B,G,N,C]
        textKeys, textValues = text.keys[index], text.values[index]  # [B,G,T,C]
        allKeys = torch.cat([textKeys, turnedKeys.to(textKeys.dtype)], 2)
        allValues = torch.cat([textValues, values.to(textKeys.dtype)], 2)
        # The heads of a group lie side by side, so they attend as one longer run of queries.
        grouped = turnedQueries.reshape(batch, shape.kvHeads, shape.groupHeads * count, shape.headDim)
        mixed = F.scaled_dot_product_attention(grouped.to(textKeys.dtype), allKeys, allValues, attn_mask=mask)
        mixed = mixed.view(batch, shape.heads, count, shape.headDim).transpose(1, 2).reshape(batch, count, -1)
        return self._project(index, "o", mixed.to(h.dtype))


def _compute_type(x: torch.Tensor, weight: torch.Tensor) -> torch.dtype:
    """Under autocast the weight's own type is best; outside it both sides must agree."""
    return weight.dtype if torch.is_autocast_enabled("cpu") else x.dtype
