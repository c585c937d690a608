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
from ..questions import project_word
from ..tokenizer import as_plain_text, tokenizer_from_gguf
from ..weights import load_base_file
from .decode import Prefix, Sampling, sample_batch
from .regions import Region, sample_regions

BATCH_PROMPTS = 64
PROMPT_TOKENS_MAX = 320
PER_PROJECT = 12
QUESTION_CHARACTERS = (25, 220)
QUESTIONS_PER_REGION = 3
# Rules and two examples come first and are read once; what differs from region to region stands after them.
RULES = (
    "You write the questions that developers ask about a code base they have not read. You are given a part of a file. Write "
    f"{QUESTIONS_PER_REGION} questions that a developer could ask in a chat, without having seen this part, and that this part "
    "answers. Each must make sense alone: say in plain words what it is about, never \"this function\" or \"the code\". "
    "Never write a name of a function, class, variable or file. One question per line, nothing else.")
PROMPT = (
    "A part of `{path}` in {project}:\n\n{code}\n\n"
    "Write the {count} questions. The first begins with {first}, the second with {second}, the third with {third}.")
HEAD, TAIL = "<|im_start|>user\n", "<|im_end|>\n<|im_start|>assistant\n"
FIRST, SECOND, THIRD = ("How does {project}", "How is", "How are"), ("What happens when", "Where", "What happens if"), \
    ("Why", "Which", "When", "What")
# What a developer who does not know the names would ask of each part.
EXAMPLES = (
    ("lib/queue.py", "pump", """    def _retry(self, job, error):
        job.failures += 1
        if job.failures > self.limit:
            self.dead.append((job, error))
            return False
        delay = min(2 ** job.failures, MAX_DELAY)
        self.schedule(job, time.monotonic() + delay)
        return True""",
     ("How does pump", "What happens when", "Which"),
     """How does pump decide how long to wait before it runs a failed job again?
What happens when a job has failed more often than it is allowed to?
Which jobs are kept with the error that they ended with?"""),
    ("src/net/pool.ts", "wire kit", """  release(socket: Socket): void {
    const waiting = this.waiters.shift();
    if (waiting && !socket.destroyed) return waiting.resolve(socket);
    if (socket.destroyed || this.idle.length >= this.maxIdle) socket.end();
    else this.idle.push({ socket, since: Date.now() });
  }""",
     ("How are", "Where", "Why"),
     """How are connections handed to those who wait for one when they come back to the pool?
Where does wire kit close connections that it does not want to keep?
Why would a connection that nobody uses any more not be kept open?"""),
)
# Says nothing about the region.
GENERIC = re.compile(r"\b(?:important|necessary|purpose of this|significance|benefits?|advantages?)\b", re.I)
# A question that points at what only its writer sees.
POINTING = re.compile(r"\b(?:this|the|given|provided)\s+(?:\w+\s+)?(?:function|method|class|code|snippet|file|module|part|constructor|loop|block)\b", re.I)
WORDS = (6, 36)
# What is no identifier of its own: words that any question may hold.
IDENTIFIER = re.compile(r"[A-Za-z_$][\w$]*")
JOINED = re.compile(r"[a-z][A-Z]|_\w|\d")


def turn_of(tokenizer, path: str, project: str, code: str, beginnings: tuple[str, str, str]) -> list[int]:
    first, second, third = beginnings
    words = PROMPT.format(path=path, project=project, code=code, count=QUESTIONS_PER_REGION, first=first, second=second, third=third)
    return encode(tokenizer, HEAD) + encode(tokenizer, as_plain_text(tokenizer, words)) + encode(tokenizer, TAIL)


def prefix_ids(tokenizer) -> list[int]:
    ids = encode(tokenizer, f"<|im_start|>system\n{RULES}<|im_end|>\n")
    for path, project, code, beginnings, questions in EXAMPLES:
        ids += turn_of(tokenizer, path, project, code, beginnings) + encode(tokenizer, f"{questions}<|im_end|>\n")
    return ids


def prompt_ids(tokenizer, record: dict, region: Region) -> list[int]:
    turn = region.startLine  # any number that differs from region to region and stays the same over runs
    code = "\n".join(record["lines"][region.startLine: region.endLine + 1])
    project = project_word(record["project"])
    beginnings = FIRST[turn % len(FIRST)].format(project=project), SECOND[turn // 2 % len(SECOND)], THIRD[turn % len(THIRD)]
    return turn_of(tokenizer, record["path"], project, code, beginnings)


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
    prefix = Prefix(base, prefix_ids(tokenizer))
    with open(arguments.pairs, encoding="utf-8") as file:
        records = [record for record in map(json.loads, file) if record["role"] in arguments.roles]
    work = sample_regions(records, PER_PROJECT, random.Random(arguments.seed))
    done = {item["sha"] for item in map(json.loads, open(arguments.out, encoding="utf-8"))} if arguments.out.exists() else set()
    generator = torch.Generator().manual_seed(arguments.seed + len(done))
    stops = {tokenizer.token_to_id("<|im_end|>"), tokenizer.token_to_id("<|endoftext|>")}
    began, written, seen = time.monotonic(), 0, 0
    with open(arguments.out, "a", encoding="utf-8") as out:
        for start in range(0, len(work), BATCH_PROMPTS * 6):
            # Of several batches, prompts of like length go together, so that little is padding.
            prompts = [(prompt_ids(tokenizer, record, region), record, region)
                       for record, region in work[start: start + BATCH_PROMPTS * 6]]
            prompts = sorted((item for item in prompts if len(item[0]) <= PROMPT_TOKENS_MAX
                              and record_of(item[1], item[2], "")["sha"] not in done), key=lambda item: len(item[0]))
            for first in range(0, len(prompts), BATCH_PROMPTS):
                chosen = prompts[first: first + BATCH_PROMPTS]
                answers = sample_batch(prefix, [ids for ids, _, _ in chosen], stops, Sampling(), generator)
                for (_, record, region), ids in zip(chosen, answers):
                    code = "\n".join(record["lines"][region.startLine: region.endLine + 1])
                    for question in questions_of(tokenizer.decode(ids), code):
                        out.write(json.dumps(record_of(record, region, question)) + "\n")
                        written += 1
                seen += len(chosen)
                out.flush()
                minutes = (time.monotonic() - began) / 60
                print(json.dumps({"regions": seen, "questions": written, "minutes": round(minutes, 2)}), flush=True)
                if minutes > arguments.minutes or arguments.regions and seen >= arguments.regions:
                    return


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--gguf", type=Path, required=True, help="the base that writes: Qwen2.5-Coder-1.5B-Instruct")
    parser.add_argument("--pairs", type=Path, default=CACHE / "pairs-v2" / "pairs.jsonl")
    parser.add_argument("--out", type=Path, default=CACHE / "paraphrases.jsonl")
    parser.add_argument("--roles", nargs="+", default=["train"])
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--regions", type=int, default=0, help="end after so many, independently of the machine's speed")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    write(parser.parse_args())


if __name__ == "__main__":
    main()
