"""The untrained start: whitening and head weights fitted to a sample of training pairs.

Raw landmark keys of a frozen base lie within a narrow cone (cosines of .96 to .99 to each other); without
whitening nothing is learned from them. It does not know where the states come from.
"""

from dataclasses import dataclass

import torch
import torch.nn.functional as F

from .router import Router
from .samples import Sample

SURVEY_PAIRS = 384
CHANCE_RECALL = 0.03  # taken off a head's recall at 10 before it becomes its weight
SMALLEST_WEIGHT = 0.02


@dataclass
class Survey:
    """States of some blocks and of questions on them: keyMeans and landmarkKeys [blocks,L,G,C], queryMeans and
    landmarkQueries [questions,L,H,C]; gold: blocks of each question."""

    keyMeans: torch.Tensor
    landmarkKeys: torch.Tensor
    queryMeans: torch.Tensor
    landmarkQueries: torch.Tensor
    gold: list[list[int]]


@torch.no_grad()
def fit_start(router: Router, survey: Survey) -> None:
    """Set means, scales and head weights of the router, as far as it has these parts."""
    if router.parts.whitening:
        for values, mean, scale in (
                (survey.keyMeans, router.keyMean, router.keyScale),
                (survey.landmarkKeys, router.landmarkKeyMean, router.landmarkKeyScale),
                (survey.queryMeans, router.queryMean, router.queryScale),
                (survey.landmarkQueries, router.landmarkQueryMean, router.landmarkQueryScale)):
            mean.copy_(values.mean(0))
            scale.copy_(1 / values.std(0).clamp(min=1e-6))
    if router.parts.headWeights:
        _survey_heads(router, survey)


def _survey_heads(router: Router, survey: Survey) -> None:
    """A head's weight is how well it finds the gold block alone, by the mean states."""
    keys = F.normalize((survey.keyMeans - router.keyMean) * router.keyScale, dim=-1)  # [blocks,L,G,C]
    queries = F.normalize((survey.queryMeans - router.queryMean) * router.queryScale, dim=-1)  # [questions,L,H,C]
    shape = router.base.shape
    for layer in range(len(router.routingLayers)):
        for head in range(shape.heads):
            scores = queries[:, layer, head] @ keys[:, layer, head // shape.groupHeads].T  # [questions,blocks]
            recall = (ranks(scores, survey.gold) < 10).float().mean().item()
            router.headWeights[layer, head] = max(SMALLEST_WEIGHT, recall - CHANCE_RECALL)
    router.headWeights.div_(router.headWeights.max())


def gold_indices(samples: list[Sample]) -> list[list[int]]:
    """Gold blocks of each sample, counted over the blocks of all samples in order."""
    gold, offset = [], 0
    for sample in samples:
        gold.append([offset + block for block in sample.goldBlocks])
        offset += len(sample.window.segments)
    return gold


def ranks(scores: torch.Tensor, gold: list[list[int]]) -> torch.Tensor:
    """scores [questions,blocks] -> rank of each question's best gold block, 0 for the top."""
    best = torch.stack([scores[row, blocks].max() for row, blocks in enumerate(gold)])
    return (scores > best[:, None]).sum(1)
