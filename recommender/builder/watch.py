"""Build again whenever the source changes, until it is interrupted."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from threading import Event, Thread

from recommender.articles.sources import Source
from recommender.errors import SettingsError

# Changes are collected until nothing has changed for so long.
QUIET_MILLISECONDS = 2_000


def changes(sources: Sequence[Source], stop: Event | None = None) -> Iterator[None]:
    """Yield once at the start, then each time after the files below `sources` have changed.

    What changes while the caller builds is yielded afterwards. Ends when interrupted, or when
    `stop` is set. Raises `SettingsError` if the library that watches files is not installed.
    """
    if importlib.util.find_spec("watchfiles") is None:
        raise SettingsError(
            "--watch needs watchfiles; install it with: pip install 'recommender[watch]'"
        )
    paths = [one if isinstance(one, Path) else one.path for one in sources]
    follower = _Follower(paths, stop or Event())
    try:
        yield None
        while follower.has_changes():
            yield None
    except KeyboardInterrupt:
        return
    finally:
        follower.end()


class _Follower:
    """Watch files from another thread, since the library catches Ctrl-C."""

    def __init__(self, paths: Sequence[Path], stop: Event) -> None:
        self._paths, self._stop = paths, stop
        self._found: SimpleQueue[bool | BaseException] = SimpleQueue()
        self._thread = Thread(target=self._follow, name="changes of files")
        self._thread.start()

    def has_changes(self) -> bool:
        """Wait for changes; return whether there are some: False if it was told to stop."""
        found = [self._next()]
        while not self._found.empty():  # several changes while the caller was busy count as one
            found.append(self._found.get())
        for one in found:
            if isinstance(one, BaseException):
                raise one
        return all(found)

    def _next(self) -> bool | BaseException:
        while True:
            with suppress(Empty):  # Windows reports Ctrl-C only between two waits
                return self._found.get(timeout=1)

    def end(self) -> None:
        """Stop, within the time for which files must be quiet."""
        self._stop.set()
        self._thread.join()

    def _follow(self) -> None:
        from watchfiles import watch

        try:
            for _ in watch(
                *self._paths, step=QUIET_MILLISECONDS, stop_event=self._stop, debounce=60_000
            ):
                self._found.put(True)
            self._found.put(False)
        except BaseException as error:
            self._found.put(error)


def build_on_changes(
    sources: Sequence[Source], build: Callable[[], object], stop: Event | None = None
) -> None:
    """Call `build` at once and after each change."""
    for _ in changes(sources, stop):
        build()
