"""Clicks are counted by position, compared with intervals, and become labels without position."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from support import command

from recommender.errors import QueryError, StorageError
from recommender.evaluate import clicks
from recommender.evaluate.clicks import ClickStore, rate_of
from recommender.evaluate.questions import read_labels


@pytest.fixture
def store(tmp_path: Path) -> ClickStore:
    """A store of two lists: the first position of `new` is clicked twice as often as of `old`."""
    found = ClickStore(tmp_path / "clicks.sqlite")
    for number in range(40):
        found.shown("old", f"a{number}", ["x", "y"])
        found.shown("new", f"a{number}", ["y", "x"])
        if number % 4 == 0:
            found.clicked("old", f"a{number}", "x", 1)
        if number % 2 == 0:
            found.clicked("new", f"a{number}", "y", 1)
    return found


def test_each_position_of_each_list_is_counted(store: ClickStore) -> None:
    found = [(one.list, one.position, one.shown, one.clicked) for one in store.positions()]
    assert found == [("new", 1, 40, 20), ("new", 2, 40, 0), ("old", 1, 40, 10), ("old", 2, 40, 0)]
    assert store.lists() == ["new", "old"]


def test_a_full_file_drops_its_oldest_days_and_then_refuses(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clicks, "_SCHEMA", clicks._SCHEMA.replace(f"{clicks.MAX_PAGES};", "30;"))
    store = ClickStore(tmp_path / "clicks.sqlite")
    days = iter(f"2023-01-{number:02}" for number in range(1, 32))
    counted = []
    for day in itertools.islice(days, 12):
        monkeypatch.setattr(clicks, "_day", lambda day=day: day)
        counted.append(day)
        store.shown("a", day, [f"{'long id' * 20} {number}" for number in range(100)])
    kept = {day for (day,) in store._rows("SELECT DISTINCT day FROM counts")}
    assert kept == set(counted[-len(kept) :])
    assert 1 <= len(kept) < len(counted)
    assert store.lists() == ["a"]

    def fill() -> None:
        for number in range(99):
            store.shown("a", f"{number}", [f"{'long id' * 20} {one}" for one in range(100)])

    with pytest.raises(StorageError, match="is full"):
        fill()
    assert {day for (day,) in store._rows("SELECT DISTINCT day FROM counts")} == {counted[-1]}


def test_two_lists_are_compared_with_an_interval(store: ClickStore) -> None:
    found = store.compare("new", "old")
    assert (found.rate.value, found.other_rate.value) == (0.25, 0.125)
    assert found.difference.value == pytest.approx(0.125)
    assert 0 < found.difference.low < 0.125 < found.difference.high
    same = store.compare("new", "new").difference
    assert (same.value, same.low, same.high) == (0, 0, 0)
    with pytest.raises(QueryError, match="known: new, old"):
        store.compare("new", "other")


def test_the_interval_of_a_rate_is_known() -> None:
    # Wilson's interval of 1 in 10, as tables have it.
    found = rate_of(1, 10)
    assert (found.low, found.high) == pytest.approx((0.01788, 0.40416), abs=1e-4)
    assert rate_of(0, 0).high == 1
    assert rate_of(5, 5).low == pytest.approx(0.5655, abs=1e-3)


def test_a_label_counts_clicks_over_what_the_position_gets(tmp_path: Path) -> None:
    store = ClickStore(tmp_path / "clicks.sqlite")
    for number in range(100):
        store.shown("a", "one", ["first", "second"])
        store.shown("a", "other", ["usual", "usual too"])
        if number < 20:
            store.clicked("a", "one", "first", 1)
            store.clicked("a", "other", "usual", 1)
        if number < 10:
            store.clicked("a", "one", "second", 2)
    found = {(one, other): gain for one, other, gain in store.labels()}
    # The second is clicked as often as nothing else in its position is.
    assert found == {("one", "first"): 1.0, ("other", "usual"): 1.0, ("one", "second"): 2.0}
    assert store.labels(least=21) == []


def test_what_cannot_be_counted_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = ClickStore(tmp_path / "clicks.sqlite")
    with pytest.raises(QueryError, match="no such file"):
        store.positions()
    for number in range(clicks.MAX_LISTS):
        store.clicked(f"list-{number}", "a", "b", 1)
    with pytest.raises(QueryError, match="20 lists are counted already"):
        store.clicked("one-more", "a", "b", 1)
    (tmp_path / "text").write_text("no database " * 100)
    with pytest.raises(StorageError, match="cannot be used for clicks"):
        ClickStore(tmp_path / "text").positions()


def test_the_file_does_not_grow_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = clicks._SCHEMA.replace(str(clicks.MAX_PAGES), "12")
    monkeypatch.setattr(clicks, "_SCHEMA", schema)
    store = ClickStore(tmp_path / "clicks.sqlite")

    def count_many() -> None:
        for number in range(1_000):
            store.shown("a", f"article-{number}", [f"other-{n}" for n in range(50)])

    with pytest.raises(StorageError, match="full"):
        count_many()
    assert (tmp_path / "clicks.sqlite").stat().st_size <= 12 * 4096
    assert store.positions()


def test_the_commands_print_counts_and_labels(store: ClickStore, tmp_path: Path) -> None:
    file = tmp_path / "clicks.sqlite"
    table = command.run("clicks", "report", file, "--format", "csv").stdout.splitlines()
    assert table[0] == "list,position,shown,clicked,rate,from,to"
    assert table[1].startswith("new,1,40,20,0.5,")
    compared = command.run("clicks", "report", file, "--compare", "new,old", "--format", "json")
    assert '"value": 0.125' in compared.stdout
    for _ in range(3):
        store.clicked("new", "a0", "y", 1)
    labels = tmp_path / "labels.tsv"
    labels.write_text(command.run("clicks", "labels", file).stdout)
    assert read_labels(labels)["a0"].keys() == {"y"}
