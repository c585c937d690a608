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
    tensors = {"embedding": router.stream.embedding.detach().half(), **delta_tensors(router.stream.layers)}
    for name in ROUTING_NAMES:
        tensors[f"routing.{name}"] = getattr(router, name).detach().float()
    metadata = {"routingLayers": json.dumps(list(router.routingLayers)), "rank": str(router.stream.rank), **(notes or {})}
    return write_landmarks(tensors, path, metadata)


def delta_tensors(layers) -> dict[str, torch.Tensor]:
    """layers: a stream's deltas by layer and projection -> float16, by name, the scale folded into b."""
    return {f"layers.{index}.{name}.{part}": tensor.detach().half()
            for index, deltas in enumerate(layers) for name, delta in deltas.items()
            for part, tensor in (("a", delta.a), ("b", delta.b * delta.scale))}


def write_landmarks(tensors: dict[str, torch.Tensor], path: Path, metadata: dict[str, str]) -> int:
    """Write atomically; returns the size in bytes. Of whatever was trained: answers.safetensors is written so, too."""
    assert all(tensor.isfinite().all() for tensor in tensors.values()), "a weight is not finite in its stored type"
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


def read_landmarks(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Tensors as they are stored, and the file's metadata."""
    with safe_open(str(path), "pt") as file:
        return {name: file.get_tensor(name) for name in file.keys()}, file.metadata()


def states_of(path: Path) -> tuple[dict[str, torch.Tensor], dict[str, str]]:
    """Parameters by their names in a router, deltas with their scale folded in, and the file's metadata."""
    tensors, metadata = read_landmarks(path)
    return {name.removeprefix("routing.") if name.startswith("routing.") else "stream." + name: tensor.float()
            for name, tensor in tensors.items()}, metadata


def start_from(router: Router, path: Path) -> None:
    """Set a router that is about to be trained to where another training left its landmarks."""
    state, metadata = states_of(path)
    kind = tuple(json.loads(metadata["routingLayers"])), int(metadata["rank"])
    if kind != (router.routingLayers, router.stream.rank):
        raise ValueError(f"{path} has routing layers and rank {kind}, not {(router.routingLayers, router.stream.rank)}")
    router.load_state_dict(state)
    with torch.no_grad():
        for deltas in router.stream.layers:
            for delta in deltas.values():
                delta.b.div_(delta.scale)


def load_landmarks(path: Path, base: Base) -> Router:
    """Rebuild a router from landmarks.safetensors; its deltas have scale 1, as the file has it folded in."""
    state, metadata = states_of(path)
    router = Router(base, tuple(json.loads(metadata["routingLayers"])), int(metadata["rank"]), startTokenId=0)
    router.load_state_dict(state)
    for deltas in router.stream.layers:
        for delta in deltas.values():
            delta.scale = 1.0
    return router.requires_grad_(False).eval()
