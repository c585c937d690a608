"""Fuse landmarks and words by weights that are fitted; say how likely a block is to hold the answer, and whether any is.

    python -m landmark_training.fusion [--landmarks FILE] [--calibration FILE]

Fits on whole files of the packages with the role fusion, which nothing was trained on and nothing is evaluated on, and
writes `fusion` and `answerable` (answerable.py) into calibration.json, beside what stands there. Each package is a workspace of its own: scores, ranks and
rarities of words are counted within it. Kinds of questions weigh alike. Every way to fuse is compared on packages that it
was not fitted on, one package left out after the other. Without a training run, its text pass takes minutes, once.
"""

import argparse
import json
import os
import time
from collections import Counter
from pathlib import Path

import numpy as np
import torch

from .answerable import fit_answerable
from .base import Base
from .bases import BASES, SMALL_PACKAGE, TRAINED
from .config import CACHE, MODELS
from .data.build import build_pairs
from .fusion_arms import RECIPROCAL_RANKS, Asked, by_reciprocal_rank, by_score, figures_of, found_in, reciprocal_gains
from .fusion_features import CANDIDATES_PER_ARM, FEATURES, RANK_OFFSET, candidates_of, order_of, workspace_of
from .fusion_fit import Fusion, Rows, fit_fusion
from .markdown import answerable_as_markdown, fusion_as_markdown
from .measures import FUSION_TOKENS, Measure, QuestionSet, open_fusion_measure
from .router import Router
from .samples import Sampler
from .save import load_landmarks, routing_layers_of
from .tokenizer import tokenizer_from_gguf
from .traindata import CacheSource
from .weights import fetch_gguf, load_base_file

LANDMARKS_ALONE, WORDS_ALONE = "landmarks", "words"
RANKS, FITTED_RANKS, LEARNED = f"reciprocal ranks ({RANK_OFFSET})", "reciprocal ranks, fitted", "learned fusion"
RELIABILITY_BINS = 10
FEWEST_PROJECTS = 2
HEAVIEST = 4.0  # times the mean weight: a few questions of a rare kind do not decide
# Questions that a section of prose answers, which are sentences of that very section. Of what people asked about five
# repositories (the development questions) prose answers a thirtieth, and it is 0 to .48 of their blocks.
SECTION, SECTION_SHARE = "section", 1 / 30


def questions_of(landmark: np.ndarray, questions: QuestionSet) -> list[Asked]:
    """landmark [questions,blocks]: scores in the set's order. Each question with the blocks of its own project."""
    projects = np.array(questions.blockProjects)
    lineCounts = np.array([last - first + 1 for first, last in questions.blockLines])
    asked = []
    for project in dict.fromkeys(questions.questionProjects):
        places = np.flatnonzero(projects == project)
        workspace = workspace_of([questions.blockPaths[place] for place in places], [questions.blockTexts[place] for place in places])
        for row in np.flatnonzero(np.array(questions.questionProjects) == project):
            scores = landmark[row, places].astype(np.float32)
            text = questions.questionTexts[row]
            asked.append(Asked(workspace, lineCounts[places], np.isin(places, questions.gold[row]), scores,
                               workspace.words.scores(text).astype(np.float32), candidates_of(workspace, text, scores), project,
                               questions.questionKinds[row]))
    return asked


def weights_of(asked: list[Asked]) -> np.ndarray:
    """[Q], in all 1: kinds weigh alike as far as none of their questions is heavier than HEAVIEST; then sections of prose are held
    to SECTION_SHARE."""
    counts = Counter(one.kind for one in asked)
    alike = np.array([1 / (len(counts) * counts[one.kind]) for one in asked])
    capped = np.minimum(alike, HEAVIEST / len(asked))
    isSection = np.array([one.kind == SECTION for one in asked])
    if not isSection.all() and capped[isSection].sum() > SECTION_SHARE * capped.sum():
        for rows, share in ((isSection, SECTION_SHARE), (~isSection, 1 - SECTION_SHARE)):
            capped[rows] *= share / capped[rows].sum()
    return capped / capped.sum()


def rows_of(asked: list[Asked]) -> Rows:
    return Rows(np.concatenate([one.candidates.features for one in asked]),
                np.concatenate([one.gold[one.candidates.blocks] for one in asked]),
                np.repeat(np.arange(len(asked)), [len(one.candidates.blocks) for one in asked]), weights_of(asked))


def fit(landmark: np.ndarray, questions: QuestionSet) -> dict:
    """landmark [questions,blocks] -> what calibration.json holds of fusion, and of whether there is an answer."""
    asked = questions_of(landmark, questions)
    fusion = fit_fusion(rows_of(asked))
    return {"fusion": fusion_figures(fusion, asked, questions), **fit_answerable(landmark, questions, fusion)}


def fusion_figures(fusion: Fusion, asked: list[Asked], questions: QuestionSet) -> dict:
    ranksOfAll = RECIPROCAL_RANKS[int((weights_of(asked)[:, None] * np.stack([reciprocal_gains(one) for one in asked])).sum(0).argmax())]
    measured, reliability = cross_validated(asked)
    return {"candidatesPerArm": CANDIDATES_PER_ARM,
            "weights": {name: round(float(weight), 6) for name, weight in zip(FEATURES, fusion.weights)},
            "slope": round(fusion.slope, 6), "contest": round(fusion.contest, 6), "bias": round(fusion.bias, 6),
            "fittedReciprocalRanks": {"landmarkOffset": ranksOfAll[0][0], "wordsOffset": ranksOfAll[0][1], "landmarkShare": ranksOfAll[1]},
            "crossValidated": measured, **reliability,
            "measuredOn": {"projects": dict(Counter(one.project for one in asked)), "blocks": len(questions.blockProjects),
                           "kinds": dict(Counter(one.kind for one in asked)), "questions": len(asked),
                           "goldAmongCandidates": round(float(np.average([one.gold[one.candidates.blocks].any() for one in asked],
                                                                         weights=weights_of(asked))), 4)}}


def cross_validated(asked: list[Asked]) -> tuple[dict[str, dict], dict]:
    """{arm: figures}, and how the probabilities held; each question by what was fitted on the other projects."""
    projects = list(dict.fromkeys(one.project for one in asked))
    assert len(projects) >= FEWEST_PROJECTS, f"to leave one project out takes {FEWEST_PROJECTS}; there is {len(projects)}"
    gains = np.stack([reciprocal_gains(one) for one in asked])  # [Q, RECIPROCAL_RANKS]
    orders: dict[str, list] = {name: [None] * len(asked) for name in (LANDMARKS_ALONE, WORDS_ALONE, RANKS, FITTED_RANKS, LEARNED)}
    chances: list = [None] * len(asked)
    for project in projects:
        others = [index for index, one in enumerate(asked) if one.project != project]
        weight = weights_of([asked[index] for index in others])
        fusion = fit_fusion(rows_of([asked[index] for index in others]))
        offsets, share = RECIPROCAL_RANKS[int((weight[:, None] * gains[others]).sum(0).argmax())]
        for index, one in enumerate(asked):
            if one.project != project:
                continue
            scores = fusion.scores(one.candidates.features)
            chances[index] = fusion.probabilities(scores)
            orders[LANDMARKS_ALONE][index] = by_score(one.landmark)
            orders[WORDS_ALONE][index] = by_score(one.words)
            orders[RANKS][index] = by_reciprocal_rank(one)
            orders[FITTED_RANKS][index] = by_reciprocal_rank(one, offsets, share)
            orders[LEARNED][index] = order_of(one.candidates, scores)
    weight = weights_of(asked)
    figures = {name: figures_of([found_in(one, order) for one, order in zip(asked, ranked)], weight) for name, ranked in orders.items()}
    rows = rows_of(asked)
    return figures, reliability_of(np.concatenate(chances), rows.isGold, weight[rows.question])


def reliability_of(chance: np.ndarray, holds: np.ndarray, weight: np.ndarray) -> dict:
    """All [M]: a table of bins of equal width, and the mean distance between what was said and what was so."""
    bins = np.minimum((chance * RELIABILITY_BINS).astype(int), RELIABILITY_BINS - 1)
    table, distance = [], 0.0
    for number in range(RELIABILITY_BINS):
        inside = bins == number
        row = {"from": number / RELIABILITY_BINS, "to": (number + 1) / RELIABILITY_BINS, "blocks": int(inside.sum())}
        if inside.any():
            said, was = float(np.average(chance[inside], weights=weight[inside])), float(np.average(holds[inside], weights=weight[inside]))
            distance += abs(said - was) * weight[inside].sum() / weight.sum()
            row |= {"said": round(said, 4), "held": round(was, 4)}
        table.append(row)
    return {"reliability": table, "calibrationError": round(float(distance), 5)}


def fit_router(router: Router, measure: Measure) -> dict:
    """With the keys rounded to bytes, as an index keeps them."""
    return fit(measure.scores(router, byteKeys=True)[0].numpy(), measure.set)


def write_into(calibration: Path, fitted: dict) -> None:
    """Set what was fitted in calibration.json; the rest stays."""
    if not calibration.exists():
        raise SystemExit(f"{calibration} is not there: the training report writes it; --calibration names another file")
    saved = json.loads(calibration.read_text(encoding="utf-8"))
    # Of the threshold before (threshold.py).
    saved.pop("atLeastChosen", None)
    unfinished = calibration.with_suffix(".unfinished")
    unfinished.write_text(json.dumps({**saved, **fitted}, indent=1) + "\n", encoding="utf-8")
    unfinished.replace(calibration)


def open_router(arguments: argparse.Namespace) -> tuple[Router, Measure]:
    """Landmarks and what they are fitted on, without any training data."""
    torch.set_num_threads(arguments.threads)
    layerCount = max(routing_layers_of(arguments.landmarks)) + 1
    shape, tensors, reader = load_base_file(fetch_gguf(arguments.gguf, BASES[arguments.package]), torch.bfloat16, layerCount)
    base = Base(shape, tensors, torch.bfloat16, compiled=not arguments.uncompiled)
    tokenizer = tokenizer_from_gguf(reader)
    source = CacheSource(base, tokenizer, BASES[arguments.package].sha256, layerCount)
    measure = open_fusion_measure(source, arguments.pairs or build_pairs(), Sampler(tokenizer), arguments.measures, arguments.tokens)
    return load_landmarks(arguments.landmarks, base), measure


def main(arguments: argparse.Namespace) -> None:
    began = time.monotonic()
    fitted = fit_router(*open_router(arguments))
    write_into(arguments.calibration, fitted)
    print("\n".join([*answerable_as_markdown(fitted), "", *fusion_as_markdown(fitted["fusion"])]))
    print(f"\nfitted in {time.monotonic() - began:.0f} seconds; written to {arguments.calibration}")


def parse_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", default=SMALL_PACKAGE, choices=TRAINED)
    parser.add_argument("--landmarks", type=Path, default=None, help="that are fused with words; the package's own")
    parser.add_argument("--calibration", type=Path, default=None, help="that gets the weights; the package's own")
    parser.add_argument("--pairs", type=Path, default=None, help="pairs.jsonl; built where it is not given")
    parser.add_argument("--gguf", type=Path, default=None, help="a local base file; fetched where it is absent")
    parser.add_argument("--measures", type=Path, default=CACHE / "measures", help="folder of the frozen set and its states")
    parser.add_argument("--tokens", type=int, default=FUSION_TOKENS, help="of whole files; another number is another set")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--uncompiled", action="store_true", help="without torch.compile, for small sets")
    arguments = parser.parse_args(words)
    arguments.landmarks = arguments.landmarks or MODELS / arguments.package / "landmarks.safetensors"
    arguments.calibration = arguments.calibration or MODELS / arguments.package / "calibration.json"
    return arguments


if __name__ == "__main__":
    main(parse_arguments())
