"""Answers as text, JSON, JSON Lines, CSV and Markdown, with the text of strangers made harmless."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import pytest
from support.answers import related_answer, search_answer

from recommender import ArticleRef, Evidence, Hit, Recommendation, Role
from recommender.render.answers import Hits, Related
from recommender.render.formats import Format, Renderable, render
from recommender.render.text_layout import Page, one_line, to_json, web_line

ESCAPE = "\x1b]0;owned\x07\x1b[31mred"
TURNED = "abc\u202edcb"
FIELDS: dict[str, Any] = {
    "title": "Dijk bij Tiel",
    "language": "nl",
    "date": "2022-12",
    "author": "",
    "source": "",
    "url": "",
    "section": "",
    "path": "a.txt",
    "metadata": {},
}


def hit(**changes: Any) -> Hit:
    passage = {"passage_id": "a#1", "role": Role.BODY, "heading": "", "text": "Het water stijgt."}
    passage["passage_language"] = "nl"
    numbers = {
        "start": 0,
        "end": 17,
        "score": 0.87654,
        "strength": 93.2,
        "confidence": "likely",
        "probability": 0.8,
        "cosine": 0.8,
    }
    return Hit(**{"article_id": "a", **FIELDS, **passage, **numbers, **changes})


def hits(*found: Hit) -> Hits:
    return Hits(search_answer(*found))


def related(**changes: Any) -> Related:
    evidence = (Evidence("b#2", "a#1", 0.9, "Le fleuve monte.", "Het water stijgt."),)
    found: dict[str, Any] = {
        "article_id": "a",
        "score": 0.8,
        "strength": 99.0,
        "confidence": "sure",
        "probability": 0.97,
    }
    found |= {"relation": "related", "evidence": evidence}
    article = ArticleRef(article_id="b", **FIELDS)
    return Related(related_answer(article, [Recommendation(**{**found, **FIELDS, **changes})]))


PAGE = Page(width=60)


def test_text_names_rank_title_language_date_strength_and_score() -> None:
    lines = render(hits(hit()), Format.TEXT, Page(width=80)).splitlines()
    assert lines[0] == " 1. Dijk bij Tiel  nl · 2022-12 · likely · strength 93 · score 0.877"
    assert lines[1].strip() == "Het water stijgt."
    assert lines[2].strip() == "a#1"


def test_facts_without_room_beside_a_title_stand_below_it() -> None:
    lines = render(hits(hit()), Format.TEXT, PAGE).splitlines()
    assert lines[0] == " 1. Dijk bij Tiel"
    assert lines[1] == "    nl · 2022-12 · likely · strength 93 · score 0.877"


@pytest.mark.parametrize(
    ("strength", "shown"),
    [(0, "0"), (93.2, "93"), (98.4, "98"), (98.96, "98.9"), (99.96, "99.9"), (100, "100")],
)
def test_strength_is_told_finely_where_good_answers_lie(strength: float, shown: str) -> None:
    [line, *_] = render(hits(hit(strength=strength)), Format.TEXT, Page(width=80)).splitlines()
    assert f" · strength {shown} · " in line


def test_related_text_shows_which_passages_tie_the_articles() -> None:
    assert "#2 ↔ #1 0.900" in render(related(), Format.TEXT, PAGE)


def test_a_hit_says_in_how_many_other_articles_its_text_stands() -> None:
    for copies, said in (
        ((), ""),
        (("b",), " · same text in 1 other article"),
        (("b", "c"), " · same text in 2 other articles"),
        (("b",) * 10, " · same text in at least 10 other articles"),
    ):
        found = hits(hit(copies=copies))
        assert f"\n    a#1{said}\n" in render(found, Format.TEXT, PAGE)
        assert f"`a#1`{said}\n" in render(found, Format.MD, PAGE)


def test_related_text_names_the_relation_and_counts_copies() -> None:
    assert "a  related\n" in render(related(), Format.TEXT, PAGE)
    found = related(relation="same story", copies=("c", "d"))
    assert "a  same story · +2 copies\n" in render(found, Format.TEXT, PAGE)
    assert "`a` same story · +2 copies\n" in render(found, Format.MD, PAGE)


def test_zero_hits_are_an_answer_in_every_format() -> None:
    assert render(hits(), Format.TEXT, PAGE) == "Nothing found.\n"
    assert json.loads(render(hits(), Format.JSON, PAGE))["hits"] == []
    assert render(hits(), Format.JSONL, PAGE) == render(hits(), Format.CSV, PAGE) == ""


def test_json_has_the_stable_names() -> None:
    found = json.loads(render(hits(hit()), Format.JSON, PAGE))
    assert set(found) == {
        *("query", "query_language", "notices", "snapshot", "encoder", "hits", "nearest")
    }
    assert found["hits"][0].keys() >= {
        *("passage_id", "article_id", "title", "language", "date", "role"),
        *("text", "score", "strength", "confidence", "probability", "cosine", "path"),
        *("start", "end"),
    }
    answer = json.loads(render(related(), Format.JSON, PAGE))
    assert answer.keys() == {
        *("article", "snapshot", "encoder", "recommendations", "nearest", "also_in", "notices")
    }
    [recommendation] = answer["recommendations"]
    names = {
        "article_id",
        "title",
        "language",
        "date",
        "score",
        "strength",
        "confidence",
        "probability",
        "relation",
    }
    assert recommendation.keys() >= names | {"evidence"}
    pair = {"passage_id", "other_passage_id", "score", "text", "other_text"}
    assert recommendation["evidence"][0].keys() >= pair


def test_json_lines_and_csv_hold_one_hit_a_row() -> None:
    two = hits(hit(), hit(passage_id="a#2"))
    lines = render(two, Format.JSONL, PAGE).splitlines()
    assert [json.loads(line)["passage_id"] for line in lines] == ["a#1", "a#2"]
    rows = list(csv.DictReader(io.StringIO(render(two, Format.CSV, PAGE))))
    assert [row["passage_id"] for row in rows] == ["a#1", "a#2"]


@pytest.mark.parametrize("format", Format)
@pytest.mark.parametrize("answer", [hits(hit(title=ESCAPE, text=TURNED)), related(title=ESCAPE)])
def test_no_control_or_direction_character_gets_out_raw(answer: Renderable, format: Format) -> None:
    printed = render(answer, format, PAGE)
    assert not set(printed) & {*map(chr, range(0x20)), "\x7f", "\x9b", "\u202e"} - {"\n"}
    assert "owned" in printed


def test_an_escaped_string_reads_back_unchanged_from_json() -> None:
    printed = render(hits(hit(title=ESCAPE, text=TURNED + "\x9b")), Format.JSON, PAGE)
    [found] = json.loads(printed)["hits"]
    assert (found["title"], found["text"]) == (ESCAPE, TURNED + "\x9b")


@pytest.mark.parametrize(
    "formula",
    [
        *("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\n=1", "  =1", "\u3000=1", "\xa0-1"),
        *("\N{FULLWIDTH EQUALS SIGN}1", "\N{FULLWIDTH PLUS SIGN}1", "\uff0d1", "\uff20SUM(A1)"),
        *("\N{SMALL EQUALS SIGN}1", "\N{SUPERSCRIPT PLUS SIGN}1", "\N{MINUS SIGN}1"),
    ],
)
def test_a_formula_is_text_in_a_spreadsheet(formula: str) -> None:
    [row] = csv.DictReader(io.StringIO(render(hits(hit(title=formula)), Format.CSV, PAGE)))
    assert row["title"].startswith("'")


def test_markdown_of_a_title_is_no_markup() -> None:
    printed = render(hits(hit(title="[x](http://e.org) <b>*")), Format.MD, PAGE)
    assert r"\[x\]\(http://e\.org\) \<b\>\*" in printed


def test_lines_fit_the_page_also_where_characters_are_wide() -> None:
    from rich.cells import cell_len

    printed = render(hits(hit(text="洪水警报" * 40, title="x")), Format.TEXT, PAGE)
    assert max(cell_len(line) for line in printed.splitlines()[1:]) <= PAGE.width + 2
    assert printed.splitlines()[3].endswith("…")


def test_colour_only_where_the_page_takes_it() -> None:
    assert "\x1b[1m" in render(hits(hit()), Format.TEXT, Page(60, color=True))
    assert "\x1b" not in render(hits(hit()), Format.TEXT, Page(60, color=False))


def test_a_line_for_the_web_keeps_the_marks_that_arabic_and_hebrew_need() -> None:
    text = "\u200fהנהר\u200e (50%)\u061c"
    assert web_line(f"{text}\n\n\u2067b\u2069\ufeff\u2028c") == f"{text} b c"
    assert web_line("a\u202edcb\u202c \x1b[0m") == "adcb \\x1b[0m"
    assert web_line("vaart\u00adschip") == "vaartschip"


def test_one_line_folds_white_space_and_spells_out_the_rest() -> None:
    assert one_line("a\n\tb \x1b[0m\u200f") == "a b \\x1b[0m\\u200f"


def test_a_hyphen_that_may_be_is_shown_as_none_on_a_terminal_and_kept_for_programs() -> None:
    assert one_line("binnen\u00advaart\u00adschip") == "binnenvaartschip"
    assert json.loads(to_json("binnen\u00advaart")) == "binnen\u00advaart"
