"""Several articles asked together, and articles that answers should not be like."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from support.archive import Archive, rows_of
from support.project import USERS_ARTICLE, Run
from support.stand_in import WordEncoder

from recommender import Recommender
from recommender.answers.related import UNLIKE_WEIGHT
from recommender.errors import NotFound, QueryError

TEXTS = {
    "river": "river",
    "football": "football",
    "both": "river and football",
    "frozen": "river and ice",
    "floods": "river river dike",
    "spare": "bread",
}


ARCHIVE = Archive(
    rows=rows_of(TEXTS), encoder=WordEncoder("river", "football", "ice", "dike", "bread")
)


def ids(found: object) -> list[str]:
    assert isinstance(found, list)
    return [one.article_id for one in found]


def test_what_is_about_all_of_them_comes_first(archive: Recommender) -> None:
    assert ids(archive.related("river"))[0] != "both"
    assert ids(archive.related(["river", "football"]))[0] == "both"


def test_none_of_the_named_is_an_answer(archive: Recommender) -> None:
    found = archive.related(["river", "football"], unlike=["frozen"], k=10)
    assert set(ids(found)) == {"both", "floods", "spare"}


def test_it_does_not_matter_which_is_named_first(archive: Recommender) -> None:
    one = archive.related(["river", "football"])
    other = archive.related(["football", "river"])
    assert [(a.article_id, round(a.score, 5)) for a in one] == [
        (b.article_id, round(b.score, 5)) for b in other
    ]


def test_one_named_twice_counts_once(archive: Recommender) -> None:
    assert archive.related(["river", "river#1"]) == archive.related("river")


def test_half_the_likeness_to_what_it_should_be_unlike_is_taken_off(archive: Recommender) -> None:
    alone = {one.article_id: one.score for one in archive.related("river", k=10)}
    like_ice = {one.article_id: one.score for one in archive.related("frozen", k=10)}
    found = archive.related("river", unlike="frozen", k=10)
    for one in found:
        penalty = UNLIKE_WEIGHT * max(like_ice[one.article_id], 0)
        assert one.score == pytest.approx(alone[one.article_id] - penalty, abs=1e-5)


def test_evidence_names_the_article_it_is_of(archive: Recommender) -> None:
    best = archive.related(["river", "football"])[0]
    named = {pair.passage_id for pair in best.evidence}
    assert named <= {"river#1", "football#1"}


def test_an_unknown_id_is_named_and_so_are_too_many(archive: Recommender) -> None:
    with pytest.raises(NotFound, match="nowhere"):
        archive.related(["river", "nowhere"])
    with pytest.raises(NotFound, match="nowhere"):
        archive.related("river", unlike=["nowhere"])
    with pytest.raises(QueryError, match="21 articles are named, the most is 20; name fewer"):
        archive.related(["river"] * 21)
    with pytest.raises(QueryError, match="name an article"):
        archive.related([])


def test_the_command_takes_several(run: Run, seeds_index: Path) -> None:
    where = ("-i", seeds_index, "-k", "4")
    asked = ("related", USERS_ARTICLE, "nl-wagner-huurlingen", "--unlike", "en-bakhmut-battle")
    found = json.loads(run(*asked, *where, "-f", "json").stdout)
    assert found["article"]["article_id"] == USERS_ARTICLE
    assert [one["article_id"] for one in found["articles"]] == list(asked[1:3])
    assert [one["article_id"] for one in found["unlike"]] == [asked[4]]
    named = {one["article_id"] for one in found["recommendations"]}
    assert len(named) == 4
    assert not named & set(asked)
    printed = run(*asked, *where).stdout
    assert "\nand Wagner, het huurlingenleger" in printed
    assert "\nunlike Russia's push for Bakhmut" in printed
    tied = {pair["passage_id"] for one in found["recommendations"] for pair in one["evidence"]}
    assert tied
    assert all(passage_id in printed for passage_id in tied)
    twice = run("related", USERS_ARTICLE, f"{USERS_ARTICLE}#4", *where).stdout
    assert twice == run("related", USERS_ARTICLE, *where).stdout
