"""A thin layer over `onnx.helper`: nodes get fresh names, initializers become ranges of the weights file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from .tensor_table import BaseTensors, StoredTensor, TensorTable

CONTRIB = "com.microsoft"
OPSET = 18
IR_VERSION = 9


DTYPES = {"uint8": TensorProto.UINT8, "int8": TensorProto.INT8, "float32": TensorProto.FLOAT}
# A row of zeros has no largest number to divide by.
LEAST_ROW_SCALE = 1e-12


@dataclass(frozen=True)
class Rounding:
    """groups: of columns, each with scales of its own; digits: 1 or 2 of 8 bits for each input."""

    groups: int = 1
    digits: int = 1


# Where rounding inputs costs most, by the tensor's name; what each costs is in docs/model-packages.md.
ROUNDINGS = {"attn_q": Rounding(digits=2), "attn_k": Rounding(digits=2), "attn_v": Rounding(digits=2),
             "ffn_down": Rounding(groups=2)}


def rounding_of(tensor: str, columns: int) -> Rounding:
    rounding = next((rounding for name, rounding in ROUNDINGS.items() if f".{name}." in tensor), Rounding())
    return rounding if columns % rounding.groups == 0 else Rounding()


class Products(Enum):
    """How quantized matrices are multiplied.

    INT8: both sides in int8, a scale per row of the matrix and per token; shipped.
    BLOCKS: the GGUF's own blocks, inputs rounded to 8 bits per block of 32 (`accuracy_level` 4), as llama.cpp does.
    EXACT: the GGUF's own blocks, inputs in fp32 (`accuracy_level` 0), for comparison.
    """

    INT8 = "int8"
    BLOCKS = "blocks"
    EXACT = "exact"

    @property
    def form(self) -> str:
        """Under which a package keeps graphs, tensor table and weights; exact products read the weights of blocks."""
        return "int8" if self is Products.INT8 else "blocks"

    @property
    def weights_file(self) -> str:
        return f"weights.{self.form}.bin"

    @property
    def accuracy_level(self) -> int:
        """Of `MatMulNBits`, which the head uses in all of them: it shares its matrix with the look-up of embeddings."""
        return 0 if self is Products.EXACT else 4


class GraphBuilder:
    """Builds one graph over a base's tensors and a shared tensor table."""

    def __init__(self, base: BaseTensors, table: TensorTable, products: Products) -> None:
        self.base = base
        self.table = table
        self.products = products
        # Rows of a value in int8 and their scales: several products of one value round it once.
        self.rounded: dict[tuple[str, Rounding], list[tuple[str, str]]] = {}
        self.nodes: list = []
        self.initializers: dict[str, TensorProto] = {}
        self.inputs: list = []
        self.outputs: list = []
        self.counter = 0

    # ---- plumbing ----

    def node(self, op: str, inputs: list[str], *, domain: str = "", outputs: int = 1, name: str = "", **attributes):
        """Adds a node and returns its output name, or the list of them."""
        self.counter += 1
        names = [name or f"{op}_{self.counter}"] if outputs == 1 else [f"{op}_{self.counter}_{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, domain=domain, **attributes))
        return names[0] if outputs == 1 else names

    def constant(self, value, dtype=np.int64) -> str:
        array = np.asarray(value, dtype=dtype)
        name = f"const_{array.dtype}_{'x'.join(map(str, array.shape))}_{'_'.join(map(str, array.ravel().tolist()))}"
        if name not in self.initializers:
            self.initializers[name] = numpy_helper.from_array(array, name)
        return name

    def stored(self, entry: StoredTensor) -> str:
        if entry.name not in self.initializers:
            tensor = TensorProto()
            tensor.name = entry.name
            tensor.data_type = DTYPES[entry.dtype]
            tensor.dims.extend(entry.shape)
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in (("location", self.products.weights_file), ("offset", entry.offset), ("length", entry.bytes)):
                pair = tensor.external_data.add()
                pair.key, pair.value = key, str(value)
            self.initializers[entry.name] = tensor
        return entry.name

    def choice(self, condition: str, then: Callable[[], list[str]], otherwise: Callable[[], list[str]]) -> list[str]:
        """Values of one of two branches, as many of each; a branch may use whatever was built before it."""
        kept, branches = self.nodes, []
        for name, build in (("then", then), ("otherwise", otherwise)):
            self.nodes = []
            rounded = dict(self.rounded)  # what a branch rounds is seen in that branch alone
            values = build()
            self.rounded = rounded
            outputs = [helper.make_empty_tensor_value_info(value) for value in values]
            branches.append(helper.make_graph(self.nodes, name, [], outputs))
        self.nodes = kept
        found = self.node("If", [condition], outputs=len(branches[0].output), then_branch=branches[0], else_branch=branches[1])
        return [found] if isinstance(found, str) else found

    def input(self, name: str, kind: int, shape: list) -> str:
        self.inputs.append(helper.make_tensor_value_info(name, kind, shape))
        return name

    def output(self, name: str, shape: list, kind: int = TensorProto.FLOAT) -> None:
        self.outputs.append(helper.make_tensor_value_info(name, kind, shape))

    def rename(self, value: str, name: str, shape: list) -> None:
        """Publishes a value as a graph output."""
        self.node("Identity", [value], name=name)
        self.output(name, shape)

    def model(self, name: str) -> ModelProto:
        graph = helper.make_graph(self.nodes, name, self.inputs, self.outputs, list(self.initializers.values()))
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)])
        model.ir_version = IR_VERSION
        model.producer_name = "landmark"
        return model

    # ---- weights ----

    def float_tensor(self, tensor: str, shape: tuple[int, ...] | None = None) -> str:
        """A float tensor of the base, [length] or [rows, columns], as fp32."""
        return self.stored(self.table.add(tensor, "gguf", tensor, "float", "float32", shape or self.base.shapes[tensor]))

    def landmark_tensor(self, tensor: str, shape: tuple[int, ...]) -> str:
        return self.stored(self.table.add(f"landmarks.{tensor}", "landmarks", tensor, "float", "float32", shape))

    def answer_tensor(self, tensor: str, shape: tuple[int, ...]) -> str:
        return self.stored(self.table.add(f"answers.{tensor}", "answers", tensor, "float", "float32", shape))

    def rotary_tables(self, positions: int, head_dim: int) -> tuple[str, str]:
        """cos and sin [positions, headDim / 2]; angles are position * theta^(-2i / headDim)."""
        shape = (positions, head_dim // 2)
        cos, sin = (self.table.add(f"rotary.{part}", "rotary", part, "float", "float32", shape) for part in ("cos", "sin"))
        return self.stored(cos), self.stored(sin)

    def quant_parts(self, tensor: str) -> tuple[str, str, str | None, int, int]:
        """(quants, scales, offsets or None, bits, block) of a quantized matrix [rows, columns], in the GGUF's blocks."""
        bits, block, has_offsets = self.base.form(tensor)
        rows, columns = self.base.shapes[tensor]
        blocks = columns // block
        add = self.table.add
        quants = add(f"{tensor}.quants", "gguf", tensor, "quants", "uint8", (rows, blocks, block * bits // 8))
        scales = add(f"{tensor}.scales", "gguf", tensor, "scales", "float32", (rows, blocks))
        offsets = add(f"{tensor}.offsets", "gguf", tensor, "offsets", "float32", (blocks, rows)) if has_offsets else None
        return self.stored(quants), self.stored(scales), self.stored(offsets) if offsets else None, bits, block

    def int8_parts(self, tensor: str, first: int, width: int) -> tuple[str, str]:
        """(levels int8 [width, rows], scales [rows]) of columns first..first + width of a matrix: weight = level * scale."""
        rows = self.base.shapes[tensor][0]
        add = self.table.add
        levels = add(f"{tensor}.levels.{first}", "gguf", tensor, "levels", "int8", (width, rows), first)
        scales = add(f"{tensor}.rowScales.{first}", "gguf", tensor, "rowScales", "float32", (rows,), first)
        return self.stored(levels), self.stored(scales)

    # ---- layers ----

    def linear(self, x: str, tensor: str, *, in_blocks: bool = False) -> str:
        """x [.., columns] times the transpose of a base matrix [rows, columns], plus its bias: [.., rows].

        in_blocks: never in int8, for a matrix that is needed in the GGUF's blocks anyway."""
        rows, columns = self.base.shapes[tensor]
        bias = tensor.replace(".weight", ".bias")
        has_bias = bias != tensor and self.base.has(bias)
        if self.base.form(tensor) is None:
            # Stored [rows, columns]; Gemm would need two dimensions, so the transpose is folded at load.
            y = self.node("MatMul", [x, self.node("Transpose", [self.float_tensor(tensor)], perm=[1, 0])])
        elif self.products is Products.INT8 and not in_blocks:
            y = self.int8_product(x, tensor)
        else:
            y = self.block_product(x, tensor)
        return self.node("Add", [y, self.float_tensor(bias)]) if has_bias else y

    def int8_product(self, x: str, tensor: str) -> str:
        """Sums of products of integers are exact: a token's result does not depend on what else is in the run."""
        rows, columns = self.base.shapes[tensor]
        rounding = rounding_of(tensor, columns)
        width = columns // rounding.groups
        parts = []
        for group, (rounded, largest) in enumerate(self.int8_rows(x, columns, rounding)):
            levels, scales = self.int8_parts(tensor, group * width, width)
            y = self.node(
                "MatMulIntegerToFloat", [rounded, levels, self.input_step, scales, self.input_zero], domain=CONTRIB
            )
            if rounding.digits == 2:
                first, second = self.node("Split", [y], outputs=2, axis=1, num_outputs=2)
                y = self.node("Add", [first, self.node("Mul", [second, self.input_step])])
            parts.append(self.node("Mul", [y, largest]))
        total = parts[0]
        for part in parts[1:]:
            total = self.node("Add", [total, part])
        return total

    def int8_rows(self, x: str, columns: int, rounding: Rounding) -> list[tuple[str, str]]:
        """x [B, T, columns] -> for each group of columns (uint8 [B, digits * T, width], largest magnitude of each row [B, T, 1]).

        With one scale for all tokens, as `DynamicQuantizeMatMul` has it, a single large token takes the others' digits.
        Of two digits the second ones, of what rounding the first left, stand below as rows of their own."""
        if (x, rounding) not in self.rounded:
            grouped = x if rounding.groups == 1 else self.reshape(x, [0, 0, rounding.groups, columns // rounding.groups])
            largest = self.node("ReduceMax", [self.node("Abs", [grouped]), self.constant([-1])], keepdims=1)
            largest = self.node("Max", [largest, self.constant(LEAST_ROW_SCALE, np.float32)])
            shares = self.node("Div", [grouped, largest])
            rounded = self.node("QuantizeLinear", [shares, self.input_step, self.input_zero])
            if rounding.digits == 2:
                rest = self.node("Sub", [shares, self.node("DequantizeLinear", [rounded, self.input_step, self.input_zero])])
                rest = self.node("QuantizeLinear", [self.node("Div", [rest, self.input_step]), self.input_step, self.input_zero])
                rounded = self.node("Concat", [rounded, rest], axis=1)
            self.rounded[x, rounding] = self.split_groups(rounded, largest, columns, rounding.groups)
        return self.rounded[x, rounding]

    def split_groups(self, rounded: str, largest: str, columns: int, groups: int) -> list[tuple[str, str]]:
        """[B, T, groups, width] and [B, T, groups, 1] -> for each group [B, T, width] and [B, T, 1]."""
        if groups == 1:
            return [(rounded, largest)]
        rows = self.node("Split", [rounded], outputs=groups, axis=2, num_outputs=groups)
        scales = self.node("Split", [largest], outputs=groups, axis=2, num_outputs=groups)
        return [(self.reshape(row, [0, 0, columns // groups]), self.reshape(scale, [0, 0, 1])) for row, scale in zip(rows, scales)]

    def int8_inputs(self) -> None:
        """Declares what inputs are rounded to: shares of a row's largest number, in steps around a zero point."""
        if self.products is Products.INT8:
            self.input_step = self.input("input_step", TensorProto.FLOAT, [])
            self.input_zero = self.input("input_zero", TensorProto.UINT8, [])

    def block_product(self, x: str, tensor: str) -> str:
        rows, columns = self.base.shapes[tensor]
        quants, scales, offsets, bits, block = self.quant_parts(tensor)
        y = self.node(
            "MatMulNBits", [x, quants, scales], domain=CONTRIB,
            K=columns, N=rows, bits=bits, block_size=block, accuracy_level=self.products.accuracy_level,
        )
        if offsets is None:
            return y
        by_block = self.node("Reshape", [x, self.constant([0, 0, columns // block, block])])
        sums = self.node("ReduceSum", [by_block, self.constant([-1])], keepdims=0)
        return self.node("Add", [y, self.node("MatMul", [sums, offsets])])

    def embed(self, tokens: str, tensor: str = "token_embd.weight") -> str:
        """Rows of the embedding [B, T] -> [B, T, width], dequantized after the look-up."""
        if self.base.form(tensor) is None:
            return self.node("Gather", [self.float_tensor(tensor), tokens])
        quants, scales, offsets, bits, block = self.quant_parts(tensor)
        width = self.base.shapes[tensor][1]
        blocks = width // block
        levels = self.node("Gather", [quants, tokens])  # [B, T, blocks, bytes of a block]
        if bits == 4:
            levels = self.unpacked(levels, blocks, block)
        centred = self.node("Sub", [self.node("Cast", [levels], to=TensorProto.FLOAT), self.constant(2 ** (bits - 1), np.float32)])
        x = self.node("Mul", [centred, self.reshape(self.node("Gather", [scales, tokens]), [0, 0, blocks, 1])])
        if offsets is not None:
            # [blocks, B, T] -> [B, T, blocks, 1]
            found = self.node("Transpose", [self.node("Gather", [offsets, tokens], axis=1)], perm=[1, 2, 0])
            x = self.node("Add", [x, self.reshape(found, [0, 0, blocks, 1])])
        return self.reshape(x, [0, 0, width])

    def unpacked(self, packed: str, blocks: int, block: int) -> str:
        """[B, T, blocks, block / 2] of two quants a byte, the lower half first -> [B, T, blocks, block]"""
        low = self.node("BitwiseAnd", [packed, self.constant(15, np.uint8)])
        high = self.node("BitShift", [packed, self.constant(4, np.uint8)], direction="RIGHT")
        pairs = [self.reshape(half, [0, 0, blocks, block // 2, 1]) for half in (low, high)]
        return self.reshape(self.node("Concat", pairs, axis=-1), [0, 0, blocks, block])

    def norm(self, x: str, tensor: str, eps: float) -> str:
        return self.node("SimplifiedLayerNormalization", [x, self.float_tensor(tensor)], axis=-1, epsilon=eps, stash_type=1)

    def silu(self, x: str) -> str:
        """x * sigmoid(x), in one pass."""
        return self.node("QuickGelu", [x], domain=CONTRIB, alpha=1.0)

    def slice(self, x: str, start: str, end: str, axis: int) -> str:
        return self.node("Slice", [x, start, end, self.constant([axis])])

    def reshape(self, x: str, shape: list[int]) -> str:
        return self.node("Reshape", [x, self.constant(shape)])
