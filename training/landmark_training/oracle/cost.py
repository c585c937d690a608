"""What each form of products costs against the GGUF dequantized to fp32: perplexity and routing recall.

    python -m landmark_training.oracle.cost --gguf BASE.gguf --weights FOLDER

FOLDER holds the converted weights (`landmark model list` names it); a form that was not converted there is left out. Code for the perplexity and questions for the
recall come from the validation packages, which no training has seen. Writes bench/results/conversion.md.
"""

from __future__ import annotations

import argparse
import math
import random
import shutil
import tempfile
from pathlib import Path

import numpy as np
import onnxruntime
import torch
import torch.nn.functional as F

from ..base import Base
from ..blocks import Window, question_window, windows_of
from ..bases import SMALL_PACKAGE
from ..config import MODELS, shape_from_gguf
from ..encode import pad_questions, pad_windows
from ..evaluate import recall_table, router_scores, validation_samples
from ..data.build import build_pairs
from ..export.graph_builder import Products
from ..export.package import base_tensors, graph_file, landmark_facts, write_graphs
from ..samples import Sampler, records_of
from ..save import load_landmarks
from ..tokenizer import tokenizer_from_gguf
from ..weights import load_tensors, read_gguf
from .texts import REPOSITORY

SEED = 11
CODE_WINDOWS = 24
VARIANTS = {
    "the GGUF's blocks, inputs in fp32": Products.EXACT,
    "the GGUF's blocks, inputs in 8 bits by blocks of 32 (CUDA)": Products.BLOCKS,
    "int8, inputs in 8 bits by token (CPU)": Products.INT8,
    "int8, inputs in 7 bits by token (CPU without VNNI)": Products.INT8,
}


class Graphs:
    """Encoder and reader of one form over converted weights."""

    def __init__(self, folder: Path, weights: Path, gguf_reader, package: Path, products: Products, bits: int):
        shape, tensors = shape_from_gguf(gguf_reader), base_tensors(gguf_reader)
        self.shape = shape
        write_graphs(folder, tensors, shape, landmark_facts(package / "landmarks.safetensors"), products)
        if not (folder / products.weights_file).exists():
            shutil.copyfile(weights / products.weights_file, folder / products.weights_file)
        self.encoder, self.reader = (onnxruntime.InferenceSession(str(folder / graph_file(name, products)))
                                     for name in ("encoder", "reader"))
        steps = 2 ** (bits - 1) - 1
        self.rounding = {"input_step": np.array(1 / steps, np.float32), "input_zero": np.array(steps + 1, np.uint8)} \
            if products is Products.INT8 else {}

    def logits(self, ids: list[int]) -> torch.Tensor:
        shape, count = self.shape, len(ids)
        graph = {one.name: one.shape for one in self.reader.get_inputs()}
        feeds = {name: np.zeros([size if isinstance(size, int) else 0 for size in dims], np.float32)
                 for name, dims in graph.items() if name.startswith(("given_", "run_key", "run_value"))}
        feeds |= {"tokens": np.array([ids]), "run_room": np.array([count]), "logit_count": np.array([count]), **self.rounding}
        return torch.from_numpy(self.reader.run(["logits"], feeds)[0])

    def vectors(self, windows: list[Window], output: str, pad) -> torch.Tensor:
        """[blocks, R] of all windows, one window a run."""
        rows = []
        for window in windows:
            batch = pad([window])
            count = batch.ids.shape[1]
            starts = [[s for s, _ in window.segments]]
            ends = [[e for _, e in window.segments]]
            feeds = {"tokens": batch.ids.numpy(), "segment_start": np.array(starts), "segment_end": np.array(ends),
                     "landmark_position": batch.positions.numpy(), "last_token": np.array([count - 1], np.int32),
                     "token_count": np.array(count, np.int32), **self.rounding}
            rows.append(torch.from_numpy(self.encoder.run([output], feeds)[0][0]))
        return torch.cat(rows)

    def scores(self, samples) -> torch.Tensor:
        """[questions, blocks]"""
        keys = self.vectors([s.window for s in samples], "landmark_keys", pad_windows)
        questions = [question_window(s.questions[0]) for s in samples]
        queries = self.vectors(questions, "landmark_queries", lambda one: pad_questions([one[0].ids]))
        return queries @ keys.T


def perplexity(logits_of, windows: list[Window]) -> float:
    total, count = 0.0, 0
    for window in windows:
        ids = window.ids
        losses = F.cross_entropy(logits_of(ids)[:-1].float(), torch.tensor(ids[1:]), reduction="none")
        # The constant prefix and the header are the product's own words.
        skip = window.segments[0][1] // 2
        total, count = total + losses[skip:].sum().item(), count + len(losses[skip:])
    return math.exp(total / count)


def code_windows(tokenizer, records: list[dict]) -> list[Window]:
    chosen = random.Random(SEED).sample(records, CODE_WINDOWS)
    return [windows_of(tokenizer, r["path"], "\n".join(r["lines"]))[0] for r in chosen]


def row(name: str, ppl: float, recall: dict) -> str:
    return f"| {name} | {ppl:.3f} | {recall['recallAt1']:.3f} | {recall['recallAt5']:.3f} | {recall['recallAt10']:.3f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--package", default=SMALL_PACKAGE)
    arguments = parser.parse_args()
    package = MODELS / arguments.package
    gguf_reader = read_gguf(arguments.gguf)
    tokenizer = tokenizer_from_gguf(gguf_reader)
    validation = records_of(build_pairs(), "validation")
    samples = validation_samples(Sampler(tokenizer), validation)
    windows = code_windows(tokenizer, validation)
    base = Base(shape_from_gguf(gguf_reader), load_tensors(gguf_reader))
    router = load_landmarks(package / "landmarks.safetensors", base)
    with torch.no_grad():
        reference = perplexity(lambda ids: base.logits(base.text(torch.tensor([ids])).hidden[0]), windows)
        rows = [row("GGUF dequantized to fp32 (torch)", reference, recall_table(router_scores(router, samples), samples))]
    with tempfile.TemporaryDirectory() as scratch:
        for name, products in VARIANTS.items():
            if not (arguments.weights / products.weights_file).exists():
                print(f"{name}: not converted", flush=True)
                continue
            graphs = Graphs(Path(scratch), arguments.weights, gguf_reader, package, products, 7 if "7 bits" in name else 8)
            rows.append(row(name, perplexity(graphs.logits, windows), recall_table(graphs.scores(samples), samples)))
            print(rows[-1], flush=True)
    tokens = sum(len(window.ids) for window in windows)
    text = "\n".join([
        f"# What the conversion of {arguments.package} costs", "",
        f"Perplexity over {tokens} tokens of {len(windows)} windows of validation packages; recall of {len(samples)} questions",
        f"over {sum(len(s.window.segments) for s in samples)} blocks of the same packages.", "",
        "| products | perplexity | R@1 | R@5 | R@10 |", "|---|---|---|---|---|", *rows, ""])
    target = REPOSITORY / "bench/results/conversion.md"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text)
    print(text)


if __name__ == "__main__":
    main()
