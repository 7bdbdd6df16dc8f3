"""Define answers: hits and recommendations, their filters, their evidence and explanations."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from recommender.types.articles import Article, Role, Status

# How sure an answer is, from the least sure on: it depends on how many answers of its quality
# chance gives in this archive. A list holds answers of the confidence that is asked for, and surer
# ones.
Confidence = Literal["loose", "likely", "sure"]
# At most so many copies of a hit are named: each article is read for its id.
MOST_COPIES = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """The articles that an answer may come from; the defaults leave none out.

    `languages` is `any`; or `same` or `other`, compared with the question; or codes with commas
    between them. Dates are `2022`, `2022-12` or `2022-12-28`. `since` and `until` include the date.
    `as_of` keeps articles that certainly existed at the end of the date. An article without a date
    passes none of the three. `where` holds values of fields, of the article or its metadata.
    `published_only` leaves out articles that the public may not see now, if the index holds any.
    """

    languages: str = "any"
    since: str = ""
    until: str = ""
    as_of: str = ""
    where: Mapping[str, str] = field(default_factory=dict)
    published_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleRef:
    """The fields that name an article in an answer."""

    article_id: str
    title: str
    language: str
    date: str
    author: str
    source: str
    url: str
    section: str
    path: str
    metadata: Mapping[str, Any]
    status: Status = Status.PUBLISHED

    @classmethod
    def fields_of(cls, article: Article) -> dict[str, Any]:
        """Return the fields of an article that all kinds of answers have."""
        return {
            "article_id": article.id,
            "title": article.title,
            "language": article.language,
            "date": article.date,
            "author": article.author,
            "source": article.source,
            "url": article.url,
            "section": article.section,
            "path": article.path,
            "metadata": article.metadata,
            "status": article.status_now,
        }


def shown_strength(strength: float) -> str:
    """Return a strength as a whole number, from 99 on with a tenth; only 100 itself is `100`."""
    return f"{strength:.0f}" if strength < 98.5 else f"{math.floor(strength * 10) / 10:g}"


@dataclass(frozen=True, slots=True)
class ScorePart:
    """A part of a score, or of the reason for an answer's place, in words.

    `name` is meaning, words, coverage, first, answers, article, languages, dates, unlike,
    diversity, relation, pin or confidence. `value` is its number, None if the part has only words.
    """

    name: str
    value: float | None
    words: str


@dataclass(frozen=True, slots=True)
class Sentences:
    """One sentence of a passage, or several in a row, with offsets into the passage's text."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Match:
    """The sentences by which two passages match, and the cosine of the best two.

    `sentences` are those of `passage_id`. A query has neither an id nor sentences.
    """

    passage_id: str
    other_passage_id: str
    score: float
    sentences: tuple[Sentences, ...]
    other_sentences: tuple[Sentences, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why something is an answer: the parts of its score, and the sentences that match."""

    parts: tuple[ScorePart, ...]
    matches: tuple[Match, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit(ArticleRef):
    """A passage with its score, its strength (0-100, see `strength.py`) and its own cosine.

    Hits are ranked by `score`. If meaning ranks, it is the cosine of the place that the hit takes
    within its language; for articles, that of the best passage and of the best few. A half-life
    lowers it. If words alone rank, it is the share of the query's words, 1 for the best match.

    `probability` is the share of such answers that are right (0 to 1). `strength`, `confidence` and
    `probability` ignore dates. A passage that is kept for word search only has no vector: its
    `cosine` and `strength` are 0. `passage_language` may differ from the article's `language`, as
    for a quote. `copies` are the ids of up to `MOST_COPIES` other articles that were found with the
    same text.
    """

    passage_id: str
    role: Role
    heading: str
    text: str
    start: int
    end: int
    score: float
    strength: float
    confidence: Confidence
    probability: float
    cosine: float
    passage_language: str
    words_only: bool = False
    copies: tuple[str, ...] = ()
    explanation: Explanation | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """Passages of two articles that match, and how well."""

    passage_id: str
    other_passage_id: str
    score: float
    text: str
    other_text: str


@dataclass(frozen=True, slots=True)
class Translation:
    """An article that holds the text of another in another language."""

    article_id: str
    language: str
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Recommendation(ArticleRef):
    """An article related to another, with the pairs of passages that match, best pair first.

    `relation` is `copy`, `translation`, `update`, `same story` or `related` (`relation.py`). It is
    `newest` for one of the newest articles of the same section, which only fills a short list.
    `copies` are the ids of other articles with the same text, `translations` the ids of those with
    the same text in other languages; `also_in` has their languages and addresses. `probability` is
    the share of such answers that are right (0 to 1). It and `confidence` ignore dates. `pinned`
    says that editors put the article first, whatever its score.
    """

    score: float
    strength: float
    confidence: Confidence
    probability: float
    relation: str
    evidence: tuple[Evidence, ...]
    copies: tuple[str, ...] = ()
    translations: tuple[str, ...] = ()
    also_in: tuple[Translation, ...] = ()
    explanation: Explanation | None = None
    pinned: bool = False


@dataclass(frozen=True, slots=True)
class Excluded:
    """An article that only an editors' rule excludes from the answers."""

    article_id: str
    title: str
    rule: str
