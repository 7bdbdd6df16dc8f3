"""The words of headlines come from a file beside each segment, in the order asked for."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from recommender.errors import SnapshotDamaged
from recommender.store.headlines import (
    MAX_WORDS,
    Headlines,
    SegmentHeadlines,
    in_order,
    words_of_headline,
    write_headlines,
)

TITLES = ["De dijk houdt stand", "", "洪水冲破", "De dijk, de dijk!"]
CHARACTERS = [120, 0, 7, 2**40]


def write(path: Path, titles: Sequence[str] = TITLES) -> Path:
    with path.open("wb") as stream:
        write_headlines(titles, np.array(CHARACTERS[: len(titles)], np.int64), stream)
    return path


def opened(path: Path, count: int = len(TITLES)) -> SegmentHeadlines:
    return SegmentHeadlines(path, count, "run: this")


def words_of_each(found: Headlines) -> list[list[int]]:
    return [part.tolist() for part in np.split(found.words, np.cumsum(found.counts)[:-1])]


@pytest.mark.parametrize("asked", [[], [2], [3, 1, 0], [0, 0], [0, 1, 2, 3]], ids=str)
def test_words_and_lengths_come_in_the_order_asked_for(tmp_path: Path, asked: list[int]) -> None:
    found = opened(write(tmp_path / "a")).of(np.array(asked, np.int64))
    expected = [words_of_headline(TITLES[at]).tolist() for at in asked] or [[]]
    assert words_of_each(found) == expected
    assert found.characters.tolist() == [min(CHARACTERS[at], 2**32 - 1) for at in asked]


def test_articles_of_several_segments_keep_their_places(tmp_path: Path) -> None:
    whole = opened(write(tmp_path / "a"))
    even, odd = np.array([0, 2]), np.array([1, 3])
    found = in_order([(even, whole.of(even)), (odd, whole.of(odd))], 4)
    expected = whole.of(np.arange(4))
    assert all(np.array_equal(*pair) for pair in zip(found, expected, strict=True))
    assert in_order([], 0).words.tolist() == []


def test_a_headline_is_cut_to_a_bound() -> None:
    assert len(words_of_headline(" ".join(f"word{n}" for n in range(9 * MAX_WORDS)))) == MAX_WORDS


@pytest.mark.parametrize(
    "change",
    [
        lambda data: data[:-1],
        lambda data: data[:2],
        lambda data: data[1:],
        lambda data: np.append(data[:-2], [data[-2] + 1, data[-1] - 2]),
    ],
)
def test_a_file_that_is_not_of_the_articles_is_refused(tmp_path: Path, change) -> None:
    path = write(tmp_path / "a")
    change(np.fromfile(path, "<u4")).astype("<u4").tofile(path)
    with pytest.raises(SnapshotDamaged, match="a: does not hold the headlines of 4 articles; run"):
        opened(path)


@pytest.mark.parametrize(("place", "value"), [(-11, 2**31), (-9, 0), (-7, 2**31)])
def test_words_that_lie_elsewhere_are_refused(tmp_path: Path, place: int, value: int) -> None:
    path = write(tmp_path / "a")
    data = np.fromfile(path, "<u4")
    data[place] = value
    data.tofile(path)
    with pytest.raises(SnapshotDamaged, match="does not hold the headlines"):
        opened(path).of(np.arange(4))


def test_a_file_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(SnapshotDamaged, match="none: No such file or directory; run: this"):
        opened(tmp_path / "none")
