"""Open files of rows and archives: unpacked within bounds, and always in UTF-8.

A packed file that ends too soon is read up to the fault; then `SourceError` says so.
"""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from recommender.articles.binary import BINARY, checked_text, is_binary
from recommender.articles.files import (
    CUT,
    MAX_FILE_BYTES,
    PACKINGS,
    UTF8_BOM,
    SourceFile,
    decode,
    need,
    read_bytes,
    unmarked,
)
from recommender.errors import SourceError

MAX_UNPACKED_BYTES = 1024**3
MAX_RATIO = 200
# An archive with one file, as people or upload forms make it.
_NO_MEMBERS = ("__MACOSX/", ".")

_NAMES = {"gz": "gzip", "zst": "zstd", "bz2": "bzip2"}
_MARKS = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass
class Cut:
    """Whether a packed file ended too soon."""

    is_cut: bool = False


@contextmanager
def opened(
    file: SourceFile, *, is_text: bool = True, cut: Cut | None = None
) -> Iterator[IO[bytes]]:
    """Open a file, unpacked if it is packed; any fault raises `SourceError`.

    With `is_text` it is in UTF-8, also if it begins with the mark of UTF-16 or UTF-32. With `cut`,
    the stream just ends if a packed file ends too soon, and `cut` says so.
    """
    try:
        with file.path.open("rb") as packed:
            limit = max(MAX_UNPACKED_BYTES, MAX_RATIO * file.path.stat().st_size)
            packing = file.suffix.rpartition(".")[2]
            with unpacked_stream(packing, packed, limit, cut) as stream:
                yield _in_utf8(stream) if is_text else stream
    except EOFError as error:
        raise SourceError(CUT) from error
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        packing = file.suffix.rpartition(".")[2]
        raise SourceError(
            f"is not a complete {_NAMES.get(packing, packing)} file: {error}"
        ) from error
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}") from error


def text_of_file(file: SourceFile) -> str:
    """Return the text of a file; raise `SourceError` if it is not text, or over the bound."""
    return checked_text(decode(unpacked_bytes(file)))


def read_whole(file: SourceFile, most: int) -> tuple[bytes, str]:
    """Return the unpacked bytes of a text file, up to one more than `most`, and the fault, if any.

    They are in UTF-8, also if the file begins with the mark of UTF-16 or UTF-32. If a packed file
    ends too soon, they end there.
    """
    cut = Cut()
    with opened(file, cut=cut) as stream:
        data = stream.read(most + 1)
    return data, CUT if cut.is_cut else ""


def unpacked_bytes(file: SourceFile, most: int = MAX_FILE_BYTES) -> bytes:
    """Return the bytes of a file as `read_bytes` does, unpacked if it is packed.

    Raises `SourceError` for one that is over the bound, or ends too soon.
    """
    if file.path.suffix.lower() not in PACKINGS:
        return read_bytes(file)
    with opened(file, is_text=False) as stream:
        data = stream.read(most + 1)
    if len(data) > most:
        raise SourceError(f"unpacks to over {most:,} bytes; split it")
    return data.removeprefix(UTF8_BOM)


@contextmanager
def unpacked_stream(
    packing: str, packed: IO[bytes], limit: int, cut: Cut | None
) -> Iterator[IO[bytes]]:
    """Open a packed stream by the suffix of its packing without the dot, or a plain one as it is.

    More bytes than `limit` raise `SourceError`; see `bounded` for `cut`.
    """
    match packing:
        case "gz":
            yield bounded(gzip.GzipFile(fileobj=packed), limit, cut)
        case "bz2":
            yield bounded(bz2.BZ2File(packed), limit, cut)
        case "xz":
            with lzma.LZMAFile(packed) as member:
                yield bounded(member, limit, cut)
        case "zst":
            yield bounded(_Zstd(packed), limit, cut)
        case "zip":
            with zipfile.ZipFile(packed) as archive, _only_member(archive) as part:
                yield bounded(part, limit, cut)
        case _:
            yield packed


@contextmanager
def _only_member(archive: zipfile.ZipFile) -> Iterator[IO[bytes]]:
    """Open the one file of an archive; raise `SourceError` if it holds none, or several."""
    members = [
        one
        for one in archive.infolist()
        if not (one.is_dir() or one.filename.startswith(_NO_MEMBERS))
    ]
    if len(members) != 1:
        raise SourceError(f"holds {len(members)} files; unpack it, and name the folder")
    if members[0].flag_bits & 1:
        raise SourceError("is encrypted; save it without a password")
    with archive.open(members[0]) as stream:
        yield stream


class _Zstd:
    """A stream of zstd frames that raises `EOFError` if the last one is incomplete."""

    def __init__(self, packed: IO[bytes]) -> None:
        zstandard = need("zstandard", "zstd")
        self._packed = packed
        self._error = zstandard.ZstdError
        self._new = zstandard.ZstdDecompressor(max_window_size=1 << 27).decompressobj
        self._frame: Any = None
        self._left = b""

    def read1(self, size: int) -> bytes:
        """Return some bytes, none at the end."""
        while True:
            data = self._left or self._packed.read(size)
            if not data and self._frame is not None:
                raise EOFError
            if not data:
                return b""
            self._frame = self._frame or self._new()
            try:
                found: bytes = self._frame.decompress(data)
            except self._error as error:
                raise SourceError(f"is not a complete zstd file: {error}") from error
            self._left = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof:
                self._frame = None
            if found:
                return found


class _Bounded(io.RawIOBase):
    """A stream that raises `SourceError` if it gives more than `limit` bytes."""

    def __init__(self, stream: Any, limit: int, cut: Cut | None) -> None:
        self._stream = stream
        self._cut = cut
        self._left = limit
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        # Only bytes that are ready: an error at the end of a file must not lose those before it.
        try:
            data = self._waiting or self._stream.read1(len(buffer))
        except EOFError:
            if self._cut is None:
                raise
            self._cut.is_cut, data = True, b""
        self._waiting = data[len(buffer) :]
        data = data[: len(buffer)]
        self._left -= len(data)
        if self._left < 0:
            raise SourceError("unpacks to far more than its size; unpack it and look")
        buffer[: len(data)] = data
        return len(data)


def bounded(stream: Any, limit: int, cut: Cut | None = None) -> IO[bytes]:
    """Return a stream that raises `SourceError` if it gives more than `limit` bytes.

    With `cut` it just ends if a packed stream ends too soon, and `cut` says so.
    """
    return io.BufferedReader(_Bounded(stream, limit, cut), 1 << 16)


def _in_utf8(stream: IO[bytes]) -> IO[bytes]:
    """Return a stream as UTF-8; it may begin with the mark of another encoding.

    Raises `SourceError` if it is not text.
    """
    head = stream.peek(4) if isinstance(stream, io.BufferedReader) else b""
    encoding = next((name for mark, name in _MARKS.items() if head.startswith(mark)), "")
    if not encoding:
        if is_binary(head) and unmarked(head) == "utf-8":
            raise SourceError(BINARY)
        return stream
    return io.BufferedReader(_Recoded(io.TextIOWrapper(stream, encoding, newline="")), 1 << 16)


class _Recoded(io.RawIOBase):
    """The text of a stream in UTF-8; raises `SourceError` if it is not in its encoding."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text = text
        self._waiting = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._waiting or self._text.read(len(buffer)).encode("utf-8", "replace")
        except UnicodeError as error:
            raise SourceError(f"is not in the encoding that it begins with: {error}") from error
        self._waiting = data[len(buffer) :]
        data = data[: len(buffer)]
        buffer[: len(data)] = data
        return len(data)
