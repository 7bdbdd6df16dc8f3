"""Learn the relevance model again and measure what it shows: python -m benchmarks.relevance.

DATA is a folder of labelled sets, as `recommender evaluate` takes it. INDEXES is a folder with an
index for each set, of its name; sets without one are left out. `--mixed` names an index that holds
all of them. `--strangers ARTICLES INDEX...` asks for relatives of articles where they have none,
`--own INDEX...` for relatives of some articles of an index in which few have one. Without both, the
figures of these stay as they are stored, each with its commit.
`--off-topic` names a TOML file with `queries` on nothing in the archives, and `more` of them that
were written after the constants were chosen. The figures go to
benchmarks/results/relevance.json, the pictures beside it, the tables into docs/quality.md.
"""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.circumstances import RESULTS, circumstances, store
from benchmarks.relevance import learn, page, shown
from benchmarks.relevance.pairs import FEATURES, Asked, gather, shipped_weights
from benchmarks.relevance.picture import shares
from recommender.answers.drafts import draft_of_row
from recommender.answers.recommender import Recommender
from recommender.encoders.base import Encoder
from recommender.encoders.load import load_encoder
from recommender.evaluate.questions import (
    LabelledQuestion,
    LabelledSet,
    draw_of_each_task,
    find_sets,
    labelled_questions,
    self_made,
)
from recommender.evaluate.shown import calibration_error
from recommender.scoring.relevance import load_relevance
from recommender.types import Article

RESULTS_FILE = RESULTS / "relevance.json"
HEADLINES = 200
STRANGERS = 100
MIXED = "mixed"


def main() -> None:
    """Measure all that is named, store the figures, draw the pictures and fill the page."""
    options = _arguments()
    sets = [it for it in find_sets(options.data) if (options.indexes / it.name).exists()]
    off_topic = tomllib.loads(options.off_topic.read_text(encoding="utf-8"))
    measured = Measured(sets, options, off_topic, load_encoder())
    result = {**circumstances(), "sample": options.sample, **measured.all()}
    store(RESULTS_FILE, result)
    for name, picture in measured.pictures():
        (RESULTS / name).write_text(picture, encoding="utf-8")
    page.write(result)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks.relevance", description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("indexes", type=Path)
    parser.add_argument("--mixed", type=Path, help="an index that holds all sets")
    parser.add_argument("--strangers", type=Path, nargs="+", action="append", default=[])
    parser.add_argument("--own", type=Path, nargs="+", default=[])
    parser.add_argument("--off-topic", type=Path, default=Path("tests/expected/off_topic.toml"))
    parser.add_argument("--sample", type=int, default=300, help="questions of a kind; 0 for all")
    return parser.parse_args()


class Measured:
    """All that is measured; each index is opened once for each part."""

    def __init__(
        self,
        sets: Sequence[LabelledSet],
        options: argparse.Namespace,
        off_topic: Mapping[str, Sequence[str]],
        encoder: Encoder,
    ) -> None:
        self._sets, self._options = sets, options
        self._off_topic, self._encoder = off_topic, encoder
        self._asked: list[Asked] = []
        self._answered: dict[str, list[shown.Answered]] = {}

    def all(self) -> dict[str, Any]:
        """Return every figure."""
        parts = {name: self._of_index(name, index) for name, index in self._indexes()}
        return {
            "sets": parts,
            "chance": list(self._chance()) or _stored_chance(),
            "learned": self._learned(),
            "probability": self._probability(),
        }

    def pictures(self) -> Iterator[tuple[str, str]]:
        """Yield the name and the SVG of each picture."""
        bins = {
            name: [(said, right) for said, right, _ in shown.reliability(found, _shown_k(found))]
            for name, found in self._answered.items()
        }
        yield (
            "reliability.svg",
            shares(bins, "said to be right", "right", diagonal=True, dots=True),
        )
        curves = {
            name: shown.precision_recall(found)
            for name, found in self._answered.items()
            if not found[0].question.text
        }
        yield (
            "precision_recall.svg",
            shares(curves, "of the right answers shown", "precision", diagonal=False, dots=False),
        )

    def _indexes(self) -> Iterator[tuple[str, Path]]:
        for one in self._sets:
            yield one.name, self._options.indexes / one.name
        if self._options.mixed:
            yield MIXED, self._options.mixed

    def _of_index(self, name: str, index: Path) -> dict[str, Any]:
        """Return the figures of each labelled set in an index, and of queries on nothing in it."""
        found: dict[str, Any] = {}
        with Recommender.open(index, encoder=self._encoder) as recommender:
            found["articles"] = recommender.local.manifest.articles
            found["off_topic"] = {
                kind: asdict(shown.answered_share(recommender, queries))
                for kind, queries in self._off_topic.items()
            }
            if name != MIXED:
                found["headlines"] = asdict(self._headlines(recommender))
            for one in self._sets:
                if name in (one.name, MIXED):
                    print(name, one.name, flush=True)
                    questions = self._questions(one, recommender)
                    found[one.name] = self._of_set(name, one.name, recommender, questions)
        return found

    def _questions(self, one: LabelledSet, recommender: Recommender) -> list[LabelledQuestion]:
        questions, _ = labelled_questions(one, recommender.local)
        return draw_of_each_task(questions, self._options.sample, seed=0)

    def _of_set(
        self,
        index: str,
        name: str,
        recommender: Recommender,
        questions: Sequence[LabelledQuestion],
    ) -> dict[str, Any]:
        answered = shown.ask(recommender, questions)
        label = name if index != MIXED else f"{name}, {MIXED}"
        self._answered[label] = answered
        found = shown.figures(recommender, answered)
        if questions[0].text:
            return found | {"own_removed": asdict(shown.without_own_language(answered))}
        self._asked += gather(recommender, label, questions)
        points = shown.precision_recall(answered)
        return found | {
            "precision_where_kept": shown.precision_where_kept(points),
            "same_story": asdict(shown.same_story(recommender, questions)),
        }

    def _headlines(self, recommender: Recommender) -> Any:
        """Return the share of headlines that get an answer that is likely or sure."""
        made = self_made(recommender.local, HEADLINES, 0)
        texts = [one.text for one in made if one.task == "headline"] or ["-"]
        return shown.answered_share(recommender, texts)

    def _chance(self) -> Iterator[dict[str, Any]]:
        """Yield how many answers strangers get in each archive."""
        for articles, *indexes in self._options.strangers:
            some = _drafts(articles, STRANGERS)
            for index in indexes:
                with Recommender.open(index, encoder=self._encoder) as recommender:
                    name = f"{articles.stem} in {index.name}"
                    print(name, flush=True)
                    yield {"name": name, **shown.chance_answers(recommender, some)}
        for index in self._options.own:
            with Recommender.open(index, encoder=self._encoder) as recommender:
                print(index.name, flush=True)
                own = shown.own_articles(recommender, STRANGERS)
                yield {"name": index.name, **shown.chance_answers(recommender, own)}

    def _learned(self) -> dict[str, Any]:
        """Return the learned model, and how it and the shipped one do on what is held out."""
        keys = {
            "story": lambda one: one.story,
            "language": lambda one: one.language,
            "set": lambda one: one.name.partition(",")[0],
        }
        found: dict[str, Any] = {
            "features": FEATURES,
            "weights": (learn.learned(self._asked).weights / _meaning(self._asked)).tolist(),
            "shipped_weights": shipped_weights().tolist(),
            "across": {
                name: {
                    "learned": asdict(learn.across(self._asked, key, learn.learned)),
                    "shipped": asdict(learn.across(self._asked, key, learn.shipped)),
                }
                for name, key in keys.items()
            },
        }
        found["without"] = {
            feature: asdict(learn.across(self._asked, keys["story"], _without(at)))
            for at, feature in enumerate(FEATURES)
        }
        return found

    def _probability(self) -> dict[str, Any]:
        """Return the lines from chance answers to probability, and their error on held-out sets."""
        found: dict[str, Any] = {}
        for task in ("related", "search"):
            sets = {
                name: _decades(some, task)
                for name, some in self._answered.items()
                if bool(some[0].question.text) is (task == "search")
            }
            if task == "search":
                sets |= self._decades_of_nothing()
            found[task] = _lines(sets) if sets else {}
        return found

    def _decades_of_nothing(self) -> dict[str, Any]:
        """Return the decades of hits for queries on nothing in the archives; none is right."""
        found = {}
        for name, index in self._indexes():
            with Recommender.open(index, encoder=self._encoder) as recommender:
                said = np.array(
                    [
                        it.probability
                        for query in self._off_topic["queries"]
                        for it in recommender.search(query, k=10, confidence="loose")
                    ]
                )
                decades = _decades_of(said, ["search"] * len(said))
                found[f"off-topic in {name}"] = (decades, np.zeros(len(decades)))
        return found


def _stored_chance() -> list[dict[str, Any]]:
    """Return the stored figures of strangers, with the commits that they were made with."""
    stored = json.loads(RESULTS_FILE.read_text(encoding="utf-8"))
    return [{"commit": stored["commit"], **one} for one in stored["chance"]]


def _meaning(asked: Sequence[Asked]) -> float:
    return float(learn.learned(asked).weights[0])


def _without(feature: int) -> learn.Learn:
    free = [at for at in range(len(FEATURES)) if at != feature]
    return lambda asked: learn.learned(asked, free)


def _shown_k(found: Sequence[shown.Answered]) -> int:
    return shown.SEARCH_K if found[0].question.text else shown.SHOWN_K


def _decades_of(said: Any, lines: Sequence[str]) -> Any:
    """Return the logarithms of the expected chance answers that probabilities follow from.

    `lines` names the line that each probability was read from.
    """
    known = load_relevance().probability
    at_one = np.array([known[line].at_one for line in lines])
    slope = np.array([known[line].per_decade for line in lines])
    said = np.clip(said, 1e-9, 1 - 1e-9)
    return (at_one - np.log(said / (1 - said))) / slope


def _decades(found: Sequence[shown.Answered], task: str) -> tuple[Any, Any]:
    every = [
        (
            it.probability,
            float(it.article_id in one.question.relevant),
            "between" if task == "related" and it.language != one.question.language else task,
        )
        for one in found
        for it in one.answers[: _shown_k(found)]
    ]
    said, right, lines = zip(*every, strict=True)
    return _decades_of(np.array(said), lines), np.array(right)


def _lines(sets: Mapping[str, tuple[Any, Any]]) -> dict[str, Any]:
    """Return the line through all sets, and for each the error of the line through the others."""

    def line(names: Sequence[str]) -> tuple[float, float]:
        decades = np.concatenate([sets[name][0] for name in names])
        right = np.concatenate([sets[name][1] for name in names])
        counts = np.concatenate(
            [np.full(len(sets[name][0]), len(decades) / len(sets[name][0])) for name in names]
        )
        return learn.fitted_line(decades, right, counts / len(names))

    errors = {}
    for name, (decades, right) in sets.items():
        others = [one for one in sets if one.partition(",")[0] != name.partition(",")[0]]
        at_one, slope = line(others or list(sets))
        said = 1 / (1 + np.exp(-(at_one - slope * decades)))
        errors[name] = calibration_error(said, right)
    at_one, slope = line(list(sets))
    return {"at_one": at_one, "per_decade": slope, "held_out_errors": errors}


def _drafts(path: Path, most: int) -> list[Article]:
    """Return some articles of a JSON Lines file, evenly over it, as drafts."""
    lines = path.read_text(encoding="utf-8").splitlines()
    return [draft_of_row(json.loads(line)) for line in lines[:: max(len(lines) // most, 1)]]


if __name__ == "__main__":
    main()
