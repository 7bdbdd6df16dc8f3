"""Rows of tables of other libraries say the same of publication as those of files."""

from __future__ import annotations

import pytest

from recommender.articles.frames import items_of
from recommender.articles.publication import publication


def test_a_map_of_arrow_is_an_object() -> None:
    arrow = pytest.importorskip("pyarrow")
    maps = arrow.array([[("draft", True)], None], arrow.map_(arrow.string(), arrow.bool_()))
    if "maps_as_pydicts" not in (arrow.RecordBatch.to_pylist.__doc__ or ""):
        pytest.skip("this pyarrow knows maps as lists of pairs only")
    rows = list(items_of(arrow.table({"id": [1, 2], "meta": maps})))
    assert [publication(row).status for row in rows] == ["draft", ""]
