import json
import random

import pytest

from landmark_training.verdict import choose, fit, fit_lead, refused


def questions(count: int, repository: str = "one", seed: int = 1) -> list[dict]:
    """Where margin + 2 * lead - 1 decides, but for noise; every fourth is so clear that the reader was not asked."""
    draw = random.Random(seed)
    asked = []
    for number in range(count):
        margin, lead = draw.gauss(0, 0.5), draw.gauss(0.5, 0.5)
        answerable = margin + 2 * lead - 1 + draw.gauss(0, 0.5) > 0
        asked.append({"id": f"{repository}-{number}", "repository": repository, "answerable": answerable, "margin": margin, "lead": lead})
        if number % 4 == 0:
            asked.append({"id": f"{repository}-clear-{number}", "repository": repository, "answerable": True, "margin": 3.0})
    return asked


def test_the_lead_weighs_what_decides():
    assert fit_lead([question for question in questions(4000) if "lead" in question]) == pytest.approx(2, abs=0.3)


def test_no_more_are_refused_than_may_be():
    asked = questions(200)
    for refuse in (0.02, 0.1):
        verdict = fit(asked, 1.5, refuse)
        (of_answered, answered), (of_others, others) = refused(asked, verdict).values()
        assert of_answered == int(refuse * answered)
        assert verdict["reach"] == 1.5
        # A bias that is a little lower refuses one more.
        assert refused(asked, {**verdict, "bias": verdict["bias"] - 0.3})["answered"][0] > of_answered
        assert of_others > 0.5 * others


def test_what_cannot_be_fitted_says_why():
    with pytest.raises(ValueError, match="with an answer and without one"):
        fit_lead([{"margin": 0.1, "lead": 0.2, "answerable": True}])
    clear = [{"answerable": True, "margin": -1.0} for _ in range(20)]
    with pytest.raises(ValueError, match="routing alone refuses 20"):
        fit(questions(40) + clear, 1.5, 0.1)


def test_a_package_takes_the_verdict(tmp_path):
    package = tmp_path / "large"
    package.mkdir()
    (package / "manifest.json").write_text(json.dumps({"name": "large"}))
    refusing = {"reader": "large", "reach": 0.8, "questions": questions(80) + questions(80, "two", 2)}
    told = choose(package, refusing, 0.1)
    for name in ("calibration.json", "manifest.json"):
        assert json.loads((package / name).read_text())["verdict"] == told["verdict"]
    assert set(told["refusedByAFitOnTheOtherRepositories"]) == {"one", "two"}
    with pytest.raises(ValueError, match="figures of other"):
        choose(package, {**refusing, "reader": "other"}, 0.1)
