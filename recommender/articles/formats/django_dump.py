"""Read a dump of Django (`manage.py dumpdata`), from all tables that hold texts.

Wagtail keeps a page in two tables: one for all pages, and one for pages of its type.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recommender.articles.files import SourceFile
from recommender.articles.json_rows import LOOKED_AT, flat, has_text
from recommender.articles.rows import RowReader
from recommender.settings import Settings
from recommender.types import Found, Notice, NoticeKind

Row = Mapping[str, Any]

# Tables of Django and Wagtail whose names begin so hold no articles. Some hold what editors
# remark on a page.
_OF_SYSTEM = (
    *("wagtail", "auth.", "admin.", "sessions.", "sites.", "contenttypes.", "taggit.", "easy_"),
    *("django_", "account.", "socialaccount.", "authtoken.", "flatblocks.", "reversion."),
)
_PAGE, _LOCALE = "wagtailcore.page", "wagtailcore.locale"


def is_dump(value: Any) -> bool:
    """Return whether a value is a list of objects, each with a table, a key and fields."""
    return isinstance(value, list) and bool(value) and all(map(_is_object, value[:LOOKED_AT]))


def read_dump(file: SourceFile, value: Any, settings: Settings) -> Iterator[Found]:
    """Yield the articles of a dump, and a notice of each row of a table without texts.

    If several tables hold texts, an id is made of the table's name and the key.
    """
    rows = _rows(value)
    models = {row["model"] for row in rows if has_text(flat(row, settings), settings)}
    reader = RowReader(file.name, settings, file.unnamed)
    for number, row in enumerate(rows, 1):
        place, model = f"{file.name}:{number}", row["model"]
        if models and model not in models:
            yield Notice(place, NoticeKind.UNPUBLISHED, model)
            continue
        if len(models) > 1 and row.get("pk") is not None:
            row = {**row, "pk": f"{model}.{row['pk']}"}
        yield from reader.read(flat(row, settings), place)
    yield from reader.finish()


def _is_object(row: Any) -> bool:
    return (
        isinstance(row, dict)
        and isinstance(row.get("fields"), dict)
        and isinstance(row.get("model"), str)
        and "." in row["model"]
    )


def _rows(value: Sequence[Any]) -> list[Row]:
    """Return the rows of a site's own tables. Each page of Wagtail is one row."""
    rows = [row for row in value if _is_object(row)]
    languages = {
        row.get("pk"): row["fields"].get("language_code") for row in rows if row["model"] == _LOCALE
    }
    pages = {row.get("pk"): row["fields"] for row in rows if row["model"] == _PAGE}
    return [
        {**row, "fields": _fields(row, pages, languages)}
        for row in rows
        if not row["model"].startswith(_OF_SYSTEM)
    ]


def _fields(row: Row, pages: Mapping[Any, Row], languages: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the fields of a row, with those of the same page in the table of all pages."""
    page = pages.get(row.get("pk"), {})
    fields = {**(page if _is_its(page, row["model"].lower()) else {}), **row["fields"]}
    if isinstance(fields.get("locale"), int):
        fields["locale"] = languages.get(fields["locale"])
    return fields


def _is_its(page: Row, model: str) -> bool:
    """Return whether `model` is the table of a page's type; if types are numbers, by its name."""
    kind = page.get("content_type")
    return ".".join(map(str, kind)) == model if isinstance(kind, list) else model.endswith("page")
