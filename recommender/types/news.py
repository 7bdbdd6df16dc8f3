"""Define the news of a saved search: a new article that answers it."""

from __future__ import annotations

from dataclasses import dataclass

from recommender.types.answers import ArticleRef, Confidence


@dataclass(frozen=True, slots=True, kw_only=True)
class NewsItem(ArticleRef):
    """An article that is new for a saved search.

    `watch` is the name of the search, `found` the time at which it was found, in ISO 8601. `text`
    is that of the passage that matches best, `passage_id` its id.
    """

    watch: str
    found: str
    confidence: Confidence
    strength: float
    passage_id: str
    text: str
