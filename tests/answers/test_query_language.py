"""The language of a query is reported, can be said, and is what `same` and `other` compare with."""

from __future__ import annotations

import pytest
from support.archive import Archive
from support.stand_in import WordEncoder

from recommender import Filters, Recommender
from recommender.errors import BadLanguage

# Two languages of one script, and one article that is clearly in neither's majority.
ARCHIVE = Archive(
    rows=[
        *({"id": f"nl{n}", "language": "nl", "text": f"water {n} dijk"} for n in range(6)),
        *({"id": f"de{n}", "language": "de", "text": f"water {n} deich"} for n in range(5)),
    ],
    encoder=WordEncoder("water", "dijk", "deich"),
)
SAME, OTHER = Filters(languages="same"), Filters(languages="other")


def languages(archive: Recommender, text: str, **options: str | Filters) -> set[str]:
    return {hit.language for hit in archive.search(text, **options)}


def test_a_language_that_is_said_is_reported_and_filtered_by(archive: Recommender) -> None:
    answer = archive.answer_search("water", query_language="de")
    assert answer.query_language == "de"
    assert languages(archive, "water", query_language="de", filters=SAME) == {"de"}
    assert languages(archive, "water", query_language="nl-BE", filters=SAME) == {"nl"}
    assert languages(archive, "water", query_language="de", filters=OTHER) == {"nl"}
    assert languages(archive, "water", query_language="sv", filters=SAME) == set()


def test_a_query_of_few_letters_has_no_language_and_says_so(archive: Recommender) -> None:
    assert archive.answer_search("water").query_language == "und"
    for filters in (SAME, OTHER):
        with pytest.raises(
            BadLanguage, match="too short to detect its language; give it with --query-language"
        ):
            archive.search("water", filters=filters)


def test_a_longer_query_has_the_nearest_language(archive: Recommender) -> None:
    assert archive.answer_search("het water en de dijk").query_language == "nl"
    assert languages(archive, "das Wasser, deich, deich", filters=SAME) == {"de"}


def test_a_passage_has_the_language_of_its_article(archive: Recommender) -> None:
    assert archive.answer_similar("de1").query_language == "de"


def test_what_is_no_language_is_refused(archive: Recommender) -> None:
    with pytest.raises(BadLanguage, match=r"query-language 'dutch!' is not a language code"):
        archive.search("water", query_language="dutch!")
