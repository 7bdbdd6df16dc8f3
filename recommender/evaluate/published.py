"""Publish a snapshot to a search engine: load it beside the live version, compare, then switch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from recommender.answers.archive import Archive
from recommender.answers.ids import position_of
from recommender.answers.options import RelatedOptions, SimilarOptions
from recommender.answers.recommender import Recommender
from recommender.arrays import spread
from recommender.engines.open import open_engine, publisher_of
from recommender.engines.publisher import EXACT_PASSAGES, Publisher
from recommender.errors import GateRefused, SnapshotMissing
from recommender.passages.boilerplate import BOILERPLATE_FILE
from recommender.store.snapshot import Snapshot
from recommender.types import Filters, OnProgress, Where

# Questions that both are asked before a version becomes live, and the answers of each.
SAMPLED_QUESTIONS, COMPARED_ANSWERS = 200, 10
# The characters of a headline that are searched for, and the share of the best score of words.
MOST_ASKED, MATCHING = 200, 0.7
# The share of answers that must be the same. Beyond `EXACT_PASSAGES` both walk approximate indexes,
# of which each misses other answers.
LEAST_AGREEMENT, LEAST_OF_GRAPHS = 0.99, 0.95


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions:
    """Say how a snapshot is published: how many questions compare it, and what is kept.

    `keep` whole versions stay, the live one among them. With `force` a version becomes live
    whatever the comparison says.
    """

    questions: int = SAMPLED_QUESTIONS
    keep: int = 2
    force: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishReport:
    """How publishing went: which version is live, and how far its answers agree with the index's.

    `agreement` is the share of the first answers to `questions` that are the same, 1 for none.
    """

    address: str
    version: str
    before: str
    articles: int
    passages: int
    bytes: int
    loaded: bool
    questions: int
    agreement: float
    dropped: tuple[str, ...] = ()


def publish_to_engine(
    index: str | Path,
    to: str,
    options: PublishOptions | None = None,
    on_progress: OnProgress | None = None,
) -> PublishReport:
    """Publish the live snapshot of an index to an engine, and return how that went.

    A version that is there already is not loaded again. Raises `GateRefused` if the answers agree
    too little: the version then stays beside the live one. Raises `StorageError` if somebody else
    publishes there, `EngineAway` if the server does not answer, and what opening an index does.
    """
    options, tell = options or PublishOptions(), on_progress or (lambda *_: None)
    with Recommender.open(index) as local, closing(publisher_of(to)) as versions:
        snapshot = local.local
        is_new = snapshot.name not in versions.names()
        if is_new:
            versions.load(snapshot, _beside(snapshot), tell)
        archive = open_engine(to, snapshot.name)
        asked, agreement = _compared(local, Recommender(archive), options.questions, tell)
        least = LEAST_AGREEMENT if archive.row_count <= EXACT_PASSAGES else LEAST_OF_GRAPHS
        if agreement < least and not options.force:
            raise GateRefused(
                f"{archive.place}: {agreement:.1%} of the answers of version {archive.name} are "
                f"those of the index, and not {least:.0%}; it is not live; see that both "
                "are of one release, or publish with --force"
            )
        before, _ = versions.live()
        versions.switch(snapshot.name)
        dropped = _drop_old(versions, options.keep)
        return PublishReport(
            address=archive.place,
            version=snapshot.name,
            before=before,
            articles=snapshot.manifest.articles,
            passages=snapshot.manifest.passages,
            bytes=archive.bytes,
            loaded=is_new,
            questions=asked,
            agreement=round(agreement, 4),
            dropped=dropped,
        )


def roll_back(to: str, version: str = "") -> tuple[str, str]:
    """Make an earlier version live, by default the one before; return both, the older one first.

    Raises `SnapshotMissing` if there is no such version.
    """
    with closing(publisher_of(to)) as versions:
        live, before = versions.live()
        wanted = version or before
        if not wanted or wanted not in versions.names():
            kept = ", ".join(versions.names()) or "none"
            raise SnapshotMissing(f"{versions.address}: has no version {wanted}; it has {kept}")
        versions.switch(wanted)
        return wanted, live


def _beside(snapshot: Snapshot) -> dict[str, str]:
    """Return the texts beside an index that answers need."""
    text = snapshot.text_beside(BOILERPLATE_FILE)
    return {BOILERPLATE_FILE: text} if text else {}


def _drop_old(versions: Publisher, keep: int) -> tuple[str, ...]:
    """Drop the oldest versions, never the live one or the one before it; return them."""
    spared = {*versions.live(), *versions.names()[-max(keep, 1) :]}
    dropped = tuple(name for name in versions.names() if name not in spared)
    for name in dropped:
        versions.drop(name)
    return dropped


def _compared(
    local: Recommender, remote: Recommender, count: int, on_progress: OnProgress
) -> tuple[int, float]:
    """Ask both the same questions; return how many, and the share of the same answers."""
    shares: list[float] = []
    positions = _sampled(local.snapshot, count)
    for number, position in enumerate(positions):
        on_progress("ask", number + 1, len(positions))
        id = local.snapshot.article(position).id
        ask = _ASKED[number % len(_ASKED)]
        shares.append(same_share(ask(local, id), ask(remote, id)))
    return len(shares), float(np.mean(shares)) if shares else 1.0


def _sampled(archive: Archive, count: int) -> list[int]:
    """Return articles that have passages and may be asked with, spread evenly over the archive."""
    hidden = set(archive.withheld().tolist())
    every = [position for position, _ in archive.positions_and_ids() if position not in hidden]
    found: list[int] = spread([one for one in every if archive.rows(one)], count).tolist()
    return found


def _related(recommender: Recommender, id: str) -> list[str]:
    options = RelatedOptions(k=COMPARED_ANSWERS, confidence="loose")
    return [one.article_id for one in recommender.related(id, options=options)]


def _related_filtered(recommender: Recommender, id: str) -> list[str]:
    filters = Filters(languages="same")
    options = RelatedOptions(k=COMPARED_ANSWERS, confidence="loose", filters=filters)
    return [one.article_id for one in recommender.related(id, options=options)]


def _similar(recommender: Recommender, id: str) -> list[str]:
    options = SimilarOptions(k=COMPARED_ANSWERS, confidence="loose")
    return [one.passage_id for one in recommender.similar(id, options=options)]


def _worded(recommender: Recommender, id: str) -> list[str]:
    """Return the passages that match the headline of an article well by words: no encoder asks."""
    return _matching(recommender, id, Where())


def _worded_filtered(recommender: Recommender, id: str) -> list[str]:
    archive = recommender.snapshot
    tag = archive.language(position_of(archive, id))
    return _matching(recommender, id, Where(tags=frozenset({tag})))


def _matching(recommender: Recommender, id: str, where: Where) -> list[str]:
    archive = recommender.snapshot
    headline = archive.article(position_of(archive, id)).title[:MOST_ASKED] or id
    found = archive.word_scores(headline).above(MATCHING, archive.scope(where))
    return [str(row) for row in found.tolist()]


_ASKED = (_related, _similar, _worded, _related_filtered, _worded_filtered)


def same_share(wanted: Sequence[str], found: Iterable[str]) -> float:
    """Return the share of the answers of the longer list that are in both; 1 for none at all."""
    own, other = set(wanted), set(found)
    most = max(len(own), len(other))
    return len(own & other) / most if most else 1.0
