"""A file layer that fails or dies at a chosen system call, as a full disk or a power loss does."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from recommender.store import files

# The calls by which `storage` changes what is on the disk.
CALLS = ("open", "write", "fsync", "rename", "replace", "unlink", "makedirs", "ftruncate")
# Those that a full disk refuses.
GROWING = ("write", "makedirs", "ftruncate")


class FaultyOs:
    """Stands in for `os` in the file layer and counts its calls.

    At call number `at` it raises `error`, or kills the process where that is None. A full disk
    (ENOSPC) stays full. `lose` cuts what was not yet synced before it kills: a power loss.
    """

    def __init__(self, at: int | None = None, error: int | None = None, lose: bool = False) -> None:
        self.calls: list[str] = []
        self._at, self._error, self._lose = at, error, lose
        self._paths: dict[int, str] = {}
        self._unsynced: set[str] = set()

    def __getattr__(self, name: str) -> Any:
        real = getattr(os, name)
        if name not in CALLS:
            return real

        def call(*arguments: Any, **options: Any) -> Any:
            self._before(name)
            result = real(*arguments, **options)
            self._note(name, arguments, result)
            return result

        return call

    def _before(self, name: str) -> None:
        self.calls.append(name)
        number = len(self.calls) - 1
        if self._at is None or number < self._at:
            return
        if self._error is None:
            self._die()
        full = self._error == errno.ENOSPC and name in GROWING
        if number == self._at or full:
            raise OSError(self._error, os.strerror(self._error))

    def _note(self, name: str, arguments: tuple[Any, ...], result: Any) -> None:
        if name == "open":
            self._paths[result] = os.fspath(arguments[0])
        elif name in ("rename", "replace"):
            self._moved(*map(os.fspath, arguments[:2]))
        elif name == "write" and arguments[0] in self._paths:
            self._unsynced.add(self._paths[arguments[0]])
        elif name == "fsync":
            self._unsynced.discard(self._paths.get(arguments[0], ""))

    def _moved(self, source: str, target: str) -> None:
        """Follow what is not yet synced to its name after a rename."""
        for path in [*self._unsynced]:
            if path == source or path.startswith(source + os.sep):
                self._unsynced.discard(path)
                self._unsynced.add(target + path.removeprefix(source))

    def _die(self) -> None:
        for path in self._unsynced if self._lose else ():
            with suppress(OSError):
                os.truncate(path, os.path.getsize(path) // 2)
        os.kill(os.getpid(), signal.SIGKILL)


@contextmanager
def faulty(faults: FaultyOs) -> Iterator[FaultyOs]:
    """Put `faults` under the file layer."""
    files.os = faults  # type: ignore[assignment]
    try:
        yield faults
    finally:
        files.os = os
