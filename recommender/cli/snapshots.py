"""Hold the commands that keep an index: its history and its checks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Annotated

import typer

from recommender.cli.app import (
    FormatOption,
    IndexOption,
    app,
    print_answer,
    print_problems,
    reporting_what_is_done,
)
from recommender.cli.options import QuietOption, index_folder
from recommender.engines.address import is_address
from recommender.render.facts import Facts
from recommender.render.formats import Format
from recommender.settings import load_settings

_NAME_HELP = "A snapshot, as history names it."

# Text counts the problems, which are then named one by one on standard error.
_COUNTED = frozenset({"problems", "warnings"})


@app.command()
def history(index: IndexOption = None, format: FormatOption = Format.TEXT) -> None:
    """List the snapshots that are kept, the newest first.

    Each is listed with the numbers of articles that its build added, changed and removed. For an
    engine, the published versions are listed, with the tables or collections that hold them.
    """
    from recommender.render.snapshots import History
    from recommender.store.history import history as list_snapshots

    place = index or load_settings().index
    if is_address(place):
        from recommender.engines.history import history as list_versions

        print_answer(History(list_versions(place)), format)
    else:
        print_answer(History(list_snapshots(index_folder(index))), format)


@app.command()
def rollback(
    name: Annotated[
        str | None, typer.Argument(help=_NAME_HELP, show_default="the one before the live one")
    ] = None,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Make an earlier snapshot live again."""
    from recommender.store.history import rollback as make_live

    place = index or load_settings().index
    if is_address(place):
        from recommender.evaluate.published import roll_back

        live, _ = roll_back(place, name or "")
    else:
        live = make_live(index_folder(index), name)
    with reporting_what_is_done():
        print_answer(Facts({"live": live}), format)


@app.command()
def publish(
    to: Annotated[
        str, typer.Option(help="The engine: postgresql://HOST/DATABASE or milvus://HOST:PORT/NAME.")
    ],
    index: IndexOption = None,
    questions: Annotated[
        int,
        typer.Option(min=0, help="How many questions to ask both before it goes live."),
    ] = 200,
    keep: Annotated[int, typer.Option(min=1, help="How many versions to keep in the engine.")] = 2,
    force: Annotated[
        bool, typer.Option("--force", help="Make it live even if few answers are the same.")
    ] = False,
    quiet: QuietOption = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Load the index into a search engine, compare the answers, and make it live there.

    Until then, readers of the engine use the earlier version. Commands ask the engine with --index
    ADDRESS. To go back, run rollback --index ADDRESS.

    Example: recommender publish --to postgresql://localhost/news
    """
    from recommender.cli.progress import progress
    from recommender.evaluate.published import PublishOptions, publish_to_engine

    options = PublishOptions(questions=questions, keep=keep, force=force)
    with progress(quiet) as on_progress:
        report = publish_to_engine(index_folder(index), to, options, on_progress)
    print_answer(Facts(asdict(report), counted=_COUNTED), format)
    print_problems(report.warnings)


@app.command()
def prune(
    keep: Annotated[
        int, typer.Option(min=1, help="How many of the newest builds and snapshots to keep.")
    ],
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Delete old snapshots, never the live one. The last write after each kept build stays too.

    Files that a reader has open stay until it closes them.
    """
    from recommender.store.history import prune_snapshots

    deleted = prune_snapshots(index_folder(index), keep=keep)
    with reporting_what_is_done():
        print_answer(Facts({"deleted": deleted}), format)


@app.command()
def diff(
    before: Annotated[
        str | None, typer.Argument(help="The earlier snapshot.", show_default="the one it replaced")
    ] = None,
    after: Annotated[
        str | None, typer.Argument(help="The later snapshot.", show_default="the live one")
    ] = None,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Compare two snapshots: which articles and which lists of related ones changed."""
    from recommender.evaluate.diff import diff as compare
    from recommender.render.snapshots import Compared

    print_answer(Compared(compare(index_folder(index), before, after)), format)


@app.command()
def verify(
    name: Annotated[
        str | None, typer.Argument(help=_NAME_HELP, show_default="the live one")
    ] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Make damaged derived files again.")
    ] = False,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Check every file of a snapshot.

    Exit code 1 if something is wrong.
    """
    from recommender.builder.verify import verify as check

    verdict = check(index_folder(index), name, repair=repair)
    state = {"sound": not verdict.problems}
    print_answer(Facts({**asdict(verdict), **state}, counted=_COUNTED), format)
    _end_with(verdict.problems)


@app.command()
def doctor(index: IndexOption = None, format: FormatOption = Format.TEXT) -> None:
    """Check encoder, cache and index, and say what to repair.

    Shows the runtime and precision in use, its speed on this machine, and the cache folder.
    RECOMMENDER_PRECISION=int8, bfloat16, float32 or reference overrides the choice.
    """
    from recommender.builder.doctor import examine

    found = examine(index or load_settings().index, load_settings().model or None)
    facts = {**found.facts, "problems": list(found.problems)}
    print_answer(Facts(facts, counted=_COUNTED), format)
    _end_with(found.problems)


def _end_with(problems: Sequence[str]) -> None:
    """Name each problem on a line of standard error, and end with exit code 1 if there is one."""
    print_problems(problems)
    if problems:
        raise typer.Exit(1)
