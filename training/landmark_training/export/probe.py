"""Prints the graph by which `server/model/native/int8.ts` finds out what int8 products of a processor can hold.

    python -m landmark_training.export.probe

Inputs of 255 times weights of 127 over 64 columns: the largest sums there are. Processors without an instruction for
dot products of bytes add up pairs in 16 bits, where such a pair does not fit.

    input  uint8 [4, 64] -> sums float [4, 32]
"""

import base64

import numpy as np
import onnxruntime
from onnx import TensorProto, helper, numpy_helper

from .graph_builder import CONTRIB, IR_VERSION, OPSET

ROWS, COLUMNS, OUTPUTS = 4, 64, 32


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


if __name__ == "__main__":
    graph = probe_graph()
    session = onnxruntime.InferenceSession(graph, providers=["CPUExecutionProvider"])
    [sums] = session.run(None, {"input": np.full((ROWS, COLUMNS), 255, np.uint8)})
    print(base64.b64encode(graph).decode())
    print(f"sums here: {sums.min():.0f} to {sums.max():.0f}, exactly {255 * 127 * COLUMNS}")
