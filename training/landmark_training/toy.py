"""The toy package: a base of two layers and its landmarks, trained in under a minute, committed whole.

    python -m landmark_training.toy

It answers nothing sensible; it exists so that tests run the whole path, real file formats included, in
milliseconds. Its matrices are stored in as many GGML types as its widths allow, so that each form of the
tensor table is met, and its head is tied to its embedding, which the default base's is not. The text it
learns from is the standard library of the running Python.
"""

from __future__ import annotations

import json
import random
import sysconfig
import tempfile
from dataclasses import asdict
from pathlib import Path

import gguf
import numpy as np
import torch
import torch.nn.functional as F
from tokenizers import Regex, Tokenizer, decoders, models, pre_tokenizers, trainers

from .answers.save import save_stream
from .answers.stream import AnswerStream
from .base import Base
from .config import END_OF_TURN, MODELS, BaseShape, shape_from_gguf
from .data.definitions import documented_definitions
from .evaluate import recall_table, router_scores
from .export.package import ANSWERS, write_package
from .router import Router
from .samples import Sample, Sampler
from .save import save_landmarks
from .start import fit_start
from .teacher import NoMeanings
from .textcache.choice import ChoiceOptions
from .tokenizer import QWEN2_SPLIT, tokenizer_from_gguf
from .traindata import CacheSource, TrainingData, open_training_data
from .trainer import Trainer, TrainingOptions
from .weights import load_tensors, read_gguf

PACKAGE = "toy-landmark"
SEED = 3
WORDS = 1024  # vocabulary without special tokens
SPECIAL = ["<|endoftext|>", "<|im_start|>", END_OF_TURN, "<|file_sep|>"]
LAYERS, WIDTH, HEADS, KV_HEADS, HEAD_DIM, FEED_FORWARD = 2, 64, 4, 2, 16, 128
ROUTING_LAYERS, RANK = (0, 1), 4
BASE_STEPS, BASE_BATCH, BASE_TOKENS = 500, 16, 128
LANDMARK_STEPS, STEP_BLOCKS, TEXT_TOKENS = 60, 128, 300_000
ANSWER_DEVIATION = 0.2
FILES = 120  # of the standard library
# GGML type per matrix; everything else is F32.
TYPES = {
    "token_embd": "Q8_0", "attn_q": "Q5_0", "attn_k": "Q8_0", "attn_v": "Q8_0", "attn_output": "Q4_0",
    "ffn_gate": "Q4_1", "ffn_up": "Q5_0", "ffn_down": "Q4_1",
}
BASE_DESCRIPTION = {
    "name": "Toy base of two layers",
    "licence": "Apache-2.0",
    "file": "base.gguf",
    "sources": [{"kind": "package", "file": "base.gguf"}],
}


def library_files() -> list[tuple[str, str]]:
    """(path, source) of FILES modules of the standard library, in a fixed order."""
    root = Path(sysconfig.get_paths()["stdlib"])
    paths = [p for p in sorted(root.glob("*.py")) if 4_000 < p.stat().st_size < 120_000]
    random.Random(SEED).shuffle(paths)
    return [(p.name, p.read_text(encoding="utf-8", errors="ignore")) for p in paths[:FILES]]


def train_tokenizer(texts: list[str]) -> Tokenizer:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence([
        pre_tokenizers.Split(Regex(QWEN2_SPLIT), "isolated"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ])
    tokenizer.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=WORDS, initial_alphabet=sorted(alphabet), show_progress=False)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def toy_shape(vocabulary: int) -> BaseShape:
    return BaseShape(
        architecture="qwen2", layers=LAYERS, width=WIDTH, heads=HEADS, kvHeads=KV_HEADS, headDim=HEAD_DIM,
        feedForward=FEED_FORWARD, vocabulary=vocabulary, ropeTheta=10_000.0, normEps=1e-6, qkvBias=True, tied=True,
        rotaryPairs="halves",
    )


def start_tensors(shape: BaseShape) -> dict[str, torch.Tensor]:
    """Random tensors [out, in] under their GGUF names."""
    width, inner, forward = shape.width, shape.heads * shape.headDim, shape.feedForward
    widths = {
        "attn_q": (inner, width), "attn_k": (shape.kvHeads * shape.headDim, width), "attn_v": (shape.kvHeads * shape.headDim, width),
        "attn_output": (width, inner), "ffn_gate": (forward, width), "ffn_up": (forward, width), "ffn_down": (width, forward),
    }
    tensors = {"token_embd.weight": torch.randn(shape.vocabulary, width) * 0.1, "output_norm.weight": torch.ones(width)}
    if not shape.tied:
        tensors["output.weight"] = torch.randn(shape.vocabulary, width) / width**0.5
    for layer in range(shape.layers):
        for name, (rows, columns) in widths.items():
            tensors[f"blk.{layer}.{name}.weight"] = torch.randn(rows, columns) / columns**0.5
            if shape.qkvBias and name in ("attn_q", "attn_k", "attn_v"):
                tensors[f"blk.{layer}.{name}.bias"] = torch.zeros(rows)
        for norm in ("attn_norm", "ffn_norm"):
            tensors[f"blk.{layer}.{norm}.weight"] = torch.ones(width)
    return {name: tensor.requires_grad_() for name, tensor in tensors.items()}


def train_base(shape: BaseShape, tensors: dict[str, torch.Tensor], stream: torch.Tensor) -> float:
    """Next-token training on a long run of ids; returns the last loss in nats per token."""
    optimizer = torch.optim.AdamW(tensors.values(), lr=3e-3)
    loss = torch.tensor(0.0)
    for step in range(BASE_STEPS):
        starts = torch.randint(0, len(stream) - BASE_TOKENS - 1, (BASE_BATCH,))
        ids = torch.stack([stream[s : s + BASE_TOKENS + 1] for s in starts])
        base = Base(shape, tensors)
        # Base.text and Base.logits are for frozen weights; here the same arithmetic needs gradients.
        hidden = Base.text.__wrapped__(base, ids[:, :-1]).hidden
        logits = Base.logits.__wrapped__(base, hidden)
        loss = F.cross_entropy(logits.flatten(0, 1), ids[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def vocabulary_of(tokenizer: Tokenizer) -> tuple[list[str], list[str]]:
    """Tokens in order of their ids, the special ones last, and merges as GGUF has them."""
    merges = json.loads(tokenizer.to_str())["model"]["merges"]
    tokens = [token for token, _ in sorted(tokenizer.get_vocab().items(), key=lambda item: item[1])]
    return tokens + SPECIAL, [" ".join(merge) if isinstance(merge, list) else merge for merge in merges]


def write_gguf(path: Path, shape: BaseShape, tensors: dict[str, torch.Tensor], vocabulary: tuple[list[str], list[str]],
               types: dict[str, str]) -> None:
    """types: GGML type by part of a matrix's name; everything else is F32."""
    writer = gguf.GGUFWriter(str(path), shape.architecture)
    writer.add_name("toy")
    writer.add_block_count(shape.layers)
    writer.add_context_length(8192)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.feedForward)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kvHeads)
    writer.add_key_length(shape.headDim)
    writer.add_rope_freq_base(shape.ropeTheta)
    writer.add_layer_norm_rms_eps(shape.normEps)
    tokens, merges = vocabulary
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list(tokens)
    writer.add_token_types([gguf.TokenType.CONTROL if token in SPECIAL else gguf.TokenType.NORMAL for token in tokens])
    writer.add_token_merges(merges)
    for name, tensor in tensors.items():
        values = tensor.detach().numpy().astype(np.float32)
        kind = gguf.GGMLQuantizationType[next((t for part, t in types.items() if f"{part}.weight" in name), "F32")]
        writer.add_tensor(name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def library_records(files: list[tuple[str, str]]) -> list[dict]:
    records = []
    for path, source in files:
        lines, definitions = documented_definitions(source, "python")
        if definitions:
            pairs = [{"kind": "doc", **asdict(definition)} for definition in definitions]
            records.append({"project": path, "role": "train", "language": "python", "path": path, "lines": lines, "pairs": pairs})
    return records


def cache_text(base: Base, tokenizer: Tokenizer, records: list[dict], folder: Path) -> TrainingData:
    pairs = folder / "pairs.jsonl"
    pairs.write_text("".join(json.dumps(record) + "\n" for record in records))
    source = CacheSource(base, tokenizer, PACKAGE, base.shape.layers, folder / "text")
    return open_training_data(source, pairs, ChoiceOptions(TEXT_TOKENS, SEED), NoMeanings)


def survey_samples(tokenizer: Tokenizer, records: list[dict]) -> list[Sample]:
    sampler, rng = Sampler(tokenizer), random.Random(SEED)
    samples = [sampler.sample(record, pair, rng) for record in records for pair in record["pairs"][:3]]
    return [sample for sample in samples if sample][:256]


def train_landmarks(router: Router, data: TrainingData, samples: list[Sample]) -> None:
    trainer = Trainer(router, data, SEED, TrainingOptions(stepBlocks=STEP_BLOCKS, teacherShare=0.0))
    fit_start(router, trainer.survey())
    print("untrained start", recall_table(router_scores(router, samples), samples))
    for step in range(LANDMARK_STEPS):
        trainer.step(step / LANDMARK_STEPS)
    print("trained", recall_table(router_scores(router, samples), samples))


def write_answers(base: Base, path: Path) -> None:
    """Deltas that are not trained: large enough that an answer with them is another one."""
    generator = torch.Generator().manual_seed(SEED)
    stream = AnswerStream(base, RANK, ("q", "v", "o"))
    with torch.no_grad():
        for deltas in stream.layers:
            for delta in deltas.values():
                delta.b.copy_(torch.randn(delta.b.shape, generator=generator) * ANSWER_DEVIATION)
                delta.a.copy_(torch.randn(delta.a.shape, generator=generator) / delta.a.shape[1] ** 0.5)
    save_stream(stream, path)


def main(packages: Path = MODELS) -> None:
    torch.manual_seed(SEED)
    torch.set_num_threads(1)
    folder = packages / PACKAGE
    folder.mkdir(parents=True, exist_ok=True)
    files = library_files()
    plain = train_tokenizer([source for _, source in files])
    ids = plain.encode_batch([source for _, source in files], add_special_tokens=False)
    shape = toy_shape(plain.get_vocab_size() + len(SPECIAL))
    tensors = start_tensors(shape)
    loss = train_base(shape, tensors, torch.tensor([token for one in ids for token in one.ids]))
    print(f"base: {loss:.3f} nats per token")
    write_gguf(folder / "base.gguf", shape, tensors, vocabulary_of(plain), TYPES)

    reader = read_gguf(folder / "base.gguf")
    base = Base(shape_from_gguf(reader), load_tensors(reader))
    tokenizer = tokenizer_from_gguf(reader)
    router = Router(base, ROUTING_LAYERS, RANK, tokenizer.token_to_id(END_OF_TURN))
    records = library_records(files)
    with tempfile.TemporaryDirectory() as scratch:
        train_landmarks(router, cache_text(base, tokenizer, records, Path(scratch)), survey_samples(tokenizer, records))
    save_landmarks(router, folder / "landmarks.safetensors")
    write_answers(base, folder / ANSWERS)
    # Nothing can be calibrated on a toy: everything is answered, and what fits best is cited.
    (folder / "calibration.json").write_text(json.dumps({"answerable": {"landmark": 0.0, "evidence": 0.0, "bias": 0.0, "atLeast": 0.0}, "citeThreshold": 0.0}) + "\n")
    write_package(folder / "base.gguf", PACKAGE, folder, BASE_DESCRIPTION)


if __name__ == "__main__":
    main()
