"""No id and no address of a stranger leads a reader of a site to another host, or runs code."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.errors import QueryError
from recommender.export.addresses import link_to, safe_url
from recommender.export.options import ExportOptions

PAGE = "https://site.example/section/page.html"
PATTERNS = ["/{id}.html", "{id}", "{id}.html", "/a/{id}/", "https://site.example/{id}", "?id={id}"]
IDS = [
    "/abs/olute",
    "//host.example/x",
    "\\\\host.example\\x",
    "/\\host.example",
    "https://host.example",
    "javascript:alert(1)",
    "@host.example",
    ".host.example",
    ":8080/x",
    "a//b",
    "\thttp://host.example",
]


def host_of(address: str) -> str | None:
    """Return where a browser goes that reads backslashes as slashes, as all do."""
    return urlsplit(urljoin(PAGE, address.replace("\\", "/"))).hostname


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("article_id", IDS)
def test_an_id_leads_to_the_host_of_the_pattern(pattern: str, article_id: str) -> None:
    assert host_of(link_to(article_id, pattern)) == "site.example"


@given(st.text(st.sampled_from("/\\:@.?#[]a%\t\n 1"), max_size=12), st.sampled_from(PATTERNS))
def test_no_id_at_all_leads_to_another_host(article_id: str, pattern: str) -> None:
    found = link_to(article_id, pattern)
    assert host_of(found) == "site.example"
    assert urlsplit(urljoin(PAGE, found)).scheme == "https"


def test_an_ordinary_id_keeps_its_folders() -> None:
    assert link_to("2024/maart/dijk é", "/{id}.html") == "/2024/maart/dijk%20%C3%A9.html"


@pytest.mark.parametrize(
    "url",
    [
        *(
            "javascript:alert(1)",
            "JavaScript:x",
            "java\tscript:x",
            " javascript:x",
            "data:text/html,",
        ),
        *("\u2028javascript:x", "\u2029https://e.org", "\ufeffjavascript:x", "\u200bjavascript:x"),
        *("\u3000javascript:x", "\x85javascript:x", "https://e.org/\u202egpj.exe", "vbscript:x"),
        *("java\xadscript:x", "http://[", "https://e.org/\ud800"),
    ],
)
def test_an_address_that_may_run_or_deceive_is_left_out(url: str) -> None:
    assert safe_url(url) == ""


@pytest.mark.parametrize(
    "url",
    ["https://e.org/a?b=c#d", "HTTP://e.org", "/a", "", "https://e.org/\u0645\u06cc\u200c\u062e"],
)
def test_an_ordinary_address_is_kept(url: str) -> None:
    assert safe_url(url) == url


@pytest.mark.parametrize(
    "link",
    [
        "nope",
        "https://site.example/{slug}.html",
        *("https://{id}.example/", "https://site.example{id}", "//{id}/x", "{id}:x", "http://["),
        *("javascript:f('{id}')", "data:{id}", "\u2028/{id}", "/a b/{id}"),
    ],
)
def test_a_pattern_that_leaves_the_host_to_an_id_is_refused(link: str) -> None:
    with pytest.raises(QueryError, match="link"):
        ExportOptions(link=link)
