"""Take the text of PDFs in a process of its own: the parser is native code.

One process serves many files. It is killed where a file takes too long, and the next file gets
another, as after a file that broke it.
"""

from __future__ import annotations

import atexit
import json
import os
import subprocess
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from threading import Event, Lock, Timer
from typing import Any

from recommender.errors import SourceError

MODULE = "recommender.articles.formats.pdf_text"
MAX_SECONDS = 60
# A native library that leaks is given back its memory.
MAX_FILES = 1_000
# No answer is longer: 20 million characters, each at most twelve bytes of JSON.
MAX_ANSWER_BYTES = 256 * 1024 * 1024


class Worker:
    """A process that is asked for one file at a time; safe to share between threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._process: subprocess.Popen[bytes] | None = None
        self._files = 0

    def pages(self, path: Path) -> list[list[list[Any]]]:
        """Return the lines of each page; raise `SourceError` if the file cannot be read."""
        with self._lock:
            answer = self._ask(path)
        if "error" in answer:
            raise SourceError(answer["error"])
        pages: list[list[list[Any]]] = answer["pages"]
        return pages

    def close(self) -> None:
        """End the process, if there is one; the next file starts another."""
        process, self._process = self._process, None
        if process is None:
            return
        process.kill()
        for pipe in (process.stdin, process.stdout):
            with suppress(OSError):  # what was not yet taken cannot be given any more
                if pipe is not None:
                    pipe.close()
        process.wait()

    def _ask(self, path: Path) -> dict[str, Any]:
        process = self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        was_late = Event()
        timer = Timer(MAX_SECONDS, _kill, (process, was_late))
        timer.start()
        try:
            process.stdin.write(json.dumps(str(path.absolute())).encode() + b"\n")
            process.stdin.flush()
            line = process.stdout.readline(MAX_ANSWER_BYTES)
        except OSError:  # it ended before it took the question
            line = b""
        except BaseException:  # the answer would be taken for that of the next file
            self.close()
            raise
        finally:
            timer.cancel()
        if line.endswith(b"\n"):
            answer: dict[str, Any] = json.loads(line)
            return answer
        self.close()
        if was_late.is_set():
            raise SourceError(f"is not read within {MAX_SECONDS} seconds")
        raise SourceError("stopped the PDF parser; it is damaged")

    def _running(self) -> subprocess.Popen[bytes]:
        if self._files >= MAX_FILES or (self._process and self._process.poll() is not None):
            self.close()
        if self._process is None:
            self._process = _started()
            self._files = 0
        self._files += 1
        return self._process


def worker() -> Worker:
    """Return this process's worker: a forked child does not share its parent's."""
    return _worker_of(os.getpid())


@cache
def _worker_of(pid: int) -> Worker:
    made = Worker()
    atexit.register(made.close)
    return made


def _started() -> subprocess.Popen[bytes]:
    # -P: no module is taken from the current folder, which may hold a stranger's files.
    command = [sys.executable, "-P", "-m", MODULE]
    return subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def _kill(process: subprocess.Popen[bytes], was_late: Event) -> None:
    was_late.set()
    process.kill()
