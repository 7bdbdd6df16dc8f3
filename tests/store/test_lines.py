"""An article's line gives back the article, and no other line gives one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from recommender.store.lines import line_of, read_article, read_id, read_stored
from recommender.types import Article, CutArticle, Paragraph, Role

TEXT = 'Het water stijgt.\n\n"Veel", zegt "paragraphs":[] een dijkwacht.'
ARTICLE = Article(
    id="a\u2028b",
    title="De 😀 dijk",
    text=TEXT,
    language="nl",
    date="2024-02-29",
    metadata={"paragraphs": [1], "tags": ["x"]},
    marks=[(0, 17, "caption", "markup")],
    status="draft",
    embargo="2030-01-01",
)
PARAGRAPHS = (
    Paragraph(0, Role.TITLE, "De 😀 dijk", 0, 0, "title field"),
    Paragraph(1, Role.CAPTION, TEXT[:17], 0, 17, "markup"),
    Paragraph(2, Role.QUOTE, TEXT[19:], 19, len(TEXT), "quotes", "en"),
)
LINE = line_of(CutArticle(ARTICLE, PARAGRAPHS, ()))


def test_a_line_gives_back_the_article_with_its_paragraphs() -> None:
    stored = read_stored(LINE)
    assert stored.paragraphs == PARAGRAPHS
    assert stored.article.record() == ARTICLE.record()
    assert read_article(LINE) == stored.article
    assert read_id(LINE) == ARTICLE.id
    assert LINE.endswith(b"\n")
    assert LINE.count(b"\n") == 1


def changed(**fields: Any) -> bytes:
    return json.dumps({**json.loads(LINE), **fields}, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        (b"", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 100_000, "is not JSON"),
        (b'{"id":"a"}{"id":"b"}', "is not JSON"),
        (b"[1]", "is not an object"),
        (b'{"id":"a"}', "lacks a field"),
        (changed(id=1), "has a field"),
        (changed(text=None), "has a field"),
        (changed(metadata=[]), "has a field"),
        (LINE.replace(b'{"id"', b'{"later":1,"id"'), "has a field"),
        (changed(marks=[[0, 1, "caption"]]), "has marks"),
        (changed(marks=["caption"]), "has marks"),
        (changed(date="2023-02-29"), "has a date"),
        (changed(status="drafd"), "has an unknown status"),
    ],
)
@pytest.mark.parametrize("read", [read_article, read_stored])
def test_a_line_that_is_no_article_is_refused(
    line: bytes, wrong: str, read: Callable[[bytes], object]
) -> None:
    with pytest.raises(ValueError, match=f"^{wrong}"):
        read(line)


@pytest.mark.parametrize(
    "paragraphs",
    [
        None,
        [1],
        [[1, "body", 0]],
        [[1, "body", 0, "9", "reason"]],
        [[1, "bodi", 0, 9, "reason"]],
        [[1, "body", 9, 0, "reason"]],
        [[1, "body", 0, 9_999, "reason"]],
        [[1, "body", -1, 9, "reason"]],
        [[1, "body", 0, 9, "reason", 3]],
        [[1, "body", 0, 9, "reason", "en", "nl"]],
    ],
)
def test_a_paragraph_that_cannot_be_is_refused(paragraphs: Any) -> None:
    with pytest.raises(ValueError, match="paragraph"):
        read_stored(changed(paragraphs=paragraphs))


def test_half_a_letter_is_not_written_as_something_else() -> None:
    """Hashes are taken of the text as it is given."""
    with pytest.raises(ValueError, match="surrogates"):
        line_of(CutArticle(replace(ARTICLE, id="a\ud800"), PARAGRAPHS, ()))
