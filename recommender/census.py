"""Counts what the live articles of segments hold, without reading their texts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from recommender.arrays import Mask
from recommender.segment import Segment
from recommender.types import Article, Refusal, Role


@dataclass
class Census:
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


def take_census(segments: Sequence[Segment], live: Sequence[Mask]) -> Census:
    """Count the articles that `live` flags, one flag an article of each segment."""
    census = Census()
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
