"""Mark tests by what they need, and fail a test that does more than its marks say.

`model` marks tests that load a model runtime or the bundled model, `process` those that start a
process. Fixtures give the mark by themselves; a test that does either on its own carries it in
its source. `slow` marks what takes long, or builds an index for each test. `make check` runs the
rest.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import pytest

FIXTURES = {
    "model": {
        *("seeds_index", "seeds", "fast", "make_model"),
        *("bundled", "bundled_folder", "bundled_weights"),
    },
    "process": {"run"},
}
SLOW_FIXTURES = {"index", "command", "stage", "night", "make_client"}

_RUNTIMES = {"torch", "openvino", "transformers", "sentence_transformers"}
_STARTS = {"subprocess.Popen", "os.exec", "os.fork", "os.posix_spawn", "os.system"}

_forbidden: set[str] = set()


def pytest_itemcollected(item: pytest.Item) -> None:
    """Give a test the marks of the fixtures that it uses, directly or through others."""
    used = set(getattr(item, "fixturenames", ()))
    for name, fixtures in FIXTURES.items():
        if used & fixtures:
            item.add_marker(name)
    if used & SLOW_FIXTURES:
        item.add_marker("slow")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[Any]:
    """Forbid a test what it has no mark for, its fixtures included."""
    _forbidden.update(name for name in FIXTURES if not item.get_closest_marker(name))
    try:
        return (yield)
    finally:
        _forbidden.clear()


def _watch(event: str, arguments: tuple[Any, ...]) -> None:
    if not _forbidden:
        return
    if event in _STARTS and "process" in _forbidden:
        pytest.fail("starts a process: mark this test with pytest.mark.process")
    if event == "import" and "model" in _forbidden and arguments[0] in _RUNTIMES:
        pytest.fail(f"imports {arguments[0]}: mark this test with pytest.mark.model")


sys.addaudithook(_watch)
