"""Make what agents are answered: small records with ids to go on with, and quotes.

The library of the protocol makes a schema of each, so that they are no slotted classes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Annotated, Any

from pydantic import Field

from recommender.answers.answer import ListAnswer
from recommender.render.text_layout import web_line
from recommender.types import (
    ArticleRef,
    Confidence,
    Duplicates,
    Evidence,
    Hit,
    NewsItem,
    Recommendation,
    StoredArticle,
    Story,
    Translation,
)
from recommender.types.answers import MOST_COPIES

QUOTED = 300
READ_CHARACTERS = 8_000
LISTED = 30
# At most this many articles of all groups of an answer are named, but some of each group.
LISTED_OF_ALL, LISTED_OF_EACH = 100, 4

Strength = Annotated[
    float, Field(description="0-100: the percentage of unrelated pairs that are less similar.")
]
Sureness = Annotated[
    Confidence,
    Field(description="How sure it is that this answer is right: sure, likely or loose."),
]


@dataclass(frozen=True)
class About:
    """The facts that are given of every article."""

    article_id: str
    title: str
    language: str
    date: str


@dataclass(frozen=True)
class Version:
    """An article that holds the text of another in another language."""

    article_id: str
    language: str


@dataclass(frozen=True)
class Quoted(About):
    """An article of an answer, with one passage of it as a quote.

    `copies` hold the same text, `also_in` in other languages.
    """

    strength: Strength
    confidence: Sureness
    passage_id: str
    quote: str
    relation: str = ""
    copies: tuple[str, ...] = ()
    also_in: tuple[Version, ...] = ()


@dataclass(frozen=True)
class Found:
    """The articles that were found, best first, or in the order of time.

    `notices` say what was answered otherwise than it was asked, and what else to ask. `also_in`
    holds the text of the article that was asked with in other languages.
    """

    snapshot: str
    articles: list[Quoted]
    notices: list[str] = field(default_factory=list)
    also_in: tuple[Version, ...] = ()


@dataclass(frozen=True)
class Listed:
    """Articles, the newest first, and how many there are in `total`.

    If there are none, `nearest` has those with the most similar names, and `notices` say why.
    """

    snapshot: str
    total: int
    articles: list[About]
    nearest: list[About]
    notices: list[str]


@dataclass(frozen=True)
class Member(About):
    """An article of a group, and what it is to the others."""

    relation: str


@dataclass(frozen=True)
class Group:
    """Articles that belong together: how many there are, and the first of them."""

    title: str
    count: int
    articles: list[Member]


@dataclass(frozen=True)
class Groups:
    """The first groups, and how many there are in `total`."""

    snapshot: str
    total: int
    groups: list[Group]


@dataclass(frozen=True)
class NewsQuote(About):
    """An article that is new for a saved search, since `found`, and its best passage."""

    watch: str
    found: str
    passage_id: str
    quote: str


@dataclass(frozen=True)
class News:
    """The news of saved searches, the newest first."""

    snapshot: str
    news: list[NewsQuote]


@dataclass(frozen=True)
class Read(About):
    """A part of an article. If there is more, `next_paragraph` is the number to go on with.

    `next_offset` is where to go on in the text of that paragraph, 0 at its start.
    """

    url: str
    quote: str
    next_paragraph: int | None
    next_offset: int


@dataclass(frozen=True)
class Pair:
    """Two passages that correspond."""

    passage_id: str
    other_passage_id: str
    quote: str
    other_quote: str


@dataclass(frozen=True)
class Compared:
    """How two articles relate, and which of their passages correspond."""

    relation: str
    strength: Strength
    pairs: list[Pair]


@dataclass(frozen=True)
class Status:
    """What the archive holds."""

    snapshot: str
    built: str
    articles: int
    passages: int
    languages: dict[str, int]


def of_hit(hit: Hit) -> Quoted:
    """Return a hit with its passage as a quote."""
    return _quoted(hit, hit.passage_id, hit.text, "")


def of_list(answer: ListAnswer) -> Listed:
    """Return the articles of a list."""
    articles = [About(*_about(one)) for one in answer.articles]
    nearest = [About(*_about(one)) for one in answer.nearest]
    return Listed(answer.snapshot, answer.total, articles, nearest, list(answer.notices))


def of_copies(groups: Sequence[Duplicates]) -> list[Group]:
    """Return groups of articles that hold the same text, the first of each first."""
    most = _most_of_each(groups) - 1
    found = []
    for one in groups:
        others = [Member(*_about(it), it.sameness) for it in one.others[:most]]
        members = [Member(*_about(one.first), "first"), *others]
        found.append(Group(web_line(one.first.title), 1 + len(one.others), members))
    return found


def of_stories(stories: Sequence[Story]) -> list[Group]:
    """Return stories with the first articles of each."""
    most = _most_of_each(stories)
    return [
        Group(
            web_line(one.title),
            len(one.articles),
            [Member(*_about(it), it.relation) for it in one.articles[:most]],
        )
        for one in stories
    ]


def _most_of_each(groups: Sequence[Any]) -> int:
    """Return how many articles of each group are named."""
    share = LISTED_OF_ALL // max(len(groups), 1)
    return min(max(share, LISTED_OF_EACH), LISTED)


def of_news(one: NewsItem) -> NewsQuote:
    """Return one of the news with its passage as a quote."""
    return NewsQuote(*_about(one), one.watch, one.found, one.passage_id, quote_of(one.text))


def of_recommendation(found: Recommendation) -> Quoted:
    """Return a recommendation with its closest passage as a quote."""
    pair = found.evidence[0] if found.evidence else Evidence("", "", 0, "", "")
    return _quoted(found, pair.other_passage_id, pair.other_text, found.relation)


def _quoted(one: Hit | Recommendation, passage_id: str, text: str, relation: str) -> Quoted:
    return Quoted(
        *_about(one),
        round(one.strength, 1),
        one.confidence,
        passage_id,
        quote_of(text),
        relation,
        one.copies[:MOST_COPIES],
        versions_of(one.also_in) if isinstance(one, Recommendation) else (),
    )


def versions_of(translations: Sequence[Translation]) -> tuple[Version, ...]:
    """Return the ids of the translations of a text with their languages."""
    return tuple(Version(one.article_id, one.language) for one in translations)


def _about(one: ArticleRef) -> tuple[str, str, str, str]:
    return one.article_id, web_line(one.title), one.language, one.date


def quote_of(text: str) -> str:
    """Return a text as a quote: one line of at most `QUOTED` characters."""
    line = web_line(text)
    return line if len(line) <= QUOTED else line[: QUOTED - 1].rstrip() + "…"


def pair_of(one: Evidence) -> Pair:
    """Return two passages that correspond as quotes."""
    quotes = quote_of(one.text), quote_of(one.other_text)
    return Pair(one.passage_id, one.other_passage_id, *quotes)


def part_of(stored: StoredArticle, first: int, offset: int = 0) -> Read:
    """Return the text of an article from a paragraph on, as much as fits.

    It starts `offset` characters after the start of that paragraph. Only a paragraph that is longer
    than a part is cut.
    """
    taken: list[str] = []
    left, following = READ_CHARACTERS, None
    for number, text in _numbered(stored, first):
        start = min(offset, len(text)) if number == first else 0
        if len(text) - start <= left:
            taken.append(web_line(text[start:]))
            left -= len(text) - start
            continue
        if not taken:
            end = _end_of_part(text, start)
            taken.append(web_line(text[start:end]))
            following = number, end
        else:
            following = number, 0
        break
    about, quote = stored.article, "\n\n".join(one for one in taken if one)
    return Read(
        about.id,
        web_line(about.title),
        about.language,
        about.date,
        about.url,
        quote,
        *(following or (None, 0)),
    )


def _numbered(stored: StoredArticle, first: int) -> Iterator[tuple[int, str]]:
    """Yield each number from `first` on with its text; a date line and what follows it have one."""
    wanted = (one for one in stored.paragraphs if one.number >= first)
    for number, group in groupby(wanted, key=lambda one: one.number):
        yield number, " ".join(one.text for one in group)


def _end_of_part(text: str, start: int) -> int:
    """Return where a part of a long paragraph ends: after a word if one ends in its last fifth."""
    end = start + READ_CHARACTERS
    space = text.rfind(" ", end - READ_CHARACTERS // 5, end)
    return end if space < 0 else space + 1
