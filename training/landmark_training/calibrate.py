"""Calibration on validation packages: when to abstain, and which blocks a sentence rests on.

answerable        the probability that a question has an answer: a logistic function of the best landmark score
                  and of the largest share of the question's words that one block holds. Each question is seen
                  twice: over all blocks, and with its own project taken out (then nothing answers it). The
                  threshold is the highest that lets ANSWERED_SHARE of the questions with an answer pass: an
                  answer with visible citations can be judged by its reader, one that was withheld cannot.
                  separation: the share of pairs of one with and one without an answer that it tells apart, for
                  both features and for each alone.
citeThreshold     on the score of a sentence and a block. Each true sentence is scored against its best gold block
                  and against RANDOM_BLOCKS other blocks of its project; the threshold is the lowest with a
                  precision of CITE_PRECISION.
reliability       the best score in bins of equal count, and how often the best block was right.
"""

import json
import math
import random
from pathlib import Path

import torch
import torch.nn.functional as F

from .bm25 import BM25
from .measures import QuestionSet

ANSWERED_SHARE = 0.98
CITE_PRECISION = 0.9
RANDOM_BLOCKS = 8
RELIABILITY_BINS = 8
LOGISTIC_ROUNDS, LOGISTIC_RIDGE = 200, 1e-4


def calibrate(questionScores: torch.Tensor, sentenceScores: torch.Tensor, questions: QuestionSet, seed: int = 3) -> dict:
    """Both scores [questions,blocks], in the set's order of questions and blocks."""
    return {**fit_answerable(questionScores, questions), **fit_cite(sentenceScores, questions, random.Random(seed)),
            "reliability": reliability(questionScores, questions),
            "measuredOn": {"questions": len(questions.questions), "blocks": len(questions.blockProjects)}}


def fit_answerable(scores: torch.Tensor, questions: QuestionSet) -> dict:
    present, absent = answer_features(scores, questions)
    features = torch.cat([present, absent])  # [2*questions,2]
    holds = torch.cat([torch.ones(len(present)), torch.zeros(len(absent))])
    weights = logistic(features, holds)
    likely = torch.sigmoid(features @ weights[:2] + weights[2])
    chances = likely[: len(present)], likely[len(present):]
    candidates = likely.unique()
    answered = (chances[0][None] >= candidates[:, None]).float().mean(1)
    withheld = (chances[1][None] < candidates[:, None]).float().mean(1)
    chosen = (answered >= ANSWERED_SHARE).nonzero()[-1, 0]
    best = ((answered + withheld) / 2).argmax()
    landmark, words, bias = (round(weight, 4) for weight in weights.tolist())
    return {"answerable": {"landmark": landmark, "words": words, "bias": bias,
                           # Rounded down: the question that sets it passes.
                           "atLeast": math.floor(candidates[chosen].item() * 1e4) / 1e4},
            "answeredWherePresent": round(answered[chosen].item(), 4),
            "withheldWhereAbsent": round(withheld[chosen].item(), 4),
            "bestBalanced": {"threshold": round(candidates[best].item(), 4),
                             "accuracy": round(((answered + withheld) / 2)[best].item(), 4)},
            "separation": {"both": separation(*chances), "landmark": separation(present[:, 0], absent[:, 0]),
                           "words": separation(present[:, 1], absent[:, 1])}}


def answer_features(scores: torch.Tensor, questions: QuestionSet) -> tuple[torch.Tensor, torch.Tensor]:
    """scores [questions,blocks] -> best landmark score and best coverage by words, [questions,2] each: over all
    blocks, and over those of other projects."""
    projects = sorted(set(questions.blockProjects))
    blockProject = torch.tensor([projects.index(name) for name in questions.blockProjects])
    questionProject = torch.tensor([projects.index(name) for name in questions.questionProjects])
    own = questionProject[:, None] == blockProject[None]
    everything = BM25(questions.blockTexts)
    others = [BM25([text for text, name in zip(questions.blockTexts, questions.blockProjects) if name != project])
              for project in projects]
    with_own = torch.tensor([everything.best_coverage(text) for text in questions.questionTexts])
    without = torch.tensor([others[project].best_coverage(text)
                            for project, text in zip(questionProject.tolist(), questions.questionTexts)])
    return (torch.stack([scores.max(1).values, with_own], 1),
            torch.stack([scores.masked_fill(own, -1.0).max(1).values, without], 1))


def logistic(features: torch.Tensor, holds: torch.Tensor) -> torch.Tensor:
    """features [n,F], holds [n] 0 or 1 -> weights [F+1], the last one the bias; a little ridge keeps them finite."""
    weights = torch.zeros(features.shape[1] + 1, requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], max_iter=LOGISTIC_ROUNDS, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        value = F.binary_cross_entropy_with_logits(features @ weights[:-1] + weights[-1], holds) \
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
