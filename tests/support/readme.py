"""The README's examples: found, run, compared, and rewritten with `python tests/readme.py`."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
README = ROOT / "README.md"

_BLOCK = re.compile(r"```console\n\$ (recommender [^\n]+)\n(.*?)```", re.DOTALL)
_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SNAPSHOT = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]+")


@dataclass(frozen=True, slots=True)
class Example:
    """A command of the README and what the page says that it prints."""

    command: str
    output: str


def examples() -> Iterator[Example]:
    for match in _BLOCK.finditer(README.read_text("utf-8")):
        yield Example(match[1], match[2])


def printed(command: str, folder: Path) -> str:
    """Run the command in `folder` and return what it prints."""
    arguments = shlex.split(command)[1:]
    done = subprocess.run(
        [sys.executable, "-m", "recommender", *arguments],
        capture_output=True,
        encoding="utf-8",
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", "COLUMNS": "80"},
        check=True,
    )
    return done.stdout


def words(output: str) -> str:
    """Return the output without what differs from machine to machine: numbers and names of builds.

    Scores are compared by `numbers`, with the room that other arithmetic needs.
    """
    return _NUMBER.sub("0", _SNAPSHOT.sub("SNAPSHOT", output))


def numbers(output: str) -> list[float]:
    """Return the scores in an answer: numbers with three decimals."""
    return [float(score) for score in re.findall(r"(?<![\d.])\d\.\d{3}(?!\d)", output)]


def rewrite(folder: Path) -> None:
    """Put into the README what its commands print now in `folder`."""

    def again(match: re.Match[str]) -> str:
        return f"```console\n$ {match[1]}\n{printed(match[1], folder)}```"

    README.write_text(_BLOCK.sub(again, README.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    rewrite(ROOT)
