"""Read articles from CSV and TSV: a header line, then an article in each row."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from itertools import zip_longest

from recommender.articles import substack
from recommender.articles.columns import columns_of
from recommender.articles.files import CONVERT, SourceFile
from recommender.articles.packed import opened
from recommender.articles.rows import RowReader
from recommender.articles.table_lines import Record, TableLines
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Found, Refusal

MAX_CELL_CHARACTERS = 16 * 1024 * 1024
DELIMITERS = ",;\t|"
# The header is among this many first lines.
MAX_LINES_ABOVE, MAX_HEADER_CHARACTERS = 10, 10_000
# A first line of Excel that names the delimiter.
_SEPARATOR = re.compile(r"\"?sep=(?P<mark>\\t|.)\"?\s*", re.I)
# Databases write these for no value.
_NO_VALUES = {r"\N": "", "NULL": ""}


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield each row's article or refusal; the place of a refusal is `path:line`."""
    csv.field_size_limit(MAX_CELL_CHARACTERS)
    try:
        with opened(file) as stream:
            lines = io.TextIOWrapper(stream, "utf-8-sig", newline="")
            yield from _articles(file, lines, settings)
    except UnicodeDecodeError as error:
        byte = error.object[error.start]
        yield Refusal(file.name, f"is not UTF-8 (byte 0x{byte:02x}); {CONVERT}")
    except csv.Error as error:
        yield Refusal(file.name, f"is not a table that can be read: {error}")
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _articles(file: SourceFile, lines: io.TextIOWrapper, settings: Settings) -> Iterator[Found]:
    table = TableLines(lines, MAX_CELL_CHARACTERS)
    first = table.take() or ""
    if separator := _SEPARATOR.fullmatch(first.rstrip("\r\n")):
        table.delimiter = separator["mark"].replace(r"\t", "\t")
        first = table.take() or ""
        table.put_back(first)
    else:
        table.put_back(first)
        header = _skip_above(table, settings)
        is_tabbed = ".tsv" in file.suffix and "\t" in header
        table.delimiter = "\t" if is_tabbed else _delimiter(header)
    head = next(table.records(0), None)
    names = [name.strip() for name in head.cells] if head else []
    if substack.is_table(file, names, settings):
        return
    reader = RowReader(file.name, settings, file.unnamed)
    record = None
    for record in table.records(len(names)):
        place = f"{file.name}:{record.line}"
        if problem := record.problem or _surplus(record.cells, names):
            yield Refusal(place, problem)
        else:
            yield from reader.read(_row(names, record), place)
    yield from reader.finish()
    if record is None:
        raise SourceError("has no row below its header" if head else "is empty")


def _skip_above(table: TableLines, settings: Settings) -> str:
    """Take the lines above the header of a table, such as a title, and return the header.

    It is the first line that names a text and another field, or else the first line of all.
    """
    lines: list[str] = []
    while len(lines) < MAX_LINES_ABOVE and (line := table.take()) is not None:
        lines.append(line)
    at = next((at for at, line in enumerate(lines) if _is_header(line, settings)), 0)
    table.put_back(*lines)
    for _ in range(at):
        table.take()
    return lines[at] if lines else ""


def _is_header(line: str, settings: Settings) -> bool:
    if len(line) > MAX_HEADER_CHARACTERS:
        return False
    cells = next(csv.reader([line], delimiter=_delimiter(line)), [])
    known = columns_of([cell.strip() for cell in cells], settings.fields).of_field
    return "text" in known and len(known) > 1


def _delimiter(header: str) -> str:
    """Return the delimiter of a header: the sign that divides it into most cells."""

    def cells(delimiter: str) -> int:
        return len(next(csv.reader([header], delimiter=delimiter), []))

    return max(DELIMITERS, key=cells)


def _row(names: Sequence[str], record: Record) -> dict[str, str]:
    """Return the cells by their columns. Of columns of one name, the first with a value counts."""
    row: dict[str, str] = {}
    for name, cell in zip_longest(names, record.cells[: len(names)], fillvalue=""):
        if not row.get(name):
            row[name] = _NO_VALUES.get(cell, cell)
    return row


def _surplus(cells: Sequence[str], names: Sequence[str]) -> str:
    """Return why a row with more cells than the header is refused: some text is not quoted."""
    count = len(cells)
    while count > len(names) and not cells[count - 1].strip():
        count -= 1
    if count <= len(names):
        return ""
    return f"has {count} cells, the header has {len(names)}; put the text in quotation marks"
