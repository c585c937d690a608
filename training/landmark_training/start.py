"""The untrained start: whitening and head weights fitted to a sample of training pairs.

Raw landmark keys of a frozen base lie within a narrow cone (cosines of .96 to .99 to each other); without
whitening nothing is learned from them.
"""

import torch
import torch.nn.functional as F

from .encode import block_states, question_states
from .router import Router
from .samples import Sample

SURVEY_PAIRS = 384
CHANCE_RECALL = 0.03  # taken off a head's recall at 10 before it becomes its weight
SMALLEST_WEIGHT = 0.02


@torch.no_grad()
def fit_start(router: Router, samples: list[Sample]) -> None:
    """Set means, scales and head weights of the router from samples (the first question of each)."""
    keyMeans, landmarkKeys = block_states(router, [sample.window for sample in samples])
    queryMeans, landmarkQueries = question_states(router, [sample.questions[0] for sample in samples])
    for values, mean, scale in (
            (keyMeans, router.keyMean, router.keyScale),
            (landmarkKeys, router.landmarkKeyMean, router.landmarkKeyScale),
            (queryMeans, router.queryMean, router.queryScale),
            (landmarkQueries, router.landmarkQueryMean, router.landmarkQueryScale)):
        mean.copy_(values.mean(0))
        scale.copy_(1 / values.std(0).clamp(min=1e-6))
    gold = gold_indices(samples)
    keys = F.normalize((keyMeans - router.keyMean) * router.keyScale, dim=-1)  # [blocks,L,G,C]
    queries = F.normalize((queryMeans - router.queryMean) * router.queryScale, dim=-1)  # [questions,L,H,C]
    shape = router.base.shape
    for layer in range(len(router.routingLayers)):
        for head in range(shape.heads):
            scores = queries[:, layer, head] @ keys[:, layer, head // shape.groupHeads].T  # [questions,blocks]
            recall = (ranks(scores, gold) < 10).float().mean().item()
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
