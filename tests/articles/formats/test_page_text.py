"""A page that shows text is never refused, whatever holds the text and however it is broken."""

from __future__ import annotations

from pathlib import Path

import pytest
from articles.conftest import Read
from articles.test_read import only
from support.formats import examples
from support.kept_words import lost_words

from recommender.articles.formats.page_text import shown_blocks
from recommender.types import Refusal

SAID = "The council decided on Tuesday to close the lock for two years after a collision."
LONG = " ".join([SAID] * 6)

PAGES = {
    "text alone": SAID,
    "a piece of a page": f"<p>{SAID}</p>",
    "a piece with a comment before": f"<!-- x --><p>{SAID}</p>",
    "a menu alone": f"<html><body><nav><a href='/'>{SAID}</a></nav></body></html>",
    "links alone": f"<html><body><ul><li><a href='/1'>{SAID}</a></li></ul></body></html>",
    "a form": f"<html><body><form><p>{SAID}</p></form></body></html>",
    "a page that is one form": f"<html><body><form><div><p>{LONG}</p></div></form></body></html>",
    "a button": f"<html><body><button>{SAID}</button></body></html>",
    "a footer": f"<html><body><footer>{SAID}</footer></body></html>",
    "a drawing": f"<html><body><svg><text>{SAID}</text></svg></body></html>",
    "elements of one's own": f"<html><body><my-a><my-b>{SAID}</my-b></my-a></body></html>",
    "a noscript": f"<html><body><noscript><p>{SAID}</p></noscript></body></html>",
    "comments of readers": f"<html><body><div id='comments'><p>{LONG}</p></div></body></html>",
    "two pages in one": f"<html><body></body></html><html><body><p>{SAID}</p></body></html>",
    "text in the head": f"<html><head><p>{SAID}</p></head></html>",
    "a script that does not end": f"<html><body><p>{SAID}</p><script>var a = '",
    "a comment that does not end": f"<html><body><p>{SAID}</p><!-- and so on",
    "tags that are not closed": f"<html><body>{'<b>' * 6_000}{SAID}",
    "deep nesting": f"<html><body>{'<div>' * 3_000}<p>{SAID}</p>{'</div>' * 3_000}</body></html>",
    "very deep nesting": "<div>" * 200_000 + SAID,
    "control characters": f"<html><body><p>\0\x01{SAID}\x0b</p></body></html>",
    "XHTML": "<?xml version='1.0' encoding='utf-8'?><html xmlns='http://www.w3.org/1999/xhtml'>"
    f"<body><p>{SAID}</p></body></html>",
    "capitals": f"<HTML><BODY><P>{SAID}<P>{SAID}</BODY></HTML>",
}


@pytest.mark.parametrize("case", PAGES)
def test_a_page_that_shows_text_is_read(read: Read, case: str) -> None:
    assert SAID in only(read("a.html", PAGES[case])).text


@pytest.mark.parametrize(
    "page", ["", "<html><head><title>A title</title></head></html>", "<script>x()</script>"]
)
def test_a_page_that_shows_nothing_is_refused_by_name(read: Read, page: str) -> None:
    [refusal] = read("a.html", page)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "has no article: the page shows no text"


def test_the_blocks_that_are_shown_have_the_roles_of_their_tags() -> None:
    page = (
        "<title>No</title><style>p {}</style><h2>Locks &amp; weirs</h2><!-- <p>no</p> -->"
        "<p>One<br>two</p><ul><li>item</li></ul><blockquote><p>said</p></blockquote>rest"
    )
    assert [(text, str(role)) for text, role, _ in shown_blocks(page)] == [
        ("Locks & weirs", "subhead"),
        ("One\ntwo", ""),
        ("item", "list"),
        ("said", "quote"),
        ("rest", ""),
    ]


@pytest.mark.parametrize("piece", ["<", "<!--", "<p", "<script>", "&#", "</", "<!", "<a b='"])
def test_broken_tags_cost_no_more_than_time_in_line_with_the_page(piece: str) -> None:
    assert isinstance(shown_blocks(piece * 50_000 + SAID), list)


@pytest.mark.parametrize("name", [one.name for one in examples() if one.name.endswith(".html")])
def test_the_words_of_a_whole_page_are_in_its_article(read: Read, name: str) -> None:
    """All but what a reader may leave out for its role, as `test_formats_roles` says."""
    [example] = [one for one in examples() if one.name == name]
    article = only(read(Path(name).name, example.content()))
    kept = [one.text for one in example.paragraphs[1:] if one.role not in ("boilerplate", "credit")]
    assert lost_words("\n".join(kept), [article]) == []


@pytest.mark.parametrize("name", [one.name for one in examples() if one.name.endswith(".txt")])
def test_the_words_of_a_plain_text_are_in_its_article(read: Read, name: str) -> None:
    [example] = [one for one in examples() if one.name == name]
    content = example.content()
    assert lost_words(content.decode(), [only(read(name, content))]) == []
