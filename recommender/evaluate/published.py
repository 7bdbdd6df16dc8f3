"""Publish a snapshot to a search engine: load it beside the live version, compare, then switch."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from recommender.answers.archive import Archive
from recommender.answers.ids import position_of
from recommender.answers.options import RelatedOptions, SimilarOptions
from recommender.answers.recommender import Recommender
from recommender.arrays import spread
from recommender.engines.archive import EngineArchive
from recommender.engines.completeness import problems_of
from recommender.engines.open import open_engine, publisher_of
from recommender.engines.publisher import EXACT_PASSAGES, Publisher
from recommender.errors import (
    EngineAway,
    GateRefused,
    SnapshotDamaged,
    SnapshotForeign,
    SnapshotMissing,
    SnapshotNotFound,
)
from recommender.evaluate.recall import Batch, questions_of, recall_of
from recommender.index.tuning import SAME_SCORE
from recommender.passages.boilerplate import BOILERPLATE_FILE
from recommender.store.snapshot import Snapshot
from recommender.types import Filters, OnProgress, Where

# The name of an answer and its score; an answer by words has no score, so none replaces another.
Scored = tuple[str, float]

# How many questions compare both before a version becomes live, and how many answers of each.
SAMPLED_QUESTIONS, COMPARED_ANSWERS = 200, 10
# How many characters of a headline are searched for, and the least share of the best score by
# words.
MOST_ASKED, MATCHING = 200, 0.7
# The share of the ten exactly nearest passages that an engine must find, unless it finds nearly as
# many as the index.
LEAST_RECALL, LESS_THAN_INDEX = 0.99, 0.005
# Two approximate searches each miss different passages, so fewer answers can be the same. Of those
# that can, this share may differ: for an engine that compares all passages, or searches a graph.
MAY_DIFFER, MAY_DIFFER_ON_GRAPHS = 0.01, 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishOptions:
    """How a snapshot is published: how many questions compare it, and how many versions stay.

    `keep` complete versions stay, the live one among them. With `force` a version becomes live
    whatever the comparison says.
    """

    questions: int = SAMPLED_QUESTIONS
    keep: int = 2
    force: bool = False


class Comparison(NamedTuple):
    """How the answers of an engine agree with those of the index, on so many questions.

    `agreement` is the share of the first answers that are the same. `index_recall` and
    `engine_recall` are the shares of the ten exactly nearest passages that each finds, the engine
    with an `effort` of its own. All shares are 1 if nothing was asked.
    """

    questions: int = 0
    agreement: float = 1.0
    index_recall: float = 1.0
    engine_recall: float = 1.0
    effort: int = 0

    @property
    def finds_enough(self) -> bool:
        """Whether the engine finds most of the nearest passages, or nearly as many as the index."""
        least = min(LEAST_RECALL, self.index_recall - LESS_THAN_INDEX)
        return self.engine_recall >= least

    def least_agreement(self, passages: int) -> float:
        """Return the share of answers that must be the same, in an archive of so many passages."""
        missed = (1 - self.index_recall) + (1 - self.engine_recall)
        is_large = passages > EXACT_PASSAGES
        return max(1 - missed - (MAY_DIFFER_ON_GRAPHS if is_large else MAY_DIFFER), 0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishReport:
    """The result of publishing: which version is live, and how it agrees with the index.

    `agreement`, `index_recall`, `engine_recall` and `effort` are those of `Comparison`. `warnings`
    are about the release of the server.
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
    index_recall: float
    engine_recall: float
    effort: int
    dropped: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def publish_to_engine(
    index: str | Path,
    to: str,
    options: PublishOptions | None = None,
    on_progress: OnProgress | None = None,
) -> PublishReport:
    """Publish the live snapshot of an index to an engine, and return the result.

    A version that the engine already holds is not loaded again. Raises `GateRefused` if the engine
    finds too few of the nearest passages, or gives other answers: the version then stays beside the
    live one. Raises `StorageError` if somebody else is publishing there, `EngineAway` if the server
    does not answer, and the errors of opening an index.
    """
    options, tell = options or PublishOptions(), on_progress or (lambda *_: None)
    with Recommender.open(index) as local, closing(publisher_of(to)) as versions:
        snapshot = local.local
        is_new = _is_to_load(versions, to, snapshot.name)
        if is_new:
            versions.load(snapshot, _beside(snapshot), tell)
        archive = open_engine(to, snapshot.name)
        found = compare_recall(local, archive, options.questions, tell)
        if not options.force:
            _refuse_unless_found(found, archive)
        found = compare_answers(found, local, archive, tell)
        if not options.force:
            _refuse_unless_alike(found, archive)
        if archive.effort > min(archive.engine.efforts):
            versions.remember_effort(snapshot.name, archive.effort)
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
            questions=found.questions,
            agreement=round(found.agreement, 4),
            index_recall=round(found.index_recall, 4),
            engine_recall=round(found.engine_recall, 4),
            effort=found.effort,
            dropped=dropped,
            warnings=_warnings(archive),
        )


def _warnings(archive: EngineArchive) -> tuple[str, ...]:
    """Return warnings about the release of a server; none if the server does not state it.

    The version is already live, so a server that does not answer this is not an error.
    """
    with suppress(EngineAway):
        return tuple(archive.warnings())
    return ()


def _is_to_load(versions: Publisher, to: str, name: str) -> bool:
    """Return whether a version must be loaded: it is missing, incomplete or of another release.

    Raises `SnapshotForeign` if another release wrote it and it is live: its readers would lose it.
    """
    if name not in versions.names():
        return True
    try:
        return bool(problems_of(open_engine(to, name)))
    except (SnapshotDamaged, SnapshotMissing):
        return True
    except SnapshotForeign as error:
        if name == versions.live()[0]:
            raise SnapshotForeign(
                f"{versions.address}: version {name} is live as another release wrote it; publish "
                "it as an archive of another name, or publish the next build"
            ) from error
        return True


def _refuse_unless_found(found: Comparison, archive: EngineArchive) -> None:
    """Raise `GateRefused` if the engine finds too few of the nearest passages."""
    if not found.finds_enough:
        raise GateRefused(
            f"{archive.place}: version {archive.name} is not live: with its greatest effort the "
            f"engine finds {found.engine_recall:.1%} of the ten exactly nearest passages, and the "
            f"index {found.index_recall:.1%}; publish with --force, or divide the archive"
        )


def _refuse_unless_alike(found: Comparison, archive: EngineArchive) -> None:
    """Raise `GateRefused` if the engine gives other answers than the index."""
    least = found.least_agreement(archive.row_count)
    if found.agreement < least:
        raise GateRefused(
            f"{archive.place}: version {archive.name} is not live: {found.agreement:.1%} of the "
            "answers are those of the index, and not "
            f"{least:.1%}, although the engine finds {found.engine_recall:.1%} of the ten exactly "
            f"nearest passages and the index {found.index_recall:.1%}; see that both are of one "
            "release, or publish with --force"
        )


def roll_back(to: str, version: str = "") -> tuple[str, str]:
    """Make an earlier version live, by default the one before; return both, the older one first.

    It is opened and counted first. Raises `SnapshotNotFound`, which names the kept ones, for
    another name, and `SnapshotDamaged` if the engine has lost some of the version.
    """
    with closing(publisher_of(to)) as versions:
        live, before = versions.live()
        wanted, kept = version or before, versions.names()
        if not wanted or wanted not in kept:
            what = f"has no whole version {wanted}" if wanted else "keeps no earlier version"
            raise SnapshotNotFound(
                f"{versions.address}: {what}; it has {', '.join(kept) or 'none'}; see: recommender "
                f"history --index {versions.address}"
            )
        _check_whole(to, wanted)
        versions.switch(wanted)
        return wanted, live


def _check_whole(to: str, version: str) -> None:
    """Raise `SnapshotDamaged` if an engine has lost some of a version."""
    archive = open_engine(to, version)
    with suppress(EngineAway):  # a large version may take longer to count than an answer may take
        for problem in problems_of(archive):
            raise SnapshotDamaged(f"version {version} is not made live: {problem}")


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


def compare_recall(
    local: Recommender, archive: EngineArchive, count: int, on_progress: OnProgress
) -> Comparison:
    """Compare what an index and an engine find with what exact search finds.

    If the engine finds too few of the nearest passages, its effort is raised and stays so.
    """
    positions = sampled_articles(local.snapshot, count)
    if not positions:
        return Comparison(effort=archive.effort)
    exact = Snapshot(local.local.folder, local.local.name, exact=True)
    batches = questions_of(exact, positions)
    found = Comparison(len(positions), index_recall=recall_of(local.snapshot, exact, batches))
    found = _with_effort(found, archive, exact, batches)
    on_progress("recall", len(positions), len(positions))
    return found


def compare_answers(
    found: Comparison, local: Recommender, archive: EngineArchive, on_progress: OnProgress
) -> Comparison:
    """Ask both for the answers about the same articles; return how far they agree."""
    positions = sampled_articles(local.snapshot, found.questions)
    remote, shares = Recommender(archive), []
    for number, position in enumerate(positions):
        on_progress("ask", number + 1, len(positions))
        id = local.snapshot.article(position).id
        ask = _ASKED[number % len(_ASKED)]
        shares.append(same_share(*but_for_ties(ask(local, id), ask(remote, id))))
    return found._replace(agreement=float(np.mean(shares)) if shares else 1.0)


def _with_effort(
    found: Comparison, archive: EngineArchive, exact: Snapshot, batches: Sequence[Batch]
) -> Comparison:
    """Measure the recall of an engine; raise its effort until it is enough or gains nothing."""
    for effort in [one for one in archive.engine.efforts if one >= archive.effort]:
        archive.effort = effort
        recall = recall_of(archive, exact, batches)
        found = found._replace(engine_recall=recall, effort=effort)
        if found.finds_enough:
            break
    return found


def sampled_articles(archive: Archive, count: int) -> list[int]:
    """Return articles that have passages and may be asked about, spread evenly over the archive."""
    hidden = set(archive.withheld().tolist())
    every = [position for position, _ in archive.positions_and_ids() if position not in hidden]
    found: list[int] = spread([one for one in every if archive.rows(one)], count).tolist()
    return found


def _related(recommender: Recommender, id: str) -> list[Scored]:
    options = RelatedOptions(k=COMPARED_ANSWERS, confidence="loose")
    return [(one.article_id, one.score) for one in recommender.related(id, options=options)]


def _related_filtered(recommender: Recommender, id: str) -> list[Scored]:
    filters = Filters(languages="same")
    options = RelatedOptions(k=COMPARED_ANSWERS, confidence="loose", filters=filters)
    return [(one.article_id, one.score) for one in recommender.related(id, options=options)]


def _similar(recommender: Recommender, id: str) -> list[Scored]:
    options = SimilarOptions(k=COMPARED_ANSWERS, confidence="loose")
    return [(one.passage_id, one.score) for one in recommender.similar(id, options=options)]


def _worded(recommender: Recommender, id: str) -> list[Scored]:
    """Return the passages that match an article's headline well by words, without an encoder."""
    return _matching(recommender, id, Where())


def _worded_filtered(recommender: Recommender, id: str) -> list[Scored]:
    archive = recommender.snapshot
    tag = archive.language(position_of(archive, id))
    return _matching(recommender, id, Where(tags=frozenset({tag})))


def _matching(recommender: Recommender, id: str, where: Where) -> list[Scored]:
    archive = recommender.snapshot
    headline = archive.article(position_of(archive, id)).title[:MOST_ASKED] or id
    found = archive.word_scores(headline).above(MATCHING, archive.scope(where))
    return [(str(row), math.nan) for row in found.tolist()]


_ASKED = (_related, _similar, _worded, _related_filtered, _worded_filtered)


def but_for_ties(wanted: Sequence[Scored], found: Sequence[Scored]) -> tuple[list[str], list[str]]:
    """Return the names of two answers; of two with equal scores, the missing one's name is used.

    If a passage stands in an archive a thousand times, which ten of them are found is chance.
    """
    own, named = {name for name, _ in found}, {name for name, _ in wanted}
    # Answers by words have no scores here and may be all passages of an archive.
    missing = [one for one in wanted if one[0] not in own and not math.isnan(one[1])]
    names = []
    for name, score in found:
        ties = (one for one in missing if abs(one[1] - score) <= SAME_SCORE)
        if name not in named and (tie := next(ties, None)):
            missing.remove(tie)
            name = tie[0]
        names.append(name)
    return [name for name, _ in wanted], names


def same_share(wanted: Sequence[str], found: Iterable[str]) -> float:
    """Return the share of the answers of the longer list that are in both; 1 for none at all."""
    own, other = set(wanted), set(found)
    most = max(len(own), len(other))
    return len(own & other) / most if most else 1.0
