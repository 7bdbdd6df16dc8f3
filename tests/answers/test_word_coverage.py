"""Coverage is the share of a text's rare words that an article holds, within one language."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from support.archive import Archive
from support.stand_in import HashEncoder

from recommender import Recommender
from recommender.answers.article_vectors import StoredArticleVectors
from recommender.answers.word_coverage import coverage_of
from recommender.scoring.relevance import load_relevance

PLACES = ("Alkmaar", "Brielle", "Culemborg", "Deventer", "Elburg", "Franeker", "Goes", "Hoorn")


ARCHIVE = Archive(
    rows=[
        *(
            {
                "id": place,
                "title": f"Brand verwoest pakhuis in {place}",
                "text": f"In {place} is een pakhuis verbrand vannacht.",
                "language": "nl",
            }
            for place in PLACES
        ),
        {
            "id": "de",
            "title": "Brand in Goes",
            "text": "Das Lagerhaus in Goes ist niedergebrannt, sagt die Feuerwehr.",
            "language": "de",
        },
    ],
    encoder=HashEncoder(),
)


def article(archive: Recommender, id: str) -> StoredArticleVectors:
    position = archive.snapshot.find(id)
    assert position is not None
    return StoredArticleVectors(archive.snapshot, position)


def articles_and_languages(
    archive: Recommender, rows: np.ndarray
) -> tuple[np.ndarray, Sequence[str]]:
    return archive.snapshot.articles_of(rows), archive.snapshot.languages_of(rows)


def test_the_article_with_the_rare_word_covers_more_than_one_of_its_kind(
    archive: Recommender,
) -> None:
    snapshot = archive.snapshot
    rows = np.arange(snapshot.row_count)
    found = coverage_of(snapshot).of_text(
        "brand in Goes", "nl-Latn", *articles_and_languages(archive, rows)
    )
    ids = [snapshot.article(at).id for at in snapshot.articles_of(rows).tolist()]
    by_id = dict(zip(ids, found.tolist(), strict=True))
    assert by_id["Goes"] > 0.8
    assert by_id["Hoorn"] < 0.2
    assert np.isnan(by_id["de"])


@pytest.mark.parametrize("text", ["in", "is een in", "brand een pakhuis in"])
def test_words_that_every_article_holds_say_nothing(archive: Recommender, text: str) -> None:
    rows = np.array(archive.snapshot.rows(archive.snapshot.find("Goes") or 0), np.int64)
    found = coverage_of(archive.snapshot).of_text(
        text, "nl-Latn", *articles_and_languages(archive, rows)
    )
    usual = load_relevance().search.word_prior
    assert np.isnan(found).all() or found.max() == pytest.approx(usual, abs=0.05)


def test_a_word_that_no_article_holds_takes_from_every_coverage(archive: Recommender) -> None:
    snapshot = archive.snapshot
    rows = np.array(snapshot.rows(snapshot.find("Goes") or 0), np.int64)
    coverage = coverage_of(snapshot)
    asked = articles_and_languages(archive, rows)
    with_puppy = coverage.of_text("brand in Goes puppy", "nl-Latn", *asked)
    assert (with_puppy < coverage.of_text("brand in Goes", "nl-Latn", *asked)).all()


def test_nothing_is_known_in_a_language_of_few_articles(archive: Recommender) -> None:
    rows = np.arange(archive.snapshot.row_count)
    found = coverage_of(archive.snapshot).of_text(
        "Brand in Goes", "de-Latn", *articles_and_languages(archive, rows)
    )
    assert np.isnan(found).all()


def test_an_article_that_holds_every_word_does_so_in_a_language_of_few_articles(
    archive: Recommender,
) -> None:
    rows = np.arange(archive.snapshot.row_count)
    asked = articles_and_languages(archive, rows)
    ids = np.array([archive.snapshot.article(at).id for at in asked[0].tolist()])
    coverage = coverage_of(archive.snapshot)
    held = coverage.all_held("Feuerwehr in Goes", "de-Latn", *asked)
    assert set(ids[held]) == {"de"}
    assert not coverage.all_held("Feuerwehr in Hoorn", "de-Latn", *asked).any()
    assert not coverage.all_held("?!", "de-Latn", *asked).any()
    assert set(ids[coverage.all_held("pakhuis in Goes", "nl-Latn", *asked)]) == {"Goes"}


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("Brand verwoest pakhuis in Goes", 1),
        ("GOES: in pakhuis verwoest brand!", 1),
        ("brand pakhuis Goes", 3 / 5),
        ("Goes", 0),  # one word of several
        ("Brand verwoest pakhuis in Goes opnieuw", 0),
        ("", 0),
    ],
)
def test_a_headline_is_asked_for_by_its_words(
    archive: Recommender, text: str, share: float
) -> None:
    positions = np.array([archive.snapshot.find(id) or 0 for id in ("Goes", "Hoorn")], np.int64)
    found = coverage_of(archive.snapshot).headline_shares(text, positions, positions)
    assert found.tolist() == [pytest.approx(share), 0]


def test_headlines_are_compared_both_ways_and_not_between_languages(
    archive: Recommender,
) -> None:
    one, other, german = (article(archive, id) for id in ("Goes", "Hoorn", "de"))
    same, kind, foreign = of_headlines(one, [one, other, german], archive)
    assert same > kind
    assert np.isnan(foreign)
    [back] = of_headlines(other, [one], archive)
    assert back == pytest.approx(kind)
    assert of_headlines(one, [], archive) == []


def of_headlines(
    one: StoredArticleVectors, others: list[StoredArticleVectors], archive: Recommender
) -> list[float]:
    positions = np.array([other.position for other in others], np.int64)
    headlines = archive.snapshot.summaries.headlines(positions)
    found: list[float] = (
        coverage_of(archive.snapshot).of_headlines(one, positions, headlines).tolist()
    )
    return found
