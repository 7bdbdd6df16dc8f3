"""README.md and docs/ tell the truth: their examples run and print what the pages show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
import typer
from support import pages
from support.outputs import agree
from support.pages import PAGES, Checkout
from support.project import ROOT

from recommender import errors
from recommender.cli.commands import whole_app
from recommender.settings import Settings

pytestmark = pytest.mark.slow

# A command of typer, which does not export its type.
Command = Any

LINKED = (*PAGES, ROOT / "benchmarks" / "README.md", ROOT / "vectors" / "README.md")
_LINK = re.compile(r"\]\((?![a-z]+:)([^)#\s]*)(?:#([^)\s]+))?\)")
_HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Checkout:
    return Checkout.make(tmp_path_factory.mktemp("checkout"))


@pytest.mark.model
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_the_examples_of_a_page_run_as_it_shows(
    page: Path, first: Checkout, tmp_path: Path
) -> None:
    found = pages.faults(page, first.for_page(page, tmp_path / "checkout"))
    assert not found, "\n\n".join(f"{one.place}: {one.reason}" for one in found)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_exists_with_its_options(page: Path) -> None:
    for place, arguments in pages.commands(page):
        parse(arguments, place)


@pytest.mark.parametrize("page", LINKED, ids=lambda page: f"{page.parent.name}-{page.name}")
def test_every_link_of_a_page_leads_somewhere(page: Path) -> None:
    for target, anchor in _LINK.findall(page.read_text("utf-8")):
        path = (page.parent / target).resolve() if target else page
        assert path.exists(), f"{page.name}: {target}"
        assert not anchor or anchor in anchors(path), f"{page.name}: {target}#{anchor}"


def test_every_option_is_named_on_the_page_of_its_command() -> None:
    documented = command_pages()
    for name, command in commands_of(typer.main.get_command(whole_app())):
        assert name in documented, f"docs/usage.md: recommender {name}"
        text = "".join(page.read_text("utf-8") for page in documented[name])
        for option in options_of(command):
            assert re.search(rf"(?<![\w-]){option}(?![\w-])", text), f"{name} {option}"


def test_every_setting_and_its_file_are_on_the_page_of_settings() -> None:
    text = (ROOT / "docs" / "settings.md").read_text("utf-8")
    for setting in fields(Settings):
        assert re.search(rf"^\[?{setting.name}\b", text, re.MULTILINE), setting.name


def test_every_kind_of_error_is_listed() -> None:
    text = (ROOT / "docs" / "python-api.md").read_text("utf-8")
    for error in vars(errors).values():
        if isinstance(error, type) and error is not errors.RecommenderError:
            if error not in (errors.SnapshotError, errors.NotFound):
                assert f"`{error.code}`" in text, error
            assert error.kind == "index" or f"`{error.kind}`" in text, error


def test_every_place_that_the_architecture_names_is_there() -> None:
    text = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    table = text[text.index("| to change |") : text.index("## Tests")]
    places = re.findall(r"`([\w/]+(?:/|\.py|\.toml))`", table)
    assert len(places) > 20
    for place in places:
        assert (ROOT / "recommender" / place).exists(), place


def test_there_are_ten_scripts_of_at_most_fifteen_lines() -> None:
    page = ROOT / "docs" / "scripts.md"
    scripts = [one.text for one in pages.blocks(page) if one.kind == "python" and one.is_run]
    assert len(re.findall(r"^## ", page.read_text("utf-8"), re.MULTILINE)) == 10
    for script in scripts:
        lines = [one for one in script.splitlines() if one.strip() and "# prints" not in one]
        assert len(lines) <= 15, script
        compile(script, page.name, "exec")


def test_a_site_needs_six_commands_at_most_from_an_empty_folder() -> None:
    page = ROOT / "docs" / "wordpress.md"
    shown = [
        line
        for block in pages.blocks(page)
        if block.kind in ("sh", "console")
        for line in block.text.splitlines()
        if block.kind == "sh" or line.startswith("$ ")
    ]
    assert 3 <= len(shown) <= 6


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 160


def test_the_readme_shows_an_output_of_every_answering_command() -> None:
    shown = [
        command
        for block in pages.blocks(ROOT / "README.md")
        if block.kind == "console" and block.is_run
        for command, _ in pages.examples(block.text)
    ]
    for name in ("build", "search", "similar", "related"):
        assert any(command.startswith(f"recommender {name} ") for command in shown)


def test_other_scores_and_the_order_of_near_answers_are_no_fault() -> None:
    shown = " 1. One  en · 99 · 0.201\n    text\n    one#1\n\n 2. Two  en · 98 · 0.198\n    two#3\n"
    now = " 1. Two  en · 98 · 0.205\n    words\n    two#4\n\n 2. One  en · 99 · 0.195\n    one#1\n"
    assert agree("recommender search x", shown, now)


@pytest.mark.parametrize("now", ["", " 1. One  en · 99 · 0.250\n    one#1\n", "Nothing found.\n"])
def test_another_answer_is_a_fault(now: str) -> None:
    assert not agree("recommender search x", " 1. One  en · 99 · 0.201\n    one#1\n", now)


def test_an_ellipsis_stands_for_any_lines() -> None:
    assert agree("recommender status", "a 1\n...\nd 4\n", "a 2\nb\nc\nd 5\n")
    assert not agree("recommender status", "a 1\n...\nd 4\n", "a 2\nb\nc\n")


def command_pages() -> dict[str, list[Path]]:
    """Return the pages that describe each command: usage.md, and those its table links to."""
    usage = ROOT / "docs" / "usage.md"
    found = {}
    for line in usage.read_text("utf-8").splitlines():
        if line.startswith("| `") and line.count("|") == 4:
            names, _, links = line.strip("|").split("|")
            pages = {usage, *(usage.parent / one for one, _ in _LINK.findall(links) if one)}
            found |= dict.fromkeys(re.findall(r"`([^`]+)`", names), sorted(pages))
    return found


def commands_of(command: Command, name: str = "") -> Iterator[tuple[str, Command]]:
    """Yield every command with its full name."""
    below = getattr(command, "commands", None)
    if below is None:
        yield name, command
    for word, one in (below or {}).items():
        yield from commands_of(one, f"{name} {word}".strip())


def options_of(command: Command) -> Iterator[str]:
    """Yield the spellings of the options of a command."""
    for parameter in command.params:
        yield from (one for one in parameter.opts if one.startswith("-"))


def parse(arguments: list[str], place: str) -> None:
    """Read the arguments of a command as the command line does, without running it."""
    known = dict(commands_of(typer.main.get_command(whole_app())))
    length = 2 if " ".join(arguments[:2]) in known else 1
    name = " ".join(arguments[:length])
    if arguments == ["--version"]:
        return
    assert name in known, f"{place}: recommender {name}"
    known[name].make_context(name, arguments[length:]).close()


def anchors(page: Path) -> Iterator[str]:
    """Yield the names by which the headings of a page are linked to."""
    for heading in _HEADING.findall(page.read_text("utf-8")):
        yield re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
