"""Parts of a file are read as a map of it would show them, without mapping it."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest

from recommender.errors import SnapshotDamaged
from recommender.store.mapped_files import ANNOUNCED, TRIED, StoredFile, StoredRows


@pytest.fixture
def place(tmp_path: Path) -> Path:
    path = tmp_path / "vectors.npy"
    np.save(path, np.arange(300, dtype=np.float16).reshape(100, 3))
    return path


def stored(path: Path) -> StoredRows:
    return StoredRows(path, np.load(path, mmap_mode="r"), "run: this")


@pytest.mark.parametrize(
    "rows",
    [[], [0], [99], [3, 4, 5], [5, 4, 3], [7, 7, 8], [0, 99, 50, 51], list(range(100))],
    ids=str,
)
def test_rows_come_in_the_order_they_are_asked_for(place: Path, rows: list[int]) -> None:
    found = stored(place).read(np.array(rows, dtype=np.int64))
    assert found.dtype == np.float16
    assert found.tolist() == np.load(place)[rows].reshape(-1, 3).tolist()


@pytest.mark.parametrize("rows", [[100], [-1], [5, 1 << 40]], ids=str)
def test_a_row_that_there_is_not_is_refused(place: Path, rows: list[int]) -> None:
    with pytest.raises(IndexError):
        stored(place).read(np.array(rows, dtype=np.int64))


def test_what_was_open_when_the_file_was_deleted_is_read(place: Path) -> None:
    opened = stored(place)
    place.unlink()
    assert opened.read(np.array([2])).tolist() == [[6, 7, 8]]


@pytest.mark.skipif(not hasattr(os, "pread"), reason="the file is mapped here")
def test_a_file_that_was_cut_short_is_named(place: Path) -> None:
    opened = stored(place)
    os.truncate(place, 400)
    assert opened.read(np.array([0])).tolist() == [[0, 1, 2]]
    with pytest.raises(SnapshotDamaged, match=f"{place}: is cut short; run: this"):
        opened.read(np.array([90]))


@pytest.mark.skipif(not hasattr(os, "posix_fadvise"), reason="this system takes no advice")
def test_many_reads_are_announced_once_the_first_ones_are_slow(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[str, int]] = []
    advise, read = os.posix_fadvise, os.pread

    def advised(descriptor: int, offset: int, length: int, advice: int) -> None:
        calls.append(("announced", offset))
        advise(descriptor, offset, length, advice)

    def was_read(descriptor: int, length: int, offset: int) -> bytes:
        calls.append(("read", offset))
        return read(descriptor, length, offset)

    monkeypatch.setattr(os, "posix_fadvise", advised)
    monkeypatch.setattr(os, "pread", was_read)
    monkeypatch.setattr("recommender.store.mapped_files.IN_MEMORY", -1)
    rows = np.arange(0, 4 * ANNOUNCED, 2)
    found = stored(place).read(rows)
    assert found.tolist() == np.load(place)[rows].tolist()
    assert [name for name, _ in calls[:TRIED]] == ["read"] * TRIED
    offsets = [offset for name, offset in calls if name == "announced"]
    assert calls[TRIED:] == [("announced", at) for at in offsets] + [("read", at) for at in offsets]
    assert len(offsets) == len(rows) - TRIED
    calls.clear()
    stored(place).read(rows[: ANNOUNCED - 1])
    monkeypatch.setattr("recommender.store.mapped_files.IN_MEMORY", 1e9)
    assert stored(place).read(rows).tolist() == found.tolist()
    assert {name for name, _ in calls} == {"read"}


def test_a_file_system_that_takes_no_advice_is_read_all_the_same(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(descriptor: int, offset: int, length: int, advice: int) -> None:
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL))

    monkeypatch.setattr(os, "posix_fadvise", refused, raising=False)
    monkeypatch.setattr(os, "POSIX_FADV_WILLNEED", 3, raising=False)
    monkeypatch.setattr("recommender.store.mapped_files.IN_MEMORY", -1)
    rows = np.arange(0, 2 * ANNOUNCED, 2)
    assert stored(place).read(rows).tolist() == np.load(place)[rows].tolist()


def test_a_system_that_cannot_read_so_looks_at_the_map(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "pread", raising=False)
    assert stored(place).read(np.array([2, 0])).tolist() == [[6, 7, 8], [0, 1, 2]]
    assert StoredFile(place, "run: this").read(1, 5) == b"NUMPY"
    place.write_bytes(b"")
    assert StoredFile(place, "run: this").read(0, 0) == b""


def test_a_file_that_is_gone_before_it_is_opened_is_named(place: Path) -> None:
    mapped = np.load(place, mmap_mode="r")
    place.unlink()
    with pytest.raises(
        SnapshotDamaged, match=r"vectors\.npy: No such file or directory; run: this"
    ):
        StoredRows(place, mapped, "run: this")


@pytest.mark.skipif(not hasattr(os, "pread"), reason="the file is mapped there")
def test_an_error_of_the_disk_names_the_file(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = stored(place)

    def fail(*_: object) -> int:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, "pread", fail)
    with pytest.raises(SnapshotDamaged, match=r"vectors\.npy: Input/output error; run: this"):
        rows.read(np.arange(3))


@pytest.mark.skipif(not hasattr(os, "pread"), reason="the file is mapped here")
def test_what_comes_in_pieces_is_read_to_its_end(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows, pread = stored(place), os.pread
    monkeypatch.setattr(os, "pread", lambda file, length, at: pread(file, min(length, 4), at))
    assert rows.read(np.array([4, 5, 50])).tolist() == [[12, 13, 14], [15, 16, 17], [150, 151, 152]]


@pytest.mark.parametrize(("offset", "length"), [(0, 10_000), (1 << 62, 5), (-1, 5), (5, -3)])
def test_a_part_that_there_is_not_is_refused(place: Path, offset: int, length: int) -> None:
    with pytest.raises(SnapshotDamaged, match=r"vectors\.npy: ends before byte -?\d+; run: this"):
        StoredFile(place, "run: this").read(offset, length)
