"""Writes the oracle fixtures of one model package.

    python -m landmark_training.oracle.write --gguf BASE.gguf --package qwen2.5-coder-0.5b-landmark
    python -m landmark_training.oracle.write --gguf ../models/toy-reader/base.gguf --package toy-reader

Everything is computed in fp32 torch from the dequantized GGUF and the package's landmarks.safetensors.
"""

from __future__ import annotations

import argparse
import base64
import json
from pathlib import Path

import torch

from ..answers.save import load_stream
from ..answers.stream import AnswerStream, Rows
from ..base import Base
from ..blocks import Window, question_ids, question_window, windows_of
from ..bases import SMALL_PACKAGE
from ..config import ANSWER_HEAD, MODELS, QUESTION_HEAD, QUESTION_TAIL, shape_from_gguf
from ..export.package import ANSWERS, READERS, STOP_TOKENS
from ..save import load_landmarks
from ..tokenizer import tokenizer_from_gguf
from ..weights import load_tensors, read_gguf
from .reference import CachedContext, run_after
from .texts import QUESTIONS, REPOSITORY, sample_files, sample_strings

SEED = 20
ENCODED_FILES = 3  # files whose first window is encoded
KV_TOKENS = 8  # token positions of which every layer's keys and values are kept
LOGIT_SAMPLES = 512
GREEDY_TOKENS = 64
ANSWER_TOKENS = 24
TEXT_TOKENS = 48


def packed(values: torch.Tensor) -> dict:
    """float32, little endian, base64: exact, and a third of the size of decimal text."""
    array = values.detach().float().contiguous().numpy().astype("<f4")
    return {"shape": list(array.shape), "base64": base64.b64encode(array.tobytes()).decode()}


def tokenizer_fixture(tokenizer) -> list[dict]:
    return [{"text": text, "ids": tokenizer.encode(text, add_special_tokens=False).ids} for text in sample_strings(SEED)]


def window_fixture(window: Window) -> dict:
    """blocks: [first line, last line, first token of the segment, end of the block], lines from 1."""
    blocks = [[b.startLine + 1, b.endLine + 1, *segment] for b, segment in zip(window.blocks, window.segments)]
    return {"tokens": window.ids, "blocks": blocks}


def blocks_fixture(tokenizer, files) -> list[dict]:
    return [
        {
            "path": path,
            "lines": lines,
            "windows": [window_fixture(window) for window in windows_of(tokenizer, path, "\n".join(lines) + "\n")],
        }
        for path, lines in files
    ]


@torch.no_grad()
def vectors(router, base: Base, window: Window, kind: str) -> torch.Tensor:
    """Landmark keys or queries of one window, [N, R]."""
    ids = torch.tensor([window.ids])
    text = base.text(ids, router.layerCount, keysOnly=True)
    length = len(window.ids)
    column = torch.arange(length)
    segments = torch.stack([(column >= start) & (column < end) for start, end in window.segments])[None]
    ends = [length] if kind == "query" else [end for _, end in window.segments]
    positions = torch.tensor([ends])
    visible = column < positions[..., None]
    compute = router.question_queries if kind == "query" else router.block_keys
    return compute(text, segments, visible, positions)[0]


def encoder_fixture(router, base, tokenizer, windows: list[Window]) -> dict:
    keys = [vectors(router, base, window, "key") for window in windows]
    queries = [vectors(router, base, question_window(question_ids(tokenizer, q)), "query")[0] for q in QUESTIONS]
    scores = torch.stack(queries) @ torch.cat(keys).T
    return {
        # With the encodings, so that they stay valid where the rule that cuts windows changes.
        "windows": [window_fixture(window) for window in windows],
        "keys": [packed(k) for k in keys],
        "questions": [{"text": q, "query": packed(v)} for q, v in zip(QUESTIONS, queries)],
        "scores": packed(scores),
    }


def read_windows(base: Base, windows: list[Window], prefix_length: int) -> tuple[list[CachedContext], CachedContext]:
    """The windows' own encodings, and the context of prefix and all windows as they are read."""
    prefix = run_after(base, windows[0].ids[:prefix_length], CachedContext())[1]
    encoded = [run_after(base, w.ids[prefix_length:], prefix)[1] for w in windows]
    context = CachedContext()
    context.append(prefix, 0, prefix.length)
    for one in encoded:
        context.append(one.as_stored(), 0, one.length)
    return encoded, context


@torch.no_grad()
def answer_fixture(stream: AnswerStream, tokenizer, windows: list[Window], prefix_length: int) -> dict:
    """As reader_fixture, with the deltas of answers from where the answer opens."""
    base = stream.base
    context = read_windows(base, windows, prefix_length)[1]
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    prompt, opening = encode("<|im_end|>\n" + QUESTION_HEAD + QUESTIONS[0] + QUESTION_TAIL), encode(ANSWER_HEAD)
    [asked] = stream.read([Rows(*context.rotated(base.shape), torch.tensor(prompt))])
    tokens, margins, first = [], [], None
    for _ in range(ANSWER_TOKENS):
        logits = stream.logits(stream([Rows(asked.keys, asked.values, torch.tensor(opening + tokens))])[-1])
        first = logits if first is None else first
        best = logits.topk(2)
        tokens.append(int(best.indices[0]))
        margins.append(float(best.values[0] - best.values[1]))
    sample = torch.cat([first.topk(LOGIT_SAMPLES // 2).indices, torch.linspace(0, len(first) - 1, LOGIT_SAMPLES // 2).long()])
    return {"prompt": prompt + opening, "openingTokens": len(opening), "logitTokens": sample.tolist(), "logits": packed(first[sample]),
            "greedyTokens": tokens, "greedyMargins": margins}


def reader_fixture(base: Base, tokenizer, windows: list[Window], prefix_length: int) -> dict:
    encoded, context = read_windows(base, windows, prefix_length)
    positions = torch.linspace(0, encoded[0].length - 1, KV_TOKENS).long()
    encode = lambda text: tokenizer.encode(text, add_special_tokens=False).ids
    prompt = encode("<|im_end|>\n" + QUESTION_HEAD + QUESTIONS[0] + QUESTION_TAIL + ANSWER_HEAD)
    logits, new = run_after(base, prompt, context)
    sample = torch.cat([logits.topk(LOGIT_SAMPLES // 2).indices, torch.linspace(0, len(logits) - 1, LOGIT_SAMPLES // 2).long()])
    # An answer that has ended would go on with nothing a base was trained on, and nothing the product reads.
    stops = [token for token in map(tokenizer.token_to_id, STOP_TOKENS) if token is not None]
    tokens, margins, steps = [], [], logits.clone()
    for _ in range(GREEDY_TOKENS):
        steps[stops] = -torch.inf
        best = steps.topk(2)
        tokens.append(int(best.indices[0]))
        margins.append(float(best.values[0] - best.values[1]))
        context.append(new, 0, new.length)
        steps, new = run_after(base, tokens[-1:], context)
    return {
        "kvPositions": positions.tolist(),
        "keys": packed(torch.stack([k[positions] for k in encoded[0].rawKeys])),  # [layers, KV_TOKENS, G, C]
        "values": packed(torch.stack([v[positions] for v in encoded[0].values])),
        "prompt": prompt,
        "logitTokens": sample.tolist(),
        "logits": packed(logits[sample]),
        "neverTokens": stops,
        "greedyTokens": tokens,
        "greedyMargins": margins,
    }


def text_fixture(base: Base, tokenizer) -> dict:
    """What a reader of other packages' blocks makes of plain tokens."""
    tokens = tokenizer.encode("\n".join(sample_files(SEED)[0][1]), add_special_tokens=False).ids[:TEXT_TOKENS]
    logits, encoded = run_after(base, tokens, CachedContext())
    return {"tokens": tokens, "logits": packed(logits), "keys": packed(torch.stack(encoded.rawKeys)),
            "values": packed(torch.stack(encoded.values))}  # [layers, TEXT_TOKENS, G, C]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--gguf", type=Path, required=True)
    parser.add_argument("--package", default=SMALL_PACKAGE)
    arguments = parser.parse_args()
    target = REPOSITORY / "test/oracle/fixtures" / arguments.package
    target.mkdir(parents=True, exist_ok=True)
    reader = read_gguf(arguments.gguf)
    base = Base(shape_from_gguf(reader), load_tensors(reader))
    if arguments.package in READERS:
        fixture = text_fixture(base, tokenizer_from_gguf(reader))
        (target / "text.json").write_text(json.dumps(fixture) + "\n")
        return
    router = load_landmarks(MODELS / arguments.package / "landmarks.safetensors", base)
    tokenizer = tokenizer_from_gguf(reader)
    files = sample_files(SEED)
    windows = [windows_of(tokenizer, path, "\n".join(lines) + "\n")[0] for path, lines in files[:ENCODED_FILES]]
    prefix_length = windows[0].segments[0][0]
    fixtures = {
        "tokenizer": tokenizer_fixture(tokenizer),
        "blocks": blocks_fixture(tokenizer, files),
        "encoder": encoder_fixture(router, base, tokenizer, windows),
        "reader": reader_fixture(base, tokenizer, windows, prefix_length),
    }
    answers = MODELS / arguments.package / ANSWERS
    if answers.exists():
        fixtures["answer"] = answer_fixture(load_stream(answers, base), tokenizer, windows, prefix_length)
    for name, fixture in fixtures.items():
        (target / f"{name}.json").write_text(json.dumps(fixture, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
