"""`recommender build`: makes an index, for a person at a terminal and for cron."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommender.cli.app import FormatOption, app, print_answer, tell_errors_as_json
from recommender.cli.model import download_asked
from recommender.cli.options import FieldOption, from_input, with_fields
from recommender.cli.progress import left_out_lines, notice_lines
from recommender.errors import GateRefused, RecommenderError
from recommender.render.formats import Facts, Format
from recommender.render.text_layout import one_line
from recommender.settings import load_settings

if TYPE_CHECKING:
    from recommender.types import BuildReport, LanguageDoubt, NoticeCount, Refusal

EXIT_LEFT_OUT = 3
# Of so many articles it is told that they are in another language than they declare.
SHOWN_DOUBTS = 20


class LogFormat(StrEnum):
    TEXT = "text"
    JSON = "json"


@app.command(
    epilog="Exit codes: 0 published, or nothing to do (it says which); 3 published with files "
    "left out, each named; 4 refused by the gate; 5 another build is running; 2 wrong usage; "
    "130 interrupted; 1 any other error. After every error the index that was there is unchanged."
)
def build(
    source: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Files and folders of articles, or - for JSON Lines or text from input.",
            show_default="seeds",
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="Folder to put the index in.", show_default="vectors")
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
    full: Annotated[bool, typer.Option("--full", help="Encode everything anew.")] = False,
    include_unpublished: Annotated[
        bool,
        typer.Option(
            "--include-unpublished",
            help="Build drafts and other articles that the public may not see, too.",
        ),
    ] = False,
    if_changed: Annotated[
        bool,
        typer.Option(
            "--if-changed", help="Read nothing if all files have the size and time of last time."
        ),
    ] = False,
    gate: Annotated[
        bool, typer.Option("--gate", help="Refuse an index that is worse than the live one.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be done and how long it would take.")
    ] = False,
    watch: Annotated[
        bool, typer.Option("--watch", help="Build again whenever the files change.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show no progress, only one line at the end.")
    ] = False,
    log_format: Annotated[
        LogFormat, typer.Option(help="How progress and errors are told on standard error.")
    ] = LogFormat.TEXT,
    format: FormatOption = Format.TEXT,
) -> None:
    """Read the articles, encode what changed and publish the index.

    Only new and changed paragraphs are encoded. The index that was there stays live until the new
    one is whole. A build that was broken off goes on where it was.
    """
    if log_format is LogFormat.JSON:
        tell_errors_as_json()
    if download:
        download_asked(model)
    settings = with_fields(load_settings(), field)
    settings = replace(
        settings,
        index_kind=index or settings.index_kind,
        include_unpublished=include_unpublished or settings.include_unpublished,
    )
    sources = from_input(source or [Path(settings.source)])
    run = partial(
        _build,
        sources,
        quiet=quiet,
        as_json=log_format is LogFormat.JSON,
        format=format,
        into=into or Path(settings.index),
        model=model or settings.model or None,
        settings=settings,
        full=full,
    )
    if dry_run:
        _forecast(run)
    elif watch:
        _watch(sources, partial(run, if_changed=if_changed, gate=gate))
    elif run(if_changed=if_changed, gate=gate):
        raise typer.Exit(EXIT_LEFT_OUT)


def _build(
    sources: list[Path],
    *,
    quiet: bool,
    as_json: bool,
    format: Format,
    gate: bool,
    **options: Any,
) -> bool:
    """Build and tell how it went; tell whether it was published with files left out."""
    from recommender.builder.build import build as build_index
    from recommender.cli.progress import progress

    with progress(quiet, as_json) as on_progress:
        try:
            report = build_index(
                sources, gate=_make_gate if gate else None, on_progress=on_progress, **options
            )
        except KeyboardInterrupt:
            print(_stopped(as_json), file=sys.stderr)
            raise
    _tell(report, quiet=quiet, as_json=as_json, format=format)
    if report.refused:
        raise GateRefused(
            f"{report.snapshot}: not published: {'; '.join(report.refused)}. It is kept; look at "
            f"it with: recommender diff {report.snapshot}; publish it all the same with: "
            f"recommender rollback {report.snapshot}"
        )
    return report.published and bool(report.left_out)


def _tell(report: BuildReport, *, quiet: bool, as_json: bool, format: Format) -> None:
    if format is not Format.TEXT:
        print_answer(Facts.of_report(report), format)
    else:
        print(summary(report), flush=True)
    if format is Format.TEXT and not quiet and report.published:
        found: dict[str, Any] = {"encoder": report.encoder, "languages": report.languages}
        found["roles"] = report.roles
        found |= {"words only": report.words_only} if report.words_only else {}
        found |= {"not published": report.unpublished} if report.unpublished else {}
        found |= {"cut anew": report.reasons} if report.reasons else {}
        print_answer(Facts(found), format)
    for line in _left_out(report.left_out, as_json):
        print(line, file=sys.stderr)
    for line in _noticed(report.notices, as_json):
        print(line, file=sys.stderr)
    for line in _doubted(report.language_doubts, as_json):
        print(line, file=sys.stderr)


def summary(report: BuildReport) -> str:
    """Return what a build did in one line."""
    if not report.published and not report.refused:
        return f"nothing changed: {report.snapshot} has {report.articles:,} articles"
    what = "refused" if report.refused else "published"
    return (
        f"{what} {report.snapshot}: {report.articles:,} articles ({report.added:,} added, "
        f"{report.changed:,} changed, {report.removed:,} removed), {report.passages:,} passages "
        f"({report.encoded:,} texts encoded, {report.reused:,} reused), "
        f"{len(report.left_out):,} left out, {_unpublished(report)}{report.seconds:.1f} s"
    )


def _unpublished(report: BuildReport) -> str:
    count = sum(report.unpublished.values())
    return f"{count:,} not published, " if count else ""


def _stopped(as_json: bool) -> str:
    if as_json:
        from recommender.cli.progress import event_line

        return event_line("stopped")
    return "stopped; the index that was there is unchanged; the same command goes on from here"


def _left_out(refusals: Sequence[Refusal], as_json: bool) -> Iterable[str]:
    if not as_json:
        return left_out_lines(refusals)
    from recommender.cli.progress import event_line

    return [event_line("left out", place=one.place, reason=one.reason) for one in refusals]


def _noticed(counts: Sequence[NoticeCount], as_json: bool) -> Iterable[str]:
    if not as_json:
        return notice_lines(counts)
    from recommender.cli.progress import event_line

    return [event_line("notice", **asdict(one)) for one in counts]


def _doubted(doubts: Sequence[LanguageDoubt], as_json: bool) -> Iterator[str]:
    """Yield a line for each declared language that was not believed; for people, the first few."""
    if as_json:
        from recommender.cli.progress import event_line

        for one in doubts:
            yield event_line("language doubted", article_id=one.article_id, reason=one.reason)
        return
    for one in doubts[:SHOWN_DOUBTS]:
        yield f"language: {one_line(one.article_id)}: {one_line(one.reason)}"
    if (more := len(doubts) - SHOWN_DOUBTS) > 0:
        yield f"language: {more:,} more articles; all of them with --format json"


def _make_gate(live: Any) -> Any:
    from recommender.evaluate.gate import QualityGate

    return QualityGate(live)


def _forecast(run: partial[bool]) -> None:
    from dataclasses import asdict

    from recommender.builder.dry_run import forecast
    from recommender.cli.progress import progress

    options = dict(run.keywords)
    quiet, as_json, format = (options.pop(name) for name in ("quiet", "as_json", "format"))
    with progress(quiet, as_json) as on_progress:
        found = forecast(*run.args, on_progress=on_progress, **options)
    print_answer(Facts(asdict(found)), format)


def _watch(sources: list[Path], run: Callable[[], object]) -> None:
    from recommender.builder.watch import build_on_changes

    def build_once() -> None:
        try:
            run()
        except RecommenderError as error:  # the next change may mend it; the index is as it was
            print(f"recommender: {one_line(str(error))}", file=sys.stderr)

    build_on_changes(sources, build_once)
