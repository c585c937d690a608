"""Landmark keys and landmark queries: what blocks offer and questions ask, as vectors to compare.

For routing layer l and kv head g, with a share s and a mean and scale per channel that whiten:
    key[l,g]   = unit(white(mean text key of the block) + s * white(landmark key)) / sqrt(layers * kvHeads)
    query[l,g] = sum over the group's heads h of weight[l,h] * unit(white(mean text query) + s * white(landmark query))
and the whole query has length 1. score = query . key, in [-1, 1]. Keys and queries are before rotary position.
Shapes: B windows, N blocks a window, L routing layers, H heads, G kv heads, C head width, R = L*G*C.
"""

import math
from dataclasses import dataclass

import torch
import torch.nn as nn
import torch.nn.functional as F

from .base import Base, TextStates
from .landmark import LandmarkStream

STARTING_SHARE = 0.4
WHITENING = ("keyMean", "keyScale", "landmarkKeyMean", "landmarkKeyScale", "queryMean", "queryScale",
             "landmarkQueryMean", "landmarkQueryScale")


@dataclass(frozen=True)
class RouterParts:
    """What an ablation leaves out. The package exports routers that have every part."""

    meanStates: bool = True
    headWeights: bool = True
    whitening: bool = True


def segment_means(perLayer: list[torch.Tensor], segments: torch.Tensor) -> torch.Tensor:
    """perLayer: [B,T,heads,C] per layer; segments [B,N,T] bool -> mean per segment [B,N,layers,heads,C] float32."""
    share = segments.float()
    share = share / share.sum(-1, keepdim=True).clamp(min=1)  # [B,N,T]
    return torch.stack([torch.einsum("bnt,bthc->bnhc", share, states.float()) for states in perLayer], 2)


class Router(nn.Module):
    def __init__(self, base: Base, routingLayers: tuple[int, ...], rank: int, startTokenId: int,
                 parts: RouterParts = RouterParts()):
        super().__init__()
        self.parts = parts
        shape, count = base.shape, len(routingLayers)
        self.routingLayers = tuple(routingLayers)
        self.stream = LandmarkStream(base, startTokenId, rank, max(routingLayers) + 1)

        def filled(*size: int, value: float) -> nn.Parameter:
            return nn.Parameter(torch.full(size, value))

        keySize, querySize = (count, shape.kvHeads, shape.headDim), (count, shape.heads, shape.headDim)
        self.keyMean, self.keyScale = filled(*keySize, value=0.0), filled(*keySize, value=1.0)
        self.landmarkKeyMean, self.landmarkKeyScale = filled(*keySize, value=0.0), filled(*keySize, value=1.0)
        self.queryMean, self.queryScale = filled(*querySize, value=0.0), filled(*querySize, value=1.0)
        self.landmarkQueryMean, self.landmarkQueryScale = filled(*querySize, value=0.0), filled(*querySize, value=1.0)
        self.landmarkKeyShare = filled(count, shape.kvHeads, 1, value=STARTING_SHARE)
        self.landmarkQueryShare = filled(count, shape.heads, 1, value=STARTING_SHARE)
        self.headWeights = filled(count, shape.heads, value=1.0)
        self.headWeights.requires_grad_(parts.headWeights)
        for name in WHITENING:
            getattr(self, name).requires_grad_(parts.whitening)

    @property
    def base(self) -> Base:
        return self.stream.base

    @property
    def layerCount(self) -> int:
        """Layers of the base that routing needs."""
        return self.stream.layerCount

    @property
    def width(self) -> int:
        """R, the numbers of a key."""
        return len(self.routingLayers) * self.base.shape.kvHeads * self.base.shape.headDim

    def mean_states(self, perLayer: list[torch.Tensor], segments: torch.Tensor) -> torch.Tensor:
        """perLayer: [B,T,heads,C] per layer; segments [B,N,T] bool -> mean per block [B,N,L,heads,C] float32."""
        return segment_means([perLayer[layer] for layer in self.routingLayers], segments)

    def landmark_states(self, perLayer: list[torch.Tensor]) -> torch.Tensor:
        """[B,N,heads,C] per layer -> [B,N,L,heads,C] float32."""
        return torch.stack([perLayer[layer].float() for layer in self.routingLayers], 2)

    def keys_of(self, means: torch.Tensor, landmarks: torch.Tensor) -> torch.Tensor:
        """means, landmarks [...,L,G,C] -> landmark keys [...,R] of length 1."""
        keys = self.parts.meanStates * (means - self.keyMean) * self.keyScale \
            + self.landmarkKeyShare * (landmarks - self.landmarkKeyMean) * self.landmarkKeyScale
        return F.normalize(keys, dim=-1).flatten(-3) / math.sqrt(len(self.routingLayers) * self.base.shape.kvHeads)

    def queries_of(self, means: torch.Tensor, landmarks: torch.Tensor) -> torch.Tensor:
        """means, landmarks [...,L,H,C] -> landmark queries [...,R] of length 1."""
        shape = self.base.shape
        queries = self.parts.meanStates * (means - self.queryMean) * self.queryScale \
            + self.landmarkQueryShare * (landmarks - self.landmarkQueryMean) * self.landmarkQueryScale
        queries = F.normalize(queries, dim=-1) * self.headWeights[..., None]
        grouped = queries.unflatten(-2, (shape.kvHeads, shape.groupHeads)).sum(-2)  # [...,L,G,C]
        return F.normalize(grouped.flatten(-3), dim=-1)

    def block_keys(self, text: TextStates, segments: torch.Tensor, visible: torch.Tensor,
                   positions: torch.Tensor) -> torch.Tensor:
        """segments, visible [B,N,T] bool; positions [B,N] -> landmark keys [B,N,R]."""
        landmarks = self.stream(text, visible, positions)
        return self.keys_of(self.mean_states(text.rawKeys, segments), self.landmark_states(landmarks.keys))

    def question_queries(self, text: TextStates, segments: torch.Tensor, visible: torch.Tensor,
                         positions: torch.Tensor) -> torch.Tensor:
        """As block_keys, for questions -> landmark queries [B,N,R]."""
        landmarks = self.stream(text, visible, positions)
        return self.queries_of(self.mean_states(text.rawQueries, segments), self.landmark_states(landmarks.queries))
