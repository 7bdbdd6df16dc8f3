"""Hold the commands that write single articles: add, update, remove."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from recommender.articles.database import Query
from recommender.articles.sources import Source
from recommender.cli.app import (
    FormatOption,
    app,
    folder_option,
    print_answer,
    print_problems,
)
from recommender.cli.build_output import EXIT_LEFT_OUT, BuildOutput, left_out_lines
from recommender.cli.fields import FieldOption, with_fields
from recommender.cli.input import from_input, lines_from_input
from recommender.cli.news_report import news_of, remember_news
from recommender.encoders.load import encoders_kept
from recommender.render.facts import Facts
from recommender.render.formats import Format
from recommender.settings import Settings, load_settings
from recommender.types import BuildReport

if TYPE_CHECKING:
    from recommender.answers.news import NewsAnswer
    from recommender.builder.write_dry_run import WriteForecast

Done = TypeVar("Done")
# Facts of a forecast that are always printed; the others are printed unless they are empty.
_ALWAYS = frozenset({"same", "added", "changed", "removed"})

_EXIT_CODES = (
    "Exit codes: 0 written, or nothing to do; 3 the same, with articles left out, each named; "
    "5 another writer did not end within a minute; 2 wrong usage; 1 any other error. After every "
    "error the old index is unchanged. With --dry-run the codes are the same, and nothing is "
    "written."
)

SourceArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="Files and folders of articles, or - for JSON Lines or text from input."),
]
IntoOption = Annotated[
    Path | None, folder_option("--index", "-i", "--into", help="Folder of the index.")
]
ModelOption = Annotated[
    str | None,
    typer.Option(help="The model of the index, if its folder has moved.", show_default="as built"),
]
SqlOption = Annotated[str, typer.Option(help="Read the rows of this query; with --db.")]
DbOption = Annotated[
    str, typer.Option(envvar="RECOMMENDER_DB", help="The database of --sql: sqlite:///FILE.")
]
DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Only print what would change; write nothing.")
]


@app.command(epilog=_EXIT_CODES)
def add(
    source: SourceArgument = None,
    index: IntoOption = None,
    model: ModelOption = None,
    field: FieldOption = None,
    sql: SqlOption = "",
    db: DbOption = "",
    dry_run: DryRunOption = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Add articles to the index; an article with a known id replaces the old one.

    When the command ends, they are on disk and among the answers. Nothing else is read or encoded.
    A file below the folder that the index was built from gets the same id as from a build.
    """
    settings = with_fields(load_settings(), field)
    given = _Given(_sources(source, sql, db), index or Path(settings.index), settings, model)
    if dry_run:
        from recommender.builder.write_dry_run import forecast_add

        _forecast(given.to(forecast_add), format)
        return
    from recommender.builder.write import add as add_articles

    _write(add_articles, given, format)


@app.command(epilog=_EXIT_CODES)
def update(
    source: SourceArgument = None,
    index: IntoOption = None,
    model: ModelOption = None,
    field: FieldOption = None,
    sql: SqlOption = "",
    db: DbOption = "",
    dry_run: DryRunOption = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Replace articles of the index, as add does; a missing article is an error."""
    settings = with_fields(load_settings(), field)
    given = _Given(_sources(source, sql, db), index or Path(settings.index), settings, model)
    if dry_run:
        from recommender.builder.write_dry_run import forecast_update

        _forecast(given.to(forecast_update), format)
        return
    from recommender.builder.write import update as update_articles

    _write(update_articles, given, format)


@app.command(epilog=_EXIT_CODES)
def remove(
    ids: Annotated[
        list[str], typer.Argument(help="Ids of articles, or - to read one id a line from input.")
    ],
    index: IntoOption = None,
    dry_run: DryRunOption = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Remove articles from the index. A missing article is an error, and nothing is removed."""
    named = [one for id in ids for one in (lines_from_input() if id == "-" else [id])]
    folder = index or Path(load_settings().index)
    if dry_run:
        from recommender.builder.write_dry_run import forecast_remove

        _forecast(forecast_remove(named, into=folder), format)
        return
    from recommender.builder.write import remove as remove_articles

    _print(remove_articles(named, into=folder), format)


def _sources(source: list[Path] | None, sql: str, db: str) -> list[Source] | Query:
    if bool(source) == bool(sql) or bool(sql) > bool(db):
        raise typer.BadParameter("name files or folders, or - for input, or --sql with --db")
    return Query(db, sql) if sql else from_input(source or [])


@dataclass(frozen=True, slots=True)
class _Given:
    """What `add` and `update` are given: sources, the folder of the index, settings and a model."""

    sources: list[Source] | Query
    folder: Path
    settings: Settings
    model: str | None

    def to(self, work: Callable[..., Done]) -> Done:
        """Return the result of a function of the library for this input."""
        model = self.model or self.settings.model or None
        return work(self.sources, into=self.folder, model=model, settings=self.settings)


def _write(write: Callable[..., BuildReport], given: _Given, format: Format) -> None:
    """Write articles by `add` or `update` of the library, and print the report and the news."""
    with encoders_kept():
        report = given.to(write)
        news = news_of(given.folder, given.settings)
    _print(report, format, news)


def _forecast(found: WriteForecast, format: Format) -> None:
    """Print what a write would do, and name what it would leave out."""
    facts = asdict(found)
    if format is Format.TEXT:
        facts = {name: one for name, one in facts.items() if one or name in _ALWAYS}
    print_answer(Facts(facts), format)
    print_problems(left_out_lines(found.left_out))
    if found.left_out:
        raise typer.Exit(EXIT_LEFT_OUT)


def _print(report: BuildReport, format: Format, news: NewsAnswer | None = None) -> None:
    BuildOutput(quiet=True, as_json=False, format=format).report(report, news)
    remember_news(news)
    if report.left_out:
        raise typer.Exit(EXIT_LEFT_OUT)
