"""A snapshot is published to an engine whole or not at all, and readers move when it is live."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from pathlib import Path
from threading import Event
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import numpy as np
import pytest
from support.archive import Archive
from support.engines import ARCHIVE, CLOSE, FILTERS, assert_same, index_in
from support.milvus_cluster import wait_until
from support.stand_in import HashEncoder
from typer.testing import CliRunner

from recommender import Recommender
from recommender.builder import doctor
from recommender.builder.doctor import examine
from recommender.cli.commands import whole_app
from recommender.encoders.examine import Examination
from recommender.engines import (
    milvus_link,
    milvus_load,
    milvus_lock,
    postgres_index,
    postgres_link,
    postgres_load,
    postgres_schema,
)
from recommender.engines.address import read_address
from recommender.engines.engine import Filter
from recommender.engines.history import history
from recommender.engines.layout import effort_of
from recommender.engines.open import publisher_of
from recommender.engines.postgres_index import EFFORTS, GRAPH, LISTS
from recommender.engines.postgres_link import Link
from recommender.errors import (
    EngineAway,
    EngineRefused,
    GateRefused,
    SettingsError,
    SnapshotDamaged,
    SnapshotForeign,
    SnapshotMissing,
    SnapshotNotFound,
    StorageError,
)
from recommender.evaluate import published
from recommender.evaluate.published import (
    PublishOptions,
    publish_to_engine,
    roll_back,
    same_share,
)
from recommender.serve.archive import Archive as Served
from recommender.serve.options import ServeOptions
from recommender.serve.pages.working import last_builds
from recommender.types import Where

pytestmark = pytest.mark.process

FEW = PublishOptions(questions=6)
Build = Callable[[int], Path]


@pytest.fixture
def build_of(tmp_path: Path) -> Build:
    """Build an index of so many articles in one folder."""

    def run(count: int) -> Path:
        rows = [{"id": f"a{n}", "text": f"the ferry {n} leaves"} for n in range(count)]
        Archive(rows=rows, encoder=HashEncoder(dim=8)).open_in(tmp_path)
        return tmp_path / "vectors"

    return run


def address_of(postgres: str, name: str) -> str:
    return f"{postgres}&archive={name}"


def test_versions_are_published_kept_and_taken_back(postgres: str, build_of: Build) -> None:
    to = address_of(postgres, "versions")
    with pytest.raises(SnapshotMissing, match="recommender publish"):
        Recommender.open(to)
    first = publish_to_engine(build_of(4), to, FEW)
    assert (first.articles, first.before, first.loaded) == (4, "", True)
    assert (first.questions, first.agreement) == (4, 1.0)
    assert (first.index_recall, first.engine_recall) == (1.0, 1.0)
    reader = Recommender.open(to)
    assert not reader.reload()
    again = publish_to_engine(build_of(4), to, FEW)
    assert (again.loaded, again.version) == (False, first.version)
    second = publish_to_engine(build_of(6), to, FEW)
    assert second.before == first.version
    assert len(list(reader.articles())) == 4  # it holds its version until it moves
    assert reader.reload()
    assert len(list(reader.articles())) == 6
    third = publish_to_engine(build_of(7), to, FEW)
    assert third.dropped == (first.version,)
    assert roll_back(to) == (second.version, third.version)
    assert Recommender.open(to).name == second.version
    with pytest.raises(SnapshotNotFound, match=f"has no whole version.*{second.version}.*history"):
        roll_back(to, first.version)
    assert_listed(to, third.version, second.version)


def assert_listed(to: str, kept: str, live: str) -> None:
    """Check what an engine says of the two newest versions: the newer one was live before."""
    newer, older = history(to)[:2]
    assert (newer["snapshot"], newer["state"], newer["articles"]) == (kept, "kept", 7)
    assert (older["snapshot"], older["state"], older["articles"]) == (live, "live", 6)
    assert newer["why"].endswith("rollback makes it live")
    assert "rollback" not in older["why"]
    assert all(datetime.fromisoformat(one["loaded"]).tzinfo for one in (newer, older))
    assert newer["held_as"].replace("_", "-").count(kept) == 1


def test_a_publisher_that_is_ending_is_waited_for(postgres: str) -> None:
    to = address_of(postgres, "ending")
    first = publisher_of(to)
    with ThreadPoolExecutor(1) as pool:
        second = pool.submit(publisher_of, to)
        time.sleep(0.2)  # it has been refused the lock by now
        first.close()
        second.result().close()


def test_an_earlier_version_that_lost_a_table_is_not_made_live(
    postgres: str, build_of: Build
) -> None:
    to = address_of(postgres, "lost")
    first = publish_to_engine(build_of(3), to, FEW)
    with pytest.raises(SnapshotNotFound, match="keeps no earlier version; it has"):
        roll_back(to)
    second = publish_to_engine(build_of(4), to, FEW)
    address = read_address(to)
    terms = Link(address).table(postgres_schema.schema_of(address, first.version), "articles")
    Link(address).ask(f"DELETE FROM {terms} WHERE position = 1")
    with pytest.raises(SnapshotDamaged, match="holds 2 of 3 articles"):
        roll_back(to)
    Link(address).ask(f"DROP TABLE {terms}")
    with pytest.raises(SnapshotMissing):
        roll_back(to)
    assert Recommender.open(to).name == second.version


def test_history_names_what_is_not_whole(postgres: str, build_of: Build) -> None:
    to = address_of(postgres, "half")
    first = publish_to_engine(build_of(3), to, FEW)
    address = read_address(to)
    schema = postgres_schema.schema_of(address, first.version)
    with closing(publisher_of(to)) as versions:  # a reader takes no lock
        cast(Any, versions).begin("20990101T000000Z-000000", 8)
        half, whole = history(to)
    assert (half["state"], whole["state"]) == ("unfinished", "live")
    Link(address).ask(
        f"DELETE FROM {Link(address).table(schema, 'facts')} WHERE name = 'layout.json'"
    )
    live = history(to)[1]
    assert live["state"] == "live"
    assert "publish" in live["why"]
    Link(address).ask("DELETE FROM recommender.versions WHERE archive = 'half' AND is_whole")
    assert [one["state"] for one in history(to)] == ["live", "unfinished"]
    assert "lost it" in history(to)[0]["why"]


def test_a_version_that_answers_otherwise_does_not_become_live(
    postgres: str, build_of: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = address_of(postgres, "refused")
    first = publish_to_engine(build_of(4), to, FEW)
    monkeypatch.setattr(published, "same_share", lambda *_: 0.9)
    index = build_of(5)
    with pytest.raises(GateRefused, match=r"90\.0% of the answers.*engine finds 100\.0%"):
        publish_to_engine(index, to, FEW)
    assert Recommender.open(to).name == first.version
    forced = publish_to_engine(index, to, PublishOptions(questions=2, force=True))
    assert Recommender.open(to).name == forced.version


def test_what_a_broken_load_left_is_replaced(
    postgres: str, build_of: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    to, index = address_of(postgres, "broken"), build_of(4)
    with monkeypatch.context() as patch:
        patch.setattr(postgres_load, "_term_row", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publish_to_engine(index, to, FEW)
    with pytest.raises(SnapshotMissing):
        Recommender.open(to)
    assert publish_to_engine(index, to, FEW).loaded
    assert Recommender.open(to).related("a1", confidence="loose")


def test_the_effort_that_was_enough_is_remembered(
    postgres: str, build_of: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    to, recall = address_of(postgres, "effort"), iter([1.0, 0.8, 0.9, 0.992])
    monkeypatch.setattr(published, "recall_of", lambda *_: next(recall))
    report = publish_to_engine(build_of(5), to, FEW)
    assert (report.engine_recall, report.effort) == (0.992, EFFORTS[LISTS][2])
    opened: Any = Recommender.open(to).snapshot
    assert opened.effort == EFFORTS[LISTS][2]
    recall = iter([1.0, 0.99])
    again = publish_to_engine(build_of(5), to, FEW)
    assert (again.loaded, again.effort) == (False, EFFORTS[LISTS][2])


def test_a_version_of_another_release_is_loaded_again_unless_it_is_live(
    postgres: str, build_of: Build
) -> None:
    to = address_of(postgres, "releases")
    first = publish_to_engine(index := build_of(5), to, FEW)
    link = Link(read_address(to))
    facts = link.table(postgres_schema.schema_of(read_address(to), first.version), "facts")
    sql = f"UPDATE {facts} SET data = %(data)s WHERE name = 'layout.json'"
    link.ask(sql, {"data": b'{"format": 2}'})
    with pytest.raises(SnapshotForeign, match="another name"):
        publish_to_engine(index, to, FEW)
    link.ask("DELETE FROM recommender.live WHERE archive = 'releases'")
    assert publish_to_engine(index, to, FEW).loaded


def test_an_effort_of_another_release_is_taken_as_the_nearest() -> None:
    assert [effort_of(EFFORTS[GRAPH], one) for one in (0, 600, 601, 4_000, 9_999)] == [
        600,
        600,
        1_000,
        4_000,
        4_000,
    ]


def test_two_do_not_publish_one_archive_at_once(postgres: str, build_of: Build) -> None:
    to = address_of(postgres, "locked")
    with closing(publisher_of(to)), pytest.raises(StorageError, match="somebody else"):
        publish_to_engine(build_of(2), to, FEW)
    assert publish_to_engine(build_of(2), to, FEW).loaded


def test_a_broken_load_does_not_stay(
    postgres: str, build_of: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = address_of(postgres, "unfinished")
    with monkeypatch.context() as patch:
        patch.setattr(postgres_load, "_term_row", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publish_to_engine(build_of(3), to, FEW)
    second = publish_to_engine(build_of(4), to, FEW)
    link = Link(read_address(to))
    sql = "SELECT version FROM recommender.versions WHERE archive = 'unfinished'"
    assert link.ask(sql) == [(second.version,)]
    schemas = "SELECT count(*) FROM pg_namespace WHERE nspname LIKE %(name)s"
    start = postgres_schema.schema_of(read_address(to), "")
    assert link.ask(schemas, {"name": f"{start}%"}) == [(1,)]


def test_a_version_is_dropped_whole(
    postgres: str, build_of: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = address_of(postgres, "dropped")
    first = publish_to_engine(build_of(3), to, FEW)
    versions: Any = publisher_of(to)
    with closing(versions):
        monkeypatch.setattr(versions, "_run", lambda _: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            versions.drop(first.version)
    assert Recommender.open(to).related("a1", confidence="loose")


def test_who_lost_the_lock_changes_nothing(postgres: str, build_of: Build) -> None:
    to = address_of(postgres, "lockless")
    first = publish_to_engine(build_of(3), to, FEW)
    versions: Any = publisher_of(to)
    with closing(versions):
        pid = versions.connection.info.backend_pid
        Link(read_address(to)).ask("SELECT pg_terminate_backend(%(pid)s)", {"pid": pid})
        for change in (versions.switch, versions.drop, versions.finish):
            with pytest.raises(EngineAway):
                change(first.version)
    assert Recommender.open(to).related("a1", confidence="loose")


@pytest.mark.parametrize(
    ("sql", "error"),
    [("SELECT 1/0", StorageError), ("SELECT nothing", StorageError), ("SELEC", StorageError)],
)
def test_what_a_server_refuses_is_named(postgres: str, sql: str, error: type[Exception]) -> None:
    with pytest.raises(error, match="the server refuses"):
        Link(read_address(postgres)).ask(sql)


def test_a_parameter_that_the_client_does_not_know_is_named(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed; `make test-scale` installs it")
    with pytest.raises(SettingsError, match="colour"):
        Recommender.open(f"postgresql://nobody:secret@/news?host={tmp_path}&colour=red")


def test_a_lost_connection_is_tried_once_more(postgres: str, build_of: Build) -> None:
    to = address_of(postgres, "lost")
    publish_to_engine(build_of(6), to, FEW)
    remote = Recommender.open(to)
    archive: Any = remote.snapshot
    first = remote.related("a1", confidence="loose")
    [connection] = archive.engine._link._idle
    other = Link(read_address(to))
    other.ask("SELECT pg_terminate_backend(%(pid)s)", {"pid": connection.info.backend_pid})
    assert_same(first, remote.related("a1", confidence="loose"))


def test_a_server_that_is_away_or_slow_is_named(postgres: str, tmp_path: Path) -> None:
    with pytest.raises(EngineAway, match="does not answer"):
        Recommender.open(f"postgresql://nobody:secret@/news?host={tmp_path}")
    link = Link(read_address(postgres), seconds=0.2)
    with pytest.raises(EngineAway, match=r"gave no answer in 0\.2 s"):
        link.ask("SELECT pg_sleep(5)")
    assert link.ask("SELECT 1") == [(1,)]


def folder_of(postgres: str) -> Path:
    """Return the folder of the server of these tests, in which its socket lies."""
    return Path(parse_qs(urlsplit(postgres).query)["host"][0])


def test_a_table_that_is_gone_is_named_and_published_again(
    postgres: str, build_of: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "examine_encoder", lambda _: Examination({}, ()))
    to = address_of(postgres, "dropped_table")
    version = publish_to_engine(index := build_of(4), to, FEW).version
    remote = Recommender.open(to)
    link = Link(read_address(to))
    table = link.table(postgres_schema.schema_of(read_address(to), version), "passages")
    assert examine(to).problems == ()
    link.ask(f"DELETE FROM {table} WHERE article = 2")
    [problem] = examine(to).problems
    assert "holds 3 of 4 passages; publish the index again" in problem
    link.ask(f"DROP TABLE {table}")
    with pytest.raises(SnapshotMissing, match="recommender publish"):
        remote.related("a1", confidence="loose")
    assert [one.id for one in remote.articles()] == ["a0", "a1", "a2", "a3"]  # others answer
    [problem] = examine(to).problems
    assert "recommender publish" in problem
    again = publish_to_engine(index, to, FEW)
    assert (again.loaded, again.version) == (True, version)
    assert Recommender.open(to).related("a1", confidence="loose")


@pytest.mark.parametrize(
    ("user", "database"),
    [("guest:wrong", "postgres"), ("guest", "postgres"), ("guest:geheim", "x")],
)
def test_who_is_not_let_in_is_told_so(postgres: str, user: str, database: str) -> None:
    link = Link(read_address(postgres))
    if not link.ask("SELECT 1 FROM pg_roles WHERE rolname = 'guest'"):
        link.ask("CREATE ROLE guest LOGIN PASSWORD 'geheim'")
        rules = folder_of(postgres) / "pg_hba.conf"
        rules.write_text("local all guest scram-sha-256\n" + rules.read_text())
        link.ask("SELECT pg_reload_conf()")
        wait_until(
            lambda: link.ask("SELECT 1 FROM pg_hba_file_rules WHERE 'guest' = ANY(user_name)")
        )
    to = f"postgresql://{user}@/{database}?host={folder_of(postgres)}"
    with pytest.raises(EngineRefused, match="refuses the connection") as caught:
        Recommender.open(to)
    assert "geheim" not in str(caught.value)
    assert "wrong" not in str(caught.value)


def test_a_server_that_hangs_is_named(postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgres_link, "GRACE_SECONDS", 0.1)
    link = Link(read_address(postgres), seconds=0.2)
    [[pid]] = link.ask("SELECT pg_backend_pid()")
    publisher: Any = publisher_of(address_of(postgres, "hung"))
    other = publisher.connection.info.backend_pid
    for one in (pid, other):
        os.kill(one, signal.SIGSTOP)
    try:
        with pytest.raises(EngineAway, match=r"gave no answer in 0\.2 s"):
            link.ask("SELECT 1")
        with pytest.raises(EngineAway, match=r"gave no answer in 0\.3 s"):
            publisher._ask("SELECT 1", seconds=0.3)
    finally:
        for one in (pid, other):
            os.kill(one, signal.SIGCONT)
    publisher.close()
    assert link.ask("SELECT 1") == [(1,)]


@pytest.fixture(params=[LISTS, GRAPH])
def method(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """How PostgreSQL indexes the vectors of archives of more than 50 passages."""
    named: str = request.param
    monkeypatch.setattr(postgres_index, "EXACT_PASSAGES", 50)
    monkeypatch.setattr(postgres_index, "MOST_IN_LISTS", 1_000 if named == LISTS else 50)
    return named


def test_an_index_of_vectors_finds_the_same(postgres: str, tmp_path: Path, method: str) -> None:
    index, to = index_in(tmp_path), address_of(postgres, method)
    report = publish_to_engine(index, to, PublishOptions(questions=30))
    assert report.index_recall == 1.0
    assert report.effort in EFFORTS[method]
    assert report.engine_recall >= published.LEAST_RECALL
    local = Recommender.open(index, encoder=ARCHIVE.encoder)
    # A small table would be read in order, whatever indexes it has.
    remote = Recommender.open(f"{to}&options=-c enable_seqscan=off", encoder=ARCHIVE.encoder)
    engine: Any = remote.snapshot.engine  # type: ignore[attr-defined]  # no folder has one
    conditions = Filter(Where(since=20210101), tags=(0, 1))
    assert "passages_vector_idx" in engine.plan(np.ones((1, 24), np.float32), 10, conditions)
    shares = []
    for filters in (FILTERS["none"], FILTERS["since"]):
        asked: dict[str, Any] = {"k": 10, "confidence": "loose", "filters": filters}
        for id in ("en/08", "nl/21", "zh/63", "de/42"):
            one, other = (each.similar(id, **asked) for each in (local, remote))
            shares.append(same_share([x.passage_id for x in one], [x.passage_id for x in other]))
            scores = {hit.passage_id: hit.cosine for hit in one}
            near = [abs(scores.get(hit.passage_id, hit.cosine) - hit.cosine) for hit in other]
            assert max(near) <= CLOSE
    assert np.mean(shares) >= 0.9  # not every passage is compared
    engine._link.ask("SET hnsw.max_scan_tuples = 1")
    engine._link.ask("SET ivfflat.max_probes = 1")
    found, _ = engine.nearest(np.ones((2, 24), np.float32), 10, conditions, 1, raw=False)
    assert [len(one.scores) for one in found] == [10, 10]


def test_of_equal_passages_the_first_rows_are_found(
    postgres: str, tmp_path: Path, method: str
) -> None:
    text = "De veerboot vaart op zondag niet, maar de brug over de rivier blijft open."
    rows = [
        {"id": f"n{number:03}", "title": f"Bericht {number}", "text": text, "language": "nl"}
        for number in range(120)
    ]
    Archive(rows=rows, encoder=ARCHIVE.encoder, settings=ARCHIVE.settings).open_in(tmp_path)
    to = address_of(postgres, f"equal_{method}")
    publish_to_engine(tmp_path / "vectors", to, PublishOptions(questions=0))
    # A small table would be read in order, whatever indexes it has.
    opened = Recommender.open(f"{to}&options=-c enable_seqscan=off", encoder=ARCHIVE.encoder)
    archive: Any = opened.snapshot
    asked, effort = archive.centered([7]), EFFORTS[method][-1]
    every, found = (
        archive.engine._nearest(asked, 10, Filter(Where()), reach, False) for reach in (0, effort)
    )
    assert [record for _, _, record in found] == [record for _, _, record in every]


def test_no_message_has_the_password(tmp_path: Path) -> None:
    pytest.importorskip("psycopg", reason="psycopg is not installed; `make test-scale` installs it")
    with pytest.raises(EngineAway) as caught:
        Recommender.open(f"postgresql://nobody:secret@/news?host={tmp_path}")
    assert "nobody@" in str(caught.value)
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("name", ["", "A", "a-b", "x" * 40, "a;b"])
def test_an_archive_has_a_plain_name(name: str) -> None:
    with pytest.raises(SettingsError, match="is not a name"):
        read_address(f"postgresql://host/db?x=1&archive={name or '%20'}")


def test_records_that_were_changed_are_damage(postgres: str, build_of: Build) -> None:
    to = address_of(postgres, "changed")
    publish_to_engine(build_of(4), to, FEW)
    archive: Any = Recommender.open(to).snapshot
    engine = archive.engine
    for table, column, wrong in (
        ("articles", "line", b"no line"),
        ("facts", "data", b"[]"),
    ):
        engine._ask((f"UPDATE {{{table}}} SET {column} = %(wrong)s", {"wrong": wrong}))
    with pytest.raises(SnapshotDamaged):
        archive.article(0)
    with pytest.raises(SnapshotDamaged):
        Recommender.open(to)


def test_the_service_moves_to_the_version_that_is_live(postgres: str, build_of: Build) -> None:
    to = address_of(postgres, "served")
    first = publish_to_engine(build_of(3), to, FEW)
    served = Served(ServeOptions(index=to))
    assert served.edition.recommender.name == first.version
    assert not served.refresh()
    second = publish_to_engine(build_of(4), to, FEW)
    assert served.refresh()
    assert served.edition.recommender.name == second.version
    with pytest.raises(SettingsError, match="takes no articles"):
        ServeOptions(index=to, write_token="x" * 20)


def test_commands_take_the_address(postgres: str, build_of: Build) -> None:
    to, app, runner = address_of(postgres, "commands"), whole_app(), CliRunner()
    index = str(build_of(4))
    found = runner.invoke(app, ["publish", "--to", to, "--index", index, "--questions", "4"])
    assert found.exit_code == 0, found.output
    for command, arguments in (("related", ["a1"]), ("show", ["a1"]), ("list", []), ("status", [])):
        found = runner.invoke(app, [command, *arguments, "--index", to])
        assert found.exit_code == 0, found.output
    found = runner.invoke(app, ["history", "--index", to])
    assert found.exit_code == 0
    assert "live" in found.output
    assert len(last_builds(to)) == 1
    found = runner.invoke(app, ["diff", "--index", to])
    assert found.exit_code == 1
    assert "needs the index itself" in found.output


def test_no_answer_fails_or_is_mixed_while_the_version_is_switched(
    postgres: str, build_of: Build
) -> None:
    to = address_of(postgres, "switched")
    publish_to_engine(build_of(5), to, FEW)
    served = Served(ServeOptions(index=to))
    index, stop = build_of(9), Event()
    found: list[tuple[str, int]] = []

    def ask() -> None:
        while not stop.is_set():
            recommender = served.edition.recommender
            answer = recommender.answer_related("a1", k=20, confidence="loose")
            found.append((answer.snapshot, len(answer.recommendations)))

    with ThreadPoolExecutor(4) as threads:
        asking = [threads.submit(ask) for _ in range(4)]
        second = publish_to_engine(index, to, FEW)
        assert served.refresh()
        while found[-1][0] != second.version and not any(one.done() for one in asking):
            pass
        stop.set()
        for one in asking:
            one.result()  # raises what was raised
    assert {count for name, count in found if name == second.version} == {8}
    assert {count for name, count in found if name == second.before} == {4}


def test_milvus_keeps_versions_too(
    milvus: str, build_of: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = f"{milvus}/versions"
    with pytest.raises(SnapshotMissing, match="recommender publish"):
        Recommender.open(to)
    first = publish_to_engine(build_of(4), to, FEW)
    assert (first.loaded, first.agreement, first.before) == (True, 1.0, "")
    reader = Recommender.open(to)
    monkeypatch.setattr(milvus_load, "EXACT_PASSAGES", 2)  # from here on a graph
    second = publish_to_engine(build_of(6), to, FEW)
    assert (second.agreement, second.before) == (1.0, first.version)
    assert "runs Milvus 2.3.5" in second.warnings[0]
    assert len(list(reader.articles())) == 4
    assert reader.reload()
    assert len(list(reader.articles())) == 6
    assert roll_back(to) == (first.version, second.version)
    assert Recommender.open(to).name == first.version
    third = publish_to_engine(build_of(7), to, FEW)
    assert roll_back(to, second.version) == (second.version, third.version)
    assert_listed(to, third.version, second.version)


def test_milvus_goes_back_to_what_was_live(
    milvus: str, build_of: Build, monkeypatch: pytest.MonkeyPatch
) -> None:
    to, few = f"{milvus}/back", PublishOptions(questions=1)
    first = publish_to_engine(build_of(2), to, few)
    second = publish_to_engine(build_of(3), to, few)
    index = build_of(4)
    with monkeypatch.context() as patch:
        patch.setattr(published, "same_share", lambda *_: 0.0)
        with pytest.raises(GateRefused):
            publish_to_engine(index, to, few)
    versions: Any = publisher_of(to)
    with closing(versions):
        [refused] = set(versions.names()) - {first.version, second.version}
        assert versions.live() == (second.version, first.version)
        with pytest.raises(StorageError, match="is live"):
            versions.drop(second.version)
        facts = milvus_link.collection_of(versions.address, refused, milvus_link.FACTS)
        versions._link.ask(lambda client, _: client.release_collection(facts))
        assert versions.names() == sorted([first.version, second.version])
        versions._clear("20000101T000000Z-000000")
        assert refused not in {one.name for one in versions.listing.versions()}
    assert roll_back(to) == (first.version, second.version)


def test_two_do_not_publish_one_archive_in_milvus_at_once(
    milvus: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    to = f"{milvus}/locked"
    monkeypatch.setattr(milvus_lock, "BEAT_SECONDS", 0.2)
    with closing(publisher_of(to)), pytest.raises(StorageError, match="somebody else publishes"):
        publisher_of(to)
    monkeypatch.setattr(milvus_lock, "GONE_SECONDS", 1)
    gone: Any = publisher_of(to)
    gone._lock._is_over.set()  # it gives no more signs of life
    with closing(publisher_of(to)), pytest.raises(StorageError, match="somebody else has begun"):
        gone.drop("20000101T000000Z-000000")
    names = gone._link.ask(lambda client, _: client.list_collections())
    gone.close()
    assert not [one for one in names if "locked_" in one]


def test_milvus_that_is_away_is_named() -> None:
    pytest.importorskip(
        "pymilvus", reason="pymilvus is not installed; `make test-scale` installs it"
    )
    with pytest.raises(EngineAway, match="does not answer") as caught:
        Recommender.open("milvus://nobody:secret@127.0.0.1:9/news")
    assert "secret" not in str(caught.value)
