"""Build again whenever the source changes, until it is interrupted."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from recommender.articles.sources import Source
from recommender.errors import SettingsError

# Changes are collected until nothing has changed for so long.
QUIET_MILLISECONDS = 2_000


def changes(sources: Sequence[Source], stop: Any = None) -> Iterator[None]:
    """Yield once at the start, then each time after the files below `sources` have changed.

    Ends when interrupted, or when the event `stop` is set. Raises `SettingsError` if the library
    that watches files is not installed.
    """
    if importlib.util.find_spec("watchfiles") is None:
        raise SettingsError(
            "--watch needs watchfiles; install it with: pip install 'recommender[watch]'"
        )
    from watchfiles import watch

    yield None
    paths = [one if isinstance(one, Path) else one.path for one in sources]
    for _ in watch(
        *paths, step=QUIET_MILLISECONDS, stop_event=stop, raise_interrupt=False, debounce=60_000
    ):
        yield None


def build_on_changes(
    sources: Sequence[Source], build: Callable[[], object], stop: Any = None
) -> None:
    """Call `build` at once and after each change."""
    for _ in changes(sources, stop):
        build()
