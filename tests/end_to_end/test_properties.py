"""What holds of answers whatever is asked: read on the seeds, with the real model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from itertools import pairwise
from pathlib import Path

import pytest

from recommender import Recommender, build
from recommender.scoring.space import drift

QUERIES = (
    "gevechten om Bachmoet",
    "gas prices",
    "Hochwasser am Rhein",
    "世界杯决赛",
    "реставрація ширми",
)
UNRELATED = {
    "id": "appeltaart",
    "language": "nl",
    "title": "Appeltaart zoals oma die bakte",
    "text": "Meng de bloem met de boter en de suiker.\n\nSchil de appels en snijd ze in stukjes.",
}
# What the means move by, the cosine of two texts may change by a few times.
MOVED = 3
# A subject, and what it is called in the languages of the seeds.
TRANSLATED = {
    "ja-kyoto-byobu-shufuku": (
        "restauratie van een kamerscherm in Kyoto",
        "restoration of a folding screen in Kyoto",
        "restauration d'un paravent à Kyoto",
        "Restaurierung eines Wandschirms in Kyoto",
        "restauración de un biombo en Kioto",
        "ترميم ستارة قديمة في كيوتو",
        "реставрація ширми в Кіото",
        "京都屏风修复",
        "京都の屏風の修復",
    ),
    "zh-poyang-hongshui": (
        "overstroming bij het Poyangmeer",
        "flood at Poyang lake",
        "inondation au lac Poyang",
        "Überschwemmung am Poyang-See",
        "inundación en el lago Poyang",
        "فيضان بحيرة بويانغ",
        "повінь на озері Поянху",
        "鄱阳湖洪水",
        "鄱陽湖の洪水",
    ),
    "nl-wagner-huurlingen": (
        "huurlingen van Wagner en Prigozjin",
        "Wagner mercenaries and Prigozhin",
        "mercenaires de Wagner et Prigojine",
        "Wagner-Söldner und Prigoschin",
        "mercenarios de Wagner y Prigozhin",
        "مرتزقة فاغنر وبريغوجين",
        "найманці Вагнера і Пригожин",
        "瓦格纳雇佣兵与普里戈津",
        "ワグネルの傭兵とプリゴジン",
    ),
}


@pytest.fixture(scope="module")
def rows(seeds: Recommender) -> list[dict[str, str]]:
    """The seeds as rows of a file, in their order."""
    articles = [seeds.show(id).article for id in seeds.snapshot.ids()]
    return [
        {
            "id": one.id,
            "language": one.language,
            "title": one.title,
            "date": one.date,
            "text": one.text,
        }
        for one in articles
    ]


def opened(rows: Iterable[Mapping[str, str]], folder: Path) -> Recommender:
    source = folder / "articles.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    build(source, into=folder / "vectors")
    return Recommender.open(folder / "vectors")


def answers(recommender: Recommender, ids: Iterable[str]) -> dict[str, dict[str, float]]:
    """Return the score of each answer to each question there is."""
    found = {
        id: {one.article_id: one.score for one in recommender.related(id, k=50, min_strength=0)}
        for id in ids
    }
    for query in QUERIES:
        hits = recommender.search(query, k=50, by="article")
        found[query] = {hit.article_id: hit.score for hit in hits}
    return found


@pytest.fixture(scope="module")
def base(rows, tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(rows, tmp_path_factory.mktemp("base"))


def test_answers_do_not_depend_on_the_order_of_articles(rows, base, tmp_path: Path) -> None:
    ids = [row["id"] for row in rows]
    turned = answers(opened(reversed(rows), tmp_path), ids)
    for question, expected in answers(base, ids).items():
        assert turned[question] == pytest.approx(expected, abs=1e-5), question
        assert list(turned[question])[:3] == list(expected)[:3], question


def test_an_unrelated_article_changes_no_order_beyond_what_the_means_move(
    rows, base, tmp_path: Path
) -> None:
    ids = [row["id"] for row in rows]
    more = opened([*rows, UNRELATED], tmp_path)
    bound = MOVED * drift(base.snapshot.space, more.snapshot.space)
    after = answers(more, ids)
    for question, before in answers(base, ids).items():
        now = after[question]
        assert all(abs(now[id] - score) <= bound for id, score in before.items()), question
        order = sorted(before, key=before.__getitem__, reverse=True)
        for better, worse in pairwise(order):
            if before[better] - before[worse] > 2 * bound:
                assert now[better] > now[worse], question


def test_the_score_of_two_articles_does_not_depend_on_which_is_asked(
    seeds: Recommender,
) -> None:
    ids = list(seeds.snapshot.ids())
    found = {id: {one.article_id: one.score for one in seeds.related(id, k=50)} for id in ids}
    pairs = [(one, other) for one in ids for other in found[one] if one in found[other]]
    assert len(pairs) > len(ids)
    for one, other in pairs:
        assert found[one][other] == pytest.approx(found[other][one], abs=1e-6), (one, other)


@pytest.mark.parametrize("article", TRANSLATED)
def test_a_translated_query_finds_the_same_article(seeds: Recommender, article: str) -> None:
    for query in TRANSLATED[article]:
        found = [hit.article_id for hit in seeds.search(query, k=5, by="article")]
        assert article in found, (query, found)
