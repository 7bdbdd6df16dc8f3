"""The pages state the figures that were measured: those of the stored results."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from support.project import ROOT

from benchmarks.ablation import tables as ablation_tables
from benchmarks.table import BENCHMARKS, PAGE, fill, fill_page


def test_the_page_holds_the_tables_of_the_stored_results(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text(PAGE.read_text("utf-8"), "utf-8")
    fill_page(page)
    fill(page, "ablation", ablation_tables(stored("evaluation/ablation")))
    assert page.read_text("utf-8") == PAGE.read_text("utf-8")


def test_a_page_without_markers_is_left_as_it_is(tmp_path: Path) -> None:
    page = tmp_path / "README.md"
    page.write_text("no tables\n", "utf-8")
    fill_page(page)
    assert page.read_text("utf-8") == "no tables\n"


def test_the_readme_states_figures_that_were_measured() -> None:
    text = (ROOT / "README.md").read_text("utf-8")
    large = stored("results/scale")["sizes"]["1M"]
    for figure in (
        f"{result('wikinews_en', 'any')['ndcg']['value']:.3f} nDCG@10",
        f"{result('itn', 'any')['ndcg']['value']:.3f} nDCG@10",
        f"{result('xquad', 'same')['first_hit']['value']:.3f} first hit",
        f"{stored('results/encoding')['ways'][-1]['ratio']:.1f} times",
        f"{large['related']['p50']:.0f} ms",
        f"{min(large['recall_similar'], large['recall_search']):.1%} of the exact",
    ):
        assert figure in text


def result(name: str, among: str) -> dict[str, Any]:
    """Return the figures of all questions of a set, of the first ranking that it has."""
    results: list[dict[str, Any]] = stored(f"evaluation/{name}")["results"]
    return next(one for one in results if one["language"] == "all" and one["among"] == among)


def stored(name: str) -> dict[str, Any]:
    """Return a file of results."""
    found: dict[str, Any] = json.loads((BENCHMARKS / f"{name}.json").read_text("utf-8"))
    return found
