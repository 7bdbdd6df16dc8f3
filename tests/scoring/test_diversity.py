"""Which candidates are answers: strong enough, near enough in time, unlike those before them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.archive import Archive
from support.near import among_first
from support.project import USERS_ARTICLE, Run
from support.stand_in import WordEncoder

from recommender import Recommender
from recommender.answers.confidence import FEW_ARTICLES
from recommender.answers.recency import day_number, recency, reduced
from recommender.errors import QueryError
from recommender.scoring.diversity import RELEVANCE, mmr_order

Make = Callable[..., Recommender]


@pytest.fixture
def archive_of(tmp_path: Path) -> Make:
    def make(*rows: dict[str, Any]) -> Recommender:
        encoder = WordEncoder("river", "dike", "match", "goal")
        titled = [{"title": row["text"], **row} for row in rows]
        return Archive(rows=titled, encoder=encoder).open_in(tmp_path)

    return make


@pytest.mark.parametrize(
    ("number", "day"),
    [(20221228, "2022-12-28"), (20221200, "2022-12-15"), (20220000, "2022-07-01")],
)
def test_a_date_of_less_precision_is_the_middle_of_its_period(number: int, day: str) -> None:
    assert day_number(number) == date.fromisoformat(day).toordinal()


DATED = [
    {"id": "asked", "text": "river", "date": "2022-12-10"},
    {"id": "near", "text": "river and dike", "date": "2022-12-20"},
    {"id": "far", "text": "river and goal", "date": "2022-11-10"},
    {"id": "undated", "text": "river and match"},
]


def test_a_half_life_halves_the_score_for_so_many_days(archive_of: Make) -> None:
    recommender = archive_of(*DATED)
    before = {one.article_id: one for one in recommender.related("asked")}
    found = {one.article_id: one for one in recommender.related("asked", half_life=10)}
    # The dated ones are 0, 10 and 30 days away.
    for id, share in {"near": 1 / 2, "far": 1 / 8, "undated": 1 / 2}.items():
        assert found[id].score == pytest.approx(before[id].score * share, abs=1e-6)
        assert found[id].strength == before[id].strength


def test_a_half_life_of_similar_and_search_moves_what_is_far(archive_of: Make) -> None:
    recommender = archive_of(*DATED)
    plain = {hit.article_id: hit.score for hit in recommender.similar("asked", by="article")}
    found = recommender.similar("asked", by="article", half_life=10)
    assert {hit.article_id for hit in found} == {"near", "far", "undated"}
    for hit in found:
        share = {"near": 1 / 2, "far": 1 / 8, "undated": 1 / 2}[hit.article_id]
        assert hit.score == pytest.approx(plain[hit.article_id] * share, abs=1e-6)


def test_a_search_counts_from_the_date_asked_for_or_today(archive_of: Make) -> None:
    snapshot = archive_of(*DATED).snapshot
    days = [recent.day for asked in ("", "2022-12") if (recent := recency(snapshot, 30, asked))]
    assert days == [date.today().toordinal(), date(2022, 12, 15).toordinal()]
    assert recency(snapshot, 0, "") is None


def test_a_score_below_zero_is_not_raised_by_a_date(archive_of: Make) -> None:
    recent = recency(archive_of(*DATED).snapshot, 1, "2022-12-10")
    assert recent is not None
    below, above = reduced(np.array([-0.5, 0.5]), recent.shares([20220101, 0])).tolist()
    assert below == -0.5
    assert above > 0


def test_what_is_long_ago_is_still_ranked_by_how_well_it_matches(archive_of: Make) -> None:
    rows = (
        {"id": "z", "text": "river"},
        {"id": "y", "text": "river dike"},
        {"id": "x", "text": "dike"},
    )
    recommender = archive_of(*({**row, "date": "2001-01-01"} for row in rows))
    for by in ("passage", "article"):
        plain = recommender.search("dike", by=by)
        found = recommender.search("dike", by=by, half_life=1)
        assert [hit.passage_id for hit in found] == [hit.passage_id for hit in plain]


def test_nothing_dated_decays_nothing(archive_of: Make) -> None:
    recent = recency(archive_of({"id": "a", "text": "river"}).snapshot, 1, "2022")
    assert recent is not None
    assert recent.share(0) == 1


def test_the_next_answer_weighs_its_score_against_its_similarity_to_those_before() -> None:
    scores = [0.9, 0.89, 0.5]
    similarity = np.array([[1, 0.95, 0.1], [0.95, 1, 0.1], [0.1, 0.1, 1]], dtype=np.float32)
    order = mmr_order(scores, lambda at: similarity[at], 3)
    assert [at for at, _ in order] == [0, 1, 2]  # 0.7 * 0.89 - 0.3 * 0.95 > 0.7 * 0.5 - 0.3 * 0.1
    scores[1] = 0.8
    order = mmr_order(scores, lambda at: similarity[at], 2)
    assert RELEVANCE * 0.8 - (1 - RELEVANCE) * 0.95 < RELEVANCE * 0.5 - (1 - RELEVANCE) * 0.1
    assert order == [(0, 0.0), (2, pytest.approx(0.1))]


def test_diverse_answers_are_not_one_event_again_and_again(archive_of: Make) -> None:
    rivers = [{"id": f"river{n}", "text": "river river river dike"} for n in range(4)]
    recommender = archive_of(
        {"id": "asked", "text": "river dike"},
        *rivers,
        {"id": "dike", "text": "dike dike dike dike river"},
    )
    for found in (
        recommender.similar("asked", by="article", k=2, diverse=True),
        recommender.search("river dike", by="article", k=3, diverse=True)[1:],
    ):
        assert "dike" in {hit.article_id for hit in found}
    assert recommender.similar("asked", by="article", k=2)[1].article_id != "dike"


def test_diverse_related_articles_of_the_seeds_are_of_more_subjects(seeds: Recommender) -> None:
    plain = seeds.related("nl-wagner-huurlingen", k=12, min_strength=0)
    diverse = seeds.related("nl-wagner-huurlingen", k=4, min_strength=0, diverse=True)
    assert diverse[0].article_id in among_first(plain, 1)
    assert not {one.article_id for one in diverse} <= among_first(plain, 4)


def test_weaker_answers_than_asked_for_are_left_out(seeds: Recommender) -> None:
    for least in (0, 60, 95, 100):
        found = [
            *seeds.related(USERS_ARTICLE, k=30, min_strength=least),
            *seeds.similar(f"{USERS_ARTICLE}#4", k=30, min_strength=least),
            *seeds.search("gevechten om Bachmoet", k=30, min_strength=least),
        ]
        assert all(one.strength >= least for one in found)
        assert bool(found) == (least < 100)


def test_an_article_without_good_relatives_has_none_rather_than_the_least_bad(
    seeds: Recommender,
) -> None:
    found = seeds.related("agency-2023-0612", k=30)
    assert found
    assert all(one.confidence in ("sure", "likely") for one in found)
    assert len(found) < len(seeds.related("agency-2023-0612", k=30, min_strength=0))


def test_in_a_few_articles_none_is_left_out(archive_of: Make) -> None:
    recommender = archive_of({"id": "a", "text": "river"}, {"id": "b", "text": "match goal"})
    assert recommender.snapshot.manifest.articles < FEW_ARTICLES
    assert [one.article_id for one in recommender.related("a")] == ["b"]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"k": 0}, "k is 0; give a number from 1 to 1,000"),
        ({"min_strength": 101}, "min-strength is 101; give a number from 0 to 100"),
        ({"min_strength": float("nan")}, "min-strength is nan"),
        ({"half_life": -1}, "half-life is -1; give a number of days, or 0 for none"),
        ({"half_life": float("inf")}, "half-life is inf"),
    ],
    ids=str,
)
def test_numbers_out_of_bounds_are_refused(
    seeds: Recommender, values: dict[str, Any], message: str
) -> None:
    for ask in (seeds.search, seeds.similar, seeds.related):
        with pytest.raises(QueryError, match=message):
            ask(USERS_ARTICLE, **values)


def test_the_commands_have_the_same_options(run: Run, seeds_index: Path) -> None:
    options = ("--min-strength", "85", "--half-life", "30", "--diverse", "-k", "4")
    where = ("-f", "jsonl", "-i", seeds_index)
    for ask in (("search", "Bachmoet"), ("similar", USERS_ARTICLE), ("related", USERS_ARTICLE)):
        done = run(*ask, *options, *where)
        assert done.returncode == 0, done.stderr
        found = [json.loads(line) for line in done.stdout.splitlines()]
        assert found
        assert all(one["strength"] >= 85 for one in found)
    strong = run("related", USERS_ARTICLE, "--min-strength", "100", "-i", seeds_index)
    assert "Nothing close; the nearest is " in strong.stdout
    far = run("related", USERS_ARTICLE, "--half-life", "1", *where)
    scores = [json.loads(line)["score"] for line in far.stdout.splitlines()]
    assert all(first >= second for first, second in pairwise(scores))
