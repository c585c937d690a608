"""Between landmarks files of which others were trained on from the first: a share of the way from it to the mean of the others.

    python -m landmark_training.mix BEFORE AFTER [AFTER ...] --share 0.5 --out landmarks.safetensors

Training on a few questions of another kind loses some of what was learned before. Weights on the line between both keep
more of either than either end does (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models", section 3), and the mean
of runs that began at one place is better than most of them (Wortsman et al. 2022, "Model soups", section 3).
"""

import argparse
import json
from pathlib import Path

import torch

from .save import read_landmarks, write_landmarks


def mix(before: Path, after: list[Path], share: float, out: Path) -> None:
    """out may be one of them."""
    if not 0 <= share <= 1:
        raise ValueError(f"a share is from 0 to 1, not {share}")
    (first, facts), others = read_landmarks(before), [read_landmarks(path) for path in after]
    kind = sorted(first), facts["routingLayers"], facts["rank"]
    for path, (tensors, each) in zip(after, others):
        if (sorted(tensors), each["routingLayers"], each["rank"]) != kind:
            raise ValueError(f"{before} and {path} are landmarks of different kinds")
    means = {name: torch.stack([tensors[name].float() for tensors, _ in others]).mean(0) for name in first}
    mixed = {name: first[name].float().lerp(means[name], share).to(first[name].dtype) for name in first}
    steps, seeds = ([each.get(name) for _, each in others] for name in ("steps", "seed"))
    notes = {"routingLayers": facts["routingLayers"], "rank": facts["rank"], "steps": str(steps[0]), "seed": " ".join(map(str, seeds)),
             "mixed": json.dumps({"before": facts.get("steps"), "after": steps, "share": share})}
    write_landmarks(mixed, out, {**others[0][1], **notes})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("before", type=Path)
    parser.add_argument("after", type=Path, nargs="+")
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    mix(arguments.before, arguments.after, arguments.share, arguments.out)


if __name__ == "__main__":
    main()
