"""The reader: the base alone, over cached keys and values. Encodes the KV of windows and generates answers.

No landmark weight is in this graph: for ordinary tokens it is the frozen base.

Attention adds up one row in another order than two or more, and rounding inputs to 8 bits makes much of that little.
So that a token's numbers do not depend on how many are run with it, attention always gets one row more than there are
tokens, a repetition of the last one; what it gives is dropped, and what it leaves in the cache is overwritten. All other
kernels round a row alike whatever else is in the run.

Inputs (one row; S new tokens after P cached ones; caches have room for M >= P + S + 1 tokens)
    tokens            int64 [1, S]
    past_key.{i}      float [1, G, M, C]  rotated to positions 0..P-1
    past_value.{i}    float [1, G, M, C]
    last_token        int32 [1]           P + S - 1
    token_count       int32 []            P + S
    logit_count       int64 [1]           L, how many of the last tokens get logits: 1 when text is read, all when a draft
                                          of several tokens is judged in one run
Outputs
    logits            float [L, V]        of the last L tokens
    choices           int64 [L]           the token of the highest logit of each, the lowest id where several are equal;
                                          greedy decoding fetches this alone, so that no logits leave the graph
    present_key.{i}   float [1, G, M, C]  past with the new tokens appended; bound to the same memory as past_key.{i}
    present_value.{i} float [1, G, M, C]
    key.{i}           float [1, S, G * C] of the new tokens, before rotary position
    value.{i}         float [1, S, G * C]
"""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, TensorProto

from ..config import BaseShape
from .graph_builder import CONTRIB, GraphBuilder


def build_reader(g: GraphBuilder, shape: BaseShape, positions: int) -> ModelProto:
    tokens = g.input("tokens", TensorProto.INT64, [1, "S"])
    last_token = g.input("last_token", TensorProto.INT32, [1])
    token_count = g.input("token_count", TensorProto.INT32, [])
    logit_count = g.input("logit_count", TensorProto.INT64, [1])
    g.int8_inputs()
    cos, sin = g.rotary_tables(positions, shape.headDim)
    one = g.constant(1, np.int32)
    last_row, row_count = g.node("Add", [last_token, one]), g.node("Add", [token_count, one])
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
            "GroupQueryAttention", [*(with_spare_row(g, rows) for rows in (q, k, v)), *past, last_row, row_count, cos, sin],
            domain=CONTRIB, outputs=3, num_heads=shape.heads, kv_num_heads=shape.kvHeads,
            do_rotary=1, rotary_interleaved=int(shape.rotaryPairs == "adjacent"),
        )
        publish(g, present_key, f"present_key.{layer}", cache_shape)
        publish(g, present_value, f"present_value.{layer}", cache_shape)
        mixed = g.slice(mixed, g.constant([0]), g.constant([-1]), 1)  # [1, S, width]
        x = g.node("Add", [x, g.linear(mixed, f"blk.{layer}.attn_output.weight")])
        h = g.norm(x, f"blk.{layer}.ffn_norm.weight", shape.normEps)
        gated = g.node("Mul", [g.silu(g.linear(h, f"blk.{layer}.ffn_gate.weight")), g.linear(h, f"blk.{layer}.ffn_up.weight")])
        x = g.node("Add", [x, g.linear(gated, f"blk.{layer}.ffn_down.weight")])
    x = g.slice(x, g.node("Neg", [logit_count]), g.constant([2**31]), 1)  # [1, L, width]
    h = g.norm(x, "output_norm.weight", shape.normEps)
    head = "token_embd.weight" if shape.tied else "output.weight"
    logits = g.reshape(g.linear(h, head, in_blocks=shape.tied), [-1, shape.vocabulary])
    g.rename(logits, "logits", ["L", shape.vocabulary])
    g.node("ArgMax", [logits], name="choices", axis=-1, keepdims=0)
    g.output("choices", ["L"], TensorProto.INT64)
    return g.model("reader")


def with_spare_row(g: GraphBuilder, rows: str) -> str:
    """[1, S, width] -> [1, S + 1, width]"""
    return g.node("Concat", [rows, g.slice(rows, g.constant([-1]), g.constant([2**31]), 1)], axis=1)


def publish(g: GraphBuilder, value: str, name: str, shape: list) -> None:
    """Names an operator's own output, without a copy: the caller binds it to the memory of the past."""
    producer = next(node for node in reversed(g.nodes) if value in node.output)
    producer.output[list(producer.output).index(value)] = name
    g.output(name, shape)
