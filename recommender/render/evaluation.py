"""Render what was measured: tables to read, every figure with its bounds for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from recommender.evaluate.evaluate import ALIGNED, Evaluation, Result
from recommender.evaluate.metrics import Figure
from recommender.render.tables import Table, in_columns
from recommender.render.text_layout import Page, one_line, wrapped

AMONG = {"any": "all", "same": "own language", "other": "other languages"}
# The same in a column of a page of 80 columns.
FROM = {"any": "all", "same": "own", "other": "other"}
LEGEND = (
    "asked: questions; in: their language; from: answers in all languages, in that of\n"
    "the question, or in others; ±: half of the 95% interval; own: the share of first\n"
    "answers in the question's language.\n"
)


@dataclass(frozen=True, slots=True)
class Measured:
    """Render the answer of `evaluate`."""

    found: Sequence[Evaluation]

    def json(self) -> dict[str, Any]:
        """Return every evaluation with the bounds of its figures."""
        return {"evaluations": [asdict(one) for one in self.found]}

    def rows(self) -> list[dict[str, Any]]:
        """Return a record for each result, its figures and bounds side by side."""
        return [
            {"name": one.name, "k": one.k, **_flat(result)}
            for one in self.found
            for result in one.results
        ]

    def text(self, page: Page) -> str:
        """Return a table for each task and ranking, and what its columns mean."""
        tables = [table for one in self.found for table in _tables(one, page)]
        return "\n".join([*tables, LEGEND])

    def markdown(self) -> str:
        """Return one table for each evaluation."""
        return "\n".join(
            f"{one_line(_about(one))}\n\n"
            + Table([_line(result, one.k) for result in one.results]).markdown()
            for one in self.found
        )


def _tables(one: Evaluation, page: Page) -> Iterator[str]:
    """Yield what was measured on, and a table for each task and ranking."""
    yield _title(_about(one), page)
    for (task, ranking), results in groupby(one.results, lambda it: (it.task, it.ranking)):
        title = task if ranking == ALIGNED else f"{task}, ranked by {ranking}"
        lines = [_short_line(result, one.k) for result in results]
        yield _title(title, page) + in_columns(lines, page)


def _title(text: str, page: Page) -> str:
    lines = wrapped(one_line(text), page.width, indent=0, limit=None, chop=False)
    return "".join(f"{page.strong(line)}\n" for line in lines)


def _about(one: Evaluation) -> str:
    about = f"{one.name}: {one.articles:,} articles, {one.passages:,} passages, {one.encoder}"
    return f"{about}; {one.unknown:,} queries unknown" if one.unknown else about


def _short_line(result: Result, k: int) -> dict[str, Any]:
    """Return a line of the text."""
    return {
        "asked": result.questions,
        "in": result.language,
        "from": FROM[result.among],
        **_figures(result, k),
        "own": f"{result.own_language.value:.2f}",
    }


def _line(result: Result, k: int) -> dict[str, str]:
    """Return a line of the table in Markdown."""
    return {
        "task": result.task,
        "ranking": result.ranking,
        "questions": f"{result.questions:,}",
        "in": result.language,
        "answers": AMONG[result.among],
        **_figures(result, k),
        "own language": f"{result.own_language.value:.2f}",
    }


def _figures(result: Result, k: int) -> dict[str, str]:
    """Return the mean of each figure and half the width of its interval."""
    figures = {
        f"nDCG@{k}": result.ndcg,
        f"recall@{k}": result.recall,
        f"MRR@{k}": result.mrr,
        "first hit": result.first_hit,
    }
    return {name: _with_interval(figure) for name, figure in figures.items()}


def _with_interval(figure: Figure) -> str:
    return f"{figure.value:.3f} ±{(figure.high - figure.low) / 2:.3f}"


def _flat(result: Result) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in asdict(result).items():
        if isinstance(value, dict):
            flat |= {
                name: value["value"],
                f"{name}_low": value["low"],
                f"{name}_high": value["high"],
            }
        else:
            flat[name] = value
    return flat
