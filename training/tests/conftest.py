"""What every test here needs."""

import sys
from pathlib import Path

import pytest

# Tests run from wherever pytest is started, with nothing installed.
sys.path.insert(0, str(Path(__file__).parents[1]))

from landmark_training.textcache import layout  # noqa: E402


@pytest.fixture(autouse=True)
def no_room_for_others(monkeypatch):
    """Caches of a tiny base take kilobytes, so no test should hang on gigabytes that happen to be free."""
    monkeypatch.setattr(layout, "FREE_BYTES_LEFT", 0)
