"""Find the articles that a caller names, with their vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from recommender.answers.article_vectors import ArticleVectors, RelatedQuery, StoredArticleVectors
from recommender.answers.editorial import Rules
from recommender.answers.ids import position_of
from recommender.answers.options import Named
from recommender.encoders.base import Encoder
from recommender.errors import PassageNotFound, QueryError, TooLarge
from recommender.store.snapshot import Snapshot
from recommender.types import Article, ArticleRef

MAX_ARTICLES = 20

LoadEncoder = Callable[[], Encoder]


def ask_for(
    snapshot: Snapshot, rules: Rules, article: Named, unlike: Named, load_encoder: LoadEncoder
) -> RelatedQuery:
    """Return the articles that are named with what editors say of the answers.

    Raises `NotFound`, and `QueryError` where none or too many are named.
    """
    sides = _articles(snapshot, article, load_encoder)
    if not sides:
        raise QueryError("nothing is asked; name an article")
    positions = [side.position for side in sides if side.position is not None]
    ruling = rules.of(snapshot).on(positions)
    return RelatedQuery(sides, _articles(snapshot, unlike, load_encoder), ruling)


def references(sides: Sequence[ArticleVectors]) -> tuple[ArticleRef, ...]:
    """Return the fields that name each article in an answer."""
    return tuple(ArticleRef(**ArticleRef.fields_of(side.article)) for side in sides)


def _articles(
    snapshot: Snapshot, named: Named, load_encoder: LoadEncoder
) -> Sequence[ArticleVectors]:
    """Return the articles that are named, each once; none without passages."""
    every = [named] if isinstance(named, (str, Article)) else list(named)
    if len(every) > MAX_ARTICLES:
        raise TooLarge(f"{len(every)} articles are named, the most is {MAX_ARTICLES}; name fewer")
    sides: list[ArticleVectors] = []
    for one in every:
        if isinstance(one, Article):
            from recommender.answers.drafts import draft_vectors  # brings the readers of sources

            sides.append(draft_vectors(snapshot, load_encoder(), one))
            continue
        position = position_of(snapshot, one)
        if position not in [side.position for side in sides]:
            sides.append(_stored_article(snapshot, position, one))
    return sides


def _stored_article(snapshot: Snapshot, position: int, id: str) -> StoredArticleVectors:
    side = StoredArticleVectors(snapshot, position)
    if not side.rows:
        raise PassageNotFound(
            f"{id}: this article has no text to compare; see: recommender show {id}"
        )
    return side
