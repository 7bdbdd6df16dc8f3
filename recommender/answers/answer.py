"""Hold one answer: what was found, what was asked, and which snapshot and encoder answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from recommender.answers.options import ListOptions, RelatedOptions, SearchOptions, SimilarOptions
from recommender.answers.records import Shown, fields_in, record_of
from recommender.types import (
    UNKNOWN_LANGUAGE,
    ArticleRef,
    Excluded,
    Hit,
    Recommendation,
    Translation,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchAnswer(Shown):
    """The answer of `search` or `similar`.

    `query` holds the question: its `text`, or its `passage_id`. `snapshot` and `encoder` are names.
    `nearest` is the best hit if no hit is sure or strong enough, else None. `notices` say in words
    how the question was changed before it was answered. `query_language` is the detected or given
    language of the question, `und` if it is not known.
    """

    query: Mapping[str, str]
    options: SearchOptions | SimilarOptions
    snapshot: str
    encoder: str
    hits: tuple[Hit, ...]
    nearest: Hit | None = None
    notices: tuple[str, ...] = ()
    query_language: str = UNKNOWN_LANGUAGE

    def found(self) -> Sequence[Hit]:
        """Return the hits, best first."""
        return self.hits

    def rows(self) -> list[dict[str, Any]]:
        """Return a record for each hit."""
        return [record_of(hit) for hit in self.hits]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the command line gives it with `--format json`."""
        return {
            "query": dict(self.query),
            "snapshot": self.snapshot,
            "encoder": self.encoder,
            "query_language": self.query_language,
            "notices": list(self.notices),
            "hits": self.rows(),
            "nearest": record_of(self.nearest) if self.nearest else None,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedAnswer(Shown):
    """The answer of `related`.

    `articles` are those that were asked about, each once, and `unlike` those that answers should
    differ from. `excluded` lists the articles that only editors' rules exclude, whatever the `k`,
    best first; it is None if they were not looked for, as in a batch. `also_in` names the
    translations of `articles`, which are not among the recommendations. `nearest` is the best
    article if none is sure or strong enough, else None; a batch does not look for it. `notices` say
    in words why there is no answer.
    """

    articles: tuple[ArticleRef, ...]
    unlike: tuple[ArticleRef, ...] = ()
    options: RelatedOptions
    snapshot: str
    encoder: str
    recommendations: tuple[Recommendation, ...]
    also_in: tuple[Translation, ...] = ()
    nearest: Recommendation | None = None
    excluded: tuple[Excluded, ...] | None = None
    notices: tuple[str, ...] = ()

    def found(self) -> Sequence[Recommendation]:
        """Return the recommendations, best first."""
        return self.recommendations

    def rows(self) -> list[dict[str, Any]]:
        """Return a record for each recommendation."""
        return [record_of(one) for one in self.recommendations]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the command line gives it with `--format json`."""
        several = {"articles": self.articles, "unlike": self.unlike}
        is_several = len(self.articles) > 1 or self.unlike
        excluded = {"barred": [asdict(one) for one in self.excluded or ()]}
        return {
            "article": fields_in(self.articles[0]),
            **{name: [*map(fields_in, some)] for name, some in several.items() if is_several},
            "snapshot": self.snapshot,
            "encoder": self.encoder,
            "also_in": [fields_in(one) for one in self.also_in],
            "notices": list(self.notices),
            "recommendations": self.rows(),
            "nearest": record_of(self.nearest) if self.nearest else None,
            **(excluded if self.options.explain else {}),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAnswer(Shown):
    """The answer of `list_articles`: the newest articles, and the `total` number that match.

    If none matches, `nearest` has the articles with the most similar names. `notices` say in words
    why there is none.
    """

    words: str
    options: ListOptions
    snapshot: str
    total: int
    articles: tuple[ArticleRef, ...]
    nearest: tuple[ArticleRef, ...] = ()
    notices: tuple[str, ...] = ()

    def found(self) -> Sequence[ArticleRef]:
        """Return the articles, newest first."""
        return self.articles

    def rows(self) -> list[dict[str, Any]]:
        """Return a record for each article."""
        return [asdict(one) for one in self.articles]

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the command line gives it with `--format json`."""
        return {
            "words": self.words,
            "snapshot": self.snapshot,
            "total": self.total,
            "notices": list(self.notices),
            "articles": self.rows(),
            "nearest": [asdict(one) for one in self.nearest],
        }
