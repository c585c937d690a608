"""The training cache: what was chosen, the frozen base's states of it, and the teacher's view of it.

Everything lies in one folder named by a hash of what it was made from, and is made where it is missing.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Callable

import torch
from tokenizers import Tokenizer

from .arrangement import Arrangement
from .base import Base
from .config import CACHE
from .encode import TextItem, question_item
from .minilm import MiniLM, fetch_minilm
from .samples import Sampler, records_of
from .teacher import NoMeanings, Teacher, load_teacher, lost_pairs
from .textcache.build import build_store, layout_of
from .textcache.choice import PARAPHRASE, Choice, ChoiceOptions, Chooser, ChosenPair, ChosenWindow
from .textcache.layout import TextStore, check_budget
from .weights import sha256_of

CACHE_BYTES = 30_000_000_000
FORMAT = 1  # of a cache's folder; another one is another key


@dataclass
class TrainingData:
    """Question items: 2 * pair + which (0 first, 1 second)."""

    choice: Choice
    arrangement: Arrangement
    windows: list[TextItem]
    questions: list[TextItem]
    windowStore: TextStore
    questionStore: TextStore
    teacher: Teacher


@dataclass(frozen=True)
class CacheSource:
    """What a cache is made from. baseName: what tells one base from another, as its file's checksum."""

    base: Base
    tokenizer: Tokenizer
    baseName: str
    layerCount: int
    folder: Path = CACHE / "text"
    byteBudget: int = CACHE_BYTES


def save_choice(choice: Choice, path: Path) -> None:
    unfinished = path.with_suffix(".unfinished")
    unfinished.write_text(json.dumps(asdict(choice)), encoding="utf-8")
    unfinished.replace(path)


def load_choice(path: Path) -> Choice:
    saved = json.loads(path.read_text(encoding="utf-8"))
    windows = [ChosenWindow(**window) for window in saved["windows"]]
    return Choice([tuple(file) for file in saved["files"]], windows, [ChosenPair(**pair) for pair in saved["pairs"]])


def cache_key(source: CacheSource, data: str, options: Any) -> str:
    """options: of the choice, a dataclass."""
    facts = [FORMAT, source.baseName, source.layerCount, str(source.base.dtype), data, asdict(options)]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()[:16]


def open_training_data(source: CacheSource, pairs: Path, options: ChoiceOptions, model: Callable[[], MiniLM] | None = None,
                       say: Callable[[str], None] = print) -> TrainingData:
    """Choose of pairs.jsonl, run the base, ask the teacher; each only where it was not done before."""
    def choose() -> Choice:
        chooser = Chooser(Sampler(source.tokenizer, options.blockTokens), options)
        choice = chooser.choose(records_of(pairs, "train"))
        say(f"tokens {dict(chooser.languageTokens)}, kinds {dict(chooser.kinds)}")
        return choice

    return open_chosen(source, source.folder / cache_key(source, sha256_of(pairs), options), choose, model, say)


def open_chosen(source: CacheSource, folder: Path, choose: Callable[[], Choice], model: Callable[[], MiniLM | NoMeanings] | None = None,
                say: Callable[[str], None] = print) -> TrainingData:
    """What is not in the folder yet is made."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "choice.json").exists():
        choice = choose()
        say(f"chosen: {len(choice.windows):,} windows, {len(choice.pairs):,} pairs, {choice.tokens:,} tokens")
        save_choice(choice, folder / "choice.json")
    choice = load_choice(folder / "choice.json")
    windows = [TextItem(window.ids, window.segments, [end for _, end in window.segments]) for window in choice.windows]
    questions = [question_item(ids) for pair in choice.pairs for ids in pair.ids]
    layouts = {"blocks": layout_of(source.base, source.layerCount, "blocks", windows),
               "questions": layout_of(source.base, source.layerCount, "questions", questions)}
    check_budget(folder, layouts, source.byteBudget)
    arrangement = Arrangement(choice)
    windowStore = build_store(source.base, layouts["blocks"], windows, "blocks", folder / "blocks", say)
    questionStore = build_store(source.base, layouts["questions"], questions, "questions", folder / "questions", say)
    teacher = load_teacher(folder / "teacher.pt", arrangement, lambda: block_texts(source.tokenizer, choice.windows),
                           [[pair.texts[which] for pair in choice.pairs] for which in (0, 1)],
                           model or (lambda: MiniLM(fetch_minilm(), torch.bfloat16)), say)
    written = [index for index, pair in enumerate(choice.pairs) if pair.kind == PARAPHRASE]
    lost = lost_pairs(teacher, written)
    arrangement.drop_pairs(lost)
    if written:
        say(f"paraphrases: {len(lost):,} of {len(written):,} pairs do not find their blocks again and are not asked")
    return TrainingData(choice, arrangement, windows, questions, windowStore, questionStore, teacher)


def block_texts(tokenizer: Tokenizer, windows: list[ChosenWindow]) -> list[str]:
    """The text of each block as its tokens say it; the first of a window without the header."""
    texts = []
    for window in windows:
        blocks = tokenizer.decode_batch([window.ids[start:end] for start, end in window.segments])
        texts += [blocks[0].partition("\n")[2], *blocks[1:]]
    return texts
