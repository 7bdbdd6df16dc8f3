"""Give editors the news of saved searches, and look for more."""

from __future__ import annotations

from dataclasses import asdict

from recommender.answers.news import NewsAnswer
from recommender.errors import SettingsError
from recommender.serve.archive import Archive, Edition
from recommender.serve.options import ServeOptions
from recommender.serve.parameters import check_known
from recommender.serve.problems import Refused
from recommender.serve.questions import PAGING, Json, Page, Question
from recommender.types import NewsItem

SHOWN = 20
# Of all the news that are kept.
MAX_OFFSET = 100_000


def news_now(edition: Edition, question: Question) -> Json:
    """Return the news of the last looks, the newest first, of one search or of all."""
    check_known(question.values, "watch", *PAGING)
    watch = question.text_or("watch", "")
    page = Page.of(question, edition, SHOWN, NewsItem, MAX_OFFSET)
    every = edition.recommender.last_news()
    found = [one for one in every if watch in ("", one.watch)]
    shown = [asdict(one) for one in found[: page.k]]
    answer = {"snapshot": edition.recommender.name, "news": shown}
    return page.cut(answer, "news") | {"more": len(found) > page.k}


def look(archive: Archive, options: ServeOptions) -> NewsAnswer:
    """Look for news in the newest snapshot; the next look reports them too, unless remembered.

    Raises `Refused` (404) if there is no watchlist, (503) if it cannot be used.
    """
    archive.refresh()  # a look at an older snapshot would forget the news that a build has reported
    try:
        answer = archive.edition.recommender.news(options.watchlist or None, remember=False)
    except SettingsError as error:
        reason = str(error).replace(f"{options.index}/", "")
        raise Refused(503, "bad_watchlist", f"The watchlist cannot be used: {reason}") from error
    if answer is None:
        raise Refused(404, "no_watchlist", "There is no watchlist.toml beside the index.")
    return answer
