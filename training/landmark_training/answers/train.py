"""Train the reader's deltas on answers that we wrote:

    python -m landmark_training.answers.train --weights FOLDER --seed 1

Fetches base and packages, runs the reader once over the windows that any question reads, and trains. Each question is read from the
blocks that a search by words finds and the gold blocks; one in --without-share also from blocks of other files alone, where the answer
is that it was not found. Projects that are kept out of training tell after each epoch how likely their answers are with the deltas and
without (nats a token), and how often the verdict (how likely the refusal begins) is higher where nothing answers.
"""

import argparse
import json
import math
import os
import random
import time
from dataclasses import dataclass, field
from pathlib import Path

import torch
import torch.nn.functional as F

from ..base import Base
from ..bases import BASES, SMALL_PACKAGE, TRAINED
from ..calibrate import separation
from ..config import CACHE
from ..tokenizer import tokenizer_from_gguf
from ..weights import fetch_gguf, load_base_file
from .contexts import Reading, ReadLimits, reading_of
from .projects import QUESTIONS, Question, open_workspaces, read_questions
from .save import save_stream
from .statecache import ProjectStates, Reader, open_states
from .stream import AnswerStream, Rows

WARM_UP = 0.05  # share of the steps
CLIP = 1.0
MEASURED_BATCH = 4


@dataclass
class Data:
    training: list[Reading]
    heldOut: list[Reading]
    states: dict[str, ProjectStates] = field(default_factory=dict)
    questions: dict[int, tuple[torch.Tensor, torch.Tensor]] = field(default_factory=dict)  # by the reading's identity


def contexts_of(stream: AnswerStream, data: Data, readings: list[Reading]) -> list[Rows]:
    """Blocks and question as the base reads them. What a question leaves is kept, as the blocks' states are."""
    contexts = [Rows(*data.states[reading.project].context(reading), torch.tensor(reading.prompt)) for reading in readings]
    new = [at for at, reading in enumerate(readings) if id(reading) not in data.questions]
    for at, read in zip(new, stream.read([contexts[at] for at in new]) if new else ()):
        count = contexts[at].keys.shape[2]
        data.questions[id(readings[at])] = tuple(part[:, :, count:].half() for part in (read.keys, read.values))
    for reading, rows in zip(readings, contexts):
        keys, values = data.questions[id(reading)]
        rows.keys, rows.values = torch.cat([rows.keys, keys.float()], 2), torch.cat([rows.values, values.float()], 2)
    return contexts


def answer_losses(stream: AnswerStream, data: Data, readings: list[Reading]) -> list[torch.Tensor]:
    """Nats of each answer token, of each reading."""
    rows = contexts_of(stream, data, readings)
    for each, reading in zip(rows, readings):  # each token's row but the last: what follows it is what is learned
        each.ids = torch.tensor(reading.opening + reading.answer[:-1])
    hidden = stream(rows).split([len(each.ids) for each in rows])
    said = [states[-len(reading.answer):] for states, reading in zip(hidden, readings)]
    logits = stream.logits(torch.cat(said))
    losses = F.cross_entropy(logits, torch.tensor([token for reading in readings for token in reading.answer]), reduction="none")
    return list(losses.split([len(reading.answer) for reading in readings]))


@torch.no_grad()
def verdicts(stream: AnswerStream, data: Data, readings: list[Reading], refusal: int) -> torch.Tensor:
    """Log odds that the refusal begins [readings]."""
    found = []
    for start in range(0, len(readings), MEASURED_BATCH):
        batch = contexts_of(stream, data, readings[start: start + MEASURED_BATCH])
        for rows, reading in zip(batch, readings[start:]):
            rows.ids = torch.tensor(reading.opening)
        ends = torch.tensor([len(each.ids) for each in batch]).cumsum(0) - 1
        logits = stream.logits(stream(batch)[ends]).double()
        likely = logits.log_softmax(-1)[:, refusal]
        found.append(likely - torch.log1p(-likely.exp()))
    return torch.cat(found)


@torch.no_grad()
def figures_of(stream: AnswerStream, data: Data, refusal: int) -> dict:
    answered = [reading for reading in data.heldOut if reading.isAnswered]
    losses = [loss for start in range(0, len(answered), MEASURED_BATCH)
              for loss in answer_losses(stream, data, answered[start: start + MEASURED_BATCH])]
    verdict = verdicts(stream, data, data.heldOut, refusal)
    isAnswered = torch.tensor([reading.isAnswered for reading in data.heldOut])
    return {"nats": round(sum(loss.mean().item() for loss in losses) / max(1, len(losses)), 4), "answers": len(answered),
            "told": round(separation(verdict[~isAnswered], verdict[isAnswered]), 4), "refusals": int((~isAnswered).sum()),
            "refusedAnswered": round(float((verdict[isAnswered] > 0).float().mean()), 4),
            "refusedOthers": round(float((verdict[~isAnswered] > 0).float().mean()), 4)}


def rate_at(progress: float) -> float:
    """Of the learning rate: up in a line, down in half a cosine."""
    return progress / WARM_UP if progress < WARM_UP else (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP))) / 2


def train(stream: AnswerStream, data: Data, arguments: argparse.Namespace, refusal: int, say) -> None:
    optimizer = torch.optim.AdamW(stream.parameters(), lr=arguments.learning_rate, weight_decay=0.01)
    rng = random.Random(arguments.seed)
    steps = math.ceil(len(data.training) / arguments.batch) * arguments.epochs
    step, began, log = 0, time.monotonic(), []
    for epoch in range(arguments.epochs):
        order = rng.sample(data.training, len(data.training))
        for start in range(0, len(order), arguments.batch):
            batch = order[start: start + arguments.batch]
            for group in optimizer.param_groups:
                group["lr"] = arguments.learning_rate * rate_at((step + 1) / steps)
            losses = []
            for first in range(0, len(batch), arguments.together):
                part = answer_losses(stream, data, batch[first: first + arguments.together])
                loss = sum(each.mean() for each in part) / len(batch)
                loss.backward()
                losses += [each.mean().item() for each in part]
            torch.nn.utils.clip_grad_norm_(stream.parameters(), CLIP)
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            step += 1
            log += losses
            if step % 10 == 0:
                say({"step": step, "of": steps, "nats": round(sum(log[-80:]) / len(log[-80:]), 4), "minutes": round((time.monotonic() - began) / 60, 2)})
        say({"epoch": epoch + 1, **figures_of(stream, data, refusal)})
        save_stream(stream, arguments.out, {"seed": str(arguments.seed), "epochs": str(epoch + 1)})


def readings_of(tokenizer, workspaces, questions: list[Question], limits: ReadLimits, withoutShare: float, rng: random.Random) -> list[Reading]:
    """Each question as it is read; of the answered ones a share once more without the files that answer them."""
    needed: dict[str, set[int]] = {question.project: set() for question in questions}
    for question in questions:
        workspace = workspaces[question.project]
        needed[question.project].update(workspace.windowOf[workspace.gold_blocks(question)].tolist())
    readings = []
    for question in questions:
        where = workspaces[question.project], question, needed[question.project], limits
        readings.append(reading_of(tokenizer, *where, with_gold=True))
        if question.gold and rng.random() < withoutShare:
            readings.append(reading_of(tokenizer, *where, with_gold=False))
    # Where words find nothing, nothing is read.
    return [reading for reading in readings if reading.pieces]


def main(arguments: argparse.Namespace) -> None:
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    base_facts = BASES[arguments.package]
    shape, tensors, reader = load_base_file(fetch_gguf(arguments.gguf, base_facts), torch.bfloat16, None)
    tokenizer = tokenizer_from_gguf(reader)
    base = Base(shape, tensors, torch.bfloat16)
    questions = read_questions(arguments.questions)
    projects = list(dict.fromkeys(question.project for question in questions))
    heldOut = set(random.Random(arguments.choice_seed).sample(sorted(projects), arguments.held_out))
    workspaces = open_workspaces(tokenizer, projects, CACHE)
    limits, rng = ReadLimits(arguments.blocks, arguments.windows), random.Random(arguments.choice_seed)
    parts = [readings_of(tokenizer, workspaces, [q for q in questions if (q.project in heldOut) == isHeld], limits, arguments.without_share, rng)
             for isHeld in (False, True)]
    data = Data(*parts)
    data.states = open_states(Reader(arguments.weights, shape), workspaces, parts[0] + parts[1], CACHE / "answers", say=lambda text: print(text, flush=True))
    [refusal, *_] = next(reading.answer for reading in parts[1] if not reading.isAnswered)
    stream = AnswerStream(base, arguments.rank, tuple(arguments.projections))

    log: list[dict] = []

    def say(figures: dict) -> None:
        print(json.dumps(figures), flush=True)
        log.append(figures)
        arguments.out.with_name(f"{arguments.out.stem}-log.json").write_text("[\n" + ",\n".join(map(json.dumps, log)) + "\n]\n")

    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    say({"heldOut": sorted(heldOut), "training": len(parts[0]), "contextTokens": round(sum(r.contextTokens for r in parts[0]) / len(parts[0]))})
    say({"base": True, **figures_of(stream, data, refusal)})  # deltas are zero at the start
    train(stream, data, arguments, refusal, say)


def parse_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", default=SMALL_PACKAGE, choices=TRAINED, help="whose base answers")
    parser.add_argument("--questions", type=Path, default=QUESTIONS)
    parser.add_argument("--gguf", type=Path, default=None, help="a local base file; fetched where it is absent")
    parser.add_argument("--weights", type=Path, required=True, help="folder of the converted base; `landmark model list` names it")
    parser.add_argument("--out", type=Path, default=CACHE / "answers" / "answers.safetensors")
    parser.add_argument("--held-out", type=int, default=5, help="projects that are not trained on")
    parser.add_argument("--blocks", type=int, default=20)
    parser.add_argument("--windows", type=int, default=8)
    parser.add_argument("--without-share", type=float, default=0.2)
    parser.add_argument("--projections", nargs="+", default=["q", "v", "o"])
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--learning-rate", type=float, default=5e-4)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--together", type=int, default=8, help="readings of a batch that run at once")
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--choice-seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    return parser.parse_args(words)


if __name__ == "__main__":
    main(parse_arguments())
