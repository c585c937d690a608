"""The encoder: windows (or questions) in, landmark keys and landmark queries out.

Runs the layers up to the last routing layer. Text and landmark rows go through the base's matrices together
([B, T + N, width], text first), so that each matrix is read once; landmark rows get their low-rank deltas
added in place. Text rows attend to text only, so nothing here can change what the base computes for them.

Inputs
    tokens             int64 [B, T]  windows, padded on the right with any token
    segment_start/_end int64 [B, N]  half-open token range whose keys (queries) are averaged for a landmark
    landmark_position  int64 [B, N]  number of tokens a landmark sees; also its rotary position
    last_token         int32 [B]     index of each row's last token, T - 1 for an unpadded row
    token_count        int32 []      T
Outputs
    landmark_keys      float [B, N, R]   length 1, R = routing layers * kv heads * head width
    landmark_queries   float [B, N, R]   length 1
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from onnx import ModelProto, TensorProto

from ..config import BaseShape
from ..landmark import projection_widths
from .graph_builder import CONTRIB, GraphBuilder

GGUF_NAMES = {
    "q": "attn_q", "k": "attn_k", "v": "attn_v", "o": "attn_output", "gate": "ffn_gate", "up": "ffn_up", "down": "ffn_down",
}
# Added to the logits of text a landmark must not see; finite, so that a row of them stays a number.
HIDDEN = -1e30


@dataclass
class RoutingStates:
    """Per routing layer, before rotary position: means over segments and landmark rows, [B, N, heads * C]."""

    mean_keys: list[str]
    mean_queries: list[str]
    landmark_keys: list[str]
    landmark_queries: list[str]


class EncoderGraph:
    def __init__(self, builder: GraphBuilder, shape: BaseShape, routing_layers: tuple[int, ...], rank: int, positions: int):
        self.g, self.shape, self.routing_layers, self.rank = builder, shape, routing_layers, rank
        self.layer_count = max(routing_layers) + 1
        self.cos, self.sin = builder.rotary_tables(positions, shape.headDim)
        self.interleaved = int(shape.rotaryPairs == "adjacent")

    def build(self) -> ModelProto:
        g, shape = self.g, self.shape
        self.tokens = g.input("tokens", TensorProto.INT64, ["B", "T"])
        segment_start = g.input("segment_start", TensorProto.INT64, ["B", "N"])
        segment_end = g.input("segment_end", TensorProto.INT64, ["B", "N"])
        self.position = g.input("landmark_position", TensorProto.INT64, ["B", "N"])
        self.last_token = g.input("last_token", TensorProto.INT32, ["B"])
        self.token_count = g.input("token_count", TensorProto.INT32, [])
        g.int8_inputs()
        self._derive_masks(segment_start, segment_end)
        x = g.node("Concat", [g.embed(self.tokens), self._landmark_rows()], axis=1)
        states = RoutingStates([], [], [], [])
        for layer in range(self.layer_count):
            x = self._layer(x, layer, states)
        width = len(self.routing_layers) * shape.kvHeads * shape.headDim
        g.rename(self._keys(states), "landmark_keys", ["B", "N", width])
        g.rename(self._queries(states), "landmark_queries", ["B", "N", width])
        return g.model("encoder")

    def _derive_masks(self, segment_start: str, segment_end: str) -> None:
        g = self.g
        batch_text = g.node("Shape", [self.tokens])
        self.batch = g.slice(batch_text, g.constant([0]), g.constant([1]), 0)
        self.text_end = g.slice(batch_text, g.constant([1]), g.constant([2]), 0)  # [1] T
        self.landmark_count = g.slice(g.node("Shape", [self.position]), g.constant([1]), g.constant([2]), 0)  # [1] N
        zero, one = g.constant(0), g.constant(1)
        column = g.node("Range", [zero, g.node("Squeeze", [self.text_end]), one])  # [T]
        late = g.constant([2])
        start, end, seen = (g.node("Unsqueeze", [x, late]) for x in (segment_start, segment_end, self.position))
        inside = g.node("And", [g.node("GreaterOrEqual", [column, start]), g.node("Less", [column, end])])
        inside = g.node("Cast", [inside], to=TensorProto.FLOAT)  # [B, N, T]
        count = g.node("Max", [g.node("ReduceSum", [inside, g.constant([-1])]), g.constant(1, np.float32)])
        self.segment_share = g.node("Div", [inside, count])  # [B, N, T] rows sum to 1
        visible = g.node("Unsqueeze", [g.node("Less", [column, seen]), g.constant([1, 2])])
        self.mask = g.node(
            "Where", [visible, g.constant(0, np.float32), g.constant(HIDDEN, np.float32)]
        )  # [B, 1, 1, N, T]
        self.landmark_index = self._landmark_indices(zero, one)

    def _landmark_indices(self, zero: str, one: str) -> str:
        """[B, N, 2]: (row of the batch, T + n) of every landmark row, for in-place addition."""
        g = self.g
        rows = g.node("Range", [zero, g.node("Squeeze", [self.batch]), one])
        columns = g.node("Add", [g.node("Range", [zero, g.node("Squeeze", [self.landmark_count]), one]), self.text_end])
        grid = g.node("Concat", [self.batch, self.landmark_count], axis=0)
        rows = g.node("Expand", [g.node("Unsqueeze", [rows, g.constant([1])]), grid])
        columns = g.node("Expand", [columns, grid])
        last = g.constant([2])
        return g.node("Concat", [g.node("Unsqueeze", [x, last]) for x in (rows, columns)], axis=2)

    def _landmark_rows(self) -> str:
        g, width = self.g, self.shape.width
        target = g.node("Concat", [self.batch, self.landmark_count, g.constant([width])], axis=0)
        embedding = g.reshape(g.landmark_tensor("embedding", (width,)), [1, 1, width])
        return g.node("Expand", [embedding, target])

    def _text(self, x: str) -> str:
        return self.g.slice(x, self.g.constant([0]), self.text_end, 1)

    def _landmarks(self, x: str) -> str:
        return self.g.slice(x, self.text_end, self.g.constant([2**31]), 1)

    def _project(self, x: str, layer: int, name: str) -> str:
        """Base projection of all rows, the low-rank delta added to the landmark rows."""
        g = self.g
        columns, rows = projection_widths(self.shape)[name]
        y = g.linear(x, f"blk.{layer}.{GGUF_NAMES[name]}.weight")
        a = g.landmark_tensor(f"layers.{layer}.{name}.a", (self.rank, columns))
        b = g.landmark_tensor(f"layers.{layer}.{name}.b", (rows, self.rank))
        inner = g.node("MatMul", [self._landmarks(x), g.node("Transpose", [a], perm=[1, 0])])
        delta = g.node("MatMul", [inner, g.node("Transpose", [b], perm=[1, 0])])
        return g.node("ScatterND", [y, self.landmark_index, delta], reduction="add")

    def _layer(self, x: str, layer: int, states: RoutingStates) -> str:
        g, eps = self.g, self.shape.normEps
        h = g.norm(x, f"blk.{layer}.attn_norm.weight", eps)
        q, k = self._project(h, layer, "q"), self._project(h, layer, "k")
        if layer in self.routing_layers:
            for rows, means, landmarks in (
                (k, states.mean_keys, states.landmark_keys), (q, states.mean_queries, states.landmark_queries)
            ):
                means.append(g.node("MatMul", [self.segment_share, self._text(rows)]))
                landmarks.append(self._landmarks(rows))
        if layer == self.layer_count - 1:
            return x
        v = self._project(h, layer, "v")
        mixed, text_keys, text_values = self._attend_text(q, k, v)
        mixed = g.node("Concat", [mixed, self._attend_landmarks(q, k, v, text_keys, text_values)], axis=1)
        x = g.node("Add", [x, self._project(mixed, layer, "o")])
        h = g.norm(x, f"blk.{layer}.ffn_norm.weight", eps)
        gated = g.node("Mul", [g.silu(self._project(h, layer, "gate")), self._project(h, layer, "up")])
        return g.node("Add", [x, self._project(gated, layer, "down")])

    def _attend_text(self, q: str, k: str, v: str) -> tuple[str, str, str]:
        """Causal attention of text rows [B, T, H * C], and their rotated keys and values [B, G, T, C]."""
        shape = self.shape
        return tuple(self.g.node(
            "GroupQueryAttention",
            [self._text(q), self._text(k), self._text(v), "", "", self.last_token, self.token_count, self.cos, self.sin],
            domain=CONTRIB, outputs=3, num_heads=shape.heads, kv_num_heads=shape.kvHeads,
            do_rotary=1, rotary_interleaved=self.interleaved,
        ))

    def _attend_landmarks(self, q: str, k: str, v: str, text_keys: str, text_values: str) -> str:
        """Each landmark over the text before it and itself -> [B, N, H * C]. M = heads of a group."""
        g, shape = self.g, self.shape
        groups, members, width = shape.kvHeads, shape.groupHeads, shape.headDim
        q = g.node("Transpose", [g.reshape(self._rotate(self._landmarks(q)), [0, 0, groups, members, width])], perm=[0, 2, 3, 1, 4])
        k = g.node("Transpose", [g.reshape(self._rotate(self._landmarks(k)), [0, 0, groups, 1, width])], perm=[0, 2, 3, 1, 4])
        v = g.node("Transpose", [g.reshape(self._landmarks(v), [0, 0, groups, 1, width])], perm=[0, 2, 3, 1, 4])
        scale = g.constant(1 / math.sqrt(width), np.float32)
        second = g.constant([2])
        text_keys = g.node("Transpose", [text_keys], perm=[0, 1, 3, 2])  # [B, G, C, T]
        over_text = g.node("MatMul", [q, g.node("Unsqueeze", [text_keys, second])])  # [B, G, M, N, T]
        over_text = g.node("Add", [g.node("Mul", [over_text, scale]), self.mask])
        itself = g.node("Mul", [g.node("ReduceSum", [g.node("Mul", [q, k]), g.constant([-1])]), scale])  # [B, G, M, N, 1]
        weights = g.node("Softmax", [g.node("Concat", [over_text, itself], axis=-1)], axis=-1)
        text_end = self.text_end
        text_weights = g.slice(weights, g.constant([0]), text_end, -1)
        own_weight = g.slice(weights, text_end, g.constant([2**31]), -1)
        mixed = g.node("MatMul", [text_weights, g.node("Unsqueeze", [text_values, second])])
        mixed = g.node("Add", [mixed, g.node("Mul", [own_weight, v])])  # [B, G, M, N, C]
        return g.reshape(g.node("Transpose", [mixed], perm=[0, 3, 1, 2, 4]), [0, 0, groups * members * width])

    def _rotate(self, rows: str) -> str:
        """Rotary position of landmark rows [B, N, heads * C]."""
        heads_width = self.shape.headDim
        by_head = self.g.node("Transpose", [self.g.reshape(rows, [0, 0, -1, heads_width])], perm=[0, 2, 1, 3])
        turned = self.g.node(
            "RotaryEmbedding", [by_head, self.position, self.cos, self.sin], domain=CONTRIB, interleaved=self.interleaved
        )
        back = self.g.node("Transpose", [turned], perm=[0, 2, 1, 3])
        return self.g.node("Reshape", [back, self.g.node("Shape", [rows])])

    # ---- keys and queries (training's router.py says the same in torch) ----

    def _stack(self, values: list[str], heads: int) -> str:
        """L values [B, N, heads * C] -> [B, N, L, heads, C]."""
        g, axis = self.g, self.g.constant([2])
        parts = [g.node("Unsqueeze", [g.reshape(x, [0, 0, heads, self.shape.headDim]), axis]) for x in values]
        return g.node("Concat", parts, axis=2)

    def _whiten(self, x: str, mean: str, scale: str, heads: int) -> str:
        shape = (len(self.routing_layers), heads, self.shape.headDim)
        g = self.g
        centred = g.node("Sub", [x, g.landmark_tensor(f"routing.{mean}", shape)])
        return g.node("Mul", [centred, g.landmark_tensor(f"routing.{scale}", shape)])

    def _mixture(self, means: list[str], landmarks: list[str], kind: str, heads: int) -> str:
        """unit(white(mean) + share * white(landmark)) per layer and head, [B, N, L, heads, C]; kind: Key or Query."""
        g, name = self.g, kind.lower()
        mean = self._whiten(self._stack(means, heads), f"{name}Mean", f"{name}Scale", heads)
        own = self._whiten(self._stack(landmarks, heads), f"landmark{kind}Mean", f"landmark{kind}Scale", heads)
        share = g.landmark_tensor(f"routing.landmark{kind}Share", (len(self.routing_layers), heads, 1))
        return self._unit(g.node("Add", [mean, g.node("Mul", [share, own])]))

    def _unit(self, x: str) -> str:
        length = self.g.node("Max", [self.g.node("ReduceL2", [x, self.g.constant([-1])]), self.g.constant(1e-12, np.float32)])
        return self.g.node("Div", [x, length])

    def _keys(self, states: RoutingStates) -> str:
        keys = self._mixture(states.mean_keys, states.landmark_keys, "Key", self.shape.kvHeads)
        parts = len(self.routing_layers) * self.shape.kvHeads
        flat = self.g.reshape(keys, [0, 0, parts * self.shape.headDim])
        return self.g.node("Mul", [flat, self.g.constant(1 / math.sqrt(parts), np.float32)])

    def _queries(self, states: RoutingStates) -> str:
        g, shape, layers = self.g, self.shape, len(self.routing_layers)
        queries = self._mixture(states.mean_queries, states.landmark_queries, "Query", shape.heads)
        weights = g.reshape(g.landmark_tensor("routing.headWeights", (layers, shape.heads)), [layers, shape.heads, 1])
        weighted = g.node("Mul", [queries, weights])
        grouped = g.reshape(weighted, [0, 0, layers * shape.kvHeads, shape.groupHeads, shape.headDim])
        summed = g.node("ReduceSum", [grouped, g.constant([3])], keepdims=0)
        return self._unit(g.reshape(summed, [0, 0, layers * shape.kvHeads * shape.headDim]))
