"""Measure the contribution of each part of the answers: python -m benchmarks.ablation DATA INDEXES.

DATA is a folder for `recommender evaluate`. INDEXES is the folder of the indexes of its sets, which
`benchmarks.answers --into` keeps. Each line switches parts of the product off. The figures go to
benchmarks/evaluation/ablation.json and, as tables, into benchmarks/README.md.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np

from benchmarks.answers import EVALUATION
from benchmarks.circumstances import circumstances, store
from benchmarks.table import PAGE, fill
from recommender.answers.recommender import Recommender
from recommender.arrays import Mask
from recommender.encoders.load import load_encoder
from recommender.evaluate.evaluate import ALL_LANGUAGES, SAMPLE, Judge, Measure, answers_to
from recommender.evaluate.questions import (
    LabelledQuestion,
    draw_of_each_task,
    find_sets,
    labelled_questions,
)
from recommender.scoring.alignment import Passages
from recommender.scoring.space import Space
from recommender.scoring.strength import NOTHING_KNOWN, Numbers

RESULTS_FILE = EVALUATION / "ablation.json"
RELATED_K, SEARCH_K = 10, 12


@dataclass(frozen=True, slots=True)
class Variant:
    """The product with some of its parts replaced: `changes` maps dotted names to new values."""

    name: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    ranking: str = "hybrid"
    is_raw: bool = False


def best_pair(ours: Passages, theirs: Passages) -> list[float]:
    """Score articles by their best pair of passages alone."""
    pairs = ours.vectors @ theirs.vectors.T
    best: list[float] = np.maximum.reduceat(pairs.max(axis=0), theirs.firsts).tolist()
    return best


def one_way(ours: Passages, theirs: Passages) -> list[float]:
    """Score articles by the best match in them of each of our passages."""
    best = np.maximum.reduceat(ours.vectors @ theirs.vectors.T, theirs.firsts, axis=1)
    means: list[float] = (ours.weights @ best / ours.weights.sum()).tolist()
    return means


def as_aligned(_: object, scores: Numbers, same: Mask) -> Numbers:
    """Leave scores as they are, whatever the languages."""
    return scores


CANDIDATES = "answers.hit_candidates"
ALIGN = "answers.article_vectors.align_each"
NO_FAIR = {"scoring.strength.Unrelated.comparable": as_aligned}
NO_WHOLE = {**NO_FAIR, "scoring.alignment.WHOLE_SHARE": 0.0}
NO_ROLES = {**NO_WHOLE, "scoring.alignment.ROLE_WEIGHTS": {}}
BEST_MATCH = {**NO_ROLES, "scoring.alignment.SHARPNESS": 80.0}
MEANS = {**NO_FAIR, "scoring.alignment.WHOLE_SHARE": 1.0, "scoring.alignment.ROLE_WEIGHTS": {}}

RELATED = (
    Variant("means of passages, raw cosine", MEANS, is_raw=True),
    Variant("both ways, raw cosine", BEST_MATCH, is_raw=True),
    Variant("means of passages", MEANS),
    Variant("best pair of passages", {**BEST_MATCH, ALIGN: best_pair}),
    Variant("aligned one way", {**BEST_MATCH, ALIGN: one_way}),
    Variant("aligned both ways", BEST_MATCH),
    Variant("and the best match softened over several", NO_ROLES),
    Variant("and titles and standfirsts weigh more", NO_WHOLE),
    Variant("and a fifth of the score by means of passages", NO_FAIR),
    Variant("and pairs of languages made comparable by half: the product"),
)
SEARCHED = (
    Variant("meaning, raw cosine", ranking="meaning", is_raw=True),
    Variant("meaning", ranking="meaning"),
    Variant("words", ranking="words"),
    Variant("without pseudo-relevance feedback", {"scoring.fusion.FEEDBACK": 0.0}),
    Variant(
        "words compared only among the nearest passages",
        {f"{CANDIDATES}.COMPARED_BY_WORDS": 0},
    ),
    Variant("rarity of words counted over all languages", {"index.bm25.ALL_PASSAGES": 10**9}),
    Variant("without counts of words and lengths of passages", {"index.bm25.K1": 0.0}),
    Variant(
        "articles scored by their best passage alone",
        {f"{CANDIDATES}.BEST_PASSAGES_SHARE": 0.0},
    ),
    Variant("languages of the archive not preferred", {"scoring.space.HARDLY_NEARER": 0.0}),
    Variant("hybrid: the product"),
)


def main() -> None:
    """Measure all variants on the sets of a folder, store the figures and write the tables."""
    parser = argparse.ArgumentParser(prog="benchmarks.ablation", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("indexes", type=Path)
    parser.add_argument("--sample", type=int, default=SAMPLE, help="questions; 0 for all")
    options = parser.parse_args()
    result: dict[str, Any] = {**circumstances(), "sample": options.sample, "sets": []}
    for one in find_sets(options.data):
        index = options.indexes / one.name
        if not index.exists():
            print(f"{index}: there is no index of this set; the set is left out")
            continue
        with Recommender.open(index) as recommender:
            questions, _ = labelled_questions(one, recommender.local)
        drawn = draw_of_each_task(questions, options.sample, seed=0)
        result["sets"].append({"name": one.name, **measured(index, drawn)})
    store(RESULTS_FILE, result)
    fill(PAGE, "ablation", tables(result))


def measured(index: Path, questions: Sequence[LabelledQuestion]) -> dict[str, Any]:
    """Return the figures of each variant on one index."""
    is_search = bool(questions[0].text)
    encoder = load_encoder() if is_search else None
    k = SEARCH_K if is_search else RELATED_K
    lines = []
    for variant in SEARCHED if is_search else RELATED:
        with ExitStack() as stack:
            for name, value in variant.changes.items():
                stack.enter_context(mock.patch(f"recommender.{name}", value))
            recommender = stack.enter_context(
                Recommender.open(index, encoder=encoder, exact=variant.is_raw)
            )
            if variant.is_raw:
                leave_raw(recommender)
            lines.append({"name": variant.name, **figures(recommender, questions, variant, k)})
        print(index.name, lines[-1])
    return {"k": k, "questions": len(questions), "is_search": is_search, "variants": lines}


def leave_raw(recommender: Recommender) -> None:
    """Make a recommender answer in the model's own space, without centring or calibration."""
    snapshot = recommender.local
    nothing = np.zeros(0, np.float32)
    raw = Space(snapshot.space.keys, (), nothing.reshape(0, snapshot.manifest.encoder.dim), nothing)
    known = {"articles": NOTHING_KNOWN, "passages": NOTHING_KNOWN}
    vars(snapshot.derived).update(space=raw, unrelated=known)
    vars(snapshot.derived).pop("index", None)


def figures(
    recommender: Recommender, questions: Sequence[LabelledQuestion], variant: Variant, k: int
) -> dict[str, Any]:
    """Return nDCG over all answers, and the share of questions whose first answer is right.

    The first answer is taken among those in the question's language.
    """
    answered = [(one, answers_to(recommender, one, variant.ranking, k)) for one in questions]
    judge = Judge(recommender, Measure(k))
    found = {
        one.among: one
        for one in judge.results("", variant.ranking, answered)
        if one.among != "any" or one.language == ALL_LANGUAGES
    }
    own = found.get("same", found["any"])
    return {"ndcg": asdict(found["any"].ndcg), "first_own": asdict(own.first_hit)}


def tables(result: Mapping[str, Any]) -> str:
    """Return the tables of related articles and of search as Markdown."""
    source = (
        f"{result['date']}, commit {result['commit']}, at most {result['sample']} questions a set"
    )
    parts = [f"Measured on {source}.\n"]
    for is_search, title in ((False, "related articles"), (True, "search")):
        sets = [one for one in result["sets"] if one["is_search"] is is_search]
        if sets:
            parts.append(table(title, sets))
    return "\n".join(parts)


def table(title: str, sets: Sequence[Mapping[str, Any]]) -> str:
    """Return one table: a line for each variant, a column for each figure of each set."""
    columns = [
        (f"`{one['name']}` {label}", [line[key]["value"] for line in one["variants"]])
        for one in sets
        for key, label in (("ndcg", f"nDCG@{one['k']}"), ("first_own", "first hit in the language"))
        if key == "ndcg" or one["is_search"]
    ]
    lines = [
        f"| {' | '.join([title, *(name for name, _ in columns)])} |",
        f"|---|{'--:|' * len(columns)}",
    ]
    for number, line in enumerate(sets[0]["variants"]):
        cells = (f"{values[number]:.3f}" for _, values in columns)
        lines.append(f"| {' | '.join([line['name'], *cells])} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    main()
