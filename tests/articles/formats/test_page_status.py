"""A web page says by its head and its classes whether the public may see it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from articles.conftest import Read
from support.clock import set_clock

from recommender.types import Article

TEXT = "The ferry to the island was taken out of service on Monday for a check of its engines. "


@pytest.fixture(autouse=True)
def _today(monkeypatch: pytest.MonkeyPatch) -> None:
    set_clock(monkeypatch, "2023-05-10T12:00:00+00:00")


def page(head: str = "", classes: str = "story", more: str = "") -> str:
    article = (
        f'<article class="{classes}"><h1>Ferry</h1><p>{TEXT * 3}</p><p>{TEXT * 2}</p></article>'
    )
    return (
        f"<!doctype html><html lang=en><head><title>Ferry</title>{head}</head>"
        f"<body><main>{article}</main>{more}</body></html>"
    )


def meta(name: str, content: str) -> str:
    return f'<meta name="{name}" content="{content}">'


def linked(*articles: dict[str, Any], in_list: bool = False) -> str:
    graph = {"@graph": [{"@type": "NewsArticle", **one} for one in articles]}
    written = json.dumps([graph] if in_list else graph)
    return f'<script type="application/ld+json">{written}</script>'


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        (page('<meta property="article:published_time" content="2023-06-01T06:00Z">'), "scheduled"),
        (page('<meta property="article:expiration_time" content="2023-01-01">'), "expired"),
        (page(meta("robots", "unavailable_after: 2023-01-01T10:00:00Z")), "expired"),
        (page(meta("status", "draft")), "draft"),
        (page(meta("article:publication_status", "In review")), "pending"),
        (page(meta("status", "draft") + meta("article:status", "published")), "draft"),
        (page(meta("draft", "true")), "draft"),
        (page(meta("state", "in review")), "pending"),
        (page(meta("expiry_date", "2023-01-01")), "expired"),
        (page(meta("embargo", "2023-06-01")), "scheduled"),
        (page(linked({"creativeWorkStatus": "Draft"})), "draft"),
        (page(linked({"expires": "2023-01-01"})), "expired"),
        (page(linked({"creativeWorkStatus": "Draft"}, in_list=True)), "draft"),
        (page(linked({"creativeWorkStatus": "Draft"}) * 2), "draft"),
        *(
            (page(linked({"creativeWorkStatus": "Draft", "@type": name})), "draft")
            for name in ("https://schema.org/NewsArticle", "schema:Article", ["Article", "Thing"])
        ),
        (page(linked({"datePublished": "2023-05-10T15:00:00+02:00"})), "scheduled"),
        (page('<meta itemprop="creativeWorkStatus" content="Draft">'), "draft"),
        (page(meta("DCTERMS.available", "2023-06-01")), "scheduled"),
        (page(classes="node node--type-article node--unpublished"), "draft"),
        (page(classes="node node-article node-unpublished"), "draft"),
        (page(classes="post-12 post type-post status-private hentry"), "private"),
        (page(classes="post-12 status-future hentry"), "scheduled"),
        (page(classes="post-12 post hentry post-password-required"), "protected"),
    ],
)
def test_a_page_that_is_not_public_is_known(read: Read, html: str, expected: str) -> None:
    found = read("a.html", html)
    assert [one.status_now if isinstance(one, Article) else one.reason for one in found][
        -1
    ] == expected
    assert all(one.status_now != "published" for one in found if isinstance(one, Article))


@pytest.mark.parametrize(
    "html",
    [
        page(),
        page('<meta property="article:published_time" content="2022-12-20T06:00:00Z">'),
        page(meta("robots", "noindex, follow")),
        page(meta("geo.state", "Ohio") + meta("status", "active") + meta("Expires", "0")),
        page(
            linked({"datePublished": "soon", "expires": "never", "creativeWorkStatus": "Published"})
        ),
        page(linked({"creativeWorkStatus": "Draft"}, {"creativeWorkStatus": "Published"})),
        page('<script type="application/ld+json">{"@type": "NewsArticle", "expires"</script>'),
        page(classes="post-12 type-post status-publish hentry"),
        page(
            classes="post-12 status-publish hentry",
            more='<div class="post-13 hentry status-private">Members only</div>',
        ),
        page(
            classes="node node--type-article",
            more='<div class="node node--unpublished">Members only</div>',
        ),
        page(meta("DCTERMS.available", "2022-06-01")),
        page(classes="order status-draft"),
    ],
)
def test_a_page_that_says_nothing_of_the_kind_is_public(read: Read, html: str) -> None:
    [article] = read("a.html", html)
    assert isinstance(article, Article)
    assert article.status_now == "published"
