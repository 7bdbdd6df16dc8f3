"""A query that names a date beside its subject is answered by what is of that date first."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from recommender import Filters, Hit, Recommender, build
from recommender.answers.literal_hits import COMES_FIRST

pytestmark = pytest.mark.model

FLOODS = {
    2013: "The river Oster burst its banks near the mill, and forty houses in the valley stood "
    "under water for two days.",
    2016: "High water came over the dike at Lower Brook on Sunday night; firemen carried families "
    "from the flooded street in boats.",
    2018: "After a week of rain the canal overflowed. Cellars along the quay filled with water, "
    "and the market was flooded.",
    2021: "The flood in the hills washed away two bridges. Volunteers are still shovelling mud "
    "out of the school.",
}
OTHERS = (
    "The town choir won the national contest with three songs from the hills.",
    "A new bakery opened on the square where the bank had been for a century.",
    "The council voted to raise the parking fees from the first of the month.",
    "Three cyclists were hurt in a collision with a van on the ring road.",
    "The museum shows portraits by a painter who never sold one in her life.",
    "The strike of the bus drivers ended after the unions accepted the offer.",
    "A teacher of the village school retired after forty-one years.",
    "The striker scored twice in the last minutes of the cup match.",
)
YEARS = (2013, 2016, 2018, 2021)


def rows() -> list[dict[str, Any]]:
    """Return floods of four years, other news of the same years, and what has no date."""
    floods = [
        {"id": f"flood-{year}", "date": f"{year}-03-09", "title": "Flood", "text": text}
        for year, text in FLOODS.items()
    ]
    others = [
        {"id": f"other-{n}-{year}", "date": f"{year}-06-0{n + 1}", "title": "", "text": text}
        for n, text in enumerate(OTHERS)
        for year in YEARS[n % 2 :: 2]
    ]
    undated = [
        {"id": "plan", "title": "The flood plan for 2018", "text": "Where the dikes are raised."},
        {"id": "nl", "date": "2016-03-09", "text": "Een overstroming zette het dal blank."},
    ]
    return [*floods, *others, *undated]


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    folder: Path = tmp_path_factory.mktemp("dates")
    lines = "\n".join(map(json.dumps, rows()))
    (folder / "rows.jsonl").write_text(lines, encoding="utf-8")
    build(folder / "rows.jsonl", into=folder / "vectors")
    return Recommender.open(folder / "vectors")


def articles(hits: Sequence[Hit]) -> list[str]:
    return [hit.article_id for hit in hits]


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("query", ["flood {}", "{} flood", "flood March {}", "flood 9 March {}"])
def test_articles_of_the_date_come_first_and_others_are_not_sure(
    archive: Recommender, query: str, year: int
) -> None:
    hits = archive.search(query.format(year), by="article", k=20)
    assert f"flood-{year}" in articles(hits)[:2]
    later = [hit for hit in hits if not hit.date.startswith(str(year)) and hit.article_id != "plan"]
    assert {f"flood-{one}" for one in YEARS if one != year} <= set(articles(later))
    assert all(hit.confidence != "sure" for hit in later)
    assert articles(hits).index(f"flood-{year}") < articles(hits).index(later[0].article_id)


@pytest.mark.parametrize("year", YEARS)
def test_a_query_in_another_language_is_answered_so_too(archive: Recommender, year: int) -> None:
    hits = archive.search(f"overstromingen en hoogwater {year}", by="article")
    assert articles(hits)[0] == (f"flood-{year}")


def test_an_article_without_a_date_may_name_it(archive: Recommender) -> None:
    found = articles(archive.search("flood 2018", by="article"))
    assert set(found[:2]) == {"flood-2018", "plan"}


def test_a_date_makes_no_other_subject_an_answer(archive: Recommender) -> None:
    for subject in ("how to train a puppy", "apple pie recipe", "blorvik tanseth umbrand"):
        assert not archive.search(subject)
        for date in ("2018", "March 2016", "2013-2021"):
            assert not archive.search(f"{subject} {date}"), date


def test_a_year_without_articles_is_a_word_of_the_query(archive: Recommender) -> None:
    answer = archive.answer_search("flood 2019", by="article")
    assert articles(answer.hits)
    assert answer.notices == ()


def test_the_notice_says_which_date_comes_first(archive: Recommender) -> None:
    [notice] = archive.answer_search("flood March 2018", by="article").notices
    assert notice == (
        "articles of 2018-03 come first; since 2018-03 with until 2018-03 shows no others"
    )
    [notice] = archive.answer_search("flood 2013-2016", by="article").notices
    assert notice.startswith("articles of 2013 to 2016 come first; since 2013 with until 2016 ")
    [notice] = archive.answer_search("flood June 2018", by="article").notices
    assert notice == "no answer has a date of 2018-06"


def test_no_notice_says_what_comes_first_if_later_articles_are_preferred(
    archive: Recommender,
) -> None:
    answer = archive.answer_search("flood 2013", by="article", half_life=30)
    assert articles(answer.hits)[0] != "flood-2013"
    assert "flood-2013" in articles(answer.hits)
    assert answer.notices == ()


def test_no_notice_says_that_loose_hits_come_first(archive: Recommender) -> None:
    answer = archive.answer_search("blorvik tanseth umbrand 2018", confidence="loose", k=20)
    assert "flood-2018" in articles(answer.hits)
    assert answer.notices == ()


@pytest.mark.parametrize(
    ("words", "within", "notice"),
    [
        ("since 2016", (2016, 2018, 2021), "since 2016 come first; since 2016 shows no others"),
        ("after 2016", (2018, 2021), "since 2017 come first; since 2017 shows no others"),
        (
            "before March 2018",
            (2013, 2016),
            "until 2018-02 come first; until 2018-02 shows no others",
        ),
        ("until 2018", (2013, 2016, 2018), "until 2018 come first; until 2018 shows no others"),
    ],
)
def test_articles_within_a_limit_come_first(
    archive: Recommender, words: str, within: tuple[int, ...], notice: str
) -> None:
    answer = archive.answer_search(f"flood {words}", by="article", k=20)
    found = [one for one in articles(answer.hits) if one.startswith("flood-")]
    assert {f"flood-{year}" for year in within} == set(found[: len(within)])
    beyond = [hit for hit in answer.hits if hit.article_id in found[len(within) :]]
    assert all(hit.confidence != "sure" for hit in beyond)
    assert answer.notices == (f"articles {notice}",)


def test_a_limit_beyond_which_there_is_hardly_an_article_is_text(archive: Recommender) -> None:
    for words in ("since 1945", "before 2030", "before 1945", "after 2030"):
        assert archive.answer_search(f"flood {words}", by="article").notices == (), words


def test_filters_hold_for_what_is_of_the_date(archive: Recommender) -> None:
    hits = archive.search("flood 2018", by="article", filters=Filters(until="2016"))
    assert articles(hits)
    assert all(hit.date < "2017" for hit in hits)
    assert "flood-2018" not in articles(archive.search("flood 2018 -canal", by="article"))


@pytest.mark.parametrize("ranking", ["meaning", "words"])
def test_one_ranking_alone_takes_a_date_as_text(archive: Recommender, ranking: Any) -> None:
    assert not archive.answer_search("flood March 2018", ranking=ranking).notices


def test_a_date_in_quotation_marks_is_text(archive: Recommender) -> None:
    hits = archive.search('flood "plan for 2018"')
    assert set(articles(hits)) == {"plan"}


def test_more_hits_begin_with_the_fewer(archive: Recommender) -> None:
    for by in ("passage", "article"):
        many = archive.search("flood 2018", by=by, k=20, confidence="loose")
        assert len({hit.passage_id for hit in many}) == len(many)
        for k in (1, 2, 5):
            assert archive.search("flood 2018", by=by, k=k, confidence="loose") == many[:k]


def test_an_explanation_says_that_a_date_comes_first(archive: Recommender) -> None:
    [first, *_, last] = archive.search("flood 2021", by="article", k=20, explain=True)
    assert first.explanation is not None
    assert last.explanation is not None
    told = {part.name: part for part in first.explanation.parts}
    assert told["first"].value == COMES_FIRST
    assert "date" in told["first"].words
    assert all(part.name != "first" for part in last.explanation.parts)
