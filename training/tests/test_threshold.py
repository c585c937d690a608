import json

import pytest

from landmark_training.threshold import choose, threshold_for


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
