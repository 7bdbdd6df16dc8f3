"""Encoders that fail or end their process, and that other processes can make too."""

from __future__ import annotations

import os
import signal
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from support.stand_in import HashEncoder

from recommender.errors import EncoderError

TOKENS = 120


class FailingEncoder(HashEncoder):
    """Notes in a file each text that it encodes; fails when it is asked for the `at`-th time."""

    def __init__(self, noted: Path | str, at: int = 0) -> None:
        super().__init__(max_tokens=TOKENS)
        self._noted, self._at = Path(noted), at
        self._asked = 0

    def maker(self) -> tuple[str, list[object]]:
        return "support.failing_encoders:FailingEncoder", [str(self._noted), self._at]

    def encode(self, texts: Sequence[str], **keywords: Any) -> Any:
        self._asked += 1
        if self._asked == self._at:
            raise EncoderError("fails, as it was told to")
        with self._noted.open("a", encoding="utf-8") as stream:
            stream.writelines(f"{text!r}\n" for text in texts)
        return super().encode(texts, **keywords)


class MortalEncoder(HashEncoder):
    """Ends the process in which it encodes for the first time; `died` is the file that says so."""

    def __init__(self, died: Path | str) -> None:
        super().__init__(max_tokens=TOKENS)
        self._died = Path(died)

    def maker(self) -> tuple[str, list[object]]:
        return "support.failing_encoders:MortalEncoder", [str(self._died)]

    def encode(self, texts: Sequence[str], **keywords: Any) -> Any:
        if not self._died.exists():
            self._died.touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().encode(texts, **keywords)


class BrokenEncoder(HashEncoder):
    """Raises an error that is none of the product's."""

    def maker(self) -> tuple[str, list[object]]:
        return "support.failing_encoders:BrokenEncoder", []

    def encode(self, texts: Sequence[str], **keywords: Any) -> Any:
        raise ZeroDivisionError("no vectors today")
