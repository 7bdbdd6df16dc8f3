"""Find the articles that a caller names, and answer `related` for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from recommender.answers.answer import RelatedAnswer
from recommender.answers.archive import Archive
from recommender.answers.article_vectors import ArticleVectors, RelatedQuery, StoredArticleVectors
from recommender.answers.editorial import Rules
from recommender.answers.filters import check_filters, rows_of_others, where_of, why_none_passes
from recommender.answers.hit_query import Selection
from recommender.answers.ids import position_of, see
from recommender.answers.options import ArticleId, Named, RelatedOptions
from recommender.answers.recency import recency
from recommender.answers.related import FoundRelated, find_excluded, find_related
from recommender.answers.snapshot_encoder import LoadEncoder
from recommender.errors import PassageNotFound, QueryError, TooLarge
from recommender.store.article_ids import id_text
from recommender.types import Article, ArticleRef, Excluded, Recommendation

MAX_ARTICLES = 20


class RelatedQuestion:
    """The articles that were asked about: found, cut and encoded once for all answers."""

    def __init__(
        self,
        snapshot: Archive,
        rules: Rules,
        article: Named,
        options: RelatedOptions,
        load_encoder: LoadEncoder,
    ) -> None:
        """Raise `NotFound`, or `QueryError` for a filter, or for no or too many articles."""
        check_filters(options.filters, snapshot)
        self._snapshot = snapshot
        self._options = options
        self._load_encoder = load_encoder
        self._query = self._find(rules, article)
        self._allowed = rows_of_others(
            snapshot, self._query.language, self._query.positions, options.filters
        )

    def answer(self) -> RelatedAnswer:
        """Return the answer with the articles asked with and what editors' rules excluded."""
        found = self._found()
        return RelatedAnswer(
            articles=_references(self._query.articles),
            unlike=_references(self._query.unlike),
            options=self._options,
            snapshot=self._snapshot.name,
            encoder=self._snapshot.manifest.encoder.name,
            recommendations=tuple(found.recommendations),
            nearest=found.nearest,
            also_in=found.translations,
            excluded=tuple(self.excluded()),
            notices=() if found.recommendations or found.nearest else self._why_none(),
        )

    def _why_none(self) -> tuple[str, ...]:
        """Return why there is no answer, if no other article passes the filters."""
        asked = self._snapshot, self._options.filters, self._query.language
        if where_of(*asked).is_open or not self._allowed.is_empty:
            return ()
        why = why_none_passes(*asked)
        return (why or "no other article passes the filters",)

    def recommendations(self) -> list[Recommendation]:
        """Return the related articles, best first."""
        return self._found().recommendations

    def _found(self) -> FoundRelated:
        snapshot, options = self._snapshot, self._options
        date = self._query.articles[0].article.date or options.filters.as_of
        selection = Selection.of(options, recency(snapshot, options.half_life, date))
        explain = None
        if options.explain:
            from recommender.answers.explain import Explainer  # few ask for it

            explain = Explainer(snapshot, self._load_encoder()).recommendations
        return find_related(snapshot, self._query, selection, self._allowed, explain)

    def excluded(self) -> list[Excluded]:
        """Return the articles that only an editors' rule excludes, best first."""
        selection = Selection.of(self._options, None)
        found = find_excluded(self._snapshot, self._query, selection, self._allowed)
        return [Excluded(one.article.id, one.article.title, str(rule)) for one, rule in found]

    def _find(self, rules: Rules, article: Named) -> RelatedQuery:
        asked = self._articles(article)
        if not asked:
            raise QueryError("nothing is asked; name an article")
        positions = [one.position for one in asked if one.position is not None]
        ruling = rules.of(self._snapshot).on(positions)
        return RelatedQuery(asked, self._articles(self._options.unlike), ruling)

    def _articles(self, named: Named) -> Sequence[ArticleVectors]:
        """Return the named articles, each once; each has at least one passage."""
        every = each_named(named)
        if len(every) > MAX_ARTICLES:
            raise TooLarge(
                f"{len(every)} articles are named, the most is {MAX_ARTICLES}; name fewer"
            )
        found: list[ArticleVectors] = []
        for one in every:
            if isinstance(one, Article | Mapping):
                from recommender.answers.drafts import draft_of_row, draft_vectors  # reads sources

                draft = one if isinstance(one, Article) else draft_of_row(one)
                found.append(draft_vectors(self._snapshot, self._load_encoder(), draft))
                continue
            position = position_of(self._snapshot, _id_of(one))
            if position not in [other.position for other in found]:
                found.append(self._stored(position, str(one)))
        return found

    def _stored(self, position: int, id: str) -> StoredArticleVectors:
        stored = StoredArticleVectors(self._snapshot, position)
        if not stored.rows:
            raise PassageNotFound(f"{id}: this article has no text to compare; {see(id)}")
        return stored


def each_named(named: Named) -> list[ArticleId]:
    """Return the named articles: one, or those of an iterable."""
    if isinstance(named, str | bytes | Article | Mapping) or not isinstance(named, Iterable):
        return [named]  # type: ignore[list-item]  # an id in bytes is refused where it is read
    return list(named)


def _id_of(one: object) -> str:
    try:
        return id_text(one)
    except QueryError:
        raise QueryError(
            f"{one!r:.80}: names no article; give an id, an Article, or a mapping with the fields "
            "of a row, such as {'title': ..., 'text': ...}"
        ) from None


def _references(articles: Sequence[ArticleVectors]) -> tuple[ArticleRef, ...]:
    """Return the fields that name each article in an answer."""
    return tuple(ArticleRef(**ArticleRef.fields_of(one.article)) for one in articles)
