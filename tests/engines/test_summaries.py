"""Words of headlines in an engine are those of the index, and few articles are read for them."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

import numpy as np
import pytest

from recommender.engines.engine import ARTICLE, FoundArticle
from recommender.engines.records import EngineRecords
from recommender.engines.summaries import EngineSummaries
from recommender.errors import ArticleNotFound
from recommender.store.headlines import words_of_headline
from recommender.store.names import Field, names_of
from recommender.types import Article

SHORT = (
    "",
    "De Tweede Kamer stemt over de begroting",
    "  Storm\u00a0\u00a0over   the\tHarbour\n",
    'צה"ל וארה״ב חתמו על הסכם',
    "हिन्दी समाचार: बाढ़",
    "İstanbul'da STRASSE und Straße, Œuvre & ﬁn",
    "東京の天気予報 2026年 ニュース",
    "ข่าวน้ำท่วม กรุงเทพฯ",
    "cafe\u0301 cafe\u0301\u0323 so\u00adcalled",
)
LONG = (
    " ".join(f"letter{n}" for n in range(500)),
    "\u1100\u1161\u11a8" * 400 + " the end",  # one syllable each, of three letters
)
TITLES = (*SHORT, *LONG)
NONE = np.empty(0, np.int64)


class Archive:
    """An archive of titles, and its engine, which notes what it is asked for."""

    place = "milvus://h/news"

    def __init__(self) -> None:
        self.titles_read: list[int] = []
        self.read_whole: list[int] = []
        self.trips = 0
        most = dict.fromkeys(("row", "article", "position", "tag", "language", "role"), 100)
        self.records = EngineRecords(Engine(self), 4, most)  # type: ignore[arg-type]  # a stand-in

    def articles(self, positions: Sequence[int]) -> Iterator[Article]:
        self.records.lines(positions)
        return map(_article, positions)


class Engine:
    """The engine of an archive of titles."""

    place = "milvus://h/news"

    def __init__(self, archive: Archive) -> None:
        self._noted = archive

    def titles(
        self, positions: Sequence[int], articles: Sequence[int]
    ) -> tuple[dict[int, bytes], list[FoundArticle]]:
        self._noted.titles_read += positions
        there = [at for at in positions if at < len(TITLES)]
        return {at: names_of(_article(at))[Field.TITLE] for at in there}, self.articles(articles)

    def articles(self, positions: Sequence[int]) -> list[FoundArticle]:
        self._noted.trips += 1
        self._noted.read_whole += positions
        return [_whole(at) for at in positions]


def _article(position: int) -> Article:
    return Article(id=f"a{position}", title=TITLES[position], text="")


def _whole(position: int) -> FoundArticle:
    facts = np.zeros(1, ARTICLE)
    facts["position"] = position
    return FoundArticle(f"a{position}", facts, zlib.compress(b"{}"))


def test_the_words_are_those_of_whole_headlines() -> None:
    archive, every = Archive(), np.arange(len(TITLES))[::-1]
    words, counts = EngineSummaries(archive).headline_words(every, NONE)  # type: ignore[arg-type]
    expected = [words_of_headline(TITLES[at]) for at in every]
    assert counts.tolist() == [*map(len, expected)]
    assert words.tolist() == np.concatenate(expected).tolist()
    long = range(len(SHORT), len(TITLES))
    assert sorted(archive.read_whole) == [*long]


def test_likely_articles_come_in_the_same_trip_and_nothing_comes_twice() -> None:
    archive = Archive()
    summaries = EngineSummaries(archive)  # type: ignore[arg-type]  # a stand-in
    for _ in range(2):
        summaries.headline_words(np.array([3, 1, 1]), np.array([1, 5]))
        assert [one.id for one in archive.articles([5, 1])] == ["a5", "a1"]
    assert (archive.titles_read, archive.read_whole, archive.trips) == ([3, 1], [1, 5], 1)
    summaries.headline_words(np.array([3, 2]), np.array([5]))
    assert (archive.titles_read, archive.read_whole, archive.trips) == ([3, 1, 2], [1, 5], 2)


def test_no_headline_is_read_of_no_articles() -> None:
    archive = Archive()
    words, counts = EngineSummaries(archive).headline_words(NONE, NONE)  # type: ignore[arg-type]
    assert len(words) == len(counts) == archive.trips == 0


def test_an_article_that_there_is_not_is_named() -> None:
    summaries = EngineSummaries(Archive())  # type: ignore[arg-type]  # a stand-in
    with pytest.raises(ArticleNotFound, match="position 99"):
        summaries.headline_words(np.array([1, 99]), NONE)
