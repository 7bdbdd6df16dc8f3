"""Rows that were read before come from memory, and are those that the file has."""

from __future__ import annotations

import threading
from random import Random

import numpy as np
import pytest

from recommender.arrays import Rows, Vectors
from recommender.index import Source
from recommender.store import recent_rows
from recommender.store.recent_rows import LEAST_NEW, LEAST_SEGMENT, MOST_ROWS, remembering

MATRIX = np.arange(3 * LEAST_SEGMENT, dtype=np.float32).reshape(LEAST_SEGMENT, 3)


class Counted:
    """A source that counts the rows that are read of it."""

    def __init__(self, rows: int = LEAST_SEGMENT) -> None:
        self.read_rows = 0
        self.source = Source(rows, 3, self._read)

    def _read(self, rows: Rows) -> Vectors:
        self.read_rows += len(rows)
        return MATRIX[rows]


def drawn(chance: Random, count: int) -> Rows:
    return np.array([chance.randrange(LEAST_SEGMENT) for _ in range(count)], np.int64)


def test_what_is_read_is_what_the_file_has_whatever_was_read_before() -> None:
    chance, source = Random(4), remembering(Counted().source)
    pool = drawn(chance, 700)
    for _ in range(200):
        count = chance.choice([0, 1, LEAST_NEW - 1, LEAST_NEW, 300, MOST_ROWS, MOST_ROWS + 1])
        some = np.array(chance.choices(pool.tolist(), k=count), np.int64)  # some twice
        rows = chance.choice([some, np.sort(some), drawn(chance, count)])
        assert source.read(rows).tolist() == MATRIX[rows].tolist()


def test_rows_are_read_once_for_the_stages_of_a_search() -> None:
    counted, rows = Counted(), np.arange(0, 4_000, 10, dtype=np.int64)
    source = remembering(counted.source)
    source.read(rows)
    source.read(rows[:200][::-1])
    source.read(np.arange(5, 205, 10, dtype=np.int64))  # few new ones displace nothing
    assert counted.read_rows == len(rows) + 20
    source.read(rows + 2_000)  # half of them are known
    source.read(np.concatenate([rows, rows[-50:]]))
    assert counted.read_rows == len(rows) + 20 + 200


@pytest.mark.parametrize("rows", [LEAST_SEGMENT - 1, 0])
def test_a_small_segment_takes_no_memory(rows: int) -> None:
    source = Counted(rows).source
    assert remembering(source) is source


def test_memory_is_bounded() -> None:
    chance = Random(1)
    memory = recent_rows.RecentRows(Counted().source)
    for _ in range(10):
        memory.read(drawn(chance, MOST_ROWS))
    assert sum(len(read.vectors) for read in memory._reads) == 2 * MOST_ROWS


def test_threads_read_what_they_ask_for() -> None:
    source = remembering(Counted().source)
    wrong = []

    def ask(seed: int) -> None:
        chance = Random(seed)
        for _ in range(100):
            rows = drawn(chance, 100)
            if source.read(rows).tolist() != MATRIX[rows].tolist():
                wrong.append(seed)

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
