import json

import pytest

from landmark_training.threshold import bias_for, choose, choose_bias, threshold_for


def test_the_threshold_refuses_no_more_than_it_may():
    likely = [0.91237, 0.5, 0.1, 0.2, 0.3, 0.4, 0.6, 0.7, 0.8, 0.99]
    assert threshold_for(likely, 0) == 0.1
    assert threshold_for(likely, 0.25) == 0.3
    assert threshold_for(likely, 0.8) == 0.9123
    with pytest.raises(ValueError, match="wants probabilities"):
        threshold_for([], 0.1)


def test_a_package_takes_the_threshold_that_questions_choose(tmp_path):
    package = tmp_path / "small"
    package.mkdir()
    answerable = {"landmark": 1.0, "evidence": 2.0, "bias": 0.0, "atLeast": 0.05}
    (package / "calibration.json").write_text(json.dumps({"answerable": dict(answerable), "citeThreshold": 0.3}))
    (package / "manifest.json").write_text(json.dumps({"name": "small", "thresholds": {"answerable": dict(answerable), "cite": 0.3}}))
    asked = [{"arms": {"hybrid": {"best": best}}} for best in (0.2, 0.4, 0.6, 0.8)]
    others = [{"best": {"hybrid": best}} for best in (0.1, 0.3, 0.5)]
    retrieval = {"model": "small", "sets": [{"questions": asked[:2], "unanswerable": others}, {"questions": asked[2:], "unanswerable": []}]}
    assert choose(package, retrieval, 0.25)["refused"] == {"answered": 0.25, "others": 0.6667}
    calibration, manifest = (json.loads((package / name).read_text()) for name in ("calibration.json", "manifest.json"))
    assert calibration["answerable"] == manifest["thresholds"]["answerable"] == {**answerable, "atLeast": 0.4}
    assert calibration["atLeastChosen"]["questions"] == 4 and calibration["citeThreshold"] == 0.3
    with pytest.raises(ValueError, match="figures of other"):
        choose(package, {**retrieval, "model": "other"}, 0.25)


def test_the_bias_of_verdicts_lets_all_but_a_share_of_the_answered_pass():
    answered = [{"margin": 1.0, "verdict": verdict} for verdict in (-3.0, -1.0, 0.5, 2.0)] + [{"margin": -2.0}]
    # The one that was not read and the one of the highest verdict are refused.
    bias = bias_for(answered, 0.4)
    assert bias == -0.5
    refused = [each for each in answered if "verdict" not in each or each["margin"] - each["verdict"] + bias < 0]
    assert len(refused) == 2
    with pytest.raises(ValueError, match="unread"):
        bias_for(answered, 0.1)
    with pytest.raises(ValueError, match="wants questions"):
        bias_for([], 0.1)


def test_verdicts_are_written_beside_the_threshold(tmp_path):
    package = tmp_path / "small"
    package.mkdir()
    (package / "calibration.json").write_text(json.dumps({"answerable": {"atLeast": 0.2}}))
    (package / "manifest.json").write_text(json.dumps({"thresholds": {"answerable": {"atLeast": 0.2}}}))
    asked = [{"kind": "answered", "margin": 1.0, "verdict": -1.0}, {"kind": "absent", "margin": 0.5, "verdict": 3.0}]
    assert choose_bias(package, {"model": "small", "questions": asked}, 0.0)["bias"] == -2.0
    for name in ("calibration.json", "manifest.json"):
        content = json.loads((package / name).read_text())
        assert content.get("thresholds", content)["answerable"] == {"atLeast": 0.2, "reader": {"weight": 1.0, "bias": -2.0, "from": -0.9}}
    with pytest.raises(ValueError, match="verdicts of other"):
        choose_bias(package, {"model": "other", "questions": asked}, 0.0)
