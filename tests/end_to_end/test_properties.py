"""What holds of answers whatever is asked: read on the seeds, with the real model."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from support.near import among_first, clearly_ordered, scores_of, surely_first

from recommender import Recommender, build
from recommender.arrays import Vectors
from recommender.encoders.base import Encoder, PromptRole
from recommender.encoders.load import load_encoder
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
# So many answers are compared: what lies behind the best is the tail of an approximate list.
BEST = 10
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


@cache
def remembering() -> Encoder:
    """Return the bundled model, giving a text the same vector in every batch of every build."""
    encoder = load_encoder()
    known: dict[tuple[str, str], Vectors] = {}
    encode = encoder.encode

    def encoded(texts: Sequence[str], *, role: PromptRole, on_progress: object = None) -> Vectors:
        new = [text for text in dict.fromkeys(texts) if (role, text) not in known]
        known.update(zip(((role, text) for text in new), encode(new, role=role), strict=True))
        return np.array([known[role, text] for text in texts]).reshape(-1, encoder.dim)

    encoder.encode = encoded  # type: ignore[method-assign,assignment]
    return encoder


def opened(rows: Iterable[Mapping[str, str]], folder: Path) -> Recommender:
    source = folder / "articles.jsonl"
    source.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    build(source, into=folder / "vectors", model=remembering())
    return Recommender.open(folder / "vectors", encoder=remembering())


def answers(recommender: Recommender, ids: Iterable[str]) -> dict[str, dict[str, float]]:
    """Return the score of each of the best answers to each question there is.

    Words move answers by whole places, so queries are ranked by meaning alone. How sure answers
    are is left aside: an article more can move an answer over that edge.
    """
    found = {
        id: scores_of(recommender.related(id, k=BEST + 1, confidence="loose", include_copies=True))
        for id in ids
    }
    for query in QUERIES:
        found[query] = scores_of(
            recommender.search(
                query,
                k=BEST + 1,
                by="article",
                ranking="meaning",
                confidence="loose",
                include_copies=True,
            )
        )
    return found


def compare(before: dict[str, float], now: dict[str, float], bound: float) -> None:
    """Assert that each score moved by `bound` at most, and that nothing else changed.

    Who is clearly among the best stays there, and who is clearly better comes first. Nothing is
    said of the tail: an answer may leave it when another article comes.
    """
    assert all(abs(now[id] - before[id]) <= bound for id in before.keys() & now.keys())
    assert surely_first(before, BEST, room=2 * bound) <= now.keys()
    for better, worse in clearly_ordered(before, room=2 * bound):
        if better in now and worse in now:
            assert now[better] > now[worse], (better, worse)


@pytest.fixture(scope="module")
def base(rows, tmp_path_factory: pytest.TempPathFactory) -> Recommender:
    return opened(rows, tmp_path_factory.mktemp("base"))


def test_answers_do_not_depend_on_the_order_of_articles(rows, base, tmp_path: Path) -> None:
    ids = [row["id"] for row in rows]
    turned = answers(opened(reversed(rows), tmp_path), ids)
    for question, expected in answers(base, ids).items():
        compare(expected, turned[question], 1e-4)


def test_an_unrelated_article_changes_no_order_beyond_what_the_means_move(
    rows, base, tmp_path: Path
) -> None:
    ids = [row["id"] for row in rows]
    more = opened([*rows, UNRELATED], tmp_path)
    bound = MOVED * drift(base.snapshot.space, more.snapshot.space)
    assert bound < 0.1
    after = answers(more, ids)
    for question, before in answers(base, ids).items():
        assert len(before) > BEST
        compare(before, after[question], bound)


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
        hits = seeds.search(query, k=12, by="article", confidence="loose")
        assert article in among_first(hits, 5), query
