"""The README tells the truth: its commands print what it shows, its Python runs."""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest
from support import readme
from support.project import ROOT, SEEDS


@pytest.fixture(scope="module")
def checkout(seeds_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder as the README assumes it: seeds/ and the index of it in vectors/."""
    folder = tmp_path_factory.mktemp("checkout")
    (folder / "seeds").symlink_to(SEEDS)
    (folder / "vectors").symlink_to(seeds_index)
    return folder


@pytest.mark.parametrize("example", readme.examples(), ids=lambda example: example.command)
def test_a_command_prints_what_the_readme_shows(example: readme.Example, checkout: Path) -> None:
    now = readme.printed(example.command, checkout)
    assert readme.words(now) == readme.words(example.output)
    assert readme.numbers(now) == pytest.approx(readme.numbers(example.output), abs=0.01)


def test_the_readme_shows_every_answering_command() -> None:
    shown = " ".join(example.command for example in readme.examples())
    for command in ("search", "similar", "related", "show"):
        assert f"recommender {command}" in shown


def test_the_python_of_the_readme_runs(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(checkout)
    failed, tried = doctest.testfile(
        str(ROOT / "README.md"), module_relative=False, optionflags=doctest.ELLIPSIS
    )
    assert tried > 3
    assert failed == 0
