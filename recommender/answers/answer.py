"""Hold one answer: what was found, what was asked, and which snapshot and encoder answered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from recommender.answers.options import ListOptions, RelatedOptions, SearchOptions, SimilarOptions
from recommender.types import UNKNOWN_LANGUAGE, ArticleRef, Excluded, Hit, Recommendation


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer:
    """The answer of `search` or `similar`.

    `query` holds the question: its `text`, or its `passage_id`. `snapshot` and `encoder` are names.
    `nearest` is the best hit if there is none that is sure or strong enough, else None.
    `notices` say in words what was answered otherwise than it was asked. `query_language` is the
    language that the question was taken to be in, `und` if too little says which.
    """

    query: Mapping[str, str]
    options: SearchOptions | SimilarOptions
    snapshot: str
    encoder: str
    hits: tuple[Hit, ...]
    nearest: Hit | None = None
    notices: tuple[str, ...] = ()
    query_language: str = UNKNOWN_LANGUAGE


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedAnswer:
    """The answer of `related`.

    `articles` are those that were asked with, each once, and `unlike` those that answers should
    differ from. `excluded` lists the articles that only editors' rules kept out, whatever the `k`,
    best first; it is None if they were not looked for, as in a batch. `nearest` is the best article
    if there is none that is sure or strong enough, else None; a batch does not look for it.
    """

    articles: tuple[ArticleRef, ...]
    unlike: tuple[ArticleRef, ...] = ()
    options: RelatedOptions
    snapshot: str
    encoder: str
    recommendations: tuple[Recommendation, ...]
    nearest: Recommendation | None = None
    excluded: tuple[Excluded, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAnswer:
    """The answer of `list_articles`: the newest articles, and how many there are in `total`."""

    words: str
    options: ListOptions
    snapshot: str
    total: int
    articles: tuple[ArticleRef, ...]
