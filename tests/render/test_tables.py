"""Facts, tables and reports fit a page of 80 columns and escape what they show."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace
from typing import Any

import pytest
from rich.cells import cell_len

from recommender.evaluate.diff import Difference, ListChange
from recommender.evaluate.evaluate import ALIGNED, Evaluation, Result
from recommender.evaluate.metrics import Figure
from recommender.render.evaluation import Measured
from recommender.render.facts import Facts
from recommender.render.formats import Format, render
from recommender.render.snapshots import Compared, History
from recommender.render.tables import Table
from recommender.render.text_layout import Page

PAGE = Page(80)
HOSTILE = "\x1b[31mred\u202e"
LONG_ID = "archive/2022/12/28/" + "a-title-that-is-longer-than-a-line-of-a-terminal-" * 2


def lines_of(answer: Any) -> list[str]:
    """Return the lines of the text, none wider than the page unless a single word is."""
    lines = render(answer, Format.TEXT, PAGE).splitlines()
    for line in lines:
        assert cell_len(line) <= PAGE.width or len(line.split()) <= 2, line
        assert "\x1b" not in line
        assert "\u202e" not in line
    return lines


def test_names_of_facts_stand_in_one_column_however_long() -> None:
    facts = Facts({"encoder": "e5", "precision_asked": "auto", "tokens_per_second": 1_072})
    assert lines_of(facts) == [
        "encoder           e5",
        "precision asked   auto",
        "tokens per second 1,072",
    ]


def test_a_long_fact_goes_on_below_its_beginning() -> None:
    facts = Facts({"trials": ", ".join(["int8 3640 tokens/s at cosine 0.99926"] * 3)})
    assert lines_of(facts) == [
        "trials       int8 3640 tokens/s at cosine 0.99926, int8 3640 tokens/s at cosine",
        "             0.99926, int8 3640 tokens/s at cosine 0.99926",
    ]


def test_a_path_stays_one_word() -> None:
    path = "/srv/" + "folder/" * 20
    assert path in render(Facts({"index": path}), Format.TEXT, PAGE)


def test_counted_lists_are_a_number_for_people_and_whole_for_programs() -> None:
    facts = Facts({"problems": ["vectors: a", "vectors: b"]}, counted=frozenset({"problems"}))
    assert lines_of(facts) == ["problems     2"]
    assert "| problems | 2 |" in facts.markdown()
    assert facts.json() == {"problems": ["vectors: a", "vectors: b"]}


def test_numbers_end_at_the_right_of_their_column() -> None:
    table = Table([{"name": "a", "count": 5}, {"name": "bb", "count": 1_000}])
    assert lines_of(table) == ["name  count", "a         5", "bb    1,000"]


def test_cells_break_only_if_there_is_no_room() -> None:
    table = Table([{"id": LONG_ID, "title": "洪水警报" * 20, "why": HOSTILE}])
    assert "".join(line.split(" ")[0] for line in lines_of(table)[1:]).startswith(LONG_ID[:60])


def snapshot(number: int, **changes: Any) -> dict[str, Any]:
    facts: dict[str, Any] = {"snapshot": f"20261129T16153{number}Z-c0d30f", "state": "kept"}
    facts |= {"created": "2026-11-29T16:15:37+00:00", "articles": 100_000, "passages": 448_000}
    facts |= {"added": 100_000, "changed": 1_000, "removed": 1_000, "encoded": 448_000}
    return facts | {"encoder": "multilingual-e5-small-q4", "why": ""} | changes


def test_history_fits_the_page_and_remarks_stand_below() -> None:
    damaged = {"snapshot": "20261129T161530Z-aaaaaa", "state": "damaged", "why": f"a {HOSTILE}"}
    refused = snapshot(1, state="refused", why="articles fell from 100,000 to 10")
    answer = History([damaged, refused, snapshot(2, state="live"), snapshot(3)])
    lines = lines_of(answer)
    assert [line.split()[1] for line in lines[:5]] == [
        *("state", "damaged", "refused", "live", "kept"),
    ]
    assert lines[5:] == [
        "",
        "20261129T161530Z-aaaaaa: a \\x1b[31mred\\u202e",
        "20261129T161531Z-c0d30f: articles fell from 100,000 to 10",
    ]


def test_history_names_encoders_only_if_there_are_several() -> None:
    other = snapshot(1, encoder="another")
    assert "encoded by" not in "\n".join(lines_of(History([snapshot(2), snapshot(3)])))
    lines = lines_of(History([other, snapshot(2)]))
    assert "20261129T161531Z-c0d30f: encoded by another" in lines


def test_history_as_csv_has_the_fields_of_every_snapshot() -> None:
    damaged = {"snapshot": "20261129T161530Z-aaaaaa", "state": "damaged", "why": "a file is gone"}
    printed = render(History([damaged, snapshot(1)]), Format.CSV, PAGE)
    rows = list(csv.DictReader(io.StringIO(printed)))
    assert [row["articles"] for row in rows] == ["", "100000"]


def test_a_difference_fits_the_page_however_long_the_ids() -> None:
    change = ListChange("river", (LONG_ID, "dike"), (HOSTILE,), "dike came; the bridge changed")
    found = Difference("old", "new", (LONG_ID,), {"river": ("title", "text")}, (), (change,), 5)
    lines = lines_of(Compared(found))
    assert lines[lines.index("related lists that changed:") :] == [
        "related lists that changed:",
        "river",
        f"    came {LONG_ID},",
        "         dike",
        "    went \\x1b[31mred\\u202e",
        "    why  dike came; the bridge changed",
    ]
    assert Compared(found).json()["related"][0]["why"] == change.why


def result(task: str, ranking: str, among: Any, language: str) -> Result:
    figure = Figure(0.607, 0.468, 0.746)
    return Result(task, ranking, among, language, 1_000, *[figure] * 5)


@pytest.mark.parametrize("k", [10, 1_000])
def test_an_evaluation_fits_the_page(k: int) -> None:
    results = (
        result("paragraph", "hybrid", "any", "all"),
        result("paragraph", "hybrid", "other", "zh-Hant"),
        result("related", ALIGNED, "same", "nl"),
    )
    found = Evaluation("v", "s", "multilingual-e5-small-q4", 26, 196, k, 1_000, 0, 0, results)
    lines = lines_of(Measured([found], by_language=True))
    assert lines[0] == "v: 26 articles, 196 passages, multilingual-e5-small-q4"
    assert lines_of(Measured([replace(found, name=LONG_ID)]))[1].startswith("26 articles")
    assert [line for line in lines if line.endswith("hybrid") or line == "related"] == [
        "paragraph, ranked by hybrid",
        "related",
    ]
    table = lines[lines.index("paragraph, ranked by hybrid") :]
    assert "0.607 ±0.139" in table[2]
    assert table[2].split()[:3] == ["1,000", "all", "all"]
    assert "the share of first" in lines[-2]


def test_an_evaluation_says_first_what_it_means() -> None:
    results = (
        result("headline", "meaning", "any", "all"),
        result("headline", "hybrid", "any", "all"),
        replace(result("related", ALIGNED, "any", "all"), questions=1),
        result("related", ALIGNED, "any", "nl"),
        result("related", ALIGNED, "same", "all"),
    )
    found = Evaluation("v", "s", "words", 26, 196, 10, 1_000, 0, 0, results)
    text = " ".join(lines_of(Measured([found])))
    assert (
        "headline: 61 of 100 have a right answer first (1,000 questions). Of 100 right answers, 61 "
        "are among the first 10. Their order is worth 61 of the 100 points of the best order."
        in text
    )
    assert "related: 61 of 100 have a right answer first (1 question)." in text
    assert text.index("headline: 61") < text.index("headline, ranked by")
    assert text.count("have a right answer first") == 2


def test_languages_and_intervals_are_printed_where_they_say_something() -> None:
    few = replace(result("related", ALIGNED, "any", "all"), questions=29)
    results = (
        few,
        result("related", ALIGNED, "any", "nl"),
        result("related", ALIGNED, "same", "all"),
    )
    found = Evaluation("v", "s", "words", 26, 196, 10, 1_000, 0, 0, results)
    text, every = ("\n".join(lines_of(Measured([found], shown))) for shown in (False, True))
    assert "±0.139" not in text
    assert "No ± for fewer than 30 questions" in text
    assert " nl " not in text
    assert " nl " in every
    assert every.count("±0.139") == 8
    assert len(Measured([found]).rows()) == 3
    assert "±" not in Measured([found]).markdown()


def test_counts_of_nothing_are_said_to_be_none() -> None:
    facts = Facts({"unpublished": {}, "languages": {"nl": 2}})
    assert render(facts, Format.TEXT, PAGE) == "unpublished  none\nlanguages    nl 2\n"
    assert json.loads(render(facts, Format.JSON, PAGE)) == {
        "unpublished": {},
        "languages": {"nl": 2},
    }
