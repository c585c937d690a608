"""The landmark stream over stored text: landmark keys and queries without running the base."""

import torch

from ..encode import compute_scope
from ..router import Router
from .gather import Gathered


def states_of(router: Router, blocks: Gathered, questions: Gathered) -> tuple[torch.Tensor, torch.Tensor]:
    """Landmark keys [blocks,L,G,C] and queries [questions,L,H,C] in one run, in the order in which they were picked."""
    with compute_scope(router):
        states = router.stream.run(blocks.groups + questions.groups)
    keys = torch.stack([states.keys[layer] for layer in router.routingLayers], 1).float()  # [M,L,G,C]
    queries = torch.stack([states.queries[layer] for layer in router.routingLayers], 1).float()  # [M,L,H,C]
    return keys[blocks.rowOf], queries[len(blocks.rowOf) + questions.rowOf]


def vectors_of(router: Router, blocks: Gathered, questions: Gathered) -> tuple[torch.Tensor, torch.Tensor]:
    """Landmark keys [blocks,R] and queries [questions,R]."""
    keys, queries = states_of(router, blocks, questions)
    return router.keys_of(blocks.means, keys), router.queries_of(questions.means, queries)
