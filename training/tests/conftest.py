"""What every test here needs."""

import pytest

from landmark_training.textcache import layout


@pytest.fixture(autouse=True)
def no_room_for_others(monkeypatch):
    """Caches of a tiny base take kilobytes, so no test should hang on gigabytes that happen to be free."""
    monkeypatch.setattr(layout, "FREE_BYTES_LEFT", 0)
