"""Compare a snapshot that is about to become live with the live one, and perhaps refuse it.

Measuring its quality needs no labels: the headline of an article, and a paragraph held out of it,
should find the rest of the article among all other passages. Another evaluation can be given
instead.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.evaluate.held_out import HeldOut, held_out
from recommender.store.manifest import Manifest
from recommender.store.snapshot import Snapshot

# Measures a snapshot on the articles with these ids: figures from 0 to 1 by name, higher is better.
GateFigures = Callable[[Snapshot, "list[str]"], Mapping[str, float]]

SAMPLED_ARTICLES = 200
FOUND_WITHIN = 10


@dataclass(frozen=True, slots=True)
class Margins:
    """How far a snapshot may fall behind the live one, each as a share from 0 to 1.

    `size`: of the articles, and of the passages. `language`: of the articles of one language, if it
    had at least `least_articles`. `left_out`: the rise of the share of articles that are left out.
    `quality`: the fall of each figure of the evaluation.
    """

    size: float = 0.1
    language: float = 0.2
    left_out: float = 0.05
    quality: float = 0.05
    least_articles: int = 10


class QualityGate:
    """Refuses a candidate that falls behind the live snapshot by more than the margins."""

    def __init__(
        self,
        live: Snapshot | None,
        margins: Margins | None = None,
        evaluate: GateFigures | None = None,
    ) -> None:
        self._live = live
        self._margins = margins or Margins()
        self._evaluate = evaluate or found_again

    def __call__(self, candidate: Snapshot) -> dict[str, Any]:
        """Return the figures of both and, under `refused`, a sentence for each fall."""
        if self._live is None:
            return {"refused": [], "candidate": {}, "live": {}}
        ids = _common_sample(self._live, candidate)
        before, after = dict(self._evaluate(self._live, ids)), dict(self._evaluate(candidate, ids))
        refused = [
            *_smaller(self._live.manifest, candidate.manifest, self._margins),
            *(
                f"{name} fell from {before[name]:.3f} to {after[name]:.3f}"
                for name in before
                if before[name] - after.get(name, 0.0) > self._margins.quality
            ),
        ]
        return {
            "refused": refused,
            "compared_with": self._live.name,
            "articles_evaluated": len(ids),
            "live": before,
            "candidate": after,
        }


def found_again(snapshot: Snapshot, ids: list[str]) -> dict[str, float]:
    """Return how often an article is found again by its headline and by a held-out paragraph.

    Each figure is the share of articles that are among the ten best for their own headline or
    paragraph, found by their other passages.
    """
    found: dict[str, list[bool]] = {"headline": [], "paragraph": []}
    for id in ids:
        position = snapshot.find(id)
        if position is None:
            for outcomes in found.values():
                outcomes.append(False)
            continue
        for held in held_out(snapshot, position):
            found[held.kind].append(_finds_own(snapshot, position, held))
    return {
        "found by its headline": _share(found["headline"]),
        "found by a held-out paragraph": _share(found["paragraph"]),
    }


def _finds_own(snapshot: Snapshot, position: int, held: HeldOut) -> bool:
    """Return whether a passage, itself held out, finds its article among the best ten."""
    live = snapshot.columns.live_rows
    allowed = np.ones(snapshot.all_row_count, dtype=np.bool_) if live is None else live.copy()
    allowed[list(held.hidden)] = False
    query = snapshot.centered([held.row])
    k = min(FOUND_WITHIN * 5, snapshot.row_count)
    _, rows = snapshot.index.search(query, k, allowed, "passages")
    articles = snapshot.articles_of(rows[0][rows[0] >= 0]).tolist()
    return position in list(dict.fromkeys(articles))[:FOUND_WITHIN]


def _share(found: list[bool]) -> float:
    return round(float(np.mean(found)), 4) if found else 1.0


def _common_sample(live: Snapshot, candidate: Snapshot) -> list[str]:
    """Return ids of articles that both answer with, spread evenly over the hashes of ids.

    They are the same every time. Segments keep removed articles, which are not among them.
    """
    hashes = np.intersect1d(_hashes(live), _hashes(candidate))
    chosen = hashes[np.linspace(0, len(hashes) - 1, min(SAMPLED_ARTICLES, len(hashes)), dtype=int)]
    answered = np.isin(live.columns.id_hashes, chosen) & live.columns.live_articles
    return [live.article(position).id for position in np.flatnonzero(answered).tolist()]


def _hashes(snapshot: Snapshot) -> npt.NDArray[np.uint64]:
    """Return the hashes of the ids of the articles that are not removed."""
    hashes: npt.NDArray[np.uint64] = snapshot.columns.id_hashes[snapshot.columns.live_articles]
    return hashes


def _smaller(before: Manifest, after: Manifest, margins: Margins) -> list[str]:
    counts = {
        "articles": (before.articles, after.articles),
        "passages": (before.passages, after.passages),
    }
    sentences = [
        f"{name} fell from {was:,} to {now:,}"
        for name, (was, now) in counts.items()
        if now < was * (1 - margins.size)
    ]
    sentences += [
        f"articles in {language} fell from {count:,} to {after.languages.get(language, 0):,}"
        for language, count in before.languages.items()
        if count >= margins.least_articles
        and after.languages.get(language, 0) < count * (1 - margins.language)
    ]
    share, was_share = _left_out(after), _left_out(before)
    if share - was_share > margins.left_out:
        sentences.append(f"the share left out rose from {was_share:.1%} to {share:.1%}")
    return sentences


def _left_out(manifest: Manifest) -> float:
    left_out = len(manifest.left_out)
    return left_out / max(left_out + manifest.articles, 1)
