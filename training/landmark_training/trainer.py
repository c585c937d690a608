"""Landmark-only steps over stored text: only landmark rows run, forward and backward.

It knows nothing of base files, data sets or measures. Shapes: N blocks, Q questions, R numbers of a key.
"""

import math
import random
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

import torch

from .compose import CLUSTER_WINDOWS, HARD_SHARE, Memory, compose_epoch
from .loss import TEMPERATURE, contrastive_loss
from .router import Router
from .start import SURVEY_PAIRS, Survey
from .textcache.gather import Buffer, Gathered, gather
from .textcache.run import states_of, vectors_of
from .traindata import TrainingData

LOWEST_RATE_SHARE = 0.05
GRADIENT_LIMIT = 1.0


@dataclass(frozen=True)
class TrainingOptions:
    """stepBlocks: blocks of a step, all wrong answers to most of its questions. stepPairs: pairs asked in it, at most.
    averageDecay: of the running mean of the weights that is measured and shipped; 0 for the weights themselves.
    epochs: at most so many, 0 for any number."""

    stepBlocks: int = 384
    stepPairs: int = 192
    learningRate: float = 1e-3
    warmupSteps: int = 30
    weightDecay: float = 0.01
    teacherShare: float = 0.3
    hardShare: float = HARD_SHARE
    clusterWindows: int = CLUSTER_WINDOWS
    temperature: float = TEMPERATURE
    averageDecay: float = 0.0
    epochs: int = 0


@dataclass
class Position:
    """Where a run stands; all of it is in the checkpoint."""

    step: int = 0
    elapsedSeconds: float = 0.0
    epoch: int = 0
    next: int = 0  # in the epoch's order
    tokens: int = 0  # text tokens whose states were used


@dataclass
class Batch:
    """pairs [Q/2]; questions: the first ones of all pairs, then the second ones. blocks [N]."""

    pairs: torch.Tensor
    blocks: torch.Tensor
    blockStates: Gathered
    questionStates: Gathered
    tokens: int


class Trainer:
    def __init__(self, router: Router, data: TrainingData, seed: int, options: TrainingOptions = TrainingOptions()):
        self.router, self.data, self.seed, self.options = router, data, seed, options
        self.parameters = [parameter for parameter in router.parameters() if parameter.requires_grad]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=options.learningRate, weight_decay=options.weightDecay,
                                           betas=(0.9, 0.98), fused=True)
        self.rng = random.Random(seed)
        self.memory = Memory(data.arrangement, router.width)
        self.average = [parameter.detach().clone() for parameter in self.parameters] if options.averageDecay else []
        self.position = Position()
        self.order: list[list[int]] = []
        self.seconds = {"load": 0.0, "forward": 0.0, "backward": 0.0, "update": 0.0}
        textType = data.windowStore.layout.shape.textType
        self._buffers = [Buffer(textType), Buffer(textType)]
        self._pool = ThreadPoolExecutor(1)
        self._ahead: tuple[int, Future] | None = None

    # ---- batches ----
    def batch_of(self, windows: list[int], which: int) -> Batch:
        """which: of the two buffers, so that one is read while the other is filled."""
        place, data, options = self.data.arrangement, self.data, self.options
        pairs = [pair for window in windows for pair in place.windowPairs[window]]
        if len(pairs) > options.stepPairs:
            pairs = random.Random(f"{self.seed} {windows}").sample(pairs, options.stepPairs)
        asked = [2 * pair + number for number in (0, 1) for pair in pairs]
        blocks = [block for window in windows for block in place.windowBlocks[window]]
        buffer, stream = self._buffers[which], self.router
        buffer.reset()
        blockStates = gather(data.windowStore, data.windows, windows, stream.routingLayers, stream.layerCount, buffer)
        questionStates = gather(data.questionStore, data.questions, asked, stream.routingLayers, stream.layerCount, buffer)
        tokens = sum(len(data.windows[window].ids) for window in windows) + sum(len(data.questions[item].ids) for item in asked)
        return Batch(torch.tensor(pairs), torch.tensor(blocks), blockStates, questionStates, tokens)

    def next_batch(self) -> Batch:
        """The batch at the position, which moves on; the one after it is read meanwhile."""
        position = self.position
        if position.next >= len(self.order):
            if self.order:
                position.epoch += 1
            self.order = compose_epoch(self.data.arrangement, self.data.teacher, self.memory, self.rng,
                                       self.options.stepBlocks, self.options.hardShare, self.options.clusterWindows)
            position.next = 0
        key = position.epoch, position.next
        ahead = self._ahead
        batch = ahead[1].result() if ahead and ahead[0] == key else self.batch_of(self.order[key[1]], key[1] % 2)
        position.next += 1
        self._ahead = None
        if position.next < len(self.order):
            work = self._pool.submit(self.batch_of, self.order[position.next], position.next % 2)
            self._ahead = ((position.epoch, position.next), work)
        return batch

    @property
    def is_exhausted(self) -> bool:
        last = self.position.epoch + 1 >= self.options.epochs
        return bool(self.options.epochs) and last and bool(self.order) and self.position.next >= len(self.order)

    # ---- steps ----
    def learning_rate(self, progress: float) -> float:
        """progress: share of the run that is done, 0..1. Linear warm-up, then a cosine."""
        warm = min(1.0, (self.position.step + 1) / self.options.warmupSteps)
        return self.options.learningRate * warm * max(LOWEST_RATE_SHARE, 0.5 * (1 + math.cos(math.pi * min(1.0, progress))))

    def step(self, progress: float) -> dict:
        """One step of the optimizer; returns its figures."""
        times = [time.monotonic()]
        for group in self.optimizer.param_groups:
            group["lr"] = self.learning_rate(progress)
        batch = self.next_batch()
        times.append(time.monotonic())
        keys, queries = vectors_of(self.router, batch.blockStates, batch.questionStates)
        loss, right = self.loss_of(batch, keys, queries)
        times.append(time.monotonic())
        self.optimizer.zero_grad()
        loss.backward()
        times.append(time.monotonic())
        norm = torch.nn.utils.clip_grad_norm_(self.parameters, GRADIENT_LIMIT)
        self.optimizer.step()
        self.keep(batch, keys, queries)
        times.append(time.monotonic())
        for name, start, end in zip(self.seconds, times, times[1:]):
            self.seconds[name] += end - start
        return {"step": self.position.step, "loss": round(loss.item(), 4), "right": round(right, 4),
                "gradientNorm": round(norm.item(), 3), "blocks": len(keys), "questions": len(queries)}

    def loss_of(self, batch: Batch, keys: torch.Tensor, queries: torch.Tensor) -> tuple[torch.Tensor, float]:
        """keys [N,R], queries [Q,R]."""
        gold, neither = (mask.repeat(2, 1) for mask in self.data.arrangement.relations(batch.pairs, batch.blocks))  # [Q,N]
        targets = None
        if self.options.teacherShare:
            which = torch.arange(2).repeat_interleave(len(batch.pairs))  # [Q]
            targets = self.data.teacher.targets(batch.pairs.repeat(2), which, batch.blocks, ~neither)
        return contrastive_loss(queries, keys, gold, neither, targets, self.options.teacherShare,
                                self.options.temperature)

    @torch.no_grad()
    def keep(self, batch: Batch, keys: torch.Tensor, queries: torch.Tensor) -> None:
        """What a step leaves behind: position, vectors for the next epoch's neighbours, the running mean."""
        self.position.step += 1
        self.position.tokens += batch.tokens
        self.memory.keep(batch.blocks, keys, batch.pairs, queries.unflatten(0, (2, -1)).mean(0))
        decay = min(self.options.averageDecay, self.position.step / (self.position.step + 10))
        for mean, parameter in zip(self.average, self.parameters):
            mean.lerp_(parameter, 1 - decay)

    # ---- around training ----
    @torch.no_grad()
    def survey(self, count: int = SURVEY_PAIRS) -> Survey:
        """States of count pairs' windows and first questions, drawn by the seed alone."""
        place = self.data.arrangement
        pairs = torch.tensor(random.Random(f"{self.seed} survey").sample(range(len(place.pairWindow)),
                                                                         min(count, len(place.pairWindow))))
        windows = sorted(set(place.pairWindow[pairs].tolist()))
        blocks = torch.tensor([block for window in windows for block in place.windowBlocks[window]])
        options = (self.router.routingLayers, self.router.layerCount, Buffer(self.data.windowStore.layout.shape.textType))
        blockStates = gather(self.data.windowStore, self.data.windows, windows, *options)
        questionStates = gather(self.data.questionStore, self.data.questions, (2 * pairs).tolist(), *options)
        landmarkKeys, landmarkQueries = states_of(self.router, blockStates, questionStates)
        gold = [row.nonzero()[:, 0].tolist() for row in place.relations(pairs, blocks)[0]]
        return Survey(blockStates.means, landmarkKeys, questionStates.means, landmarkQueries, gold)

    def restart_average(self) -> None:
        """Begin the running mean at the present weights."""
        for mean, parameter in zip(self.average, self.parameters):
            mean.copy_(parameter.detach())

    def swap_average(self) -> None:
        """Exchange the weights and their running mean; does nothing where none is kept."""
        for mean, parameter in zip(self.average, self.parameters):
            held = parameter.detach().clone()
            parameter.data.copy_(mean)
            mean.copy_(held)
