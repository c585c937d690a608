"""Training data of the tiny base: records chosen, run and kept in a folder of the test."""

from pathlib import Path

import torch
from tiny import QWEN_LIKE, tiny_base, tiny_records, tiny_tokenizer, write_records

from landmark_training.router import Router
from landmark_training.teacher import NoMeanings
from landmark_training.textcache.choice import ChoiceOptions
from landmark_training.traindata import CacheSource, TrainingData, open_training_data
from landmark_training.trainer import Trainer, TrainingOptions

LAYERS = (0, 2)
START_TOKEN = 257


def tiny_source(folder: Path, layerCount: int = 3, **options) -> CacheSource:
    return CacheSource(tiny_base(QWEN_LIKE), tiny_tokenizer(), "tiny", layerCount, folder / "text", **options)


def tiny_data(folder: Path, textTokens: int = 20_000, records: list[dict] | None = None, **options) -> TrainingData:
    pairs = write_records(folder / "pairs.jsonl", records or tiny_records())
    return open_training_data(tiny_source(folder), pairs, ChoiceOptions(textTokens, **options), NoMeanings, say=lambda text: None)


def tiny_router(seed: int = 1, noise: float = 0.0) -> Router:
    torch.manual_seed(seed)
    router = Router(tiny_base(QWEN_LIKE), LAYERS, rank=4, startTokenId=START_TOKEN)
    with torch.no_grad():
        for parameter in router.stream.parameters():
            parameter.add_(noise * torch.randn_like(parameter))
    return router


def tiny_trainer(data: TrainingData, seed: int = 1, **options) -> Trainer:
    return Trainer(tiny_router(seed), data, seed, TrainingOptions(stepBlocks=12, warmupSteps=2, **options))
