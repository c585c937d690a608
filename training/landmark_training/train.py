"""Train landmarks: fetch the base, build the data, cache its text states, then landmark-only steps over them.

python -m landmark_training.train --minutes 25 --seed 1 [--resume]
"""

import argparse
import json
import os
import shutil
import time
from dataclasses import dataclass, fields
from pathlib import Path

import torch
from tokenizers import Tokenizer

from .asked.data import open_asked
from .base import Base
from .bases import BASES, SMALL_PACKAGE, TRAINED, report_name
from .checkpoint import load_checkpoint, save_checkpoint
from .config import BLOCK_TOKENS, CACHE, DEFAULT_RANK, DEFAULT_ROUTING_LAYERS, END_OF_TURN, MODELS, REPORTS
from .data.build import build_pairs
from .evaluate import recall_of
from .measures import DRAWS, FUSION_TOKENS, Measure, open_measures
from .router import Router, RouterParts
from .samples import Sampler
from .save import save_landmarks, start_from
from .start import fit_start
from .textcache.choice import ChoiceOptions
from .tokenizer import save_tokenizer, tokenizer_from_gguf
from .traindata import CACHE_BYTES, CacheSource, TrainingData, open_training_data
from .trainer import Trainer, TrainingOptions
from .weights import fetch_gguf, load_base_file

CHECKPOINT_SECONDS = 240
LOG_STEPS = 10
LANDMARKS, LOG = "landmarks.safetensors", "training-log.json"
# Of --minutes, where tokens and training minutes are not given; the rest is for teachers and measures.
TEXT_SHARE, STEP_SHARE = 0.4, 0.4
TEXT_TOKENS_PER_SECOND = 2000  # that it is reckoned with
PARTS = tuple(part.name for part in fields(RouterParts))


@dataclass
class Setting:
    """What every run on this machine shares: base, training data, measures."""

    source: CacheSource
    data: TrainingData
    measures: list[Measure]

    @property
    def base(self) -> Base:
        return self.source.base

    @property
    def tokenizer(self) -> Tokenizer:
        return self.source.tokenizer


def say(text: str) -> None:
    print(text, flush=True)


def text_tokens(arguments: argparse.Namespace) -> int:
    return arguments.text_tokens or int(arguments.minutes * 60 * TEXT_SHARE * TEXT_TOKENS_PER_SECOND)


def open_setting(arguments: argparse.Namespace, *, languages: bool = True) -> Setting:
    """Base, text cache and measures; makes what is missing. languages: measures of each, too."""
    torch.set_num_threads(arguments.threads)
    layerCount = max(max(arguments.layers) + 1, arguments.cache_layers)
    base = BASES[arguments.package]
    shape, tensors, reader = load_base_file(fetch_gguf(arguments.gguf, base), torch.bfloat16, layerCount)
    tokenizer = tokenizer_from_gguf(reader)
    save_tokenizer(tokenizer, CACHE / "tokenizer.json")
    source = CacheSource(Base(shape, tensors, torch.bfloat16, compiled=True), tokenizer, base.sha256, layerCount,
                         byteBudget=int(arguments.cache_gigabytes * 1e9))
    # Blocks of another size are other blocks: their sets are kept apart.
    folder = CACHE / ("measures" if arguments.block_tokens == BLOCK_TOKENS else f"measures-{arguments.block_tokens}")
    pairs = arguments.pairs or build_pairs()
    measures = open_measures(source, pairs, Sampler(tokenizer, arguments.block_tokens), folder, languages=languages)
    if arguments.asked:
        data, asked = open_asked(source, text_tokens(arguments), folder, CACHE, say)
        return Setting(source, data, [*measures, asked])
    options = ChoiceOptions(text_tokens(arguments), arguments.choice_seed, arguments.full_share,
                            blockTokens=arguments.block_tokens)
    return Setting(source, open_training_data(source, pairs, options, say=say), measures)


def new_router(setting: Setting, arguments: argparse.Namespace) -> Router:
    startTokenId = setting.tokenizer.token_to_id(END_OF_TURN)
    parts = RouterParts(**{name: name not in arguments.without for name in PARTS})
    return Router(setting.base, tuple(arguments.layers), arguments.rank, startTokenId, parts)


def draw_figures(router: Router, measures: list[Measure]) -> dict:
    """Recall at 1, 5 and 10 on the draws of held-out pairs, as means, rounded."""
    tables = [recall_of(measure.scores(router)[0], measure.set.gold) for measure in measures if measure.set.name.startswith(DRAWS)]
    names = ("recallAt1", "recallAt5", "recallAt10", "meanReciprocalRank")
    return {name: round(sum(table[name] for table in tables) / len(tables), 4) for name in names} if tables else {}


def file_figures(router: Router, measures: list[Measure]) -> dict:
    """Recall at 1 and 10 on whole files, by set."""
    figures = {}
    for measure in measures:
        if not measure.set.name.startswith(DRAWS):
            table = recall_of(measure.scores(router)[0], measure.set.gold)
            figures[measure.set.name] = [round(table["recallAt1"], 4), round(table["recallAt10"], 4)]
    return figures


@dataclass(frozen=True)
class RunLength:
    """A run ends at whichever is given; with steps alone it does not depend on the machine's speed."""

    minutes: float = 0.0
    steps: int = 0

    def progress(self, trainer: Trainer) -> float:
        """Share of the run that is done; 1 or more where it is over."""
        if trainer.is_exhausted:
            return 1.0
        position = trainer.position
        return position.step / self.steps if self.steps else position.elapsedSeconds / (self.minutes * 60)


def run(trainer: Trainer, length: RunLength, checkpoint: Path | None, log: list[dict], measure,
        checkpointSeconds: float = CHECKPOINT_SECONDS) -> None:
    """Steps until the length is reached; checkpoints and calls measure() on the way and at the end."""
    position = trainer.position
    before, began = position.elapsedSeconds, time.monotonic()
    lastSave = before
    while (progress := length.progress(trainer)) < 1:
        figures = trainer.step(progress)
        position.elapsedSeconds = before + time.monotonic() - began
        if position.step % LOG_STEPS == 0:
            spent = sum(trainer.seconds.values())
            figures |= {"epoch": position.epoch, "minutes": round(position.elapsedSeconds / 60, 2),
                        "secondsPerStep": round(position.elapsedSeconds / position.step, 3),
                        "shares": {name: round(seconds / spent, 2) for name, seconds in trainer.seconds.items()},
                        "textPassWouldTake": round(position.tokens / TEXT_TOKENS_PER_SECOND / position.elapsedSeconds, 1)}
            log.append(figures)
            say(json.dumps(figures))
        if checkpoint and position.elapsedSeconds - lastSave >= checkpointSeconds:
            lastSave = position.elapsedSeconds
            save_checkpoint(checkpoint, trainer, log)
            measure()
            began = time.monotonic() - (position.elapsedSeconds - before)  # measuring takes no training time
    if checkpoint:
        save_checkpoint(checkpoint, trainer, log)
    measure()


def training_options(arguments: argparse.Namespace) -> TrainingOptions:
    return TrainingOptions(stepBlocks=arguments.step_blocks, learningRate=arguments.learning_rate,
                           teacherShare=arguments.teacher_share, hardShare=arguments.hard_share,
                           clusterWindows=arguments.cluster_windows, temperature=arguments.temperature,
                           averageDecay=arguments.average_decay, epochs=arguments.epochs)


def run_length(arguments: argparse.Namespace) -> RunLength:
    return RunLength(arguments.train_minutes or STEP_SHARE * arguments.minutes, arguments.steps)


def started_trainer(setting: Setting, arguments: argparse.Namespace, seed: int) -> Trainer:
    """A trainer at its untrained start, or where the landmarks that are named left off."""
    torch.manual_seed(seed)
    trainer = Trainer(new_router(setting, arguments), setting.data, seed, training_options(arguments))
    if arguments.start:
        start_from(trainer.router, arguments.start)
    else:
        fit_start(trainer.router, trainer.survey())
    trainer.restart_average()
    return trainer


def train_seed(setting: Setting, arguments: argparse.Namespace, seed: int) -> Path:
    """One training run; its landmarks, log and checkpoint go to the folder that is returned."""
    folder = run_folder(arguments, seed)
    folder.mkdir(parents=True, exist_ok=True)
    trainer = started_trainer(setting, arguments, seed)
    checkpoint, log = folder / "checkpoint.pt", []

    def measure() -> None:
        trainer.swap_average()
        figures = {"step": trainer.position.step, "seed": seed, "heldOut": draw_figures(trainer.router, setting.measures),
                   "files": file_figures(trainer.router, setting.measures)}
        save_landmarks(trainer.router, folder / LANDMARKS, {"steps": str(trainer.position.step), "seed": str(seed)})
        trainer.swap_average()
        log.append(figures)
        say(json.dumps(figures))
        (folder / LOG).write_text(json.dumps(log, indent=1) + "\n")

    if arguments.resume and checkpoint.exists():
        log += load_checkpoint(checkpoint, trainer)
    else:
        measure()
    run(trainer, run_length(arguments), checkpoint, log, measure)
    return folder


def run_folder(arguments: argparse.Namespace, seed: int) -> Path:
    return (arguments.out or CACHE / "runs") / f"seed-{seed}"


def main(arguments: argparse.Namespace, setting: Setting | None = None) -> None:
    """Train every seed; the first one is shipped, unless another folder is named."""
    setting = setting or open_setting(arguments, languages=arguments.languages)
    folders = [train_seed(setting, arguments, seed) for seed in arguments.seed]
    if not arguments.out:
        REPORTS.mkdir(exist_ok=True)
        shutil.copyfile(folders[0] / LANDMARKS, MODELS / arguments.package / LANDMARKS)
        shutil.copyfile(folders[0] / LOG, REPORTS / f"{report_name(arguments.package)}-{LOG}")


def parse_arguments(words: list[str] | None = None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    defaults = TrainingOptions()
    parser.add_argument("--minutes", type=float, default=25, help="of the whole run once the data is there: text pass, landmark steps, measures")
    parser.add_argument("--train-minutes", type=float, default=0, help="of landmark steps alone; else 4/10 of --minutes")
    parser.add_argument("--steps", type=int, default=0, help="of training, instead of minutes: independent of speed")
    parser.add_argument("--text-tokens", type=int, default=0, help="kept in the text cache; else what 4/10 of --minutes allow")
    parser.add_argument("--seed", type=int, nargs="+", default=[1], help="several train one after the other; the first is shipped")
    parser.add_argument("--pairs", type=Path, default=None, help="pairs.jsonl; built where it is not given")
    parser.add_argument("--asked", action="store_true", help="questions that we wrote, and their packages, instead of pairs.jsonl")
    parser.add_argument("--package", default=SMALL_PACKAGE, choices=TRAINED, help="whose landmarks are trained, and over which base")
    parser.add_argument("--gguf", type=Path, default=None, help="a local base file; fetched where it is absent")
    parser.add_argument("--from", dest="start", type=Path, default=None, help="landmarks.safetensors to train on, instead of the untrained start")
    parser.add_argument("--out", type=Path, default=None, help="folder for runs and report, instead of .cache, package and reports")
    parser.add_argument("--cache-gigabytes", type=float, default=CACHE_BYTES / 1e9, help="that the text cache may take")
    parser.add_argument("--cache-layers", type=int, default=0, help="layers kept in the cache, where more than routing needs")
    parser.add_argument("--choice-seed", type=int, default=1, help="of the choice of windows and questions")
    parser.add_argument("--full-share", type=float, default=ChoiceOptions.fullShare, help="of window tokens, cut as at inference")
    parser.add_argument("--layers", type=int, nargs="+", default=list(DEFAULT_ROUTING_LAYERS))
    parser.add_argument("--rank", type=int, default=DEFAULT_RANK)
    parser.add_argument("--block-tokens", type=int, default=BLOCK_TOKENS, help="for ablations: the package keeps its own")
    parser.add_argument("--without", nargs="*", choices=PARTS, default=[], help="for ablations: parts of the router to leave out")
    parser.add_argument("--step-blocks", type=int, default=defaults.stepBlocks)
    parser.add_argument("--learning-rate", type=float, default=defaults.learningRate)
    parser.add_argument("--teacher-share", type=float, default=defaults.teacherShare)
    parser.add_argument("--hard-share", type=float, default=defaults.hardShare)
    parser.add_argument("--cluster-windows", type=int, default=defaults.clusterWindows, help="of one project that meet in a step")
    parser.add_argument("--temperature", type=float, default=defaults.temperature, help="of the contrast")
    parser.add_argument("--average-decay", type=float, default=defaults.averageDecay)
    parser.add_argument("--epochs", type=int, default=0, help="at most; 0 for as many as fit")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--no-languages", dest="languages", action="store_false", help="without the measures of each language")
    parser.add_argument("--fusion-tokens", type=int, default=FUSION_TOKENS, help="of whole files that fusion is fitted on, once trained")
    parser.add_argument("--resume", action="store_true", help="continue from the last checkpoint")
    return parser.parse_args(words)


if __name__ == "__main__":
    main(parse_arguments())
