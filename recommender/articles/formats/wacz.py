"""Read the pages of a packed web archive (WACZ), from the WARC files in it."""

from __future__ import annotations

import gzip
import zipfile
import zlib
from collections.abc import Iterator

from recommender.articles.files import SourceFile
from recommender.articles.formats.warc import NO_PAGE, read_records
from recommender.articles.packed import MAX_RATIO, MAX_UNPACKED_BYTES, Cut, bounded, unpacked_stream
from recommender.articles.zip_files import opened_folder
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Refusal

MAX_PARTS = 100_000
FOLDER = "archive/"
SUFFIXES = (".warc", ".warc.gz")


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield each page's article or refusal; the place of one is `path/archive/part:record`."""
    try:
        with opened_folder(file, "WACZ") as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS:
                raise SourceError(f"has over {MAX_PARTS:,} parts")
            names = [
                one
                for one in parts
                if one.filename.startswith(FOLDER) and one.filename.lower().endswith(SUFFIXES)
            ]
            if not names:
                raise SourceError(NO_PAGE)
            is_empty = True
            for part in sorted(names, key=lambda one: one.filename):
                for found in _part(file, archive, part):
                    is_empty = False
                    yield found
            if is_empty:
                raise SourceError(NO_PAGE)
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _part(
    file: SourceFile, archive: zipfile.ZipFile, part: zipfile.ZipInfo
) -> Iterator[Article | Refusal]:
    """Yield the pages of one WARC file of the archive, or the refusal of it."""
    name, cut = f"{file.name}/{part.filename}", Cut()
    limit = max(MAX_UNPACKED_BYTES, MAX_RATIO * file.path.stat().st_size)
    try:
        if part.flag_bits & 1:
            raise SourceError("is encrypted; save it without a password")
        with archive.open(part) as packed:
            packing = part.filename.lower().rpartition(".")[2]
            with unpacked_stream(packing, bounded(packed, limit), limit, cut) as stream:
                yield from read_records(name, stream, cut)
    except SourceError as error:
        if str(error) != NO_PAGE:  # one of several parts may hold only pictures
            yield Refusal(name, str(error))
    except (gzip.BadGzipFile, zipfile.BadZipFile, zlib.error, EOFError) as error:
        yield Refusal(name, f"is damaged: {error}; download or export it again")
