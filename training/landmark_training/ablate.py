"""Ablations: named variants, each trained alike on the same text cache and measured alike, one after the other.

python -m landmark_training.ablate --steps 300 --text-tokens 2600000 --seed 1 [--variant NAME ...]

Every other argument is training's and holds for all variants. A variant and seed that stands in ablations.jsonl
for the same steps and text tokens is not run again, so a stopped run goes on where it was.
"""

import argparse
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path

from .config import REPORTS
from .evaluate import joined, recall_of
from .markdown import ablations_as_markdown
from .measures import DRAWS, FILES, Measure
from .router import Router
from .train import Setting, open_setting, parse_arguments, run, run_length, say, started_trainer

RESULTS, PAGE = "ablations.jsonl", "ablations.md"
# Arguments that name another cache: they take a text pass of their own.
CACHE_ARGUMENTS = ("text_tokens", "choice_seed", "full_share", "block_tokens", "cache_layers", "pairs")


@dataclass(frozen=True)
class Variant:
    """arguments: what it changes of training's arguments, by their names. landmarks: so many blocks of what is trained are one
    that is searched for, by the best of their scores."""

    name: str
    change: str
    arguments: dict = field(default_factory=dict)
    landmarks: int = 1


VARIANTS = (
    Variant("default", "nothing"),
    Variant("layers to 9", "routing layers 2 5 6 7 8", {"layers": [2, 5, 6, 7, 8]}),
    Variant("layers to 7", "routing layers 2 5 6", {"layers": [2, 5, 6]}),
    Variant("every layer to 12", "routing layers 0 to 11", {"layers": list(range(12))}),
    Variant("layers to 16", "routing layers 2 5 6 7 8 11 13 15; its own cache", {"layers": [2, 5, 6, 7, 8, 11, 13, 15], "cache_layers": 16}),
    Variant("rank 8", "rank of the deltas 8, not 32", {"rank": 8}),
    Variant("rank 64", "rank of the deltas 64", {"rank": 64}),
    Variant("no mean states", "landmark keys and queries alone", {"without": ["meanStates"]}),
    Variant("no head weights", "all heads alike, not learned", {"without": ["headWeights"]}),
    Variant("no whitening", "raw keys and queries", {"without": ["whitening"]}),
    Variant("no teacher", "gold alone", {"teacher_share": 0.0}),
    Variant("teacher 0.6", "six tenths of the target are the teachers'", {"teacher_share": 0.6}),
    Variant("no hard neighbours", "any windows of a project together", {"hard_share": 0.0}),
    Variant("all hard neighbours", "no chance in a cluster", {"hard_share": 1.0}),
    Variant("clusters of 24", "24 windows of a project meet, not 8", {"cluster_windows": 24}),
    Variant("temperature 0.05", "of the contrast, not .03", {"temperature": 0.05}),
    Variant("temperature 0.02", "of the contrast, not .03", {"temperature": 0.02}),
    Variant("one epoch", "every window seen once, fewer steps", {"epochs": 1}),
    Variant("steps of 192 blocks", "half as many wrong answers", {"step_blocks": 192}),
    Variant("steps of 768 blocks", "twice as many wrong answers", {"step_blocks": 768}),
    Variant("rate 3e-4", "learning rate", {"learning_rate": 3e-4}),
    Variant("rate 3e-3", "learning rate", {"learning_rate": 3e-3}),
    Variant("running mean", "weights averaged, decay .995", {"average_decay": 0.995}),
    Variant("short windows", "windows of 2, 3 and 6 blocks alone; its own cache", {"full_share": 0.0}),
    Variant("full windows", "windows as at inference alone; its own cache", {"full_share": 1.0}),
    Variant("blocks of 32", "31 text tokens a block; its own cache and measures", {"block_tokens": 31}),
    Variant("two landmarks", "63 text tokens a block with a landmark for each half; blocks of 32, of which whole files alone compare", {"block_tokens": 31}, 2),
    Variant("blocks of 128", "127 text tokens a block; its own cache and measures", {"block_tokens": 127}),
)


def with_variant(arguments: argparse.Namespace, variant: Variant) -> argparse.Namespace:
    return argparse.Namespace(**{**vars(arguments), **variant.arguments})


def mean_recalls(router: Router, measures: list[Measure], prefix: str, landmarks: int, *, byteKeys: bool = False) -> dict[str, float]:
    """Mean recalls over the sets whose names begin so."""
    tables = []
    for measure in measures:
        if measure.set.name.startswith(prefix):
            counts = [len(window.segments) for window in measure.set.windows]
            tables.append(recall_of(*joined(measure.scores(router, byteKeys=byteKeys)[0], measure.set.gold, counts, landmarks)))
    return {name: round(sum(table[name] for table in tables) / len(tables), 4) for name in ("recallAt1", "recallAt5", "recallAt10")}


def figures_of(router: Router, measures: list[Measure], landmarks: int) -> dict:
    held = [measure for measure in measures if measure.set.name.startswith(DRAWS)]
    files = [measure for measure in measures if measure.set.name == FILES]
    exact, whole = mean_recalls(router, held, DRAWS, landmarks), mean_recalls(router, files, FILES, landmarks)
    return {**exact, "byteKeysRecallAt1": mean_recalls(router, held, DRAWS, landmarks, byteKeys=True)["recallAt1"],
            "filesRecallAt1": whole["recallAt1"], "filesRecallAt10": whole["recallAt10"]}


def run_variant(setting: Setting, arguments: argparse.Namespace, variant: Variant, seed: int) -> dict:
    trainer = started_trainer(setting, arguments, seed)
    began = time.monotonic()
    run(trainer, run_length(arguments), None, [], lambda: None)
    seconds = time.monotonic() - began
    trainer.swap_average()
    return {**identity(arguments, variant, seed), "stepsDone": trainer.position.step,
            "secondsPerStep": round(seconds / max(1, trainer.position.step), 3),
            "layers": trainer.router.layerCount, **figures_of(trainer.router, setting.measures, variant.landmarks)}


def identity(arguments: argparse.Namespace, variant: Variant, seed: int) -> dict:
    return {"variant": variant.name, "seed": seed, "steps": arguments.steps, "textTokens": arguments.text_tokens}


def lines_of(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def write_page(folder: Path, arguments: argparse.Namespace) -> None:
    lines = [line for line in lines_of(folder / RESULTS)
             if (line["steps"], line["textTokens"]) == (arguments.steps, arguments.text_tokens)]
    groups = [(variant.name, variant.change, [line for line in lines if line["variant"] == variant.name]) for variant in VARIANTS]
    (folder / PAGE).write_text(ablations_as_markdown([group for group in groups if group[2]]))


def main(words: list[str]) -> None:
    own = argparse.ArgumentParser(add_help=False)
    own.add_argument("--variant", nargs="+", default=[variant.name for variant in VARIANTS])
    chosen, rest = own.parse_known_args(words)
    arguments = parse_arguments(rest)
    arguments.cache_layers = arguments.cache_layers or max(arguments.layers) + 1  # fewer routing layers read the same cache
    assert arguments.steps and arguments.text_tokens, "ablations are compared at the same --steps and --text-tokens"
    unknown = set(chosen.variant) - {variant.name for variant in VARIANTS}
    assert not unknown, f"no such variants: {unknown}"
    folder = arguments.out or REPORTS
    folder.mkdir(parents=True, exist_ok=True)
    setting, opened = None, None
    for variant in VARIANTS:
        changed = with_variant(arguments, variant)
        for seed in arguments.seed:
            who = identity(changed, variant, seed)
            if variant.name not in chosen.variant or any(who.items() <= line.items() for line in lines_of(folder / RESULTS)):
                continue
            needed = {name: getattr(changed, name) for name in CACHE_ARGUMENTS}
            if opened != needed:
                setting, opened = open_setting(changed, languages=False), needed
            line = run_variant(setting, changed, variant, seed)
            say(json.dumps(line))
            with open(folder / RESULTS, "a", encoding="utf-8") as out:
                out.write(json.dumps(line) + "\n")
            write_page(folder, arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
