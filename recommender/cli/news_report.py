"""Look for what is new for saved searches after a build or a write, and deliver it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from recommender.cli.app import print_answer
from recommender.errors import RecommenderError, SettingsError
from recommender.render.formats import Format
from recommender.render.text_layout import one_line
from recommender.settings import Settings
from recommender.store.layout import WATCHLIST_FILE
from recommender.system.disk import unwritable

if TYPE_CHECKING:
    from recommender.answers.news import NewsAnswer

FEEDS = (".xml", ".atom")
LINES = ".jsonl"


def news_of(folder: Path, settings: Settings) -> NewsAnswer | None:
    """Look for news after a build or a write, and write them where the settings say.

    None if there is no watchlist. A failure is reported on standard error: the index is published,
    and the next look reports the same news. Call `remember_news` once the news are printed.
    """
    if not settings.watchlist and not (folder / WATCHLIST_FILE).is_file():
        return None
    from recommender.cli.options import open_index  # imports the modules that questions need

    try:
        target = Path(settings.news) if settings.news else None
        check_target(target)
        with open_index(str(folder)) as recommender:
            answer = recommender.news(settings.watchlist or None, remember=False)
        if answer is not None:
            deliver(answer, target)
    except (RecommenderError, OSError, RuntimeError) as error:  # runtimes of models raise too
        _print_failure(error)
        return None
    return answer


def remember_news(answer: NewsAnswer | None) -> None:
    """Remember a look whose news are delivered; a failure is reported on standard error."""
    try:
        if answer is not None:
            sys.stdout.flush()
            answer.remember()
    except RecommenderError as error:
        _print_failure(error)


def _print_failure(error: Exception) -> None:
    print(f"recommender: watchlist: {one_line(str(error))}", file=sys.stderr)


def print_news(answer: NewsAnswer | None) -> None:
    """Print news for a person, if there are any."""
    if answer is not None and answer.items:
        from recommender.render.news import News

        print_answer(News(answer), Format.TEXT)


def check_target(target: Path | None) -> None:
    """Raise `SettingsError` for a file whose suffix does not say how to write news."""
    if target is not None and target.suffix.lower() not in (*FEEDS, LINES):
        names = ", ".join((*FEEDS, LINES))
        raise SettingsError(f"{target}: name a file for news that ends in {names}")


def deliver(answer: NewsAnswer, target: Path | None) -> None:
    """Name the saved searches that failed, and write news to the file that was named."""
    for one in answer.problems:
        line = f"watchlist: {one.watch}: {one.reason}"
        print(f"recommender: {one_line(line)}", file=sys.stderr)
    if target is None:
        return
    from recommender.render.feed import atom
    from recommender.render.news_files import add_lines, write_feed

    try:
        if target.suffix.lower() in FEEDS:
            write_feed(target, atom(answer.kept))
        elif answer.items:
            add_lines(target, answer.rows())
    except OSError as error:
        raise unwritable(target, error) from error
