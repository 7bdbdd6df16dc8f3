"""Compare the words that a source holds, counted simply, with those of the articles read of it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

from recommender.types import Article, Refusal


def lost_words(source: str, found: Iterable[Article | Refusal]) -> list[str]:
    """Return the words of `source` that stand less often in the articles, sorted.

    `source` is the text as a simple and independent extraction gives it. A word that only the
    title of an article holds counts as kept.
    """
    kept: Counter[str] = Counter()
    for one in found:
        if isinstance(one, Article):
            kept.update(_words(one.text))
            kept.update(_words(one.title).keys() - kept.keys())
    return sorted((_words(source) - kept).elements())


def _words(text: str) -> Counter[str]:
    return Counter(re.findall(r"[^\W_]+", text.replace("\u00ad", "")))
