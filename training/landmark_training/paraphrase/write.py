"""Ask a base model for questions that a region of code answers: python -m landmark_training.paraphrase.write --gguf F

Appends to paraphrases.jsonl, one line a question, and goes on where it stopped. A question that names an
identifier of its region, or reads like none, is dropped here; whether it finds its region again is tested when
the pairs are built.
"""

import argparse
import hashlib
import json
import os
import random
import re
import time
from pathlib import Path

import torch

from ..base import Base
from ..blocks import encode
from ..config import CACHE
from ..tokenizer import as_plain_text, tokenizer_from_gguf
from ..weights import load_base_file
from .decode import Sampling, sample_batch
from .regions import Region, sample_regions

BATCH_PROMPTS = 48
PROMPT_TOKENS_MAX = 480
PER_PROJECT = 60
QUESTION_CHARACTERS = (25, 220)
QUESTIONS_PER_REGION = 3
SYSTEM = "You write the questions that developers ask about a code base they have not read."
INSTRUCTION = (
    "Read this part of `{path}` in {project}:\n\n{code}\n\n"
    "Write {count} questions that a developer could ask {project}'s maintainers in a chat, without having seen this part, and "
    "that this part answers. The first begins with How does {project}, the second with {second}, the third with {third}. "
    "Each must make sense alone: say what it is about in plain words, never \"this function\" or \"the code\". "
    "Do not use names of functions, classes, variables or files. One question per line, nothing else.")
SECOND, THIRD = ("What happens when", "Where", "What happens if"), ("Why", "Which", "When", "What")
# Says nothing about the region.
GENERIC = re.compile(r"\b(?:important|necessary|purpose of this|significance|benefits?|advantages?)\b", re.I)
# A question that points at what only its writer sees.
POINTING = re.compile(r"\b(?:this|the|given|provided)\s+(?:\w+\s+)?(?:function|method|class|code|snippet|file|module|part|constructor|loop|block)\b", re.I)
WORDS = (6, 36)
# What is no identifier of its own: words that any question may hold.
IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
JOINED = re.compile(r"[a-z][A-Z]|_\w|\d")


def prompt_ids(tokenizer, record: dict, region: Region) -> list[int]:
    turn = region.startLine  # any number that differs from region to region and stays the same over runs
    code = "\n".join(record["lines"][region.startLine: region.endLine + 1])
    words = INSTRUCTION.format(path=record["path"], project=record["project"].split("/")[-1], code=code,
                               count=QUESTIONS_PER_REGION, second=SECOND[turn % len(SECOND)],
                               third=THIRD[turn % len(THIRD)])
    return encode(tokenizer, "<|im_start|>system\n" + SYSTEM + "<|im_end|>\n<|im_start|>user\n") \
        + encode(tokenizer, as_plain_text(tokenizer, words)) + encode(tokenizer, "<|im_end|>\n<|im_start|>assistant\n")


def questions_of(text: str, code: str) -> list[str]:
    """The usable questions of an answer: one a line, without identifiers of the code."""
    names = {name for name in IDENTIFIER.findall(code) if JOINED.search(name)}
    kept = []
    for line in text.splitlines():
        question = re.sub(r"^\s*(?:[-*]|\d+[.)])\s*", "", line).strip().strip('"')
        low, high = QUESTION_CHARACTERS
        words = len(question.split())
        if low <= len(question) <= high and question.endswith("?") and "`" not in question \
                and WORDS[0] <= words <= WORDS[1] and not POINTING.search(question) and not GENERIC.search(question) \
                and not names & set(IDENTIFIER.findall(question)) and question not in kept:
            kept.append(question)
    return kept[:QUESTIONS_PER_REGION]


def record_of(record: dict, region: Region, question: str) -> dict:
    """first and last are the region's outer lines as text: they find it in any cut of the same file."""
    lines = record["lines"]
    sha = hashlib.sha256("\n".join(lines[region.startLine: region.endLine + 1]).encode()).hexdigest()
    return {"project": record["project"], "path": record["path"], "sha": sha, "question": question,
            "startLine": region.startLine, "endLine": region.endLine,
            "first": lines[region.startLine], "last": lines[region.endLine]}


def write(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(arguments.threads)
    shape, tensors, reader = load_base_file(arguments.gguf, torch.bfloat16, None)
    tokenizer = tokenizer_from_gguf(reader)
    base = Base(shape, tensors, torch.bfloat16)
    with open(arguments.pairs, encoding="utf-8") as file:
        records = [record for record in map(json.loads, file) if record["role"] in arguments.roles]
    work = sample_regions(records, PER_PROJECT, random.Random(arguments.seed))
    done = {item["sha"] for item in map(json.loads, open(arguments.out, encoding="utf-8"))} if arguments.out.exists() else set()
    generator = torch.Generator().manual_seed(arguments.seed + len(done))
    stops = {tokenizer.token_to_id("<|im_end|>"), tokenizer.token_to_id("<|endoftext|>")}
    began, written, seen = time.monotonic(), 0, 0
    with open(arguments.out, "a", encoding="utf-8") as out:
        for start in range(0, len(work), BATCH_PROMPTS * 8):
            # Of several batches, prompts of like length go together, so that little is padding.
            prompts = [(prompt_ids(tokenizer, record, region), record, region)
                       for record, region in work[start: start + BATCH_PROMPTS * 8]]
            prompts = sorted((item for item in prompts if len(item[0]) <= PROMPT_TOKENS_MAX
                              and record_of(item[1], item[2], "")["sha"] not in done), key=lambda item: len(item[0]))
            for first in range(0, len(prompts), BATCH_PROMPTS):
                chosen = prompts[first: first + BATCH_PROMPTS]
                answers = sample_batch(base, [ids for ids, _, _ in chosen], stops, Sampling(), generator)
                for (_, record, region), ids in zip(chosen, answers):
                    code = "\n".join(record["lines"][region.startLine: region.endLine + 1])
                    for question in questions_of(tokenizer.decode(ids), code):
                        out.write(json.dumps(record_of(record, region, question)) + "\n")
                        written += 1
                seen += len(chosen)
                out.flush()
                minutes = (time.monotonic() - began) / 60
                print(json.dumps({"regions": seen, "questions": written, "minutes": round(minutes, 2)}), flush=True)
                if minutes > arguments.minutes:
                    return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", type=Path, required=True, help="the base that writes: Qwen2.5-Coder-1.5B-Instruct")
    parser.add_argument("--pairs", type=Path, default=CACHE / "pairs.jsonl")
    parser.add_argument("--out", type=Path, default=CACHE / "paraphrases.jsonl")
    parser.add_argument("--roles", nargs="+", default=["train"])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    write(parser.parse_args())


if __name__ == "__main__":
    main()
