"""Writes that wait are done in order and together, and one that fails fails alone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.stand_in import WordEncoder

from recommender import Recommender
from recommender.builder import write as builder
from recommender.errors import ArticleNotFound
from recommender.serve import writing
from recommender.serve.archive import Archive
from recommender.serve.options import ServeOptions
from recommender.serve.problems import Refused
from recommender.serve.writing import Writer
from recommender.types import Article, Status

RIVER = {"id": "canal", "title": "The canal", "text": "The river and the dike at Tiel."}
LINES: list[dict[str, str]] = []


@pytest.fixture
def archive(index: Path, encoder: WordEncoder) -> Archive:
    """The archive over a small index."""

    def opened(folder: Path) -> Recommender:
        return Recommender.open(folder, encoder=encoder)

    return Archive(ServeOptions(index=index), opened)


@pytest.fixture
def writer(index: Path, archive: Archive) -> Iterator[Writer]:
    """A writer of the index; what it logs is in `LINES`."""
    LINES.clear()
    found = Writer(index, archive, lambda event, **facts: LINES.append({"event": event, **facts}))
    yield found
    found.close()


@pytest.fixture
def held(writer: Writer) -> threading.Event:
    """Hold the writes back until this is set, so that those that come meanwhile wait together."""
    event = threading.Event()
    writer._executor.submit(event.wait)
    return event


def article_of(archive: Archive, id: str) -> Article:
    archive.refresh()
    recommender = archive.edition.recommender
    position = recommender.snapshot.find(id)
    assert position is not None
    return recommender.snapshot.article(position)


def ended(writer: Writer, held: threading.Event) -> None:
    """Let the writes go, and wait until they are done."""
    held.set()
    writer.close()


def test_the_last_of_several_writes_of_an_article_counts(
    writer: Writer, archive: Archive, held: threading.Event
) -> None:
    writes = [
        writer.put([{**RIVER, "url": f"https://example.org/{number}"}]) for number in range(3)
    ]
    writes.append(writer.put([{**RIVER, "section": "Water"}]))
    ended(writer, held)
    assert [(one.state, one.added, one.changed) for one in writes] == [
        ("done", 1, 0),
        *[("done", 0, 1)] * 3,
    ]
    found = article_of(archive, "canal")
    assert (found.url, found.section) == ("", "Water")


@pytest.mark.parametrize(
    ("name", "value"),
    [("url", "https://example.org/1"), ("section", "Water"), ("tags", ["dike"]), ("author", "Ann")],
)
def test_a_field_beside_the_text_is_written(
    writer: Writer, archive: Archive, held: threading.Event, name: str, value: Any
) -> None:
    writer.put([RIVER])
    write = writer.put([{**RIVER, name: value}])
    ended(writer, held)
    assert (write.state, write.changed) == ("done", 1)
    found = article_of(archive, "canal")
    assert {**found.record(), **found.metadata}[name] == value


def test_a_status_alone_takes_an_article_back(
    writer: Writer, archive: Archive, held: threading.Event
) -> None:
    writes = [writer.put([{**RIVER, "status": one}]) for one in ("", Status.DRAFT)]
    ended(writer, held)
    assert [one.state for one in writes] == ["done", "done"]
    archive.refresh()
    assert archive.edition.recommender.snapshot.find("canal") is None


def test_the_same_id_twice_in_one_write_is_refused(writer: Writer) -> None:
    with pytest.raises(Refused) as caught:
        writer.put([RIVER, {**RIVER, "text": "Other."}])
    assert (caught.value.status, caught.value.code) == (422, "bad_query")
    assert "'canal'" in caught.value.detail


def test_what_fails_unforeseen_fails_alone_and_is_logged_without_text(
    writer: Writer, held: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    add = builder.add

    def failing(items: Any, **more: Any) -> Any:
        if any(one["id"] == "bad" for one in items):
            raise RuntimeError(f"cannot write {items}")
        return add(items, **more)

    monkeypatch.setattr(builder, "add", failing)
    writes = [writer.put([{**RIVER, "id": id}]) for id in ("one", "bad", "two")]
    ended(writer, held)
    assert [one.state for one in writes] == ["done", "failed", "done"]
    assert (writes[1].code, writes[1].detail) == (
        "internal",
        "The service failed; its log says more.",
    )
    assert {one["event"] for one in LINES} == {"write failed"}
    assert "RuntimeError at test_writing.py" in LINES[0]["reason"]
    assert "river" not in str(LINES)


def test_each_removal_says_what_was_missing_of_its_own(
    writer: Writer, archive: Archive, held: threading.Event
) -> None:
    writes = [writer.delete(ids) for ids in (["flood", "gone"], ["bakery", "bakery"], ["lost"])]
    ended(writer, held)
    assert [(one.state, one.removed, one.missing) for one in writes] == [
        ("done", 1, ["gone"]),
        ("done", 1, []),
        ("done", 0, ["lost"]),
    ]


def test_articles_are_removed_while_the_rules_cannot_be_read(
    writer: Writer, archive: Archive, index: Path, held: threading.Event
) -> None:
    (index / "editorial.txt").write_bytes(b"\xff\xfe\xff")
    with pytest.raises(Exception, match=r"editorial\.txt"):
        archive.refresh()
    write = writer.delete(["flood"])
    ended(writer, held)
    assert (write.state, write.removed, write.detail) == ("done", 1, "")


def test_an_article_that_another_writer_removes_meanwhile_is_missing(
    writer: Writer, index: Path, held: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    remove, calls = builder.remove, []

    def late(ids: Any, **more: Any) -> Any:
        calls.append(ids)
        if len(calls) == 1:
            remove(["flood"], **more)
            raise ArticleNotFound("flood: no article has this id")
        return remove(ids, **more)

    monkeypatch.setattr(builder, "remove", late)
    write = writer.delete(["flood", "dike"])
    ended(writer, held)
    assert (write.state, write.missing, write.removed) == ("done", ["flood"], 1)


def test_what_waits_is_bounded_in_bytes_too(
    writer: Writer, held: threading.Event, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writing, "MAX_WAITING_BYTES", 100)
    large = writer.put([RIVER], 500)  # alone any size passes
    with pytest.raises(Refused) as caught:
        writer.put([{**RIVER, "id": "other"}], 1)
    assert (caught.value.status, caught.value.code) == (503, "busy")
    held.set()
    while large.state != "done":
        threading.Event().wait(0.01)
    assert writer.put([{**RIVER, "id": "other"}], 90).kind == "put"


def test_a_write_that_comes_while_the_service_stops_is_done(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    submit, closing = writer._executor.submit, threading.Thread(target=writer.close)

    def late(*given: Any) -> Any:
        closing.start()
        closing.join(0.2)  # as far as it gets while the write is accepted
        return submit(*given)

    monkeypatch.setattr(writer._executor, "submit", late)
    write = writer.put([RIVER])
    closing.join()
    assert write.state == "done"
    with pytest.raises(Refused):
        writer.put([RIVER])
