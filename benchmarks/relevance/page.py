"""Write the figures of relevance as tables between the markers of docs/quality.md."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks.table import fill

PAGE = Path(__file__).parents[2] / "docs" / "quality.md"


def write(result: Mapping[str, Any], page: Path = PAGE) -> None:
    """Put each table between its markers."""
    for name, lines in _tables(result):
        fill(page, name, "\n".join(lines) + "\n")


def _tables(result: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    yield "order", list(_order(result["sets"]))
    yield "shown", list(_shown(result["sets"]))
    yield "said", list(_said(result["sets"]))
    yield "chance", list(_chance(result["chance"]))
    yield "queries", list(_queries(result["sets"]))
    yield "learned", list(_learned(result["learned"]))
    yield "without", list(_without(result["learned"]))
    yield "weights", list(_weights(result["learned"]))
    yield "probability", list(_probability(result["probability"]))


def _each(sets: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield the index, the set and the figures of each labelled set in each index."""
    for index, parts in sets.items():
        for name, figures in parts.items():
            if isinstance(figures, Mapping) and "ndcg" in figures:
                yield index, name, figures


def _order(sets: Mapping[str, Any]) -> Iterator[str]:
    yield "| set | index | questions | nDCG | first hit in the language | ratio to the set alone |"
    yield "|---|---|--:|--:|--:|--:|"
    for index, name, one in _each(sets):
        alone = sets[name][name]["ndcg"]["value"]
        ratio = f"{one['ndcg']['value'] / alone:.2f}" if index != name else ""
        cells = (name, index, one["questions"], _figure(one["ndcg"]), _figure(one["first_own"]))
        yield _row(*cells, ratio)


def _shown(sets: Mapping[str, Any]) -> Iterator[str]:
    yield "| set | index | precision | recall | empty lists | precision at 84% | `same story` |"
    yield "|---|---|--:|--:|--:|--:|--:|"
    for index, name, one in _each(sets):
        shown = one["shown"]
        kept = one.get("precision_where_kept")
        story = one.get("same_story")
        yield _row(
            name,
            index,
            _figure(shown["precision"]),
            _figure(shown["recall"]),
            f"{shown['empty'] / shown['questions']:.2f}",
            "" if kept is None else f"{kept:.2f}",
            "" if story is None else _figure(story),
        )


def _said(sets: Mapping[str, Any]) -> Iterator[str]:
    yield "| set | index | said | answers | said to be right | right | error of what is shown |"
    yield "|---|---|---|--:|--:|--:|--:|"
    for index, name, one in _each(sets):
        for said in one["shown"]["said"]:
            right = said["right"] / max(said["answers"], 1)
            error = one["shown"]["error"] or 0.0
            cells = (name, index, said["confidence"], said["answers"])
            error_text = f"{error:.3f}" if said["confidence"] == "sure" else ""
            yield _row(*cells, f"{said['probability']:.2f}", f"{right:.2f}", error_text)


def _chance(found: list[Mapping[str, Any]]) -> Iterator[str]:
    yield "| articles without relatives | articles | likely or sure a list | sure a list |"
    yield "|---|--:|--:|--:|"
    for one in found:
        cells = (one["name"], f"{one['articles']:,}")
        yield _row(*cells, _figure(one["likely"]), _figure(one["sure"]))


def _queries(sets: Mapping[str, Any]) -> Iterator[str]:
    yield (
        "| index | queries on nothing that get an answer | later ones | headlines that get one "
        "| questions | nDCG@11 without the own language |"
    )
    yield "|---|--:|--:|--:|--:|--:|"
    for index, parts in sets.items():
        asked = [one for at, _, one in _each(sets) if at == index and "own_removed" in one]
        answered = [1 - one["shown"]["empty"] / one["shown"]["questions"] for one in asked]
        headlines = _figure(parts["headlines"]) if "headlines" in parts else ""
        questions = ", ".join(f"{share:.2f}" for share in answered)
        removed = ", ".join(_figure(one["own_removed"]) for one in asked)
        off_topic = parts["off_topic"]
        nothing = (_figure(off_topic["queries"]), _figure(off_topic["more"]))
        yield _row(index, *nothing, headlines, questions, removed)


def _learned(found: Mapping[str, Any]) -> Iterator[str]:
    yield "| held out by | model | nDCG@10 | logarithmic loss | calibration error |"
    yield "|---|---|--:|--:|--:|"
    for key, models in found["across"].items():
        for model, one in models.items():
            yield _row(key, model, *_quality(one))


def _without(found: Mapping[str, Any]) -> Iterator[str]:
    yield "| learned without | nDCG@10 | logarithmic loss | calibration error |"
    yield "|---|--:|--:|--:|"
    yield _row("(nothing left out)", *_quality(found["across"]["story"]["learned"]))
    for feature, one in found["without"].items():
        yield _row(feature, *_quality(one))


def _weights(found: Mapping[str, Any]) -> Iterator[str]:
    yield "| fact | shipped | learned |"
    yield "|---|--:|--:|"
    each = zip(found["features"], found["shipped_weights"], found["weights"], strict=True)
    for feature, shipped, learned in each:
        yield _row(feature, f"{shipped:.3f}", f"{learned:.3f}")


def _probability(found: Mapping[str, Any]) -> Iterator[str]:
    yield "| task | answers of | error of the line through the other sets |"
    yield "|---|---|--:|"
    for task, line in found.items():
        for name, error in line.get("held_out_errors", {}).items():
            yield _row(task, name, f"{error:.3f}")


def _quality(one: Mapping[str, float]) -> tuple[str, str, str]:
    return f"{one['ndcg']:.3f}", f"{one['loss']:.4f}", f"{one['error']:.3f}"


def _figure(figure: Mapping[str, float] | None) -> str:
    if figure is None:
        return ""
    return f"{figure['value']:.2f} ({figure['low']:.2f}-{figure['high']:.2f})"


def _row(*cells: object) -> str:
    return f"| {' | '.join(map(str, cells))} |"
