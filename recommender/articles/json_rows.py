"""Find the rows in a JSON value: a list of them, wherever it stands, or objects by their ids."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recommender.articles.columns import columns_of, text_columns
from recommender.settings import Settings

# Interfaces wrap their rows in an object or two.
MAX_DEPTH = 4
# So many rows of a list tell what it holds.
LOOKED_AT = 5
# Objects in which interfaces keep the fields of a row: JSON:API, Strapi; Contentful, the Guardian;
# Prismic.
WRAPPED = frozenset(("attributes", "fields", "data"))
_SYSTEM = "sys"
# In which Wagtail keeps what it knows of a page beside the fields of that, and what tells so.
_ABOUT, _OF_WAGTAIL = "meta", frozenset(("first_published_at", "detail_url"))
_TIMES = ("createdAt", "updatedAt", "publishedAt")
# What only the interface for editors gives, which gives drafts as well.
_EDITED = "version"

# A row with one of these is not flat.
FLATTENED = WRAPPED | {_ABOUT}


def rows_in(value: Any, settings: Settings) -> list[Any]:
    """Return the rows of a value, the value itself if nothing in it looks like rows.

    Of several lists the one counts whose objects have a text; of those the longest.
    """
    if isinstance(value, list):
        return [flat(one, settings) for one in value]
    if not isinstance(value, dict) or _rank(value, settings):
        return [flat(value, settings)]
    found = max(
        _lists(value, 0), key=lambda rows: (_rank_of(rows, settings), len(rows)), default=[]
    )
    if found and (_rank_of(found, settings) or not _is_plain(value)):
        return [flat(one, settings) for one in found]
    return [flat(value, settings)]


def flat(row: Any, settings: Settings) -> Any:
    """Return a row with the fields of the object in which an interface keeps them."""
    if not isinstance(row, dict):
        return row
    if _is_of_drupal(row):
        row = {name: _first_value(value) for name, value in row.items()}
    if isinstance(about := row.get(_ABOUT), dict) and not _OF_WAGTAIL.isdisjoint(about):
        address = {"url": about["html_url"]} if "html_url" in about else {}
        row = {**about, **address, **{key: one for key, one in row.items() if key != _ABOUT}}
    if _rank(row, settings) > 1:
        return row
    for name in sorted(WRAPPED & row.keys()):
        if isinstance(inner := row.get(name), dict):
            others = {key: one for key, one in row.items() if key not in (name, _SYSTEM)}
            return {**inner, **others, **_system_fields(row.get(_SYSTEM))}
    return row


def has_text(row: Any, settings: Settings) -> bool:
    """Tell whether an object has a column that holds a text, by the settings or its name."""
    return isinstance(row, dict) and _rank(row, settings) > 1


def _is_of_drupal(row: Mapping[str, Any]) -> bool:
    """Tell whether each field is a list of objects with a value, as Drupal writes them itself."""
    lists = [one for one in row.values() if isinstance(one, list)]
    return len(lists) == len(row) and any(
        isinstance(one, dict) and "value" in one for values in lists for one in values[:1]
    )


def _first_value(values: list[Any]) -> Any:
    """Return the value of a field; of several, and of what it refers to, a list."""
    found = [
        one.get("value", one.get("target_id")) if isinstance(one, dict) else one for one in values
    ]
    return found[0] if len(found) == 1 else found or None


def _system_fields(value: Any) -> Mapping[str, Any]:
    """Return the fields that Contentful keeps apart from those of an author."""
    if not isinstance(value, dict):
        return {}
    found = {name: value[name] for name in ("id", *_TIMES) if name in value}
    if _EDITED in value and not value.get("publishedAt"):
        found["draft"] = True
    return {**found, "language": value["locale"]} if "locale" in value else found


def _lists(value: Mapping[str, Any], depth: int) -> Iterator[list[Any]]:
    """Yield the lists of objects in an object; its own objects too, their names are ids."""
    objects = [one for one in value.values() if isinstance(one, dict)]
    if len(objects) == len(value) and objects:
        yield [{"id": name, **one} for name, one in value.items()]
    for one in value.values():
        if isinstance(one, list) and one and all(isinstance(row, dict) for row in one[:LOOKED_AT]):
            yield one
        elif isinstance(one, dict) and depth < MAX_DEPTH:
            yield from _lists(one, depth + 1)


def _rank_of(rows: Sequence[Any], settings: Settings) -> int:
    some = [flat(one, settings) for one in rows[:LOOKED_AT]]
    return max((_rank(one, settings) for one in some if isinstance(one, dict)), default=0)


def _rank(row: Mapping[str, Any], settings: Settings) -> int:
    """Return 2 for an object with a text, 1 for one with a column that may be a text, else 0."""
    names = tuple(map(str, row))
    name = columns_of(names, settings.fields).of_field.get("text")
    if name is not None:
        return 2
    return int(any(row.get(one) for one in text_columns(names)))


def _is_plain(value: Mapping[str, Any]) -> bool:
    """Return whether most fields of an object are values, as those of a row are."""
    return 2 * sum(not isinstance(one, list | dict) for one in value.values()) > len(value)
