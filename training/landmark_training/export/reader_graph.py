"""The reader: the base alone, over cached keys and values. Encodes the KV of windows and generates answers.

No landmark weight is in this graph: for ordinary tokens it is the frozen base. Where a package has deltas of answers (`answers/`), rows
with a share of 1 in `answer_rows` run with them; with 0 they are the base's to the last bit.

What is cached stands in two parts. The given part, mostly blocks out of the store, does not change while a question is
answered; the run part holds what went through this graph since. New rows are outputs of their own, which the caller
writes behind the run part: a cache that were an output would be copied whole at each token, since the binding for
Node.js copies whatever a run returns.

Few rows (decoding, drafts) and many (prefill) go different ways, `attention_of_few` and `attention_of_many`.

Inputs (S new tokens after F given and T run ones; G kv heads of width C, in C / W slices of W channels)
    tokens            int64 [1, S]
    given_key.{i}     float [G, F, C]     rotated to positions 0..F-1
    given_value.{i}   float [G, C / W, F, W]
    run_key.{i}       float [T, G, C]     rotated to positions F..F+T-1
    run_value.{i}     float [T, G, C]
    run_room          int64 [1]           at least T + S; the same, with the same F, for all runs whose numbers must agree
    logit_count       int64 [1]           L, how many of the last tokens get logits: 1 when text is read, all when a draft
                                          of several tokens is judged in one run
    answer_rows       float [1, S, 1]     share of the deltas of answers at each new token; only of packages that have them
Outputs
    logits            float [L, V]        of the last L tokens
    choices           int64 [L]           the token of the highest logit of each, the lowest id where several are equal;
                                          greedy decoding fetches this alone, so that no logits leave the graph
    key.{i}           float [1, S, G * C] of the new tokens, before rotary position
    turned_key.{i}    float [1, S, G * C] of the new tokens, rotated to positions F+T..F+T+S-1
    value.{i}         float [1, S, G * C]
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from onnx import ModelProto, TensorProto

from ..base import PROJECTIONS
from ..config import BaseShape
from .graph_builder import CONTRIB, GraphBuilder

# A draft and the token before it; `answering/draft.ts` drafts at most eight.
FEW_ROWS = 16
# Values are multiplied in slices of so many channels (W), the fewest that the runtime gives to a thread. It adds up a product
# over many tokens in pieces whose size depends on how many channels a thread has, and that on how many rows there are.
SLICE = 16
# A product of a single row adds up in another order than one of several.
MEMBERS_MIN = 2
# Added to the logits of tokens that a row must not see; finite, so that no row is without a number.
HIDDEN = -1e30


@dataclass(frozen=True)
class AnswerDeltas:
    """Rank, and the projections of every layer that have a delta."""

    rank: int
    projections: tuple[str, ...]


def build_reader(g: GraphBuilder, shape: BaseShape, positions: int, deltas: AnswerDeltas | None = None) -> ModelProto:
    return ReaderGraph(g, shape, positions, deltas).build()


class ReaderGraph:
    def __init__(self, builder: GraphBuilder, shape: BaseShape, positions: int, deltas: AnswerDeltas | None = None):
        self.g, self.shape, self.deltas = builder, shape, deltas
        self.cos, self.sin = builder.rotary_tables(positions, shape.headDim)
        self.interleaved = int(shape.rotaryPairs == "adjacent")
        self.slice = SLICE if shape.headDim % SLICE == 0 else shape.headDim
        self.slices = shape.headDim // self.slice

    def build(self) -> ModelProto:
        g, shape = self.g, self.shape
        tokens = g.input("tokens", TensorProto.INT64, [1, "S"])
        self.run_room = g.input("run_room", TensorProto.INT64, [1])
        logit_count = g.input("logit_count", TensorProto.INT64, [1])
        if self.deltas:
            self.answer_rows = g.input("answer_rows", TensorProto.FLOAT, [1, "S", 1])
        g.int8_inputs()
        self.cached = [
            {part: g.input(f"{part}.{layer}", TensorProto.FLOAT, dims) for part, dims in (
                ("given_key", [shape.kvHeads, "F", shape.headDim]),
                ("given_value", [shape.kvHeads, self.slices, "F", self.slice]),
                ("run_key", ["T", shape.kvHeads, shape.headDim]), ("run_value", ["T", shape.kvHeads, shape.headDim]),
            )}
            for layer in range(shape.layers)
        ]
        self._derive_counts(tokens)
        x = g.embed(tokens)  # [1, S, width]
        for layer in range(shape.layers):
            x = self._layer(x, layer)
        x = g.slice(x, g.node("Neg", [logit_count]), g.constant([2**31]), 1)  # [1, L, width]
        h = g.norm(x, "output_norm.weight", shape.normEps)
        head = "token_embd.weight" if shape.tied else "output.weight"
        logits = g.reshape(g.linear(h, head, in_blocks=shape.tied), [-1, shape.vocabulary])
        g.rename(logits, "logits", ["L", shape.vocabulary])
        g.node("ArgMax", [logits], name="choices", axis=-1, keepdims=0)
        g.output("choices", ["L"], TensorProto.INT64)
        return g.model("reader")

    def _derive_counts(self, tokens: str) -> None:
        """Each int64 [1], but for what `GroupQueryAttention` and the condition want."""
        g, first = self.g, self.cached[0]
        self.new = g.node("Shape", [tokens], start=1, end=2)  # S
        self.given = g.node("Shape", [first["given_key"]], start=1, end=2)  # F
        self.run = g.node("Shape", [first["run_key"]], start=0, end=1)  # T
        self.run_end = g.node("Add", [self.run, self.new])
        self.position = g.node("Add", [self.given, self.run])
        self.is_few = g.node("LessOrEqual", [g.node("Squeeze", [self.new]), g.constant(FEW_ROWS)])
        end = g.node("Cast", [g.node("Add", [self.position, self.new])], to=TensorProto.INT32)
        self.last_token = g.node("Sub", [end, g.constant([1], np.int32)])
        self.token_count = g.node("Squeeze", [end])
        self.mask, self.padding = g.choice(self.is_few, self._mask_and_padding, self._no_mask)

    def _mask_and_padding(self) -> list[str]:
        """What hides later tokens from each row [S * M, run_room], M heads of a group (two at least), and rows up to run_room [.., G, C]."""
        g, shape = self.g, self.shape
        zero, one = g.constant(0), g.constant(1)
        column = g.node("Range", [zero, g.node("Squeeze", [self.run_room]), one])
        last = g.node("Range", [g.node("Squeeze", [self.run]), g.node("Squeeze", [self.run_end]), one])
        late = g.node("Greater", [column, g.node("Unsqueeze", [last, g.constant([1, 2])])])  # [S, 1, run_room]
        hidden = g.node("Where", [late, g.constant(HIDDEN, np.float32), g.constant(0, np.float32)])
        for_heads = g.node("Expand", [hidden, g.constant([1, max(shape.groupHeads, MEMBERS_MIN), 1])])
        mask = g.node("Reshape", [for_heads, g.node("Concat", [g.constant([-1]), self.run_room], axis=0)])
        count = g.node("Sub", [self.run_room, self.run_end])
        dims = g.node("Concat", [count, g.constant([shape.kvHeads, shape.headDim])], axis=0)
        return [mask, g.node("Expand", [g.constant(0, np.float32), dims])]

    def _no_mask(self) -> list[str]:
        """Nothing of either. Of no constant shape: the runtime cannot read a saved graph again whose branch gives a constant."""
        g, shape = self.g, self.shape
        zero, none = g.constant(0, np.float32), g.node("Sub", [self.new, self.new])
        dims = ([none, none], [none, g.constant([shape.kvHeads, shape.headDim])])
        return [g.node("Expand", [zero, g.node("Concat", each, axis=0)]) for each in dims]

    def _layer(self, x: str, layer: int) -> str:
        g, shape = self.g, self.shape
        h = g.norm(x, f"blk.{layer}.attn_norm.weight", shape.normEps)
        q, k, v = (self._projected(h, layer, part) for part in "qkv")
        row = [1, "S", shape.kvHeads * shape.headDim]
        g.rename(k, f"key.{layer}", row)
        g.rename(v, f"value.{layer}", row)
        q, k = self._turned(q), self._turned(k)
        g.rename(k, f"turned_key.{layer}", row)
        cached = self.cached[layer]
        [mixed] = g.choice(
            self.is_few, lambda: [self.attention_of_few(q, k, v, cached)], lambda: [self.attention_of_many(q, k, v, cached)]
        )
        mixed = g.reshape(mixed, [1, -1, shape.heads * shape.headDim])
        x = g.node("Add", [x, self._projected(mixed, layer, "o")])
        h = g.norm(x, f"blk.{layer}.ffn_norm.weight", shape.normEps)
        gated = g.node("Mul", [g.silu(self._projected(h, layer, "gate")), self._projected(h, layer, "up")])
        return g.node("Add", [x, self._projected(gated, layer, "down")])

    def _projected(self, x: str, layer: int, projection: str) -> str:
        """The base's projection of x, and its delta at the rows of answers: b (a x), low rank, in fp32."""
        g, tensor = self.g, f"blk.{layer}.{PROJECTIONS[projection]}.weight"
        y = g.linear(x, tensor)
        if not self.deltas or projection not in self.deltas.projections:
            return y
        rows, columns = g.base.shapes[tensor]
        a, b = (g.node("Transpose", [g.answer_tensor(f"layers.{layer}.{projection}.{part}", dims)], perm=[1, 0])
                for part, dims in (("a", (self.deltas.rank, columns)), ("b", (rows, self.deltas.rank))))
        change = g.node("Mul", [g.node("MatMul", [x, a]), self.answer_rows])
        return g.node("Add", [y, g.node("MatMul", [change, b])])

    def _turned(self, rows: str) -> str:
        """Rows [1, S, heads * C] at their rotary positions."""
        return self.g.node(
            "RotaryEmbedding", [rows, self.position, self.cos, self.sin], domain=CONTRIB, interleaved=self.interleaved
        )

    def attention_of_few(self, q: str, k: str, v: str, cached: dict[str, str]) -> str:
        """The heads that share keys and values as rows of one product, so that these are read once. [S, G, M, C]

        A row's numbers do not depend on how many rows there are, to the last bit: a product has M rows at least, values are
        multiplied in slices, and a softmax always runs over run_room columns of the run part, of which those that are not
        there yet weigh nothing."""
        g, shape = self.g, self.shape
        groups, members, width = shape.kvHeads, shape.groupHeads, shape.headDim
        scale = 1 / math.sqrt(width)
        q = g.reshape(q, [-1, groups, members, width])
        if members < MEMBERS_MIN:
            q = g.node("Concat", [q] * MEMBERS_MIN, axis=2)
        q = g.node("Transpose", [q], perm=[1, 0, 2, 3])
        q = g.reshape(q, [groups, -1, width])  # [G, S * M, C]
        keys = g.node("Transpose", [self._run_part(cached["run_key"], k)], perm=[1, 0, 2])
        values = g.reshape(self._run_part(cached["run_value"], v), [0, groups, self.slices, self.slice])
        values = g.node("Transpose", [values], perm=[1, 2, 0, 3])  # [G, C / W, run_room, W]
        over_given = g.node("FusedMatMul", [q, cached["given_key"]], domain=CONTRIB, transB=1, alpha=scale)
        over_run = g.node("FusedMatMul", [q, keys], domain=CONTRIB, transB=1, alpha=scale)
        over_run = g.node("Add", [over_run, self.mask])
        weights = g.node("Softmax", [g.node("Concat", [over_given, over_run], axis=-1)], axis=-1)
        given, run = g.node(
            "Split", [weights, g.node("Concat", [self.given, self.run_room], axis=0)], outputs=2, axis=-1
        )
        given, run = (g.node("Unsqueeze", [part, g.constant([1])]) for part in (given, run))  # [G, 1, S * M, ..]
        mixed = g.node("Add", [g.node("MatMul", [given, cached["given_value"]]), g.node("MatMul", [run, values])])
        mixed = g.reshape(mixed, [groups, self.slices, -1, max(members, MEMBERS_MIN), self.slice])
        mixed = g.node("Transpose", [mixed], perm=[2, 0, 3, 1, 4])
        mixed = g.reshape(mixed, [-1, groups, max(members, MEMBERS_MIN), width])
        return mixed if members >= MEMBERS_MIN else g.slice(mixed, g.constant([0]), g.constant([members]), 2)

    def _run_part(self, run: str, rows: str) -> str:
        """Run and new rows, filled up to run_room -> [run_room, G, C]"""
        new = self.g.reshape(rows, [-1, self.shape.kvHeads, self.shape.headDim])
        return self.g.node("Concat", [run, new, self.padding], axis=0)

    def attention_of_many(self, q: str, k: str, v: str, cached: dict[str, str]) -> str:
        """The runtime's own attention, which holds no row of logits longer than it needs it. [1, S, H * C]"""
        g, shape = self.g, self.shape
        values = g.node("Transpose", [cached["given_value"]], perm=[0, 2, 1, 3])  # [G, F, C / W, W]
        dims = g.node("Concat", [g.constant([shape.kvHeads]), self.given, g.constant([shape.headDim])], axis=0)
        values = g.node("Reshape", [values, dims], allowzero=1)
        past = []
        for given, run in ((cached["given_key"], cached["run_key"]), (values, cached["run_value"])):
            joined = g.node("Concat", [given, g.node("Transpose", [run], perm=[1, 0, 2])], axis=1)
            past.append(g.node("Unsqueeze", [joined, g.constant([0])]))  # [1, G, F + T, C]
        mixed, *_ = g.node(
            "GroupQueryAttention", [q, k, v, *past, self.last_token, self.token_count],
            domain=CONTRIB, outputs=3, num_heads=shape.heads, kv_num_heads=shape.kvHeads,
        )
        return mixed
