"""What the verdict of a package's reader counts, by questions that people asked.

    python -m landmark_training.verdict --package NAME --refusing refusing.json [--refuse 0.09]

`refusing.json` is what `npm run bench:refusing -- [--model NAME] [--reader NAME]` has written of the development questions: by how
much each passes the threshold of routing, and the reader's lead of Yes over No where it was asked. The weight of the lead is that of
a logistic regression beside the margin (whose weight is then 1, so that the sum is in nats); the bias lets the questions pass that
may not be refused. Reports the same chosen without each repository, and writes calibration.json and manifest.json.
"""

import argparse
import json
import math
from pathlib import Path

import torch

from .calibrate import logistic
from .config import MODELS


def fit_lead(asked: list[dict]) -> float:
    """The weight of a lead in nats of margin, both kinds of questions weighing alike."""
    holds = torch.tensor([float(question["answerable"]) for question in asked])
    if holds.min() == holds.max():
        raise ValueError("the verdict is fitted to questions with an answer and without one")
    features = torch.tensor([[question["margin"], question["lead"]] for question in asked])
    share = torch.where(holds == 1, 0.5 / holds.sum(), 0.5 / (1 - holds).sum()) * len(asked)
    margin, lead, _ = logistic(features, holds, share).tolist()
    if margin <= 0:
        raise ValueError("routing tells nothing where it is in doubt; choose its own threshold first")
    return lead / margin


def fit(questions: list[dict], reach: float, refuse: float) -> dict:
    """Weight, and the bias under which at most a share `refuse` of all questions with an answer is refused."""
    asked = [question for question in questions if "lead" in question]
    lead = fit_lead(asked)
    answered = [question for question in questions if question["answerable"]]
    beyond = sum("lead" not in question and question["margin"] < 0 for question in answered)
    may = math.floor(refuse * len(answered)) - beyond
    sums = sorted(question["margin"] + lead * question["lead"] for question in answered if "lead" in question)
    if not 0 <= may < len(sums):
        raise ValueError(f"no bias refuses {refuse} of the questions with an answer: routing alone refuses {beyond}")
    # Rounded up: the question that sets it passes.
    return {"lead": round(lead, 4), "bias": math.ceil(-sums[may] * 1e4 + 1) / 1e4, "reach": reach}


def is_refused(question: dict, verdict: dict) -> bool:
    if "lead" not in question:
        return question["margin"] < 0
    return question["margin"] + verdict["lead"] * question["lead"] + verdict["bias"] < 0


def refused(questions: list[dict], verdict: dict) -> dict:
    """How many of both kinds are refused, and of how many."""
    return {name: [sum(is_refused(question, verdict) for question in kind), len(kind)]
            for name, kind in (("answered", [question for question in questions if question["answerable"]]),
                               ("others", [question for question in questions if not question["answerable"]]))}


def choose(package: Path, refusing: dict, refuse: float) -> dict:
    if refusing["reader"] != package.name:
        raise ValueError(f"these are figures of {refusing['reader']}, not of {package.name}")
    questions, reach = refusing["questions"], refusing["reach"]
    verdict = fit(questions, reach, refuse)
    others = {}
    for repository in sorted({question["repository"] for question in questions}):
        own = [question for question in questions if question["repository"] == repository]
        rest = [question for question in questions if question["repository"] != repository]
        others[repository] = refused(own, fit(rest, reach, refuse))
    for name, indent in (("calibration.json", 1), ("manifest.json", 2)):
        # A package that only reads had nothing to calibrate before.
        content = json.loads((package / name).read_text()) if (package / name).exists() else {}
        content["verdict"] = verdict
        (package / name).write_text(json.dumps(content, indent=indent, ensure_ascii=False) + "\n")
    return {"verdict": verdict, "refused": refused(questions, verdict), "refusedByAFitOnTheOtherRepositories": others}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", required=True)
    parser.add_argument("--refusing", type=Path, required=True)
    parser.add_argument("--refuse", type=float, default=0.09)
    arguments = parser.parse_args()
    refusing = json.loads(arguments.refusing.read_text())
    print(json.dumps(choose(MODELS / arguments.package, refusing, arguments.refuse), indent=1))


if __name__ == "__main__":
    main()
