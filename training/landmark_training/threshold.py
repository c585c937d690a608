"""The probability under which a package abstains, by how many questions that people asked it may refuse.

    python -m landmark_training.threshold --package NAME --retrieval retrieval.json [--refuse 0.095]

The fit (answerable.py) lets .96 of the questions pass that are worded from doc comments. Landmarks of another base may find questions
that people ask so much easier that this refuses next to none of them, nor of those that nothing answers. `retrieval.json` is what
`npm run bench:retrieval -- --model NAME` has written of the development questions. Writes calibration.json and manifest.json.
"""

import argparse
import json
import math
from pathlib import Path

from .config import MODELS


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
    calibration_path, manifest_path = package / "calibration.json", package / "manifest.json"
    calibration, manifest = json.loads(calibration_path.read_text()), json.loads(manifest_path.read_text())
    calibration["answerable"]["atLeast"] = manifest["thresholds"]["answerable"]["atLeast"] = least
    calibration["atLeastChosen"] = chosen
    for path, content, indent in ((calibration_path, calibration, 1), (manifest_path, manifest, 2)):
        path.write_text(json.dumps(content, indent=indent, ensure_ascii=False) + "\n")
    return {"atLeast": least, **chosen}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", required=True)
    parser.add_argument("--retrieval", type=Path, required=True)
    parser.add_argument("--refuse", type=float, default=0.095)
    arguments = parser.parse_args()
    print(json.dumps(choose(MODELS / arguments.package, json.loads(arguments.retrieval.read_text()), arguments.refuse), indent=1))


if __name__ == "__main__":
    main()
