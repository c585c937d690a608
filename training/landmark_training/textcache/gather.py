"""Items out of a store into padded groups of like length, as the landmark stream wants them.

It does not know why the items were picked.
"""

from dataclasses import dataclass

import torch

from ..encode import TextItem
from ..landmark import SeenText
from .layout import CARRIERS, TextStore

LENGTH_SHARE = 0.7  # the shortest item of a group has at least this share of its longest one's tokens
SMALL_GROUP = 4  # a group takes so many whatever their lengths


@dataclass
class Gathered:
    """groups in the order in which the stream runs them; rowOf [rows]: where among the stream's landmarks those of the
    picked items stand, item by item; means [rows,L,heads,C] float32, item by item."""

    groups: list[SeenText]
    rowOf: torch.Tensor
    means: torch.Tensor


class Buffer:
    """Memory that is used again for every batch: fresh pages cost more than the copy."""

    def __init__(self, dtype: torch.dtype):
        self._values = torch.zeros(0, dtype=dtype)
        self._used = 0

    def reset(self) -> None:
        self._used = 0

    def take(self, *shape: int) -> torch.Tensor:
        """Uninitialized but finite."""
        count = torch.Size(shape).numel()
        if self._used + count > len(self._values):
            self._values, self._used = torch.zeros(max(count, 2 * len(self._values)), dtype=self._values.dtype), 0
        self._used += count
        return self._values[self._used - count: self._used].view(shape)


def groups_by_length(lengths: list[int]) -> list[list[int]]:
    groups: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        if groups and (len(groups[-1]) < SMALL_GROUP or lengths[index] >= LENGTH_SHARE * lengths[groups[-1][0]]):
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def gather(store: TextStore, items: list[TextItem], picked: list[int], routingLayers: tuple[int, ...], layerCount: int,
           buffer: Buffer) -> Gathered:
    """Read the picked items' states for a stream of layerCount layers, at most as many as the store has."""
    assert layerCount <= store.layout.shape.layers, "the cache has too few layers"
    layers, carrier = list(routingLayers), CARRIERS[store.layout.shape.textType.itemsize]
    means: list = [None] * len(picked)
    groups, order = [], []
    for members in groups_by_length([len(items[item].ids) for item in picked]):
        chosen = [items[picked[member]] for member in members]
        tokens, count = max(len(item.ids) for item in chosen), max(len(item.ends) for item in chosen)
        shape = store.layout.shape
        text = buffer.take(layerCount - 1, 2, len(members), shape.kvHeads, tokens, shape.headDim)
        into = text.view(carrier).numpy()  # copied without torch's threads, which the training step has
        positions = torch.ones(len(members), count, dtype=torch.long)
        valid = torch.zeros(len(members), count, dtype=torch.bool)
        for row, member in enumerate(members):
            item = items[picked[member]]
            stored, mean = store.read(picked[member])
            into[:, :, row, :, : len(item.ids)] = stored[: layerCount - 1].view(carrier).numpy()
            means[member] = mean[:, layers].float()
            positions[row, : len(item.ends)] = torch.tensor(item.ends)
            valid[row, : len(item.ends)] = True
        visible = torch.arange(tokens) < positions[..., None]  # [B,N,T]
        groups.append(SeenText(list(text[:, 0]), list(text[:, 1]), visible, positions, valid))
        order += members
    counts = [len(items[item].ends) for item in picked]
    starts, total = {}, 0
    for member in order:
        starts[member] = total
        total += counts[member]
    rowOf = torch.cat([torch.arange(starts[member], starts[member] + counts[member]) for member in range(len(picked))])
    return Gathered(groups, rowOf, torch.cat(means))
