"""The commands that make and keep an index."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.edge import FormatOption, app, print_answer
from recommender.render import Facts, Format, one_line
from recommender.settings import load_settings

EXIT_LEFT_OUT = 3


@app.command()
def build(
    source: Annotated[
        list[Path] | None,
        typer.Argument(help="Files and folders of articles (.txt, .jsonl).", show_default="seeds"),
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
    full: Annotated[bool, typer.Option("--full", help="Encode everything anew.")] = False,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress.")] = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Read the articles, encode their paragraphs and publish the index.

    The index that was there stays live until the new one is whole. Exit code 3: published, with
    files left out; each is named with the reason.
    """
    from recommender.build import build as build_index
    from recommender.progress import progress

    settings = load_settings()
    with progress(quiet) as on_progress:
        report = build_index(
            source or [Path(settings.source)],
            into=into or Path(settings.index),
            model=model or settings.model or None,
            full=full,
            on_progress=on_progress,
        )
    print_answer(Facts.of_report(report), format)
    for refusal in report.left_out:
        print(f"left out: {one_line(refusal.place)}: {one_line(refusal.reason)}", file=sys.stderr)
    if report.left_out:
        raise typer.Exit(EXIT_LEFT_OUT)
