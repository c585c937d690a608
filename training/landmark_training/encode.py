"""Run many windows or questions through base and router, in batches of like length, without a cache."""

from contextlib import nullcontext
from dataclasses import dataclass

import torch

from .base import TextStates
from .blocks import Window, question_window
from .router import Router

BATCH_TOKENS = 3072  # padded text tokens a batch
BATCH_WINDOWS = 96


@dataclass
class TextItem:
    """A window or a question. Segment s is averaged over ids[segments[s][0]:segments[s][1]]; its landmark sees
    ids[:ends[s]] and has position ends[s]."""

    ids: list[int]
    segments: list[tuple[int, int]]
    ends: list[int]

    @property
    def size(self) -> tuple[int, int]:
        return len(self.ids), len(self.segments)


@dataclass
class PaddedBatch:
    """ids [B,T]; segments and visible [B,N,T] bool; positions [B,N]; blockCounts [B]: the rest is padding."""

    ids: torch.Tensor
    segments: torch.Tensor
    visible: torch.Tensor
    positions: torch.Tensor
    blockCounts: list[int]


def window_item(window: Window) -> TextItem:
    return TextItem(window.ids, window.segments, [end for _, end in window.segments])


def question_item(ids: list[int]) -> TextItem:
    """A question's landmark sees all of it and stands at its end."""
    return TextItem(ids, question_window(ids).segments, [len(ids)])


def pad_items(items: list[TextItem]) -> PaddedBatch:
    batch = len(items)
    length = max(len(item.ids) for item in items)
    count = max(len(item.segments) for item in items)
    ids = torch.zeros(batch, length, dtype=torch.long)
    segments = torch.zeros(batch, count, length, dtype=torch.bool)
    positions = torch.ones(batch, count, dtype=torch.long)  # a padded landmark sees something: a finite softmax
    for row, item in enumerate(items):
        ids[row, : len(item.ids)] = torch.tensor(item.ids)
        for block, (start, end) in enumerate(item.segments):
            segments[row, block, start:end] = True
        positions[row, : len(item.ends)] = torch.tensor(item.ends)
    visible = torch.arange(length) < positions[..., None]  # [B,N,T]
    return PaddedBatch(ids, segments, visible, positions, [len(item.segments) for item in items])


def pad_windows(windows: list[Window]) -> PaddedBatch:
    return pad_items([window_item(window) for window in windows])


def pad_questions(questions: list[list[int]]) -> PaddedBatch:
    return pad_items([question_item(ids) for ids in questions])


def batches_by_length(lengths: list[int]) -> list[list[int]]:
    """Indices in batches of like length, each at most BATCH_TOKENS when padded."""
    batches: list[list[int]] = []
    for index in sorted(range(len(lengths)), key=lambda i: (-lengths[i], i)):
        if batches and (len(batches[-1]) + 1) * lengths[batches[-1][0]] <= BATCH_TOKENS and len(batches[-1]) < BATCH_WINDOWS:
            batches[-1].append(index)
        else:
            batches.append([index])
    return batches


def compute_scope(router: Router):
    """Landmark arithmetic in the base's own precision where that is bfloat16."""
    half = router.base.dtype == torch.bfloat16
    return torch.autocast("cpu", torch.bfloat16) if half else nullcontext()


def run_text(router: Router, batch: PaddedBatch) -> TextStates:
    return router.base.text(batch.ids, router.layerCount, keysOnly=True)


def block_states(router: Router, windows: list[Window]) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean text keys and landmark keys [blocks,L,G,C] of all blocks, windows in order."""
    return _states(router, [window_item(window) for window in windows], "keys")


def question_states(router: Router, questions: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean text queries and landmark queries [questions,L,H,C]."""
    return _states(router, [question_item(ids) for ids in questions], "queries")


def _states(router: Router, items: list[TextItem], kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    means: list = [None] * len(items)
    landmarks: list = [None] * len(items)
    for chosen in batches_by_length([len(item.ids) for item in items]):
        batch = pad_items([items[index] for index in chosen])
        text = run_text(router, batch)
        with compute_scope(router):
            states = router.stream(text, batch.visible, batch.positions)
        textStates = text.rawKeys if kind == "keys" else text.rawQueries
        mean = router.mean_states(textStates, batch.segments)  # [B,N,L,heads,C]
        landmark = router.landmark_states(getattr(states, kind))
        for row, index in enumerate(chosen):
            means[index] = mean[row, : batch.blockCounts[row]]
            landmarks[index] = landmark[row, : batch.blockCounts[row]]
    return torch.cat(means), torch.cat(landmarks)


def encode_blocks(router: Router, windows: list[Window]) -> torch.Tensor:
    """Landmark keys [blocks,R]."""
    return router.keys_of(*block_states(router, windows))


def encode_questions(router: Router, questions: list[list[int]]) -> torch.Tensor:
    """Landmark queries [questions,R]."""
    return router.queries_of(*question_states(router, questions))
