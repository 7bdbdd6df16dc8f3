"""An export with values of wrong types is read as far as it goes, and ends no reader."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from recommender.articles.files import SourceFile
from recommender.articles.formats import activitypub, ans, contentful, ghost, json_feed, ninjs
from recommender.articles.json_rows import rows_in
from recommender.articles.rich_text import document_blocks
from recommender.articles.rows import RowReader
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Found

SETTINGS = Settings()
WRONG: tuple[Any, ...] = (
    *(None, True, 7, -1.5, "one", "", [], {}, ["one"], [None], [["one"]], [{}], {"one": 1}),
    *({"one": None}, {"$oid": 7}, [{"type": "list", "items": ["one"]}], {"type": ["one"]}),
)
TEXT = "The bridge at Tiel closes on Monday."
DOCUMENT = {
    "nodeType": "document",
    "content": [{"nodeType": "paragraph", "content": [{"nodeType": "text", "value": TEXT}]}],
}
STORY = {
    "type": "story",
    "_id": "S1",
    "headlines": {"basic": "Bridge closed"},
    "description": {"basic": "A detour"},
    "credits": {"by": [{"name": "Ann Roe"}]},
    "distributor": {"name": "ANP"},
    "language": "en",
    "display_date": "2022-12-28T09:00:00Z",
    "taxonomy": {"primary_section": {"name": "Traffic"}, "tags": [{"text": "bridges"}]},
    "promo_items": {"basic": {"type": "image", "caption": "The bridge"}},
    "content_elements": [
        {"type": "text", "content": TEXT},
        {"type": "list", "items": [{"type": "text", "content": "on foot"}]},
        {"type": "quote", "content_elements": [{"type": "text"}], "citation": {"content": "He"}},
        {"type": "table", "header": [{"content": "a"}], "rows": [[{"content": "b"}, "c"]]},
    ],
    "revision": {"published": True},
    "additional_properties": {"is_published": True},
}
ENTRIES = {
    "contentTypes": [],
    "entries": [
        {
            "sys": {
                "id": "e1",
                "publishedAt": "2022-12-28T09:00:00Z",
                "contentType": {"sys": {"id": "article"}},
            },
            "fields": {"title": {"en": "Bridge"}, "text": {"en": DOCUMENT}},
        }
    ],
}
LEXICAL = {"root": {"children": [{"type": "paragraph", "children": [{"text": TEXT}]}]}}
MOBILEDOC = {
    "version": "0.3.1",
    "markups": [["a", ["href", "x"]]],
    "atoms": [["soft-return", "", {}]],
    "cards": [["image", {"caption": "The bridge"}]],
    "sections": [
        [1, "p", [[0, [0], 1, TEXT], [1, [], 0, 0]]],
        [10, 0],
        [3, "ul", [[[0, [], 0, "a"]]]],
    ],
}
POSTS = {
    "db": [
        {
            "data": {
                "posts": [{"id": "1", "title": "Bridge", "html": TEXT, "status": "published"}],
                "posts_authors": [{"post_id": "1", "author_id": "2", "sort_order": 0}],
                "users": [{"id": "2", "name": "Ann Roe"}],
                "tags": [{"id": "3", "name": "bridges"}],
                "posts_tags": [{"post_id": "1", "tag_id": "3"}],
            }
        }
    ]
}
ITEM = {
    "uri": "urn:1",
    "headlines": [{"value": "Bridge"}],
    "bodies": [{"value": TEXT, "contenttype": "text/plain"}],
    "descriptions": [{"value": "A detour", "contenttype": "text/plain"}],
    "subjects": [{"name": "Traffic"}],
    "associations": [{"type": "picture", "descriptions": [{"value": "The bridge"}]}],
    "embargoed": "2022-12-28T09:00:00Z",
    "pubstatus": "usable",
}
FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "authors": [{"name": "Ann Roe"}],
    "items": [{"id": "1", "title": "Bridge", "content_html": TEXT, "tags": ["bridges"]}],
}
NOTES = {
    "@context": "https://www.w3.org/ns/activitystreams",
    "type": "OrderedCollection",
    "orderedItems": [
        {
            "type": "Create",
            "to": ["https://www.w3.org/ns/activitystreams#Public"],
            "object": {"id": "x", "type": "Note", "content": TEXT, "contentMap": {"en": TEXT}},
        }
    ],
}
ROWS = {
    "data": [
        {
            "_id": {"$oid": "1"},
            "attributes": {"title": "Bridge", "text": DOCUMENT, "createdAt": "2022-12-28"},
            "meta": {"build": {"render": "never"}},
        }
    ]
}


def _rows(file: SourceFile, value: Any, settings: Settings) -> Iterator[Found]:
    reader = RowReader(file.name, settings, file.unnamed)
    for number, row in enumerate(rows_in(value, settings)):
        if isinstance(row, dict):
            yield from reader.read(row, f"{file.name}:{number}")
    yield from reader.finish()


def _post(form: str, written: Any) -> dict[str, Any]:
    return {"posts": [{"id": "1", "title": "Bridge", form: json.dumps(written)}]}


def _ghost(form: str) -> Callable[[SourceFile, Any, Settings], Iterator[Found]]:
    return lambda file, value, settings: ghost.read_value(file, _post(form, value), settings)


READERS: dict[str, tuple[Callable[[SourceFile, Any, Settings], Iterator[Found]], Any]] = {
    "ans": (ans.read_value, STORY),
    "contentful": (contentful.read_value, ENTRIES),
    "ghost": (ghost.read_value, POSTS),
    "lexical": (_ghost("lexical"), LEXICAL),
    "mobiledoc": (_ghost("mobiledoc"), MOBILEDOC),
    "ninjs": (ninjs.read_value, ITEM),
    "json_feed": (json_feed.read_value, FEED),
    "activitypub": (activitypub.read_value, NOTES),
    "rows": (_rows, ROWS),
}
KNOWN: dict[str, Callable[[Any], bool]] = {
    "ans": ans.is_stories,
    "contentful": contentful.is_export,
    "ghost": ghost.is_export,
    "ninjs": ninjs.is_items,
    "json_feed": json_feed.is_feed,
    "activitypub": activitypub.is_collection,
}


def changed(value: Any) -> Iterator[Any]:
    """Yield the value with each of its parts, one at a time, of another type."""

    def places(part: Any, at: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        pairs = part.items() if isinstance(part, dict) else enumerate(part)
        for key, inner in pairs:
            yield (*at, key)
            if isinstance(inner, dict | list):
                yield from places(inner, (*at, key))

    for *path, last in list(places(value, ())):
        for wrong in WRONG:
            made = copy.deepcopy(value)
            holder = made
            for key in path:
                holder = holder[key]
            holder[last] = wrong
            yield made


@pytest.mark.parametrize("name", READERS)
def test_a_value_of_a_wrong_type_ends_no_reader(name: str) -> None:
    read, whole = READERS[name]
    file = SourceFile(Path("a.json"), "a.json", unnamed="a")
    is_one = KNOWN.get(name, lambda value: True)
    assert any(found for found in read(file, whole, SETTINGS))
    for value in changed(whole):
        if is_one(value):
            with suppress(SourceError):
                list(read(file, value, SETTINGS))


def test_a_value_of_a_wrong_type_in_a_document_ends_nothing() -> None:
    for value in changed(DOCUMENT):
        document_blocks(value)
