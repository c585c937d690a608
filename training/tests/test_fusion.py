"""Fusion: features within one workspace, weights that find what decides, probabilities that hold, and the whole way."""

import json
import random
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from tiny import tiny_records, tiny_tokenizer, write_records
from tiny_training import tiny_router, tiny_source

from landmark_training.answerable import OTHERS, PRESENT, WITHOUT, answer_features, fit_answerable, without_files
from landmark_training.answerable import weights_of as answer_weights
from landmark_training.export.package import thresholds
from landmark_training.fusion import FITTED_RANKS, LEARNED, RANKS, SECTION_SHARE, fit_router, questions_of, reliability_of, weights_of, write_into
from landmark_training.fusion_arms import Asked, Found, by_reciprocal_rank, by_score, figures_of, found_in
from landmark_training.fusion_features import (EVIDENCE, FEATURES, UNRANKED, candidates_of, is_aside, order_of, ranks_of,
                                               workspace_of)
from landmark_training.fusion_fit import Fusion, Rows, fit_fusion
from landmark_training.fusion_questions import ASKED, ask_naturally
from landmark_training.markdown import answerable_as_markdown, fusion_as_markdown
from landmark_training.measures import QuestionSet, open_fusion_measure
from landmark_training.plot import reliability_plot
from landmark_training.samples import Sampler

PATHS = ["src/port.py", "src/port.py", "src/port.py", "tests/test_port.py", "README.md"]
TEXTS = ["def load(path)", "class Server: opens a port", "return server.port", "assert port == 1", "how the server opens its port"]
QUESTION = "Where does the server open a port?"


def feature(candidates, name: str) -> list[float]:
    return candidates.features[:, FEATURES.index(name)].tolist()


def test_features_of_a_workspace():
    landmark = np.array([0.1, 0.5, np.nan, 0.3, 0.3], dtype=np.float32)
    found = candidates_of(workspace_of(PATHS, TEXTS), QUESTION, landmark)
    assert found.blocks.tolist() == [0, 1, 2, 3, 4]
    deviation = np.std([0.1, 0.5, 0.3, 0.3])
    assert feature(found, "landmark") == pytest.approx([0.1, 0.5, 0.3, 0.3, 0.3])  # without a key: the mean
    assert feature(found, "landmarkSpread") == pytest.approx([-0.2 / deviation, 0.2 / deviation, 0, 0, 0], abs=1e-6)
    assert feature(found, "landmarkRank") == pytest.approx([20 / 23, 1, 0, 20 / 21, 20 / 22])
    assert feature(found, "fileLandmark") == pytest.approx([0.2 / deviation, -0.2 / deviation, 0.2 / deviation, 0, 0])
    assert feature(found, "neighbour") == pytest.approx([0.2 / deviation, -0.2 / deviation, 0.2 / deviation, 0, 0])
    assert feature(found, "aside") == [0, 0, 0, 1, 0] and feature(found, "document") == [0, 0, 0, 0, 1]
    assert max(feature(found, "words")) == 1 and max(feature(found, "wordsRank")) == 1
    # "open" stands nowhere, "server" and "port" in the file, "port" in its path, which counts as text of each block.
    rarities = workspace_of(PATHS, TEXTS).words.rarities(QUESTION)
    assert set(rarities) == {"server", "open", "port"}
    total = sum(rarities.values())
    assert feature(found, "path")[:4] == pytest.approx([rarities["port"] / total] * 4) and feature(found, "path")[4] == 0
    both = (rarities["port"] + rarities["server"]) / total
    assert feature(found, "coverage") == pytest.approx([rarities["port"] / total, both, both, rarities["port"] / total, both])
    assert feature(found, "fileCoverage") == pytest.approx([both, both, both, rarities["port"] / total, both])


def test_a_test_is_no_aside_where_one_is_asked_for():
    landmark = np.full(5, 0.5, dtype=np.float32)
    assert feature(candidates_of(workspace_of(PATHS, TEXTS), "How is the port tested?", landmark), "aside") == [0] * 5


@pytest.mark.parametrize("path,expected", [
    ("tests/a.py", True), ("src/__tests__/a.ts", True), ("src/a.spec.ts", True), ("pkg/a_test.go", True), ("PortTest.java", True),
    ("examples/a.rs", True), ("src/contest/a.py", False), ("src/latest.py", False), ("src/test_support/a.py", False),
    ("src/protests.py", False)])
def test_asides_are_known_by_their_path(path, expected):
    assert is_aside(path) == expected


def test_what_is_no_candidate_follows_by_reciprocal_rank():
    landmark = np.array([0.9, 0.8, 0.7, np.nan, 0.6], dtype=np.float32)
    found = candidates_of(workspace_of(PATHS, TEXTS), "load", landmark, perArm=1)
    assert found.blocks.tolist() == [0]  # best of both arms
    assert order_of(found, np.array([-5.0])).tolist() == [0, 1, 2, 4]
    assert ranks_of(np.array([0.0, np.nan, -1.0, 2.0])).tolist() == [UNRANKED, UNRANKED, 1, 0]


def random_rows(questions: int = 300, candidates: int = 12, seed: int = 3) -> tuple[Rows, np.ndarray]:
    """Gold is drawn by the first feature, and against the last; the rest is noise."""
    rng = np.random.default_rng(seed)
    features = rng.normal(size=(questions * candidates, len(FEATURES)))
    scores = 1.5 * features[:, 0] - 1.0 * features[:, -1]
    shares = np.exp(scores.reshape(questions, candidates))
    shares /= shares.sum(1, keepdims=True)
    gold = (shares.cumsum(1) > rng.random((questions, 1))).argmax(1)
    isGold = np.zeros((questions, candidates), dtype=bool)
    isGold[np.arange(questions), gold] = True
    return Rows(features, isGold.ravel(), np.repeat(np.arange(questions), candidates), np.full(questions, 1 / questions)), shares


def test_weights_find_what_decides():
    rows, shares = random_rows()
    fusion = fit_fusion(rows)
    assert (fusion.weights[: len(EVIDENCE)] >= 0).all()
    assert 1.1 < fusion.weights[0] < 1.9 and -1.4 < fusion.weights[-1] < -0.7 and np.abs(fusion.weights[1:-1]).max() < 0.3
    # Gold was drawn by a softmax: that is what the probability comes to.
    said = np.stack([fusion.probabilities(fusion.scores(one)) for one in rows.features.reshape(*shares.shape, -1)])
    assert np.abs(said - shares).mean() < 0.04
    assert reliability_of(said.ravel(), rows.isGold, np.ones(said.size))["calibrationError"] < 0.02


def test_questions_without_gold_among_candidates_lower_probabilities():
    rows, _ = random_rows()
    without = Rows(rows.features, rows.isGold & (rows.question % 2 == 0), rows.question, rows.weight)
    chance = [np.mean([fit.probabilities(fit.scores(rows.features[:12])).sum()]) for fit in (fit_fusion(rows), fit_fusion(without))]
    assert chance[1] < 0.7 * chance[0]
    with pytest.raises(AssertionError, match="no question has a gold block"):
        fit_fusion(Rows(rows.features, np.zeros(len(rows.isGold), dtype=bool), rows.question, rows.weight))


def test_found_as_the_bench_counts():
    landmark = np.array([0.1, 0.5, 0.2, 0.9, 0.3], dtype=np.float32)
    workspace = workspace_of(PATHS, TEXTS)
    asked = Asked(workspace, np.array([50, 5, 5, 5, 61]), np.array([True, False, False, False, False]), landmark,
                  np.zeros(5, dtype=np.float32), candidates_of(workspace, QUESTION, landmark), "a", "doc")
    assert by_score(asked.landmark).tolist() == by_reciprocal_rank(asked).tolist() == [3, 1, 4, 2, 0]
    found = found_in(asked, by_score(asked.landmark))
    assert found == Found(block=4, file=1, lines=126)
    figures = figures_of([found, Found(0, 0, 200)], np.array([0.75, 0.25]))
    assert (figures["recallAt1"], figures["recallAt5"], figures["fileAt1"], figures["fileAt5"]) == (0.25, 1, 0.25, 1)
    assert (figures["within60Lines"], figures["within150Lines"]) == (0.25, 1)  # the first block counts, however long


def test_kinds_weigh_alike_but_a_rare_one_does_not_decide():
    def weights(**counts: int) -> dict[str, float]:
        asked = [SimpleNamespace(kind=kind) for kind, count in counts.items() for _ in range(count)]
        found = weights_of(asked)
        return {kind: sum(weight for weight, one in zip(found, asked) if one.kind == kind) for kind in counts}

    assert weights(doc=30, comment=10) == pytest.approx({"doc": 0.5, "comment": 0.5})
    rare = weights(doc=99, test=1)
    assert rare["test"] == pytest.approx(0.04 / (0.04 + 0.5)) and rare["doc"] > 0.9
    prose = weights(doc=60, comment=30, section=10)
    assert prose["section"] == pytest.approx(SECTION_SHARE) and prose["doc"] == pytest.approx(prose["comment"])
    assert weights(doc=1000, section=1)["section"] == pytest.approx(0.004 / 0.504, rel=0.01)  # few are not made many
    assert weights(section=5) == pytest.approx({"section": 1})


def fusion_records() -> list[dict]:
    records = tiny_records(8, functions=4)
    for number, record in enumerate(records):
        record |= {"role": "fusion", "path": f"tests/part{number}.py" if number >= 6 else record["path"]}
        record["pairs"] += [{**pair, "kind": "comment"} for pair in record["pairs"][:2]]
    return records


def test_questions_are_worded_as_people_ask():
    rng, records = random.Random(1), fusion_records()
    asked = [question for record in records[:6] for question in ask_naturally(record, rng, 6)]
    assert {pair["kind"] for pair, _ in asked} == {"doc", "comment"} and len(asked) == 36
    assert np.mean([bool(ASKED.search(text)) for _, text in asked]) > 0.8
    assert 0.2 < np.mean([pair["name"] in text for pair, text in asked]) < 0.8
    assert len(ask_naturally(records[7], rng, 6)) == 1  # a test


def test_from_landmarks_to_a_manifest(tmp_path):
    pairs = write_records(tmp_path / "pairs.jsonl", fusion_records())
    measure = open_fusion_measure(tiny_source(tmp_path), pairs, Sampler(tiny_tokenizer()), tmp_path / "measures", tokens=100_000)
    assert set(measure.set.questionProjects) == {"project0", "project1"} and not measure.set.sentences
    fitted = fit_router(tiny_router(noise=0.1), measure)
    fusion = fitted["fusion"]
    assert {row["blocks"] for row in fusion["reliability"]} != {0} and set(fusion["crossValidated"]) >= {RANKS, FITTED_RANKS, LEARNED}
    calibration = tmp_path / "calibration.json"
    with pytest.raises(SystemExit, match="training report"):
        write_into(calibration, fitted)
    calibration.write_text(json.dumps({"answerable": {"atLeast": 0.5}, "citeThreshold": 0.4}))
    write_into(calibration, fitted)
    used = thresholds(json.loads(calibration.read_text()))
    assert used["cite"] == 0.4 and used["answerable"] == fitted["answerable"] and list(used["fusion"]["weights"]) == list(FEATURES)
    assert "fusion" not in thresholds({"answerable": {}, "citeThreshold": 0})
    assert set(used["answerable"]) == {"landmark", "evidence", "bias", "atLeast"} and fitted["answeredWherePresent"] >= 0.96
    page = "\n".join([*answerable_as_markdown(fitted), *fusion_as_markdown(fusion)])
    assert "| learned fusion |" in page and "| 0.9 to 1.0 |" in page
    # Written once, read from then on.
    again = open_fusion_measure(tiny_source(tmp_path), pairs, Sampler(tiny_tokenizer()), tmp_path / "measures", tokens=100_000)
    assert again.set == measure.set


def test_a_question_is_asked_where_nothing_answers_it():
    blocks = ["def load_config(path): return parse(path)", "class Server: listens on a port", "def area(radius): return pi", "pass"]
    questions = QuestionSet("files", [], [], [[0], [1], [2]], blocks, ["where is the config loaded by load_config",
                            "what listens on a port", "area of a radius"], ["a", "a", "b", "b"], ["a", "a", "b"])
    questions.blockPaths = ["a/config.py", "a/server.py", "b/area.py", "b/none.py"]
    landmark = np.array([[0.9, 0.1, 0.2, 0.1], [0.1, 0.8, 0.3, 0.1], [0.1, 0.2, 0.7, 0.3]])
    fusion = Fusion(np.array([float(name in ("landmark", "coverage")) for name in FEATURES]), 1.0, 0.0, 0.0)
    features, asked, askedBy = answer_features(landmark, questions, fusion)
    best = {(int(row), kind): feature[0] for row, kind, feature in zip(askedBy, asked, features)}
    assert best[1, PRESENT] == pytest.approx(0.7) and best[1, WITHOUT] == pytest.approx(0.3) and best[1, OTHERS] == pytest.approx(0.2)
    assert sorted(asked.tolist()) == [PRESENT] * 3 + [WITHOUT] * 3 + [OTHERS] * 3
    assert features[asked == PRESENT].mean(0)[1] > features[asked == WITHOUT].mean(0)[1]
    assert np.bincount(asked, weights=answer_weights(asked)) == pytest.approx([4.5, 2.25, 2.25])
    found = fit_answerable(landmark, questions, fusion)
    assert found["answeredWherePresent"] == 1 and found["withheldOfOthers"] == 1 and found["answerable"]["landmark"] > 0


def test_what_is_taken_out_is_not_searched():
    workspace = workspace_of(PATHS, TEXTS)
    rest, kept = without_files(workspace, {"src/port.py"})
    assert kept.tolist() == [False] * 3 + [True] * 2 and rest.paths == ["tests/test_port.py", "README.md"]
    found = candidates_of(rest, QUESTION, np.array([0.3, 0.3], dtype=np.float32))
    whole = candidates_of(workspace, QUESTION, np.full(5, 0.3, dtype=np.float32))
    assert feature(found, "coverage") == feature(whole, "coverage")[3:]
    assert feature(found, "fileCoverage") == feature(whole, "fileCoverage")[3:] and feature(found, "path") == feature(whole, "path")[3:]


def test_a_workspace_knows_nothing_of_others(tmp_path):
    pairs = write_records(tmp_path / "pairs.jsonl", fusion_records())
    questions = open_fusion_measure(tiny_source(tmp_path), pairs, Sampler(tiny_tokenizer()), tmp_path / "measures", tokens=100_000).set
    landmark = np.random.default_rng(0).random((len(questions.questions), len(questions.blockTexts)), dtype=np.float32)
    before = {(one.project, one.kind, index): one for index, one in enumerate(questions_of(landmark, questions))}
    foreign = np.array(questions.blockProjects) == "project1"
    questions.blockTexts = [text if not other else "def step(x)" for text, other in zip(questions.blockTexts, foreign)]
    landmark[:, foreign] = 1
    for index, one in enumerate(questions_of(landmark, questions)):
        if one.project == "project0":
            np.testing.assert_array_equal(one.candidates.features, before[one.project, one.kind, index].candidates.features)


def test_probabilities_keep_the_order_of_scores():
    fusion = Fusion(np.zeros(len(FEATURES)), 2.0, -1.0, 0.5)
    chances = fusion.probabilities(np.array([3.0, -1.0, 30.0]))
    assert chances[2] > chances[0] > chances[1] > 0 and np.isfinite(chances).all()


def test_the_plot_has_a_point_for_each_bin_with_blocks():
    bins = [{"from": 0.0, "to": 0.1, "blocks": 900, "said": 0.05, "held": 0.0}, {"from": 0.1, "to": 0.2, "blocks": 0},
            {"from": 0.2, "to": 0.3, "blocks": 1, "said": 0.25, "held": 1.0}]
    page = ElementTree.fromstring(reliability_plot("held", bins))
    circles = page.findall("{http://www.w3.org/2000/svg}circle")
    assert [(circle.get("cx"), circle.get("cy")) for circle in circles] == [("59.0", "294.0"), ("111.0", "34.0")]
    assert float(circles[0].get("r")) > float(circles[1].get("r"))
