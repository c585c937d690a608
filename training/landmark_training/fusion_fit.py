"""Fits of fusion: weights that rank candidates, and the probability that one of them holds the answer.

weights       a linear score of the features, fitted listwise: the share that a softmax over a question's candidates
              gives to its gold blocks. Features of EVIDENCE have weights of 0 or more: more evidence never counts against
              a block, also where a workspace is larger than any of the fit.
probability   sigmoid(slope * score + contest * log(sum of exp(score) over the candidates) + bias), fitted on every
              candidate: how high a block scores, and how many others score as high. It keeps the order of the scores.

Rows of all questions stand one after the other. Shapes: Q questions, M rows (candidates of all questions), D features.
"""

from dataclasses import dataclass

import numpy as np
import torch
import torch.nn.functional as F

from .fusion_features import EVIDENCE, FEATURES

RIDGE = 1e-3  # on weights of features of deviation 1
ROUNDS = 300
START = 0.3  # of the square roots of the weights
SMALLEST_DEVIATION = 1e-9


@dataclass
class Rows:
    """features [M,D]; isGold [M]; question [M], ascending: whose candidate a row is; weight [Q]: of each question."""

    features: np.ndarray
    isGold: np.ndarray
    question: np.ndarray
    weight: np.ndarray


@dataclass
class Fusion:
    """weights [D] by FEATURES."""

    weights: np.ndarray
    slope: float
    contest: float
    bias: float

    def scores(self, features: np.ndarray) -> np.ndarray:
        """features [C,D] -> [C]"""
        return features @ self.weights

    def probabilities(self, scores: np.ndarray) -> np.ndarray:
        """scores [C] of one question's candidates -> [C]"""
        return 1 / (1 + np.exp(-(self.slope * scores + self.contest * log_sum_of(scores) + self.bias)))


def log_sum_of(scores: np.ndarray) -> float:
    """scores [C] -> log of the sum of their exp; 0 where there are none."""
    return float(scores.max() + np.log(np.exp(scores - scores.max()).sum())) if len(scores) else 0.0


def fit_fusion(rows: Rows) -> Fusion:
    weights = fit_weights(rows)
    return Fusion(weights, *fit_probability(rows, rows.features @ weights))


def _minimized(start: torch.Tensor, loss_of) -> torch.Tensor:
    values = start.clone().requires_grad_(True)
    optimizer = torch.optim.LBFGS([values], max_iter=ROUNDS, line_search_fn="strong_wolfe", tolerance_change=1e-12)

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = loss_of(values)
        value.backward()
        return value

    optimizer.step(loss)
    return values.detach()


def _log_sum(values: torch.Tensor, question: torch.Tensor, count: int) -> torch.Tensor:
    """values [M] -> log of the sum of exp over each question's rows [Q]; -inf where it has none."""
    largest = torch.full((count,), -torch.inf, dtype=values.dtype).scatter_reduce(0, question, values.detach(), "amax")
    safe = largest.clamp(min=-1e30)
    return safe + torch.zeros(count, dtype=values.dtype).index_add(0, question, (values - safe[question]).exp()).log()


def fit_weights(rows: Rows) -> np.ndarray:
    """Questions without a gold block among their candidates teach nothing here."""
    count = len(rows.weight)
    hasGold = np.bincount(rows.question[rows.isGold], minlength=count) > 0
    assert hasGold.any(), "no question has a gold block among its candidates"
    kept = hasGold[rows.question]
    deviation = rows.features[kept].std(0)
    varies = deviation > SMALLEST_DEVIATION
    scale = np.where(varies, deviation, 1.0)
    features = torch.from_numpy(rows.features[kept] / scale * varies)
    question, gold = torch.from_numpy(rows.question[kept]), torch.from_numpy(rows.isGold[kept])
    share = torch.from_numpy(rows.weight[hasGold] / rows.weight[hasGold].sum())
    known = torch.from_numpy(hasGold)
    isEvidence = torch.tensor([name in EVIDENCE for name in FEATURES])

    def weights_of(values: torch.Tensor) -> torch.Tensor:
        return torch.where(isEvidence, values.square(), values)

    def loss(values: torch.Tensor) -> torch.Tensor:
        weights = weights_of(values)
        scores = features @ weights
        missed = _log_sum(scores, question, count)[known] - _log_sum(scores[gold], question[gold], count)[known]
        return (share * missed).sum() + RIDGE * weights.square().sum()

    start = torch.where(isEvidence, START, 0.0).double()
    return weights_of(_minimized(start, loss)).numpy() / scale * varies


def fit_probability(rows: Rows, scores: np.ndarray) -> tuple[float, float, float]:
    """scores [M] -> slope, contest, bias."""
    count = len(rows.weight)
    given, question = torch.from_numpy(scores), torch.from_numpy(rows.question)
    contested = _log_sum(given, question, count)[question]
    holds = torch.from_numpy(rows.isGold).double()
    share = torch.from_numpy(rows.weight)[question]
    share = share / share.sum() * len(share)

    def loss(values: torch.Tensor) -> torch.Tensor:
        return F.binary_cross_entropy_with_logits(values[0] * given + values[1] * contested + values[2], holds, share)

    slope, contest, bias = _minimized(torch.tensor([1.0, -1.0, 0.0]).double(), loss).tolist()
    assert slope > 0, f"a slope of {slope} would turn the order of the candidates round"
    return slope, contest, bias
