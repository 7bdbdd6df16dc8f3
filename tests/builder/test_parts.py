"""A build whose machines share storage, and no folder, gives the same files as one process."""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from typing import IO, Any

import pytest
from support.derived_files import FOUND_BY
from support.failing_encoders import TOKENS, FailingEncoder
from support.project import ROOT
from support.stand_in import HashEncoder

from recommender import build
from recommender.builder.farm import apart, depot, keep, shards, spool
from recommender.builder.farm.depot import Depot, PartDamaged
from recommender.builder.farm.objects import ObjectFolder
from recommender.builder.farm.tasks import write_left_out
from recommender.errors import EncoderError, SettingsError, StorageError
from recommender.store.layout import SEGMENT_FILES
from recommender.system import storage as storage_module
from recommender.types import BuildReport

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")

TASK = {"name": "0" * 32, "seal_key": "ab" * 32}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return written(tmp_path / "source")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """The files of the index that one process builds of the source."""
    folder = tmp_path_factory.mktemp("whole")
    built(written(folder / "source"), folder / "index")
    return files_of(folder / "index")


def written(folder: Path) -> Path:
    """Write a source into a folder."""
    (folder / "export" / "posts").mkdir(parents=True)
    (folder / "loose").mkdir()
    rows = [
        {
            "id": f"n{number}",
            "title": f"Kop {number}",
            "text": f"De dijk hield het in week {number}.",
        }
        for number in range(26)
    ]
    lines = [json.dumps(row) for row in rows]
    (folder / "a.jsonl").write_text("\n".join([*lines, "{no json}", *lines[:3]]))
    (folder / "b.jsonl").write_bytes(b'{"id": "x", "text": "' + b"a" * 2_000 + b'\xff"}\n' * 2)
    long_name = folder / f"{'e' * 249}.jsonl"  # as long as a file system allows
    long_name.write_text(
        "\n".join(line.replace('"n', '"e').replace("dijk", "sluis") for line in lines)
    )
    (folder / "c.txt").write_text("Een bericht over de brug en de tunnel.")
    head = "post_id,post_date,is_published,title,subtitle\n"
    (folder / "export" / "posts.csv").write_text(
        f"{head}1.first,2024-01-02,true,De eerste,\n2.second,2024-01-03,false,Concept,\n"
    )
    for name in ("1.first", "2.second"):
        page = f"<p>De tekst van {name} over de haven.</p>"
        (folder / "export" / "posts" / f"{name}.html").write_text(page)
    (folder / "loose" / "posts.csv").write_text(f"{head}7,2024-01-02,true,Los,\n")
    return folder


@pytest.fixture(autouse=True)
def small_shares(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(spool, "CHUNK_ARTICLES", 7)
    monkeypatch.setattr(shards, "SHARD_BYTES", 1_500)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "tests")]))
    depot.depot_at.cache_clear()
    yield
    fsspec.filesystem("memory").store.clear()


def built(source: Path, index: Path, model: Any = None, **options: Any) -> BuildReport:
    encoder = model or HashEncoder(max_tokens=TOKENS)
    return build(source, into=index, model=encoder, processes=1, **options)


def files_of(index: Path) -> dict[str, bytes]:
    [segment] = (index / "segments").iterdir()
    return {name: (segment / name).read_bytes() for name in (*SEGMENT_FILES, *FOUND_BY)}


def told(report: BuildReport) -> tuple[Any, ...]:
    return report.left_out, report.notices, report.language_doubts, report.roles, report.encoded


def objects(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("storage", ["file", "memory"])
def test_the_storage_makes_no_difference(source: Path, tmp_path: Path, storage: str) -> None:
    whole = built(source, tmp_path / "whole")
    address = f"file://{tmp_path}/parts" if storage == "file" else "memory://bucket/parts"
    shared = built(source, tmp_path / "shared", on="local", parts=address)
    assert files_of(tmp_path / "shared") == files_of(tmp_path / "whole")
    assert told(shared) == told(whole)
    assert any("position" in refusal.reason for refusal in whole.left_out)
    assert not (tmp_path / "shared" / keep.FOLDER).exists()
    assert not objects(tmp_path / "parts")
    assert not fsspec.filesystem("memory").store


def test_no_task_needs_the_folder_of_the_build(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every file that a task reads lies below the folder that it was copied to."""
    done: list[dict[str, Any]] = []
    fetched = apart.fetched

    def noted(*arguments: Any) -> dict[str, Any]:
        done.append(fetched(*arguments))
        return done[-1]

    monkeypatch.setattr("recommender.builder.farm.tasks.fetched", noted)
    built(source, tmp_path / "shared", on="local", parts=f"file://{tmp_path}/parts")
    read = {task["do"] for task in done}
    places = [
        task[name] for task in done for name in ("chunk", "piece", "left_out") if name in task
    ]
    places += [file[1] for task in done for file in task.get("files", ()) if file[0] == "file"]
    assert read == {"read", "cut", "encode"}
    assert places
    assert not [place for place in places if str(tmp_path) in place.partition("source")[0]]


def test_a_build_that_was_broken_off_goes_on_from_the_storage(
    source: Path, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    encodings, address = tmp_path / "encodings", f"file://{tmp_path}/parts"
    failing = FailingEncoder(encodings, at=3)
    with pytest.raises(EncoderError):
        built(source, tmp_path / "index", failing, on="local", parts=address)
    for path in (tmp_path / "index" / keep.FOLDER).iterdir():
        path.unlink()  # nothing but the storage is left of it
    report = built(source, tmp_path / "index", FailingEncoder(encodings), on="local", parts=address)
    once = encodings.read_text().splitlines()
    assert len(once) == len(set(once))
    assert report.articles
    assert files_of(tmp_path / "index") == whole


@pytest.mark.parametrize("damage", ["changed", "cut", "gone", "markers changed"])
def test_a_part_that_is_damaged_is_made_again(
    source: Path, tmp_path: Path, damage: str, whole: dict[str, bytes]
) -> None:
    address = f"file://{tmp_path}/parts"
    failing = FailingEncoder(tmp_path / "seen", at=3)
    with pytest.raises(EncoderError):
        built(source, tmp_path / "index", failing, on="local", parts=address)
    kept = objects(tmp_path / "parts")
    assert len(kept) > 10
    for path in kept[::2]:
        data = path.read_bytes()
        if damage == "gone":
            path.unlink()
        elif damage != "markers changed":
            path.write_bytes(data[:-1] + b"~" if damage == "changed" else data[: len(data) // 2])
        elif path.suffix == ".done":  # as who can write there, and has no key
            path.write_bytes(to_other_result(data))
    built(source, tmp_path / "index", on="local", parts=address)
    assert files_of(tmp_path / "index") == whole


def to_other_result(marker: bytes) -> bytes:
    found = json.loads(marker)
    found["result"] = ["../../elsewhere.piece", []]
    return json.dumps(found).encode()


def test_a_part_is_used_only_if_it_has_its_hash(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("een deel")
    kept = Depot(f"file://{tmp_path}/parts", "one")
    part = kept.put(tmp_path / "file")
    kept.get(part, tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "een deel"
    [path] = objects(tmp_path / "parts")
    path.write_text("een deel van een ander")
    with pytest.raises(PartDamaged, match="damaged and is removed; build again"):
        kept.get(part, tmp_path / "other")
    assert not (tmp_path / "other").exists()
    with pytest.raises(PartDamaged, match="missing"):
        kept.get(part, tmp_path / "other")


def test_a_result_counts_for_its_task_alone(tmp_path: Path) -> None:
    kept = Depot(f"file://{tmp_path}/parts", "one")
    assert kept.kept(TASK) is None
    kept.keep(TASK, ["a"], {})
    assert kept.kept(TASK) == (["a"], {})
    assert kept.kept({**TASK, "seal_key": "cd" * 32}) is None
    assert kept.kept({**TASK, "name": "1" * 32}) is None
    assert Depot(f"file://{tmp_path}/parts", "two").kept(TASK) is None


def test_an_object_that_is_not_whole_has_no_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("een deel")
    kept = Depot(f"file://{tmp_path}/parts", "one")
    (tmp_path / "parts" / "one").mkdir(parents=True)
    (tmp_path / "parts" / "one" / "note.txt").write_text("of somebody else")

    def broken(here: str, there: str) -> None:
        Path(there).write_text("een")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(kept._objects._fs, "put_file", broken, raising=False)
    with pytest.raises(StorageError, match="No space left"):
        kept.put(tmp_path / "file")
    monkeypatch.undo()
    names = [path.name for path in objects(tmp_path / "parts")]
    assert [name for name in names if name.startswith(".unfinished-")]
    assert not [name for name in names if name.endswith(".part") and not name.startswith(".")]
    kept.clear()
    assert [path.name for path in objects(tmp_path / "parts")] == ["note.txt"]


@pytest.mark.parametrize(
    "address",
    [
        "ftp://me:hunter2@example.org/parts",
        "s3://bucket/parts?secret=hunter2",
        "https://example.org/parts?X-Amz-Signature=hunter2",
        "simplecache::s3://hunter2@bucket",
    ],
)
def test_an_address_holds_no_secret(source: Path, tmp_path: Path, address: str) -> None:
    with pytest.raises(SettingsError) as raised:
        built(source, tmp_path / "index", on="local", parts=address)
    assert "hunter2" not in str(raised.value)
    assert not (tmp_path / "index").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"parts": "memory://x"}, "--parts needs --on"),
        ({"parts": "nosuchkind://x", "on": "local"}, "not an address of a storage"),
    ],
)
def test_options_that_do_not_go_together_are_an_error_in_words(
    source: Path, tmp_path: Path, options: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError, match=said):
        built(source, tmp_path / "index", **options)


def test_without_fsspec_the_command_that_installs_it_is_said(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(name: str) -> Any:
        raise ImportError(name)

    monkeypatch.setattr(storage_module, "import_module", missing)
    with pytest.raises(SettingsError, match=r"pip install 'recommender\[ray\]'"):
        built(source, tmp_path / "index", on="local", parts="memory://x")


def broken_off(source: Path, tmp_path: Path, at: int = 3) -> tuple[Path, str]:
    """Return an index whose build was broken off, and where its parts lie."""
    address = f"file://{tmp_path}/parts"
    failing = FailingEncoder(tmp_path / "seen", at=at)
    with pytest.raises(EncoderError):
        built(source, tmp_path / "index", failing, on="local", parts=address)
    return tmp_path / "index", address


@pytest.mark.parametrize("trap", ["link", "folder", "pipe", "larger"])
def test_what_a_stranger_puts_in_the_place_of_a_part_is_not_read(
    source: Path, tmp_path: Path, trap: str, whole: dict[str, bytes]
) -> None:
    index, address = broken_off(source, tmp_path)
    victim = tmp_path / "victim"
    victim.mkdir()
    (victim / "letter").write_text("of somebody else")
    kept = [path for path in objects(tmp_path / "parts") if path.suffix == ".part"]
    for path in kept:
        size = path.stat().st_size
        path.unlink()
        if trap == "link":
            path.symlink_to(victim)
        elif trap == "folder":
            path.mkdir()
        elif trap == "pipe":
            os.mkfifo(path)
        else:
            with path.open("wb") as stream:
                stream.truncate(size + (1 << 33))  # has holes: it would fill any disk
    if trap == "folder":
        with pytest.raises(StorageError, match="cannot be written"):
            built(source, index, on="local", parts=address)
        for path in kept:
            path.rmdir()
    built(source, index, on="local", parts=address)
    assert files_of(index) == whole
    assert [path.name for path in victim.iterdir()] == ["letter"]


def test_nothing_is_written_through_a_link_in_the_place_of_the_folder(
    source: Path, tmp_path: Path
) -> None:
    index, address = broken_off(source, tmp_path)
    [folder] = (tmp_path / "parts").iterdir()
    assert folder.stat().st_mode & 0o777 == 0o700
    folder.rename(tmp_path / "moved")
    before = objects(tmp_path / "moved")
    folder.symlink_to(tmp_path / "moved")
    depot.depot_at.cache_clear()
    with pytest.raises(StorageError, match="is a link"):
        built(source, index, on="local", parts=address)
    assert objects(tmp_path / "moved") == before


def test_only_plain_objects_of_the_build_are_deleted(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("een deel")
    root = tmp_path / "parts[1]*"  # not a pattern
    other = tmp_path / "parts1x" / "one"
    other.mkdir(parents=True)
    kept = Depot(f"file://{root}", "one")
    part = kept.put(tmp_path / "file")
    (other / part).write_text("of another build")
    theirs = [root / "one" / f"{'0' * 64}.8.part", root / "one" / f"{'1' * 32}.done"]
    theirs[0].mkdir()
    theirs[1].symlink_to(tmp_path / "file")
    kept.clear()
    assert sorted((root / "one").iterdir()) == sorted(theirs)
    assert (other / part).exists()
    assert (tmp_path / "file").exists()


def test_a_part_of_nothing_is_kept_too(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    kept = Depot("memory://bucket/parts", "one")
    kept.get(kept.put(tmp_path / "file"), tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b""


def test_a_range_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_bytes(b"0123456789" * 1_000)
    read: list[int] = []
    blocks = depot._blocks

    def counted(*arguments: Any) -> Iterator[bytes]:
        for data in blocks(*arguments):
            read.append(len(data))
            yield data

    monkeypatch.setattr(depot, "_blocks", counted)
    kept = Depot("memory://bucket/parts", "one")
    part = kept.put(tmp_path / "file", 5, 15)
    assert read == [10]
    kept.get(part, tmp_path / "copy")
    assert (tmp_path / "copy").read_bytes() == b"5678901234"


def test_what_was_kept_is_fetched_once(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(stage: str, done: int, total: int | None) -> None:
        if stage == "encode" and done and done == total:
            raise Killed

    index, address = tmp_path / "index", f"file://{tmp_path}/parts"
    with pytest.raises(Killed):
        built(source, index, on="local", parts=address, on_progress=killed)
    fetched: list[str] = []
    get = Depot.get

    def counted(self: Depot, part: str, path: Path) -> None:
        fetched.append(part)
        get(self, part, path)

    monkeypatch.setattr(Depot, "get", counted)
    built(source, index, on="local", parts=address)
    assert fetched
    assert len(fetched) == len(set(fetched))


def test_a_full_disk_of_a_worker_is_named(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(blocks: Iterable[bytes], stream: IO[bytes]) -> Iterator[bytes]:
        raise OSError(errno.ENOSPC, "No space left on device")
        yield b""

    monkeypatch.setattr(depot, "_copied", full)
    monkeypatch.setattr(shards, "SHARD_BYTES", 1 << 20)  # no range, which the builder copies
    with pytest.raises(StorageError, match=r".+: /.*recommender-.*: No space left.*free some"):
        built(source, tmp_path / "index", on="local", parts=f"file://{tmp_path}/parts")


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


@pytest.mark.parametrize("do", ["_place", "read"])
def test_a_build_that_is_killed_at_any_step_goes_on(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, do: str, whole: dict[str, bytes]
) -> None:
    """Each build is killed one step later: the next one goes on, until one is done."""
    address, index = f"file://{tmp_path}/parts", tmp_path / "index"
    act = getattr(ObjectFolder, do)
    left = 0

    def mortal(self: ObjectFolder, *arguments: Any) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise Killed
        return act(self, *arguments)

    monkeypatch.setattr(ObjectFolder, do, mortal)
    for steps in count(2, 6):
        left = steps
        with suppress(Killed):
            built(source, index, on="local", parts=address)
            break
    assert steps > 5
    assert files_of(index) == whole
    assert not objects(tmp_path / "parts")


def test_two_builds_in_one_folder_do_not_disturb_each_other(
    source: Path, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    """One of another index, and one of the same index that another machine takes for its own."""
    index, address = broken_off(source, tmp_path)
    built(source, tmp_path / "other", on="local", parts=address)
    assert len(objects(tmp_path / "parts")) > 10
    [folder] = (tmp_path / "parts").iterdir()

    def cleared_meanwhile(stage: str, done: int, total: int | None) -> None:
        if stage == "encode" and not done:
            Depot(address, folder.name).clear()

    with suppress(StorageError):
        built(source, index, on="local", parts=address, on_progress=cleared_meanwhile)
    built(source, index, on="local", parts=address)
    assert files_of(index) == files_of(tmp_path / "other") == whole


def test_terms_that_are_lost_are_found_again_in_the_segment(
    source: Path, tmp_path: Path, whole: dict[str, bytes]
) -> None:
    address = f"file://{tmp_path}/parts"

    def cleared_meanwhile(stage: str, done: int, total: int | None) -> None:
        if stage == "encode" and done == total:
            [folder] = (tmp_path / "parts").iterdir()
            Depot(address, folder.name).clear()

    index = tmp_path / "index"
    built(source, index, on="local", parts=address, on_progress=cleared_meanwhile)
    assert files_of(index) == whole


@pytest.mark.parametrize(("suffix", "is_mended"), [(".read", True), (".piece", False)])
def test_a_part_that_is_lost_while_a_build_runs_is_made_again(
    source: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    suffix: str,
    is_mended: bool,
    whole: dict[str, bytes],
) -> None:
    """What tasks read is read again at once; a piece that was cut is by the next build."""
    address, index = f"file://{tmp_path}/parts", tmp_path / "index"
    kept: list[str] = []
    put = Depot.put

    def noted(self: Depot, path: Path, *extent: Any) -> str:
        part = put(self, path, *extent)
        kept.extend([part] if path.suffix == suffix else [])
        return part

    def lose() -> None:
        [folder] = (tmp_path / "parts").iterdir()
        for part in kept[::2]:
            (folder / part).unlink(missing_ok=True)

    def lost_before_cutting(*arguments: Any) -> Path:
        lose()
        return write_left_out(*arguments)

    def lost_before_encoding(stage: str, done: int, total: int | None) -> None:
        if stage == "encode" and not done:
            lose()

    monkeypatch.setattr(Depot, "put", noted)
    monkeypatch.setattr("recommender.builder.farm.shared.write_left_out", lost_before_cutting)
    options = {"on": "local", "parts": address, "on_progress": lost_before_encoding}
    if not is_mended:
        with pytest.raises(StorageError, match="is damaged or missing; build again"):
            built(source, index, **options)
        monkeypatch.undo()
        options.pop("on_progress")
    built(source, index, **options)
    assert kept
    assert files_of(index) == whole


@pytest.mark.parametrize("at", [1, 8, 15])
def test_a_build_in_a_shared_folder_that_is_killed_goes_on(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: int, whole: dict[str, bytes]
) -> None:
    left = at

    def mortal(*arguments: Any) -> None:
        nonlocal left
        left -= 1
        if not left:
            raise Killed
        keep.keep_result(*arguments)

    monkeypatch.setattr("recommender.builder.farm.tasks.keep_result", mortal)
    with pytest.raises(Killed):
        built(source, tmp_path / "index", on="local")
    built(source, tmp_path / "index", on="local")
    assert files_of(tmp_path / "index") == whole
