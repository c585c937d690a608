"""answers.safetensors: the deltas of answers, under the names that the product reads.

float16: layers.{i}.{projection}.a [rank,in] and .b [out,rank], the delta's scale folded into b. Metadata: rank, projections, and how it
was trained.
"""

from pathlib import Path

from ..base import Base
from ..save import delta_tensors, read_landmarks, write_landmarks
from .stream import AnswerStream


def save_stream(stream: AnswerStream, path: Path, notes: dict[str, str] | None = None) -> None:
    """Written atomically. notes: further metadata."""
    metadata = {"rank": str(stream.rank), "projections": " ".join(stream.projections), **(notes or {})}
    write_landmarks(delta_tensors(stream.layers), path, metadata)


def load_stream(path: Path, base: Base) -> AnswerStream:
    """Its deltas have scale 1, as the file has it folded in."""
    tensors, metadata = read_landmarks(path)
    stream = AnswerStream(base, int(metadata["rank"]), tuple(metadata["projections"].split()), scale=1.0)
    stream.load_state_dict({name: tensor.float() for name, tensor in tensors.items()})
    return stream.requires_grad_(False).eval()
