"""What is written is made durable, whatever the system and however many threads write."""

from __future__ import annotations

import os
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from pathlib import Path

import pytest

from recommender.store import files
from recommender.store.files import create, settle, sync_folder, synced_together


@pytest.fixture
def synced(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """Count what is made durable, by its name."""
    found: Counter[str] = Counter()
    monkeypatch.setattr(files, "_sync", lambda path, flags: found.update([path.name]))
    return found


def test_windows_syncs_files_that_are_open_for_writing() -> None:
    # FlushFileBuffers needs the right to write; elsewhere a file that may only be read is synced.
    assert files.sync_flags("nt") & os.O_RDWR
    assert not files.sync_flags("posix") & (os.O_RDWR | os.O_WRONLY)


def test_a_thread_that_inherits_the_context_syncs_folders_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synced: Counter[str]
) -> None:
    class Inherits(ThreadPoolExecutor):
        def submit(self, function, /, *args, **kwargs):  # type: ignore[no-untyped-def]
            return super().submit(copy_context().run, function, *args, **kwargs)

    monkeypatch.setattr("concurrent.futures.ThreadPoolExecutor", Inherits)
    with synced_together():
        sync_folder(tmp_path)
        assert not synced
    assert synced == {tmp_path.name: os.name == "posix"}


def test_what_is_written_around_a_settling_is_synced_once(
    tmp_path: Path, synced: Counter[str]
) -> None:
    with synced_together(), create(tmp_path / "one"), create(tmp_path / "two"):
        with create(tmp_path / "three"):
            pass
        settle()
        assert synced == {"three": 1}
    assert synced == {"one": 1, "two": 1, "three": 1}


def test_what_is_noted_while_others_are_synced_is_synced_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[str] = []

    def sync(path: Path, flags: int) -> None:
        found.append(path.name)
        if len(found) == 1:  # another thread has gone on writing to it meanwhile
            waiting = notes[0]
            waiting.update({path: None, tmp_path / "two": None})

    notes: list[dict[Path, None]] = []
    monkeypatch.setattr(files, "_sync", sync)
    with synced_together():
        with create(tmp_path / "one"):
            pass
        notes.append(files._UNSYNCED.get() or {})
        settle()
    assert sorted(found) == ["one", "one", "two"]


def test_what_could_not_be_synced_is_still_to_be_synced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, synced: Counter[str]
) -> None:
    def broken(path: Path, flags: int) -> None:
        raise OSError(5, "is broken", str(path))

    with synced_together():
        with create(tmp_path / "one"):
            pass
        with monkeypatch.context() as patch:
            patch.setattr(files, "_sync", broken)
            with pytest.raises(OSError, match="is broken"):
                settle()
    assert synced == {"one": 1}
