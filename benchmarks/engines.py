"""Compare an archive in an engine with its index: python -m benchmarks.engines INDEX ADDRESS.

INDEX was published to ADDRESS before. Both are asked the same questions, made of articles spread
over the archive: how many of the first ten answers agree, how long both take (the shortest of some
turns), how often the engine is asked for one question and how many bytes it answers, if nothing is
remembered. How many of the ten exactly nearest passages both find is measured too, the engine with
each effort. Results go to benchmarks/results/engines.json, by the kind of the engine and the number
of passages.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.circumstances import RESULTS, circumstances
from recommender import Filters, Recommender
from recommender.answers.archive import Archive
from recommender.arrays import spread
from recommender.encoders import load_encoder
from recommender.encoders.base import Encoder
from recommender.engines.address import read_address
from recommender.engines.archive import EngineArchive
from recommender.engines.engine import Traffic
from recommender.evaluate.published import (
    SAMPLED_QUESTIONS,
    Scored,
    but_for_ties,
    same_share,
    sampled_articles,
)
from recommender.evaluate.recall import questions_of, shares_of
from recommender.store.snapshot import Snapshot

RESULTS_FILE = RESULTS / "engines.json"
COMPARED = 10
MOST_WORDS = 12
# Both are asked each question so often, by turns; the shortest time counts.
TURNS = 3
# Asks a recommender about an article, given its id and its headline; returns ids and scores.
Ask = Callable[[Recommender, str, str], list[Scored]]


def _hits(found: Sequence[Any]) -> list[Scored]:
    return [(one.passage_id, one.score) for one in found]


def _articles(found: Sequence[Any]) -> list[Scored]:
    return [(one.article_id, one.score) for one in found]


SAME = Filters(languages="same")
QUESTIONS: dict[str, Ask] = {
    "search": lambda one, _, text: _hits(one.search(text, k=COMPARED, confidence="loose")),
    "search --ranking meaning": lambda one, _, text: _hits(
        one.search(text, k=COMPARED, confidence="loose", ranking="meaning")
    ),
    "search --ranking words": lambda one, _, text: _hits(
        one.search(text, k=COMPARED, confidence="loose", ranking="words")
    ),
    "search --by article": lambda one, _, text: _articles(
        one.search(text, k=COMPARED, confidence="loose", by="article")
    ),
    "similar": lambda one, name, _: _hits(one.similar(name, k=COMPARED, confidence="loose")),
    "related": lambda one, name, _: _articles(one.related(name, k=COMPARED, confidence="loose")),
    "related --language same": lambda one, name, _: _articles(
        one.related(name, k=COMPARED, confidence="loose", filters=SAME)
    ),
}


def compare(index: Path, address: str, count: int) -> dict[str, Any]:
    """Ask both each question about `count` articles; return the figures by question."""
    encoder = load_encoder()
    local = Recommender.open(index, encoder=encoder)
    remote: Any = Recommender.open(address, encoder=encoder).snapshot
    if remote.name != local.name:
        raise SystemExit(f"{address} holds {remote.name}, and not {local.name}: publish it first")
    asked = _asked(local, count)
    found = {}
    for name, ask in QUESTIONS.items():
        found[name] = _figures(ask, asked, local, remote, encoder)
        print(f"{name:26}", json.dumps(found[name]), flush=True)
    return {
        "passages": remote.row_count,
        "articles": remote.manifest.articles,
        "recall": _recalls(local, remote),
        "asked": found,
    }


def _recalls(local: Recommender, remote: EngineArchive) -> dict[str, Any]:
    """Return the share of the ten exactly nearest passages that both find, by kind of question."""
    exact = Snapshot(local.local.folder, local.name, exact=True)
    batches = questions_of(exact, sampled_articles(exact, SAMPLED_QUESTIONS))
    tried: list[tuple[str, Archive]] = [("index", local.snapshot)]
    tried += [(f"effort {effort}", with_effort(remote, effort)) for effort in remote.engine.efforts]
    found = {}
    for name, archive in tried:
        started = time.perf_counter()
        kinds: dict[str, list[float]] = {}
        for batch in batches:
            kind = "in a language" if batch.where.tags else batch.purpose
            kinds.setdefault(kind, []).extend(shares_of(archive, exact, batch))
        seconds = time.perf_counter() - started
        each = {kind: round(statistics.mean(shares), 4) for kind, shares in kinds.items()}
        found[name] = {**each, "seconds": round(seconds, 2)}
        print(f"{name:26}", json.dumps(found[name]), flush=True)
    return found


def with_effort(remote: EngineArchive, effort: int) -> EngineArchive:
    """Return an archive that searches its graph so far."""
    other = EngineArchive(remote.engine, lambda: remote)
    other.effort = effort
    return other


def _asked(local: Recommender, count: int) -> list[tuple[str, str]]:
    """Return articles spread over the archive: their ids, and the words of their headlines."""
    archive = local.snapshot
    every = [(at, id) for at, id in archive.positions_and_ids() if len(archive.rows(at))]
    chosen = [every[at] for at in spread(range(len(every)), count).tolist()]
    titles = [(id, archive.article(at).title or archive.article(at).text) for at, id in chosen]
    return [(id, " ".join(title.split()[:MOST_WORDS])) for id, title in titles]


class Asked(NamedTuple):
    """An answer, the seconds it took, and the trips and bytes of the engine."""

    answer: list[Scored]
    seconds: float
    trips: int
    bytes: int


def _timed(ask: Ask, one: Recommender, id: str, text: str, traffic: Traffic) -> Asked:
    """Ask a question, and count."""
    before, started = (traffic.trips, traffic.bytes), time.perf_counter()
    found = ask(one, id, text)
    seconds = time.perf_counter() - started
    return Asked(found, seconds, traffic.trips - before[0], traffic.bytes - before[1])


def _figures(
    ask: Ask,
    asked: Sequence[tuple[str, str]],
    local: Recommender,
    remote: EngineArchive,
    encoder: Encoder,
) -> dict[str, Any]:
    shares, times, other_times, trips, sizes = [], [], [], [], []
    engine: Any = remote.engine
    for id, text in asked:
        ask(local, id, text)  # reads what of the index is not in memory
        own, other = [], []
        for _ in range(TURNS):
            fresh = Recommender(EngineArchive(engine, lambda: remote), encoder=encoder)
            own.append(_timed(ask, local, id, text, engine.traffic))
            other.append(_timed(ask, fresh, id, text, engine.traffic))
        wanted, found = own[0].answer, other[0].answer
        times.append(min(one.seconds for one in own))
        other_times.append(min(one.seconds for one in other))
        trips.append(other[0].trips)
        sizes.append(other[0].bytes)
        shares.append(same_share(*but_for_ties(wanted, found)))
    index, remotely = statistics.median(times), statistics.median(other_times)
    return {
        "agreement": round(statistics.mean(shares), 4),
        "all_the_same": round(sum(one == 1 for one in shares) / len(shares), 4),
        "index_milliseconds": round(1000 * index, 1),
        "ratio": round(remotely / index, 1),
        "trips": dict(sorted(Counter(trips).items())),
        "median_kilobytes": round(statistics.median(sizes) / 1000),
    }


def main() -> None:
    """Compare, and store the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("address")
    parser.add_argument("--questions", type=int, default=60)
    options = parser.parse_args()
    kind = read_address(options.address).kind
    found = compare(options.index, options.address, options.questions)
    stored = json.loads(RESULTS_FILE.read_text()) if RESULTS_FILE.exists() else {}
    stored[f"{kind} {found['passages']}"] = {**circumstances(), **found}
    RESULTS_FILE.write_text(json.dumps(stored, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
