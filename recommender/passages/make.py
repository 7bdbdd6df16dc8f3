"""Make passages from paragraphs: the texts to encode, each within the encoder's token limit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple

from recommender.passages.split import MAX_UNIT_CHARACTERS, CountTokens, split
from recommender.text.sentences import Span
from recommender.text.words import WIDE
from recommender.types import Article, Paragraph, Passage, Role


class Policy(StrEnum):
    """The treatment of the paragraphs of a role."""

    ENCODE = "encode"  # a passage of its own, or joined to its neighbour if it is short
    CONTEXT = "context"  # the heading of the passages under it
    WORDS = "words"  # a row of the word index, without a vector: found by its words only
    DROP = "drop"  # shown, never searched


Policies = Mapping[Role, Policy]

POLICIES: Policies = {
    Role.TITLE: Policy.ENCODE,
    Role.STANDFIRST: Policy.ENCODE,
    Role.DATELINE: Policy.DROP,
    Role.BYLINE: Policy.DROP,
    Role.SUBHEAD: Policy.CONTEXT,
    Role.BODY: Policy.ENCODE,
    Role.QUOTE: Policy.ENCODE,
    Role.LIST: Policy.ENCODE,
    Role.CAPTION: Policy.WORDS,
    Role.CREDIT: Policy.DROP,
    Role.BOILERPLATE: Policy.DROP,
    Role.TABLE: Policy.WORDS,
    Role.NOTE: Policy.WORDS,  # a footnote or an endnote
}


# A shorter paragraph, in characters, says too little on its own. Ideographs count as three.
JOIN_UNDER = 60
WIDTH_OF_WIDE = 3
# A longer joined passage might have to be split again.
MAX_JOINED_CHARACTERS = 800
JOINED_ROLES = frozenset({Role.BODY, Role.QUOTE, Role.LIST})


class _Piece(NamedTuple):
    """Paragraphs that are encoded as one text, under one heading."""

    paragraphs: tuple[Paragraph, ...]
    heading: Paragraph | None

    @property
    def span(self) -> Span:
        return self.paragraphs[0].start, self.paragraphs[-1].end

    @property
    def role(self) -> Role:
        if len(self.paragraphs) == 1:
            return self.paragraphs[0].role
        roles = [paragraph.role for paragraph in self.paragraphs]
        return Role.BODY if Role.BODY in roles else roles[0]

    def text_in(self, article: Article) -> str:
        first = self.paragraphs[0]
        return article.text[slice(*self.span)] if first.number else first.text


def make_passages(
    article: Article,
    paragraphs: Iterable[Paragraph],
    count_tokens: CountTokens,
    max_tokens: int,
    *,
    policies: Policies = POLICIES,
    join_under: int = JOIN_UNDER,
) -> list[Passage]:
    """Return the article's passages in order; a paragraph over `max_tokens` gives several.

    A paragraph shorter than `join_under` characters is joined to its neighbour. A paragraph with
    the policy `context` is no passage. It is the `heading` of the passages under it.
    """
    pieces = _joined(_pieces(paragraphs, policies), join_under)
    return _cut_up(article, pieces, count_tokens, max_tokens)


def make_words_only(
    article: Article, paragraphs: Iterable[Paragraph], policies: Policies = POLICIES
) -> list[Passage]:
    """Return the passages for word search only; a long paragraph gives several."""
    kept = [one for one in paragraphs if policies[one.role] is Policy.WORDS]
    pieces = [_Piece((one,), None) for one in kept]
    return _cut_up(article, pieces, lambda texts: [*map(len, texts)], MAX_UNIT_CHARACTERS)


def _cut_up(
    article: Article, pieces: Sequence[_Piece], count_tokens: CountTokens, max_tokens: int
) -> list[Passage]:
    texts = [piece.text_in(article) for piece in pieces]
    cuts = split(texts, count_tokens, max_tokens)
    return [
        _passage(article, piece, text[slice(*span)], span, part if len(spans) > 1 else 0)
        for piece, text, spans in zip(pieces, texts, cuts, strict=True)
        for part, span in enumerate(spans, 1)
    ]


def _passage(article: Article, piece: _Piece, text: str, span: Span, part: int) -> Passage:
    start = piece.span[0]
    heading = piece.heading
    is_cut = piece.paragraphs[0].number or text != piece.paragraphs[0].text
    return Passage(
        article_id=article.id,
        number=piece.paragraphs[0].number,
        part=part,
        role=piece.role,
        text=text,
        start=start + span[0] if is_cut else 0,
        end=start + span[1] if is_cut else 0,
        heading=heading.text if heading else "",
        heading_start=heading.start if heading else 0,
        heading_end=heading.end if heading else 0,
        language=piece.paragraphs[0].language,
    )


def _pieces(paragraphs: Iterable[Paragraph], policies: Policies) -> list[_Piece]:
    """Return a piece for each encoded paragraph.

    A subhead is the heading of all pieces until the next subhead. Context of another role is the
    heading of the next piece only.
    """
    pieces = []
    subhead: Paragraph | None = None
    heading_of_next: Paragraph | None = None
    for paragraph in paragraphs:
        match policies[paragraph.role]:
            case Policy.CONTEXT if paragraph.role is Role.SUBHEAD:
                subhead, heading_of_next = paragraph, None
            case Policy.CONTEXT:
                heading_of_next = paragraph
            case Policy.ENCODE:
                pieces.append(_Piece((paragraph,), heading_of_next or subhead))
                heading_of_next = None
    return pieces


def _joined(pieces: Iterable[_Piece], under: int) -> list[_Piece]:
    """Join each short piece to the one after it, or else to the one before it."""
    joined: list[_Piece] = []
    for piece in pieces:
        last = joined[-1] if joined else None
        if last and _is_short(last, under) and _can_join(last, piece):
            joined[-1] = _together(last, piece)
        else:
            _close(joined, under)
            joined.append(piece)
    _close(joined, under)
    return joined


def _close(joined: list[_Piece], under: int) -> None:
    """Join the last piece to the one before it if it stayed short."""
    if len(joined) > 1 and _is_short(joined[-1], under) and _can_join(joined[-2], joined[-1]):
        joined[-2:] = [_together(*joined[-2:])]


def _together(one: _Piece, other: _Piece) -> _Piece:
    return _Piece(one.paragraphs + other.paragraphs, one.heading)


def _can_join(one: _Piece, other: _Piece) -> bool:
    return (
        one.heading is other.heading
        and {one.role, other.role} <= JOINED_ROLES
        and one.paragraphs[0].language == other.paragraphs[0].language
        and one.paragraphs[-1].number + 1 == other.paragraphs[0].number
        and other.span[1] - one.span[0] <= MAX_JOINED_CHARACTERS
    )


def _is_short(piece: _Piece, under: int) -> bool:
    start, end = piece.span
    if end - start >= under:
        return False
    wide = sum(len(WIDE.findall(one.text)) for one in piece.paragraphs)
    return end - start + (WIDTH_OF_WIDE - 1) * wide < under
