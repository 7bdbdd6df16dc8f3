"""Hold the command that measures answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.app import FormatOption, IndexOption, app, print_answer
from recommender.cli.options import QuietOption
from recommender.errors import QueryError
from recommender.render.formats import Format
from recommender.settings import load_settings


@app.command()
def evaluate(
    folder: Annotated[
        Path | None,
        typer.Argument(
            help="Articles .jsonl with labels .tsv beside them.",
            show_default="an index, by questions it answers itself",
        ),
    ] = None,
    index: IndexOption = None,
    links: Annotated[
        list[Path] | None,
        typer.Option(
            help="Ask for the articles that editors link to in these sources; may be repeated."
        ),
    ] = None,
    labels: Annotated[
        list[Path] | None,
        typer.Option(
            help="A .tsv with labels of articles of the index, such as of clicks; may be repeated."
        ),
    ] = None,
    into: Annotated[
        Path | None, typer.Option(help="Keep the index of FOLDER in this folder, to use it again.")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="The model to encode FOLDER with.", show_default="bundled")
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=1_000, help="How many answers count.")] = 10,
    sample: Annotated[
        int, typer.Option(min=0, help="Questions of each kind, drawn at random; 0 for all.")
    ] = 1_000,
    seed: Annotated[int, typer.Option(min=0, help="Another number draws other questions.")] = 0,
    by_language: Annotated[
        bool,
        typer.Option(
            "--by-language",
            help="Also print figures for each language, and for answers in the question's language "
            "and in others.",
        ),
    ] = False,
    quiet: QuietOption = False,
    format: FormatOption = Format.TEXT,
) -> None:
    """Measure how good the answers are: nDCG, recall, reciprocal rank, first hit.

    Without labels, an index answers questions that it makes itself: a headline should
    find its article by another passage, and a paragraph should find the rest of its article.

    Example: recommender evaluate --sample 200
    """
    from recommender.answers.recommender import Recommender
    from recommender.cli.progress import progress
    from recommender.evaluate.evaluate import (
        Measure,
        evaluate_folder,
        evaluate_index,
        evaluate_labels,
        evaluate_links,
    )
    from recommender.render.evaluation import Measured

    if folder and (index or links or labels):
        raise QueryError("give a folder of labelled data, or --index, --links, --labels, not both")
    settings, measure = load_settings(), Measure(k, sample, seed)
    with progress(quiet) as on_progress:
        if folder is None:
            with Recommender.open(index or settings.index) as recommender:
                if links:
                    found = [evaluate_links(recommender, links, measure, on_progress, settings)]
                elif labels:
                    found = [evaluate_labels(recommender, labels, measure, on_progress)]
                else:
                    found = [evaluate_index(recommender, measure, on_progress)]
        else:
            found = evaluate_folder(
                folder,
                into=into,
                model=model or settings.model or None,
                settings=settings,
                measure=measure,
                on_progress=on_progress,
            )
    print_answer(Measured(found, by_language), format)
