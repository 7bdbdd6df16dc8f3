"""Hold `recommender news`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from recommender.cli.app import FormatOption, IndexOption, app, print_answer
from recommender.cli.build_output import EXIT_LEFT_OUT
from recommender.cli.news_report import check_target, deliver
from recommender.cli.options import index_folder, open_index
from recommender.errors import SettingsError
from recommender.render.formats import Format
from recommender.settings import load_settings


@app.command(
    epilog="Exit codes: 0 all saved searches were asked; 3 some could not be, each named; 2 wrong "
    "usage; 1 any other error.",
)
def news(
    watchlist: Annotated[
        Path | None,
        typer.Option(
            help="The file of saved searches.", show_default="watchlist.toml beside the index"
        ),
    ] = None,
    write: Annotated[
        Path | None,
        typer.Option(
            help="Write the news to a feed (.xml, .atom), or append them to lines (.jsonl)."
        ),
    ] = None,
    index: IndexOption = None,
    format: FormatOption = Format.TEXT,
) -> None:
    """Report what is new for the saved searches since the last look.

    A build, add or update also looks for news. The first look reports nothing.

    Example: recommender news --write news.xml
    """
    from recommender.render.news import News

    settings = load_settings()
    target = write or (Path(settings.news) if settings.news else None)
    check_target(target)
    with open_index(index) as recommender:
        answer = recommender.news(watchlist or settings.watchlist or None, remember=False)
    if answer is None:
        folder = index_folder(index)
        raise SettingsError(
            f"{folder / 'watchlist.toml'}: there is no watchlist; write one (docs/archive.md)"
        )
    deliver(answer, target)
    print_answer(News(answer), format)
    sys.stdout.flush()
    answer.remember()
    if answer.problems:
        raise typer.Exit(EXIT_LEFT_OUT)
