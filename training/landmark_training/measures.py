"""The sets of held-out questions that every run is measured on, frozen in files, with the base's states of them.

A set is written once and read from then on, so that figures stay comparable while data and wording change: four
draws of pairs of windows of two blocks, and whole files of the same packages. Whole files of each language belong
to the data they were drawn from.
"""

import json
from collections import Counter
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Callable

import torch

from .blocks import question_ids
from .config import TRAINING_QUESTION_TOKENS
from .corpus import Corpus, build_corpus
from .encode import TextItem, question_item, window_item
from .evaluate import HELD_OUT_PROJECTS, REPORT_SEEDS, rounded_to_bytes, sample_texts, validation_samples
from .fusion_questions import ask_naturally
from .router import Router
from .samples import Sampler, records_of
from .start import gold_indices
from .textcache.build import build_store, layout_of
from .textcache.gather import Buffer, gather
from .textcache.layout import TextStore, check_budget
from .textcache.run import vectors_of
from .traindata import CacheSource
from .weights import sha256_of

DRAWS, FILES, LANGUAGE, FUSION = "draw", "files", "files in ", "fusion"
LANGUAGE_TOKENS, LANGUAGE_FILE_QUESTIONS = 50_000, 8
FUSION_TOKENS, FUSION_FILE_QUESTIONS = 800_000, 8  # a text pass of minutes, questions included
FEWEST_QUESTIONS = 30  # a language with fewer is not measured
RUN_WINDOWS = 64  # at once


@dataclass
class QuestionSet:
    """gold: blocks of each question, counted over all windows; projects: of each block; sentences: what an answer
    would say, for calibration. Of whole files alone: blockPaths, blockLines (first and last, 0-based), questionKinds."""

    name: str
    windows: list[TextItem]
    questions: list[TextItem]
    gold: list[list[int]]
    blockTexts: list[str]
    questionTexts: list[str]
    blockProjects: list[str]
    questionProjects: list[str]
    sentences: list[TextItem] = field(default_factory=list)
    blockPaths: list[str] = field(default_factory=list)
    blockLines: list[tuple[int, int]] = field(default_factory=list)
    questionKinds: list[str] = field(default_factory=list)


def draw_sets(sampler: Sampler, records: list[dict]) -> list[QuestionSet]:
    """records: of the held-out projects."""
    sets = []
    for seed in REPORT_SEEDS:
        samples = validation_samples(sampler, records, seed=seed)
        projects = [sample.file[0] for sample in samples]
        sets.append(QuestionSet(
            f"{DRAWS} {seed}", [window_item(sample.window) for sample in samples],
            [question_item(sample.questions[0]) for sample in samples], gold_indices(samples),
            sample_texts(sampler.tokenizer, samples), [sample.questionTexts[0] for sample in samples],
            [project for project, sample in zip(projects, samples) for _ in sample.window.segments], projects))
    return sets


def corpus_set(name: str, sampler: Sampler, corpus: Corpus) -> QuestionSet:
    """Of whole files; its sentences are what an answer would say."""
    def items(texts: list[str]) -> list[TextItem]:
        return [question_item(question_ids(sampler.tokenizer, text, TRAINING_QUESTION_TOKENS)) for text in texts]

    texts = [question.text for question in corpus.questions]
    return QuestionSet(name, [window_item(window) for window in corpus.windows], items(texts),
                       [question.gold for question in corpus.questions], corpus.blockTexts, texts, corpus.projects,
                       [question.project for question in corpus.questions],
                       items([question.sentence for question in corpus.questions]),
                       corpus.paths, corpus.lines, [question.kind for question in corpus.questions])


def held_out_sets(sampler: Sampler, records: list[dict]) -> list[QuestionSet]:
    """records: of the validation packages."""
    docs = [{**record, "pairs": [pair for pair in record["pairs"] if pair["kind"] == "doc"]}
            for record in records if record["project"] in HELD_OUT_PROJECTS]
    docs = [record for record in docs if record["pairs"]]
    return [*draw_sets(sampler, docs), corpus_set(FILES, sampler, build_corpus(sampler, docs))] if docs else []


def language_sets(sampler: Sampler, records: list[dict]) -> list[QuestionSet]:
    sets = []
    for language in sorted(Counter(record["language"] for record in records)):
        chosen = [record for record in records if record["language"] == language and record["pairs"]]
        corpus = build_corpus(sampler, chosen, LANGUAGE_TOKENS, LANGUAGE_FILE_QUESTIONS)
        if len(corpus.questions) >= FEWEST_QUESTIONS:
            sets.append(corpus_set(LANGUAGE + language, sampler, corpus))
    return sets


def fusion_set(sampler: Sampler, records: list[dict], tokens: int = FUSION_TOKENS) -> QuestionSet:
    """records: of the packages with the role fusion. Fusion is fitted to questions alone, so it has no sentences."""
    corpus = build_corpus(sampler, [record for record in records if record["pairs"]], tokens, FUSION_FILE_QUESTIONS, ask_naturally)
    return replace(corpus_set(FUSION, sampler, corpus), sentences=[])


def frozen(path: Path, make: Callable[[], list[QuestionSet]]) -> list[QuestionSet]:
    """The sets of a file, made and written where it is not there."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps([asdict(one) for one in make()]), encoding="utf-8")
        unfinished.replace(path)
    sets = [QuestionSet(**saved) for saved in json.loads(path.read_text(encoding="utf-8"))]
    for one in sets:
        one.blockLines = [tuple(lines) for lines in one.blockLines]
        for name in ("windows", "questions", "sentences"):
            setattr(one, name, [TextItem(**item) for item in getattr(one, name)])
    return sets


class Measure:
    """A set with the base's states of it."""

    def __init__(self, source: CacheSource, folder: Path, questions: QuestionSet):
        self.set, self.folder = questions, folder
        asked = questions.questions + questions.sentences
        layouts = {"blocks": layout_of(source.base, source.layerCount, "blocks", questions.windows),
                   "questions": layout_of(source.base, source.layerCount, "questions", asked)}
        check_budget(folder, layouts, source.byteBudget)
        self._asked = asked
        self._windowStore: TextStore = build_store(source.base, layouts["blocks"], questions.windows, "blocks", folder / "blocks")
        self._questionStore: TextStore = build_store(source.base, layouts["questions"], asked, "questions", folder / "questions")

    @torch.no_grad()
    def vectors(self, router: Router) -> tuple[torch.Tensor, torch.Tensor]:
        """Landmark keys [blocks,R], and queries of questions and sentences [questions+sentences,R]."""
        buffer = Buffer(self._windowStore.layout.shape.textType)
        count, asked = len(self.set.windows), len(self._asked)
        keys, queries = [], []
        for start in range(0, count, RUN_WINDOWS):
            end = min(count, start + RUN_WINDOWS)
            buffer.reset()
            blocks = gather(self._windowStore, self.set.windows, list(range(start, end)),
                            router.routingLayers, router.layerCount, buffer)
            questions = gather(self._questionStore, self._asked, list(range(start * asked // count, end * asked // count)),
                               router.routingLayers, router.layerCount, buffer)
            found = vectors_of(router, blocks, questions)
            keys.append(found[0])
            queries.append(found[1])
        return torch.cat(keys), torch.cat(queries)

    def scores(self, router: Router, *, byteKeys: bool = False) -> tuple[torch.Tensor, torch.Tensor]:
        """Of questions and of sentences over all blocks, both [questions,blocks]."""
        keys, queries = self.vectors(router)
        scores = queries @ (rounded_to_bytes(keys) if byteKeys else keys).T
        count = len(self.set.questions)
        return scores[:count], scores[count:]


def open_measures(source: CacheSource, pairs: Path, sampler: Sampler, folder: Path, *, languages: bool = True) -> list[Measure]:
    """folder keeps the sets and, by base, their states. What the frozen sets were drawn from is not asked again.
    Without languages: the draws and files of the held-out packages alone."""
    records: list[dict] = []

    def validation() -> list[dict]:
        records[:] = records or records_of(pairs, "validation")
        return records

    data = sha256_of(pairs)[:12]
    states = folder / f"{source.baseName[:12]}-{source.layerCount}"
    held = frozen(folder / "held-out.json", lambda: held_out_sets(sampler, validation()))
    spoken = frozen(folder / f"languages-{data}.json", lambda: language_sets(sampler, validation())) if languages else []
    return [Measure(source, states / one.name.replace(" ", "-"), one) for one in held] \
        + [Measure(source, states / data / one.name.replace(" ", "-"), one) for one in spoken]


def open_fusion_measure(source: CacheSource, pairs: Path, sampler: Sampler, folder: Path, tokens: int = FUSION_TOKENS) -> Measure:
    """What fusion is fitted on; in folder as the sets of open_measures are. Another number of tokens is another set."""
    data = f"{sha256_of(pairs)[:12]}-{tokens}"
    states = folder / f"{source.baseName[:12]}-{source.layerCount}"
    [questions] = frozen(folder / f"{FUSION}-{data}.json", lambda: [fusion_set(sampler, records_of(pairs, "fusion"), tokens)])
    return Measure(source, states / f"{FUSION}-{data}", questions)
