"""Read the entries of a Contentful export as rows, one for each entry and language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from recommender.articles.columns import columns_of
from recommender.articles.fields import object_of, text_of
from recommender.articles.files import SourceFile
from recommender.articles.json_rows import flat
from recommender.articles.row_languages import in_language, locales_of
from recommender.articles.rows import RowReader
from recommender.settings import Settings
from recommender.types import Found, Notice, NoticeKind


def is_export(value: Any) -> bool:
    """Return whether a value is the export of a space: it holds entries and their types."""
    return (
        isinstance(value, dict)
        and isinstance(value.get("entries"), list)
        and isinstance(value.get("contentTypes"), list)
    )


def read_value(file: SourceFile, value: Any, settings: Settings) -> Iterator[Found]:
    """Yield the article of each entry in each of its languages; the place is `path:position`.

    An entry whose type has no text, such as an author or a section, gives a notice.
    """
    entries = [one for one in value["entries"] if isinstance(one, dict)]
    texts = {_type(one) for one in entries if _has_text(one, settings)}
    reader = RowReader(file.name, settings, file.unnamed)
    for number, entry in enumerate(entries, 1):
        place = f"{file.name}:{number}"
        if texts and _type(entry) not in texts:
            yield Notice(place, NoticeKind.UNPUBLISHED, _type(entry))
            continue
        for row in _rows(entry, settings):
            yield from reader.read(row, place)
    yield from reader.finish()


def _type(entry: Mapping[str, Any]) -> str:
    kind = object_of(object_of(entry.get("sys")).get("contentType"))
    return text_of(object_of(kind.get("sys")).get("id"))


def _has_text(entry: Mapping[str, Any], settings: Settings) -> bool:
    return "text" in columns_of(tuple(object_of(entry.get("fields"))), settings.fields).of_field


def _rows(entry: Mapping[str, Any], settings: Settings) -> Iterator[Mapping[str, Any]]:
    """Yield a row for each language in which an entry has a text. The first has the entry's id."""
    fields = object_of(entry.get("fields"))
    system = object_of(entry.get("sys"))
    is_public = text_of(system.get("publishedAt")) and not system.get("archivedAt")
    text = columns_of(tuple(fields), settings.fields).of_field.get("text", "")
    locales = locales_of(fields.get(text)) or [""]
    for number, locale in enumerate(locales):
        inner = {name: in_language(value, locale) for name, value in fields.items()}
        row = dict(flat({"fields": inner, "sys": system}, settings))
        if not is_public:  # whatever the entry's own fields say
            row["draft"] = True
        if "id" in row and number:
            row["id"] = f"{row['id']}-{locale}"
        yield {**row, "language": locale} if locale else row
