"""Checkpoints from which a run continues exactly: weights, optimizer, random states, position, memory, log."""

from dataclasses import asdict
from pathlib import Path

import torch


def save_checkpoint(path: Path, trainer, log: list[dict]) -> None:
    """Atomic: a run that is killed while writing leaves the previous checkpoint whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    torch.save({
        "router": trainer.router.state_dict(),
        "optimizer": trainer.optimizer.state_dict(),
        "average": trainer.average,
        "memory": trainer.memory.state(),
        "order": trainer.order,
        "position": asdict(trainer.position),
        "rng": trainer.rng.getstate(),
        "torchRng": torch.get_rng_state(),
        "seed": trainer.seed,
        "options": asdict(trainer.options),
        "log": log,
    }, unfinished)
    unfinished.replace(path)


def load_checkpoint(path: Path, trainer) -> list[dict]:
    """Set the trainer to where the checkpoint stands; returns the log so far."""
    saved = torch.load(path, weights_only=True)
    if saved["seed"] != trainer.seed:
        raise ValueError(f"the checkpoint was made with seed {saved['seed']}, not {trainer.seed}")
    if saved["options"] != asdict(trainer.options):
        raise ValueError(f"the checkpoint was made with {saved['options']}, not {asdict(trainer.options)}")
    trainer.router.load_state_dict(saved["router"])
    trainer.optimizer.load_state_dict(saved["optimizer"])
    trainer.average = saved["average"]
    trainer.memory.load(saved["memory"])
    trainer.order = saved["order"]
    for name, value in saved["position"].items():
        setattr(trainer.position, name, value)
    trainer.rng.setstate(saved["rng"])
    torch.set_rng_state(saved["torchRng"])
    return saved["log"]
