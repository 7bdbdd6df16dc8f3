"""Make answers by hand, for tests of what renders them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from recommender import (
    ArticleRef,
    Hit,
    Recommendation,
    RelatedAnswer,
    RelatedOptions,
    SearchAnswer,
    SearchOptions,
)
from recommender.types import Confidence

SNAPSHOT = "20260101T000000Z-aaaaaa"
# What answers of each confidence say of themselves here.
SAID: dict[Confidence, float] = {"sure": 0.9, "likely": 0.7, "loose": 0.2}


def answer(id: str, confidence: Confidence) -> Recommendation:
    """Return a recommendation that is so sure."""
    fields = {"title": id, "language": "nl", "date": "", "author": "", "source": "", "url": ""}
    return Recommendation(
        **fields,
        article_id=id,
        section="",
        path="",
        metadata={},
        score=0.5,
        strength=99,
        confidence=confidence,
        probability=SAID[confidence],
        relation="related",
        evidence=(),
    )


def search_answer(*hits: Hit, text: str = "water") -> SearchAnswer:
    """Return the answer to a text."""
    return SearchAnswer(
        query={"text": text},
        options=SearchOptions(),
        snapshot=SNAPSHOT,
        encoder="words",
        hits=hits,
    )


def related_answer(
    article: ArticleRef, found: Iterable[Recommendation] = (), **fields: Any
) -> RelatedAnswer:
    """Return the answer to an article, with other fields if given."""
    facts: dict[str, Any] = {"options": RelatedOptions(), "snapshot": SNAPSHOT, "encoder": "words"}
    facts |= {"articles": (article,), "recommendations": tuple(found)}
    return RelatedAnswer(**facts | fields)
