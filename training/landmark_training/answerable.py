"""Whether a workspace answers a question at all: fitted on the questions of fusion.

    probability = sigmoid(landmark * best landmark score + evidence * log(sum of exp(fused score) over the candidates) + bias)

Landmarks know how near the nearest block is; evidence is what both arms and paths say of all candidates together. Each
question is asked of its own project, which answers it, and of workspaces that do not: the other projects, and its own
without the files that hold its answer, where everything but the answer is there. Both kinds weigh alike, together as much
as the answered ones. The threshold is the highest that lets ANSWERED_SHARE of the answered questions pass: an answer with
visible citations can be judged by its reader, one that was withheld cannot.
"""

import math

import numpy as np
import torch

from .calibrate import logistic, separation
from .fusion_features import Workspace, candidates_of, workspace_of
from .fusion_fit import Fusion, log_sum_of
from .measures import QuestionSet

ANSWERED_SHARE = 0.96
PRESENT, WITHOUT, OTHERS = range(3)  # its own project, the same without the answer's files, another one
FEATURES = ("landmark", "evidence")


class WordsOfKept:
    """Words of a workspace from which blocks were taken out; they still count for how rare a word is."""

    def __init__(self, words, kept: np.ndarray):
        self.words, self.kept = words, kept

    def scores(self, question: str) -> np.ndarray:
        return self.words.scores(question)[self.kept]

    def rarities(self, question: str) -> dict[str, float]:
        return self.words.rarities(question)

    def coverage(self, question: str, groups: np.ndarray | None = None) -> np.ndarray:
        if groups is None:
            return self.words.coverage(question)[self.kept]
        count = int(groups.max()) + 1
        ofAll = np.full(len(self.kept), count)
        ofAll[self.kept] = groups
        return self.words.coverage(question, ofAll)[:count]


def without_files(workspace: Workspace, gone: set[str]) -> tuple[Workspace, np.ndarray]:
    """The workspace without these paths, and which of its blocks are kept [N]."""
    kept = np.array([path not in gone for path in workspace.paths])[workspace.fileOf]
    paths = [path for path in workspace.paths if path not in gone]
    number = np.full(len(workspace.paths), -1)
    number[[index for index, path in enumerate(workspace.paths) if path not in gone]] = np.arange(len(paths))
    return Workspace(paths, number[workspace.fileOf[kept]], WordsOfKept(workspace.words, kept)), kept


def features_of(workspace: Workspace, question: str, landmark: np.ndarray, fusion: Fusion) -> tuple[float, float]:
    """landmark [N] -> best landmark score, evidence."""
    scores = fusion.scores(candidates_of(workspace, question, landmark).features)
    return float(landmark.max()), log_sum_of(scores)


def answer_features(landmark: np.ndarray, questions: QuestionSet, fusion: Fusion) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """landmark [questions,blocks] -> features [M,2]; what was asked [M]: PRESENT, WITHOUT or OTHERS; whose question [M]: the
    number of its project. Where a project has no file but those of the answer, nothing is asked of it without them."""
    projects = np.array(questions.blockProjects)
    names = list(dict.fromkeys(questions.questionProjects))
    rows, asked, askedBy = [], [], []
    for project in names:
        places = np.flatnonzero(projects == project)
        workspace = workspace_of([questions.blockPaths[place] for place in places], [questions.blockTexts[place] for place in places])
        for row, text in enumerate(questions.questionTexts):
            scores, own = landmark[row, places].astype(np.float32), questions.questionProjects[row] == project
            found = [(PRESENT if own else OTHERS, workspace, scores)]
            if own:
                rest, kept = without_files(workspace, {questions.blockPaths[place] for place in questions.gold[row]})
                found += [(WITHOUT, rest, scores[kept])] if kept.any() else []
            for kind, seen, known in found:
                rows.append(features_of(seen, text, known, fusion))
                asked.append(kind)
                askedBy.append(names.index(questions.questionProjects[row]))
    return np.array(rows), np.array(asked), np.array(askedBy)


def weights_of(asked: np.ndarray) -> np.ndarray:
    """[M] -> [M]: half for what is answered, a quarter for each kind that is not; in the mean 1."""
    counts = np.bincount(asked, minlength=3)
    share = np.where(asked == PRESENT, 0.5, 0.25) / counts[asked]
    return share / share.sum() * len(asked)


def fit_answerable(landmark: np.ndarray, questions: QuestionSet, fusion: Fusion) -> dict:
    """landmark [questions,blocks] -> `answerable` of calibration.json, and how well it tells on projects left out."""
    features, asked, askedBy = answer_features(landmark, questions, fusion)
    weights = _fit(features, asked)
    likely = _likely(features, weights)
    passing = np.sort(likely[asked == PRESENT])
    threshold = passing[math.floor((1 - ANSWERED_SHARE) * len(passing))]
    return {"answerable": {**dict(zip((*FEATURES, "bias"), (round(weight, 4) for weight in weights.tolist()))),
                           # Rounded down: the question that sets it passes.
                           "atLeast": math.floor(threshold * 1e4) / 1e4},
            "answeredWherePresent": round(float((likely[asked == PRESENT] >= threshold).mean()), 4),
            "withheldOfOthers": round(float((likely[asked == OTHERS] < threshold).mean()), 4),
            "withheldWithoutFiles": round(float((likely[asked == WITHOUT] < threshold).mean()), 4),
            "separation": _separations(features, asked, askedBy)}


def _separations(features: np.ndarray, asked: np.ndarray, askedBy: np.ndarray) -> dict:
    """How often one with an answer is likelier than one without, each project's questions by the fit on the others'."""
    left = np.zeros(len(asked))
    for project in np.unique(askedBy):
        others = askedBy != project
        weights = _fit(features[others], asked[others]) if others.any() else _fit(features, asked)
        left[~others] = _likely(features[~others], weights)

    def told(values: np.ndarray, kind: int) -> float:
        return separation(torch.from_numpy(values[asked == PRESENT]), torch.from_numpy(values[asked == kind]))

    return {name: {"both": told(left, kind), **{feature: told(features[:, at], kind) for at, feature in enumerate(FEATURES)}}
            for name, kind in (("others", OTHERS), ("withoutFiles", WITHOUT))}


def _fit(features: np.ndarray, asked: np.ndarray) -> torch.Tensor:
    holds = torch.from_numpy((asked == PRESENT).astype(np.float32))
    return logistic(torch.from_numpy(features).float(), holds, torch.from_numpy(weights_of(asked)).float())


def _likely(features: np.ndarray, weights: torch.Tensor) -> np.ndarray:
    return torch.sigmoid(torch.from_numpy(features).float() @ weights[:-1] + weights[-1]).double().numpy()
