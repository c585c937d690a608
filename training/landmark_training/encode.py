"""Run many windows or questions through base and router, in batches of like length."""

from contextlib import nullcontext
from dataclasses import dataclass

import torch

from .base import TextStates
from .blocks import Window, question_window
from .router import Router

BATCH_TOKENS = 3072  # padded text tokens a batch
BATCH_WINDOWS = 96


@dataclass
class PaddedBatch:
    """ids [B,T]; segments and visible [B,N,T] bool; positions [B,N]; blockCounts [B]: the rest is padding."""

    ids: torch.Tensor
    segments: torch.Tensor
    visible: torch.Tensor
    positions: torch.Tensor
    blockCounts: list[int]


def pad_windows(windows: list[Window]) -> PaddedBatch:
    batch = len(windows)
    length = max(len(window.ids) for window in windows)
    count = max(len(window.segments) for window in windows)
    ids = torch.zeros(batch, length, dtype=torch.long)
    segments = torch.zeros(batch, count, length, dtype=torch.bool)
    visible = torch.zeros(batch, count, length, dtype=torch.bool)
    visible[:, :, 0] = True  # a padded landmark sees something, so that its softmax is finite
    positions = torch.zeros(batch, count, dtype=torch.long)
    for row, window in enumerate(windows):
        ids[row, : len(window.ids)] = torch.tensor(window.ids)
        for block, (start, end) in enumerate(window.segments):
            segments[row, block, start:end] = True
            visible[row, block, :end] = True
            positions[row, block] = end
    return PaddedBatch(ids, segments, visible, positions, [len(window.segments) for window in windows])


def pad_questions(questions: list[list[int]]) -> PaddedBatch:
    """A question's landmark sees all of it and stands at its end."""
    batch = pad_windows([question_window(ids) for ids in questions])
    for row, ids in enumerate(questions):
        batch.visible[row, 0, : len(ids)] = True
        batch.positions[row, 0] = len(ids)
    return batch


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
    return _states(router, [len(window.ids) for window in windows],
                   lambda chosen: pad_windows([windows[index] for index in chosen]), "keys")


def question_states(router: Router, questions: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Mean text queries and landmark queries [questions,L,H,C]."""
    return _states(router, [len(ids) for ids in questions],
                   lambda chosen: pad_questions([questions[index] for index in chosen]), "queries")


def _states(router: Router, lengths: list[int], pad, kind: str) -> tuple[torch.Tensor, torch.Tensor]:
    means: list = [None] * len(lengths)
    landmarks: list = [None] * len(lengths)
    for chosen in batches_by_length(lengths):
        batch = pad(chosen)
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
