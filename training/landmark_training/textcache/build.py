"""Run the base over items and write what it leaves, shard by shard; a shard that is there is not run again.

It does not know what the items are chosen for, and trains nothing.
"""

import time
from pathlib import Path
from typing import Literal

import torch

from ..base import Base
from ..encode import TextItem, batches_by_length, pad_items
from ..router import segment_means
from .layout import StateShape, StoreLayout, TextStore, empty_shard, is_written, write_shard

Kind = Literal["blocks", "questions"]


def state_shape(base: Base, layerCount: int, kind: Kind) -> StateShape:
    shape = base.shape
    return StateShape(layerCount, shape.kvHeads, shape.headDim, shape.kvHeads if kind == "blocks" else shape.heads, base.dtype)


def layout_of(base: Base, layerCount: int, kind: Kind, items: list[TextItem], **options) -> StoreLayout:
    return StoreLayout(state_shape(base, layerCount, kind), [item.size for item in items], **options)


def run_shard(base: Base, layout: StoreLayout, shard: int, items: list[TextItem], kind: Kind) -> torch.Tensor:
    """All elements of a shard. items: those of the whole store."""
    values = empty_shard(layout, shard)
    members = layout.items_of(shard)
    for chosen in batches_by_length([len(items[member].ids) for member in members]):
        batch = pad_items([items[members[index]] for index in chosen])
        states = base.text(batch.ids, layout.shape.layers, keysOnly=True)
        means = segment_means(states.rawKeys if kind == "blocks" else states.rawQueries, batch.segments)
        for row, index in enumerate(chosen):
            text, mean = layout.views(values, members[index])
            tokens = text.shape[3]
            for layer in range(layout.shape.layers - 1):
                text[layer, 0] = states.keys[layer][row, :, :tokens]
                text[layer, 1] = states.values[layer][row, :, :tokens]
            mean.copy_(means[row, : batch.blockCounts[row]])
            assert mean.isfinite().all(), "a mean does not fit its stored type"
    return values


def build_store(base: Base, layout: StoreLayout, items: list[TextItem], kind: Kind, folder: Path, say=None) -> TextStore:
    """Write what is missing and open the store. say(text) hears of progress."""
    began, tokens = time.monotonic(), 0
    for shard in range(len(layout.shardElements)):
        if is_written(folder, layout, shard):
            continue
        write_shard(folder, shard, run_shard(base, layout, shard, items, kind))
        tokens += sum(layout.sizes[item][0] for item in layout.items_of(shard))
        if say:
            say(f"{kind}: shard {shard + 1} of {len(layout.shardElements)}, "
                f"{tokens / (time.monotonic() - began):,.0f} tokens a second")
    return TextStore(folder, layout)
