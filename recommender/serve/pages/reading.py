"""Show what is found and read: search, an article with its rail, and two articles compared."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from recommender.answers.comparison import compare
from recommender.answers.options import RelatedOptions, SearchOptions
from recommender.answers.search import article_named
from recommender.errors import PassageNotFound, TooLarge
from recommender.render.text_layout import one_line
from recommender.serve.access import Access
from recommender.serve.archive import Edition
from recommender.serve.pages.frame import Frame, filled
from recommender.serve.pages.pictures import overlap, paragraph_number
from recommender.serve.parameters import query_of, read_options
from recommender.types import ArticleRef, Filters, Hit, Recommendation, Sentences
from recommender.types.answers import MOST_COPIES

SEARCHED, EXPLAINED, SHOWN_PASSAGES, RAIL = 12, 4, 2, 8
SURE, LIKELY = 99, 90

Piece = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article of a search with its best passages, each cut into pieces: text, is it marked."""

    hit: Hit
    passages: tuple[tuple[Hit, tuple[Piece, ...]], ...]


def confidence_of(found: Hit | Recommendation) -> str:
    """Return how sure it is that an answer belongs: `sure`, `likely` or `loose`."""
    known = getattr(found, "confidence", None)
    if known is not None:
        return str(known)
    if found.strength >= SURE:
        return "sure"
    return "likely" if found.strength >= LIKELY else "loose"


def grouped(hits: Sequence[Hit]) -> list[FoundArticle]:
    """Return the articles of hits in the order of their best passages."""
    articles: dict[str, list[Hit]] = {}
    for hit in hits:
        articles.setdefault(hit.article_id, []).append(hit)
    return [
        FoundArticle(own[0], tuple((hit, pieces(hit)) for hit in own[:SHOWN_PASSAGES]))
        for own in articles.values()
    ]


def pieces(hit: Hit) -> tuple[Piece, ...]:
    """Return the text of a hit in pieces; the sentences that match the query are marked."""
    sentences: Sequence[Sentences] = ()
    if hit.explanation is not None and hit.explanation.matches:
        sentences = hit.explanation.matches[0].other_sentences
    found, at = [], 0
    for one in sorted(sentences, key=lambda it: it.start):
        found += [(hit.text[at : one.start], False), (hit.text[one.start : one.end], True)]
        at = one.end
    pieces = (*found, (hit.text[at:], False))
    return tuple((_part_of_line(text), is_marked) for text, is_marked in pieces if text)


def _part_of_line(text: str) -> str:
    """Return a part of a text as part of a line; white space at its ends is a space."""
    line = one_line(text)
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' * before}{line}{' ' * after}" if line else " "


async def search_page(frame: Frame, request: Request) -> Response:
    """Show the box, and below it what was found."""
    is_desk = request.state.access is Access.DESK
    values = filled(query_of(request))
    text = values.get("q", [""])[0]
    limits = frame.service.options.limits
    if len(text) > limits.query:
        raise TooLarge(f"the text has {len(text):,} characters, the most is {limits.query:,}")
    asked = {"k": [str(SEARCHED)], **values}
    options = read_options(SearchOptions, asked, ["q"], published_only=not is_desk)
    options = replace(options, k=min(options.k, limits.answers))
    articles: list[FoundArticle] | None = None
    taken, named, further = "", None, dict[str, Sequence[str]]()
    if text:
        found = await frame.service.answer(lambda edition: _found(edition, text, options))
        hits, taken, named = found
        articles = grouped(hits)
        if len(hits) == options.k < limits.answers:
            further = {**values, "k": [str(min(options.k * 2, limits.answers))]}
    return frame.page(
        request,
        "search.html",
        text=text,
        filters=options.filters,
        articles=articles,
        named=named,
        further=further,
        spoken=_spoken(frame),
        taken=taken,
        asked_language=options.query_language,
        confidence_of=confidence_of,
        most_copies=MOST_COPIES,
    )


class _Found(NamedTuple):
    """The hits, the language that the text was taken to be in, and the article that it names."""

    hits: Sequence[Hit]
    language: str
    named: ArticleRef | None


def _found(edition: Edition, text: str, options: SearchOptions) -> _Found:
    """Return what a search finds.

    The first few hits are explained, each of which takes the model some time.
    """
    recommender = edition.recommender
    options = replace(options, explain=True)
    answer = recommender.answer_search(text, options=options, explained=EXPLAINED)
    snapshot = recommender.snapshot
    position = article_named(snapshot, text, published_only=options.filters.published_only)
    named = None
    if position is not None:
        named = ArticleRef(**ArticleRef.fields_of(snapshot.article(position)))
    return _Found(answer.hits, answer.query_language, named)


def _spoken(frame: Frame) -> list[str]:
    """Return the languages of the archive, the most frequent first."""
    counts = frame.service.archive.edition.recommender.snapshot.manifest.languages
    return sorted(counts, key=lambda tag: (-counts[tag], tag))


async def article_page(frame: Frame, request: Request) -> Response:
    """Show an article, and beside it the related ones with the paragraphs that tie them."""
    is_desk = request.state.access is Access.DESK
    name = _needed(request, "id")

    def ask(edition: Edition) -> dict[str, Any]:
        recommender = edition.recommender
        id = edition.article_id(name, is_desk=is_desk)
        options = RelatedOptions(k=RAIL, filters=Filters(published_only=not is_desk))
        try:
            related = recommender.related(id, options=options)
        except PassageNotFound:  # nothing in it was encoded
            related = []
        return {"stored": recommender.show(id), "related": related}

    found = await frame.service.answer(ask)
    return frame.page(
        request,
        "article.html",
        confidence_of=confidence_of,
        number_of=paragraph_number,
        tied=_tied(found["related"]),
        **found,
    )


def _tied(related: Sequence[Recommendation]) -> dict[int, list[int]]:
    """Return for each paragraph the places in the rail of the articles that it ties."""
    found: dict[int, list[int]] = {}
    for place, one in enumerate(related, 1):
        for pair in one.evidence:
            places = found.setdefault(paragraph_number(pair.passage_id), [])
            if place not in places:
                places.append(place)
    return found


async def compare_page(frame: Frame, request: Request) -> Response:
    """Show two articles side by side, the paragraphs marked that correspond."""
    is_desk = request.state.access is Access.DESK
    names = [_needed(request, name) for name in ("a", "b")]

    def ask(edition: Edition) -> Any:
        one, other = (edition.named(name, is_desk=is_desk) for name in names)
        return compare(edition.recommender.snapshot, one, other)

    found = await frame.service.answer(ask)
    pairs = [
        (number, paragraph_number(one.passage_id), paragraph_number(one.other_passage_id))
        for number, one in enumerate(found.pairs, 1)
    ]
    return frame.page(
        request,
        "compare.html",
        found=found,
        links=overlap(found),
        ours=_numbers((left, number) for number, left, _ in pairs),
        theirs=_numbers((right, number) for number, _, right in pairs),
    )


def _numbers(pairs: Any) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for paragraph, number in pairs:
        found.setdefault(paragraph, []).append(number)
    return found


def _needed(request: Request, name: str) -> str:
    from recommender.errors import QueryError

    given = query_of(request).get(name, [""])
    if len(given) != 1 or not given[0].strip():
        raise QueryError(f"{name} is needed; give it once")
    return given[0]
