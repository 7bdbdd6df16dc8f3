"""Open zip files of strangers within bounds; DOCX and EPUB are such files."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

from recommender.articles.files import MAX_FILE_BYTES, SourceFile
from recommender.errors import SourceError

MAX_UNPACKED_BYTES = 256 * 1024 * 1024
MAX_PART_BYTES = 64 * 1024 * 1024
MAX_PARTS = 10_000


def damage(error: Exception) -> str:
    """Return the fault of a part in our words, as far as its reader names it."""
    if "entity" in str(error).lower():
        return "declares XML entities, which are not read"
    return f"is damaged: {error}; save it again, or leave it out"


@contextmanager
def opened_zip(file: SourceFile) -> Iterator[zipfile.ZipFile]:
    """Open a zip file whose parts, unpacked, are within bounds; raise `SourceError` if not."""
    try:
        if file.path.stat().st_size > MAX_FILE_BYTES:
            raise SourceError(f"has over {MAX_FILE_BYTES:,} bytes; split it")
        with zipfile.ZipFile(file.path) as archive:
            parts = archive.infolist()
            sizes = [part.file_size for part in parts]
            if len(parts) > MAX_PARTS or sum(sizes) > MAX_UNPACKED_BYTES:
                raise SourceError(
                    f"unpacks to {sum(sizes):,} bytes in {len(parts):,} parts; the most is "
                    f"{MAX_UNPACKED_BYTES:,} in {MAX_PARTS:,}"
                )
            if any(part.flag_bits & 1 for part in parts):
                raise SourceError("is encrypted; save it without a password")
            yield archive
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, KeyError) as error:
        raise SourceError(f"is damaged: {error}; save it again, or leave it out") from error
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}") from error


@contextmanager
def opened_folder(file: SourceFile, called: str) -> Iterator[zipfile.ZipFile]:
    """Open a zip file of files of any size; raise `SourceError` if it is not complete.

    `called` is what a person calls it. The caller limits the sizes of the files.
    """
    try:
        with zipfile.ZipFile(file.path) as archive:
            yield archive
    except (zipfile.BadZipFile, NotImplementedError) as error:
        why = f"is not a complete {called} file: {error}; download or pack it again"
        raise SourceError(why) from error
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror or error}") from error


def part_bytes(archive: zipfile.ZipFile, name: str) -> bytes:
    """Return a part's bytes; raise `SourceError` if it is missing or too large."""
    try:
        if archive.getinfo(name).file_size > MAX_PART_BYTES:
            raise SourceError(f"{name}: has over {MAX_PART_BYTES:,} bytes")
        return archive.read(name)
    except KeyError as error:
        raise SourceError(f"lacks its part {name}") from error
