"""The toy reader: a base of another shape over the toy package's tokens, with random weights, committed whole.

    python -m landmark_training.toy_reader

It says nothing sensible. It exists so that tests read with another package than they route with: of another architecture (llama),
with more layers, keys and values for each head, rotary position in adjacent pairs, no bias, an embedding of 4 bits with
offsets, as the larger base has it, and a head of its own.
"""

from pathlib import Path

import torch

from .config import MODELS, BaseShape
from .export.package import write_package
from .toy import PACKAGE as ROUTER
from .toy import start_tensors, write_gguf
from .weights import read_gguf

PACKAGE = "toy-reader"
SEED = 5
TYPES = {
    "token_embd": "Q4_1", "output": "Q8_0", "attn_q": "Q4_1", "attn_k": "Q4_1", "attn_v": "Q8_0", "ffn_gate": "Q4_1", "ffn_up": "Q4_1",
    "ffn_down": "Q8_0",
}
BASE_DESCRIPTION = {
    "name": "Toy base of three layers",
    "licence": "Apache-2.0",
    "file": "base.gguf",
    "sources": [{"kind": "package", "file": "base.gguf"}],
}


def toy_reader_shape(vocabulary: int) -> BaseShape:
    return BaseShape(
        architecture="llama", layers=3, width=96, heads=3, kvHeads=3, headDim=32, feedForward=160, vocabulary=vocabulary,
        ropeTheta=10_000.0, normEps=1e-6, qkvBias=False, tied=False, rotaryPairs="adjacent",
    )


def main(packages: Path = MODELS) -> None:
    torch.manual_seed(SEED)
    folder = packages / PACKAGE
    folder.mkdir(parents=True, exist_ok=True)
    fields = read_gguf(packages / ROUTER / "base.gguf").fields
    tokens, merges = (fields[f"tokenizer.ggml.{name}"].contents() for name in ("tokens", "merges"))
    shape = toy_reader_shape(len(tokens))
    write_gguf(folder / "base.gguf", shape, start_tensors(shape), (tokens, merges), TYPES)
    write_package(folder / "base.gguf", PACKAGE, folder, BASE_DESCRIPTION)


if __name__ == "__main__":
    main()
