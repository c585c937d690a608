"""A base, tokenizer and records small enough for tests, made from random numbers."""

import json
from pathlib import Path

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

from landmark_training.base import PROJECTIONS, Base
from landmark_training.config import BaseShape
from landmark_training.landmark import projection_widths

SPECIAL_TOKENS = ("<|im_start|>", "<|im_end|>", "<|file_sep|>")
QWEN_LIKE = BaseShape("qwen2", layers=4, width=32, heads=4, kvHeads=2, headDim=8, feedForward=48, vocabulary=259,
                      ropeTheta=10000.0, normEps=1e-6, qkvBias=True, tied=False, rotaryPairs="halves")
LLAMA_LIKE = BaseShape("llama", layers=4, width=36, heads=6, kvHeads=3, headDim=6, feedForward=40, vocabulary=259,
                       ropeTheta=10000.0, normEps=1e-5, qkvBias=False, tied=True, rotaryPairs="adjacent")


def tiny_tensors(shape: BaseShape, seed: int = 0) -> dict[str, torch.Tensor]:
    generator = torch.Generator().manual_seed(seed)

    def random(*size: int) -> torch.Tensor:
        return torch.randn(*size, generator=generator) / size[-1] ** 0.5

    tensors = {"token_embd.weight": random(shape.vocabulary, shape.width), "output_norm.weight": torch.ones(shape.width)}
    if not shape.tied:
        tensors["output.weight"] = random(shape.vocabulary, shape.width)
    for layer in range(shape.layers):
        for short, (inWidth, outWidth) in projection_widths(shape).items():
            tensors[f"blk.{layer}.{PROJECTIONS[short]}.weight"] = random(outWidth, inWidth)
            if shape.qkvBias and short in ("q", "k", "v"):
                tensors[f"blk.{layer}.{PROJECTIONS[short]}.bias"] = random(outWidth)
        for norm in ("attn_norm", "ffn_norm"):
            tensors[f"blk.{layer}.{norm}.weight"] = 1 + 0.1 * random(shape.width)
    return tensors


def tiny_base(shape: BaseShape) -> Base:
    return Base(shape, tiny_tensors(shape))


def tiny_tokenizer() -> Tokenizer:
    """One token a byte, and the special tokens: 259 in all."""
    alphabet = sorted(pre_tokenizers.ByteLevel.alphabet())
    tokenizer = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(alphabet)}, merges=[]))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.add_special_tokens([AddedToken(token, special=True) for token in SPECIAL_TOKENS])
    return tokenizer


def tiny_records(count: int = 8, functions: int = 4) -> list[dict]:
    """Files of documented functions, in two projects."""
    records = []
    for number in range(count):
        lines, pairs = [], []
        for part in range(functions):
            name = f"step{number}_{part}"
            pairs.append({"kind": "doc", "question": f"Add {number} to a value and scale by {part}.", "name": name,
                          "startLine": len(lines), "endLine": len(lines) + 2})
            lines += [f"def {name}(x):", f"    y = x + {number}", f"    return y * {part}", ""]
        records.append({"project": f"project{number % 2}", "registry": "pypi", "role": "train", "language": "python",
                        "path": f"src/part{number}.py", "lines": lines, "pairs": pairs})
    return records


def write_records(path: Path, records: list[dict]) -> Path:
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path
