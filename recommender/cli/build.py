"""Hold `recommender build`, which makes an index, for a person at a terminal and for cron."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommender.articles.database import Query
from recommender.articles.sources import Source, is_address
from recommender.builder.options import BuildOptions
from recommender.cli.app import (
    FormatOption,
    app,
    folder_option,
    print_answer,
    print_errors_as_json,
    print_problems,
)
from recommender.cli.build_output import EXIT_LEFT_OUT, BuildOutput, left_out_lines
from recommender.cli.fields import FieldOption, with_fields
from recommender.cli.input import from_input
from recommender.cli.model import download_asked
from recommender.cli.news_report import news_of, remember_news
from recommender.encoders.load import encoders_kept
from recommender.errors import GateRefused, RecommenderError
from recommender.render.facts import Facts
from recommender.render.formats import Format
from recommender.render.text_layout import one_line
from recommender.settings import Settings, load_settings
from recommender.types import BuildReport

if TYPE_CHECKING:
    from recommender.answers.news import NewsAnswer


class LogFormat(StrEnum):
    """The form of the lines on standard error."""

    TEXT = "text"
    JSON = "json"


def _remember_log_format(context: typer.Context, log_format: LogFormat) -> LogFormat:
    if log_format is LogFormat.JSON:
        print_errors_as_json(context)
    return log_format


@app.command(
    epilog="Exit codes: 0 published, or nothing to do (it says which); 3 the same, with files "
    "left out, each named; 4 refused by the gate, or because it would remove too many articles; "
    "5 another build is running; 2 wrong usage; 130 interrupted; 1 any other error. After every "
    "error the old index is unchanged."
)
def build(
    source: Annotated[
        list[str] | None,
        typer.Argument(
            help="Files and folders of articles, also in storage such as s3://BUCKET/FOLDER, or - "
            "for JSON Lines or text from input.",
            show_default="what the index was built from",
        ),
    ] = None,
    sql: Annotated[
        str, typer.Option(help="Read the rows of this query as articles; with --db.")
    ] = "",
    db: Annotated[
        str,
        typer.Option(
            envvar="RECOMMENDER_DB",
            help="The database of --sql: sqlite:///FILE, or an address of SQLAlchemy.",
        ),
    ] = "",
    into: Annotated[
        Path | None, folder_option("--into", help="Folder to put the index in.")
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            help="A sentence-transformers model: a folder, or a hub name.",
            show_default="the bundled multilingual-e5-small",
        ),
    ] = None,
    download: Annotated[
        bool,
        typer.Option(
            "--download", help="Download the model that --model names if it is not here yet."
        ),
    ] = False,
    field: FieldOption = None,
    index: Annotated[
        str,
        typer.Option(
            help="How the index searches: exact; auto, which misses at most 1 in 100 of the ten "
            "best in a large archive; fast, at most 1 in 20; or a FAISS factory string.",
            show_default="auto",
        ),
    ] = "",
    full: Annotated[
        bool, typer.Option("--full", help="Encode everything again from scratch.")
    ] = False,
    include_unpublished: Annotated[
        bool,
        typer.Option(
            "--include-unpublished",
            help="Also build drafts and other articles that the public may not see.",
        ),
    ] = False,
    if_changed: Annotated[
        bool,
        typer.Option(
            "--if-changed",
            help="Read nothing if all files have the same size and time as at the last build.",
        ),
    ] = False,
    replace_: Annotated[
        bool,
        typer.Option(
            "--replace",
            help="Remove all articles that the source no longer has, however many, and those of "
            "other sources.",
        ),
    ] = False,
    vectors: Annotated[
        Path | None,
        typer.Option(help="Take the vectors of equal texts from this dump of the same encoder."),
    ] = None,
    processes: Annotated[
        int,
        typer.Option(
            min=0,
            help="How many processes read and cut a large archive.",
            show_default="one for each processor",
        ),
    ] = 0,
    on: Annotated[
        str,
        typer.Option(
            help="Encode in further processes: local, on this machine; or ray://HOST:PORT, on a "
            "cluster of Ray. Finished work is kept if the build is interrupted.",
        ),
    ] = "",
    parts: Annotated[
        str,
        typer.Option(
            help="Storage that the machines of --on share if they share no folder: an address of "
            "fsspec, such as s3://BUCKET/FOLDER.",
        ),
    ] = "",
    gate: Annotated[
        bool, typer.Option("--gate", help="Refuse an index that is worse than the live one.")
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only print what would be done and how long it would take."),
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Build again whenever the files change.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show no progress, only one line at the end.")
    ] = False,
    log_format: Annotated[
        LogFormat,
        typer.Option(
            help="How to print progress and errors on standard error.",
            callback=_remember_log_format,
            is_eager=True,
        ),
    ] = LogFormat.TEXT,
    format: FormatOption = Format.TEXT,
) -> None:
    """Read the articles, encode what changed and publish the index.

    Only new and changed paragraphs are encoded. The old index stays live until the new one is
    whole. An interrupted build continues where it stopped.
    """
    if download:
        download_asked(model)
    settings = with_fields(load_settings(), field)
    settings = replace(
        settings,
        index_kind=index or settings.index_kind,
        include_unpublished=include_unpublished or settings.include_unpublished,
    )
    options = BuildOptions(
        settings=settings,
        full=full,
        if_changed=if_changed,
        gate=_make_gate if gate else None,
        replace=replace_,
        vectors=vectors,
        processes=processes,
        on=on,
        parts=parts,
    )
    folder = into or Path(settings.index)
    order = _Order(
        sources=_query(source, sql, db) or _named(source or _known_sources(settings, folder)),
        into=folder,
        model=model or settings.model or None,
        options=options,
        output=BuildOutput(quiet, log_format is LogFormat.JSON, format),
    )
    if dry_run:
        _forecast(order)
    elif watch:
        _watch(order)
    elif _build(order):
        raise typer.Exit(EXIT_LEFT_OUT)


def _named(sources: Sequence[Path | str]) -> list[Source | str]:
    """Return what the sources are: paths, what comes from input, addresses of storage elsewhere."""
    named = list[Source | str]()
    for one in sources:
        is_path = isinstance(one, Path) or (one.strip() and not is_address(one))
        named += from_input([Path(one)]) if is_path else [one]
    return named


def _query(source: list[str] | None, sql: str, db: str) -> Query | None:
    """Return the query that was asked for, if one was."""
    if not sql:
        if db and not source and "RECOMMENDER_DB" not in os.environ:
            raise typer.BadParameter("--db goes with --sql: write --sql 'SELECT ...' with it")
        return None
    if source or not db:
        raise typer.BadParameter("give --sql with --db, and no source besides")
    return Query(db, sql)


def _known_sources(settings: Settings, index: Path) -> list[Path]:
    """Return the source of the settings, else those that the index was built from."""
    from recommender.builder.sources import remembered_paths

    if settings.source:
        return [Path(settings.source)]
    if found := remembered_paths(index):
        return found
    raise typer.BadParameter(
        "name the folder of your articles: recommender build FOLDER; or write it in "
        "recommender.toml, which recommender init makes"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Order:
    """What the command builds, into which folder, and how it prints that."""

    sources: Sequence[Source | str] | Query
    into: Path
    model: str | None
    options: BuildOptions
    output: BuildOutput


def _build(order: _Order) -> bool:
    """Build and print the report; return whether files were left out."""
    with encoders_kept():
        report = _built(order)
        news = _news(order, report)
    order.output.report(report, news)
    remember_news(news)
    if report.refused:
        raise GateRefused(
            f"{report.snapshot}: not published: {'; '.join(report.refused)}. It is kept; look at "
            f"it with: recommender diff {report.snapshot}; publish it all the same with: "
            f"recommender rollback {report.snapshot}"
        )
    return bool(report.left_out)


def _built(order: _Order) -> BuildReport:
    """Build, with the progress that was asked for."""
    from recommender.builder.build import build as build_index

    with order.output.progress() as on_progress:
        try:
            return build_index(
                order.sources,
                into=order.into,
                model=order.model,
                on_progress=on_progress,
                options=order.options,
            )
        except KeyboardInterrupt:
            order.output.stopped()
            raise


def _news(order: _Order, report: BuildReport) -> NewsAnswer | None:
    """Return what is new for saved searches; of an index that was refused nothing is."""
    return None if report.refused else news_of(order.into, order.options.settings)


def _make_gate(live: Any) -> Any:
    from recommender.evaluate.gate import QualityGate

    return QualityGate(live)


def _forecast(order: _Order) -> None:
    from recommender.builder.dry_run import forecast

    with order.output.progress() as on_progress:
        found = forecast(
            order.sources,
            into=order.into,
            model=order.model,
            options=order.options,
            on_progress=on_progress,
        )
    print_answer(Facts(asdict(found)), order.output.format)
    print_problems(left_out_lines(found.left_out))


def _watch(order: _Order) -> None:
    from recommender.builder.watch import build_on_changes

    if isinstance(order.sources, Query):
        raise typer.BadParameter("--watch follows files; run --sql from a timer instead")
    files = [one for one in order.sources if not isinstance(one, str)]
    if len(files) < len(order.sources):
        raise typer.BadParameter("--watch follows files of this machine; use a timer instead")

    def build_once() -> None:
        try:
            _build(order)
        except RecommenderError as error:  # the next change may mend it; the index is as it was
            print(f"recommender: {one_line(str(error))}", file=sys.stderr)

    places = ", ".join(one_line(str(source)) for source in order.sources)
    print(f"recommender: watching {places}; stop with Ctrl-C", file=sys.stderr)
    build_on_changes(files, build_once)
