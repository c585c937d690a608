"""Between two landmarks files of which one was trained on from the other: a share of the way from the first to the second.

    python -m landmark_training.mix BEFORE AFTER --share 0.5 --out landmarks.safetensors

Training on a few questions of another kind loses some of what was learned before. Weights on the line between both keep
more of either than either end does (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models", section 3).
"""

import argparse
import json
from pathlib import Path

from .save import read_landmarks, write_landmarks


def mix(before: Path, after: Path, share: float, out: Path) -> None:
    """out may be one of both."""
    if not 0 <= share <= 1:
        raise ValueError(f"a share is from 0 to 1, not {share}")
    (first, facts), (second, afterFacts) = read_landmarks(before), read_landmarks(after)
    kinds = [(sorted(tensors), each["routingLayers"], each["rank"]) for tensors, each in ((first, facts), (second, afterFacts))]
    if kinds[0] != kinds[1]:
        raise ValueError(f"{before} and {after} are landmarks of different kinds")
    mixed = {name: first[name].float().lerp(second[name].float(), share).to(first[name].dtype) for name in first}
    notes = {"routingLayers": facts["routingLayers"], "rank": facts["rank"],
             "mixed": json.dumps({"before": facts.get("steps"), "after": afterFacts.get("steps"), "share": share})}
    write_landmarks(mixed, out, {**afterFacts, **notes})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path)
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    mix(arguments.before, arguments.after, arguments.share, arguments.out)


if __name__ == "__main__":
    main()
