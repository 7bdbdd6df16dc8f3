"""A build takes what programs have: articles, rows, frames, tables, queries, generators."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import namedtuple
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from support.command import write_rows
from support.stand_in import HashEncoder

from recommender import Article, Recommender, add, build, build_async
from recommender.articles.database import Query
from recommender.builder.dry_run import forecast
from recommender.errors import NotFound, QueryError, SourceError

pytestmark = pytest.mark.slow

ENCODER = HashEncoder()
ROWS = [
    {"id": 1, "title": "One", "text": "The first text.", "date": "2022-12-28"},
    {"id": 2, "title": "Two", "text": "The second text.", "date": "2022-12-29"},
]
TWICE = "select a.*, b.* from posts a join posts b on a.nr = b.nr"
Named = namedtuple("Named", ["id", "title", "text", "date"])


@dataclass
class Record:
    id: int
    title: str
    text: str
    date: str


async def _async_rows() -> AsyncIterator[dict[str, Any]]:
    for row in ROWS:
        await asyncio.sleep(0)
        yield row


def _pandas() -> Any:
    return pytest.importorskip("pandas").DataFrame(ROWS)


def _pandas_with_index() -> Any:
    return pytest.importorskip("pandas").DataFrame(ROWS).set_index("id")


def _polars() -> Any:
    return pytest.importorskip("polars").DataFrame(ROWS)


def _arrow() -> Any:
    return pytest.importorskip("pyarrow").Table.from_pylist(ROWS)


async def _async_frames() -> AsyncIterator[Any]:
    frame = _pandas()
    yield frame.head(1)
    yield frame.tail(1)


def _pandas_with_index_twice() -> Any:
    frame = _pandas()
    return frame.set_index(frame["id"])


def _arrow_data_set() -> Any:
    return pytest.importorskip("pyarrow.dataset").dataset(_arrow())


def _sqlite(folder: Path) -> str:
    connection = sqlite3.connect(folder / "cms.db")
    connection.execute("create table posts (nr int, title text, body text, at text)")
    for row in ROWS:
        connection.execute("insert into posts values (?, ?, ?, ?)", tuple(row.values()))
    connection.commit()
    connection.close()
    return f"sqlite:///{folder / 'cms.db'}"


SQL = "select nr as id, title, body as text, at as date from posts order by nr"
KINDS: dict[str, Callable[[Path], Any]] = {
    "mappings": lambda _: ROWS,
    "articles": lambda _: [Article(**{**row, "id": str(row["id"])}) for row in ROWS],
    "generator": lambda _: (row for row in ROWS),
    "async generator": lambda _: _async_rows(),
    "named tuples": lambda _: [Named(**row) for row in ROWS],
    "dataclasses": lambda _: [Record(**row) for row in ROWS],
    "pandas": lambda _: _pandas(),
    "pandas with index": lambda _: _pandas_with_index(),
    "pandas with its index as a column too": lambda _: _pandas_with_index_twice(),
    "pandas of nullable types": lambda _: _pandas().convert_dtypes(),
    "pandas in parts": lambda _: (one for one in (_pandas().head(1), _pandas().tail(1))),
    "pandas in parts, async": lambda _: _async_frames(),
    "polars": lambda _: _polars(),
    "polars in parts": lambda _: _polars().iter_slices(1),
    "polars, lazy": lambda _: _polars().lazy(),
    "arrow": lambda _: _arrow(),
    "arrow batches": lambda _: iter(_arrow().to_batches()),
    "arrow data set": lambda _: _arrow_data_set(),
    "query": lambda folder: Query(_sqlite(folder), SQL),
}


def contents(index: Path) -> list[tuple[str, str, str, str]]:
    with Recommender.open(index, encoder=ENCODER) as recommender:
        found = [recommender.show(id).article for id in recommender.snapshot.ids()]
    return sorted((one.id, one.title, one.text, one.date) for one in found)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_gives_the_same_index_and_changes_nothing_again(
    tmp_path: Path, kind: str
) -> None:
    build(KINDS[kind](tmp_path), into=tmp_path / "index", model=ENCODER)
    assert contents(tmp_path / "index") == [
        ("1", "One", "The first text.", "2022-12-28"),
        ("2", "Two", "The second text.", "2022-12-29"),
    ]
    (tmp_path / "cms.db").unlink(missing_ok=True)
    again = build(KINDS[kind](tmp_path), into=tmp_path / "index", model=ENCODER)
    assert not again.published
    assert not list((tmp_path / "index").glob(".building-*"))


def test_a_database_of_sqlalchemy_is_read_too(tmp_path: Path) -> None:
    pytest.importorskip("sqlalchemy")
    address = _sqlite(tmp_path).replace("sqlite:///", "sqlite+pysqlite:///")
    sql = SQL.replace("select", "select 'HH24:MI' as clock, '5 %s' as share,", 1)
    build(Query(address, sql), into=tmp_path / "index", model=ENCODER)
    with Recommender.open(tmp_path / "index", encoder=ENCODER) as recommender:
        [one, _] = recommender.articles()
    assert (one.id, one.metadata) == ("1", {"clock": "HH24:MI", "share": "5 %s"})


@pytest.mark.parametrize(
    ("db", "sql", "message"),
    [
        ("sqlite:///{folder}/none.db", SQL, "there is no such database"),
        (
            "sqlite:///{folder}/cms.db",
            "select * from nowhere",
            "table: nowhere; it has posts",
        ),
        ("sqlite:///{folder}/empty.db", "select * from nowhere", "nowhere; it has no tables"),
        ("sqlite:///{folder}/cms.db", TWICE, "2 columns named 'nr'"),
        ("sqlite+pysqlite:///{folder}/cms.db", TWICE, "2 columns named 'nr'"),
        ("sqlite:///{folder}/cms.db", "delete from posts", "readonly"),
        ("cms.db", SQL, "is not an address of a database"),
        ("nosuch://me:secret@host/db", SQL, "nosuch://host/db: no database of the name nosuch is"),
        ("postgresql+psycopg://me:12:secret@host:1x/db", SQL, r"postgresql\+psycopg://…"),
        ("host=db user=me password=secret", SQL, "is not an address of a database"),
    ],
)
def test_a_query_that_cannot_be_read_is_named_without_its_password(
    tmp_path: Path, db: str, sql: str, message: str
) -> None:
    pytest.importorskip("sqlalchemy")
    _sqlite(tmp_path)
    (tmp_path / "empty.db").touch()
    with pytest.raises(SourceError, match=message) as raised:
        build(Query(db.format(folder=tmp_path), sql), into=tmp_path / "index", model=ENCODER)
    assert "secret" not in str(raised.value)


def test_a_query_that_breaks_off_says_after_how_many_rows(tmp_path: Path) -> None:
    build(Query(_sqlite(tmp_path), SQL), into=tmp_path / "index", model=ENCODER)
    lowest = "abs(case when nr = 3 then -9223372036854775808 else nr end)"
    rows = "select nr, body from posts union all select 3, body from posts"
    sql = f"select nr as id, body as text, {lowest} as n from ({rows})"
    wrong = Query(f"sqlite:///{tmp_path / 'cms.db'}", sql)
    with pytest.raises(SourceError, match=r"overflow, after [12] rows were read; nothing was"):
        build(wrong, into=tmp_path / "index", model=ENCODER)
    assert len(contents(tmp_path / "index")) == 2


def test_rows_half_read_may_be_dropped_in_another_thread(tmp_path: Path) -> None:
    rows = iter(Query(_sqlite(tmp_path), SQL))
    with ThreadPoolExecutor(1) as other:
        assert other.submit(next, rows).result()["id"] == 1
    rows.close()  # type: ignore[attr-defined]


def test_a_text_of_a_database_that_is_not_utf8_refuses_its_row_only(tmp_path: Path) -> None:
    address = _sqlite(tmp_path)
    with closing(sqlite3.connect(tmp_path / "cms.db")) as connection:
        connection.execute("update posts set body = cast(x'636166e9' as text) where nr = 1")
        connection.commit()
    report = build(Query(address, SQL), into=tmp_path / "index", model=ENCODER)
    assert report.articles == 1
    assert "'text' holds bytes that are not UTF-8" in report.left_out[0].reason


def test_a_locked_database_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = _sqlite(tmp_path)
    monkeypatch.setattr(sqlite3, "connect", partial(sqlite3.connect, timeout=0))
    with closing(sqlite3.connect(tmp_path / "cms.db", isolation_level=None)) as writing:
        writing.execute("begin exclusive")
        with pytest.raises(SourceError, match="is locked; try again when the program"):
            build(Query(address, SQL), into=tmp_path / "index", model=ENCODER)


def test_paths_and_rows_may_be_mixed(tmp_path: Path) -> None:
    path = write_rows(tmp_path / "rows.jsonl", {"file": "The text of a file."})
    build([path, *ROWS], into=tmp_path / "index", model=ENCODER)
    assert [one[0] for one in contents(tmp_path / "index")] == ["1", "2", "file"]


def test_an_error_names_the_row_and_the_others_are_built(tmp_path: Path) -> None:
    circle: dict[str, Any] = {"id": "5", "text": "Round."}
    circle["self"] = circle
    wrong = [
        {"id": "3"},
        42,
        {"id": "4", "text": b"\xff"},
        circle,
        Article(id="", title="", text="t"),
    ]
    report = build([*ROWS, *wrong], into=tmp_path / "index", model=ENCODER)
    assert report.articles == 2
    reasons = {one.place: one.reason for one in report.left_out}
    assert list(reasons) == [f"rows:{number}" for number in (3, 4, 5, 6, 7)]
    assert reasons["rows:3"] == "has no text"
    assert "is of the type int" in reasons["rows:4"]
    assert "not UTF-8" in reasons["rows:5"]
    assert "holds itself" in reasons["rows:6"] or "or itself" in reasons["rows:6"]


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_a_picture_in_a_column_that_is_no_field_spoils_no_row(
    tmp_path: Path, kind: Callable[[bytes], Any]
) -> None:
    picture = kind(b"\x89PNG\xff")
    rows = [
        {**ROWS[0], "photo": picture, "caption": b"A dike."},
        {**ROWS[1], "title": picture},
        {"id": 3, "text": picture},
    ]
    report = build(rows, into=tmp_path / "index", model=ENCODER)
    reasons = {one.place: one.reason for one in report.left_out}
    assert list(reasons) == ["rows:2", "rows:3"]
    assert "field 'title' holds bytes that are not UTF-8" in reasons["rows:2"]
    assert "field 'text' holds bytes that are not UTF-8" in reasons["rows:3"]
    article = Recommender.open(tmp_path / "index", encoder=ENCODER).show("1").article
    assert article.metadata == {"caption": "A dike."}


def test_the_second_row_of_an_id_is_named(tmp_path: Path) -> None:
    rows = [{"id": "a", "text": "One text."}, {"id": "a", "text": "Another text."}]
    report = build(rows, into=tmp_path / "index", model=ENCODER)
    assert [(one.place, one.reason) for one in report.left_out] == [
        ("rows:2", "id 'a' is taken by rows:1")
    ]


def test_values_of_databases_become_fields(tmp_path: Path) -> None:
    numpy = pytest.importorskip("numpy")
    row = {
        "id": numpy.int64(7),
        "text": "The text.",
        "date": datetime(2022, 12, 28, 10, tzinfo=UTC),
        "day": date(2022, 1, 2),
        "price": Decimal("1.50"),
        "count": numpy.float32(2),
        "nothing": float("nan"),
        "tags": {"a"},
    }
    build([row], into=tmp_path / "index", model=ENCODER)
    with Recommender.open(tmp_path / "index", encoder=ENCODER) as recommender:
        article = recommender.show("7").article
    assert article.date == "2022-12-28"
    assert article.metadata == {
        "day": "2022-01-02",
        "price": 1.5,
        "count": 2.0,
        "nothing": None,
        "tags": ["a"],
    }


def test_a_missing_value_or_an_array_of_a_frame_is_a_field(tmp_path: Path) -> None:
    pandas, numpy = pytest.importorskip("pandas"), pytest.importorskip("numpy")
    frame = pandas.DataFrame({"id": [7, 8], "text": ["The text.", "The other one."]})
    frame["seats"] = pandas.array([None, 4], dtype="Int64")
    frame["published"] = pandas.array([None, True], dtype="boolean")
    frame["tags"] = [numpy.array(["a", "b"]), None]
    build(frame, into=tmp_path / "index", model=ENCODER)
    with Recommender.open(tmp_path / "index", encoder=ENCODER) as recommender:
        found = [recommender.show(id).article.metadata for id in ("7", "8")]
    assert found == [
        {"seats": None, "published": None, "tags": ["a", "b"]},
        {"seats": 4, "published": True, "tags": None},
    ]


def test_bits_of_databases_are_flags(tmp_path: Path) -> None:
    flags = [{"is_published": b"\1", "draft": b"\0"}, {"draft": b"\0"}, {"is_published": b"\0"}]
    rows = [{"id": f"{at}", "text": f"The text of {at}.", **one} for at, one in enumerate(flags)]
    report = build(rows, into=tmp_path / "index", model=ENCODER)
    assert (report.articles, dict(report.unpublished)) == (2, {"draft": 1})


def test_a_draft_among_the_rows_is_not_built(tmp_path: Path) -> None:
    rows = [*ROWS, {"id": 3, "text": "Not yet.", "status": "draft"}]
    rows.append(Article(id="4", title="Four", text="Not yet either.", status="draft"))  # type: ignore[arg-type]
    report = build(rows, into=tmp_path / "index", model=ENCODER)
    assert (report.articles, dict(report.unpublished)) == (2, {"draft": 2})


def test_a_generator_is_never_listed(tmp_path: Path) -> None:
    waiting = 0

    def rows() -> Iterator[dict[str, str]]:
        nonlocal waiting
        for number in range(2_000):
            kept = _Counted(id=f"a{number}", text=f"The text of {number}.")
            waiting = max(waiting, _Counted.alive)
            yield kept

    build(rows(), into=tmp_path / "index", model=ENCODER)
    assert waiting <= 3


class _Counted(dict[str, str]):
    """A row that counts how many there are."""

    alive = 0

    def __init__(self, **fields: str) -> None:
        super().__init__(**fields)
        type(self).alive += 1

    def __del__(self) -> None:
        type(self).alive -= 1


@pytest.mark.parametrize("error", [RuntimeError, ConnectionError, ValueError])
def test_an_error_of_the_generator_leaves_the_index_as_it_was(
    tmp_path: Path, error: type[Exception]
) -> None:
    def rows() -> Iterator[dict[str, Any]]:
        yield ROWS[0]
        raise error("the connection is gone")

    build(ROWS, into=tmp_path / "index", model=ENCODER)
    wanted = SourceError if error is ConnectionError else error
    with pytest.raises(wanted, match="the connection is gone") as raised:
        build(rows(), into=tmp_path / "index", model=ENCODER)
    told = "".join([str(raised.value), *getattr(raised.value, "__notes__", ())])
    assert "the generator handed over" in told
    assert "after 1 items" in told
    assert len(contents(tmp_path / "index")) == 2


def test_an_async_program_builds_without_stopping_its_loop(tmp_path: Path) -> None:
    async def program() -> int:
        with pytest.raises(SourceError, match=r"await recommender\.build_async"):
            build(_async_rows(), into=tmp_path / "index", model=ENCODER)
        report = await build_async(_async_rows(), into=tmp_path / "index", model=ENCODER)
        return report.articles

    assert asyncio.run(program()) == 2


@pytest.mark.parametrize("library", ["pandas", "pyarrow"])
def test_two_columns_of_one_name_are_refused(tmp_path: Path, library: str) -> None:
    made = pytest.importorskip(library)
    values = [["1", "2"], ["One.", "Two."], ["Other.", "Words."]]
    if library == "pandas":
        data = made.DataFrame([*zip(*values, strict=True)], columns=["id", "text", "text"])
    else:
        data = made.Table.from_arrays([*map(made.array, values)], ["id", "text", "text"])
    for one in [data] if library == "pandas" else [data, data.to_batches(), data.to_batches()[0]]:
        with pytest.raises(SourceError, match="2 columns named 'text'"):
            build(one, into=tmp_path / "index", model=ENCODER)


def _no_rows(folder: Path, scheme: str = "sqlite") -> Query:
    (folder / "cms.db").unlink(missing_ok=True)
    address = _sqlite(folder).replace("sqlite", scheme, 1)
    return Query(address, SQL.replace("order by", "where nr > 9 order by"))


async def _no_async_rows() -> AsyncIterator[dict[str, Any]]:
    for row in ROWS[:0]:
        yield row


# What holds no row, and what an error calls it.
EMPTY: dict[str, tuple[Callable[[Path], Any], str]] = {
    "query": (_no_rows, r"sqlite:///.*/cms\.db: select .* where nr > 9 order by nr"),
    "query of SQLAlchemy": (
        lambda folder: _no_rows(folder, pytest.importorskip("sqlalchemy") and "sqlite+pysqlite"),
        r"sqlite\+pysqlite:/.*/cms\.db: select .* where nr > 9 order by nr",
    ),
    "pandas": (lambda _: _pandas()[:0], "the DataFrame handed over"),
    "polars": (lambda _: _polars()[:0], "the DataFrame handed over"),
    "arrow": (lambda _: _arrow()[:0], "the Table handed over"),
    "generator": (lambda _: (row for row in ROWS[:0]), "the generator handed over"),
    "list": (lambda _: ROWS[:0], "the list handed over"),
    "async generator": (lambda _: _no_async_rows(), "the async_generator handed over"),
}


@pytest.mark.parametrize("work", [build, forecast])
@pytest.mark.parametrize("kind", EMPTY)
def test_what_holds_no_row_is_named(tmp_path: Path, kind: str, work: Callable[..., object]) -> None:
    make, name = EMPTY[kind]
    with pytest.raises(SourceError, match=f"^{name}: no article to build from: it has no row$"):
        work(make(tmp_path), into=tmp_path / "index", model=ENCODER)


def test_a_table_whose_name_is_no_text_is_named_all_the_same(tmp_path: Path) -> None:
    _sqlite(tmp_path)
    with closing(sqlite3.connect(tmp_path / "cms.db")) as connection:
        connection.execute("pragma writable_schema = on")
        connection.execute(
            "insert into sqlite_master select 'view', name, name, 0, "
            "'create view \"' || name || '\" as select 1' "
            "from (select cast(x'62ff' as text) as name)"
        )
        connection.commit()
    query = Query(f"sqlite:///{tmp_path / 'cms.db'}", "select * from nowhere")
    with pytest.raises(SourceError, match="no such table: nowhere; it has b\ufffd, posts"):
        list(query)


def test_a_database_that_cannot_name_its_tables_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    query = Query(_sqlite(tmp_path), "select * from nowhere")
    rows = iter(query)
    opened, connect = [], sqlite3.connect

    def connect_once(*args: Any, **keywords: Any) -> sqlite3.Connection:
        opened.append(args)
        if len(opened) > 1:
            raise sqlite3.OperationalError("database is locked")
        return connect(*args, **keywords)

    monkeypatch.setattr(sqlite3, "connect", connect_once)
    with pytest.raises(SourceError, match=r"no such table: nowhere$"):
        next(rows)
    assert len(opened) == 2


def test_an_async_program_hears_what_holds_no_row(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"^the async_generator handed over: no article"):
        asyncio.run(build_async(_no_async_rows(), into=tmp_path / "index", model=ENCODER))


@pytest.mark.parametrize("kind", EMPTY)
def test_to_add_no_row_changes_nothing(tmp_path: Path, kind: str) -> None:
    build(ROWS, into=tmp_path / "index", model=ENCODER)
    report = add(EMPTY[kind][0](tmp_path), into=tmp_path / "index", model=ENCODER)
    assert (report.published, report.articles) == (False, 2)


@pytest.mark.parametrize("suffix", ["jsonl", "json", "csv", "tsv", "txt", "md"])
def test_a_file_that_is_empty_is_named(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"empty.{suffix}"
    path.write_text("")
    name = rf"empty\.{suffix}"
    with pytest.raises(SourceError, match=rf"{name}: no article to build from\s+{name}: is empty$"):
        build(path, into=tmp_path / "index", model=ENCODER)


@pytest.mark.parametrize("wrong", [42, None, b"bytes"])
def test_what_is_no_source_is_named(tmp_path: Path, wrong: Any) -> None:
    with pytest.raises(SourceError, match="is not a source; give paths, articles"):
        build(wrong, into=tmp_path / "index", model=ENCODER)


@pytest.mark.parametrize("wrong", ["", " ", ["a.txt", ""]])
def test_an_empty_name_is_not_the_current_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, wrong: Any
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.txt").write_text("The bridge\n\nThe old bridge is closed to all traffic.\n")
    with pytest.raises(SourceError, match="empty name"):
        build(wrong, into="index", model=HashEncoder())


def test_a_forecast_takes_the_same(tmp_path: Path) -> None:
    found = forecast((row for row in ROWS), into=tmp_path / "index", model=ENCODER)
    assert found.added == 2


@pytest.fixture
def recommender(tmp_path: Path) -> Recommender:
    rows = {f"a{number}": f"The text of {number}.\n\nMore of {number}." for number in range(4)}
    build(write_rows(tmp_path / "rows.jsonl", rows), into=tmp_path / "index", model=ENCODER)
    return Recommender.open(tmp_path / "index", encoder=ENCODER)


def test_related_takes_a_row_that_is_not_in_the_index(recommender: Recommender) -> None:
    row = {"title": "A draft", "text": "The text of 2.\n\nMore of 2."}
    [first, *_] = recommender.related(row, min_strength=0)
    assert first.article_id == "a2"
    [first, *_] = recommender.related([{"headline": "x", **row}, "a3"], min_strength=0)
    assert first.article_id == "a2"


@pytest.mark.parametrize(
    ("asked", "message"),
    [(["a1", 7.5], "names no article"), ({"title": "x"}, "'text'"), ({"text": " "}, "has no text")],
)
def test_related_says_what_it_wants(recommender: Recommender, asked: Any, message: str) -> None:
    with pytest.raises(QueryError, match=message):
        recommender.related(asked)


def test_batches_take_ids_and_positions(recommender: Recommender) -> None:
    batches = recommender.related_batches(min_strength=0)
    by_id = batches.related(["a1", "a2"])
    assert list(by_id) == ["a1", "a2"]
    positions = [recommender.snapshot.find(id) or 0 for id in by_id]
    assert list(batches.related(positions).values()) == list(by_id.values())
    assert [one.articles[0].article_id for one in batches.answers(["a1"]).values()] == ["a1"]
    with pytest.raises(NotFound):
        batches.related(["nobody"])
    for wrong in (99, -1, 1.5):
        with pytest.raises(QueryError, match="give ids, or positions from 0 to 3"):
            batches.related([wrong])  # type: ignore[list-item]
