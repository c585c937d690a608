"""The frozen text stream: a decoder that runs tokens as the base model does, and shows its keys and queries.

It knows nothing of landmarks. Weights may be bfloat16; norms compute in float32.
Shapes: B batch, T tokens, W width, H heads, G kv heads, C head width.
"""

from dataclasses import dataclass, field

import torch
import torch.nn.functional as F

from .config import BaseShape

# GGUF tensor names within a layer, by the short names used here.
PROJECTIONS = {"q": "attn_q", "k": "attn_k", "v": "attn_v", "o": "attn_output",
               "gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down"}


@dataclass
class TextStates:
    """What a run leaves per layer. rawKeys [B,T,G,C] and rawQueries [B,T,H,C] are before rotary position;
    keys and values [B,G,T,C] are what attention uses. hidden [B,T,W] is the output of the last layer run,
    before the final norm, or None where the run stopped at a layer's keys and queries."""

    rawKeys: list[torch.Tensor] = field(default_factory=list)
    rawQueries: list[torch.Tensor] = field(default_factory=list)
    keys: list[torch.Tensor] = field(default_factory=list)
    values: list[torch.Tensor] = field(default_factory=list)
    hidden: torch.Tensor | None = None


def rms_norm(x: torch.Tensor, weight: torch.Tensor, eps: float) -> torch.Tensor:
    """x [..., W] -> [..., W], statistics in float32."""
    wide = x.float()
    return (wide * torch.rsqrt(wide.square().mean(-1, keepdim=True) + eps)).to(x.dtype) * weight


def rotary_tables(positions: torch.Tensor, shape: BaseShape) -> tuple[torch.Tensor, torch.Tensor]:
    """positions [...] -> cosines and sines [..., C], laid out for shape.rotaryPairs."""
    frequencies = shape.ropeTheta ** (-torch.arange(0, shape.headDim, 2, dtype=torch.float32) / shape.headDim)
    angles = positions[..., None].float() * frequencies  # [..., C/2]
    if shape.rotaryPairs == "halves":
        angles = torch.cat([angles, angles], -1)
    else:
        angles = angles.repeat_interleave(2, -1)
    return angles.cos(), angles.sin()


def rotate(x: torch.Tensor, cos: torch.Tensor, sin: torch.Tensor, pairs: str) -> torch.Tensor:
    """Rotary position on the last dimension of x; cos and sin broadcast to x."""
    cos, sin = cos.to(x.dtype), sin.to(x.dtype)
    if pairs == "halves":
        half = x.shape[-1] // 2
        turned = torch.cat([-x[..., half:], x[..., :half]], -1)
    else:
        turned = torch.stack([-x[..., 1::2], x[..., 0::2]], -1).flatten(-2)
    return x * cos + turned * sin


def run_layer(x, cos, sin, weights: dict, heads: int, kvHeads: int, eps: float, pairs: str):
    """One decoder layer on x [B,T,W] -> (x, raw keys, raw queries, keys, values)."""
    batch, length, _ = x.shape
    h = rms_norm(x, weights["attn_norm"], eps)
    rawKeys, rawQueries, values = project_qkv(h, weights, heads, kvHeads)
    keys = rotate(rawKeys.transpose(1, 2), cos, sin, pairs)  # [B,G,T,C]
    queries = rotate(rawQueries.transpose(1, 2), cos, sin, pairs)  # [B,H,T,C]
    values = values.transpose(1, 2)  # [B,G,T,C]
    group = heads // kvHeads
    mixed = F.scaled_dot_product_attention(queries, keys.repeat_interleave(group, 1),
                                           values.repeat_interleave(group, 1), is_causal=True)  # [B,H,T,C]
    x = x + F.linear(mixed.transpose(1, 2).reshape(batch, length, -1), weights["o"])
    h = rms_norm(x, weights["ffn_norm"], eps)
    x = x + F.linear(F.silu(F.linear(h, weights["gate"])) * F.linear(h, weights["up"]), weights["down"])
    return x, rawKeys, rawQueries, keys, values


def project_qkv(h, weights: dict, heads: int, kvHeads: int):
    """h [B,T,W] -> raw keys [B,T,G,C], raw queries [B,T,H,C], values [B,T,G,C]."""
    batch, length, _ = h.shape
    keys = F.linear(h, weights["k"], weights["k_bias"]).view(batch, length, kvHeads, -1)
    queries = F.linear(h, weights["q"], weights["q_bias"]).view(batch, length, heads, -1)
    values = F.linear(h, weights["v"], weights["v_bias"]).view(batch, length, kvHeads, -1)
    return keys, queries, values


class Base:
    """A frozen base model. tensors: {GGUF name: tensor}; layers that are absent cannot be run."""

    def __init__(self, shape: BaseShape, tensors: dict[str, torch.Tensor], dtype: torch.dtype = torch.float32,
                 *, compiled: bool = False):
        self.shape = shape
        self.dtype = dtype
        self.compiled = compiled
        self.embedding = tensors["token_embd.weight"].to(dtype)  # [vocabulary, W]
        self.finalNorm = _optional(tensors, "output_norm.weight", dtype)
        self.head = self.embedding if shape.tied else _optional(tensors, "output.weight", dtype)
        present = sum(f"blk.{layer}.attn_q.weight" in tensors for layer in range(shape.layers))
        self.layers = [self._layer_weights(tensors, layer, dtype) for layer in range(present)]
        self._run_layer = torch.compile(run_layer, dynamic=True) if compiled else run_layer

    @staticmethod
    def _layer_weights(tensors: dict, layer: int, dtype: torch.dtype) -> dict:
        weights = {short: tensors[f"blk.{layer}.{name}.weight"].to(dtype) for short, name in PROJECTIONS.items()}
        for short in ("q", "k", "v"):
            weights[short + "_bias"] = _optional(tensors, f"blk.{layer}.{PROJECTIONS[short]}.bias", dtype)
        for norm in ("attn_norm", "ffn_norm"):
            weights[norm] = tensors[f"blk.{layer}.{norm}.weight"].to(dtype)
        return weights

    @torch.no_grad()
    def text(self, ids: torch.Tensor, layerCount: int | None = None, *, keysOnly: bool = False) -> TextStates:
        """ids [B,T] int64 -> states of layers 0..layerCount-1; with keysOnly the last of them only projects."""
        shape = self.shape
        layerCount = layerCount or len(self.layers)
        x = self.embedding[ids]  # [B,T,W]
        cos, sin = rotary_tables(torch.arange(ids.shape[1]), shape)  # [T,C]
        cos, sin = cos.to(x.dtype), sin.to(x.dtype)
        states = TextStates()
        for index in range(layerCount):
            weights = self.layers[index]
            if keysOnly and index == layerCount - 1:
                h = rms_norm(x, weights["attn_norm"], shape.normEps)
                rawKeys, rawQueries, values = project_qkv(h, weights, shape.heads, shape.kvHeads)
                keys = rotate(rawKeys.transpose(1, 2), cos, sin, shape.rotaryPairs)
                values, x = values.transpose(1, 2), None
            else:
                x, rawKeys, rawQueries, keys, values = self._run_layer(
                    x, cos, sin, weights, shape.heads, shape.kvHeads, shape.normEps, shape.rotaryPairs)
            states.rawKeys.append(rawKeys)
            states.rawQueries.append(rawQueries)
            states.keys.append(keys)
            states.values.append(values)
        states.hidden = x
        return states

    @torch.no_grad()
    def logits(self, hidden: torch.Tensor) -> torch.Tensor:
        """hidden [..., W] -> float32 [..., vocabulary]."""
        return F.linear(rms_norm(hidden, self.finalNorm, self.shape.normEps), self.head).float()


def _optional(tensors: dict, name: str, dtype: torch.dtype) -> torch.Tensor | None:
    return tensors[name].to(dtype) if name in tensors else None
