"""Write all-MiniLM-L6-v2 as an ONNX graph, once: its Python package ships weights but no graph.

    python minilm_to_onnx.py MODEL_FOLDER OUT.onnx

MODEL_FOLDER holds config.json and model.safetensors. The graph takes input_ids and attention_mask
(int64, [batch, tokens]) and gives the sentence embedding, float32 [batch, width]: the mean of the last
layer over the tokens that are not padding, scaled to length 1. Attention, the sum before a layer norm
and the activation are ONNX Runtime's fused operators, so that the rival's speed is a fair one.
"""

import json
import sys
from pathlib import Path

import numpy
import onnx
from onnx import TensorProto, helper, numpy_helper
from safetensors.numpy import load_file

FUSED = "com.microsoft"


class GraphWriter:
    """Collects nodes and weights; every method returns the name of its output."""

    def __init__(self, weights: dict[str, numpy.ndarray]):
        self.weights = weights
        self.nodes: list[onnx.NodeProto] = []
        self.initializers: dict[str, onnx.TensorProto] = {}

    def constant(self, name: str, array: numpy.ndarray) -> str:
        self.initializers.setdefault(name, numpy_helper.from_array(numpy.ascontiguousarray(array), name))
        return name

    def weight(self, name: str) -> str:
        return self.constant(name, self.weights[name].astype(numpy.float32))

    def node(self, kind: str, inputs: list[str], domain: str = "", **attributes) -> str:
        output = f"{kind}_{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def matmul(self, value: str, name: str) -> str:
        """A linear layer without its bias; PyTorch keeps weights as [out, in]."""
        return self.node("MatMul", [value, self.constant(f"{name}.T", self.weights[f"{name}.weight"].astype(numpy.float32).T)])

    def linear(self, value: str, name: str) -> str:
        return self.node("Add", [self.matmul(value, name), self.weight(f"{name}.bias")])


def write(folder: Path, out: Path) -> None:
    config = json.loads((folder / "config.json").read_text())
    heads, epsilon = config["num_attention_heads"], config["layer_norm_eps"]
    graph = GraphWriter(load_file(folder / "model.safetensors"))
    hidden = embed(graph, epsilon)
    # [batch] how many tokens of each row are not padding: the fused attention reads lengths, not a mask.
    mask = graph.node("Cast", ["attention_mask"], to=TensorProto.INT32)
    lengths = graph.node("ReduceSum", [mask, graph.constant("axis1", numpy.array([1]))], keepdims=0)
    for layer in range(config["num_hidden_layers"]):
        hidden = transform(graph, hidden, lengths, f"encoder.layer.{layer}", heads, epsilon)
    pool(graph, hidden)
    save(graph, config["hidden_size"], out)


def embed(graph: GraphWriter, epsilon: float) -> str:
    words = graph.node("Gather", [graph.weight("embeddings.word_embeddings.weight"), "input_ids"])
    shape = graph.node("Shape", ["input_ids"])
    count = graph.node("Gather", [shape, graph.constant("one", numpy.array([1]))])
    table = graph.weight("embeddings.position_embeddings.weight")
    places = graph.node("Slice", [table, graph.constant("zero", numpy.array([0])), count, "zero"])
    # All tokens are of the first segment: questions and chunks are embedded singly.
    segment = graph.constant("segment", graph.weights["embeddings.token_type_embeddings.weight"][0].astype(numpy.float32))
    summed = graph.node("Add", [graph.node("Add", [words, places]), segment])
    scale, shift = graph.weight("embeddings.LayerNorm.weight"), graph.weight("embeddings.LayerNorm.bias")
    return graph.node("LayerNormalization", [summed, scale, shift], axis=-1, epsilon=epsilon)


def transform(graph: GraphWriter, hidden: str, lengths: str, name: str, heads: int, epsilon: float) -> str:
    q, k, v = (graph.linear(hidden, f"{name}.attention.self.{part}") for part in ("query", "key", "value"))
    attended = graph.node("MultiHeadAttention", [q, k, v, "", lengths], domain=FUSED, num_heads=heads)
    added = graph.matmul(attended, f"{name}.attention.output.dense")
    hidden = add_and_norm(graph, added, hidden, f"{name}.attention.output", epsilon)
    wide = graph.matmul(hidden, f"{name}.intermediate.dense")
    active = graph.node("BiasGelu", [wide, graph.weight(f"{name}.intermediate.dense.bias")], domain=FUSED)
    return add_and_norm(graph, graph.matmul(active, f"{name}.output.dense"), hidden, f"{name}.output", epsilon)


def add_and_norm(graph: GraphWriter, value: str, skip: str, name: str, epsilon: float) -> str:
    scale, shift = graph.weight(f"{name}.LayerNorm.weight"), graph.weight(f"{name}.LayerNorm.bias")
    bias = graph.weight(f"{name}.dense.bias")
    return graph.node("SkipLayerNormalization", [value, skip, scale, shift, bias], domain=FUSED, epsilon=epsilon)


def pool(graph: GraphWriter, hidden: str) -> None:
    mask = graph.node("Cast", ["attention_mask"], to=TensorProto.FLOAT)
    mask = graph.node("Unsqueeze", [mask, graph.constant("axis2", numpy.array([2]))])
    total = graph.node("ReduceSum", [graph.node("Mul", [hidden, mask]), "axis1"], keepdims=0)
    # The length of the sum and of the mean differ by a factor that scaling to length 1 removes.
    length = graph.node("ReduceL2", [total, "axis1"], keepdims=1)
    graph.nodes.append(helper.make_node("Div", [total, length], ["embedding"]))


def save(graph: GraphWriter, width: int, out: Path) -> None:
    tokens = ["batch", "tokens"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, tokens) for name in ("input_ids", "attention_mask")]
    outputs = [helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["batch", width])]
    body = helper.make_graph(graph.nodes, "minilm", inputs, outputs, list(graph.initializers.values()))
    opsets = [helper.make_opsetid("", 18), helper.make_opsetid(FUSED, 1)]
    out.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(body, opset_imports=opsets, ir_version=9), out)


if __name__ == "__main__":
    write(Path(sys.argv[1]), Path(sys.argv[2]))
