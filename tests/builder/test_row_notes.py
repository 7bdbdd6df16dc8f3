"""Rows that have not changed are not parsed again, and a build is what it would be without that."""

from __future__ import annotations

import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from builder.test_build import contents
from support.stand_in import HashEncoder

from recommender import add, build, remove
from recommender.articles.formats import jsonl
from recommender.builder.row_notes import ROWS_FILE
from recommender.settings import Settings
from recommender.types import BuildReport

ENCODER = HashEncoder()
Row = dict[str, Any]


def row(number: int, text: str = "", **fields: Any) -> Row:
    text = text or f"De tekst van nummer {number}."
    return {"id": f"a{number}", "title": f"Kop {number}", "language": "nl", "text": text, **fields}


def write(folder: Path, rows: list[Row], name: str = "rows.jsonl") -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("".join(json.dumps(one) + "\n" for one in rows))


def built(source: Path, index: Path, **options: Any) -> BuildReport:
    return build(source, into=index, model=ENCODER, replace=True, **options)


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Return how many rows were parsed since it was last asked."""
    count = 0
    real = jsonl.load_json

    def counting(text: str) -> Any:
        nonlocal count
        count += 1
        return real(text)

    monkeypatch.setattr(jsonl, "load_json", counting)

    def since() -> int:
        nonlocal count
        count, found = 0, count
        return found

    return since


def test_only_rows_that_changed_are_parsed(tmp_path: Path, parsed: Callable[[], int]) -> None:
    source, index = tmp_path / "source", tmp_path / "index"
    rows = [row(number) for number in range(30)]
    write(source, rows)
    built(source, index)
    parsed()
    assert not built(source, index).published
    assert parsed() == 0
    rows[3] = row(3, "Een andere tekst.")
    write(source, [row(99), *rows])  # every row stands on another line
    report = built(source, index)
    assert (report.added, report.changed, report.same) == (1, 1, 29)
    assert parsed() == 2
    built(source, index, full=True)
    assert parsed() >= 31


def test_what_other_settings_or_another_folder_noted_is_not_used(
    tmp_path: Path, parsed: Callable[[], int]
) -> None:
    source, index = tmp_path / "source", tmp_path / "index"
    write(source, [row(number) for number in range(4)])
    built(source, index)
    parsed()
    built(source, index, settings=Settings(fields={"title": "id"}))
    assert parsed() >= 4
    shutil.copytree(index, tmp_path / "received")
    built(source, tmp_path / "received")
    assert parsed() >= 4


@pytest.mark.parametrize("content", ["[", "[1]", '{"a": 1}', '{"aa": ["x", "bb"]}', '{"zz": 0}'])
def test_notes_that_cannot_be_read_are_passed_over(tmp_path: Path, content: str) -> None:
    source, index = tmp_path / "source", tmp_path / "index"
    write(source, [row(number) for number in range(4)])
    built(source, index)
    (index / ROWS_FILE).write_text(content)
    assert not built(source, index).published


def test_a_known_row_that_the_index_lost_is_read_again(tmp_path: Path) -> None:
    source, index = tmp_path / "source", tmp_path / "index"
    write(source, [row(number) for number in range(4)])
    built(source, index)
    remove("a2", into=index)
    add(row(3, "Van iemand anders."), into=index, model=ENCODER)
    report = built(source, index)
    assert (report.added, report.changed, report.articles) == (1, 1, 4)


def test_the_clock_and_other_rows_decide_as_before(tmp_path: Path) -> None:
    source, index = tmp_path / "source", tmp_path / "index"
    rows = [row(0), row(1, status="draft"), row(2, expires="2099-01-01"), row(3, date="2099-01-01")]
    write(source, rows)
    built(source, index)
    noted = {id for id, _ in json.loads((index / ROWS_FILE).read_text()).values()}
    assert noted == {"a0"}
    write(source, [row(0, "Ook zo genoemd.")], "zz.jsonl")
    report = built(source, index)
    assert [reason for _, reason in report.left_out] == ["id 'a0' is taken by rows.jsonl:1"] or (
        report.notices
    )


def test_builds_are_those_that_read_everything(tmp_path: Path) -> None:
    chance = random.Random(5)
    source, index, fresh = (tmp_path / name for name in ("source", "index", "fresh"))
    rows = [row(number) for number in range(12)]
    for turn in range(25):
        at = chance.randrange(len(rows))
        match chance.randrange(6):
            case 0:
                rows[at] = row(chance.randrange(14), f"Nieuwe tekst {turn}.")
            case 1:
                rows.insert(at, row(chance.randrange(14), f"Tekst {turn}.", date="2022-12-01"))
            case 2 if len(rows) > 4:
                del rows[at]
            case 3:
                rows[at] = row(at, f"Tekst {turn}.", status=chance.choice(["draft", "publish"]))
            case 4:
                rows.append(rows.pop(at))
            case 5:
                rows.append(dict(rows[at]))
        write(source, rows)
        report = built(source, index)
        shutil.rmtree(fresh, ignore_errors=True)
        expected = built(source, fresh)
        held, whole = contents(index, ENCODER), contents(fresh, ENCODER)
        # Without a change nothing is published: places keep the numbers of their lines.
        assert held | {"left_out": ()} == whole | {"left_out": ()}
        assert report.left_out == expected.left_out
        assert report.notices == expected.notices
        assert dict(report.unpublished) == dict(expected.unpublished)
