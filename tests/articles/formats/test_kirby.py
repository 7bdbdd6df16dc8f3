"""Text files of Kirby are pages of fields; what is kept of a picture is not an article."""

from __future__ import annotations

import json

import pytest
from articles.conftest import Read

from recommender.passages.paragraphs import cut
from recommender.types import Article, Notice, Refusal

SNOW = "Snow closed the mountain road on Sunday, and forty drivers slept in a school hall."
PLOUGH = "The plough that was to clear it had been sold in the autumn, said the road office."


def page(text: str, more: str = "") -> str:
    fields = ["Title: Snow on the road", f"Text: {text}", "Date: 2022-01-09 08:00:00"]
    return "\n\n----\n\n".join([*fields, "Author: []", "Cover: - file://a1", *more.split("|")])


def only(found: list[Article | Refusal | Notice]) -> Article:
    [article] = found
    assert isinstance(article, Article), article
    return article


def roles(article: Article) -> list[tuple[str, str]]:
    return [(str(one.role), one.text) for one in cut(article)][1:]


def test_the_fields_of_a_page_are_those_of_its_article(read: Read) -> None:
    article = only(read("1_news/20220109_snow/article.txt", page(SNOW)))
    assert (article.id, article.title) == ("1_news/20220109_snow/article", "Snow on the road")
    assert (article.date, article.author) == ("2022-01-09", "")
    assert article.text == SNOW


@pytest.mark.parametrize(
    "written",
    [
        f"{SNOW}\n\n(image: road.jpg caption: The road (in May) class: wide)\n\n*{PLOUGH}*",
        "\n" + SNOW + "\n\n![The road (in May)](road.jpg)\n\n"
        f"{PLOUGH.replace('plough', '(link: https://a.example text: plough)')}",
        json.dumps(
            [
                {"type": "text", "isHidden": False, "content": {"text": f"<p>{SNOW}</p>"}},
                {"type": "image", "isHidden": False, "content": {"caption": "The road (in May)"}},
                {"type": "text", "isHidden": True, "content": {"text": "<p>Not for print.</p>"}},
                {"type": "text", "isHidden": False, "content": {"text": f"<p>{PLOUGH}</p>"}},
            ]
        ),
    ],
)
def test_a_text_may_hold_tags_or_be_blocks(read: Read, written: str) -> None:
    assert roles(only(read("article.en.txt", page(written)))) == [
        ("body", SNOW),
        ("caption", "The road (in May)"),
        ("body", PLOUGH),
    ]


def test_another_field_may_be_the_text(read: Read) -> None:
    article = only(read("a.txt", page("", f"Intro: {SNOW}"), fields={"text": "intro+text"}))
    assert article.text == SNOW


def test_a_page_without_a_text_is_named_with_its_fields(read: Read) -> None:
    [refusal] = read("home.txt", page(SNOW).replace("Text:", "Story:"))
    assert isinstance(refusal, Refusal)
    assert "--field text=story" in refusal.reason


def test_what_is_kept_of_a_picture_is_no_article(read: Read) -> None:
    [notice] = read("snow/road.jpg.txt", "Caption: The road\n\n----\n\nTemplate: image")
    assert isinstance(notice, Notice)
    assert notice.reason == "attachment"


@pytest.mark.parametrize(
    "text",
    [
        f"Title: {SNOW}\n\n----\n\n{PLOUGH}",
        f"{SNOW}\n\n----\n\nTitle: {PLOUGH}",
        f"Ann: {SNOW}\n\n----\n\nBob: {PLOUGH}",
    ],
)
def test_a_text_with_such_a_line_stays_a_text(read: Read, text: str) -> None:
    assert "----" in only(read("a.txt", text)).text
