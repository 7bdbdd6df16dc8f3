"""An archive in an engine answers as the same archive on disk does."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from support.engines import FILTERS, WORDS, Ask, Pair, assert_same

from recommender import Filters, Recommender
from recommender.answers import word_alone
from recommender.answers.options import RelatedOptions, SearchOptions, SimilarOptions
from recommender.engines.completeness import problems_of
from recommender.errors import ArticleNotFound, NotOnDisk
from recommender.types import Where

pytestmark = pytest.mark.process

TEXTS = ("river ferry council", "rivier veerboot", "Haushalt der Gemeinde", "河流 渡轮", "nowhere")
ASKED = ("en/08", "nl/21", "de/42", "zh/63", "en/40")
DRAFT = {
    "id": "mine",
    "title": "storm school",
    "text": "river bridge\n\nferry museum",
    "language": "en",
}


def searches(**options: Any) -> list[Ask]:
    asked = SearchOptions(k=10, confidence="loose", **options)
    return [
        lambda one, text=text: one.search(text, options=asked)  # type: ignore[misc]
        for text in TEXTS
    ]


def similars(**options: Any) -> list[Ask]:
    asked = SimilarOptions(k=10, confidence="loose", **options)
    return [
        lambda one, name=name: one.similar(f"{name}#1", options=asked)  # type: ignore[misc]
        for name in ASKED
    ]


def relateds(**options: Any) -> list[Ask]:
    asked = RelatedOptions(k=10, **{"confidence": "loose", **options})
    return [lambda one, name=name: one.related(name, options=asked) for name in ASKED]  # type: ignore[misc]


QUESTIONS: dict[str, list[Ask]] = {
    **{
        f"search by {ranking}": searches(ranking=ranking)
        for ranking in ("hybrid", "meaning", "words")
    },
    "search by article": searches(by="article"),
    "words by article": searches(by="article", ranking="words"),
    "search with a half-life": searches(half_life=200),
    "diverse search": searches(diverse=True),
    "search with copies": searches(include_copies=True),
    "explained search": searches(explain=True),
    **{
        f"search with filters: {name}": searches(filters=one)
        for name, one in FILTERS.items()
        if name != "same"
    },
    "similar": similars(),
    "similar by article": similars(by="article", half_life=100),
    **{f"similar with filters: {name}": similars(filters=one) for name, one in FILTERS.items()},
    "related": relateds(),
    "likely related": relateds(confidence=None),
    "related with copies": relateds(include_copies=True, translations="show"),
    "diverse related": relateds(diverse=True),
    "related with a half-life": relateds(half_life=90),
    "related with a fallback": relateds(fallback="newest", confidence="sure"),
    "related and unlike": relateds(unlike="nl/09"),
    "explained related": relateds(explain=True),
    **{f"related with filters: {name}": relateds(filters=one) for name, one in FILTERS.items()},
    "related to several": [lambda one: one.related(["en/08", "nl/21"], confidence="loose")],
    "related to a draft": [lambda one: one.related(DRAFT, confidence="loose")],
}


@pytest.mark.parametrize("name", QUESTIONS)
def test_a_question_has_the_same_answers(pair: Pair, name: str) -> None:
    remote = pair.remote()
    for number, ask in enumerate(QUESTIONS[name]):
        assert_same(ask(pair.local), ask(remote), (name, number))


@pytest.mark.parametrize("by", ["passage", "article"])
@pytest.mark.parametrize(
    "text", ["{} {}", "{} {}-05", "{} -ferry {}", "{} since {}", "{} until {}"]
)
def test_dates_beside_a_subject_have_the_same_answers(pair: Pair, text: str, by: Any) -> None:
    remote = pair.remote()
    told: set[str] = set()
    headlines = {one.date[:4]: one.title for one in pair.local.articles() if one.date}
    for year, words in sorted(headlines.items()):
        asked = SearchOptions(k=20, by=by, confidence="loose")
        answers = [
            one.answer_search(text.format(words, year), options=asked)
            for one in (pair.local, remote)
        ]
        assert_same(*(one.hits for one in answers), (text, year, by))
        assert answers[0].notices == answers[1].notices
        told.update(answers[0].notices)
    assert any("come first" in one for one in told)


@pytest.mark.parametrize("by", ["passage", "article"])
def test_words_alone_have_the_same_answers(
    pair: Pair, by: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_alone, "FEW_SHARE", 0.5)  # all words of this archive are common
    remote, scores = pair.remote(), []
    words = {word for one in pair.local.articles() for word in one.title.split()}
    for word in sorted(words)[::3]:
        hits = [one.search(word, k=20, by=by, confidence="loose") for one in (pair.local, remote)]
        assert_same(*hits, (word, by))
        scores.extend(hit.score for hit in hits[0])
    assert max(scores) > 2 > min(scores)


@pytest.mark.parametrize("by", ["passage", "article"])
@pytest.mark.parametrize(
    "text",
    [
        '"river bridge"',
        '"river" ferry',
        "river -ferry",
        'harbour "council" -storm',
        '"河流"',
        '"no such phrase"',
    ],
)
def test_phrases_have_the_same_answers(pair: Pair, text: str, by: Any) -> None:
    remote = pair.remote()
    for filters in (Filters(), FILTERS["since"]):
        options = SearchOptions(k=20, by=by, confidence="loose", filters=filters)
        found = pair.local.answer_search(text, options=options)
        other = remote.answer_search(text, options=options)
        assert_same(found.hits, other.hits, (text, by))
        assert found.notices == other.notices


def test_articles_are_shown_and_listed_the_same(pair: Pair) -> None:
    remote = pair.remote()
    for name in ("en/08", "EN/08", "https://www.example.org/nl/article-21", "zh/63#1"):
        assert remote.show(name) == pair.local.show(name)
    for words in ("", "river", "nl"):
        for filters in (Filters(), FILTERS["list"], FILTERS["until"]):
            asked = {"k": 30, "filters": filters}
            one, other = (x.list_articles(words, **asked) for x in (pair.local, remote))
            assert one.to_dict() == other.to_dict()
    assert remote.compare("en/08", "nl/21").pairs == pair.local.compare("en/08", "nl/21").pairs
    one, other = (x.stories(least=2).to_dict() for x in (pair.local, remote))
    assert one["total"] == other["total"]
    assert np.array_equal(remote.vectors("en/08"), pair.local.vectors("en/08"))
    assert [one.id for one in remote.articles()] == [one.id for one in pair.local.articles()]


def test_status_describes_the_same_archive(pair: Pair) -> None:
    one, other = pair.local.status(), pair.remote().status()
    differing = {name for name in one if one[name] != other[name]}
    assert differing == {"index", "bytes"}
    assert "pair" in other["index"]


def test_nothing_is_missing_in_the_engine(pair: Pair) -> None:
    snapshot: Any = pair.remote().snapshot
    assert problems_of(snapshot) == []
    snapshot.shares["articles"][0] += 1
    [problem] = problems_of(snapshot)
    assert "articles; publish the index again" in problem


def test_what_the_public_may_not_see_is_not_there(pair: Pair) -> None:
    remote = pair.remote()
    for id in ("en/00", "nl/05", "de/06"):  # removed, a draft, and under embargo
        with pytest.raises(ArticleNotFound):
            remote.show(id)


def test_what_needs_the_folder_says_so(pair: Pair) -> None:
    remote = pair.remote()
    for ask in (remote.duplicates, remote.news):
        with pytest.raises(NotOnDisk, match="needs the index itself"):
            ask()


def test_many_random_conditions_let_the_same_rows_pass(pair: Pair) -> None:
    random = np.random.default_rng(3)
    local, remote = pair.local.snapshot, pair.remote().snapshot
    engine: Any = remote.engine  # type: ignore[attr-defined]  # no folder has one
    live = np.flatnonzero(local.every_row().holds(np.arange(local.row_count)))

    def date() -> int:
        year, month, day = (
            random.integers(2020, 2026),
            random.integers(0, 13),
            random.integers(0, 32),
        )
        return int(year * 10_000 + month * 100 + (day if month else 0)) * int(random.random() < 0.4)

    for _ in range(2_000):
        tags = random.choice(local.tags, random.integers(0, 4), replace=False)
        fields = [("section", random.choice(["news", "SPORT", "überblick", "none"]))]
        where = Where(
            tags=frozenset(map(str, tags)) if random.random() < 0.5 else None,
            since=date(),
            until=date(),
            as_of=date(),
            fields=tuple(fields) if random.random() < 0.3 else (),
        )
        left_out = random.choice(local.article_count, 3)
        positions = np.array(
            [
                one
                for one in left_out
                if local.every_row().holds(np.array(local.rows(int(one)))).any()
            ],
            np.int64,
        )
        one = local.scope(where).without_articles(positions)
        other = remote.scope(where).without_articles(positions)
        assert np.array_equal(one.holds(live), other.holds(live)), where
        assert np.array_equal(np.sort(engine.subset(other.filter, live)), live[one.holds(live)])
        assert one.count == other.count, where


def trips_of(pair: Pair, ask: Ask) -> int:
    """Return how often a question asks the engine if nothing is remembered."""
    remote = pair.remote()
    snapshot: Any = remote.snapshot
    before = snapshot.engine.traffic.trips
    assert ask(remote)
    return int(snapshot.engine.traffic.trips - before)


@pytest.mark.parametrize(
    ("most", "question"),
    [
        (6, "search by hybrid"),
        (6, "search with filters: all"),
        (12, "search by article"),
        (6, "similar"),
        (6, "similar with filters: all"),
        (6, "related"),
        (6, "related with filters: list"),
        (9, "related with a fallback"),
    ],
)
def test_a_question_takes_few_trips(pair: Pair, question: str, most: int) -> None:
    counts = [trips_of(pair, ask) for ask in QUESTIONS[question] if ask(pair.local)]
    assert counts
    # Milvus is asked for the articles with a value of a field before it is asked for passages.
    more = 2 if pair.address.startswith("milvus") and "filters" in question else 0
    assert max(counts) <= most + more


def test_headlines_have_the_same_words(pair: Pair) -> None:
    local, remote = pair.local.snapshot, pair.remote().snapshot
    positions = np.array([at for at, _ in local.positions_and_ids()])[::-1]
    one, other = (x.summaries.headline_words(positions, positions[:3]) for x in (local, remote))
    assert one[0].tolist() == other[0].tolist()
    assert one[1].tolist() == other[1].tolist()


def test_a_search_reads_few_articles_whole(pair: Pair, monkeypatch: pytest.MonkeyPatch) -> None:
    remote, k = pair.remote(), 3
    records: Any = remote.snapshot.records  # type: ignore[attr-defined]  # no folder has them
    read: list[str] = []

    def keep(found: Any, keep: Any = records.keep) -> None:
        read.extend(one.id for one in found)
        keep(found)

    monkeypatch.setattr(records, "keep", keep)
    hits = remote.search("river ferry council", k=k, confidence="loose")
    assert {one.article_id for one in hits} <= set(read)
    assert len(read) <= 2 * k


def test_words_score_the_same_to_a_hundred_thousandth(pair: Pair) -> None:
    local, remote = pair.local.snapshot, pair.remote().snapshot
    rows = np.arange(local.row_count)
    rows = rows[local.every_row().holds(rows)]
    for language in WORDS:
        text = " ".join(WORDS[language][:4])
        for every in (False, True):
            one, other = (x.word_scores(text, every=every) for x in (local, remote))
            assert np.abs(one.of(rows) - other.of(rows)).max() <= 1e-5


def test_answers_are_remembered(pair: Pair) -> None:
    remote = pair.remote()
    snapshot: Any = remote.snapshot
    first = remote.related("en/08", confidence="loose")
    before = snapshot.engine.traffic.trips
    assert_same(first, remote.related("en/08", confidence="loose"))
    assert snapshot.engine.traffic.trips - before == 1  # the search itself
    assert_same(first, Recommender(remote.snapshot).related("en/08", confidence="loose"))


def test_a_copy_of_filters_is_no_other_question(pair: Pair) -> None:
    one = replace(FILTERS["all"])
    assert_same(
        pair.local.similar("en/08#1", filters=one), pair.remote().similar("en/08#1", filters=one)
    )
