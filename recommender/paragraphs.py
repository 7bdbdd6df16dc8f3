"""Cuts an article into paragraphs and gives each its role."""

from __future__ import annotations

import re

from recommender.articles.dates import leading_date
from recommender.types import Article, Paragraph, Role

MAX_HEADLINE_CHARACTERS = 120
MAX_SUBHEAD_CHARACTERS = 80
MAX_CAPTION_CHARACTERS = 500
OPENING_CHARACTERS = 80

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n\s*")
_SENTENCE_END = re.compile(r"[.!?…。！？؟।:;,][\"'”’»)\]]*$")
_CREDIT = re.compile(
    r"(?:^|\s)(?:"
    r"Beeld (?:[A-Z©]\S*)(?: \S+){0,4}"
    r"|(?:Foto|Photo|Bild|Fotos|Photos|Crédit|Credit|Picture|Image|Фото|Світлина|Imagen)"
    r"\s*(?::|©)\s*\S.{0,60}"
    r"|©\s*\S.{0,40}"
    r"|\((?:[A-Z]{2,5}|Foto|Photo|Bild)[^()]{0,60}\)(?: Beeld .{1,30})?"
    r"|(?:تصوير|صورة)\s*[:：].{1,60}"
    r")$"
    r"|^(?:图|圖|写真|照片)[:：]"
    r"|[（(](?:写真|图|摄影|照片)[:：/][^）)]{1,30}[）)]$"
)


def blocks(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of each block between blank lines, white space trimmed."""
    found = []
    start = 0
    for gap in [*_BLANK_LINES.finditer(text), None]:
        end = gap.start() if gap else len(text)
        piece = text[start:end]
        if stripped := piece.strip():
            left = start + piece.index(stripped)
            found.append((left, left + len(stripped)))
        start = gap.end() if gap else end
    return found


def opening(text: str) -> str:
    """Return the first words of `text`, a title where none is given."""
    words = " ".join(text[: 4 * OPENING_CHARACTERS].split())
    if len(words) <= OPENING_CHARACTERS:
        return words
    head, space, _ = words[: OPENING_CHARACTERS + 1].rpartition(" ")
    return (head if space else words[:OPENING_CHARACTERS]) + "…"


def is_headline(block: str) -> bool:
    """Tell whether a first block reads as a headline: one short line that is no sentence."""
    return (
        len(block) <= MAX_HEADLINE_CHARACTERS
        and "\n" not in block
        and not re.search(r"[.。।,;:]$", block)
        and not leading_date(block)[0]
        and not _CREDIT.search(block)
    )


def cut(article: Article) -> tuple[Paragraph, ...]:
    """Return the article's paragraphs in the order of the source, each with its role."""
    spans = blocks(article.text)
    paragraphs: list[Paragraph] = []
    first = " ".join(article.text[slice(*spans[0])].split()) if spans else ""
    if article.title.removesuffix("…") not in first:
        paragraphs.append(Paragraph(0, Role.TITLE, article.title, 0, 0, "title field"))
    for number, (start, end) in enumerate(spans, 1):
        block = article.text[start:end]
        date_end = leading_date(block)[1] if number <= 2 else 0
        if date_end:
            dated = block[:date_end].strip()
            paragraphs.append(
                Paragraph(
                    number, Role.DATELINE, dated, start, start + date_end, "opens with a date"
                )
            )
            rest = block[date_end:].lstrip()
            start = end - len(rest)
            block = rest
        if block:
            is_last = number == len(spans)
            role, reason = _role(article, number, block, is_last)
            paragraphs.append(Paragraph(number, role, block, start, end, reason))
    return tuple(paragraphs)


def _role(article: Article, number: int, block: str, is_last: bool) -> tuple[Role, str]:
    if number == 1 and block == article.title and is_headline(block):
        return Role.TITLE, "first line, short, stands alone"
    if len(block) <= MAX_CAPTION_CHARACTERS and _CREDIT.search(block):
        return Role.CAPTION, "short, with a photo credit"
    if not is_last and _is_subhead(block):
        return Role.SUBHEAD, "short line between paragraphs, no sentence"
    return Role.BODY, "running text"


def _is_subhead(block: str) -> bool:
    return (
        len(block) <= MAX_SUBHEAD_CHARACTERS
        and "\n" not in block
        and not _SENTENCE_END.search(block)
        and not block.startswith(("-", "*", "•", "–", "—", "“", '"', "«", "„"))
    )
