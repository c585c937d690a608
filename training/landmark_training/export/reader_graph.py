"""The reader: the base alone, over cached keys and values. Encodes the KV of windows and generates answers.

No landmark weight is in this graph: for ordinary tokens it is the frozen base.

Inputs (one row; S new tokens after P cached ones; caches have room for M >= P + S tokens)
    tokens            int64 [1, S]
    past_key.{i}      float [1, G, M, C]  rotated to positions 0..P-1
    past_value.{i}    float [1, G, M, C]
    last_token        int32 [1]           P + S - 1
    token_count       int32 []            P + S
Outputs
    logits            float [1, V]        of the last token
    present_key.{i}   float [1, G, M, C]  past with the new tokens appended; bound to the same memory as past_key.{i}
    present_value.{i} float [1, G, M, C]
    key.{i}           float [1, S, G * C] of the new tokens, before rotary position
    value.{i}         float [1, S, G * C]
"""

from __future__ import annotations

from typing import Literal

from onnx import ModelProto, TensorProto

from ..config import BaseShape
from .graph_builder import CONTRIB, GraphBuilder


def build_reader(g: GraphBuilder, shape: BaseShape, positions: int, logits_of: Literal["last", "every"] = "last") -> ModelProto:
    """With logits_of="every" the logits are [S, V]: to measure likelihoods, not for the product."""
    tokens = g.input("tokens", TensorProto.INT64, [1, "S"])
    last_token = g.input("last_token", TensorProto.INT32, [1])
    token_count = g.input("token_count", TensorProto.INT32, [])
    cos, sin = g.rotary_tables(positions, shape.headDim)
    cache_shape = [1, shape.kvHeads, "M", shape.headDim]
    row = [1, "S", shape.kvHeads * shape.headDim]
    x = g.embed(tokens)  # [1, S, width]
    for layer in range(shape.layers):
        h = g.norm(x, f"blk.{layer}.attn_norm.weight", shape.normEps)
        q, k, v = (g.linear(h, f"blk.{layer}.attn_{part}.weight") for part in "qkv")
        g.rename(k, f"key.{layer}", row)
        g.rename(v, f"value.{layer}", row)
        past = [g.input(f"past_{part}.{layer}", TensorProto.FLOAT, cache_shape) for part in ("key", "value")]
        mixed, present_key, present_value = g.node(
            "GroupQueryAttention", [q, k, v, *past, last_token, token_count, cos, sin],
            domain=CONTRIB, outputs=3, num_heads=shape.heads, kv_num_heads=shape.kvHeads,
            do_rotary=1, rotary_interleaved=int(shape.rotaryPairs == "adjacent"),
        )
        publish(g, present_key, f"present_key.{layer}", cache_shape)
        publish(g, present_value, f"present_value.{layer}", cache_shape)
        x = g.node("Add", [x, g.linear(mixed, f"blk.{layer}.attn_output.weight")])
        h = g.norm(x, f"blk.{layer}.ffn_norm.weight", shape.normEps)
        gated = g.node("Mul", [g.silu(g.linear(h, f"blk.{layer}.ffn_gate.weight")), g.linear(h, f"blk.{layer}.ffn_up.weight")])
        x = g.node("Add", [x, g.linear(gated, f"blk.{layer}.ffn_down.weight")])
    if logits_of == "last":
        x = g.slice(x, g.constant([-1]), g.constant([2**31]), 1)  # [1, 1, width]
    h = g.norm(x, "output_norm.weight", shape.normEps)
    head = "token_embd.weight" if shape.tied else "output.weight"
    rows = 1 if logits_of == "last" else "S"
    g.rename(g.reshape(g.linear(h, head), [-1, shape.vocabulary]), "logits", [rows, shape.vocabulary])
    return g.model("reader")


def publish(g: GraphBuilder, value: str, name: str, shape: list) -> None:
    """Names an operator's own output, without a copy: the caller binds it to the memory of the past."""
    producer = next(node for node in reversed(g.nodes) if value in node.output)
    producer.output[list(producer.output).index(value)] = name
    g.output(name, shape)
