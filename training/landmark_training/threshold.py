"""The probability under which a package abstains, by how many questions that people asked it may refuse.

    python -m landmark_training.threshold --package NAME --retrieval retrieval.json [--refuse 0.095]
    python -m landmark_training.threshold --package NAME --verdicts refusing.json [--refuse 0.095]

The fit (answerable.py) lets .96 of the questions pass that are worded from doc comments. Landmarks of another base may find questions
that people ask so much easier that this refuses next to none of them, nor of those that nothing answers. `retrieval.json` is what
`npm run bench:retrieval -- --model NAME` has written of the development questions. Writes calibration.json and manifest.json.

A package whose reader was trained to refuse is asked after the blocks as well: `refusing.json` is what `npm run bench:refusing` has
written. Log odds of an answer by routing and of a refusal by the reader count alike; what is chosen is the bias, again by how many
questions that have an answer may be refused.
"""

import argparse
import json
import math
from pathlib import Path

from .config import MODELS

VERDICT_WEIGHT = 1.0
# Log odds below the threshold's under which nothing is read: of 190 questions with an answer two lie there.
READ_FROM = -0.9


def threshold_for(answered: list[float], refuse: float) -> float:
    """The highest threshold under which at most a share `refuse` of these probabilities lies."""
    if not answered or not 0 <= refuse < 1:
        raise ValueError("a threshold wants probabilities, and a share from 0 to 1")
    # Rounded down: the question that sets it passes.
    return math.floor(sorted(answered)[math.floor(refuse * len(answered))] * 1e4) / 1e4


def choose(package: Path, retrieval: dict, refuse: float) -> dict:
    """Sets the package's threshold; returns what it refuses of the questions it was chosen by."""
    if retrieval["model"] != package.name:
        raise ValueError(f"these are figures of {retrieval['model']}, not of {package.name}")
    answered = [question["arms"]["hybrid"]["best"] for each in retrieval["sets"] for question in each["questions"]]
    others = [question["best"]["hybrid"] for each in retrieval["sets"] for question in each["unanswerable"]]
    least = threshold_for(answered, refuse)
    refused = {name: round(sum(each < least for each in asked) / len(asked), 4)
               for name, asked in (("answered", answered), ("others", others))}
    chosen = {"mayRefuse": refuse, "questions": len(answered), "others": len(others), "refused": refused}
    write_answerable(package, {"atLeast": least}, {"atLeastChosen": chosen})
    return {"atLeast": least, **chosen}


def write_answerable(package: Path, changes: dict, told: dict | None = None) -> None:
    """Into `answerable` of calibration and manifest; told: how it was chosen, beside it in the calibration."""
    for name, indent in (("calibration.json", 1), ("manifest.json", 2)):
        content = json.loads((package / name).read_text())
        if name == "calibration.json":
            content |= told or {}
        content.get("thresholds", content)["answerable"] |= changes
        (package / name).write_text(json.dumps(content, indent=indent, ensure_ascii=False) + "\n")


def bias_for(answered: list[dict], refuse: float) -> float:
    """answered: margin and, where the blocks were read, verdict of each question -> the lowest bias under which at most a share
    `refuse` of them is refused."""
    if not answered or not 0 <= refuse < 1:
        raise ValueError("a bias wants questions, and a share from 0 to 1")
    scores = sorted(each["margin"] - VERDICT_WEIGHT * each["verdict"] if "verdict" in each and each["margin"] >= READ_FROM else -math.inf
                    for each in answered)
    lowest = scores[math.floor(refuse * len(scores))]
    if lowest == -math.inf:
        raise ValueError(f"more than {refuse} of the questions were refused unread; none of these is left to choose by")
    # Rounded up: the question that sets it passes.
    return math.ceil(-lowest * 1e4) / 1e4


def choose_bias(package: Path, refusing: dict, refuse: float) -> dict:
    """Sets what the reader's verdict counts; returns it with what it refuses of the questions it was chosen by."""
    if refusing["model"] != package.name:
        raise ValueError(f"these are verdicts of {refusing['model']}, not of {package.name}")
    bias = bias_for([each for each in refusing["questions"] if each["kind"] == "answered"], refuse)
    reader = {"weight": VERDICT_WEIGHT, "bias": bias, "from": READ_FROM}
    write_answerable(package, {"reader": reader})
    return {**reader, "mayRefuse": refuse, "questions": len(refusing["questions"])}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", required=True)
    parser.add_argument("--retrieval", type=Path)
    parser.add_argument("--verdicts", type=Path)
    parser.add_argument("--refuse", type=float, default=0.095)
    arguments = parser.parse_args()
    if (arguments.retrieval is None) == (arguments.verdicts is None):
        parser.error("name --retrieval or --verdicts")
    chooser, path = (choose, arguments.retrieval) if arguments.retrieval else (choose_bias, arguments.verdicts)
    print(json.dumps(chooser(MODELS / arguments.package, json.loads(path.read_text()), arguments.refuse), indent=1))


if __name__ == "__main__":
    main()
