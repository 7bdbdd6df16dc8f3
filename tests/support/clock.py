"""Set the clock of the product for one test."""

from __future__ import annotations

from datetime import datetime

import pytest

from recommender import clock


def set_clock(monkeypatch: pytest.MonkeyPatch, time: str) -> None:
    """Make it a time, as ISO with a zone, for everything that asks the clock."""
    now = datetime.fromisoformat(time)
    monkeypatch.setattr(clock, "now", lambda: now)
