"""The contrastive stage: questions and the landmarks of the blocks that answer them are drawn together.

python -m landmark_training.train --minutes 25 --seed 1 [--resume]
"""

import argparse
import json
import math
import os
import random
import time
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F

from .base import Base
from .checkpoint import load_checkpoint, save_checkpoint
from .config import CACHE, DEFAULT_RANK, DEFAULT_ROUTING_LAYERS, END_OF_TURN, MODELS, PACKAGE_NAME, REPORTS
from .data.build import build_pairs
from .encode import encode_blocks, encode_questions
from .evaluate import recall_table, router_scores, validation_samples
from .router import Router
from .samples import Sample, Sampler, load_records, training_order
from .save import save_landmarks
from .start import SURVEY_PAIRS, fit_start, gold_indices
from .tokenizer import save_tokenizer, tokenizer_from_gguf
from .weights import fetch_gguf, load_base_file

TEMPERATURE = 0.05
REVERSE_SHARE = 0.5
PAIRS_PER_STEP = 96
GROUP_SIZE = 12
PROJECT_CAP = 1500
LEARNING_RATE = 1e-3
LOWEST_RATE_SHARE = 0.05
WARMUP_STEPS = 20
GRADIENT_LIMIT = 1.0
CHECKPOINT_SECONDS = 240
LOG_STEPS = 5
NEVER = -1e9  # a score that takes no part in a softmax


def contrastive_loss(queries: torch.Tensor, keys: torch.Tensor, samples: list[Sample]) -> tuple[torch.Tensor, float]:
    """queries [2*samples,R] (first questions, then second), keys [blocks,R] -> (loss, share of right first places).

    Multi-positive InfoNCE from question to block, and from a question's best gold block back to the questions.
    Other windows of the same file are no negatives, nor is a block's other question.
    """
    gold = gold_indices(samples) * 2
    scores = queries @ keys.T / TEMPERATURE  # [Q,N]
    positive = torch.zeros_like(scores, dtype=torch.bool)
    for row, blocks in enumerate(gold):
        positive[row, blocks] = True
    blockSamples = torch.tensor([index for index, sample in enumerate(samples) for _ in sample.window.segments])  # [N]
    files = {file: number for number, file in enumerate({sample.file: None for sample in samples})}
    fileOf = torch.tensor([files[sample.file] for sample in samples])  # [samples]
    questionSamples = torch.arange(len(samples)).repeat(2)  # [Q]
    sameFile = fileOf[questionSamples][:, None] == fileOf[blockSamples][None]  # [Q,N]
    sameWindow = questionSamples[:, None] == blockSamples[None]
    scores = scores.masked_fill(sameFile & ~sameWindow, NEVER)

    positives = scores.masked_fill(~positive, NEVER)
    toBlock = (scores.logsumexp(1) - positives.logsumexp(1)).mean()
    best = positives.argmax(1)  # [Q]
    back = scores[:, best].T  # [Q (gold block of), Q (question)]
    twin = positive[:, best].T & ~torch.eye(len(best), dtype=torch.bool)
    toQuestion = F.cross_entropy(back.masked_fill(twin, NEVER), torch.arange(len(best)))
    right = positive.gather(1, scores.argmax(1, keepdim=True)).float().mean().item()
    return toBlock + REVERSE_SHARE * toQuestion, right


@dataclass
class Position:
    """Where a run stands; all of it is in the checkpoint."""

    step: int = 0
    elapsedSeconds: float = 0.0
    epoch: int = -1
    next: int = 0  # in the epoch's order
    tokens: int = 0


class Trainer:
    def __init__(self, router: Router, sampler: Sampler, records: list[dict], seed: int, pairsPerStep: int = PAIRS_PER_STEP):
        self.router, self.sampler, self.records, self.seed = router, sampler, records, seed
        self.pairsPerStep = pairsPerStep
        self.optimizer = torch.optim.AdamW(router.parameters(), lr=LEARNING_RATE, weight_decay=0.01, betas=(0.9, 0.98))
        self.rng = random.Random(seed)
        self.position = Position()
        self.order: list[tuple[int, int]] = []

    def next_samples(self, count: int) -> list[Sample]:
        samples: list[Sample] = []
        while len(samples) < count:
            if self.position.next >= len(self.order):
                self.start_epoch(self.position.epoch + 1)
            recordIndex, index = self.order[self.position.next]
            self.position.next += 1
            record = self.records[recordIndex]
            sample = self.sampler.sample(record, record["definitions"][index], self.rng)
            if sample:
                samples.append(sample)
        return samples

    def start_epoch(self, epoch: int, next: int = 0) -> None:
        """The order of an epoch depends on seed and epoch alone, so a resumed run has the same."""
        self.order = training_order(self.records, PROJECT_CAP, GROUP_SIZE, random.Random(f"{self.seed} {epoch}"))
        self.position.epoch, self.position.next = epoch, next

    def learning_rate(self, progress: float) -> float:
        """progress: share of the run that is done, 0..1. Linear warm-up, then a cosine."""
        warm = min(1.0, (self.position.step + 1) / WARMUP_STEPS)
        return LEARNING_RATE * warm * max(LOWEST_RATE_SHARE, 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))

    def step(self, progress: float) -> dict:
        """One step of the optimizer; returns its figures."""
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate(progress)
        samples = self.next_samples(self.pairsPerStep)
        questions = [sample.questions[which] for which in (0, 1) for sample in samples]
        keys = encode_blocks(self.router, [sample.window for sample in samples])
        queries = encode_questions(self.router, questions)
        loss, right = contrastive_loss(queries, keys, samples)
        self.optimizer.zero_grad()
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.router.parameters(), GRADIENT_LIMIT)
        self.optimizer.step()
        self.position.step += 1
        self.position.tokens += sum(len(sample.window.ids) for sample in samples) + sum(map(len, questions))
        return {"step": self.position.step, "loss": round(loss.item(), 4), "right": round(right, 4),
                "gradientNorm": round(norm.item(), 3)}


def train(trainer: Trainer, minutes: float, checkpoint: Path, log: list[dict], after_checkpoint) -> None:
    """Run until the minutes are used up; checkpoints and calls after_checkpoint(log entry) on the way."""
    position = trainer.position
    before, began = position.elapsedSeconds, time.monotonic()
    lastSave = before
    while position.elapsedSeconds < minutes * 60:
        figures = trainer.step(position.elapsedSeconds / (minutes * 60))
        position.elapsedSeconds = before + time.monotonic() - began
        if position.step % LOG_STEPS == 0:
            figures |= {"minutes": round(position.elapsedSeconds / 60, 2),
                        "tokensPerSecond": round(position.tokens / position.elapsedSeconds)}
            log.append(figures)
            print(json.dumps(figures), flush=True)
        if position.elapsedSeconds - lastSave >= CHECKPOINT_SECONDS:
            lastSave = position.elapsedSeconds
            save_checkpoint(checkpoint, trainer, log)
            after_checkpoint()
            began = time.monotonic() - (position.elapsedSeconds - before)  # measuring takes no training time
    save_checkpoint(checkpoint, trainer, log)


def prepare(arguments: argparse.Namespace) -> tuple[Router, Sampler, list[dict], list[Sample]]:
    """Base, router with its data-fitted start, training records and validation samples."""
    ggufPath = fetch_gguf(arguments.gguf)
    layerCount = max(arguments.layers) + 1
    shape, tensors, reader = load_base_file(ggufPath, torch.bfloat16, layerCount)
    tokenizer = tokenizer_from_gguf(reader)
    save_tokenizer(tokenizer, CACHE / "tokenizer.json")
    base = Base(shape, tensors, torch.bfloat16, compiled=True)
    router = Router(base, tuple(arguments.layers), arguments.rank, tokenizer.token_to_id(END_OF_TURN))
    records, validationRecords = load_records(build_pairs())
    sampler = Sampler(tokenizer)
    return router, sampler, records, validation_samples(sampler, validationRecords)


def main(arguments: argparse.Namespace) -> None:
    torch.manual_seed(arguments.seed)
    torch.set_num_threads(arguments.threads)
    router, sampler, records, validation = prepare(arguments)
    trainer = Trainer(router, sampler, records, arguments.seed)
    checkpoint, log = CACHE / "checkpoint.pt", []
    package = MODELS / PACKAGE_NAME / "landmarks.safetensors"

    def measure() -> None:
        figures = {"step": trainer.position.step, "validation": recall_table(router_scores(router, validation), validation)}
        log.append(figures)
        print(json.dumps(figures), flush=True)
        (REPORTS / "training-log.json").write_text(json.dumps(log, indent=1) + "\n")

    def after_checkpoint() -> None:
        save_landmarks(router, package, {"steps": str(trainer.position.step)})
        measure()

    REPORTS.mkdir(exist_ok=True)
    if arguments.resume:
        log += load_checkpoint(checkpoint, trainer)
    else:
        fit_start(router, Trainer(router, sampler, records, arguments.seed).next_samples(SURVEY_PAIRS))
        measure()
    train(trainer, arguments.minutes, checkpoint, log, after_checkpoint)
    after_checkpoint()


def parse_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=25)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--gguf", type=Path, default=None, help="a local base file; fetched where it is absent")
    parser.add_argument("--layers", type=int, nargs="+", default=list(DEFAULT_ROUTING_LAYERS))
    parser.add_argument("--rank", type=int, default=DEFAULT_RANK)
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--resume", action="store_true", help="continue from the last checkpoint")
    return parser.parse_args(words)


if __name__ == "__main__":
    main(parse_arguments())
