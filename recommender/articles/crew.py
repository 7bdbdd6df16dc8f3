"""Read files in their order, most of them in separate processes.

This process reads plain text and rows, and a few small files: no parser can stall for long in
those, and to start a process would take longer than to read them.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from threading import Event, Thread
from typing import TypeGuard

from recommender import errors
from recommender.articles.files import SourceFile
from recommender.articles.found_json import unpacked
from recommender.articles.known_rows import KnownRow
from recommender.articles.reader_process import (
    RAISED,
    ProcessStopped,
    ReaderProcess,
    give_back,
    take,
)
from recommender.errors import ProcessLost, RecommenderError
from recommender.settings import Settings
from recommender.system.processes import processor_count
from recommender.types import Found, Notice, Refusal

# So many files are looked at before the first of them is read.
WINDOW = 64
SMALL_BYTES = 32 * 1024
FEW = 16
# Another process starts once the running ones have worked, and have been waited for, this long on
# average. To start one and to load its libraries takes one or two seconds of a processor.
WAITED_SECONDS = 10.0
MAX_PROCESSES = 8
WATCH_SECONDS = 0.1
# A process that dies before it begins a file is replaced so many times.
TRIES = 3

ReadHere = Callable[[SourceFile, Settings], Iterator[Found | KnownRow]]
Listed = SourceFile | Refusal | Notice
ModuleOf = Callable[[SourceFile], str]

# Formats that our own code reads.
_HERE = frozenset({"text", "jsonl", "table", "handed"})
# Formats that this process reads if files are small: none is packed, and no native code may crash.
_HERE_IF_SMALL = frozenset({"markdown", "asciidoc", "org", "rst", "html", "xml_file", "json_file"})


def read_in_order(
    files: Iterable[Listed], settings: Settings, read_here: ReadHere, module: ModuleOf
) -> Iterator[tuple[SourceFile | None, Iterator[Found | KnownRow]]]:
    """Yield each file with its articles and refusals. Notices about no file come with None.

    `read_here` reads a file in this process, `module` names the reader of a file. The caller must
    take everything of a file before the next file.
    """
    left = iter(files)
    window: deque[Listed] = deque()
    crew = Crew(settings)
    is_apart = False
    try:
        while True:
            added = [*islice(left, WINDOW - len(window))]
            window += added
            if not is_apart and _is_much(added, window, module):
                is_apart = True
                added = [*window]
            if is_apart:
                crew.add_all(one for one in added if _is_parsed(one, module))
            if not window:
                return
            file = window.popleft()
            if not isinstance(file, SourceFile):
                yield None, iter([file])
            elif is_apart and _is_parsed(file, module):
                yield file, crew.found_in(file)
            else:
                yield file, read_here(file, settings)
    finally:
        crew.close()


def _is_much(added: Iterable[Listed], window: Iterable[Listed], module: ModuleOf) -> bool:
    """Return whether the files are too many, too large or too risky to read in this process.

    Files that left the window before were small.
    """
    parsed = [one for one in added if _is_parsed(one, module)]
    if not parsed:
        return False
    if not all(_is_small(one, module(one)) for one in parsed):
        return True
    return sum(_is_parsed(one, module) for one in window) > FEW


def _is_parsed(file: Listed, module: ModuleOf) -> TypeGuard[SourceFile]:
    """Return whether code of others parses a file."""
    return isinstance(file, SourceFile) and module(file) not in _HERE


def _is_small(file: SourceFile, module: str) -> bool:
    # One dot: the file is not packed, as `.html.gz` is.
    is_plain = module in _HERE_IF_SMALL and file.suffix.count(".") == 1
    try:
        return is_plain and file.path.stat().st_size <= SMALL_BYTES
    except OSError:  # its reader reports it
        return True


class Crew:
    """The processes that read the files of one reading, and which process reads which file."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._processes: list[ReaderProcess] = []
        self._waiting: deque[SourceFile] = deque()
        self._done = Event()
        self._is_watched = False

    def add_all(self, files: Iterable[SourceFile]) -> None:
        """Start reading files; `found_in` must be called for the files in the same order."""
        self._waiting += files
        self._hand_out()

    def found_in(self, file: SourceFile) -> Iterator[Found]:
        """Yield the results of the next file, and a refusal if its process ends."""
        process = self._begun(file)
        try:
            for part in process.answers(float(self._settings.read_seconds)):
                if part[0] == RAISED:
                    raise _error(part)
                yield unpacked(part)
        except (ProcessStopped, ValueError) as error:
            yield Refusal(file.name, str(error))
            process.forget()
            self._replace(process)
        if process.is_tired:
            self._replace(process)
        self._hand_out()

    def close(self) -> None:
        """Return the processes to their pool; those that still read are ended."""
        self._done.set()
        for process in self._processes:
            give_back(process)
        self._processes.clear()

    def _begun(self, file: SourceFile) -> ReaderProcess:
        """Return the process that reads a file, as soon as it has begun."""
        for _ in range(TRIES):
            process = next(
                (one for one in self._processes if one.asked and one.asked[0] == file), None
            )
            if process is None:
                raise AssertionError(f"{file.name} was not added, or not in this order")
            if process.can_begin():
                return process
            self._replace(process)  # something else has ended it between two files
        raise ProcessLost(
            "a process that reads files ended as soon as it started, probably for lack of memory; "
            f"it may take {self._settings.read_megabytes:,} MiB (the setting read_megabytes)"
        )

    def _hand_out(self) -> None:
        """Give the files that wait to the processes, the first to the one that has the fewest."""
        while self._waiting:
            file = self._waiting[0]
            process = min(self._processes, key=lambda one: len(one.asked), default=None)
            if process is None or not process.has_place(file):
                if process is not None and not self._is_another_due():
                    return
                process = self._start()
            process.ask(self._waiting.popleft(), self._settings)

    def _is_another_due(self) -> bool:
        most, count = min(processor_count(), MAX_PROCESSES), len(self._processes)
        # The time in which they were waited for may also be that of other programs.
        waited = sum(min(one.waited, one.worked) for one in self._processes)
        return count < most and waited > WAITED_SECONDS * count

    def _start(self) -> ReaderProcess:
        process = take(self._settings)
        if not self._is_watched:
            self._is_watched = True
            Thread(target=self._watch, daemon=True, name="reading limits").start()
        self._processes.append(process)
        return process

    def _replace(self, process: ReaderProcess) -> None:
        """End a process; another one takes over its remaining files."""
        self._processes.remove(process)
        process.close()
        if process.asked:
            another = self._start()
            for file in process.asked:
                another.ask(file, self._settings)

    def _watch(self) -> None:
        while not self._done.wait(WATCH_SECONDS):
            for process in [*self._processes]:
                process.end_if_late()


def _error(part: list[str]) -> RecommenderError:
    """Return the error that the reader of a file raised."""
    kind = getattr(errors, str(part[1]), None)
    if isinstance(kind, type) and issubclass(kind, RecommenderError):
        return kind(str(part[2]))
    return RecommenderError(str(part[2]))
