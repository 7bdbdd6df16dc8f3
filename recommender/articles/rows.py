"""Make articles of rows: records with named columns, from JSON Lines, JSON or tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from recommender.articles.clean import (
    blocks_of_field,
    cleaned_text,
    plain_line,
    text_of_blocks,
    whole,
)
from recommender.articles.columns import Columns, columns_of, is_lacking, lacking_columns
from recommender.articles.fields import (
    Dated,
    dated,
    language_of,
    may_be_date,
    paragraphs_of,
    text_of,
)
from recommender.articles.files import MAX_ID_CHARACTERS, plain_id
from recommender.articles.formats.markdown_blocks import markdown_blocks
from recommender.articles.front_matter import FrontMatter, read_front_matter
from recommender.articles.left_out import is_left_out
from recommender.articles.markdown_marks import MAX_CHARACTERS, is_markdown
from recommender.articles.markup import Block
from recommender.articles.publication import PUBLIC, Publication, is_article_type, publication
from recommender.articles.rich_text import document_blocks, is_document
from recommender.articles.row_languages import rows_by_language
from recommender.articles.status_fields import tells_status
from recommender.articles.status_lines import publication_above
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.bylines import names_of_byline
from recommender.types import UNKNOWN_LANGUAGE, Article, Found, Mark, Notice, NoticeKind, Refusal

SIDE_FIELDS = ("title", "language", "author", "source", "url", "section")
# The key in which Sanity states the type of a document, which may be an author or a picture.
_SANITY_TYPE, _SANITY_ID = "_type", "_id"
# Types of agencies and systems for rows that are not text.
_KIND, _PICTURES = "type", {"picture", "image", "photo", "graphic", "video", "audio"}
_SEVERAL = "text: is in several languages, each an article of its own"
_OPEN_DOCUMENTS = ("{", "[", " ", "\n")
# The name that trafilatura gives to the name of a site.
_SITE = "source-hostname"
_FENCES = ("---", "+++", ";;;")


@dataclass
class RowReader:
    """Makes articles of the rows of one file.

    If no row has a needed column, the file is refused, not each row. `unnamed` is the id of a row
    that has none; further ones get a number. If it is empty, they are refused.
    """

    name: str
    settings: Settings
    unnamed: str = ""

    def __post_init__(self) -> None:
        self._unnamed_count = 0
        self._columns: dict[tuple[str, ...], Columns] = {}
        self._lacking: list[Refusal | Notice] = []
        self._seen: dict[str, None] = {}
        self._has_article = False

    def read(self, row: Mapping[str, Any], place: str) -> Iterator[Found]:
        """Yield the article of a row, or why there is none."""
        if _SITE in row and "url" not in row:
            row = _of_trafilatura(row)
        if self.unnamed and not has_id(row, self.settings):
            row = self._named(row)
        columns = self._columns_of(tuple(row))
        rows: list[Mapping[str, Any]] = [*self._by_language(row, columns)]
        for one in rows or [row]:
            for found in self._read(one, place, self._columns_of(tuple(one))):
                if len(rows) > 1 and isinstance(found, Article):
                    found = _of_several(found, place)
                yield found

    def _by_language(self, row: Mapping[str, Any], columns: Columns) -> Iterator[dict[str, Any]]:
        """Yield a row for each language of a row; the first keeps the id, others extend it."""
        names = [columns.of_field[one] for one in ("title", "url") if one in columns.of_field]
        language = columns.of_field.get("language", "language")
        rows = rows_by_language(row, columns.texts, names, language)
        id = columns.of_field.get("id", self.settings.fields.get("id", "id"))
        for number, (locale, one) in enumerate(rows):
            if number:
                with suppress(SourceError):  # then each has its own id, or none
                    one[id] = f"{_id(row, columns)}-{locale}"
            yield one

    def _read(self, row: Mapping[str, Any], place: str, columns: Columns) -> Iterator[Found]:
        told = publication(row)
        try:
            found: Found = _found_in(row, place, columns, told)
        except SourceError as error:
            if is_left_out(told.status, self.settings):
                gone, version = _id_or_none(row, columns), _version(row, columns)
                yield Notice(place, NoticeKind.UNPUBLISHED, told.status, "", gone, version)
                return
            found = _unread_row(row, place, columns, str(error))
            lacking = [name for name in ("id", "text") if is_lacking(name, columns)]
            if lacking and not self._has_article:
                self._lacking.append(found)
                self._seen.update(dict.fromkeys(name for name in row if name not in columns.used))
                return
        if not isinstance(found, Refusal):
            yield from self.passed()
        yield found

    def passed(self) -> Iterator[Found]:
        """Yield what was kept back until it was known that a row has an article."""
        if not self._has_article:
            self._has_article = True
            yield from self._refusals()

    def is_field(self, name: str, names: Sequence[str]) -> bool:
        """Return whether a column, among those of a row, holds a field of the article."""
        return name in self._columns_of(tuple(names)).used

    def finish(self) -> Iterator[Found]:
        """Yield the refusal of a file whose rows all lack a column."""
        lacking = [
            name
            for name in ("id", "text")
            if all(is_lacking(name, columns) for columns in self._columns.values())
        ]
        if self._lacking and lacking:
            yield Refusal(self.name, lacking_columns(lacking, list(self._seen)))
        else:
            yield from self._refusals()

    def _named(self, row: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a row with an id that no other row of the file gets."""
        self._unnamed_count += 1
        count = self._unnamed_count
        id = self.unnamed if count == 1 else f"{self.unnamed}-{count}"
        return {**row, self.settings.fields.get("id", "id"): id}

    def _refusals(self) -> Iterator[Found]:
        yield from self._lacking
        self._lacking.clear()

    def _columns_of(self, names: tuple[str, ...]) -> Columns:
        found = self._columns.get(names)
        if found is None:
            found = self._columns[names] = columns_of(names, self.settings.fields)
        return found


def _of_trafilatura(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a row of trafilatura, which names the address of a page its source."""
    address = row.get("source")
    if not isinstance(address, str) or not address.startswith(("http://", "https://")):
        return row
    return {**row, "url": address, "source": row[_SITE] or row.get("hostname")}


def _of_several(article: Article, place: str) -> Article:
    """Return one of the articles of a row; no row with several is recognised again."""
    notice = Notice(place, NoticeKind.FIELD, _SEVERAL)
    return replace(article, notices=[*article.notices, notice])


def has_id(row: Mapping[str, Any], settings: Settings) -> bool:
    """Return whether one of the columns of a row can name it."""
    columns = columns_of(tuple(row), settings.fields)
    names = (*_id_names(columns), *columns.ids)
    return any(row[name] not in (None, "") for name in names)


def _found_in(
    row: Mapping[str, Any], place: str, columns: Columns, told: Publication
) -> Article | Notice:
    """Return the article of a row, or the notice of one of a type that is no article.

    Raises `SourceError` for a row without id or text.
    """
    if columns.post_type and not is_article_type(kind := text_of(row[columns.post_type])):
        return Notice(place, NoticeKind.UNPUBLISHED, kind)
    of_field = columns.of_field
    fields = {name: _side(row, of_field.get(name)) for name in SIDE_FIELDS}
    title = fields["title"]
    text, marks, told_in_text = _text(row, columns.texts, title)
    if not text.strip():
        raise SourceError("has no text")
    language = language_of(fields["language"])
    date = _date(row, columns, language)
    told = told.joined(told_in_text).starting(date.start)
    if not told.status and not tells_status(tuple(row)):
        told = told.joined(publication_above(title, text))
    fields["title"] = title or opening(text)
    if of_field.get("author", "").lower() == "byline":
        fields["author"] = names_of_byline(fields["author"])
    fields["language"] = language or UNKNOWN_LANGUAGE
    metadata = {name: value for name, value in row.items() if name not in columns.used}
    return Article(
        id=_id(row, columns),
        text=text,
        date=date.start[:10],
        path=place,
        metadata=metadata,
        marks=marks,
        version=_version(row, columns) or date.raw,
        notices=[*told.notices(place), *date.notices(place), *_unread(row, columns, fields, place)],
        **told.limits(),
        **fields,
    )


def _text(
    row: Mapping[str, Any], names: Sequence[str], title: str
) -> tuple[str, tuple[Mark, ...], Publication]:
    """Return the text of a row, its roles, and what its front matter says about publication.

    It may be HTML, Markdown, or an editor's document.
    """
    values = [row[name] for name in names]
    if any(map(_may_be_document, values)) and (blocks := _blocks_of_documents(values)) is not None:
        return *text_of_blocks(blocks, title), PUBLIC
    value = values[0] if len(values) == 1 else _joined(values)
    if isinstance(value, int | float):
        raise SourceError(f"field {names[0]!r} is not text")
    written = whole(paragraphs_of(value))
    if "\r" in written:
        written = written.replace("\r\n", "\n").replace("\r", "\n")
    front = _front_matter(written)
    told = publication(front.fields) if front else PUBLIC
    if len(written) <= MAX_CHARACTERS and (front or is_markdown(written)):
        with suppress(SourceError):  # it then stays as it is
            blocks = markdown_blocks(front.body if front else written)
            return *text_of_blocks(blocks, title), told
    return *cleaned_text(written, title), told


def _front_matter(written: str) -> FrontMatter | None:
    """Return the fields before a text, as generators keep them; None if there are none.

    A sentence with a colon between two rules is not a field.
    """
    if written.lstrip()[:3] not in _FENCES:
        return None
    with suppress(SourceError):
        found = read_front_matter(written[:MAX_CHARACTERS], lines=False)
        return found if found.has_known_field else None
    return None


def _may_be_document(value: Any) -> bool:
    return not isinstance(value, str) or value[:1] in _OPEN_DOCUMENTS


def _blocks_of_documents(values: Sequence[Any]) -> list[Block] | None:
    """Return the blocks of columns if one holds an editor's document; None if none does.

    An empty document has no blocks.
    """
    found = [document_blocks(one) if _may_be_document(one) else [] for one in values]
    is_one = [bool(blocks) or is_document(one) for one, blocks in zip(values, found, strict=True)]
    if not any(is_one):
        return None
    others = (
        [] if is_read else _blocks_of_text(whole(paragraphs_of(one)))
        for one, is_read in zip(values, is_one, strict=True)
    )
    both = zip(found, others, strict=True)
    return [block for blocks, more in both for block in (*blocks, *more)]


def _blocks_of_text(text: str) -> list[Block]:
    """Return the blocks of a text, which may be HTML or Markdown."""
    if len(text) <= MAX_CHARACTERS and is_markdown(text):
        with suppress(SourceError):  # it then stays as it is
            return markdown_blocks(text)
    return blocks_of_field(text)


def _joined(values: Sequence[Any]) -> str:
    """Return the texts of several columns, one after the other."""
    texts = map(paragraphs_of, values)
    return "\n\n".join(text for text in texts if text.strip())


def _date(row: Mapping[str, Any], columns: Columns, language: str) -> Dated:
    name = columns.of_field.get("date")
    values = [row[name]] if name is not None else []
    others = [row[other] for other in columns.dates if may_be_date(other, row[other])]
    return dated([*values, *others], language)


def _version(row: Mapping[str, Any], columns: Columns) -> str:
    """Return when a row was last changed, by which the newest of one id is chosen."""
    return next((text for name in columns.versions if (text := text_of(row[name]))), "")


def _side(row: Mapping[str, Any], name: str | None) -> str:
    """Return the words of an optional field."""
    value = row[name] if name is not None else None
    if not value:
        return ""
    text = value if isinstance(value, str) else text_of(value)
    return whole(plain_line(text))


def _unread_row(
    row: Mapping[str, Any], place: str, columns: Columns, reason: str
) -> Refusal | Notice:
    """Return why a row is not an article: a document of Sanity without text has another type."""
    kind = text_of(row.get(_SANITY_TYPE))
    if kind and _SANITY_ID in row and is_lacking("text", columns):
        return Notice(place, NoticeKind.UNPUBLISHED, kind)
    kind = text_of(row.get(_KIND)).lower()
    if kind in _PICTURES and not is_lacking("id", columns):
        return Notice(place, NoticeKind.UNPUBLISHED, kind)
    return Refusal(place, reason)


def _unread(
    row: Mapping[str, Any], columns: Columns, fields: Mapping[str, str], place: str
) -> Iterable[Notice]:
    """Yield a notice of each field that holds something other than words."""
    for field in SIDE_FIELDS:
        name = columns.of_field.get(field)
        value = row[name] if name is not None else None
        if value and not isinstance(value, str) and not text_of(value):
            reason = f"{field}: is not text and was left out"
            yield Notice(place, NoticeKind.FIELD, reason, str(value)[:80])


def _id_names(columns: Columns) -> list[str]:
    return [columns.of_field["id"]] if "id" in columns.of_field else []


def _id(row: Mapping[str, Any], columns: Columns) -> str:
    for name in (*_id_names(columns), *columns.ids):
        value = row[name]
        if isinstance(value, Mapping):  # as MongoDB exports it
            value = oid if isinstance(oid := value.get("$oid"), str) else None
        if isinstance(value, float) and value.is_integer():  # as tables with gaps hold numbers
            value = int(value)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and value.strip():
            if len(value) > MAX_ID_CHARACTERS:
                raise SourceError(f"has an id of over {MAX_ID_CHARACTERS} characters")
            return plain_id(whole(value))
    raise SourceError("has no id; each row needs one of its own")


def _id_or_none(row: Mapping[str, Any], columns: Columns) -> str:
    """Return the id of a row, empty if it has none."""
    with suppress(SourceError):
        return _id(row, columns)
    return ""
