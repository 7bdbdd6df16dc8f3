"""Read files for another process, within bounds of time and memory.

A line of the input names a file, or the settings of the files after it. The answer is lines of
lists: `begin`, the results, `end`. An error that ends the reading of all files is `raised`.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import sys
import time
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import IO

from recommender.articles.files import SourceFile
from recommender.articles.found_json import packed, to_json
from recommender.articles.read import damaged, found_in, module_of
from recommender.articles.reader_process import BEGIN, END, RAISED, SCRATCH, SCRATCH_VARIABLE
from recommender.errors import RecommenderError
from recommender.settings import DEFAULTS, Settings
from recommender.types import Found

# Imported before the time of a file begins to count.
_LIBRARIES = {
    "html": ("trafilatura", "lxml.html"),
    "warc": ("trafilatura", "lxml.html", "warcio"),
    "markdown": ("markdown_it", "mdit_py_plugins", "lxml.html", "yaml"),
    "docx": ("docx",),
    "epub": ("lxml.html",),
    "xml_file": ("feedparser", "lxml.html"),
    "pdf": ("pypdfium2",),
    "odt": ("lxml.html",),
    "mail": ("trafilatura", "lxml.html"),
    "wacz": ("trafilatura", "lxml.html", "warcio"),
}
ANSWER_BYTES = 1 << 16
ANSWER_SECONDS = 0.5
MEBIBYTE = 1024**2


class Worker:
    """Answers the questions of the other process."""

    def __init__(self, output: IO[bytes], megabytes: int) -> None:
        """`megabytes` is the most memory that it may take, 0 for any."""
        self._output = output
        self._megabytes = megabytes
        self._settings = DEFAULTS

    def answer(self, line: bytes) -> None:
        """Answer a line of the input."""
        request = json.loads(line)
        if "settings" in request:
            self._settings = Settings(**request["settings"])
            return
        file = SourceFile(Path(request.pop("path")), **request)
        _load_libraries(module_of(file))
        self._write([to_json([BEGIN])], self._settings.read_seconds)
        began = time.process_time()
        last = self._found_in(file)
        worked = time.process_time() - began
        self._write([*last, to_json([END, self._is_tired(), worked])], 0)

    def _found_in(self, file: SourceFile) -> list[bytes]:
        """Write the results of a file; return the last one, which is not yet written."""
        parts: list[bytes] = []
        size, written = 0, time.monotonic()
        try:
            for found in found_in(file, self._settings):
                parts.append(_part(found, file))
                size += len(parts[-1])
                if size > ANSWER_BYTES or time.monotonic() - written > ANSWER_SECONDS:
                    self._write(parts, self._settings.read_seconds)
                    parts, size, written = [], 0, time.monotonic()
        except RecommenderError as error:
            parts.append(to_json([RAISED, type(error).__name__, str(error)]))
        return parts

    def _write(self, parts: list[bytes], seconds: int) -> None:
        """Write a line, and set the time for the next one; the time of writing does not count.

        The other process may take its time to read it.
        """
        self._set_alarm(0)
        self._output.write(b"[" + b",".join(parts) + b"]\n")
        self._output.flush()
        self._set_alarm(seconds)

    def _set_alarm(self, seconds: int) -> None:
        """End this process soon after its time in any case: the other process may have ended."""
        if hasattr(signal, "alarm"):
            signal.alarm(min(2 * seconds + 10, 1 << 30) if seconds else 0)

    def _is_tired(self) -> bool:
        """Return whether it took so much memory that a new process should read the next file."""
        try:
            import resource
        except ImportError:  # Windows
            return False
        unit = 1 if sys.platform == "darwin" else 1024
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
        return 0 < self._megabytes * MEBIBYTE // 2 < peak


def main(megabytes: int) -> None:
    """Answer each line of the input, until its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process ends this one
    output = _own_output()
    _bound_memory(megabytes * MEBIBYTE)
    worker = Worker(output, megabytes)
    try:
        for line in sys.stdin.buffer:
            worker.answer(line)
    finally:
        _remove_scratch()


@cache
def _load_libraries(module: str) -> None:
    """Import the libraries of a format's reader."""
    for library in _LIBRARIES.get(module, ()):
        with suppress(ImportError):  # its reader names the command that installs it
            import_module(library)


def _part(found: Found, file: SourceFile) -> bytes:
    """Return a result as a part of an answer; one that JSON cannot hold is refused."""
    try:
        return to_json(packed(found))
    except (TypeError, ValueError, RecursionError) as error:
        return to_json(packed(damaged(file, error)))


def _bound_memory(limit: int) -> None:
    try:
        import resource
    except ImportError:  # Windows: the time is limited all the same
        return
    if limit:
        with suppress(ValueError, OSError):  # a lower limit is set already
            resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


def _remove_scratch() -> None:
    """Remove the folder that the other process made for this one, which may have been killed."""
    scratch = Path(os.environ.get(SCRATCH_VARIABLE, ""))
    if scratch.name.startswith(SCRATCH):
        shutil.rmtree(scratch, ignore_errors=True)


def _own_output() -> IO[bytes]:
    """Return standard output; output that a library prints there goes to standard error now."""
    own = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return own
