"""The byte layout of stored text states, and the store that reads them back. It knows nothing of models or data.

A store is a folder of shards, each a file of whole items (an item is a window or a question) without a header:

| part of an item | type | shape |
|---|---|---|
| text | the base's own (bfloat16 or float32) | [layers-1, 2, G, T, C]: keys, rotated to their positions, then values |
| means | float16 beside bfloat16, else float32 | [N, layers, heads, C]: mean raw keys or queries of each segment |

The last layer's keys and values are not there: at that layer a landmark only projects. Both types of a store have
the same width, so an item is a run of elements. Where an item lies follows from the sizes of the items before it.
Shapes: T tokens, N segments of the item, G kv heads, C head width.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import torch

SHARD_TOKENS = 65_536
FREE_BYTES_LEFT = 4_000_000_000  # what a cache leaves on the disk for others
CARRIERS = {2: torch.int16, 4: torch.int32}  # what a file is read as, by width in bytes
MEAN_TYPES = {torch.bfloat16: torch.float16, torch.float32: torch.float32}


class CacheTooLarge(Exception):
    """The states would need more bytes than they may have."""


@dataclass(frozen=True)
class StateShape:
    """layers: all that are run; meanHeads: kv heads for blocks, query heads for questions."""

    layers: int
    kvHeads: int
    headDim: int
    meanHeads: int
    textType: torch.dtype

    @property
    def meanType(self) -> torch.dtype:
        return MEAN_TYPES[self.textType]

    def text_elements(self, tokens: int) -> int:
        return (self.layers - 1) * 2 * self.kvHeads * tokens * self.headDim

    def mean_elements(self, segments: int) -> int:
        return segments * self.layers * self.meanHeads * self.headDim


class StoreLayout:
    """Where each item lies: sizes are its (tokens, segments)."""

    def __init__(self, shape: StateShape, sizes: list[tuple[int, int]], shardTokens: int = SHARD_TOKENS):
        self.shape, self.sizes = shape, sizes
        self.shardOf: list[int] = []
        self.startOf: list[int] = []  # in elements of the shard
        self.shardElements: list[int] = []
        filled = shardTokens
        for tokens, segments in sizes:
            if filled >= shardTokens:
                self.shardElements.append(0)
                filled = 0
            self.shardOf.append(len(self.shardElements) - 1)
            self.startOf.append(self.shardElements[-1])
            self.shardElements[-1] += shape.text_elements(tokens) + shape.mean_elements(segments)
            filled += tokens

    @property
    def bytes(self) -> int:
        return sum(self.shardElements) * self.shape.textType.itemsize

    def items_of(self, shard: int) -> list[int]:
        return [item for item, number in enumerate(self.shardOf) if number == shard]

    def views(self, shardValues: torch.Tensor, item: int) -> tuple[torch.Tensor, torch.Tensor]:
        """shardValues: all elements of the item's shard -> text [layers-1,2,G,T,C] and means [N,layers,heads,C]."""
        shape, (tokens, segments) = self.shape, self.sizes[item]
        start, textCount = self.startOf[item], shape.text_elements(tokens)
        text = shardValues[start: start + textCount].view(shape.textType)
        means = shardValues[start + textCount: start + textCount + shape.mean_elements(segments)].view(shape.meanType)
        return (text.view(shape.layers - 1, 2, shape.kvHeads, tokens, shape.headDim),
                means.view(segments, shape.layers, shape.meanHeads, shape.headDim))


def shard_path(folder: Path, shard: int) -> Path:
    return folder / f"shard-{shard:04d}.bin"


def empty_shard(layout: StoreLayout, shard: int) -> torch.Tensor:
    return torch.zeros(layout.shardElements[shard], dtype=CARRIERS[layout.shape.textType.itemsize])


def write_shard(folder: Path, shard: int, values: torch.Tensor) -> None:
    """Atomic: a shard that is there is whole."""
    folder.mkdir(parents=True, exist_ok=True)
    path = shard_path(folder, shard)
    unfinished = path.with_suffix(".unfinished")
    values.numpy().tofile(unfinished)
    unfinished.replace(path)


def is_written(folder: Path, layout: StoreLayout, shard: int) -> bool:
    path = shard_path(folder, shard)
    return path.exists() and path.stat().st_size == layout.shardElements[shard] * layout.shape.textType.itemsize


def check_budget(folder: Path, layouts: dict[str, StoreLayout], byteBudget: int) -> None:
    """Refuse what exceeds the budget or the disk, before the first token is run. layouts by their folder's name."""
    needed = sum(layout.bytes for layout in layouts.values())
    if needed > byteBudget:
        raise CacheTooLarge(f"the text cache needs {needed / 1e9:.1f} GB and may have {byteBudget / 1e9:.1f}: "
                            f"choose fewer tokens or allow more bytes")
    missing = sum(layout.shardElements[shard] * layout.shape.textType.itemsize for name, layout in layouts.items()
                  for shard in range(len(layout.shardElements)) if not is_written(folder / name, layout, shard))
    folder.mkdir(parents=True, exist_ok=True)
    free = shutil.disk_usage(folder).free
    if missing + FREE_BYTES_LEFT > free:
        raise CacheTooLarge(f"the text cache needs {missing / 1e9:.1f} GB more and the disk has {free / 1e9:.1f}, of which "
                            f"{FREE_BYTES_LEFT / 1e9:.0f} are left for others")


class TextStore:
    """Written states, mapped into memory; the operating system decides what of them stays there."""

    def __init__(self, folder: Path, layout: StoreLayout):
        self.layout = layout
        width = layout.shape.textType.itemsize
        for shard in range(len(layout.shardElements)):
            assert is_written(folder, layout, shard), f"{shard_path(folder, shard)} is missing or cut off"
        self._shards = [torch.from_file(str(shard_path(folder, shard)), shared=False, size=elements, dtype=CARRIERS[width])
                        for shard, elements in enumerate(layout.shardElements)]

    def read(self, item: int) -> tuple[torch.Tensor, torch.Tensor]:
        """text [layers-1,2,G,T,C] and means [N,layers,heads,C] of one item, in place."""
        return self.layout.views(self._shards[self.layout.shardOf[item]], item)
