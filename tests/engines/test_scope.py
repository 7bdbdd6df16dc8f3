"""A scope of an engine grows narrower, whatever it was made of."""

from __future__ import annotations

from typing import Any

import numpy as np

from recommender.engines.engine import Filter
from recommender.engines.scope import EngineScope
from recommender.types import Where


def test_the_articles_of_two_scopes_are_those_in_both() -> None:
    archive: Any = None  # nothing is asked
    scope = EngineScope(archive, Filter(Where()))
    both = scope.among(np.array([5, 2, 3])).among(np.array([3, 4, 5]))
    assert both.filter.among is not None
    assert both.filter.among.tolist() == [3, 5]
