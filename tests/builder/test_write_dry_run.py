"""A forecast of a write is what the write then does, and changes no file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from support.stand_in import HashEncoder

from recommender import add, build, remove, update
from recommender.builder.write_dry_run import (
    WriteForecast,
    forecast_add,
    forecast_remove,
    forecast_update,
)
from recommender.errors import ArticleNotFound, QueryError, SourceError
from recommender.store.lock import writer_lock
from recommender.store.segment import Segment
from recommender.types import BuildReport

ENCODER = HashEncoder()
FIRST = {"a": "De dijk.\n\nHet water.", "b": "Het gas.", "c": "De kraan."}


def rows(**texts: str) -> list[dict[str, Any]]:
    return [{"id": id, "title": f"Titel van {id}", "text": text} for id, text in texts.items()]


@pytest.fixture
def index(tmp_path: Path) -> Path:
    build(rows(**FIRST), into=tmp_path / "index", model=ENCODER)
    return tmp_path / "index"


def files_of(index: Path) -> dict[Path, tuple[int, bytes]]:
    files = (path for path in index.rglob("*") if path.is_file())
    return {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def counts(found: WriteForecast | BuildReport) -> tuple[int, int, int]:
    return found.added, found.changed, found.removed


def test_a_forecast_of_an_add_is_what_it_does(index: Path) -> None:
    given = [
        *rows(a="De dijk.\n\nHet water zakt.", b="Het gas.", d="De sluis."),
        {"id": "e"},
        {"id": "f", "text": "De sluis bij Tiel (Foto: Jan de Vries)"},
    ]
    before = files_of(index)
    asked = len(ENCODER.asked)
    found = forecast_add(given, into=index, model=ENCODER)
    assert len(ENCODER.asked) == asked
    assert files_of(index) == before
    assert (found.added_ids, found.changed_ids, found.removed_ids) == (("d", "f"), ("a",), ())
    assert (found.same, len(found.left_out)) == (1, 2)  # of f there is only a caption
    report = add(given, into=index, model=ENCODER)
    assert counts(report) == counts(found)
    assert report.encoded == found.to_encode
    assert report.left_out == found.left_out
    again = forecast_add(given, into=index, model=ENCODER)
    assert (counts(again), again.passages, again.to_encode) == ((0, 0, 0), 0, 0)


def test_what_a_source_withdraws_is_removed(index: Path) -> None:
    given = [{**rows(b="Het gas.")[0], "status": "draft"}]
    found = forecast_add(given, into=index, model=ENCODER)
    assert found.removed_ids == ("b",)
    assert found.unpublished == {"draft": 1}
    assert counts(add(given, into=index, model=ENCODER)) == counts(found)


def test_a_forecast_of_an_update_is_what_it_does(index: Path) -> None:
    given = rows(a="De dijk brak.")
    found = forecast_update(given, into=index, model=ENCODER)
    assert found.changed_ids == ("a",)
    assert counts(update(given, into=index, model=ENCODER)) == counts(found)


def test_a_forecast_of_a_removal_is_what_it_does(index: Path) -> None:
    before = files_of(index)
    found = forecast_remove(["b", "c", "b"], into=index)
    assert files_of(index) == before
    assert found.removed_ids == ("b", "c")
    assert counts(remove(["b", "c"], into=index)) == counts(found)


def test_a_forecast_of_a_removal_reads_no_vector(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Segment, "raw", lambda *_: pytest.fail("a vector is read"))
    assert forecast_remove("b", into=index).removed == 1
    given = [{**rows(b="Het gas.")[0], "status": "draft"}, *rows(d="De sluis.")]
    assert forecast_add(given, into=index, model=ENCODER).removed == 1


def test_a_forecast_waits_for_no_writer(index: Path) -> None:
    with writer_lock(index):
        assert forecast_remove("a", into=index).removed == 1
        assert forecast_add(rows(d="De sluis."), into=index, model=ENCODER).added == 1


@pytest.mark.parametrize(
    ("work", "given", "error"),
    [
        (forecast_update, rows(d="De sluis."), ArticleNotFound),
        (forecast_add, [{"id": "d"}], SourceError),
        (forecast_add, [{**one, "status": "draft"} for one in rows(**FIRST)], SourceError),
        (forecast_remove, "d", ArticleNotFound),
        (forecast_remove, ["a", "b", "c"], SourceError),
        (forecast_remove, {"id": "a"}, QueryError),
    ],
)
def test_a_forecast_raises_what_the_write_raises(
    index: Path, work: Callable[..., WriteForecast], given: Any, error: type[Exception]
) -> None:
    write = {forecast_add: add, forecast_update: update, forecast_remove: remove}[work]
    keywords: dict[str, Any] = {} if write is remove else {"model": ENCODER}
    for do in (work, write):
        with pytest.raises(error):
            do(given, into=index, **keywords)
