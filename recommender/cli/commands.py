"""Run the `recommender` command: import only the command that is asked for.

To import every command takes longer than many an answer does.
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from copy import copy
from importlib import import_module
from typing import NamedTuple

import typer
from typer.models import CommandInfo

from recommender.cli.app import app, open_streams


class Place(NamedTuple):
    """The module of `recommender.cli` that holds a command, and the first sentence of its help."""

    module: str
    help: str


# In the order of the help. `tests/cli/test_app.py` compares it with the commands themselves.
COMMANDS = {
    "build": Place("build", "Read the articles, encode what changed and publish the index."),
    "search": Place("ask", "Find the passages that match a text, in any language."),
    "similar": Place("ask", "Find passages of other articles that are similar to a paragraph."),
    "related": Place("ask", "Find the articles that are related to one or several, and say why."),
    "list": Place("ask", "List articles by their titles, ids, addresses or paths, newest first."),
    "show": Place("ask", "Show an article, or one paragraph of it, with the roles of paragraphs."),
    "stories": Place(
        "archive",
        "Group articles into stories over time and languages, the latest story first.",
    ),
    "duplicates": Place(
        "archive",
        "Report articles that hold the same text: copies, near copies, and parts of longer texts.",
    ),
    "before": Place(
        "archive",
        "List earlier articles on the subject of a draft or an article, the oldest first.",
    ),
    "news": Place("news", "Report what is new for the saved searches since the last look."),
    "add": Place(
        "write", "Add articles to the index; an article with a known id replaces the old one."
    ),
    "update": Place(
        "write",
        "Replace articles of the index, as add does; a missing article is an error.",
    ),
    "remove": Place("write", "Remove articles from the index."),
    "export": Place("export", "Write the related articles of every article as files, for a site."),
    "serve": Place("serve", "Answer over HTTP: pages for people at /, an API for programs at /v1."),
    "mcp": Place(
        "serve",
        "Let an agent read the archive over standard input and output (Model Context Protocol).",
    ),
    "status": Place("ask", "Describe the index: what it holds, which model made it, and when."),
    "history": Place("snapshots", "List the snapshots that are kept, the newest first."),
    "rollback": Place("snapshots", "Make an earlier snapshot live again."),
    "prune": Place("snapshots", "Delete old snapshots, never the live one."),
    "diff": Place(
        "snapshots",
        "Compare two snapshots: which articles and which lists of related ones changed.",
    ),
    "verify": Place("snapshots", "Check every file of a snapshot."),
    "doctor": Place("snapshots", "Check encoder, cache and index, and say what to repair."),
    "inspect": Place("sources", "Show how articles are cut, and why."),
    "boilerplate": Place("sources", "List the recurring blocks that are left out."),
    "evaluate": Place(
        "evaluate", "Measure how good the answers are: nDCG, recall, reciprocal rank, first hit."
    ),
    "init": Place(
        "init",
        "Write recommender.toml into the current folder, with every setting and what it does.",
    ),
    "dump": Place("dump", "Write all articles, passages and vectors of the index into one file."),
    "publish": Place(
        "snapshots",
        "Load the index into a search engine, compare the answers, and make it live there.",
    ),
    "model": Place("model", "Download models from the hub."),
    "clicks": Place(
        "clicks",
        "Read the clicks that `serve --clicks FILE` counted: what was shown, and what was clicked.",
    ),
}
# These arguments print the page of all commands, which imports none of them.
_PAGES = frozenset({"", "--help", "-h", "--version"})
# The commands that answer once and end. They make little garbage and multiply only small matrices.
_SHORT = _PAGES | {"search", "similar", "related", "list", "show", "status"}
# The commands among these that may encode a text, each with one model.
_ENCODING = frozenset({"search", "similar", "related"})
# The commands that mostly write a few articles, and may write many.
_WRITES = frozenset({"add", "update", "remove"})
# The search for garbage waits for so many more objects: imports make some ten thousand.
_OBJECTS_OF_IMPORTS = 100_000


def is_short(arguments: Sequence[str]) -> bool:
    """Return whether a command answers once and ends."""
    return _first(arguments) in _SHORT


def main(is_process: bool = False) -> None:
    """Run the command line as a process: an error is one line and an exit code.

    If it `is_process`, the process ends with it, and may keep what it loaded until then.
    """
    open_streams()
    arguments = sys.argv[1:]
    name = _first(arguments)
    if name in _SHORT:
        # To start threads for matrices takes longer than the products of one answer.
        os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
        gc.disable()
    else:
        gc.enable()
    if is_process and name in _ENCODING:
        from recommender.encoders.load import keep_encoders

        keep_encoders()
    if name in _WRITES:
        gc.set_threshold(_OBJECTS_OF_IMPORTS)
    try:
        app_for(arguments)()
    finally:
        if name in _SHORT | _WRITES:
            gc.freeze()  # otherwise the process ends with a search for garbage in all of it


def app_for(arguments: Sequence[str]) -> typer.Typer:
    """Return the application with the one command that the arguments name, else with all.

    For the page of all commands it has no more than their names and the first sentences of their
    help.
    """
    name = _first(arguments)
    place = COMMANDS.get(name)
    if place is None:
        return _page_of_commands() if name in _PAGES and not _is_completion() else whole_app()
    import_module(f"recommender.cli.{place.module}")
    only = copy(app)
    only.registered_commands = [one for one in app.registered_commands if _name_of(one) == name]
    only.registered_groups = [one for one in app.registered_groups if one.name == name]
    return only


def whole_app() -> typer.Typer:
    """Return the application with every command, in the order of the help."""
    for place in COMMANDS.values():
        import_module(f"recommender.cli.{place.module}")
    order = list(COMMANDS)
    app.registered_commands.sort(key=lambda one: order.index(_name_of(one)))
    app.registered_groups.sort(key=lambda one: order.index(str(one.name)))
    return app


def _first(arguments: Sequence[str]) -> str:
    return next(iter(arguments), "")


def _page_of_commands() -> typer.Typer:
    """Return the application with commands that are only listed, none of which runs."""
    page = copy(app)
    page.registered_commands, page.registered_groups = [], []
    for name, place in COMMANDS.items():
        page.command(name, help=place.help)(_not_run)
    return page


def _not_run() -> None:
    raise AssertionError("a command of the page of all commands was run")


def _is_completion() -> bool:
    """Return whether a shell asks for completions: by a variable, without arguments."""
    return any(name.endswith("_COMPLETE") for name in os.environ)


def _name_of(command: CommandInfo) -> str:
    return command.name or getattr(command.callback, "__name__", "").replace("_", "-")
