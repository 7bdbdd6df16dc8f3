"""A build cannot surprise: it refuses to remove more than a person can have meant."""

from __future__ import annotations

from pathlib import Path

import pytest
from support.command import write_rows
from support.stand_in import HashEncoder

from recommender import Recommender, build
from recommender.builder.dry_run import forecast
from recommender.builder.plan import Plan
from recommender.builder.sources import Remembered, losses, remembered_paths
from recommender.errors import ReplaceRefused
from recommender.store.manifest import read_manifest
from recommender.store.publish import live_name

ENCODER = HashEncoder()


def articles(*numbers: int, prefix: str = "a", word: str = "text") -> dict[str, str]:
    return {f"{prefix}{number}": f"The {word} of article {number}." for number in numbers}


def source(folder: Path, name: str, *numbers: int, prefix: str = "a", word: str = "text") -> Path:
    (folder / name).mkdir(exist_ok=True)
    write_rows(folder / name / "rows.jsonl", articles(*numbers, prefix=prefix, word=word))
    return folder / name


def count(index: Path) -> int:
    with Recommender.open(index, encoder=ENCODER) as recommender:
        return len(list(recommender.snapshot.ids()))


@pytest.fixture
def index(tmp_path: Path) -> Path:
    build(source(tmp_path, "here", *range(30)), into=tmp_path / "index", model=ENCODER)
    return tmp_path / "index"


def test_one_file_of_the_archive_does_not_replace_it(tmp_path: Path, index: Path) -> None:
    write_rows(tmp_path / "here" / "more.jsonl", articles(99))
    with pytest.raises(
        ReplaceRefused, match=r"would remove 30 of 30 articles.*--replace"
    ) as raised:
        build(tmp_path / "here" / "more.jsonl", into=index, model=ENCODER)
    assert (raised.value.exit_code, raised.value.code) == (4, "replace_refused")
    assert str(tmp_path / "here") in str(raised.value)
    assert "--replace" in str(raised.value)
    assert count(index) == 30


def test_other_sources_are_taken_if_that_is_asked_for(tmp_path: Path, index: Path) -> None:
    there = source(tmp_path, "there", *range(5), prefix="b")
    report = build(there, into=index, model=ENCODER, replace=True)
    assert (report.added, report.removed) == (5, 30)
    assert remembered_paths(index) == [there]


def test_other_articles_under_the_same_ids_are_refused_too(tmp_path: Path, index: Path) -> None:
    there = source(tmp_path, "there", *range(30), word="story")
    with pytest.raises(ReplaceRefused, match="change 30"):
        build(there, into=index, model=ENCODER)


def test_a_source_more_needs_no_permission_and_one_less_does(tmp_path: Path, index: Path) -> None:
    here, there = tmp_path / "here", source(tmp_path, "there", 1, prefix="b")
    assert build([here, there], into=index, model=ENCODER).added == 1
    with pytest.raises(ReplaceRefused, match="would remove 1 of 31"):
        build(here, into=index, model=ENCODER)


def test_an_archive_that_was_moved_is_the_same_from_then_on(tmp_path: Path, index: Path) -> None:
    moved = (tmp_path / "here").rename(tmp_path / "moved")
    assert build(moved, into=index, model=ENCODER).removed == 0
    assert remembered_paths(index) == [moved]
    source(tmp_path, "moved", *range(29))
    assert build(moved, into=index, model=ENCODER).removed == 1


def test_a_source_is_the_same_however_it_is_written(
    tmp_path: Path, index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source(tmp_path, "here", *range(28))
    monkeypatch.chdir(tmp_path)
    assert build("./here/", into=index, model=ENCODER).removed == 2
    [kept] = read_manifest(index / str(live_name(index))).sources
    assert (kept.typed, kept.absolute) == ("here", str(tmp_path / "here"))


@pytest.mark.parametrize(("left", "refused"), [(27, False), (26, True)])
def test_more_than_a_tenth_is_refused(
    tmp_path: Path, index: Path, left: int, refused: bool
) -> None:
    here = source(tmp_path, "here", *range(left))
    found = forecast(here, into=index, model=ENCODER)
    assert bool(found.refused) is refused
    if refused:
        assert "remove 4 of 30 articles, more than a tenth" in found.refused[0]
        with pytest.raises(ReplaceRefused, match="remove 4 of 30"):
            build(here, into=index, model=ENCODER)
        assert count(index) == 30
        assert build(here, into=index, model=ENCODER, replace=True).removed == 4
    else:
        assert build(here, into=index, model=ENCODER).removed == 3


def test_one_article_of_a_few_may_go(tmp_path: Path) -> None:
    build(source(tmp_path, "here", 1, 2), into=tmp_path / "index", model=ENCODER)
    report = build(source(tmp_path, "here", 1), into=tmp_path / "index", model=ENCODER)
    assert report.removed == 1


def test_damage_does_not_let_a_build_forget_what_there_was(tmp_path: Path, index: Path) -> None:
    for lines in index.glob("segments/*/articles.jsonl"):
        lines.write_bytes(b"")
    write_rows(tmp_path / "one.jsonl", articles(1))
    with pytest.raises(ReplaceRefused, match="would remove 29 of 30"):
        build(tmp_path / "one.jsonl", into=index, model=ENCODER)
    assert build(tmp_path / "here", into=index, model=ENCODER).articles == 30


def test_an_index_without_remembered_sources_is_built_as_before(index: Path) -> None:
    manifest = read_manifest(index / str(live_name(index)))
    old = Remembered(manifest.articles, ())
    plan = Plan(kept=(0,), removed=(1,), added=0, changed=0, gone=1, reasons=())
    assert losses(None, [], plan) == ""
    assert losses(old, [index.parent / "there"], plan) == ""
