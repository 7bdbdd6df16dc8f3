"""Make the article of a word processor's document: its title, date and roles, of any format."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from recommender.articles.files import SourceFile
from recommender.articles.formats.text import date_below
from recommender.articles.markup import LINE, joined_text, lists_joined, paragraphs_of
from recommender.articles.publication import PUBLIC, Publication
from recommender.articles.tables import Cell
from recommender.errors import SourceError
from recommender.text.blocks import opening
from recommender.text.dates import date_in_name, leading_date
from recommender.text.roles import is_headline
from recommender.types import UNKNOWN_LANGUAGE, Article, Role

# The title is among the first paragraphs, or is not part of the text.
TITLE_BLOCKS = 4
MAX_TITLE_CHARACTERS = 200
MAX_LETTERHEAD_CHARACTERS = 60
# The beginnings of the names of styles. Word and LibreOffice keep their own in English.
ROLE_OF_STYLE = {
    "subtitle": Role.STANDFIRST,
    "title": Role.TITLE,
    "headline": Role.TITLE,
    "standfirst": Role.STANDFIRST,
    "byline": Role.BYLINE,
    "dateline": Role.DATELINE,
    "heading": Role.SUBHEAD,
    "list": Role.LIST,
    "quote": Role.QUOTE,
    "quotations": Role.QUOTE,
    "intense quote": Role.QUOTE,
    "caption": Role.CAPTION,
    "illustration": Role.CAPTION,
    "footnote text": Role.NOTE,
    "endnote text": Role.NOTE,
    "toc ": Role.BOILERPLATE,
    "contents ": Role.BOILERPLATE,
}
# Names of users that a program gave, and names of programs.
_MACHINE_AUTHOR = re.compile(
    r"(?:(?:microsoft|ms|windows)[\s_-]*)?(?:office[\s_-]*)?(?:user|gebruiker|benutzer|utilisateur"
    r"|usuario|usuário|utente|пользователь|użytkownik|användare|uživatel|kullanıcı|用户|ユーザー|사용자)"
    r"[\s_-]?\d*|(?:local|default|test)[\s_-]?user|admin|administrator|administrateur|administrador"
    r"|администратор|guest|owner|root|unknown|unbekannt|onbekend|inconnu|author|auteur|autor"
    r"|python-docx|pandoc|apache poi|openoffice(?:\.org)?|libreoffice|aspose.*|docx4j|google docs"
    r"|microsoft(?: office)?(?: word)?|desktop|pc|hp|dell|lenovo|asus|acer|un-named|none|null",
    re.I,
)
# Titles that a program or a template gave, not an author.
_MACHINE_TITLE = re.compile(
    r"(?:microsoft )?(?:word|powerpoint)\b.*|document\s?\d*|untitled.*|.*\btemplates?\b.*"
    r"|.*\.(?:docx?|dotx?|odt|ott|rtf|txt|pdf)|template.*|doc\d+|titel|title|no title",
    re.I,
)


class DocumentParagraph(NamedTuple):
    """A paragraph as the document marks it; `is_strong` says that all of it is bold or large."""

    text: str
    role: str = ""
    reason: str = ""
    is_strong: bool = False


@dataclass(frozen=True, slots=True)
class Properties:
    """The fields that a document carries beside its text."""

    title: str = ""
    author: str = ""
    language: str = ""
    date: str = ""
    told: Publication = PUBLIC


def role_of_style(name: str) -> str:
    """Return the role that the name of a style stands for, or an empty text."""
    folded = name.casefold()
    return str(
        next((role for start, role in ROLE_OF_STYLE.items() if folded.startswith(start)), "")
    )


def document_article(
    file: SourceFile, paragraphs: Sequence[DocumentParagraph], properties: Properties
) -> Article:
    """Return the article of a document; raise `SourceError` for one without text."""
    written = [
        one._replace(text=text) for one in paragraphs for text in _parts(one) if text.strip()
    ]
    title, place = _title(written, properties.title.strip())
    if place >= 0:
        written[place] = written[place]._replace(role=str(Role.TITLE), reason="opens the document")
    blocks = lists_joined((one.text, one.role, one.reason) for one in written)
    text, marks = joined_text(blocks)
    if not text:
        raise SourceError("has no text")
    return Article(
        id=file.id,
        title=title or opening(text),
        text=text,
        language=properties.language or UNKNOWN_LANGUAGE,
        date=date_below([one.text for one in written[: TITLE_BLOCKS + 1]])
        or properties.date
        or date_in_name(file.name),
        author="" if _MACHINE_AUTHOR.fullmatch(properties.author.strip()) else properties.author,
        path=file.name,
        marks=marks,
        notices=properties.told.notices(file.name),
        **properties.told.limits(),
    )


def _parts(one: DocumentParagraph) -> list[str]:
    """Return the paragraphs that soft breaks make of one; a table or a list item stays whole."""
    if one.role in (Role.TABLE, Role.LIST):
        return [one.text]
    return paragraphs_of(one.text)


def _title(written: Sequence[DocumentParagraph], property: str) -> tuple[str, int]:
    """Return the title and the number of its paragraph, -1 if it is not in the text.

    A property may stay in a document for years as a template wrote it, so the text comes first.
    """
    opens = written[:TITLE_BLOCKS]
    for number, one in enumerate(opens):
        if one.role == Role.TITLE:
            return one.text, number
    for number, one in enumerate(opens):
        if property and caseless(one.text) == caseless(property):
            return one.text, number
    if len(written) > 2 and _is_letterhead(written[0]) and _heads(written[1]):
        return written[1].text, 1
    if len(written) > 1 and _opens_as_title(written[0]):
        return written[0].text, 0
    return ("" if _MACHINE_TITLE.fullmatch(property) else property), -1


def _opens_as_title(first: DocumentParagraph) -> bool:
    if len(first.text) > MAX_TITLE_CHARACTERS or "\n" in first.text:
        return False
    if first.role:
        return first.role == Role.SUBHEAD
    return first.is_strong or is_headline(first.text)


def _is_letterhead(first: DocumentParagraph) -> bool:
    """Return whether a plain line may name the paper, the kind of text or its day."""
    if first.role or first.is_strong or len(first.text) > MAX_LETTERHEAD_CHARACTERS:
        return False
    is_dated = leading_date(first.text)[1] == len(first.text)
    return first.text.isupper() or len(first.text.split()) < 3 or is_dated


def _heads(second: DocumentParagraph) -> bool:
    return second.is_strong and not second.role and is_headline(second.text)


def caseless(text: str) -> str:
    """Return a text as titles are compared: without case, with single spaces."""
    return " ".join(text.split()).casefold()


def cell_of(paragraphs: Sequence[DocumentParagraph]) -> Cell:
    """Return the cell of a table that holds such paragraphs."""
    roles = {one.role for one in paragraphs}
    is_headed = bool({Role.SUBHEAD, Role.TITLE} & roles)
    return Cell([one.text.replace(LINE, " ") for one in paragraphs], Role.TABLE in roles, is_headed)
