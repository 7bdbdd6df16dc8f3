"""Every kind of index finds what exact search finds, under every filter."""

from __future__ import annotations

from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import faiss
import numpy as np
import pytest

from recommender.errors import SettingsError, SnapshotDamaged
from recommender.index import FLAT, PassageIndex, Source, Tuning, kind_for
from recommender.index.lists import EVERYTHING, Lists
from recommender.index.tuning import tune
from recommender.index.write import check_kind, write_index

pytestmark = pytest.mark.slow

ROWS, DIM = 6_000, 32
KINDS = [
    *(FLAT, "IVF64,RaBitQ2", "IVF64,SQ8", "SQfp16"),
    pytest.param("HNSW16", marks=pytest.mark.slow),
]
Search = Callable[..., tuple[np.ndarray, np.ndarray]]


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Texts on forty subjects, some to the letter the same."""
    generator = np.random.default_rng(0)
    subjects = generator.standard_normal((40, DIM))
    found = subjects[generator.integers(40, size=ROWS)]
    found += generator.standard_normal((ROWS, DIM))
    found[100:110] = found[0]
    return (found / np.linalg.norm(found, axis=1, keepdims=True)).astype(np.float32)


@pytest.fixture(scope="module")
def source(vectors: np.ndarray) -> Source:
    return Source(ROWS, DIM, lambda rows: vectors[rows])


@pytest.fixture(scope="module", params=KINDS)
def made(
    request: pytest.FixtureRequest, source: Source, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, Tuning | None]:
    path = tmp_path_factory.mktemp("index") / "index.faiss"
    with path.open("wb") as stream:
        write_index(source, request.param, stream)
    return path, tune(path, source, request.param, 0.99)


@pytest.fixture
def search(made: tuple[Path, Tuning | None], source: Source) -> Search:
    path, tuning = made
    return PassageIndex.open([(path, source, tuning)]).search


def exactly(
    vectors: np.ndarray, queries: np.ndarray, k: int, allowed: np.ndarray | None
) -> np.ndarray:
    scores = queries @ vectors.T
    if allowed is not None:
        scores[:, ~allowed] = -np.inf
    return -np.sort(-scores, axis=1)[:, :k]


def share(count: int) -> np.ndarray:
    allowed = np.zeros(ROWS, dtype=bool)
    allowed[np.random.default_rng(1).permutation(ROWS)[:count]] = True
    return allowed


@pytest.mark.parametrize(
    "allowed",
    [None, share(ROWS - 7), share(ROWS // 2), share(1_500), share(40), share(3), share(0)],
    ids=lambda allowed: "all" if allowed is None else str(allowed.sum()),
)
def test_the_best_of_the_allowed_rows_are_found(
    search: Search, vectors: np.ndarray, allowed: np.ndarray | None
) -> None:
    queries = vectors[::100] + 0.5 * vectors[50::100]
    scores, rows = search(queries, 10, allowed)
    expected = exactly(vectors, queries, 10, allowed)
    found = rows >= 0
    there = ROWS if allowed is None else int(allowed.sum())
    assert (found.sum(axis=1) == min(10, there)).all()
    if allowed is not None:
        assert allowed[rows[found]].all()
    # The scores are those of the stored vectors, the best first.
    cosines = np.einsum("ij,ikj->ik", queries, vectors[rows])
    assert np.allclose(scores[found], cosines[found], atol=2e-3)
    assert (scores[:, 1:] <= scores[:, :-1]).all()
    if there:
        bound = expected[:, min(10, there) - 1, None]
        assert (scores >= bound - 2e-3)[found].mean() >= 0.98


@pytest.mark.parametrize("excluded", [range(100, 110), range(3, ROWS - 2), range(ROWS)], ids=str)
@pytest.mark.parametrize("allowed", [None, share(1_500)], ids=["all", "some"])
def test_excluded_rows_are_not_allowed(
    search: Search, vectors: np.ndarray, allowed: np.ndarray | None, excluded: range
) -> None:
    left = np.ones(ROWS, dtype=bool) if allowed is None else allowed.copy()
    left[excluded.start : excluded.stop] = False
    scores, rows = search(vectors[:300:100], 10, allowed, excluded=excluded)
    expected_scores, expected = search(vectors[:300:100], 10, left)
    there = min(10, int(left.sum()))
    assert left[rows[:, :there]].all()
    assert (rows[:, :there] == expected[:, :there]).all()
    assert np.allclose(scores[:, :there], expected_scores[:, :there], atol=1e-6)
    assert (rows[:, there:] == -1).all()


def test_segments_are_searched_as_one(vectors: np.ndarray, tmp_path: Path) -> None:
    sizes = [2_000, 0, 3_999, 1]
    starts = np.cumsum([0, *sizes])
    places = []
    for number, (start, size) in enumerate(zip(starts.tolist(), sizes, strict=False)):
        part = Source(size, DIM, lambda rows, start=start: vectors[start + rows])
        path = tmp_path / f"{number}"
        kind = "IVF16,SQ8" if size > 1_000 else FLAT
        with path.open("wb") as stream:
            write_index(part, kind, stream)
        places.append((path, part, tune(path, part, kind, 0.99)))
    allowed = share(ROWS // 2)
    whole = PassageIndex.without_files([Source(ROWS, DIM, lambda rows: vectors[rows])])
    expected = whole.search(vectors[::50], 5, allowed)
    scores, rows = PassageIndex.open(places).search(vectors[::50], 5, allowed)
    assert np.allclose(np.sort(scores), np.sort(expected[0]), atol=1e-5)
    assert (rows == expected[1]).mean() > 0.99


def test_nothing_is_found_in_nothing_and_for_nothing(search: Search) -> None:
    empty = PassageIndex.without_files([Source(0, DIM, lambda rows: np.empty((0, DIM)))])
    assert empty.search(np.ones((2, DIM), np.float32), 5)[1].shape == (2, 0)
    assert search(np.empty((0, DIM), np.float32), 5)[1].shape == (0, 0)


def test_equal_scores_come_in_row_order_and_no_row_twice(search: Search, vectors) -> None:
    _, rows = search(vectors[:1], 11)
    assert rows[0].tolist() == [0, *range(100, 110)]


def test_more_than_there_are_may_be_asked_for(search: Search, vectors) -> None:
    _, rows = search(vectors[:2], ROWS + 5)
    assert sorted(rows[0].tolist()) == list(range(ROWS))


def test_an_approximate_index_says_what_share_of_the_ten_best_it_found(
    made: tuple[Path, Tuning | None], source: Source, vectors: np.ndarray
) -> None:
    path, tuning = made
    if tuning is None:
        return
    assert min(tuning.recall.values()) >= 0.99
    index = PassageIndex.open([(path, source, tuning)])
    expected = exactly(vectors, vectors[7::20], 10, None)[:, -1:]
    scores, _ = index.search(vectors[7::20], 10, purpose="passages")
    assert (scores >= expected - 1e-5).mean() == pytest.approx(tuning.recall["passages"], abs=0.02)


def test_to_name_articles_the_nearest_lists_are_enough_unless_few_rows_are_allowed(
    made: tuple[Path, Tuning | None], source: Source, vectors: np.ndarray
) -> None:
    index = PassageIndex.open([(made[0], source, made[1])])
    asked = vectors[7::20]
    for allowed in (None, share(1_200)):
        scores, rows = index.search(asked, 20, allowed, "articles")
        assert (rows >= 0).all()
        assert allowed is None or allowed[rows].all()
        cosines = np.einsum("nd,ncd->nc", asked, vectors[rows])
        assert np.abs(scores - cosines).mean() < 0.08  # 32 numbers of two bits tell no more
        expected = exactly(vectors, asked, 10, allowed)[:, -1:]
        assert (cosines >= expected - 1e-5).sum() >= 0.8 * 10 * len(asked)


@pytest.mark.slow
def test_less_effort_is_spent_where_less_was_promised(source: Source, tmp_path: Path) -> None:
    path = tmp_path / "index.faiss"
    with path.open("wb") as stream:
        write_index(source, "IVF256,RaBitQ2", stream)
    little, much = (tune(path, source, "IVF256,RaBitQ2", target) for target in (0.5, 0.99))
    assert little is not None
    assert much is not None
    assert little.effort["texts"] < much.effort["texts"]


@pytest.mark.parametrize(("kind", "most"), [("IVF256,RaBitQ2", 2 * 6.0), ("IVF16,SQ8", 2 * 2.0)])
def test_a_target_that_vectors_without_neighbours_cannot_reach_ends_the_search_for_it(
    kind: str, most: float, tmp_path: Path
) -> None:
    drawn = np.random.default_rng(3).standard_normal((ROWS, 64)).astype(np.float32)
    drawn /= np.linalg.norm(drawn, axis=1, keepdims=True)
    source, path = Source(ROWS, 64, lambda rows: drawn[rows]), tmp_path / "index.faiss"
    with path.open("wb") as stream:
        write_index(source, kind, stream)
    compared: list[int] = []
    real = Lists.probe

    def counted(self: Lists, vectors: np.ndarray, *given: Any) -> Any:
        before = faiss.cvar.indexIVF_stats.ndis
        found = real(self, vectors, *given)
        compared.append(faiss.cvar.indexIVF_stats.ndis - before)
        return found

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Lists, "probe", counted)
        tuning = tune(path, source, kind, 1.01)
    assert tuning is not None
    assert sum(compared) <= most * tuning.sample * ROWS
    assert min(tuning.effort.values()) >= EVERYTHING
    assert max(tuning.recall.values()) <= 1


def test_the_same_index_is_made_of_the_same_vectors(source: Source, tmp_path: Path) -> None:
    for name in "ab":
        with (tmp_path / name).open("wb") as stream:
            write_index(source, "IVF64,RaBitQ2", stream)
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_an_exact_index_is_the_file_of_faiss_and_is_written_while_vectors_are_read(
    vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.index.part.VECTORS_AT_ONCE", 1_000)
    stream, written = BytesIO(), list[int]()

    def read(rows: np.ndarray) -> np.ndarray:
        written.append(stream.tell())
        return vectors[rows]

    write_index(Source(ROWS, DIM, read), FLAT, stream)
    flat = faiss.IndexFlatIP(DIM)
    flat.add(vectors)
    assert stream.getvalue() == faiss.serialize_index(flat).tobytes()
    assert np.diff(written).tolist() == [1_000 * DIM * 4] * (ROWS // 1_000 - 1)


@pytest.mark.parametrize(
    ("setting", "rows", "kind"),
    [
        ("exact", 10_000_000, FLAT),
        ("auto", 20_000, FLAT),
        ("auto", 1_000_000, "IVF4096,RaBitQ2"),
        ("auto", 10_000_000, "IVF8192,RaBitQ2"),
        ("fast", 20_000, "IVF512,RaBitQ2"),
        ("IVF16,SQ8", 20_000, "IVF16,SQ8"),
        ("IVF16,SQ8", 100, FLAT),
    ],
)
def test_the_kind_follows_from_the_setting_and_the_size(setting: str, rows: int, kind: str) -> None:
    assert kind_for(setting, rows) == kind


@pytest.mark.parametrize("kind", ["nonsense", "OPQ16,IVF64,SQ8", "IVF64,SQ8,RFlat", "", "IVF"])
def test_a_kind_that_cannot_be_used_is_refused_before_any_work(kind: str) -> None:
    with pytest.raises(SettingsError, match="write exact, auto, fast or a factory string"):
        check_kind(kind)


@pytest.mark.parametrize("kind", ["exact", "auto", "fast", "IVF1024,SQfp16", "HNSW32,SQ8", FLAT])
def test_a_kind_that_can_be_used_passes(kind: str) -> None:
    check_kind(kind)


def test_candidates_that_cannot_be_answers_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = np.random.default_rng(0)
    vectors = np.repeat(generator.standard_normal((ROWS // 12, DIM)), 12, axis=0)
    vectors += 0.3 * generator.standard_normal((ROWS, DIM))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    counts: list[int] = []

    def read(rows: np.ndarray) -> np.ndarray:
        counts.append(len(rows))
        return vectors[rows]

    path, kind, source = tmp_path / "index.faiss", "IVF64,RaBitQ2", Source(ROWS, DIM, read)
    with path.open("wb") as stream:
        write_index(source, kind, stream)
    index = PassageIndex.open([(path, source, tune(path, source, kind, 0.99))])
    asked = [vectors[row : row + 1] for row in range(200, 240)]
    counts.clear()
    some = [index.search(one, 10) for one in asked]
    few, counts[:] = sum(counts), []
    monkeypatch.setattr("recommender.index.parts.CODES_OFF", 100.0)
    every = [index.search(one, 10) for one in asked]
    assert few < sum(counts) / 2
    for (scores, rows), (all_scores, all_rows) in zip(some, every, strict=True):
        assert np.array_equal(rows, all_rows)
        assert np.allclose(scores, all_scores)


def test_a_file_that_is_no_index_of_these_rows_is_named(
    made: tuple[Path, Tuning | None], source: Source, tmp_path: Path
) -> None:
    path, tuning = made
    data = path.read_bytes()
    other = Source(ROWS - 1, DIM, source.read)
    with pytest.raises(SnapshotDamaged, match=f"{path}: found {ROWS} vectors"):
        PassageIndex.open([(path, other, tuning)])
    for number, wrong in enumerate([b"", b"not an index", data[: len(data) // 3]]):
        broken = tmp_path / f"{number}.faiss"
        broken.write_bytes(wrong)
        with pytest.raises(SnapshotDamaged, match=f"{broken}.*verify --repair"):
            PassageIndex.open([(broken, source, tuning)])


def test_an_exact_index_gives_the_vectors_that_it_holds_and_no_others(
    source: Source, vectors: np.ndarray, tmp_path: Path
) -> None:
    path, rows = tmp_path / "index.faiss", np.array([7, 3, ROWS - 1, 3])
    with path.open("wb") as stream:
        write_index(source, FLAT, stream)
    unread = Source(ROWS, DIM, lambda rows: pytest.fail("the stored vectors are not needed"))
    [held] = PassageIndex.open([(path, unread, None)]).sources
    assert np.array_equal(held.read(rows), vectors[rows])
    data = bytearray(path.read_bytes())
    data[-4:] = np.float32(np.nan).tobytes()  # the last number of the last vector
    path.write_bytes(data)
    [held] = PassageIndex.open([(path, unread, None)]).sources
    assert np.array_equal(held.read(rows[:2]), vectors[rows[:2]])
    with pytest.raises(SnapshotDamaged, match=f"{path}: holds a vector that is not finite"):
        held.read(rows)
