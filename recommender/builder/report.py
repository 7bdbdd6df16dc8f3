"""Count what the live articles of segments hold, and report what a build did."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.arrays import Mask
from recommender.articles.notices import passed_over_of, unpublished_of
from recommender.builder.encode import Encoded
from recommender.builder.plan import Plan
from recommender.store.lines import read_article
from recommender.store.manifest import Changes, Contents
from recommender.store.records import ROLES
from recommender.store.segment import Segment
from recommender.store.segment_tables import Piece
from recommender.store.snapshot import Snapshot
from recommender.system.log import logger_of
from recommender.types import Article, BuildReport, LanguageDoubt, NoticeCount, Refusal, Role

_LOG = logger_of(__name__)


@dataclass
class Counts:
    """Numbers of articles and passages, of articles by language, and of paragraphs by role.

    `passages` counts those with a vector, `words_only` those without. `wordless` names the articles
    that have no text to compare.
    """

    articles: int = 0
    passages: int = 0
    words_only: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)
    wordless: list[Refusal] = field(default_factory=list)


def count_articles(segments: Sequence[Segment], live: Sequence[Mask]) -> Counts:
    """Count the articles that `live` marks: a flag for each article of each segment."""
    counts = Counts()
    for segment, mask in zip(segments, live, strict=True):
        records = segment.articles[mask]
        counts.articles += len(records)
        counts.passages += int(segment.row_counts[mask].sum())
        counts.words_only += int(mask[segment.owners(segment.words_only)].sum())
        spoken = segment.article_languages[mask]
        languages = np.bincount(spoken, minlength=len(segment.languages))
        for name, count in zip(segment.languages, languages.tolist(), strict=True):
            counts.languages[name] += count
        roles = records["roles"].astype(np.int64).sum(axis=0).tolist()
        for role, count in zip(segment.roles, roles, strict=False):
            counts.roles[str(role)] += count
        counts.wordless += wordless_of(segment, mask)
    counts.languages = +counts.languages
    counts.roles = +counts.roles
    return counts


def wordless_in(piece: Piece) -> list[Refusal]:
    """Name the articles of a piece that have no passage but a title."""
    passages = piece.passages
    worded = passages["article"][passages["role"] != ROLES.index(Role.TITLE)]
    places = _lacking(worded, len(piece.articles))
    lines = piece.lines.splitlines() if len(places) else []
    return [_refusal(read_article(lines[at]), piece.articles[at], ROLES) for at in places]


def wordless_of(segment: Segment, live: Mask) -> list[Refusal]:
    """Name the live articles that have no passage but a title."""
    title = segment.roles.index(Role.TITLE)
    passages = segment.passages
    worded = segment.owners(passages)[segment.role_numbers(passages) != title]
    places = (at for at in _lacking(worded, len(segment)) if live[at])
    return [_refusal(segment.article(at), segment.articles[at], segment.roles) for at in places]


def _lacking(worded: npt.NDArray[np.uint32], articles: int) -> list[int]:
    """Return the positions of the articles that are not among those with words."""
    places: list[int] = np.flatnonzero(np.bincount(worded, minlength=articles) == 0).tolist()
    return places


def _refusal(article: Article, record: Any, roles: Sequence[Role]) -> Refusal:
    """Return the refusal of an article without a text, by the roles of its paragraphs."""
    counts = zip(roles, record["roles"].tolist(), strict=False)
    only = ", ".join(f"{count} {role}" for role, count in counts if count)
    return Refusal(_place(article), f"has no text to compare, only: {only}")


def _place(article: Article) -> str:
    """Return the path of an article, with its id if the file holds several articles."""
    has_own = article.path.startswith(f"{article.id}.")
    return article.path if has_own else f"{article.path} ({article.id})"


def changes_of(plan: Plan, counts: Counts, encoded: Encoded, kept: int) -> Changes:
    """Return the work of a build; `kept` counts the passages that stayed where they were."""
    return Changes(
        same=counts.articles - plan.added - plan.changed,
        added=plan.added,
        changed=plan.changed,
        removed=plan.gone,
        encoded=encoded.texts,
        reused=kept + encoded.reused,
        reasons=plan.reasons,
    )


def report_of(
    contents: Contents,
    snapshot: str,
    started: float,
    *,
    published: bool = True,
    refused: Sequence[str] = (),
    doubts: Sequence[LanguageDoubt] = (),
) -> BuildReport:
    """Return the report of a build that began at `started`, of `time.monotonic`."""
    changes = contents.build
    report = BuildReport(
        snapshot=snapshot,
        published=published,
        encoder=contents.encoder.name,
        articles=contents.articles,
        passages=contents.passages,
        words_only=contents.words_only,
        same=changes.same,
        added=changes.added,
        changed=changes.changed,
        removed=changes.removed,
        encoded=changes.encoded,
        reused=changes.reused,
        reasons=changes.reasons,
        languages=contents.languages,
        roles=contents.roles,
        left_out=tuple(Refusal(place, reason) for place, reason in contents.left_out),
        unpublished=contents.unpublished,
        passed_over=passed_over_of(contents.notices),
        notices=contents.notices,
        refused=tuple(refused),
        language_doubts=tuple(doubts),
        seconds=round(time.monotonic() - started, 3),
    )
    _log(report)
    return report


def _log(report: BuildReport) -> None:
    what = "published" if report.published else "refused" if report.refused else "kept"
    figures = (report.articles, report.added, report.changed, report.removed, report.seconds)
    _LOG.info(
        "%s %s: %d articles, %d added, %d changed, %d removed, %.1f s",
        what,
        report.snapshot,
        *figures,
    )
    if report.left_out:
        _LOG.warning("%s: %d left out", report.snapshot, len(report.left_out))
        for one in report.left_out:
            _LOG.debug("left out: %r: %r", one.place, one.reason)


def unchanged_report(
    live: Snapshot,
    left_out: Sequence[Refusal],
    notices: tuple[NoticeCount, ...],
    started: float,
) -> BuildReport:
    """Return the report of a build that had nothing to do."""
    manifest = live.manifest
    wordless = count_articles(live.segments, live.columns.live_by_segment).wordless
    none = Changes(same=0, added=0, changed=0, removed=0, encoded=0, reused=0)
    contents = manifest.contents(
        build=replace(none, same=manifest.articles, reused=manifest.passages),
        left_out=pairs_of(list(dict.fromkeys((*left_out, *wordless)))),
        unpublished=unpublished_of(notices),
        notices=notices,
    )
    return report_of(contents, live.name, started, published=False)


def pairs_of(refusals: Sequence[Refusal]) -> tuple[tuple[str, str], ...]:
    """Return refusals in the form of a manifest: the place and the reason of each."""
    return tuple((refusal.place, refusal.reason) for refusal in refusals)
