"""answers.safetensors: the deltas of answers, under the names that the product reads.

float16: layers.{i}.{projection}.a [rank,in] and .b [out,rank], the delta's scale folded into b. Metadata: rank, projections, and how it
was trained.
"""

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file

from ..base import Base
from .stream import AnswerStream


def save_stream(stream: AnswerStream, path: Path, notes: dict[str, str] | None = None) -> None:
    """Written atomically. notes: further metadata."""
    tensors = {}
    for index, deltas in enumerate(stream.layers):
        for name, delta in deltas.items():
            tensors[f"layers.{index}.{name}.a"] = delta.a.detach().half().contiguous()
            tensors[f"layers.{index}.{name}.b"] = (delta.b.detach() * delta.scale).half().contiguous()
    assert all(tensor.isfinite().all() for tensor in tensors.values()), "a weight is not finite in its stored type"
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".unfinished")
    save_file(tensors, str(unfinished), {"rank": str(stream.rank), "projections": " ".join(stream.projections), **(notes or {})})
    unfinished.chmod(0o644)  # the writer makes it private
    unfinished.replace(path)


def load_stream(path: Path, base: Base) -> AnswerStream:
    """Its deltas have scale 1, as the file has it folded in."""
    with safe_open(str(path), "pt") as file:
        metadata = file.metadata()
        stream = AnswerStream(base, int(metadata["rank"]), tuple(metadata["projections"].split()), scale=1.0)
        stream.load_state_dict({name: file.get_tensor(name).float() for name in file.keys()})
    return stream.requires_grad_(False).eval()
