"""Writes a model package: graphs, tensor table, tokenizer, landmark weights, thresholds and the manifest.

    python -m landmark_training.export.package --gguf BASE.gguf --package qwen2.5-coder-0.5b-landmark
    python -m landmark_training.export.package --gguf BASE.gguf --package qwen2.5-coder-1.5b-reader

The folder must hold landmarks.safetensors and calibration.json (training writes them), and may hold answers.safetensors, the deltas
with which its reader answers. A reader has neither: it is a base that
reads what another package has routed to. Base weights stay out.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from pathlib import Path

from safetensors import safe_open

from ..answers.contexts import REFUSAL
from ..bases import BASES, LARGE_READER, SMALL_PACKAGE
from ..config import (
    ANSWER_HEAD, BLOCK_TOKENS, END_OF_TURN, FILE_SEPARATORS, HEADER_PATH_TOKENS, MODELS, PREFIX_TEXT, QUESTION_HEAD,
    QUESTION_MARGINS, QUESTION_TAIL, QUESTION_TOKENS, WINDOW_TOKENS, BaseShape, shape_from_gguf,
)
from ..tokenizer import save_tokenizer, tokenizer_from_gguf
from ..weights import read_gguf, sha256_of
from .encoder_graph import EncoderGraph
from .graph_builder import GraphBuilder, Products
from .reader_graph import AnswerDeltas, build_reader
from .tensor_table import BaseTensors, TensorTable

MANIFEST_FORMAT = 2
SHIPPED = (Products.INT8, Products.BLOCKS)
# Rotary tables end here: prefix, routed blocks, question and answer must fit.
CONTEXT_TOKENS = 8192
STOP_TOKENS = (END_OF_TURN, "<|endoftext|>", "<|file_sep|>", "<|im_start|>")
FUSION_NAMES = ("candidatesPerArm", "weights", "slope", "contest", "bias")

ANSWERS = "answers.safetensors"
READERS = {LARGE_READER, "toy-reader"}


def base_tensors(reader) -> BaseTensors:
    types = {t.name: t.tensor_type.name for t in reader.tensors}
    # GGUF gives dimensions fastest first; matrices here are [rows, columns].
    shapes = {t.name: tuple(int(n) for n in reversed(t.shape)) for t in reader.tensors}
    return BaseTensors(types, shapes)


def landmark_facts(path: Path) -> tuple[tuple[int, ...], int]:
    """(routing layers, rank) from the file's metadata."""
    with safe_open(path, framework="np") as file:
        metadata = file.metadata()
    return tuple(json.loads(metadata["routingLayers"])), int(metadata["rank"])


def answer_facts(path: Path) -> AnswerDeltas | None:
    """Of the file's metadata; None where a package has no deltas of answers."""
    if not path.exists():
        return None
    with safe_open(path, framework="np") as file:
        metadata = file.metadata()
    return AnswerDeltas(int(metadata["rank"]), tuple(metadata["projections"].split()))


def write_graphs(folder: Path, tensors: BaseTensors, shape: BaseShape, routing: tuple[tuple[int, ...], int] | None,
                 products: Products, deltas: AnswerDeltas | None = None) -> TensorTable:
    """reader.FORM.onnx, and encoder.FORM.onnx of a package that routes, over one tensor table."""
    positions = CONTEXT_TOKENS
    table = TensorTable()
    models = {}
    if routing is not None:
        models["encoder"] = EncoderGraph(GraphBuilder(tensors, table, products), shape, *routing, positions).build()
    models["reader"] = build_reader(GraphBuilder(tensors, table, products), shape, positions, deltas)
    for name, model in models.items():
        (folder / graph_file(name, products)).write_bytes(model.SerializeToString(deterministic=True))
    return table


def graph_file(name: str, products: Products) -> str:
    return f"{name}.{products.form}.onnx"


def table_file(products: Products) -> str:
    return f"tensors.{products.form}.json"


def described(folder: Path, name: str) -> dict:
    path = folder / name
    return {"file": name, "bytes": path.stat().st_size, "sha256": sha256_of(path)}


def answer_files(folder: Path) -> dict:
    return {"answers": described(folder, ANSWERS)} if (folder / ANSWERS).exists() else {}


def described_graphs(folder: Path, products: Products, names: tuple[str, ...]) -> dict:
    table = table_file(products)
    return {
        **{name: described(folder, graph_file(name, products)) for name in names},
        "tensors": described(folder, table),
        "weights": {"file": products.weights_file, "bytes": json.loads((folder / table).read_text())["bytes"]},
    }


def thresholds(calibration: dict) -> dict:
    """What the product uses of a calibration; without a fit of fusion it fuses by reciprocal ranks."""
    used = {"answerable": calibration["answerable"], "cite": calibration["citeThreshold"]}
    if "fusion" in calibration:
        used["fusion"] = {name: calibration["fusion"][name] for name in FUSION_NAMES}
    return used


def manifest_head(name: str, base: dict, shape: BaseShape) -> dict:
    """What every package tells."""
    return {
        "format": MANIFEST_FORMAT,
        "name": name,
        "licence": base["licence"],
        "base": {key: base[key] for key in ("name", "licence", "gguf")},
        "shape": shape.as_dict(),
    }


def manifest(folder: Path, name: str, base: dict, shape: BaseShape, routing, calibration: dict, stop_tokens) -> dict:
    routing_layers, rank = routing
    return {
        **manifest_head(name, base, shape),
        "routing": {
            "layers": list(routing_layers),
            "rank": rank,
            "keyNumbers": len(routing_layers) * shape.kvHeads * shape.headDim,
        },
        "layout": {
            "prefix": PREFIX_TEXT,
            "fileSeparator": base["fileSeparator"],
            "pathTokens": HEADER_PATH_TOKENS,
            "blockTokens": BLOCK_TOKENS,
            "windowTokens": WINDOW_TOKENS,
            "questionTokens": QUESTION_TOKENS,
            "contextTokens": CONTEXT_TOKENS,
        },
        "chat": {
            "contextTail": f"{END_OF_TURN}\n",
            "questionHead": QUESTION_HEAD,
            "questionTail": QUESTION_TAIL,
            "questionMargins": list(QUESTION_MARGINS),
            "answerHead": ANSWER_HEAD,
            **({"refusal": REFUSAL} if answer_files(folder) else {}),
            "stopTokens": list(stop_tokens),
        },
        "thresholds": thresholds(calibration),
        "graphs": {products.form: described_graphs(folder, products, ("encoder", "reader")) for products in SHIPPED},
        "files": {
            "landmarks": described(folder, "landmarks.safetensors"),
            **answer_files(folder),
            "tokenizer": described(folder, "tokenizer.json"),
        },
    }


def reader_manifest(folder: Path, name: str, base: dict, shape: BaseShape, tokenizer: str) -> dict:
    """tokenizer: SHA-256 of the file, which packages of the same tokens share."""
    return {
        **manifest_head(name, base, shape),
        "reads": {"tokenizer": tokenizer, "contextTokens": CONTEXT_TOKENS},
        "graphs": {products.form: described_graphs(folder, products, ("reader",)) for products in SHIPPED},
        "files": answer_files(folder),
    }


def write_package(gguf_path: Path, name: str, folder: Path, base: dict) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    reader = read_gguf(gguf_path)
    shape, tensors = shape_from_gguf(reader), base_tensors(reader)
    routing = None if name in READERS else landmark_facts(folder / "landmarks.safetensors")
    for products in SHIPPED:
        table = write_graphs(folder, tensors, shape, routing, products, answer_facts(folder / ANSWERS))
        (folder / table_file(products)).write_text(json.dumps(table.to_json(), indent=1) + "\n")
    tokenizer = tokenizer_from_gguf(reader)
    gguf = {"file": base["file"], "bytes": gguf_path.stat().st_size, "sha256": sha256_of(gguf_path), "sources": base["sources"]}
    base = {**base, "gguf": gguf}
    if routing is None:
        with tempfile.TemporaryDirectory() as scratch:
            save_tokenizer(tokenizer, Path(scratch) / "tokenizer.json")
            content = reader_manifest(folder, name, base, shape, sha256_of(Path(scratch) / "tokenizer.json"))
    else:
        save_tokenizer(tokenizer, folder / "tokenizer.json")
        base["fileSeparator"] = next(t for t in FILE_SEPARATORS if tokenizer.token_to_id(t) is not None)
        stop_tokens = [token for token in STOP_TOKENS if tokenizer.token_to_id(token) is not None]
        calibration = json.loads((folder / "calibration.json").read_text())
        content = manifest(folder, name, base, shape, routing, calibration, stop_tokens)
    (folder / "manifest.json").write_text(json.dumps(content, indent=2) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--package", default=SMALL_PACKAGE, choices=sorted(BASES))
    parser.add_argument("--out", type=Path, help="default: the package's folder under models/")
    arguments = parser.parse_args()
    folder = arguments.out or MODELS / arguments.package
    write_package(arguments.gguf, arguments.package, folder, BASES[arguments.package].as_dict())


if __name__ == "__main__":
    main()
