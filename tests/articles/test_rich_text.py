"""No text of an editor's document is lost: what stands beside the nodes of a text is read too."""

from __future__ import annotations

import json
from typing import Any

import pytest
from articles.conftest import Read

from recommender.articles.rich_text import document_blocks
from recommender.types import Article, Refusal

WORDS = ("alpha", "bravo", "charlie", "delta")


def said(word: str) -> str:
    return f"The boats of {word} left the harbour at dawn."


A, B, C, D = map(said, WORDS)


def node(kind: str, *inside: Any, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "content": list(inside), **fields}


def text(words: str) -> dict[str, Any]:
    return {"type": "text", "text": words}


def below(kind: str, *inside: Any, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "children": list(inside), **fields}


def notion(words: str) -> list[dict[str, Any]]:
    return [{"type": "text", "plain_text": words}]


DOCUMENTS: dict[str, Any] = {
    "columns and galleries of Editor.js": {
        "blocks": [
            {"type": "columns", "data": {"cols": [{"blocks": [{"data": {"text": A}}]}]}},
            {"type": "gallery", "data": {"items": [{"url": "u", "caption": B}]}},
            {"type": "faq", "data": {"items": [{"question": C, "answer": D}]}},
        ]
    },
    "cards of Editor.js": {
        "blocks": [
            {"type": "factbox", "data": {"title": "Facts", "body": A}},
            {"type": "interview", "data": {"turns": [{"speaker": "Ada", "answer": B}]}},
            {"type": "linkTool", "data": {"link": "x", "meta": {"description": C}}},
            {"type": "list", "data": {"items": [{"content": "x", "items": [{"content": D}]}]}},
        ]
    },
    "atomic blocks of Draft.js": {
        "blocks": [
            {"text": A, "type": "unstyled"},
            {"text": " ", "type": "atomic", "entityRanges": [{"key": 0}]},
            {"text": " ", "type": "atomic", "entityRanges": [{"key": 1}]},
        ],
        "entityMap": {
            "0": {"type": "IMAGE", "data": {"src": "x", "caption": f"{B} {C}"}},
            "1": {"type": "EMBED", "data": {"html": f"<p>{D}</p>"}},
        },
    },
    "attributes of ProseMirror": node(
        "doc",
        node("paragraph", text(A), {"type": "mention", "attrs": {"id": "1", "label": "Ada Pike"}}),
        {"type": "image", "attrs": {"src": "x", "alt": "a boat", "caption": B}},
        {"type": "embed", "attrs": {"html": f"<blockquote>{C}</blockquote>"}},
        node("expand", node("paragraph", text("More.")), attrs={"title": D}),
    ),
    "blocks within Lexical": {
        "root": below(
            "root",
            below("paragraph", text(A)),
            {"type": "image", "caption": {"editorState": {"root": below("root", text(B))}}},
            {"type": "block", "fields": {"blockType": "quote", "quote": C}},
            {"type": "tweet", "html": f"<blockquote>{D}</blockquote>"},
        )
    },
    "embeds of Quill": {
        "ops": [
            {"insert": f"{A}\n"},
            {"insert": {"image": {"src": "x", "caption": B}}},
            {"insert": "\n"},
            {"insert": {"mention": {"value": "Pike", "text": C}}},
            {"insert": f"\n{D}"},
        ]
    },
    "entries within Contentful": {
        "nodeType": "document",
        "content": [
            {"nodeType": "paragraph", "content": [{"nodeType": "text", "value": A}]},
            {
                "nodeType": "embedded-entry-block",
                "data": {"target": {"sys": {"id": "x"}, "fields": {"body": B, "caption": C}}},
                "content": [],
            },
            {
                "nodeType": "embedded-asset-block",
                "data": {
                    "target": {"fields": {"description": D, "file": {"fileName": "my a.jpg"}}}
                },
                "content": [],
            },
        ],
    },
    "tables": [
        {"_type": "table", "rows": [{"_type": "row", "cells": ["alpha", B]}]},
        {"type": "table_row", "table_row": {"cells": [notion(C)]}},
        {"type": "table", "value": {"data": [["x", None], [D, ""]]}},
    ],
    "BlockNote": [
        {"type": "paragraph", "content": [text(A)], "children": [node("paragraph", text(B))]},
        {"type": "image", "props": {"url": "x", "caption": C}, "content": None, "children": []},
        {
            "type": "table",
            "content": {"type": "tableContent", "rows": [{"cells": [[text(D)]]}]},
            "children": [],
        },
    ],
    "blocks beside the text of DatoCMS": {
        "value": {
            "schema": "dast",
            "document": below(
                "root", below("paragraph", {"type": "span", "value": f"{A} {B} {C}"})
            ),
        },
        "blocks": [{"id": "77", "__typename": "QuoteRecord", "text": D}],
    },
    "blocks of WordPress": [
        {
            "blockName": "core/paragraph",
            "innerHTML": f"<p>{A}</p>",
            "innerContent": [f"<p>{A}</p>"],
        },
        {
            "blockName": "core/group",
            "innerHTML": "<div></div>",
            "innerBlocks": [
                {"blockName": "core/quote", "innerHTML": f"<blockquote>{B}</blockquote>"},
                {"blockName": "core/list", "innerHTML": f"<ul><li>{C}</li><li>{D}</li></ul>"},
            ],
        },
    ],
    "sections": [{"heading": "Alpha", "text": f"{A} {B}"}, {"heading": C, "text": D}],
    "sections in an object": {"sections": [{"title": A, "paragraphs": [B, C]}, {"title": D}]},
    "an intro and a body": {"intro": A, "body": f"{B} {C}", "outro": D},
    "elements of Google Docs": {
        "content": [
            {"paragraph": {"elements": [{"textRun": {"content": one}}]}} for one in (A, B, C, D)
        ]
    },
}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_no_text_of_a_document_is_lost(read: Read, name: str) -> None:
    row = {"id": "1", "title": "Boats", "text": DOCUMENTS[name]}
    [article] = read("a.jsonl", json.dumps(row))
    assert isinstance(article, Article)
    assert [article.text.count(word) for word in WORDS] == [1, 1, 1, 1]
    assert not any(sign in article.text for sign in ("{", "_type", "my a.jpg", "a boat"))


def test_what_a_document_says_within_a_line_stays_in_it() -> None:
    [block] = document_blocks(
        node("doc", node("paragraph", text("By "), {"type": "mention", "attrs": {"label": "Ada"}}))
    )
    assert "By Ada" in block


@pytest.mark.parametrize(
    "value",
    [
        {"html": f"<p>{A}</p>", "text": A},
        {"raw": A, "rendered": f"<p>{A}</p>"},
        {"value": A, "processed": f"<p>{A}</p>", "format": "full_html"},
        {"md": A, "src": f"<p>{A}</p>"},
        {"en": A},
    ],
)
def test_forms_of_one_text_are_one_text(read: Read, value: dict[str, str]) -> None:
    [article] = read("a.jsonl", json.dumps({"id": "1", "title": "Boats", "text": value}))
    assert isinstance(article, Article)
    assert article.text == A


@pytest.mark.parametrize("name", ["children", "blocks", "content", "rows", "attrs", "x"])
def test_nodes_within_nodes_are_gone_through_once(name: str) -> None:
    nested: Any = {"type": "image", "children": []}
    for _ in range(60):
        inner = {"body": [nested]} if name == "attrs" else [nested]
        nested = {"type": "a", "children": [], name: inner}
    for document in ([nested], node("doc", nested), {"blocks": [nested]}):
        assert document_blocks(document) == []


def test_a_picture_that_is_named_many_times_is_shown_once() -> None:
    ranges = [{"key": 0, "offset": 0, "length": 1}] * 1_000
    atomic = {"type": "atomic", "text": " ", "entityRanges": ranges}
    picture = {"type": "IMAGE", "data": {"caption": A}}
    blocks = document_blocks({"blocks": [atomic, atomic], "entityMap": {"0": picture}})
    assert "".join(map(str, blocks)).count(A) == 1


@pytest.mark.parametrize(
    "document",
    [
        {"blocks": [{"type": "list", "data": {"items": [{"content": A, "items": 3}]}}]},
        {"blocks": [{"type": "unstyled", "text": A}, {"type": "atomic", "entityRanges": 5}]},
        {"ops": [{"insert": f"{A}\n", "attributes": "bold"}]},
    ],
    ids=str,
)
def test_what_is_of_a_wrong_kind_loses_no_text(document: dict[str, Any]) -> None:
    [block] = document_blocks(document)
    assert A in block[0]


@pytest.mark.parametrize(
    "written",
    [
        "[]",
        " {} ",
        '{"time": 1, "blocks": [], "version": "2.2"}',
        '{"root": {"type": "root", "children": [{"type": "paragraph", "children": []}]}}',
        '[{"type": "image_block", "value": {"image": 42, "caption": ""}}]',
        '{"ops": [{"insert": "\\n"}]}',
    ],
)
def test_a_document_in_which_nothing_is_written_is_no_text(read: Read, written: str) -> None:
    [refusal] = read("a.jsonl", json.dumps({"id": "1", "title": "Boats", "text": written}))
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "has no text"


@pytest.mark.parametrize(
    ("intro", "expected"),
    [
        (A, [A]),
        (f"<p>{A}</p><p>{C}</p>", [A, C]),
        (f"{A}\n\n## Tide\n\n{C}", [A, "Tide", C]),
        ("", []),
        (None, []),
    ],
)
def test_a_document_may_stand_beside_a_column_of_another_kind(
    read: Read, intro: str | None, expected: list[str]
) -> None:
    body = json.dumps([{"type": "paragraph_block", "value": f"<p>{B}</p>"}])
    row = {"id": "1", "title": "Boats", "intro": intro, "body": body, "extra": "[]"}
    [article] = read("a.jsonl", json.dumps(row), fields={"text": "intro+body+extra"})
    assert isinstance(article, Article)
    assert article.text.split("\n\n") == [*expected, B]
