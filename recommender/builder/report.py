"""Counts what the live articles of segments hold, without reading their texts."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import numpy as np

from recommender.arrays import Mask
from recommender.articles.notices import unpublished_of
from recommender.builder.encode import Encoded
from recommender.builder.job import Job
from recommender.builder.plan import Plan
from recommender.builder.previous import Previous
from recommender.store.segment import Segment
from recommender.types import Article, BuildReport, NoticeCount, Refusal, Role
from recommender.version import __version__


@dataclass
class Counts:
    """How many articles, passages, articles of a language and paragraphs of a role there are.

    `words_only` is how many passages there are besides that have no vector. `wordless` names the
    articles that have no text to compare.
    """

    articles: int = 0
    passages: int = 0
    words_only: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)
    wordless: list[Refusal] = field(default_factory=list)


def count_articles(segments: Sequence[Segment], live: Sequence[Mask]) -> Counts:
    """Count the articles that `live` flags, one flag an article of each segment."""
    census = Counts()
    for segment, mask in zip(segments, live, strict=True):
        records = segment.articles[mask]
        census.articles += len(records)
        census.passages += int(records["rows"].sum())
        census.words_only += int(mask[segment.words_only["article"]].sum())
        languages = np.bincount(records["language"], minlength=len(segment.facts["languages"]))
        for name, count in zip(segment.facts["languages"], languages.tolist(), strict=True):
            census.languages[name] += count
        roles = records["roles"].astype(np.int64).sum(axis=0).tolist()
        for role, count in zip(segment.roles, roles, strict=False):
            census.roles[str(role)] += count
        census.wordless += _wordless(segment, mask)
    census.languages = +census.languages
    census.roles = +census.roles
    return census


def _wordless(segment: Segment, live: Mask) -> list[Refusal]:
    """Name the live articles that have no passage but a title."""
    title = segment.roles.index(Role.TITLE)
    worded = np.asarray(segment.passages["article"])[segment.passages["role"] != title]
    counts = np.bincount(worded, minlength=len(segment))
    refusals = []
    for position in np.flatnonzero(live & (counts == 0)).tolist():
        article = segment.stored(position).article
        roles = segment.articles[position]["roles"].tolist()
        only = ", ".join(
            f"{count} {role}" for role, count in zip(segment.roles, roles, strict=False) if count
        )
        refusals.append(Refusal(_place(article), f"has no text to compare, only: {only}"))
    return refusals


def _place(article: Article) -> str:
    """Return the path, with the id where it is not the path's own: one file may hold many."""
    has_own = article.path.startswith(f"{article.id}.")
    return article.path if has_own else f"{article.path} ({article.id})"


def new_report(
    encoder: str,
    plan: Plan,
    census: Counts,
    encoded: Encoded,
    left_out: Sequence[Refusal],
    kept: int,
) -> BuildReport:
    """Return what a build did, but for what `with_notices` adds."""
    return BuildReport(
        snapshot="",
        published=True,
        encoder=encoder,
        articles=census.articles,
        passages=census.passages,
        words_only=census.words_only,
        same=census.articles - plan.added - plan.changed,
        added=plan.added,
        changed=plan.changed,
        removed=plan.gone,
        encoded=encoded.texts,
        reused=kept + encoded.reused,
        seconds=0.0,
        languages=dict(census.languages.most_common()),
        roles=dict(census.roles.most_common()),
        left_out=tuple(left_out),
        reasons=plan.reasons,
    )


def with_notices(report: BuildReport, notices: tuple[NoticeCount, ...]) -> BuildReport:
    """Return a report with what was counted and not refused."""
    return replace(report, notices=notices, unpublished=unpublished_of(notices))


def unchanged_report(base: Previous, left_out: Sequence[Refusal], started: float) -> BuildReport:
    assert base.snapshot is not None
    manifest = base.snapshot.manifest
    wordless = count_articles(base.snapshot.segments, base.snapshot.live_by_segment).wordless
    return BuildReport(
        snapshot=base.snapshot.name,
        published=False,
        encoder=manifest["encoder"]["name"],
        articles=manifest["articles"],
        passages=manifest["passages"],
        words_only=manifest["words_only"],
        same=manifest["articles"],
        added=0,
        changed=0,
        removed=0,
        encoded=0,
        reused=manifest["passages"],
        seconds=round(time.monotonic() - started, 3),
        languages=manifest["languages"],
        roles=manifest["roles"],
        left_out=(*left_out, *wordless),
    )


def manifest_facts(encoder: dict[str, Any], job: Job, report: BuildReport) -> dict[str, Any]:
    """Return the manifest's fields that say how and from what the snapshot was made."""
    return {
        "recommender": __version__,
        "encoder": encoder,
        "recipe": job.cutter.recipe,
        "articles": report.articles,
        "passages": report.passages,
        "words_only": report.words_only,
        "languages": dict(report.languages),
        "roles": dict(report.roles),
        "left_out": [[refusal.place, refusal.reason] for refusal in report.left_out],
        "unpublished": dict(report.unpublished),
        "notices": [asdict(one) for one in report.notices],
        "include_unpublished": job.cutter.settings.include_unpublished,
        "build": {
            "same": report.same,
            "added": report.added,
            "changed": report.changed,
            "removed": report.removed,
            "encoded": report.encoded,
            "reused": report.reused,
            "reasons": list(report.reasons),
        },
    }
