"""Answer questions about a whole archive: its articles, stories, copies, and what came before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

from recommender.answers.answer import ListAnswer, RelatedAnswer
from recommender.answers.archive import Archive, on_disk
from recommender.answers.filters import up_to_article
from recommender.answers.ids import position_of
from recommender.answers.options import (
    ArticleId,
    BeforeOptions,
    DuplicatesKeywords,
    DuplicatesOptions,
    ListKeywords,
    ListOptions,
    Named,
    RelatedKeywords,
    RelatedOptions,
    StoriesKeywords,
    StoriesOptions,
    merged,
)
from recommender.answers.snapshot_encoder import SnapshotEncoder
from recommender.types import Article

# Each method imports what only it needs: that takes longer to load than many an answer takes.
if TYPE_CHECKING:
    from recommender.answers.group_answers import BeforeAnswer, DuplicatesAnswer, StoriesAnswer
    from recommender.answers.news import NewsAnswer
    from recommender.types import NewsItem, OnProgress


class ArchiveQuestions:
    """The methods of `Recommender` that look at all articles, or at their order in time."""

    snapshot: Archive
    _encoder: SnapshotEncoder

    def answer_related(
        self,
        article: Named,
        *,
        options: RelatedOptions | None = None,
        **keywords: Unpack[RelatedKeywords],
    ) -> RelatedAnswer:
        """Return the answer of `related`."""
        raise NotImplementedError

    def list_articles(
        self,
        words: str = "",
        *,
        options: ListOptions | None = None,
        **keywords: Unpack[ListKeywords],
    ) -> ListAnswer:
        """Return the newest articles whose id, address, path or title hold all the words.

        Without words, the newest of all articles. `options` or keyword arguments of the same names
        choose among them (`ListOptions`). Raises `QueryError` for a value that cannot be used.
        """
        from recommender.answers.listing import list_articles

        return list_articles(self.snapshot, words, merged(ListOptions(), options, keywords))

    def stories(
        self,
        *,
        options: StoriesOptions | None = None,
        on_progress: OnProgress | None = None,
        **keywords: Unpack[StoriesKeywords],
    ) -> StoriesAnswer:
        """Return stories, groups of articles over time and languages; the latest story comes first.

        `options` or keyword arguments of the same names choose among them (`StoriesOptions`). An
        article is in at most one story. This takes as long as `related` for each article that is
        looked at. Raises `QueryError` for a value that cannot be used.
        """
        from recommender.answers.group_answers import StoriesAnswer
        from recommender.answers.listing import why_none_is_listed
        from recommender.answers.stories import find_stories

        options = merged(StoriesOptions(), options, keywords)
        snapshot = self.snapshot
        total, stories = find_stories(snapshot, options, on_progress)
        return StoriesAnswer(
            options=options,
            snapshot=snapshot.name,
            total=total,
            stories=tuple(stories),
            notices=() if total else why_none_is_listed(snapshot, options.filters),
        )

    def duplicates(
        self,
        *,
        options: DuplicatesOptions | None = None,
        on_progress: OnProgress | None = None,
        **keywords: Unpack[DuplicatesKeywords],
    ) -> DuplicatesAnswer:
        """Return groups of articles that hold the same text: copies, near copies and parts.

        `options` or keyword arguments of the same names choose among them (`DuplicatesOptions`).
        All texts are read. Raises `QueryError` for a value that cannot be used.
        """
        from recommender.answers.duplicates import find_duplicates
        from recommender.answers.group_answers import DuplicatesAnswer
        from recommender.answers.listing import why_none_is_listed

        options = merged(DuplicatesOptions(), options, keywords)
        snapshot = on_disk(self.snapshot, "duplicates")
        total, groups = find_duplicates(snapshot, options, on_progress)
        return DuplicatesAnswer(
            options=options,
            snapshot=snapshot.name,
            total=total,
            groups=tuple(groups),
            notices=() if total else why_none_is_listed(snapshot, options.filters),
        )

    def before(
        self,
        article: Named,
        *,
        options: RelatedOptions | None = None,
        **keywords: Unpack[RelatedKeywords],
    ) -> BeforeAnswer:
        """Return what was published before an article or draft on its subject, oldest first.

        These are the articles that `related` finds up to the date of `filters.as_of` or
        `filters.until`, else of the article, copies and translations included. Without any of these
        dates, articles of all dates are returned. Raises what `related` does, and `QueryError` if
        `filters.since` is later than the article.
        """
        from recommender.answers.group_answers import BeforeAnswer
        from recommender.answers.resolve import each_named

        named = each_named(article)  # an iterable may be a generator
        options = merged(BeforeOptions().related(), options, keywords)
        until = options.filters.as_of or options.filters.until
        if not until and (until := self._date_of(named)):
            options = replace(options, filters=up_to_article(options.filters, until))
        answer = self.answer_related(named, options=options)
        found = answer.recommendations
        return BeforeAnswer(
            articles=answer.articles,
            options=options,
            snapshot=answer.snapshot,
            encoder=answer.encoder,
            until=until,
            recommendations=tuple(sorted(found, key=lambda one: (not one.date, one.date))),
            nearest=answer.nearest,
            notices=answer.notices,
        )

    def news(
        self, watchlist: str | Path | None = None, *, remember: bool = True
    ) -> NewsAnswer | None:
        """Return what is new for the saved searches since the last look, and remember this one.

        `watchlist` is the file of searches; without it, `watchlist.toml` in the folder of the index
        is read, and None is returned if that does not exist. Searches need the model. Without
        `remember`, call the answer's `remember` once the news are delivered: until then every look
        reports them again. Raises `SettingsError` for a file that cannot be used, `StorageError` if
        the look cannot be remembered.
        """
        from recommender.answers.news import look_for_news
        from recommender.answers.watchlist import read_watchlist
        from recommender.store.layout import WATCHLIST_FILE

        snapshot = on_disk(self.snapshot, "news")
        path = snapshot.folder / WATCHLIST_FILE if watchlist is None else Path(watchlist)
        watches = read_watchlist(path, is_named=watchlist is not None)
        if watches is None:
            return None
        answer = look_for_news(snapshot, watches, partial(self._encoder.of, snapshot))
        if remember:
            answer.remember()
        return answer

    def last_news(self) -> tuple[NewsItem, ...]:
        """Return the news of the last looks, the newest first: the last 100, or all of one look.

        News about articles that were removed or may not be shown now are left out. This looks for
        no news and remembers nothing.
        """
        from recommender.answers.news import last_news

        return last_news(on_disk(self.snapshot, "news"))

    def _date_of(self, named: Sequence[ArticleId]) -> str:
        """Return the date of the first article that is named, empty if it has none."""
        first = named[0] if named else ""
        if isinstance(first, Mapping):
            from recommender.answers.drafts import draft_of_row  # reads sources

            first = draft_of_row(first)
        if isinstance(first, Article):
            return first.date
        return self.snapshot.article(position_of(self.snapshot, first)).date if first != "" else ""
