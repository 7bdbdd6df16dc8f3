"""Renders what was measured: a table to read, every figure with its bounds for programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from recommender.evaluate.evaluate import Evaluation, Result
from recommender.evaluate.metrics import Figure
from recommender.render.formats import Table
from recommender.render.text_layout import Page, one_line

AMONG = {"any": "all", "same": "own language", "other": "other languages"}


@dataclass(frozen=True, slots=True)
class Measured:
    """The answer to `evaluate`."""

    found: Sequence[Evaluation]

    def json(self) -> dict[str, Any]:
        return {"evaluations": [asdict(one) for one in self.found]}

    def rows(self) -> list[dict[str, Any]]:
        return [
            {"name": one.name, "k": one.k, **_flat(result)}
            for one in self.found
            for result in one.results
        ]

    def text(self, page: Page) -> str:
        return "\n".join(
            f"{page.strong(one_line(_about(one)))}\n{_table(one).text(page)}" for one in self.found
        )

    def markdown(self) -> str:
        return "\n".join(
            f"{one_line(_about(one))}\n\n{_table(one).markdown()}" for one in self.found
        )


def _about(one: Evaluation) -> str:
    about = f"{one.name}: {one.articles:,} articles, {one.passages:,} passages, {one.encoder}"
    return f"{about}; {one.unknown:,} queries unknown" if one.unknown else about


def _table(one: Evaluation) -> Table:
    return Table([_line(result, one.k) for result in one.results])


def _line(result: Result, k: int) -> dict[str, str]:
    return {
        "task": result.task,
        "ranking": result.ranking,
        "questions": f"{result.questions:,}",
        "in": result.language,
        "answers": AMONG[result.among],
        f"nDCG@{k}": _spoken(result.ndcg),
        f"recall@{k}": _spoken(result.recall),
        f"MRR@{k}": _spoken(result.mrr),
        "first hit": _spoken(result.first_hit),
        "own language": f"{result.own_language.value:.2f}",
    }


def _spoken(figure: Figure) -> str:
    """Return the mean and half the width of its interval."""
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
