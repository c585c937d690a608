"""A thin layer over `onnx.helper`: nodes get fresh names, initializers become ranges of the weights file."""

from __future__ import annotations

import numpy as np
from onnx import ModelProto, TensorProto, helper, numpy_helper

from .tensor_table import BaseTensors, StoredTensor, TensorTable

CONTRIB = "com.microsoft"
WEIGHTS_FILE = "weights.bin"
OPSET = 18
IR_VERSION = 9


class GraphBuilder:
    """Builds one graph over a base's tensors and a shared tensor table."""

    def __init__(self, base: BaseTensors, table: TensorTable, accuracy_level: int) -> None:
        self.base = base
        self.table = table
        # 4 lets MatMulNBits round its inputs to 8 bits per block of 32; 0 keeps them in fp32.
        self.accuracy_level = accuracy_level
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
            tensor.data_type = TensorProto.UINT8 if entry.dtype == "uint8" else TensorProto.FLOAT
            tensor.dims.extend(entry.shape)
            tensor.data_location = TensorProto.EXTERNAL
            for key, value in (("location", WEIGHTS_FILE), ("offset", entry.offset), ("length", entry.bytes)):
                pair = tensor.external_data.add()
                pair.key, pair.value = key, str(value)
            self.initializers[entry.name] = tensor
        return entry.name

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

    def rotary_tables(self, positions: int, head_dim: int) -> tuple[str, str]:
        """cos and sin [positions, headDim / 2]; angles are position * theta^(-2i / headDim)."""
        shape = (positions, head_dim // 2)
        cos, sin = (self.table.add(f"rotary.{part}", "rotary", part, "float", "float32", shape) for part in ("cos", "sin"))
        return self.stored(cos), self.stored(sin)

    def quant_parts(self, tensor: str) -> tuple[str, str, str | None, int, int]:
        """(quants, scales, offsets or None, bits, block) of a quantized matrix [rows, columns]."""
        bits, block, has_offsets = self.base.form(tensor)
        rows, columns = self.base.shapes[tensor]
        blocks = columns // block
        add = self.table.add
        quants = add(f"{tensor}.quants", "gguf", tensor, "quants", "uint8", (rows, blocks, block * bits // 8))
        scales = add(f"{tensor}.scales", "gguf", tensor, "scales", "float32", (rows, blocks))
        offsets = add(f"{tensor}.offsets", "gguf", tensor, "offsets", "float32", (blocks, rows)) if has_offsets else None
        return self.stored(quants), self.stored(scales), self.stored(offsets) if offsets else None, bits, block

    # ---- layers ----

    def linear(self, x: str, tensor: str, name: str = "") -> str:
        """x [.., columns] times the transpose of a base matrix [rows, columns], plus its bias: [.., rows]."""
        rows, columns = self.base.shapes[tensor]
        bias = tensor.replace(".weight", ".bias")
        has_bias = bias != tensor and self.base.has(bias)
        if self.base.form(tensor) is None:
            # Stored [rows, columns]; Gemm would need two dimensions, so the transpose is folded at load.
            y = self.node("MatMul", [x, self.node("Transpose", [self.float_tensor(tensor)], perm=[1, 0])])
        else:
            y = self.quantized_product(x, tensor, rows, columns)
        return self.node("Add", [y, self.float_tensor(bias)], name=name) if has_bias else y

    def quantized_product(self, x: str, tensor: str, rows: int, columns: int) -> str:
        quants, scales, offsets, bits, block = self.quant_parts(tensor)
        y = self.node(
            "MatMulNBits", [x, quants, scales], domain=CONTRIB,
            K=columns, N=rows, bits=bits, block_size=block, accuracy_level=self.accuracy_level,
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
        if bits != 8 or offsets is not None:
            raise ValueError(f"{tensor}: only 8-bit embeddings without offsets are looked up")
        width = self.base.shapes[tensor][1]
        blocks = width // block
        levels = self.node("Cast", [self.node("Gather", [quants, tokens])], to=TensorProto.FLOAT)  # [B, T, blocks, block]
        centred = self.node("Sub", [levels, self.constant(128, np.float32)])
        scale = self.node("Reshape", [self.node("Gather", [scales, tokens]), self.constant([0, 0, blocks, 1])])
        return self.node("Reshape", [self.node("Mul", [centred, scale]), self.constant([0, 0, width])])

    def norm(self, x: str, tensor: str, eps: float) -> str:
        return self.node("SimplifiedLayerNormalization", [x, self.float_tensor(tensor)], axis=-1, epsilon=eps, stash_type=1)

    def silu(self, x: str) -> str:
        return self.node("Mul", [x, self.node("Sigmoid", [x])])

    def slice(self, x: str, start: str, end: str, axis: int) -> str:
        return self.node("Slice", [x, start, end, self.constant([axis])])

    def reshape(self, x: str, shape: list[int]) -> str:
        return self.node("Reshape", [x, self.constant(shape)])
