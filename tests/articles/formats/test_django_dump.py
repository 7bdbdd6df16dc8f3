"""A dump of Django gives its rows of texts, and of pages what Wagtail keeps of them."""

from __future__ import annotations

import json
from typing import Any

from articles.conftest import Read

from recommender.types import Article, Notice, Refusal

SNOW = "Snow closed the mountain road on Sunday, and forty drivers slept in a school hall."
PLOUGH = "The plough that was to clear it had been sold in the autumn, said the road office."


def row(model: str, pk: int, **fields: Any) -> dict[str, Any]:
    return {"model": model, "pk": pk, "fields": fields}


def page(pk: int, title: str, **more: Any) -> dict[str, Any]:
    fields = {"live": True, "first_published_at": "2022-01-09T10:00:00Z", "locale": 2}
    fields |= {"content_type": ["blog", "blogpage"], "title": title, **more}
    return row("wagtailcore.page", pk, **fields)


def body(text: str) -> str:
    return json.dumps([{"type": "paragraph_block", "value": f"<p>{text}</p>"}])


WAGTAIL = [
    row("wagtailcore.locale", 2, language_code="en"),
    page(7, "Snow on the road"),
    page(8, "Not yet", live=False),
    row("blog.blogpage", 7, introduction=SNOW, body=body(PLOUGH)),
    row("blog.blogpage", 8, introduction=PLOUGH, body="[]"),
    row("wagtailcore.comment", 1, text="Shorten this, please.", page=7),
    row("wagtailcore.taskstate", 7, status="in_progress"),
    row("people.person", 7, name="Ann Roe", is_active=False),
]


def kinds(found: list[Article | Refusal | Notice]) -> list[str]:
    return sorted(one.reason for one in found if isinstance(one, Notice | Refusal))


def test_a_page_of_wagtail_has_its_title_date_and_language(read: Read) -> None:
    found = read("a.json", json.dumps(WAGTAIL), fields={"text": "introduction+body"})
    [article] = [one for one in found if isinstance(one, Article)]
    assert (article.id, article.title) == ("7", "Snow on the road")
    assert (article.date, article.language) == ("2022-01-09", "en")
    assert article.text == f"{SNOW}\n\n{PLOUGH}"
    assert kinds(found) == ["draft", "people.person"]


def test_types_of_pages_may_be_numbers(read: Read) -> None:
    rows = [page(7, "Snow on the road", content_type=31), WAGTAIL[3], row("blog.tag", 7, text="")]
    found = read("a.json", json.dumps(rows), fields={"text": "introduction+body"})
    assert [one.title for one in found if isinstance(one, Article)] == ["Snow on the road"]


def test_what_editors_say_to_each_other_is_no_article(read: Read) -> None:
    found = read("a.json", json.dumps(WAGTAIL))
    assert not [one for one in found if isinstance(one, Article)]
    assert any("--field text=body" in reason for reason in kinds(found))


def test_tables_of_texts_do_not_share_ids(read: Read) -> None:
    rows = [row("news.item", 1, title="Snow", text=SNOW), row("news.note", 1, text=PLOUGH)]
    found = read("a.json", json.dumps(rows))
    assert [one.id for one in found if isinstance(one, Article)] == ["news.item.1", "news.note.1"]
    alone = read("b.json", json.dumps(rows[:1]))
    assert "1" in [one.id for one in alone if isinstance(one, Article)]
