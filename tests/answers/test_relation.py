"""What an article is to another, and that one text is one recommendation."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.archive import Archive
from support.stand_in import HashEncoder

from recommender import Recommendation, Recommender
from recommender.answers import article_vectors
from recommender.answers.article_vectors import StoredArticleVectors, align_articles, pairs_of
from recommender.answers.related import RelatedPipeline
from recommender.answers.relation import is_translation, relation
from recommender.answers.versions import is_copy
from recommender.text.numbers import numbers_of

Make = Callable[..., Recommender]

FLOOD = [
    f"{place}: the river rose by {n} metres and the dike held all the night long."
    for n, place in enumerate(("Tiel", "Arnhem", "Nijmegen", "Zutphen", "Deventer", "Kampen"))
]
MATCH = [
    f"Minute {n}: the visitors came close, and the keeper saved it with his {part}, again."
    for n, part in enumerate(("hand", "foot", "head", "knee", "chest", "elbow"))
]


@pytest.fixture
def archive_of(tmp_path: Path) -> Make:
    """Build an archive of articles given by their id, paragraphs and other fields."""

    def make(**articles: Any) -> Recommender:
        rows = []
        for id, article in articles.items():
            fields = article if isinstance(article, dict) else {"paragraphs": article}
            rows.append({"id": id, "text": "\n\n".join(fields["paragraphs"]), **fields})
        return Archive(rows=rows, encoder=HashEncoder()).open_in(tmp_path)

    return make


def ids(found: list[Recommendation]) -> list[str]:
    return [one.article_id for one in found]


def test_copies_are_folded_under_one_recommendation(archive_of: Make) -> None:
    recommender = archive_of(asked=FLOOD[:4] + MATCH[:1], wire=FLOOD, paper=FLOOD, other=MATCH)
    first, second = recommender.related("asked")
    assert (first.article_id, first.copies) == ("wire", ("paper",))
    assert (second.article_id, second.copies) == ("other", ())


def test_a_copy_under_another_headline_and_with_another_last_paragraph_is_folded(
    archive_of: Make,
) -> None:
    last = "Kampen: nobody had seen so much water there in the last two hundred years."
    edited = {"title": "Dikes hold", "paragraphs": [*FLOOD[:5], last]}
    recommender = archive_of(asked=FLOOD[:4] + MATCH, wire=FLOOD, paper=edited)
    [found] = recommender.related("asked")
    assert {found.article_id, *found.copies} == {"wire", "paper"}


def test_copies_of_the_article_itself_are_left_out_unless_asked_for(archive_of: Make) -> None:
    recommender = archive_of(asked=FLOOD, copy=FLOOD, other=MATCH)
    assert ids(recommender.related("asked")) == ["other"]
    first = recommender.related("asked", include_copies=True)[0]
    assert (first.article_id, first.relation) == ("copy", "copy")


def test_an_excerpt_is_no_copy(archive_of: Make) -> None:
    recommender = archive_of(asked=FLOOD, excerpt=FLOOD[:2], other=MATCH)
    assert "excerpt" in ids(recommender.related("asked"))


def test_k_counts_what_is_left_after_folding(archive_of: Make) -> None:
    copies = {f"copy{n}": FLOOD for n in range(4)}
    recommender = archive_of(asked=[*FLOOD[:3], *MATCH[:3]], other=MATCH, **copies)
    found = recommender.related("asked", k=2)
    assert len(found) == 2
    assert sorted(len(one.copies) for one in found) == [0, 3]


def test_it_does_not_matter_which_article_is_asked(archive_of: Make) -> None:
    recommender = archive_of(one=FLOOD, two=[*FLOOD[:5], "Kampen: it rained."], three=MATCH)
    sides = [StoredArticleVectors(recommender.snapshot, position) for position in range(3)]
    for first in sides:
        for second in sides:
            assert is_copy(first, second) == is_copy(second, first)
            [there], [back] = align_articles(first, [second]), align_articles(second, [first])
            assert there == pytest.approx(back, abs=1e-6)
            pairs = pairs_of(first, second)
            assert relation(first, second, there, pairs) == relation(second, first, back, pairs.T)


def test_notices_that_mean_the_same_but_share_no_paragraph_are_no_copies(
    archive_of: Make,
) -> None:
    recommender = archive_of(one=FLOOD, two=[text + " " for text in MATCH])
    snapshot = recommender.snapshot
    snapshot.vectors = lambda rows: np.tile(np.eye(1, 16, dtype=np.float32), (len(rows), 1))
    assert not is_copy(StoredArticleVectors(snapshot, 0), StoredArticleVectors(snapshot, 1))


PARALLEL = np.eye(6)


@pytest.mark.parametrize(
    ("language", "pairs", "score", "coverage", "date", "expected"),
    [
        ("nl", PARALLEL, 0.8, np.nan, "2022-12-10", "translation"),
        ("nl", PARALLEL, 0.8, np.nan, "", "translation"),
        ("nl", PARALLEL, 0.8, np.nan, "2022-12-11", "same story"),
        ("nl", PARALLEL[::-1], 0.8, np.nan, "2022-12-10", "same story"),
        ("nl", PARALLEL[:, [0, 1, 2, 0, 1, 2]], 0.8, np.nan, "2022-12-10", "same story"),
        ("nl", PARALLEL * 0.45, 0.48, np.nan, "2022-12-10", "related"),
        ("nl", PARALLEL[::-1], 0.52, np.nan, "2022-12-12", "same story"),
        ("nl", PARALLEL[::-1], 0.52, np.nan, "2022-12-18", "related"),
        ("nl", PARALLEL[::-1], 0.52, np.nan, "", "related"),
        ("nl", PARALLEL[::-1], 0.8, np.nan, "2022-11-10", "related"),
        ("en", PARALLEL, 0.8, 0.6, "2022-12-01", "same story"),
        ("en", PARALLEL, 0.8, 0.6, "2022", "same story"),
        ("en", PARALLEL, 0.8, 0.3, "2022-12-10", "related"),
        ("en", PARALLEL, 0.8, np.nan, "2022-12-10", "related"),
        ("en", PARALLEL, 0.8, 0.6, "2020-12-01", "related"),
        ("en", PARALLEL, 0.4, 0.6, "2022-12-10", "related"),
    ],
)
def test_the_relation_follows_from_partners_words_language_and_date(
    archive_of: Make,
    language: str,
    pairs: Any,
    score: float,
    coverage: float,
    date: str,
    expected: str,
) -> None:
    other = {"paragraphs": MATCH, "language": language, "date": date}
    recommender = archive_of(one={"paragraphs": FLOOD, "date": "2022-12-10"}, two=other)
    sides = [StoredArticleVectors(recommender.snapshot, position) for position in range(2)]
    found = relation(*sides, score, pairs.astype(np.float32), coverage)
    assert found == expected


def test_a_report_that_took_over_much_of_another_is_an_update_within_days(
    archive_of: Make,
) -> None:
    longer = {"paragraphs": [*FLOOD[:3], *MATCH], "date": "2022-12-11"}
    later = {"paragraphs": [*FLOOD[:3], *MATCH], "date": "2023-12-11"}
    first = {"paragraphs": FLOOD[:4], "date": "2022-12-10"}
    recommender = archive_of(asked=first, longer=longer, later=later)
    one, update, other = (StoredArticleVectors(recommender.snapshot, at) for at in range(3))
    assert relation(one, update, 0.6, pairs_of(one, update)) == "update"
    assert relation(update, one, 0.6, pairs_of(update, one)) == "same story"
    assert relation(one, other, 0.6, pairs_of(one, other)) == "related"


def in_languages(texts: list[str], *languages: str) -> dict[str, Any]:
    """Return the same text in several languages; the encoder of the tests knows none."""
    return {
        f"flood-{language}": {
            "paragraphs": texts,
            "language": language,
            "url": f"https://e.org/{language}",
        }
        for language in languages
    }


def test_translations_are_folded_shown_or_hidden(archive_of: Make) -> None:
    recommender = archive_of(
        asked={"paragraphs": [*FLOOD[:4], *MATCH[:3]], "language": "en"},
        other={"paragraphs": MATCH, "language": "en"},
        **in_languages(FLOOD, "nl", "fr", "de"),
    )
    folded = recommender.related("asked", k=9)
    assert len(folded) == 2
    [flood] = [one for one in folded if one.article_id.startswith("flood")]
    every = {flood.article_id, *flood.translations}
    assert every == {"flood-nl", "flood-fr", "flood-de"}
    assert [one.article_id for one in flood.also_in] == list(flood.translations)
    assert all(one.url == f"https://e.org/{one.language}" for one in flood.also_in)
    hidden = recommender.related("asked", k=9, translations="hide")
    assert ids(hidden) == ids(folded)
    assert all(one.translations == one.also_in == () for one in hidden)
    assert len(recommender.related("asked", k=9, translations="show")) == 4


def test_translations_of_the_article_itself_are_named_and_fill_no_list(archive_of: Make) -> None:
    recommender = archive_of(
        other={"paragraphs": MATCH, "language": "en"}, **in_languages(FLOOD, "en", "nl", "fr")
    )
    answer = recommender.answer_related("flood-en")
    assert [one.article_id for one in answer.recommendations] == ["other"]
    assert [one.language for one in answer.also_in] == ["fr", "nl"]
    position = recommender.snapshot.find("flood-en")
    assert position is not None
    batch = recommender.related_batches().answers([position])[position]
    assert batch.also_in == answer.also_in
    assert recommender.answer_related("flood-en", translations="hide").also_in == ()
    shown = recommender.related("flood-en", translations="show")
    assert [one.relation for one in shown[:2]] == ["translation", "translation"]


def test_an_empty_list_and_a_batch_name_the_same_translations(archive_of: Make) -> None:
    recommender = archive_of(
        other={"paragraphs": MATCH, "language": "en"}, **in_languages(FLOOD, "en", "nl", "fr")
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(RelatedPipeline, "strong", lambda *_: iter(()))  # as if all were too weak
        answer = recommender.answer_related("flood-en")
        [batch] = recommender.related_batches().answers(["flood-en"]).values()
    assert answer.recommendations == batch.recommendations == ()
    assert answer.nearest is not None
    assert answer.nearest.article_id == "other"
    assert answer.also_in == batch.also_in


def are_translations(archive_of: Make, ours: list[str], theirs: list[str]) -> bool:
    """Return whether texts in two languages are, whose passages match one by one."""
    recommender = archive_of(
        ours={"paragraphs": ours, "language": "en"}, theirs={"paragraphs": theirs, "language": "fr"}
    )
    found = recommender.snapshot.find_each(["ours", "theirs"])
    one, other = (
        StoredArticleVectors(recommender.snapshot, found[id]) for id in ("ours", "theirs")
    )
    other.language = "fr-Latn"  # whatever the language of the sample text
    return is_translation(one, other, np.eye(len(ours), dtype=np.float32))


def test_a_text_whose_passages_moved_is_a_translation_from_both_sides_or_none(
    archive_of: Make,
) -> None:
    other = {"paragraphs": FLOOD, "language": "nl"}
    recommender = archive_of(one=FLOOD, two=other)
    one, two = (StoredArticleVectors(recommender.snapshot, position) for position in range(2))
    for order, expected in (([0, 2, 4, 1, 3, 5], False), ([1, 2, 3, 4, 5, 0], True)):
        pairs = np.eye(6, dtype=np.float32)[order]
        assert is_translation(one, two, pairs) == is_translation(two, one, pairs.T) == expected


def test_parallel_notices_with_other_numbers_are_no_translations(archive_of: Make) -> None:
    form = "and the dike held all the night long, said the water board of the region {}."
    first = [f"{place} had {n}7 metres {form.format(n)}" for n, place in enumerate("ABCD", 21)]
    other = [f"{place} had {n}3 metres {form.format(n)}" for n, place in enumerate("ABCD", 31)]
    persian = [text.translate(str.maketrans("0123456789", "۰۱۲۳۴۵۶۷۸۹")) for text in first]
    assert are_translations(archive_of, first, first)
    assert are_translations(archive_of, first, persian)
    assert not are_translations(archive_of, first, other)
    written = [f"{place} had many metres {form.format('there')}" for place in "ABCD"]
    assert not are_translations(archive_of, first, written)
    assert are_translations(archive_of, [written[0] + " 12", *written[1:]], written)


def test_a_text_of_two_passages_is_a_translation_if_its_numbers_say_so(archive_of: Make) -> None:
    told = ["The river rose by 460 metres in 1995.", "Some 250,000 people left in 72 hours."]
    assert are_translations(archive_of, told, told)
    untold = ["The river rose by far that year.", "Many people left their houses behind."]
    assert not are_translations(archive_of, untold, untold)


def test_the_numbers_of_a_text_are_looked_for_once(
    archive_of: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def numbers(text: str) -> frozenset[str]:
        read.append(text)
        return numbers_of(text)

    monkeypatch.setattr(article_vectors, "numbers_of", numbers)
    recommender = archive_of(**in_languages(FLOOD, "en", "nl", "fr", "de"))
    assert len(recommender.answer_related("flood-en", k=9).also_in) == 3
    assert len(read) == 4


def test_no_versions_of_one_event_on_the_seeds_are_taken_for_translations(
    seeds: Recommender,
) -> None:
    for id in seeds.snapshot.ids():
        answer = seeds.answer_related(id, k=30, confidence="loose")
        assert answer.also_in == ()
        assert not any(one.translations for one in answer.recommendations)


def test_an_article_on_the_same_battle_in_another_language_is_no_translation(
    seeds: Recommender,
) -> None:
    for found in seeds.related("000_1010306ca34bd51d", k=5):
        assert found.relation in ("same story", "related")
        assert found.copies == ()


@pytest.mark.parametrize(
    ("title", "date", "expected"),
    [
        ("Results and standings", "2022-12-17", "related"),
        ("Results and standings", "2022-12-10", "same story"),
        ("RIVER ROSE and dike held", "2022-12-17", "same story"),
        ("Another headline", "2022-12-17", "same story"),
    ],
)
def test_the_name_of_a_column_makes_no_story(
    archive_of: Make, title: str, date: str, expected: str
) -> None:
    other = {"paragraphs": FLOOD[3:], "language": "en", "title": title, "date": date}
    own = title if title != "Another headline" else "A headline"
    one = {"paragraphs": FLOOD[:3], "language": "en", "title": own, "date": "2022-12-10"}
    recommender = archive_of(one=one, two=other)
    sides = [StoredArticleVectors(recommender.snapshot, position) for position in range(2)]
    pairs = np.zeros((len(sides[0].vectors), len(sides[1].vectors)), np.float32)
    assert relation(*sides, 0.8, pairs, 0.9) == expected
