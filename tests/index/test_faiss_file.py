"""A file is looked over before FAISS maps it: its kind is one of ours, no part leads out of it."""

from __future__ import annotations

from pathlib import Path

import faiss
import numpy as np
import pytest

from recommender.errors import SettingsError
from recommender.index.faiss_file import BadStructure, check_structure
from recommender.index.write import make

pytestmark = pytest.mark.slow

DIM, ROWS = 16, 400
KINDS = [
    *("Flat", "SQ8", "SQ4", "SQ6", "SQfp16", "SQbf16", "HNSW8", "HNSW8_SQ8", "IVF8_HNSW4,SQ8"),
    *("IVF8,Flat", "IVF8,SQ8", "IVF8,SQfp16", "IVF8,RaBitQ", "IVF8,RaBitQ2", "IVF8,RaBitQ4"),
]


def index_of(kind: str, rows: int = ROWS) -> faiss.Index:
    vectors = np.random.default_rng(3).standard_normal((rows, DIM)).astype(np.float32)
    index = make(kind, DIM)
    index.train(vectors)
    index.add(vectors)
    return index


def check(index: faiss.Index, path: Path) -> None:
    faiss.write_index(index, str(path))
    with path.open("rb") as stream:
        check_structure(stream)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_that_can_be_made_is_let_through(kind: str, tmp_path: Path) -> None:
    check(index_of(kind), tmp_path / "index")


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_that_is_cut_off_anywhere_is_refused(kind: str, tmp_path: Path) -> None:
    faiss.write_index(index_of(kind, 60), str(tmp_path / "index"))
    data = (tmp_path / "index").read_bytes()
    place = tmp_path / "cut"
    for size in [*range(min(len(data), 300)), *range(300, len(data), 37), len(data) - 1]:
        place.write_bytes(data[:size])
        with place.open("rb") as stream, pytest.raises(BadStructure):
            check_structure(stream)
    place.write_bytes(data + b"\0")
    with place.open("rb") as stream, pytest.raises(BadStructure, match="goes on behind"):
        check_structure(stream)


def test_lists_that_lie_in_another_file_are_refused(tmp_path: Path) -> None:
    """FAISS would open the file that is named there."""
    index = index_of("IVF8,Flat")
    lists = faiss.OnDiskInvertedLists(index.nlist, index.code_size, str(tmp_path / "lists"))
    lists.merge_from_1(index.invlists)
    index.replace_invlists(lists)
    with pytest.raises(BadStructure, match="keeps its lists elsewhere"):
        check(index, tmp_path / "index")


@pytest.mark.parametrize("wild", [ROWS, 2**31 - 1, -2])
def test_a_graph_that_leads_out_of_its_vectors_is_refused(wild: int, tmp_path: Path) -> None:
    index = index_of("HNSW8")
    neighbours = faiss.vector_to_array(index.hnsw.neighbors)
    neighbours[40] = wild
    faiss.copy_array_to_vector(neighbours, index.hnsw.neighbors)
    with pytest.raises(BadStructure, match="leads nowhere"):
        check(index, tmp_path / "index")


def test_a_graph_leads_to_no_vector_on_a_level_that_it_does_not_have(tmp_path: Path) -> None:
    index = index_of("HNSW8")
    levels = faiss.vector_to_array(index.hnsw.levels)
    offsets = faiss.vector_to_array(index.hnsw.offsets)
    neighbours = faiss.vector_to_array(index.hnsw.neighbors)
    tall, low = int(np.flatnonzero(levels > 1)[0]), int(np.flatnonzero(levels == 1)[0])
    neighbours[int(offsets[tall]) + index.hnsw.nb_neighbors(0)] = low
    faiss.copy_array_to_vector(neighbours, index.hnsw.neighbors)
    with pytest.raises(BadStructure, match="leads nowhere"):
        check(index, tmp_path / "index")


@pytest.mark.parametrize(
    "kind", ["IVF8,PQ4", "IVF8,PQ4x4fs", "HNSW8_PQ4", "PQ4", "IVF4(RCQ1x2),Flat", "LSH"]
)
def test_a_kind_whose_file_cannot_be_checked_is_not_made(kind: str) -> None:
    with pytest.raises(SettingsError, match="index kind"):
        make(kind, DIM)


@pytest.mark.parametrize("folder", ["/srv/vectors", "./vectors", "C:\\vectors"])
def test_a_folder_in_the_place_of_a_kind_is_told_where_it_goes(folder: str) -> None:
    with pytest.raises(SettingsError, match="it is a path; --into takes the folder"):
        make(folder, DIM)


def test_an_empty_stream_is_no_index(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    with (tmp_path / "empty").open("rb") as stream, pytest.raises(BadStructure):
        check_structure(stream)
