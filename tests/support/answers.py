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

SNAPSHOT = "20260101T000000Z-aaaaaa"


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
