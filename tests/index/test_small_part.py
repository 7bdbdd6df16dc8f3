"""A segment of few vectors is searched without FAISS, and the answers are those of FAISS."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import faiss
import numpy as np
import pytest

from recommender.errors import SnapshotDamaged
from recommender.index import FLAT, PassageIndex, Source
from recommender.index.allowed_rows import AllowedRows
from recommender.index.part import IndexPart
from recommender.index.small_part import SMALL_ROWS, SmallPart
from recommender.index.write import write_index

ROWS, DIM = 300, 24


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Unit vectors, ten of them the same."""
    found = np.random.default_rng(5).standard_normal((ROWS, DIM)).astype(np.float32)
    found[100:110] = found[0]
    return found / np.linalg.norm(found, axis=1, keepdims=True)


@pytest.fixture
def path(vectors: np.ndarray, tmp_path: Path) -> Path:
    """An exact index of the vectors, as a build writes it."""
    file = tmp_path / "index" / "segments" / "one" / "index.faiss"
    file.parent.mkdir(parents=True)
    with file.open("wb") as stream:
        write_index(Source(ROWS, DIM, lambda rows: vectors[rows]), FLAT, stream)
    return file


def opened(path: Path, rows: int = ROWS) -> PassageIndex:
    unread = Source(rows, DIM, lambda rows: pytest.fail("the stored vectors are not needed"))
    return PassageIndex.open([(path, unread, None)])


def part_of(index: PassageIndex) -> IndexPart:
    [part] = index._parts
    return part


@pytest.mark.parametrize("queries", [1, 2, 30])
@pytest.mark.parametrize("k", [1, 7, ROWS, ROWS + 5])
def test_the_answers_are_those_of_faiss(
    path: Path, vectors: np.ndarray, queries: int, k: int
) -> None:
    asked = vectors[5 : 5 + queries] + 0.3 * vectors[200 : 200 + queries]
    index = faiss.IndexFlatIP(DIM)
    index.add(vectors)
    expected_scores, expected = index.search(asked, min(k, ROWS))
    scores, rows = opened(path).search(asked, k)
    assert np.allclose(scores, expected_scores, atol=1e-6)
    distinct = (rows >= 100) & (rows < 110) | (rows == 0)
    assert np.array_equal(rows[~distinct], expected[~distinct])


def test_a_small_segment_is_searched_by_numpy_and_a_larger_one_by_faiss(
    path: Path, tmp_path: Path
) -> None:
    assert isinstance(part_of(opened(path)), SmallPart)
    rows = SMALL_ROWS + 1
    larger = tmp_path / "larger.faiss"
    ones = Source(rows, DIM, lambda rows: np.ones((len(rows), DIM), np.float32))
    with larger.open("wb") as stream:
        write_index(ones, FLAT, stream)
    assert not isinstance(part_of(opened(larger, rows)), SmallPart)


def test_equal_scores_come_in_the_order_of_their_rows(path: Path, vectors: np.ndarray) -> None:
    _, rows = opened(path).search(vectors[:1], 11)
    assert rows[0].tolist() == [0, *range(100, 110)]


@pytest.mark.parametrize("queries", [1, 2, 30])
@pytest.mark.parametrize("k", [1, 9, 50, 100])
def test_of_many_equal_rows_the_first_are_answered(k: int, queries: int) -> None:
    places = np.random.default_rng(3).integers(2, size=ROWS)
    equal = np.eye(DIM, dtype=np.float32)[places]
    source = Source(ROWS, DIM, lambda rows: equal[rows])
    part = SmallPart.of(source, equal.view(np.uint8), "")
    asked = np.eye(DIM, dtype=np.float32)[np.arange(queries) % 2]
    _, rows = part.search(asked, k, AllowedRows(ROWS, None, range(5)), "passages")
    for place, found in enumerate(rows):
        own = np.flatnonzero(places == place % 2)
        assert found.tolist() == own[own >= 5][:k].tolist()


@pytest.mark.parametrize("count", [ROWS - 1, 40, 3, 0])
def test_only_allowed_rows_are_found(path: Path, vectors: np.ndarray, count: int) -> None:
    allowed = np.zeros(ROWS, dtype=bool)
    allowed[np.random.default_rng(1).permutation(ROWS)[:count]] = True
    scores, rows = opened(path).search(vectors[:3], 10, allowed, excluded=range(20))
    allowed[:20] = False
    there = min(10, int(allowed.sum()))
    expected = np.where(allowed, vectors[:3] @ vectors.T, -np.inf)
    assert allowed[rows[:, :there]].all()
    assert np.allclose(scores[:, :there], -np.sort(-expected, axis=1)[:, :there], atol=1e-6)
    assert (rows[:, there:] == -1).all()
    assert (scores[:, there:] == -np.inf).all()


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_vector_that_is_not_finite_is_damage(
    path: Path, vectors: np.ndarray, wrong: float
) -> None:
    data = bytearray(path.read_bytes())
    data[-4:] = np.float32(wrong).tobytes()
    path.write_bytes(data)
    with pytest.raises(SnapshotDamaged, match=f"{path}: holds a vector .*--repair"):
        opened(path).search(vectors[:2], 3)
    [source] = opened(path).sources
    assert np.array_equal(source.read(np.array([3, 1])), vectors[[3, 1]])
    with pytest.raises(SnapshotDamaged, match=f"{path}: holds a vector that is not finite"):
        source.read(np.array([3, ROWS - 1]))


def test_a_file_that_is_not_the_exact_index_of_these_rows_is_damage(
    path: Path, vectors: np.ndarray
) -> None:
    with pytest.raises(SnapshotDamaged, match=f"found {ROWS} vectors of {DIM} numbers, expected 9"):
        opened(path, 9)
    data = path.read_bytes()
    for wrong in (b"", b"not an index", data[:-1], data + b"0"):
        path.write_bytes(wrong)
        with pytest.raises(SnapshotDamaged, match=f"{path}.*verify --repair"):
            opened(path)
    codes = BytesIO()
    write_index(Source(ROWS, DIM, lambda rows: vectors[rows]), "SQ8", codes)
    path.write_bytes(codes.getvalue())
    with pytest.raises(SnapshotDamaged, match="is not the exact index of the manifest"):
        opened(path)


def test_an_index_of_no_rows_answers_nothing(tmp_path: Path, vectors: np.ndarray) -> None:
    file = tmp_path / "index.faiss"
    with file.open("wb") as stream:
        write_index(Source(0, DIM, lambda rows: vectors[rows]), FLAT, stream)
    scores, rows = opened(file, 0).search(vectors[:2], 5)
    assert scores.shape == rows.shape == (2, 0)
