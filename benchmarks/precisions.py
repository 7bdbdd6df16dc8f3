"""Measure how far the answers differ between precisions: python -m benchmarks.precisions DATA ...

Each DATA is a folder of labelled data (`recommender evaluate`). In each precision a process of its
own encodes `seeds/` and the labelled sets, builds their indexes and asks the same questions. The
answers are compared with those of float32. The figures go to benchmarks/results/precisions.json
and, as a table, into benchmarks/README.md.
"""

from __future__ import annotations

import argparse
import gzip
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.circumstances import RESULTS, circumstances, store
from benchmarks.table import PAGE, fill
from recommender.answers.recommender import Recommender
from recommender.builder.build import build
from recommender.evaluate.evaluate import Measure, answers_to
from recommender.evaluate.metrics import ndcg
from recommender.evaluate.questions import (
    LabelledQuestion,
    LabelledSet,
    draw_of_each_task,
    find_sets,
    labelled_questions,
    read_labels,
    self_made,
)

ROOT = Path(__file__).parent.parent
RESULTS_FILE = RESULTS / "precisions.json"
REFERENCE = "float32"
WAYS: dict[str, dict[str, str]] = {
    REFERENCE: {"RECOMMENDER_PRECISION": "float32"},
    "int8": {"RECOMMENDER_PRECISION": "int8"},
    "bfloat16": {"RECOMMENDER_PRECISION": "bfloat16"},
    "float32, AVX2": {"RECOMMENDER_PRECISION": "float32", "ONEDNN_MAX_CPU_ISA": "AVX2"},
}
# How many answers to each question are compared, and how many more are looked at to find them.
K, DEEPER = 10, 20
SAMPLE = 100


@dataclass(frozen=True, slots=True)
class Answered:
    """The scores and strengths of the best articles for one question, best first, and its nDCG."""

    scores: Mapping[str, float]
    strengths: Mapping[str, float]
    ndcg: float | None


def ask(data: Sequence[Path], articles: int, into: Path) -> dict[str, Any]:
    """Return the arithmetic of this process and the answers of each set, in JSON's types."""
    from recommender.encoders.load import load_encoder

    found: dict[str, Any] = {"arithmetic": getattr(load_encoder(), "arithmetic", ""), "sets": {}}
    build(ROOT / "seeds", into=into / "seeds")
    with Recommender.open(into / "seeds") as recommender:
        questions = self_made(recommender.local, SAMPLE, 0)
        related = [
            LabelledQuestion("related", id, "", {}) for id in sorted(recommender.local.ids())
        ]
        found["sets"]["seeds"] = _answers(recommender, [*questions, *related])
    for folder in data:
        for one in find_sets(folder):
            build(_part_of(one, articles, into), into=into / one.name)
            with Recommender.open(into / one.name) as recommender:
                every, _ = labelled_questions(one, recommender.local)
                known = set(recommender.local.ids())
                whole = [question for question in every if question.relevant.keys() <= known]
                drawn = draw_of_each_task(whole, SAMPLE, 0)
                found["sets"][one.name] = _answers(recommender, drawn)
    return found


def _part_of(files: LabelledSet, count: int, folder: Path) -> Path:
    """Write so many articles of a set, whole questions with their answers, and return the file."""
    wanted: dict[str, None] = {}
    for path in files.labels:
        for query, relevant in read_labels(path).items():
            if len(wanted) < count:
                wanted |= dict.fromkeys([query, *relevant])
    place = folder / f"{files.name}.jsonl"
    with place.open("w", encoding="utf-8") as stream:
        for path in files.articles:
            opening = gzip.open if path.suffix == ".gz" else open
            with opening(path, "rt", encoding="utf-8") as lines:
                stream.writelines(line for line in lines if json.loads(line)["id"] in wanted)
    return place


def _answers(
    recommender: Recommender, questions: Sequence[LabelledQuestion]
) -> dict[str, dict[str, Any]]:
    found = {}
    for question in questions:
        ranking = "hybrid" if question.text else "aligned"
        answers = answers_to(recommender, question, ranking, Measure().k)[: K + DEEPER]
        ids = [one.article_id for one in answers]
        found[f"{question.task} {question.id}"] = {
            "scores": {one.article_id: one.score for one in answers},
            "strengths": {one.article_id: one.strength for one in answers},
            "ndcg": ndcg(ids, question.relevant, K) if question.relevant else None,
        }
    return found


def compare(reference: Sequence[Answered], other: Sequence[Answered]) -> dict[str, float]:
    """Return how far the answers to the same questions differ from the reference.

    Scores and strengths are those of articles that both have among the first `K`. `changed_gap` is
    the largest distance in the reference of two answers that changed places.
    """
    moved, strengths, gaps = [0.0], [0.0], [0.0]
    same_first, shared = [], []
    for one, two in zip(reference, other, strict=True):
        ours, theirs = list(one.scores)[:K], list(two.scores)[:K]
        both = [id for id in ours if id in theirs]
        moved += [abs(one.scores[id] - two.scores[id]) for id in both]
        strengths += [abs(one.strengths[id] - two.strengths[id]) for id in both]
        same_first.append(ours[:1] == theirs[:1])
        shared.append(len(both) / max(len(ours), 1))
        gaps += [
            one.scores[better] - one.scores[worse]
            for better, worse in combinations(both, 2)
            if two.scores[better] < two.scores[worse]
        ]
    return {
        "questions": len(reference),
        "mean_score": float(np.mean(moved)),
        "max_score": max(moved),
        "max_strength": max(strengths),
        "same_first": float(np.mean(same_first)),
        "shared": float(np.mean(shared)),
        "changed_gap": max(gaps),
        **_ndcg(other),
    }


def _ndcg(answered: Sequence[Answered]) -> dict[str, float]:
    known = [one.ndcg for one in answered if one.ndcg is not None]
    return {"ndcg": float(np.mean(known))} if known else {}


def measure(data: Sequence[Path], articles: int) -> dict[str, Any]:
    """Return the comparison of each set in each precision that this machine has."""
    answers = {way: _in_process(way, data, articles) for way in WAYS}
    reference = answers[REFERENCE]["sets"]
    return {
        "k": K,
        "articles": articles,
        "sets": {
            name: [
                {"precision": way, "arithmetic": found["arithmetic"]}
                | compare(_read(reference[name]), _read(found["sets"][name]))
                for way, found in answers.items()
                if _is_of(way, found["arithmetic"])
            ]
            for name in reference
        },
    }


def _is_of(way: str, arithmetic: str) -> bool:
    """Return whether a process computed in the precision asked for: the machine may lack it."""
    return way.partition(",")[0] in arithmetic


def _read(answers: Mapping[str, Mapping[str, Any]]) -> list[Answered]:
    return [Answered(**one) for _, one in sorted(answers.items())]


def _in_process(way: str, data: Sequence[Path], articles: int) -> dict[str, Any]:
    """Ask in a process of its own: the precision and the instructions are chosen when it starts."""
    print(f"{way}: encoding and asking", flush=True)
    with tempfile.TemporaryDirectory() as name:
        out = Path(name) / "answers.json"
        command = [sys.executable, "-m", "benchmarks.precisions", "--answers", str(out)]
        command += ["--articles", str(articles)]
        environment = {**os.environ, **WAYS[way]}
        done = subprocess.run([*command, *map(str, data)], env=environment, check=False, cwd=ROOT)
        if done.returncode and way != REFERENCE:
            print(f"{way}: skipped, this machine does not compute in it", flush=True)
            return {"arithmetic": "", "sets": {}}
        found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
        return found


def table(results: Mapping[str, Any]) -> str:
    """Return the comparison as a table in Markdown."""
    lines = [
        "| set | questions | precision | score moves by (mean, most) | same first answer "
        f"| of the first {K} the same | changed places were apart by | nDCG |",
        "|---|--:|---|--:|--:|--:|--:|--:|",
    ]
    lines += [_line(name, one) for name, several in results["sets"].items() for one in several]
    return "\n".join(lines) + "\n"


def _line(name: str, one: Mapping[str, Any]) -> str:
    cells = [
        f"`{name}`",
        f"{one['questions']:,}",
        one["precision"],
        f"{one['mean_score']:.4f}, {one['max_score']:.3f}",
        f"{one['same_first']:.1%}",
        f"{one['shared']:.1%}",
        f"{one['changed_gap']:.3f}",
        f"{one['ndcg']:.3f}" if "ndcg" in one else "",
    ]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """Measure every precision, or (`--answers`) write the answers of this process to a file."""
    parser = argparse.ArgumentParser(prog="benchmarks.precisions", description=__doc__)
    parser.add_argument("data", nargs="+", type=Path, metavar="DATA")
    parser.add_argument("--articles", type=int, default=400, help="of each set (default: 400)")
    parser.add_argument("--answers", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.answers:
        with tempfile.TemporaryDirectory() as name:
            found = ask(given.data, given.articles, Path(name))
        given.answers.write_text(json.dumps(found), encoding="utf-8")
        return
    results = circumstances() | measure([one.resolve() for one in given.data], given.articles)
    store(RESULTS_FILE, results)
    fill(PAGE, "precisions", table(results))


if __name__ == "__main__":
    main()
