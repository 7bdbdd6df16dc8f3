"""Skip a test that needs a program which is not there, or fail it where none may be skipped."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def skip_without(name: str, advice: str) -> NoReturn:
    """Skip the test with advice; with RECOMMENDER_NEEDS_`name`=1 fail it."""
    if os.environ.get(f"RECOMMENDER_NEEDS_{name}"):
        pytest.fail(advice)
    pytest.skip(advice)
