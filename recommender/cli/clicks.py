"""Hold the commands that read the clicks that the service counted."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from recommender.cli.app import FormatOption, Group, app, print_answer
from recommender.render.facts import Facts
from recommender.render.formats import Format
from recommender.render.tables import Table

clicks = typer.Typer(cls=Group, no_args_is_help=True)
app.add_typer(clicks, name="clicks")

FileArgument = Annotated[Path, typer.Argument(help="The file of serve --clicks.")]


@clicks.callback()
def _clicks() -> None:
    """Read the clicks that `serve --clicks FILE` counted: what was shown, and what was clicked."""


@clicks.command()
def report(
    file: FileArgument,
    compare: Annotated[
        str,
        typer.Option(help="Two lists, with a comma between: their difference, with an interval."),
    ] = "",
    format: FormatOption = Format.TEXT,
) -> None:
    """Print how often each position of each list was shown and clicked, with 95% intervals.

    Example: recommender clicks report clicks.sqlite --compare today,tomorrow
    """
    from recommender.evaluate.clicks import ClickStore

    store = ClickStore(file)
    if not compare:
        rows = [
            {"list": one.list, "position": one.position, "shown": one.shown, "clicked": one.clicked}
            | {"rate": one.rate.value, "from": one.rate.low, "to": one.rate.high}
            for one in store.positions()
        ]
        print_answer(Table(rows), format)
        return
    name, comma, than = compare.partition(",")
    if not comma or not name or not than:
        raise typer.BadParameter("--compare takes two lists, as in --compare a,b")
    found = store.compare(name.strip(), than.strip())
    print_answer(Facts(_plain(asdict(found))), format)


@clicks.command()
def labels(
    file: FileArgument,
    least: Annotated[int, typer.Option(min=1, help="Leave out pairs with fewer clicks.")] = 3,
) -> None:
    """Print pairs of articles with their relevance, for `recommender evaluate --labels`.

    Relevance is the clicks over those that an average article gets in the same positions.

    Example: recommender clicks labels clicks.sqlite > clicks.tsv
    """
    from recommender.evaluate.clicks import ClickStore
    from recommender.evaluate.questions import COLUMNS

    rows = ClickStore(file).labels(least)
    lines = ["\t".join(COLUMNS), *(f"{one}\t{other}\t{gain:g}" for one, other, gain in rows)]
    typer.echo("\n".join(lines))


def _plain(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with its figures as a value and its bounds."""
    return {
        name: {"value": one["value"], "from": one["low"], "to": one["high"]}
        if isinstance(one, dict)
        else one
        for name, one in record.items()
    }
