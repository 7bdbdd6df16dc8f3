"""Reads articles from CSV and TSV: a header line, then one article a row."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from recommender.articles.files import SourceFile
from recommender.articles.rows import article_from_row, opened
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Refusal

MAX_CELL_CHARACTERS = 16 * 1024 * 1024
DELIMITERS = ",;\t|"


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield each row's article or refusal; the place of a refusal is `path:line`."""
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    try:
        with opened(file) as stream:
            lines = io.TextIOWrapper(stream, "utf-8-sig", newline="")
            yield from _articles(file, lines, settings)
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        yield Refusal(file.name, f"is not UTF-8 (byte 0x{byte:02x}); convert it, then build again")
    except csv.Error as error:
        yield Refusal(file.name, f"is not a table that can be read: {error}")
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _articles(
    file: SourceFile, lines: io.TextIOWrapper, settings: Settings
) -> Iterator[Article | Refusal]:
    header = lines.readline(MAX_CELL_CHARACTERS)
    is_tab = ".tsv" in file.suffix
    delimiter = "\t" if is_tab else max(DELIMITERS, key=header.count)
    names = next(csv.reader([header], delimiter=delimiter), [])
    rows = csv.DictReader(lines, names, delimiter=delimiter, restkey="more")
    row = None
    for row in rows:
        place = f"{file.name}:{rows.line_num + 1}"
        try:
            yield article_from_row(row, place, settings.fields)
        except SourceError as error:
            yield Refusal(place, str(error))
    if row is None:
        raise SourceError("has no row below its header")
