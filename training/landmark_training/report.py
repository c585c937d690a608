"""Measure the exported landmarks beside their untrained start and BM25, calibrate, and write the report.

python -m landmark_training.report [--seed 1]
"""

import argparse
import json
import time
from pathlib import Path

import torch

from .base import Base
from .blocks import question_ids
from .bm25 import BM25
from .calibrate import calibrate, save_calibration
from .config import CACHE, END_OF_TURN, MODELS, PACKAGE_NAME, REPORTS, TRAINING_QUESTION_TOKENS
from .corpus import Corpus, build_corpus
from .encode import encode_blocks, encode_questions
from .evaluate import REPORT_SEEDS, bm25_scores, mean_of, recall_of, recall_table, router_scores, validation_samples
from .router import Router
from .samples import Sampler, load_records
from .save import load_landmarks
from .start import SURVEY_PAIRS, fit_start
from .tokenizer import tokenizer_from_gguf
from .train import Trainer, parse_arguments
from .weights import fetch_gguf, load_base_file

REPORT_NAME = "qwen2.5-coder-0.5b"
START, TRAINED, LEXICAL = "untrained start", "trained landmarks", "BM25"


@torch.no_grad()
def corpus_scores(router: Router, sampler: Sampler, corpus: Corpus) -> tuple[torch.Tensor, torch.Tensor]:
    """Scores of questions and of answer sentences over all blocks of the corpus, both [questions,blocks]."""
    keys = encode_blocks(router, corpus.windows)

    def score(texts: list[str]) -> torch.Tensor:
        ids = [question_ids(sampler.tokenizer, text, TRAINING_QUESTION_TOKENS) for text in texts]
        return encode_questions(router, ids) @ keys.T

    return (score([question.text for question in corpus.questions]),
            score([question.sentence for question in corpus.questions]))


def corpus_bm25(corpus: Corpus) -> torch.Tensor:
    index = BM25(corpus.blockTexts)
    return torch.stack([torch.from_numpy(index.scores(question.text)) for question in corpus.questions])


def measure(arguments: argparse.Namespace, package: Path) -> tuple[dict, dict]:
    """All arms on both measures, and the calibration of the exported landmarks."""
    shape, tensors, reader = load_base_file(fetch_gguf(arguments.gguf), torch.bfloat16, max(arguments.layers) + 1)
    tokenizer = tokenizer_from_gguf(reader)
    base = Base(shape, tensors, torch.bfloat16, compiled=True)
    sampler = Sampler(tokenizer)
    trainingRecords, validationRecords = load_records(CACHE / "pairs.jsonl")
    draws = [validation_samples(sampler, validationRecords, seed=seed) for seed in REPORT_SEEDS]
    corpus = build_corpus(sampler, validationRecords)
    trained = load_landmarks(package / "landmarks.safetensors", base)
    start = Router(base, tuple(arguments.layers), arguments.rank, tokenizer.token_to_id(END_OF_TURN))
    fit_start(start, Trainer(start, sampler, trainingRecords, arguments.seed).next_samples(SURVEY_PAIRS))

    corpusGold = [question.gold for question in corpus.questions]
    began = time.monotonic()
    questionScores, sentenceScores = corpus_scores(trained, sampler, corpus)
    seconds = time.monotonic() - began
    figures = {
        "pairs of windows of two blocks": {
            START: mean_of([recall_table(router_scores(start, samples), samples) for samples in draws]),
            TRAINED: mean_of([recall_table(router_scores(trained, samples), samples) for samples in draws]),
            LEXICAL: mean_of([recall_table(bm25_scores(tokenizer, samples), samples) for samples in draws])},
        "whole files in full windows": {
            START: recall_of(corpus_scores(start, sampler, corpus)[0], corpusGold),
            TRAINED: recall_of(questionScores, corpusGold),
            LEXICAL: recall_of(corpus_bm25(corpus), corpusGold)},
        "encodeTokensPerSecond": round(corpus.tokens / seconds),
    }
    return figures, calibrate(questionScores, sentenceScores, corpus)


def training_figures() -> dict:
    """Seed, minutes, steps and speed of the run, from its last checkpoint; counts of the data."""
    saved = torch.load(CACHE / "checkpoint.pt", weights_only=True)
    position = saved["position"]
    return {"seed": saved["seed"], "minutes": round(position["elapsedSeconds"] / 60, 1), "steps": position["step"],
            "tokensPerSecond": round(position["tokens"] / position["elapsedSeconds"]), "tokens": position["tokens"],
            "data": json.loads((CACHE / "pairs.json").read_text())}


def as_markdown(training: dict, figures: dict, calibration: dict) -> str:
    data = training["data"]
    lines = ["# Landmarks for Qwen2.5-Coder-0.5B-Instruct", "",
             f"Seed {training['seed']}, {training['minutes']} minutes, {training['steps']} steps, "
             f"{training['tokens']:,} tokens at {training['tokensPerSecond']:,} tokens a second.", "",
             "## Data", "", f"{len(data['packages'])} packages gave pairs.", "", "| pairs | count |", "|---|---|"]
    lines += [f"| {kind} | {count:,} |" for kind, count in data["pairs"].items()]
    lines += [f"| refused: {reason} | {count:,} |" for reason, count in data["dropped"].items()]
    for title in ("pairs of windows of two blocks", "whole files in full windows"):
        arms = figures[title]
        first = next(iter(arms.values()))
        lines += ["", f"## Held-out packages: {title}", "",
                  f"{first['questions']} questions over {first['blocks']:,} blocks of packages never trained on"
                  + (f"; means of {first['draws']} draws." if "draws" in first else "."), "",
                  "| arm | R@1 | R@5 | R@10 | MRR |", "|---|---|---|---|---|"]
        lines += [f"| {name} | {arm['recallAt1']:.3f} | {arm['recallAt5']:.3f} | {arm['recallAt10']:.3f} "
                  f"| {arm['meanReciprocalRank']:.3f} |" for name, arm in arms.items()]
    lines += ["", "BM25 sees a block's text alone; a landmark also sees the path and what stands above it.", "",
              "## Calibration", "",
              f"Abstain under {calibration['abstainThreshold']}: {calibration['answeredWherePresent']} of questions with an "
              f"answer pass, {calibration['withheldWhereAbsent']} of those without are withheld. (The best balanced "
              f"accuracy is {calibration['bestBalanced']['accuracy']}, at {calibration['bestBalanced']['threshold']}.)", "",
              f"Cite from {calibration['citeThreshold']}: precision {calibration['citePrecision']}, recall "
              f"{calibration['citeRecall']}, against {calibration['citeRandomBlocks']} random blocks of the same project.", "",
              "| best score | questions | best block right |", "|---|---|---|"]
    lines += [f"| {row['from']} to {row['to']} | {row['questions']} | {row['right']} |" for row in calibration["reliability"]]
    return "\n".join(lines) + "\n"


def main(arguments: argparse.Namespace) -> None:
    torch.set_num_threads(arguments.threads)
    package = MODELS / PACKAGE_NAME
    figures, calibration = measure(arguments, package)
    training = training_figures()
    save_calibration(calibration, package / "calibration.json")
    REPORTS.mkdir(exist_ok=True)
    (REPORTS / f"{REPORT_NAME}.json").write_text(
        json.dumps({"training": training, "measured": figures, "calibration": calibration}, indent=1) + "\n")
    text = as_markdown(training, figures, calibration)
    (REPORTS / f"{REPORT_NAME}.md").write_text(text)
    print(text)


if __name__ == "__main__":
    main(parse_arguments())
