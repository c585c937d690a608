"""landmarks.safetensors: everything trained, under the names that the product reads.

float16: embedding [W]; layers.{i}.{projection}.a [rank,in] and .b [out,rank], the delta's scale folded into b.
float32: routing.*, the whitening, shares and head weights. Metadata: routingLayers, rank, steps.
"""

import json
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from .base import Base
from .router import Router

LARGEST_FILE_BYTES = 20_000_000
ROUTING_NAMES = ("keyMean", "keyScale", "landmarkKeyMean", "landmarkKeyScale", "queryMean", "queryScale",
                 "landmarkQueryMean", "landmarkQueryScale", "landmarkKeyShare", "landmarkQueryShare", "headWeights")


def save_landmarks(router: Router, path: Path, notes: dict[str, str] | None = None) -> int:
    """Write atomically; returns the size in bytes. notes: further metadata."""
    tensors = {"embedding": router.stream.embedding.detach().half()}
    for index, deltas in enumerate(router.stream.layers):
        for name, delta in deltas.items():
            tensors[f"layers.{index}.{name}.a"] = delta.a.detach().half()
            tensors[f"layers.{index}.{name}.b"] = (delta.b.detach() * delta.scale).half()
    for name in ROUTING_NAMES:
        tensors[f"routing.{name}"] = getattr(router, name).detach().float()
    assert all(tensor.isfinite().all() for tensor in tensors.values()), "a weight is not finite in its stored type"
    metadata = {"routingLayers": json.dumps(list(router.routingLayers)), "rank": str(router.stream.rank), **(notes or {})}
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    save_file({name: tensor.contiguous().clone() for name, tensor in tensors.items()}, str(unfinished), metadata)
    size = unfinished.stat().st_size
    assert size < LARGEST_FILE_BYTES, f"{size} bytes is too large for the package"
    unfinished.chmod(0o644)  # the writer makes it private
    unfinished.replace(path)
    return size


def routing_layers_of(path: Path) -> tuple[int, ...]:
    """Of a landmarks.safetensors."""
    with safe_open(str(path), "pt") as file:
        return tuple(json.loads(file.metadata()["routingLayers"]))


def load_landmarks(path: Path, base: Base) -> Router:
    """Rebuild a router from landmarks.safetensors; its deltas have scale 1, as the file has it folded in."""
    with safe_open(str(path), "pt") as file:
        metadata = file.metadata()
        tensors = {name: file.get_tensor(name).float() for name in file.keys()}
    router = Router(base, tuple(json.loads(metadata["routingLayers"])), int(metadata["rank"]), startTokenId=0)
    state = {}
    for name, tensor in tensors.items():
        if name.startswith("routing."):
            state[name.removeprefix("routing.")] = tensor
        else:
            state["stream." + name] = tensor
    router.load_state_dict(state)
    for deltas in router.stream.layers:
        for delta in deltas.values():
            delta.scale = 1.0
    return router.requires_grad_(False).eval()
