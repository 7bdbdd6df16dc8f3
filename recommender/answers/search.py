"""Answer a text, a passage of the index or a vector with the passages that match it best."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from recommender.answers.answer import SearchAnswer
from recommender.answers.archive import Archive, Scope
from recommender.answers.candidates import Candidate
from recommender.answers.filters import (
    allowed_rows,
    check_comparable,
    check_filters,
    check_language,
    rows_of_period,
    why_none_passes,
)
from recommender.answers.hit_query import Dated, HitQuery, Selection
from recommender.answers.hits import ExplainHits, FoundHits, find_hits
from recommender.answers.ids import rows_of
from recommender.answers.naming import find_open_id, find_whole
from recommender.answers.options import MAX_K, SearchOptions, SimilarOptions
from recommender.answers.recency import recency
from recommender.answers.snapshot_encoder import LoadEncoder
from recommender.arrays import Vectors, spread, unit
from recommender.encoders.base import Encoder
from recommender.errors import QueryError
from recommender.store.article_ids import id_text
from recommender.text.han_numbers import may_hold_number
from recommender.text.language_tags import language_key, short_tag
from recommender.text.scripts import scripts_of_query
from recommender.types import UNKNOWN_LANGUAGE, Hit, Passage

if TYPE_CHECKING:
    from recommender.answers.query import Query
    from recommender.text.asked_period import AskedPeriod

# At most so many passages of an article are searched with, spread evenly over it.
MAX_QUERY_PASSAGES = 512
# Beyond a limit, as in `since 2019`, there must be so many passages for each one within it.
LEAST_BEYOND = 0.05
# A token of a text in a language has more letters. Fewer letters, and longer texts, are not judged.
LETTERS_OF_TOKEN, LEAST_LETTERS, MOST_JUDGED = 2.0, 4, 200
# Letters, and a digit or a mark beside them.
_LIKE_AN_ID = re.compile(r"(?=.*[^\W\d_])(?=.*[\W\d_])", re.DOTALL)
NAMES_AN_ARTICLE = "the text is the name of an article in the index; give it to show or related"


class TextQuestion(NamedTuple):
    """A text in the form that ranking needs.

    `vectors` is (pieces, dim) in the answering space, `allowed` are the rows that may be answers.
    `language` is that of the text, `notices` say how the question was changed.
    """

    vectors: Vectors
    query: HitQuery
    allowed: Scope
    language: str
    notices: tuple[str, ...]


def check_question(snapshot: Archive, text: str, options: SearchOptions) -> Query:
    """Return how a text is read, without encoding it; raise `QueryError` for a wrong question."""
    from recommender.answers.query import query_of  # not what `similar` needs

    check_filters(options.filters, snapshot)
    _asked_language(snapshot, options)
    return query_of(text, options.plain)


def question_of(
    snapshot: Archive, text: str, options: SearchOptions, load_encoder: LoadEncoder
) -> TextQuestion:
    """Read and encode a text; raise `QueryError` for a wrong question."""
    from recommender.answers.phrases import rows_meeting  # not what `similar` needs

    filters = options.filters
    parsed, encoder = check_question(snapshot, text, options), load_encoder()
    recent = recency(snapshot, options.half_life, filters.as_of)
    vectors, language = snapshot.space.center_query(
        _query_vectors(parsed.text, encoder), parsed.text, _asked_language(snapshot, options)
    )
    check_comparable(filters, language.name)
    allowed = allowed_rows(snapshot, filters, language.name)
    parsed, allowed = rows_meeting(snapshot, parsed, options.by == "article", allowed)
    asked = parsed.text
    if dated := _dated(snapshot, parsed, options, language.name):
        asked = dated.period.rest
        vectors = _query_vectors(asked, encoder)
        vectors, _ = snapshot.space.center_query(vectors, asked, language.key)
    query = HitQuery(
        selection=Selection.of(options, recent),
        language=language.key,
        by=options.by,
        ranking=options.ranking,
        text=asked,
        is_quoted=bool(parsed.phrases),
        dated=dated,
        is_spelled=_is_spelled(asked, encoder),
    )
    notices = tuple(_notices(snapshot, parsed, published_only=filters.published_only))
    return TextQuestion(vectors, query, allowed, short_tag(language.name), notices)


def _is_spelled(text: str, encoder: Encoder) -> bool:
    """Return whether words in Latin letters are hardly more than letters to a model."""
    if len(text) > MOST_JUDGED:
        return False
    letters = sum(map(str.isalpha, text))
    if letters < LEAST_LETTERS or scripts_of_query(text) != {"Latn"}:
        return False
    [tokens] = encoder.count_tokens([text])
    return letters < LETTERS_OF_TOKEN * tokens


def _dated(snapshot: Archive, query: Query, options: SearchOptions, language: str) -> Dated | None:
    """Return the date that a query names beside its subject, if articles of it may answer.

    A limit that hardly any article is beyond is none: it is part of the subject.
    """
    if not may_hold_number(query.text) or query.phrases or options.ranking != "hybrid":
        return None
    from recommender.answers.phrases import rows_holding  # not what `similar` needs
    from recommender.text.asked_period import asked_period  # few queries need it

    period = asked_period(query.text, short_tag(language))
    if period is None:
        return None
    of_period = partial(rows_of_period, snapshot, options.filters, language)
    scope = of_period(period.since, period.until)
    if period.is_open and of_period(*period.others).count < LEAST_BEYOND * scope.count:
        return None
    scope = rows_holding(snapshot, query, options.by == "article", scope)
    return None if scope.is_empty else Dated(scope, period)


def _notices(snapshot: Archive, query: Query, *, published_only: bool) -> Iterator[str]:
    """Yield how the question was changed, and what would answer it better."""
    if query.notice:
        yield query.notice
    if query.phrases:
        return
    from recommender.text.identifiers import asked_date  # not what `similar` needs

    if date := asked_date(query.text):
        yield f"the text is a date; to list what was published then, give since and until: {date}"
    elif article_named(snapshot, query.text, published_only=published_only) is not None:
        yield NAMES_AN_ARTICLE


def article_named(snapshot: Archive, text: str, *, published_only: bool) -> int | None:
    """Return the position of the article that a text names by its address or its id.

    Only an id with a slash, or with letters and other signs, is one: a word or a year may be meant.
    """
    if len(text.split()) != 1:
        return None
    try:
        name = id_text(text.strip())
    except QueryError:
        return None
    has_slash = "/" in name
    if not (has_slash or _LIKE_AN_ID.search(name)):
        return None
    find = find_whole if has_slash else find_open_id
    unseen = snapshot.publications.now().as_set if published_only else frozenset[int]()
    position = find(snapshot, name, unseen)
    if position is None and "#" in name:  # a paragraph, or a fragment of a page
        return find(snapshot, name.rpartition("#")[0], unseen)
    return position


def answer_text(
    snapshot: Archive,
    text: str,
    options: SearchOptions,
    load_encoder: LoadEncoder,
    explained: int = MAX_K,
) -> SearchAnswer:
    """Return the answer of `search`; of its hits at most the first `explained` are explained."""
    asked = question_of(snapshot, text, options, load_encoder)
    explain = None
    if options.explain:
        every = _explainer(snapshot, load_encoder, asked.vectors, asked.query)
        explain = partial(_explain_first, every, explained)
    found = find_hits(snapshot, asked.vectors, asked.query, asked.allowed, explain)
    unknown = tuple(_why_nothing(asked.query, found))
    if unknown:  # what holds another identifier is not near
        found = found._replace(nearest=None)
    answer = _answer(snapshot, {"text": text}, options, found)
    notices = (
        *asked.notices,
        *_of_dates(asked.query, found),
        *(() if NAMES_AN_ARTICLE in asked.notices else unknown),
        *_why_none_passes(snapshot, options, asked.language, found),
    )
    return replace(answer, notices=notices, query_language=asked.language)


def _why_none_passes(
    snapshot: Archive, options: SearchOptions | SimilarOptions, language: str, found: FoundHits
) -> Iterator[str]:
    """Yield why there are no hits, if no article passes the filters."""
    if found.hits or found.nearest is not None:
        return
    if why := why_none_passes(snapshot, options.filters, language):
        yield why


def _of_dates(query: HitQuery, found: FoundHits) -> Iterator[str]:
    """Yield what dates have to do with the order of the hits."""
    if query.dated is None or not found.hits:
        return
    period = query.dated.period
    if not any(period.holds(hit.date) for hit in found.hits):
        yield f"no answer has a date {_in_words(period)}"
    elif found.is_date_first and query.selection.recency is None:
        limits = (("since", period.since), ("until", period.until))
        filters = " with ".join(f"{name} {day}" for name, day in limits if day)
        yield f"articles {_in_words(period)} come first; {filters} shows no others"


def _in_words(period: AskedPeriod) -> str:
    since, until = period.since, period.until
    if period.is_open:
        return f"since {since}" if since else f"until {until}"
    return f"of {since}" if since == until else f"of {since} to {until}"


def _why_nothing(query: HitQuery, found: FoundHits) -> Iterator[str]:
    """Yield why there are no hits, if the query asked for an identifier only."""
    asked = query.identifiers
    if asked.is_all and asked.names and not (found.hits or query.is_quoted):
        names = " and ".join(asked.names)
        yield f"no answer holds {names}; list searches ids and titles for it"


def answer_passage(
    snapshot: Archive, passage_id: str, options: SimilarOptions, load_encoder: LoadEncoder
) -> SearchAnswer:
    """Return the answer of `similar`."""
    filters = options.filters
    check_filters(filters, snapshot)
    place, named = rows_of(snapshot, passage_id)
    rows = spread(named, MAX_QUERY_PASSAGES).tolist()
    position = place.position
    article = snapshot.article(position)
    [language] = snapshot.languages_of(np.array(rows[:1], dtype=np.int64))
    query = HitQuery(
        selection=Selection.of(
            options, recency(snapshot, options.half_life, article.date or filters.as_of)
        ),
        language=language,
        by=options.by,
        excluded=snapshot.rows(position),
    )
    allowed = allowed_rows(snapshot, filters, snapshot.language(position))
    vectors = snapshot.centered(rows)
    explain = None
    if options.explain:
        passages = [snapshot.passage(row, article) for row in rows]
        by = passages, article.language
        explain = _explainer(snapshot, load_encoder, vectors, query, by)
    found = find_hits(snapshot, vectors, query, allowed, explain)
    answer = _answer(snapshot, {"passage_id": place.id_in(article)}, options, found)
    notices = tuple(_why_none_passes(snapshot, options, snapshot.language(position), found))
    return replace(answer, notices=notices, query_language=short_tag(language))


def hits_near(snapshot: Archive, vector: npt.ArrayLike, options: SimilarOptions) -> list[Hit]:
    """Return the hits of `similar_to`."""
    filters = options.filters
    check_filters(filters, snapshot)
    if options.explain:
        raise QueryError("a vector cannot be explained: it has no text; leave out explain")
    raw = _unit_rows(vector, snapshot.manifest.encoder.dim)
    recent = recency(snapshot, options.half_life, filters.as_of)
    query = HitQuery(
        selection=Selection.of(options, recent), language=UNKNOWN_LANGUAGE, by=options.by
    )
    allowed = allowed_rows(snapshot, filters, UNKNOWN_LANGUAGE)
    centered = snapshot.space.center(raw, [UNKNOWN_LANGUAGE] * len(raw))
    return find_hits(snapshot, centered, query, allowed).hits


def _asked_language(snapshot: Archive, options: SearchOptions) -> str:
    """Return the given language of the query, as the answering space calls it.

    Empty if none is given. Raises `BadLanguage` for what is not a language code.
    """
    if not options.query_language:
        return ""
    check_language("query-language", options.query_language, snapshot)
    return language_key(options.query_language)


def _query_vectors(text: str, encoder: Encoder) -> Vectors:
    """Return a vector for each piece of a text; no piece is longer than the encoder takes."""
    from recommender.passages.split import split  # not what `similar` needs

    [spans] = split([text], encoder.count_tokens, encoder.max_tokens)
    return encoder.encode([text[slice(*span)] for span in spans], role="query")


def _explainer(
    snapshot: Archive,
    load_encoder: LoadEncoder,
    vectors: Vectors,
    query: HitQuery,
    by: tuple[Sequence[Passage], str] = ((), ""),
) -> ExplainHits:
    """Return a function that explains hits; `by` are the passages asked about, their language."""
    from recommender.answers.explain import ExplainedQuery, Explainer  # few ask for it

    question = ExplainedQuery(vectors, query, *by)
    return partial(Explainer(snapshot, load_encoder()).hits, question)


def _explain_first(
    explain: ExplainHits, count: int, hits: Sequence[Hit], found: Sequence[Candidate]
) -> list[Hit]:
    """Return the hits, of which only the first ones are explained."""
    return [*explain(hits[:count], found[:count]), *hits[count:]]


def _answer(
    snapshot: Archive,
    query: dict[str, str],
    options: SearchOptions | SimilarOptions,
    found: FoundHits,
) -> SearchAnswer:
    return SearchAnswer(
        query=query,
        options=options,
        snapshot=snapshot.name,
        encoder=snapshot.manifest.encoder.name,
        hits=tuple(found.hits),
        nearest=found.nearest,
    )


def _unit_rows(vector: Any, dim: int) -> Vectors:
    """Return vectors as unit rows; raise `QueryError` unless they are finite and of `dim`."""
    try:
        given = np.asarray(vector)
        if np.iscomplexobj(given):
            raise TypeError("it holds complex numbers")
        with np.errstate(over="ignore"):  # it is not finite then
            found = np.atleast_2d(given.astype(np.float32))
    except (TypeError, ValueError, OverflowError) as error:
        raise QueryError(f"the vector is not an array of numbers: {error}") from error
    if found.ndim != 2 or found.shape[1] != dim or not len(found):
        raise QueryError(f"the vector has the shape {found.shape}, the index takes (n, {dim})")
    if not np.isfinite(found).all() or not (np.abs(found).max(axis=1) > 0).all():
        raise QueryError("the vector holds numbers that are not finite, or only zeros")
    return unit(found)
