"""Render what was measured: tables to read, every figure with its bounds for programs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from recommender.evaluate.evaluate import (
    ALIGNED,
    ALL_LANGUAGES,
    DEFAULT_RANKINGS,
    Evaluation,
    Result,
)
from recommender.evaluate.metrics import Figure
from recommender.evaluate.shown import Shown
from recommender.render.tables import Table, in_columns
from recommender.render.text_layout import Page, one_line, wrapped

AMONG = {"any": "all", "same": "own language", "other": "other languages"}
# The same in a column of a page of 80 columns.
FROM = {"any": "all", "same": "own", "other": "other"}
LEGEND = (
    "asked: questions; in: their language; from: answers in all languages, in that of "
    "the question, or in others; ±: half of the 95% interval; own: the share of first "
    "answers in the question's language."
)
# With fewer questions an interval says nothing.
LEAST_QUESTIONS = 30
FEW = f"No ± for fewer than {LEAST_QUESTIONS} questions: chance moves their figures too far."


@dataclass(frozen=True, slots=True)
class Measured:
    """Render the answer of `evaluate`.

    Programs get every figure. Text and Markdown have those of all languages together, unless
    `by_language`; in text, sentences come first.
    """

    found: Sequence[Evaluation]
    by_language: bool = False

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
        tables = [table for one in self.found for table in self._tables(one, page)]
        shown = [result for one in self.found for result in self._shown(one)]
        has_few = any(result.questions < LEAST_QUESTIONS for result in shown)
        legend = _paragraph(LEGEND, page) + (_paragraph(FEW, page) if has_few else "")
        return "\n".join([*tables, legend])

    def markdown(self) -> str:
        """Return one table for each evaluation."""
        return "\n".join(
            f"{one_line(_about(one))}\n\n"
            + "".join(f"{' '.join(lines)}\n\n" for lines in _sentences(one))
            + "".join(f"{_said_line(it)}\n\n{Table(_said(it)).markdown()}\n" for it in one.shown)
            + Table([_line(result, one.k) for result in self._shown(one)]).markdown()
            for one in self.found
        )

    def _shown(self, one: Evaluation) -> list[Result]:
        """Return the results that people read."""
        if self.by_language:
            return list(one.results)
        return [it for it in one.results if (it.among, it.language) == ("any", ALL_LANGUAGES)]

    def _tables(self, one: Evaluation, page: Page) -> Iterator[str]:
        """Yield the measured set, its explanation, and a table for each task and ranking."""
        yield _title(_about(one), page)
        for sentences in _sentences(one):
            yield _paragraph(" ".join(sentences), page)
        for shown in one.shown:
            yield _paragraph(_said_line(shown), page) + in_columns(_said(shown), page)
        yield from _tables(self._shown(one), one.k, page)


def _sentences(one: Evaluation) -> Iterator[list[str]]:
    """Yield for each task three sentences on its figures, by the ranking that is the default."""
    for it in one.results:
        if (it.among, it.language) != ("any", ALL_LANGUAGES) or it.ranking not in DEFAULT_RANKINGS:
            continue
        count = "1 question" if it.questions == 1 else f"{it.questions:,} questions"
        yield [
            f"{it.task}: {_hundred(it.first_hit)} of 100 have a right answer first ({count}).",
            f"Of 100 right answers, {_hundred(it.recall)} are among the first {one.k}.",
            f"Their order is worth {_hundred(it.ndcg)} of the 100 points of the best order.",
        ]


def _paragraph(text: str, page: Page) -> str:
    return "\n".join(wrapped(text, page.width, indent=0, limit=None)) + "\n"


def _said_line(it: Shown) -> str:
    """Return how many answers of a task are shown and right, in sentences."""
    missing = f"{it.empty:,} of {it.questions:,} lists are empty"
    found = f"of 100 right answers {_hundred(it.recall)} are shown"
    if it.precision is None:
        return f"{it.task}, as shown: {found}; {missing}."
    right = f"of 100 shown answers {_hundred(it.precision)} are right"
    return f"{it.task}, as shown: {right}, {found}; {missing}."


def _said(it: Shown) -> list[dict[str, Any]]:
    """Return for each confidence how many answers have it, and how many of those are right."""
    lines: list[dict[str, Any]] = []
    for one in it.said:
        line: dict[str, Any] = {"said": one.confidence, "answers": one.answers}
        if it.precision is not None:
            share = f"{100 * one.right / one.answers:.0f} of 100" if one.answers else "-"
            line |= {"right": share, "expected": f"{100 * one.probability:.0f} of 100"}
        lines.append(line)
    return lines


def _hundred(figure: Figure) -> int:
    return round(100 * figure.value)


def _tables(results: Sequence[Result], k: int, page: Page) -> Iterator[str]:
    for (task, ranking), some in groupby(results, lambda it: (it.task, it.ranking)):
        title = task if ranking == ALIGNED else f"{task}, ranked by {ranking}"
        lines = [_short_line(result, k) for result in some]
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
    """Return the mean of each figure, with its interval."""
    figures = {
        f"nDCG@{k}": result.ndcg,
        f"recall@{k}": result.recall,
        f"MRR@{k}": result.mrr,
        "first hit": result.first_hit,
    }
    return {name: _with_interval(figure, result.questions) for name, figure in figures.items()}


def _with_interval(figure: Figure, questions: int) -> str:
    """Return a figure, with half the width of its interval if there are enough questions."""
    if questions < LEAST_QUESTIONS:
        return f"{figure.value:.3f}"
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
