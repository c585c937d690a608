"""Prints the graphs by which the server tries products on the processor it runs on.

    python -m landmark_training.export.probe

`server/model/native/int8.ts` finds out what int8 products of a processor can hold. Inputs of 255 times weights of 127 over
64 columns: the largest sums there are. Processors without an instruction for dot products of bytes add up pairs in 16 bits,
where such a pair does not fit.

    input  uint8 [4, 64] -> sums float [4, 32]

`server/model/native/formProbe.ts` finds out in which form a processor multiplies faster: one product as the packages' graphs have it,
gate and up of the default base. Its weights lie in a file beside the graph, as a package's do, which the server fills itself.

    x float [1, T, 896] -> y float [1, 1, 4864], the first token's alone: what a run returns is copied
"""

import base64
import tempfile
import textwrap
from pathlib import Path

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from .graph_builder import CONTRIB, IR_VERSION, OPSET, GraphBuilder, Products
from .tensor_table import BaseTensors, TensorTable

ROWS, COLUMNS, OUTPUTS = 4, 64, 32

# Of the default base, whose layers have it in Q5_0: blocks of 32 weights in 8 bits.
TIMED = "timed"
TIMED_BASE = BaseTensors({TIMED: "Q5_0"}, {TIMED: (4864, 896)})
# Read as float this is .0115: neither weights nor scales are numbers that a processor is slow with.
FILLING = 0x3C


def probe_graph() -> bytes:
    one = numpy_helper.from_array(np.float32(1), "one")
    shape = numpy_helper.from_array(np.array([COLUMNS, OUTPUTS]), "shape")
    nodes = [
        helper.make_node("ConstantOfShape", ["shape"], ["weights"], value=numpy_helper.from_array(np.array([127], np.int8))),
        helper.make_node("MatMulIntegerToFloat", ["input", "weights", "one", "one"], ["sums"], domain=CONTRIB),
    ]
    graph = helper.make_graph(nodes, "probe", [helper.make_tensor_value_info("input", TensorProto.UINT8, [ROWS, COLUMNS])],
                              [helper.make_tensor_value_info("sums", TensorProto.FLOAT, [ROWS, OUTPUTS])], [one, shape])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)])
    model.ir_version = IR_VERSION
    model.producer_name = "landmark"
    return model.SerializeToString(deterministic=True)


def timed_graph(products: Products) -> tuple[bytes, int]:
    """One product of a form, and how many bytes of weights it wants beside it."""
    table = TensorTable()
    g = GraphBuilder(TIMED_BASE, table, products)
    g.int8_inputs()
    rows, columns = TIMED_BASE.shapes[TIMED]
    x = g.input("x", TensorProto.FLOAT, [1, "T", columns])
    y = g.slice(g.linear(x, TIMED), g.constant([0]), g.constant([1]), 1)
    g.rename(y, "y", [1, 1, rows])
    return g.model("timed").SerializeToString(deterministic=True), table.size


def run_timed(graph: bytes, weights_file: str, weights_bytes: int) -> np.ndarray:
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / weights_file).write_bytes(bytes([FILLING]) * weights_bytes)
        (Path(folder) / "timed.onnx").write_bytes(graph)
        session = onnxruntime.InferenceSession(Path(folder) / "timed.onnx", providers=["CPUExecutionProvider"])
        values = {"x": np.ones((1, 3, TIMED_BASE.shapes[TIMED][1]), np.float32),
                  "input_step": np.array(1 / 127, np.float32), "input_zero": np.array(128, np.uint8)}
        [y] = session.run(None, {wanted.name: values[wanted.name] for wanted in session.get_inputs()})
        return y


def show(title: str, graph: bytes) -> None:
    print(title, *textwrap.wrap(base64.b64encode(graph).decode(), 112), sep="\n", end="\n\n")


if __name__ == "__main__":
    graph = probe_graph()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    [sums] = session.run(None, {"input": np.full((ROWS, COLUMNS), 255, np.uint8)})
    show(f"sums here: {sums.min():.0f} to {sums.max():.0f}, exactly {255 * 127 * COLUMNS}", graph)
    for products in (Products.INT8, Products.BLOCKS):
        graph, weights_bytes = timed_graph(products)
        y = run_timed(graph, products.weights_file, weights_bytes)
        show(f"{products.value}: {products.weights_file} of {weights_bytes} bytes, y {y.min()} to {y.max()}", graph)
