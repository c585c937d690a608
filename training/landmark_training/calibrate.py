"""Calibration on validation packages: which blocks a sentence rests on, and how sure the best one is.

citeThreshold     on the score of a sentence and a block. Each true sentence is scored against its best gold block
                  and against RANDOM_BLOCKS other blocks of its project; the threshold is the lowest with a
                  precision of CITE_PRECISION.
reliability       the best score in bins of equal count, and how often the best block was right.
"""

import json
import random
from pathlib import Path

import torch
import torch.nn.functional as F

from .measures import QuestionSet

CITE_PRECISION = 0.9
RANDOM_BLOCKS = 8
RELIABILITY_BINS = 8
LOGISTIC_ROUNDS, LOGISTIC_RIDGE = 200, 1e-4


def calibrate(questionScores: torch.Tensor, sentenceScores: torch.Tensor, questions: QuestionSet, seed: int = 3) -> dict:
    """Both scores [questions,blocks], in the set's order of questions and blocks."""
    return {**fit_cite(sentenceScores, questions, random.Random(seed)),
            "reliability": reliability(questionScores, questions),
            "measuredOn": {"questions": len(questions.questions), "blocks": len(questions.blockProjects)}}


def logistic(features: torch.Tensor, holds: torch.Tensor, share: torch.Tensor) -> torch.Tensor:
    """features [n,F], holds [n] 0 or 1, share [n]: how much each counts -> weights [F+1], the last one the bias; a little
    ridge keeps them finite."""
    weights = torch.zeros(features.shape[1] + 1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=LOGISTIC_ROUNDS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = F.binary_cross_entropy_with_logits(features @ weights[:-1] + weights[-1], holds, share) \
            + LOGISTIC_RIDGE * weights[:-1].square().sum()
        value.backward()
        return value

    optimizer.step(loss)
    return weights.detach()


def separation(present: torch.Tensor, absent: torch.Tensor) -> float:
    """Area under the curve: how often one with an answer scores above one without; ties count half."""
    above = (present[:, None] > absent[None]).float() + 0.5 * (present[:, None] == absent[None]).float()
    return round(above.mean().item(), 4)


def fit_cite(scores: torch.Tensor, questions: QuestionSet, rng: random.Random) -> dict:
    blocksOf: dict[str, list[int]] = {}
    for block, project in enumerate(questions.blockProjects):
        blocksOf.setdefault(project, []).append(block)
    right, wrong = [], []
    for row, (gold, project) in enumerate(zip(questions.gold, questions.questionProjects)):
        right.append(scores[row, gold].max().item())
        others = [block for block in blocksOf[project] if block not in gold]
        wrong += [scores[row, block].item() for block in rng.sample(others, min(RANDOM_BLOCKS, len(others)))]
    positive, negative = torch.tensor(right), torch.tensor(wrong)
    candidates = torch.cat([positive, negative]).unique()
    kept = (positive[None] >= candidates[:, None]).sum(1).float()
    false = (negative[None] >= candidates[:, None]).sum(1).float()
    precision = kept / (kept + false).clamp(min=1)
    enough = (precision >= CITE_PRECISION).nonzero()
    chosen = enough[0, 0] if len(enough) else precision.argmax()
    return {"citeThreshold": round(candidates[chosen].item(), 4), "citePrecision": round(precision[chosen].item(), 4),
            "citeRecall": round((kept[chosen] / len(positive)).item(), 4), "citeRandomBlocks": RANDOM_BLOCKS}


def reliability(scores: torch.Tensor, questions: QuestionSet) -> list[dict]:
    best, place = scores.max(1)
    right = torch.tensor([block in gold for block, gold in zip(place.tolist(), questions.gold)]).float()
    table = []
    for chosen in best.argsort().chunk(RELIABILITY_BINS):
        table.append({"from": round(best[chosen[0]].item(), 3), "to": round(best[chosen[-1]].item(), 3),
                      "questions": len(chosen), "right": round(right[chosen].mean().item(), 3)})
    return table


def save_calibration(calibration: dict, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(calibration, indent=1) + "\n")
