"""Keep the processes that read files: each serves many files, and is ended when one passes a limit.

The parsers of formats are other people's code, some of it native. A file that stalls or breaks one
costs a process, never the build.
"""

from __future__ import annotations

import atexit
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from recommender.articles.files import SourceFile
from recommender.articles.found_json import to_json
from recommender.settings import Settings
from recommender.system.processes import command_of, processor_count

WORKER = "recommender.articles.worker"
# The time that a process may take to start and to load its libraries.
START_SECONDS = 120
# The longest line of an answer: 64 MiB of text, with at most three bytes of JSON for each byte.
MAX_LINE_BYTES = 256 * 1024 * 1024
PIPE_BYTES = 1 << 20
# Questions without an answer fit into a pipe, so that asking never waits.
MAX_ASKED_FILES = 8
MAX_ASKED_BYTES = 16 * 1024
SCRATCH = "recommender-reader-"
SCRATCH_VARIABLE = "RECOMMENDER_READER_SCRATCH"
BEGIN, END, RAISED = "begin", "end", "raised"


class ProcessStopped(Exception):
    """A process ended before it had read a file; the message says why, in words for a refusal."""


class ReaderProcess:
    """A process that reads the files that it is given, in their order, one at a time."""

    def __init__(self, settings: Settings) -> None:
        self.megabytes = settings.read_megabytes
        # Whether it has taken so much memory that another process should continue.
        self.is_tired = False
        # How many seconds this reading has waited for its answers.
        self.waited = 0.0
        # The seconds of processor time that it reports for this reading; they do not include other
        # programs.
        self.worked = 0.0
        self.asked: deque[SourceFile] = deque()
        self._sizes: deque[int] = deque()
        self._settings: Settings | None = None
        self._lock = Lock()
        self._deadline: float | None = None
        self._was_late = False
        # Readers put unpacked files there. It is removed with the process, even if that is killed.
        self.scratch = Path(tempfile.mkdtemp(prefix=SCRATCH))
        self._process = _started(self.megabytes, str(self.scratch))

    @property
    def is_usable(self) -> bool:
        """Whether it can serve another reading: it runs, and owes no answer."""
        return not (self.asked or self.is_tired) and self._process.poll() is None

    def has_place(self, file: SourceFile) -> bool:
        """Return whether it can take a file now without waiting."""
        if not self.asked:
            return True
        size = sum(self._sizes) + len(_request(file))
        return len(self.asked) < MAX_ASKED_FILES and size <= MAX_ASKED_BYTES

    def ask(self, file: SourceFile, settings: Settings) -> None:
        """Give it a file to read; if it has ended, that is found when the answer is awaited."""
        request = _request(file)
        self.asked.append(file)
        self._sizes.append(len(request))
        if settings != self._settings:
            request = to_json({"settings": asdict(settings)}) + b"\n" + request
            self._settings = settings
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.write(request)
            self._process.stdin.flush()

    def can_begin(self) -> bool:
        """Wait until it begins the first file asked for; return False if it has ended."""
        try:
            self._parts(START_SECONDS, "")
        except ProcessStopped:
            return False
        return True

    def answers(self, seconds: float) -> Iterator[list[Any]]:
        """Yield the parts of the answer about the file that was begun.

        Waits `seconds` for it (0 for no limit), and one more for each part that came. Raises
        `ProcessStopped` if the process ends, or takes longer and is ended.
        """
        waited, count = 0.0, 0
        while True:
            began = time.monotonic()
            left = seconds + count - waited if seconds else 0.0
            parts = self._parts(left, f"is not read within {seconds:g} seconds")
            waited += time.monotonic() - began
            self.waited += time.monotonic() - began
            for part in parts:
                if part[0] == END:
                    self.is_tired = bool(part[1])
                    self.worked += _seconds(part)
                    self.forget()
                    return
                count += 1
                yield part

    def forget(self) -> None:
        """Count the first file asked for as answered."""
        self.asked.popleft()
        self._sizes.popleft()

    def end_if_late(self) -> None:
        """End the process if its answer is overdue."""
        with self._lock:
            if self._deadline is not None and time.monotonic() > self._deadline:
                self._was_late = True
                self._process.kill()

    def close(self) -> None:
        """End the process, whatever it does."""
        self._process.kill()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # answers that were not taken are lost
                if pipe is not None:
                    pipe.close()
        self._process.wait()
        shutil.rmtree(self.scratch, ignore_errors=True)

    def _parts(self, seconds: float, late: str) -> list[list[Any]]:
        """Return the parts of the next line, waiting for so many seconds; 0 waits for ever."""
        assert self._process.stdout is not None
        with self._lock:
            self._deadline = time.monotonic() + seconds if seconds else None
        line = self._process.stdout.readline(MAX_LINE_BYTES)
        with self._lock:
            self._deadline = None
        if line.endswith(b"\n"):
            with suppress(ValueError, RecursionError):
                parts = json.loads(line)
                if isinstance(parts, list) and all(isinstance(one, list) and one for one in parts):
                    return parts
        if self._was_late:
            raise ProcessStopped(f"{late}; split it, or leave it out")
        raise ProcessStopped("stopped its reader; it is damaged, or takes too much memory to read")


def take(settings: Settings) -> ReaderProcess:
    """Return a process that owes no answer: an idle one, or a new one."""
    idle, lock = _idle_of(os.getpid())
    while True:
        with lock:
            process = idle.pop() if idle else None
        if process is None:
            return ReaderProcess(settings)
        if process.is_usable and process.megabytes == settings.read_megabytes:
            process.waited = process.worked = 0.0
            return process
        process.close()


def give_back(process: ReaderProcess) -> None:
    """Keep a process idle for the next reading, or end it if it still owes an answer."""
    idle, lock = _idle_of(os.getpid())
    if process.is_usable:
        with lock:
            if len(idle) < processor_count():
                idle.append(process)
                return
    process.close()


def close_idle() -> None:
    """End the idle processes; the next file starts another one."""
    idle, lock = _idle_of(os.getpid())
    with lock:
        processes = [*idle]
        idle.clear()
    for process in processes:
        process.close()


@cache
def _idle_of(pid: int) -> tuple[list[ReaderProcess], Lock]:
    """Return the idle processes of this process: a forked child does not share its parent's."""
    atexit.register(_close_of, pid)
    return [], Lock()


def _close_of(pid: int) -> None:
    if pid == os.getpid():
        close_idle()


def _seconds(end: list[Any]) -> float:
    """Return the seconds that the end of an answer states; if strangers' files changed it, 0."""
    told = end[2] if len(end) > 2 else 0.0
    return told if isinstance(told, float) and 0 <= told < float("inf") else 0.0


def _request(file: SourceFile) -> bytes:
    request = {"path": str(file.path.absolute()), "name": file.name}
    request |= {"reader": file.reader, "unnamed": file.unnamed}
    return to_json(request) + b"\n"


def _started(megabytes: int, scratch: str) -> subprocess.Popen[bytes]:
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command_of(WORKER, f"main({megabytes})"),
        stdin=pipe,
        stdout=pipe,
        stderr=subprocess.DEVNULL,
        bufsize=1 << 16,
        # If this process leaves it behind, it still removes the folder: see `worker.main`.
        env=os.environ
        | dict.fromkeys(("TMPDIR", "TEMP", "TMP"), scratch)
        | {SCRATCH_VARIABLE: scratch},
    )
    assert process.stdout is not None
    _widen(process.stdout.fileno())
    return process


def _widen(pipe: int) -> None:
    """Let a pipe hold more answers, so that a process can read ahead, if the system can."""
    try:
        from fcntl import F_SETPIPE_SZ, fcntl
    except ImportError:
        return
    with suppress(OSError):
        fcntl(pipe, F_SETPIPE_SZ, PIPE_BYTES)
