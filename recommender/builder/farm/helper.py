"""Do tasks for another process, which counts the tokens of texts: it has the encoder.

A line of the input is a task, the settings of those after it, or the answer to a question. A line
of the output is a question or a result.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Sequence
from typing import IO, Any

from recommender.articles.found_json import to_json
from recommender.builder.farm.tasks import Workbench
from recommender.errors import RecommenderError
from recommender.settings import DEFAULTS, Settings

COUNT, DONE, REFUSED, FAILED = "count", "done", "refused", "failed"


class AskingCounter:
    """Counts tokens by asking the other process."""

    def __init__(self, questions: IO[bytes], answers: IO[bytes]) -> None:
        self.max_tokens = 0
        self._questions = questions
        self._answers = answers

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""
        write_line(self._questions, [COUNT, list(texts)])
        counts: list[int] = json.loads(self._answers.readline() or sys.exit(0))
        return counts


def main() -> None:
    """Do each task of the input, until its end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process ends this one
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # output that a library prints goes to standard error
    counter = AskingCounter(output, sys.stdin.buffer)
    bench = Workbench(DEFAULTS, counter)
    while line := sys.stdin.buffer.readline():
        task = json.loads(line)
        if "settings" in task:
            bench = Workbench(Settings(**task["settings"]), counter)
            continue
        counter.max_tokens = task.get("max_tokens", 0)
        write_line(output, _answer(bench, task))


def write_line(stream: IO[bytes], value: Any) -> None:
    """Write a value as a line of JSON, at once."""
    stream.write(to_json(value) + b"\n")
    stream.flush()


def _answer(bench: Workbench, task: dict[str, Any]) -> list[Any]:
    try:
        return [DONE, bench.do(task)]
    except OSError as error:
        return [REFUSED, error.errno, error.strerror or str(error), str(error.filename or "")]
    except RecommenderError as error:
        return [FAILED, type(error).__name__, str(error)]
    except MemoryError:
        raise  # this process ends, which shows that memory is low
    except Exception as error:  # the other process reports it, whatever it is
        return [FAILED, "", f"{type(error).__name__}: {error}"]
