"""The page in the folder of an index names every file that writers put there."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path

import pytest
from support.stand_in import HashEncoder

from recommender import add, build
from recommender.answers.look_memory import LAST_NEWS, WATCHED
from recommender.builder import checkpoint
from recommender.builder.farm import keep
from recommender.store.layout import WATCHLIST_FILE

PAGE = Path(__file__).parents[2] / "vectors" / "README.md"


@pytest.fixture(scope="module")
def patterns() -> list[str]:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    return [word.rstrip("/") for line in lines if line.startswith("    ") for word in line.split()]


def test_every_file_of_an_index_is_named(tmp_path: Path, patterns: list[str]) -> None:
    index, encoder = tmp_path / "index", HashEncoder()
    build({"id": "a", "text": "De dijk hield."}, into=index, model=encoder)
    add({"id": "b", "text": "Het water zakt."}, into=index, model=encoder)
    files = {path.name for path in index.rglob("*") if path.is_file()}
    files |= {WATCHLIST_FILE, WATCHED, LAST_NEWS, checkpoint.FOLDER, keep.FOLDER}
    assert [name for name in files if not any(fnmatch(name, one) for one in patterns)] == []
