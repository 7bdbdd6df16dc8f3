"""Hold `recommender export`, which writes the related articles of every article as files."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommender.answers.options import MAX_K
from recommender.cli.app import (
    FormatOption,
    IndexOption,
    app,
    print_answer,
    print_text,
    reporting_what_is_done,
)
from recommender.cli.options import (
    AsOfOption,
    ConfidenceOption,
    CopiesOption,
    DiverseOption,
    FallbackOption,
    HalfLifeOption,
    LanguagesOption,
    MinStrengthOption,
    SinceOption,
    TranslationsOption,
    UntilOption,
    WhereOption,
    filters_from,
    open_index,
    warn_of_rules,
)
from recommender.render.facts import Facts
from recommender.render.formats import Format
from recommender.render.text_layout import counted, one_line

if TYPE_CHECKING:
    from recommender.types import ExportReport


@app.command(
    epilog="Exit codes: 0 the folder agrees with the index; 2 wrong usage; 5 another export to the "
    "folder is running; 130 interrupted; 1 any other error. The same command continues from there."
)
def export(
    folder: Annotated[Path, typer.Argument(help="Folder to write to; made if it does not exist.")],
    top: Annotated[
        int, typer.Option(min=1, max=MAX_K, help="How many related articles for each article.")
    ] = 5,
    languages: LanguagesOption = "any",
    since: SinceOption = "",
    until: UntilOption = "",
    as_of: AsOfOption = "",
    where: WhereOption = None,
    confidence: ConfidenceOption = None,
    min_strength: MinStrengthOption = None,
    half_life: HalfLifeOption = 0,
    diverse: DiverseOption = False,
    include_copies: CopiesOption = False,
    translations: TranslationsOption = "fold",
    fallback: FallbackOption = "none",
    link: Annotated[
        str,
        typer.Option(
            help="Address for articles that have none, such as https://example.org/{id}.html"
        ),
    ] = "",
    processes: Annotated[
        int | None,
        typer.Option(
            min=1, help="How many processes to use.", show_default="one for each processor"
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show no progress, only one line at the end.")
    ] = False,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Write the related articles of every article as files, for a site.

    It writes JSON and HTML for each article, all answers in related.jsonl, and folders to copy into
    a Hugo, Jekyll or Pelican site. Only files that change are written. Files of removed articles
    are deleted.

    Example: recommender export public/related --top 3
    """
    from recommender.cli.progress import progress
    from recommender.export.options import ExportOptions
    from recommender.export.run import export as write_files
    from recommender.system.processes import processor_count

    options = ExportOptions(
        k=top,
        filters=filters_from(languages, since, until, as_of, where),
        include_copies=include_copies,
        translations=translations,
        fallback=fallback,
        confidence=confidence,
        min_strength=min_strength,
        half_life=half_life,
        diverse=diverse,
        link=link,
    )
    with open_index(index) as recommender, progress(quiet) as on_progress:
        warn_of_rules(recommender)
        try:
            report = write_files(
                recommender,
                folder,
                options=options,
                processes=processes or processor_count(),
                on_progress=on_progress,
            )
        except KeyboardInterrupt:
            print("stopped; the same command continues from here", file=sys.stderr)
            raise
    with reporting_what_is_done():
        if format is Format.TEXT:
            print_text(f"{summary(report)}\n")
        else:
            print_answer(Facts(asdict(report)), format)


def summary(report: ExportReport) -> str:
    """Return in one line what an export did."""
    withheld = _withheld(report)
    if not (report.written or report.removed):
        folder = one_line(report.folder)
        return f"nothing changed: {folder} has {counted(report.articles, 'article')}{withheld}"
    return (
        f"exported {report.snapshot} to {one_line(report.folder)}: "
        f"{counted(report.articles, 'article')} ({report.asked:,} asked, {report.removed:,} "
        f"removed), {counted(report.written, 'file')} written, {report.seconds:.1f} s{withheld}"
    )


def _withheld(report: ExportReport) -> str:
    """Return how many articles the public may not see now, and when it may see the next."""
    if not report.withheld:
        return ""
    until = f", the next from {report.withheld_until} on" if report.withheld_until else ""
    return f"; {report.withheld:,} not published{until}"
