"""Thresholds fitted on validation packages: when to abstain, and which blocks a sentence rests on.

abstainThreshold  on a question's best block score. Each question is scored twice: over all blocks, and with
                  its own project taken out (then nothing answers it). The threshold is the highest that lets
                  ANSWERED_SHARE of the questions with an answer pass: an answer with visible citations can be
                  judged by its reader, one that was withheld cannot. (The best balanced accuracy lies higher; it
                  withholds one answer in five here, and more of natural questions, which score lower.)
citeThreshold     on the score of a sentence and a block. Each true sentence is scored against its best gold block
                  and against RANDOM_BLOCKS other blocks of its project; the threshold is the lowest with a
                  precision of CITE_PRECISION.
reliability       the best score in bins of equal count, and how often the best block was right.
"""

import json
import random
from pathlib import Path

import torch

from .measures import QuestionSet

ANSWERED_SHARE = 0.98
CITE_PRECISION = 0.9
RANDOM_BLOCKS = 8
RELIABILITY_BINS = 8


def calibrate(questionScores: torch.Tensor, sentenceScores: torch.Tensor, questions: QuestionSet, seed: int = 3) -> dict:
    """Both scores [questions,blocks], in the set's order of questions and blocks."""
    return {**fit_abstain(questionScores, questions), **fit_cite(sentenceScores, questions, random.Random(seed)),
            "reliability": reliability(questionScores, questions),
            "measuredOn": {"questions": len(questions.questions), "blocks": len(questions.blockProjects)}}


def fit_abstain(scores: torch.Tensor, questions: QuestionSet) -> dict:
    present = scores.max(1).values  # [questions]
    projects = sorted(set(questions.blockProjects))
    blockProject = torch.tensor([projects.index(name) for name in questions.blockProjects])
    questionProject = torch.tensor([projects.index(name) for name in questions.questionProjects])
    own = questionProject[:, None] == blockProject[None]
    absent = scores.masked_fill(own, -1.0).max(1).values
    candidates = torch.cat([present, absent]).unique()
    answered = (present[None] >= candidates[:, None]).float().mean(1)
    withheld = (absent[None] < candidates[:, None]).float().mean(1)
    chosen = (answered >= ANSWERED_SHARE).nonzero()[-1, 0]
    best = ((answered + withheld) / 2).argmax()
    return {"abstainThreshold": round(candidates[chosen].item(), 4),
            "answeredWherePresent": round(answered[chosen].item(), 4),
            "withheldWhereAbsent": round(withheld[chosen].item(), 4),
            "bestBalanced": {"threshold": round(candidates[best].item(), 4),
                             "accuracy": round(((answered + withheld) / 2)[best].item(), 4)}}


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
