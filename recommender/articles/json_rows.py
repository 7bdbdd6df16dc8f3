"""Find the rows in a JSON value: in lists at any depth, or in an object with ids as names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from recommender.articles.columns import columns_of, text_columns
from recommender.articles.publication import publication
from recommender.articles.rich_kinds import KIND_FIELDS
from recommender.articles.row_languages import rows_of_translations
from recommender.articles.status_fields import telling_fields, tells_status
from recommender.settings import Settings

# APIs wrap their rows in an object or two.
MAX_DEPTH = 4
# The first rows of a list, this many, show what it holds.
LOOKED_AT = 5
# APIs keep the fields of a row in objects of these names: JSON:API and Strapi; Contentful and the
# Guardian; Prismic; GraphQL; Elasticsearch.
WRAPPED = frozenset(("attributes", "fields", "data", "node", "_source"))
# Lists of these names hold comments, rows of other tables and the like, not articles.
_BESIDE = frozenset(
    (
        *("comments", "replies", "responses", "reviews", "reactions", "revisions", "versions"),
        *("included", "includes", "related", "linked", "assets", "media", "authors", "users"),
        *("translations", "localizations", "seo"),
    )
)
# Fields for the kind of a block, and fields that only rows have.
_KINDS = frozenset((*KIND_FIELDS, "_type", "__component", "block_type", "block_name"))
_OF_ROWS = frozenset(("title", "headline", "slug", "url", "published_at", *WRAPPED))
# Names of lists that hold the blocks of a text.
_OF_BLOCKS = frozenset(
    (
        *("blocks", "children", "body", "content", "contents", "components", "modules", "nodes"),
        *("paragraphs", "elements", "richtext", "text", "sections", "layout", "page_builder"),
    )
)
# The field that a row gets for what the object around it says about publication.
_AROUND = "publication"
_SYSTEM = "sys"
_HAS_TEXT = 2
# Wagtail keeps facts of a page in an object of this name, which has one of these keys.
_ABOUT, _OF_WAGTAIL = "meta", frozenset(("first_published_at", "detail_url"))
_TIMES = ("createdAt", "updatedAt", "publishedAt")
# Only Contentful's API for editors gives this field. It also gives drafts.
_EDITED = "version"

# A row with one of these is not flat.
FLATTENED = WRAPPED | {_ABOUT}


def rows_in(value: Any, settings: Settings) -> list[Any]:
    """Return the rows of a value, or the value itself if nothing in it looks like rows.

    Of several lists, those whose objects have a text are taken, except comments and the like. If no
    list has texts, the longest is taken.
    """
    if isinstance(value, list):
        lists = _lists_with_texts(value, settings) or [value]
    else:
        lists = _best_lists(value, settings) or [[value]]
    return [one for rows in lists for one in _flat_rows(rows, settings)]


def _lists_with_texts(rows: Sequence[Any], settings: Settings) -> list[list[Any]]:
    """Return the lists with texts in the objects of a list; none if these have texts themselves."""
    if _rank_of(rows, settings):
        return []
    within = _lists_within(rows, 1, settings)
    return [one for one in within if _rank_of(one, settings) == _HAS_TEXT]


def _best_lists(value: Any, settings: Settings) -> list[list[Any]]:
    """Return the lists of rows in an object; none if it is a row itself, or not an object."""
    if not isinstance(value, dict) or _rank(value, settings):
        return []
    lists = list(_lists(value, 0, settings))
    ranks = [_rank_of(rows, settings) for rows in lists]
    best = max(ranks, default=0)
    found = [rows for rows, rank in zip(lists, ranks, strict=True) if rank == best]
    if best < _HAS_TEXT:
        found = [max(found, key=len)] if found else []
    return found if best or not _is_plain(value) else []


def _flat_rows(rows: Sequence[Any], settings: Settings) -> Iterator[Any]:
    """Yield rows with their fields at the top; a row for each language of one in several."""
    for row in rows:
        plain = flat(row, settings)
        translated = [] if has_text(plain, settings) else list(rows_of_translations(plain))
        yield from translated if any(has_text(one, settings) for one in translated) else [plain]


def flat(row: Any, settings: Settings) -> Any:
    """Return a row with the fields that an API keeps in an object within it."""
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
    """Return whether an object has a column with a text, by the settings or by its name."""
    return isinstance(row, dict) and _rank(row, settings) == _HAS_TEXT


def _is_of_drupal(row: Mapping[str, Any]) -> bool:
    """Return whether each field is a list of objects with a value, as in Drupal."""
    lists = [one for one in row.values() if isinstance(one, list)]
    return len(lists) == len(row) and any(
        isinstance(one, dict) and "value" in one for values in lists for one in values[:1]
    )


def _first_value(values: list[Any]) -> Any:
    """Return the value of a field of Drupal; a list of its values if it has several."""
    found = [
        one.get("value", one.get("target_id")) if isinstance(one, dict) else one for one in values
    ]
    return found[0] if len(found) == 1 else found or None


def _system_fields(value: Any) -> Mapping[str, Any]:
    """Return Contentful's own fields of an entry, which it keeps apart from those of editors."""
    if not isinstance(value, dict):
        return {}
    found = {name: value[name] for name in ("id", *_TIMES) if name in value}
    if _EDITED in value and not value.get("publishedAt"):
        found["draft"] = True
    return {**found, "language": value["locale"]} if "locale" in value else found


def _lists(value: Mapping[str, Any], depth: int, settings: Settings) -> Iterator[list[Any]]:
    """Yield the lists of objects in an object, and its own values if these are all objects."""
    objects = [one for one in value.values() if isinstance(one, dict)]
    if len(objects) == len(value) and objects:
        yield [{"id": name, **one} for name, one in value.items()]
    for name, one in value.items():
        if name in _BESIDE and len(value) > 1:
            continue
        if isinstance(one, list) and one and all(isinstance(row, dict) for row in one[:LOOKED_AT]):
            if _are_blocks(name, one):
                continue
            yield [_within(row, value) for row in one]
            if depth < MAX_DEPTH and _rank_of(one, settings) < _HAS_TEXT:
                yield from _lists_within(one, depth + 1, settings)
        elif isinstance(one, dict) and depth < MAX_DEPTH:
            yield from _lists(one, depth + 1, settings)


def _lists_within(rows: Sequence[Any], depth: int, settings: Settings) -> Iterator[list[Any]]:
    """Yield the lists within the objects of a list, such as the articles of sections."""
    for row in rows:
        if isinstance(row, dict):
            inner = {key: one for key, one in row.items() if isinstance(one, list)}
            told = {key: one for key, one in row.items() if key not in inner}
            for found in _lists(inner, depth, settings):
                yield [_within(one, told) for one in found]


def _are_blocks(field: str, rows: Sequence[Any]) -> bool:
    """Return whether a list holds the blocks of a text: each states its kind, none has a title."""
    if field.lower() not in _OF_BLOCKS:
        return False
    some = [{str(name).lower() for name in row} for row in rows[:LOOKED_AT]]
    return all(names & _KINDS and not names & _OF_ROWS for names in some)


def _within(row: Any, around: Mapping[str, Any]) -> Any:
    """Return a row with what the object around it says about publication, unless it says so itself.

    Thus the articles of an issue that is a draft are drafts.
    """
    if not isinstance(row, dict) or _AROUND in row or tells_status(tuple(map(str, row))):
        return row
    told = {
        name: around[name] for name, _ in telling_fields(tuple(map(str, around))) if name in around
    }
    plain = {name: one for name, one in told.items() if not isinstance(one, list | dict)}
    return {**row, _AROUND: plain} if plain and publication(plain).status else row


def _rank_of(rows: Sequence[Any], settings: Settings) -> int:
    some = list(_flat_rows(rows[:LOOKED_AT], settings))
    return max((_rank(one, settings) for one in some if isinstance(one, dict)), default=0)


def _rank(row: Mapping[str, Any], settings: Settings) -> int:
    """Return 2 for an object with a text, 1 for one with a column that may be a text, else 0."""
    names = tuple(map(str, row))
    name = columns_of(names, settings.fields).of_field.get("text")
    if name is not None:
        return _HAS_TEXT
    return int(any(row.get(one) for one in text_columns(names)))


def _is_plain(value: Mapping[str, Any]) -> bool:
    """Return whether most fields of an object are plain values, like those of a row."""
    return 2 * sum(not isinstance(one, list | dict) for one in value.values()) > len(value)
