"""The bases that training knows are those that the shipped packages name."""

import json

import pytest
import tiny  # noqa: F401 where the package is found

from landmark_training.bases import BASES, TRAINED, report_name
from landmark_training.config import MODELS


@pytest.mark.parametrize("name", BASES)
def test_a_package_names_its_base(name):
    gguf = json.loads((MODELS / name / "manifest.json").read_text())["base"]["gguf"]
    base = BASES[name].as_dict()
    assert (gguf["sha256"], gguf["file"], gguf["sources"]) == (BASES[name].sha256, base["file"], base["sources"])


@pytest.mark.parametrize("name", TRAINED)
def test_a_trained_package_has_its_report(name):
    assert (MODELS.parent / "training" / "reports" / f"{report_name(name)}.json").exists()
