"""The templates for sites show what an entry holds: versions in other languages, what fills."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import jinja2
import pytest

from recommender.export.pages import entries_of, fragment_of

TEMPLATES = files("recommender").joinpath("data", "export")
ANSWERED: dict[str, Any] = {
    "article_id": "flood",
    "title": "Flood",
    "url": "https://e.org/flood",
    "language": "en",
    "date": "2024-03-01",
    "relation": "related",
    "evidence": [],
    "also_in": [
        {"article_id": "flut", "language": "de", "url": "https://e.org/de?a=1&b=2"},
        {"article_id": "vloed", "language": "nl", "url": ""},
    ],
}
FILLS = {**ANSWERED, "article_id": "goal", "title": "Goal", "relation": "newest", "also_in": []}


def entries(*found: dict[str, Any]) -> Any:
    return entries_of({"recommendations": found}, "")


def pelican(*found: dict[str, Any]) -> str:
    source = TEMPLATES.joinpath("pelican", "templates", "related_articles.html").read_text("utf-8")
    article = {"related_articles": entries(*found)}
    return jinja2.Environment(autoescape=False).from_string(source).render(article=article)


def html(*found: dict[str, Any]) -> str:
    return fragment_of(entries(*found)).decode()


@pytest.mark.parametrize("page", [pelican, html])
def test_versions_in_other_languages_are_links_with_their_language(page: Any) -> None:
    shown = page(ANSWERED)
    link = 'href="https://e.org/de?a=1&amp;b=2" hreflang="de" rel="alternate">de</a>'
    assert f'<a class="also-in" {link}' in shown
    assert shown.count("hreflang") == 1  # a version without an address has no link


@pytest.mark.parametrize("page", [pelican, html])
def test_what_only_fills_a_list_is_marked(page: Any) -> None:
    assert page(ANSWERED, FILLS).count('class="newest"') == 1
    assert 'class="newest"' not in page(ANSWERED)


@pytest.mark.parametrize(
    "path",
    [
        ("hugo", "layouts", "partials", "related-articles.html"),
        ("jekyll", "_includes", "related-articles.html"),
    ],
)
def test_the_other_templates_hold_the_same_parts(path: tuple[str, ...]) -> None:
    source = TEMPLATES.joinpath(*path).read_text("utf-8")
    for part in ('class="also-in"', "hreflang=", 'rel="alternate"', 'class="newest"'):
        assert part in source
