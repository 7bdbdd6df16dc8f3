"""Decide whether two articles are versions of one text: copies, or a report and its update.

Most pairs are ruled out by the hashes of their passages and by their vectors. The texts of near
pairs are compared letter by letter. So capitals, another order, other paragraphs, and the opening
and closing lines of an agency do not hide a copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Set
from functools import cached_property
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from recommender.answers.article_vectors import ArticleVectors
from recommender.scoring.shingles import letters_of, shared_runs
from recommender.store.records import date_number
from recommender.text.replaced import Replaced, replaced_between

# Two articles are copies if `COPY_COVERAGE` of each one's characters are in passages that match the
# other at `COPY_COSINE` of raw vectors, and `COPY_SAME_TEXT` of them in equal passages. Equal
# passages are required because notices made from one form, which differ in a name, are as near in
# meaning. Passages count by their length, so another headline does not make another article.
COPY_COSINE = 0.98
COPY_COVERAGE = 0.8
COPY_SAME_TEXT = 0.5
# They are also copies if each holds `COPY_COVERAGE` of the other's letters. So are two articles of
# which one holds nearly all of the other (`COPY_WHOLE`), which is not much shorter
# (`COPY_TRIMMED`).
COPY_WHOLE = 0.9
COPY_TRIMMED = 0.7
# Texts whose lengths with headlines differ by more are not copies.
COPY_LENGTH = 0.55
# An update of a report shares so much of the shorter text, by letters.
UPDATE_SHARED = 0.5
# Versions of a report differ in a name in at most one sentence, or in so few of the changed ones.
RENAMED_SENTENCES = 1
# Letters are compared only if the means of two articles have this cosine, which is quick to test,
# and if so much of one, by weight, matches the other at so much. Of 283 copies in Debian news and
# notices that only letters show, 99% have means of `COPY_MEANS` or more. Of all pairs with means of
# `NEAR_MEANS` or more, 30% have.
COPY_MEANS = 0.65
NEAR_MEANS = 0.5
NEAR_SHARE = 0.5
NEAR_COSINE = 0.5
# Articles with more pairs of passages are copies only if their passages are equal.
COPY_PAIRS = 1 << 22
# One text is longer than another if it has so many times as many letters.
LONGER = 1.03
_NONE: frozenset[bytes] = frozenset()

Version = Literal["copy", "later", "earlier", "either", ""]


class _Shared(NamedTuple):
    """How much of each article's text the other holds, 0 to 1."""

    ours: float
    theirs: float


class _Pair:
    """Two articles of one language; what is compared of both is compared once."""

    def __init__(self, one: ArticleVectors, other: ArticleVectors) -> None:
        self.one, self.other = one, other

    @cached_property
    def shared(self) -> _Shared:
        """The shares of letters that each has of the other."""
        return _Shared(*shared_runs(self.one.runs, self.other.runs))

    @cached_property
    def replaced(self) -> Replaced:
        """The names and figures that differ in shared sentences; none if few letters are shared."""
        if max(self.shared) < UPDATE_SHARED:
            return Replaced()
        return replaced_between(self.one.body, self.other.body, self.one.language)

    @cached_property
    def shared_texts(self) -> Set[bytes]:
        """The hashes of the texts that both hold."""
        ours, theirs = self.one.text_lengths.keys(), self.other.text_lengths.keys()
        return _NONE if ours.isdisjoint(theirs) else ours & theirs  # most have none: found sooner

    @cached_property
    def shares(self) -> tuple[float, float]:
        """The share of each one's characters that are in texts that both hold."""
        shared = self.shared_texts
        return (_share(self.one, shared), _share(self.other, shared)) if shared else (0.0, 0.0)

    def is_near(self, means: float) -> bool:
        """Return whether the means match at `means`, and much of the shorter article the other."""
        return bool(np.dot(self.one.whole, self.other.whole) >= means and self._is_matched)

    @cached_property
    def _is_matched(self) -> bool:
        short, long = sorted((self.one, self.other), key=lambda each: len(each.vectors))
        if not len(short.vectors) or len(short.vectors) * len(long.vectors) > COPY_PAIRS:
            return False
        best = (short.vectors @ long.vectors.T).max(axis=1)
        near = short.weights[best >= NEAR_COSINE].sum()
        return bool(near >= NEAR_SHARE * short.weights.sum())


def is_copy(one: ArticleVectors, other: ArticleVectors) -> bool:
    """Return whether two articles hold nearly the same text, in either order.

    A text with other figures or names in its sentences is not a copy.
    """
    return one.language == other.language and _is_copy(_Pair(one, other))


def version(one: ArticleVectors, other: ArticleVectors) -> Version:
    """Return which version of the text of `one` the other text is, "" if it is none.

    It is `later` if its date is later. If the dates are equal or unknown, it is `later` if it is
    longer.
    """
    if one.language != other.language:
        return ""
    pair = _Pair(one, other)
    if _is_copy(pair):
        return "copy"
    return _order(one, other) if _is_report(pair) else ""


def _is_copy(pair: _Pair) -> bool:
    one, other = pair.one, pair.other
    passages = _is_copy_by_passages(pair)
    if not passages and not (_are_of_length(one, other) and pair.is_near(COPY_MEANS)):
        return False
    shared = pair.shared
    least, most = sorted((shared.ours, shared.theirs))
    letters = least >= COPY_COVERAGE or (most >= COPY_WHOLE and least >= COPY_TRIMMED)
    if not (passages or letters) or pair.replaced:
        return False
    # The longer one has a smaller share of its text in the other. If it is days younger, text was
    # added.
    shorter, longer = (one, other) if shared.ours >= shared.theirs else (other, one)
    return least >= COPY_COVERAGE or _by_date(shorter, longer) != "later"


def _is_report(pair: _Pair) -> bool:
    """Return whether one report took over much of the other, beyond a common form."""
    most = max(pair.shares)
    if most < UPDATE_SHARED and not pair.is_near(NEAR_MEANS):
        return False
    shared = pair.shared
    most = max(most, shared.ours, shared.theirs)
    return most >= UPDATE_SHARED and pair.replaced.names <= RENAMED_SENTENCES


def _order(one: ArticleVectors, other: ArticleVectors) -> Version:
    if by_date := _by_date(one, other):
        return by_date
    length, their_length = (len(letters_of(each.body)) for each in (one, other))
    if max(length, their_length) < LONGER * min(length, their_length):
        return "either"
    return "later" if their_length > length else "earlier"


def _by_date(one: ArticleVectors, other: ArticleVectors) -> Version:
    """Return whether the other article is of a later or an earlier day, "" if it is not known."""
    days, others = (date_number(each.article.date) for each in (one, other))
    if days % 100 and others % 100 and days != others:
        return "later" if others > days else "earlier"
    return ""


def _are_of_length(one: ArticleVectors, other: ArticleVectors) -> bool:
    """Return whether the lengths of two texts allow a copy; this rules out most pairs."""
    shorter, longer = sorted(sum(each.text_lengths.values()) for each in (one, other))
    return shorter >= COPY_LENGTH * longer


def _is_copy_by_passages(pair: _Pair) -> bool:
    equal = min(pair.shares)
    if equal < COPY_SAME_TEXT:
        return False  # hardly any pair gets further, so vectors are rarely read
    one, other = pair.one, pair.other
    hashes, lengths = one.texts
    other_hashes, other_lengths = other.texts
    if len(hashes) * len(other_hashes) > COPY_PAIRS:
        return equal >= COPY_COVERAGE
    same = hashes[:, None] == other_hashes[None, :]
    twins = one.raw @ other.raw.T >= COPY_COSINE
    return _covered(twins | same, lengths, other_lengths) >= COPY_COVERAGE


def _share(article: ArticleVectors, shared: Iterable[bytes]) -> float:
    """Return the share of an article's characters that are in texts with these hashes."""
    lengths = article.text_lengths
    return sum(lengths[digest] for digest in shared) / sum(lengths.values())


def _covered(
    matches: npt.NDArray[np.bool_], lengths: npt.NDArray[np.int64], others: npt.NDArray[np.int64]
) -> float:
    """Return the share of characters in matching passages, the smaller one of both articles."""
    ours = lengths[matches.any(axis=1)].sum() / lengths.sum()
    theirs = others[matches.any(axis=0)].sum() / others.sum()
    return float(min(ours, theirs))
