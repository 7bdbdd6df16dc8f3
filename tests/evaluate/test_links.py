"""Editors' links between articles are labels."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from support.stand_in import WordEncoder

from recommender import Recommender, build
from recommender.errors import SourceError
from recommender.evaluate.evaluate import evaluate_links
from recommender.evaluate.links import linked_questions, links_in

Source = Callable[[Mapping[str, str | bytes]], Path]
PARAGRAPH = (
    "The river rose again on Monday, and the dike at Tiel was watched through the night. " * 4
)


def page(title: str, *paragraphs: str, menu: str = "") -> str:
    body = "".join(f"<p>{PARAGRAPH}{one}</p>" for one in paragraphs)
    return (
        f"<html lang='en'><head><title>{title}</title></head><body><nav><ul>{menu}</ul></nav>"
        f"<article><h1>{title}</h1>{body}</article></body></html>"
    )


def relevant(folder: Path, source: Path) -> dict[str, set[str]]:
    encoder = WordEncoder("river", "dike", max_tokens=400)
    build(source, into=folder, model=encoder)
    with Recommender.open(folder, encoder=encoder) as recommender:
        questions = linked_questions(recommender.snapshot, [source])
    assert {one.task for one in questions} <= {"links"}
    return {one.id: set(one.relevant) for one in questions}


def test_pages_find_what_their_paragraphs_link_to(tmp_path: Path, source: Source) -> None:
    menu = '<li><a href="menu.html">Menu</a></li>'
    folder = source(
        {
            "one.html": page("One", 'See <a href="sub/two.html#top">two</a>.', menu=menu),
            "sub/two.html": page("Two", 'Earlier: <a href="../one.html">one</a>', menu=menu),
            "menu.html": page("Menu", 'Nowhere: <a href="http://[x">x</a><a href="no.html">y</a>'),
            "note.md": f"# Note\n\n{PARAGRAPH} [one](one.html) ![two](sub/two.html) [x](note.md)\n",
        }
    )
    assert relevant(tmp_path / "v", folder) == {
        "one": {"sub/two"},
        "sub/two": {"one"},
        "note": {"one"},
    }


def test_rows_find_what_they_link_to_by_address(tmp_path: Path, source: Source) -> None:
    rows = [
        {"id": str(n), "url": f"https://www.example.org/{n}/", "language": "en", "text": text}
        for n, text in enumerate(
            [
                f'<p>{PARAGRAPH} <a class="x" href="https://example.org/1?utm_source=a">one</a></p>',
                f"<p>{PARAGRAPH} <a href='/2/'>two</a> <a href='https://else.org/0/'>else</a></p>",
                f"<p>{PARAGRAPH}</p>",
            ]
        )
    ]
    lines = [*map(json.dumps, rows), "[1]", "{"]
    folder = source({"rows.jsonl": "\n".join(lines)})
    assert relevant(tmp_path / "v", folder) == {"0": {"1"}, "1": {"2"}}


def test_a_page_that_all_link_to_is_no_relative(tmp_path: Path, source: Source) -> None:
    pages = {f"a{n}.html": page(f"A{n}", '<a href="about.html">us</a>') for n in range(6)}
    folder = source({**pages, "about.html": page("About", '<a href="a1.html">a</a>')})
    assert relevant(tmp_path / "v", folder) == {"about": {"a1"}}


def test_links_are_measured_and_a_source_without_them_is_named(
    tmp_path: Path, source: Source
) -> None:
    two = page("Two", "Text.").replace(
        PARAGRAPH, "An engineer walked along the river and its dike. " * 6
    )
    folder = source({"one.html": page("One", '<a href="two.html">2</a>'), "two.html": two})
    encoder = WordEncoder("river", "dike", max_tokens=400)
    build(folder, into=tmp_path / "v", model=encoder)
    with Recommender.open(tmp_path / "v", encoder=encoder) as recommender:
        [result] = evaluate_links(recommender, [folder]).results
        assert (result.task, result.questions) == ("links", 1)
        assert result.recall.value == 1
        (tmp_path / "empty").mkdir()
        with pytest.raises(SourceError, match="no article links to another"):
            evaluate_links(recommender, [tmp_path / "empty"])


def test_hostile_links_end_quickly() -> None:
    assert links_in("<a " * 200_000) == []
    assert links_in("[" * 200_000 + "](" * 100_000) == []
    assert len(links_in('<a href="x">' * 10_000)) == 200
    assert links_in('<a href="a&amp;b">c</a> [d](<e f>)') == ["a&b", "e"]


def test_a_link_may_leave_out_the_ending_of_an_address_or_its_quotes(
    tmp_path: Path, source: Source
) -> None:
    urls = ("a.html", "b", "c/index.html", "d")
    links = ("href=https://example.org/b.html", "href=/c/", "href='/d.php?x=1'", "href='/a'")
    rows = [
        {
            "id": url,
            "url": f"https://www.example.org/{url}",
            "text": f"<p>{PARAGRAPH}<a {link}>x</a>",
        }
        for url, link in zip(urls, links, strict=True)
    ]
    folder = source({"rows.jsonl": "\n".join(json.dumps(row) for row in rows)})
    found = relevant(tmp_path / "v", folder)
    assert found == {"a.html": {"b"}, "b": {"c/index.html"}, "c/index.html": {"d"}, "d": {"a.html"}}
