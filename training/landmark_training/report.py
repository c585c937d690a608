"""Measure trained landmarks beside their untrained start, BM25 and MiniLM, calibrate, fit fusion, and write the report.

python -m landmark_training.report [--seed 1 2 3]
"""

import argparse
import json
import time
from collections import Counter
from pathlib import Path
from typing import Callable

import torch

from .bases import BASES, report_name
from .calibrate import calibrate, save_calibration
from .config import CACHE, MODELS, REPORTS
from .data.build import build_pairs
from .evaluate import bm25_scores, intervals_of, mean_of, recall_at_ranks
from .fusion import fit_router
from .markdown import as_markdown
from .measures import DRAWS, FILES, Measure, open_fusion_measure
from .minilm import MiniLM, fetch_minilm
from .plot import plot_report
from .router import Router
from .samples import Sampler
from .save import load_landmarks, read_landmarks
from .start import ranks
from .train import LANDMARKS, Setting, open_setting, parse_arguments, run_folder, started_trainer

START, TRAINED, WORDS, MEANING = "untrained start", "trained landmarks", "BM25", "MiniLM"
PAIRS_TITLE, FILES_TITLE = "pairs of windows of two blocks", "whole files in full windows"

Arm = Callable[[Measure], torch.Tensor]  # scores [questions,blocks] of a set


def router_arm(router: Router) -> Arm:
    return lambda measure: measure.scores(router)[0]


def words_arm(measure: Measure) -> torch.Tensor:
    return bm25_scores(measure.set.blockTexts, measure.set.questionTexts)


def meaning_arm() -> Arm:
    """MiniLM in float32; its vectors of a set are kept beside the set's states."""
    model: list[MiniLM] = []

    def scores(measure: Measure) -> torch.Tensor:
        path = measure.folder / "minilm.pt"
        if not path.exists():
            model[:] = model or [MiniLM(fetch_minilm())]
            torch.save([model[0].vectors(measure.set.blockTexts), model[0].vectors(measure.set.questionTexts)], path)
        blocks, questions = torch.load(path, weights_only=True)  # [N,384], [Q,384]
        return questions @ blocks.T

    return scores


def figures_of(arm: Arm, measures: list[Measure]) -> dict:
    """Recalls of an arm; several sets are draws, and their figures means. Intervals are over the questions of all."""
    found = [(ranks(arm(measure), measure.set.gold), len(measure.set.blockTexts)) for measure in measures]
    tables = [recall_at_ranks(rank, blocks) for rank, blocks in found]
    return {**(mean_of(tables) if len(tables) > 1 else tables[0]), "intervals": intervals_of(torch.cat([rank for rank, _ in found]))}


def trained_routers(setting: Setting, arguments: argparse.Namespace) -> dict[str, Router]:
    """The first seed's landmarks, and those of the other seeds by their names."""
    routers = {}
    for seed in arguments.seed:
        name = TRAINED if seed == arguments.seed[0] else f"{TRAINED}, seed {seed}"
        routers[name] = load_landmarks(run_folder(arguments, seed) / LANDMARKS, setting.base)
    return routers


def measure_arms(setting: Setting, arguments: argparse.Namespace) -> dict[str, dict]:
    """{set title: {arm: figures}}"""
    untrained = argparse.Namespace(**{**vars(arguments), "start": None})
    start = started_trainer(setting, untrained, arguments.seed[0]).router
    arms: dict[str, Arm] = {START: router_arm(start)}
    arms |= {name: router_arm(router) for name, router in trained_routers(setting, arguments).items()}
    arms |= {WORDS: words_arm, MEANING: meaning_arm()}
    groups = {PAIRS_TITLE: [measure for measure in setting.measures if measure.set.name.startswith(DRAWS)]}
    for measure in setting.measures:
        if not measure.set.name.startswith(DRAWS):
            groups[FILES_TITLE if measure.set.name == FILES else f"whole {measure.set.name}"] = [measure]
    return {title: {name: figures_of(arm, measures) for name, arm in arms.items()}
            for title, measures in groups.items() if measures}


def calibration_of(setting: Setting, arguments: argparse.Namespace) -> dict:
    router = load_landmarks(run_folder(arguments, arguments.seed[0]) / LANDMARKS, setting.base)
    measure = next(measure for measure in setting.measures if measure.set.name == FILES)
    fusion = open_fusion_measure(setting.source, arguments.pairs or build_pairs(), Sampler(setting.tokenizer), CACHE / "measures",
                                 arguments.fusion_tokens)
    return {**calibrate(*measure.scores(router), measure.set), **fit_router(router, fusion)}


def training_figures(setting: Setting, arguments: argparse.Namespace) -> dict:
    """What the first seed's run was, from its checkpoint, and what it was trained on."""
    saved = torch.load(run_folder(arguments, arguments.seed[0]) / "checkpoint.pt", weights_only=True)
    position, choice = saved["position"], setting.data.choice
    counts = CACHE / "pairs-v2" / "pairs.json"
    mixed = read_landmarks(run_folder(arguments, arguments.seed[0]) / LANDMARKS)[1].get("mixed")
    return {**({"mixed": json.loads(mixed)} if mixed else {}), "base": BASES[arguments.package].name, "seed": saved["seed"], "seeds": arguments.seed, "minutes": round(position["elapsedSeconds"] / 60, 1),
            "steps": position["step"], "epochs": position["epoch"] + 1,
            "secondsPerStep": round(position["elapsedSeconds"] / max(1, position["step"]), 3),
            "textTokens": choice.tokens, "windows": dict(Counter(window.form for window in choice.windows)),
            "pairsByKind": dict(Counter(pair.kind for pair in choice.pairs)),
            "pairsByLanguage": dict(Counter(pair.language for pair in choice.pairs)),
            "projects": setting.data.arrangement.projectCount,
            "data": json.loads(counts.read_text())["pairs"] if counts.exists() else {}}


def main(arguments: argparse.Namespace, setting: Setting | None = None) -> None:
    setting = setting or open_setting(arguments, languages=arguments.languages)
    began = time.monotonic()
    figures = measure_arms(setting, arguments)
    calibration = calibration_of(setting, arguments)
    training = training_figures(setting, arguments)
    reports, name = arguments.out or REPORTS, report_name(arguments.package)
    save_calibration(calibration, (arguments.out or MODELS / arguments.package) / "calibration.json")
    reports.mkdir(parents=True, exist_ok=True)
    (reports / f"{name}.json").write_text(
        json.dumps({"training": training, "measured": figures, "calibration": calibration}, indent=1) + "\n")
    plot_report(reports / f"{name}.json")
    text = as_markdown(training, figures, calibration)
    (reports / f"{name}.md").write_text(text)
    print(text)
    print(f"measured in {time.monotonic() - began:.0f} seconds")


if __name__ == "__main__":
    main(parse_arguments())
