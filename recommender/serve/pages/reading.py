"""Show what is found and read: search, an article with its rail, and two articles compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from recommender.answers.answer import RelatedAnswer, SearchAnswer
from recommender.answers.comparison import compare
from recommender.answers.options import RelatedOptions, SearchOptions
from recommender.answers.recommender import Recommender
from recommender.answers.search import NAMES_AN_ARTICLE, article_named
from recommender.errors import PassageNotFound, QueryError, TooLarge
from recommender.render.text_layout import web_line
from recommender.serve.access import Access
from recommender.serve.archive import Edition
from recommender.serve.pages.frame import Frame, filled
from recommender.serve.pages.pictures import overlap, paragraph_number
from recommender.serve.parameters import known_values, query_of, read_options
from recommender.serve.problems import refusal_of
from recommender.types import ArticleRef, Filters, Hit, Recommendation, Role, Sentences
from recommender.types.answers import MOST_COPIES

SEARCHED, EXPLAINED, SHOWN_PASSAGES, RAIL = 12, 4, 2, 8
FIELDS = ("languages", "since", "until", "query_language")
SURE, LIKELY = 99, 90
EMPTY_RAIL: Mapping[str, Any] = {"related": (), "nearest": None, "also_in": (), "copies": {}}

Piece = tuple[str, bool]


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage of a search, cut into pieces: text, is it marked.

    `number` is that of its paragraph, 0 for a title. `copies` are other articles with its text.
    """

    hit: Hit
    pieces: tuple[Piece, ...]
    number: int
    copies: tuple[ArticleRef, ...]


@dataclass(frozen=True, slots=True)
class FoundArticle:
    """An article of a search with its best passages."""

    hit: Hit
    passages: tuple[FoundPassage, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """The answer of a search as the page shows it; `named` is the article that the text names."""

    answer: SearchAnswer
    articles: Sequence[FoundArticle]
    notices: Sequence[str]
    named: ArticleRef | None

    @property
    def k(self) -> int:
        """How many passages were looked for."""
        return self.answer.options.k

    @property
    def is_full(self) -> bool:
        """Whether there may be more passages than were looked for."""
        return len(self.answer.hits) == self.k


def confidence_of(found: Hit | Recommendation) -> str:
    """Return how sure it is that an answer belongs: `sure`, `likely` or `loose`."""
    known = getattr(found, "confidence", None)
    if known is not None:
        return str(known)
    if found.strength >= SURE:
        return "sure"
    return "likely" if found.strength >= LIKELY else "loose"


def grouped(recommender: Recommender, hits: Sequence[Hit]) -> list[FoundArticle]:
    """Return the articles of hits in the order of their best passages."""
    articles: dict[str, list[Hit]] = {}
    for hit in hits:
        articles.setdefault(hit.article_id, []).append(hit)
    return [
        FoundArticle(
            own[0], tuple(_found_passage(recommender, hit) for hit in own[:SHOWN_PASSAGES])
        )
        for own in articles.values()
    ]


def _found_passage(recommender: Recommender, hit: Hit) -> FoundPassage:
    number = 0 if hit.role == Role.TITLE else paragraph_number(hit.passage_id)
    return FoundPassage(hit, pieces(hit), number, _named(recommender, hit.copies))


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
    line = web_line(text)
    before, after = text[:1].isspace(), text[-1:].isspace()
    return f"{' ' * before}{line}{' ' * after}" if line else " "


async def search_page(frame: Frame, request: Request) -> Response:
    """Show the box, and below it what was found, or why it cannot be looked for."""
    values = filled(query_of(request))
    text = values.get("q", ("",))[0]
    found, refused = None, None
    try:
        options = _search_options(frame, request, values)
        if text:
            found = await frame.service.answer(lambda edition: _found(edition, text, options))
    except (QueryError, TooLarge) as error:  # what was typed stays on the page
        refused = refusal_of(error)
    return frame.page(
        request,
        "search.html",
        refused.status if refused else 200,
        text=text,
        values=values,
        fields={name: values.get(name, ("",))[0] for name in FIELDS},
        found=found,
        refused=refused,
        said=frame.said(request, refused),
        most=frame.service.options.limits.answers,
        spoken=_spoken(frame),
        confidence_of=confidence_of,
        most_copies=MOST_COPIES,
    )


def _search_options(
    frame: Frame, request: Request, values: Mapping[str, Sequence[str]]
) -> SearchOptions:
    """Return the options of a search; raise `QueryError` or `TooLarge` for what cannot be asked."""
    limits = frame.service.options.limits
    if (length := len(values.get("q", ("",))[0])) > limits.query:
        raise TooLarge(f"the text has {length:,} characters, the most is {limits.query:,}")
    asked = {"k": [str(SEARCHED)], **known_values(SearchOptions, values)}
    is_desk = request.state.access is Access.DESK
    options = read_options(SearchOptions, asked, ["q"], published_only=not is_desk)
    return replace(options, k=min(options.k, limits.answers), explain=True)


def _found(edition: Edition, text: str, options: SearchOptions) -> Found:
    """Return what a search finds.

    The first few hits are explained, each of which takes the model some time.
    """
    recommender = edition.recommender
    answer = recommender.answer_search(text, options=options, explained=EXPLAINED)
    snapshot, named = recommender.snapshot, None
    position = article_named(snapshot, text, published_only=options.filters.published_only)
    if position is not None:
        named = ArticleRef(**ArticleRef.fields_of(snapshot.article(position)))
    return Found(
        answer,
        grouped(recommender, answer.hits),
        [one for one in answer.notices if one != NAMES_AN_ARTICLE],  # it is linked
        named,
    )


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
        with suppress(PassageNotFound):  # nothing in it was encoded
            answer = recommender.answer_related(id, options=options)
            return {**_rail(recommender, answer), "stored": recommender.show(id)}
        return {**EMPTY_RAIL, "stored": recommender.show(id)}

    found = await frame.service.answer(ask)
    return frame.page(
        request,
        "article.html",
        most_copies=MOST_COPIES,
        confidence_of=confidence_of,
        number_of=paragraph_number,
        tied=_tied(found["related"]),
        **found,
    )


def _rail(recommender: Recommender, answer: RelatedAnswer) -> dict[str, Any]:
    """Return what stands beside an article: the related ones, and other articles of one text."""
    copies = {
        one.article_id: _named(recommender, one.copies[:MOST_COPIES])
        for one in answer.recommendations
    }
    return {
        "related": answer.recommendations,
        "nearest": answer.nearest,
        "also_in": answer.also_in,
        "copies": copies,
    }


def _named(recommender: Recommender, ids: Sequence[str]) -> tuple[ArticleRef, ...]:
    return tuple(recommender.article(id) for id in ids)


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
    given = query_of(request).get(name, [""])
    if len(given) != 1 or not given[0].strip():
        raise QueryError(f"{name} is needed; give it once")
    return given[0]
