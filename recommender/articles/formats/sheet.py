"""Read articles from an Excel workbook (.xlsx): below the header of a sheet, one in each row."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import datetime, time, timedelta
from itertools import chain, islice
from typing import Any

from recommender.articles.columns import columns_of
from recommender.articles.files import SourceFile, need
from recommender.articles.formats.sheet_marks import MergedCells, sheet_marks
from recommender.articles.plain_values import plain
from recommender.articles.rows import RowReader
from recommender.articles.zip_files import damage, opened_zip
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Found, Notice, NoticeKind, Refusal

# The header of a sheet is among this many first rows.
MAX_ROWS_ABOVE = 10
# Excel shows these for formulas that it could not compute.
_ERRORS = {"#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!", "#SPILL!"}
# A sheet may claim millions of empty columns in each row.
MAX_CELLS = 20_000_000
Row = tuple[int, Sequence[Any]]


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield each row's article or refusal. Places are `path:row`, or else `path/sheet:row`."""
    try:
        openpyxl = need("openpyxl", "xlsx")
        with (
            opened_zip(file) as archive,  # checks the sizes before anything is unpacked
            closing(_open(openpyxl, file)) as workbook,
        ):
            yield from _articles(file, workbook, archive, settings)
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _open(openpyxl: Any, file: SourceFile) -> Any:
    try:
        return openpyxl.load_workbook(file.path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # a damaged workbook may raise anything
        raise SourceError(f"is not a readable workbook: {damage(error)}") from error


def _articles(
    file: SourceFile, workbook: Any, archive: zipfile.ZipFile, settings: Settings
) -> Iterator[Found]:
    """Yield what the sheets hold.

    If another sheet has articles, a sheet without their columns gives a notice, not a refusal.
    """
    sheets = [one for one in workbook.worksheets if one.sheet_state == "visible"]
    for one in workbook.worksheets:
        if one not in sheets:
            place = f"{file.name}/{one.title}"
            yield Notice(place, NoticeKind.FIELD, "sheet: is hidden and was not read", one.title)
    is_empty, has_articles = True, False
    others: list[Refusal] = []
    for sheet in sheets:
        name = file.name if len(sheets) == 1 else f"{file.name}/{sheet.title}"
        for found in _of_sheet(sheet, name, archive, file, settings):
            is_empty = False
            if isinstance(found, Refusal) and found.place == name:
                others.append(found)
                continue
            has_articles |= isinstance(found, Article)
            yield found
    if is_empty:
        raise SourceError("has no row below its header")
    for one in others:
        if has_articles and one.reason.endswith(
            "=COLUMN"
        ):  # none of its columns is likely the text
            reason = "sheet: has no column of texts and was not read"
            yield Notice(one.place, NoticeKind.FIELD, reason, one.place.rpartition("/")[2])
        else:
            yield one


def _of_sheet(
    sheet: Any, name: str, archive: zipfile.ZipFile, file: SourceFile, settings: Settings
) -> Iterator[Found]:
    """Yield what the rows of a sheet hold, and a notice of formulas without values."""
    marks = sheet_marks(archive, str(getattr(sheet, "_worksheet_path", "")))
    merged = MergedCells(marks)
    rows = ((number, merged.filled(number, cells)) for number, cells in _rows(sheet))
    names, below = _headed(rows, settings)
    reader = RowReader(name, settings, file.unnamed)
    number = 0
    for number, cells in below:
        yield from reader.read(_row(names, cells), f"{name}:{number}")
    if not number:
        return
    yield from reader.finish()
    if marks.uncomputed:
        reason = "formula: has no value; open the workbook in an office program, and save it"
        yield Notice(name, NoticeKind.FIELD, reason, f"{marks.uncomputed} of them")


def _headed(rows: Iterator[Row], settings: Settings) -> tuple[list[str], Iterator[Row]]:
    """Return the names of the columns, and the rows below them.

    A title, a date and the like may stand above the header. The header is the first row that names
    a text, or else the first row with the most cells.
    """
    first = list(islice(rows, MAX_ROWS_ABOVE))
    heads = [["" if cell is None else str(cell).strip() for cell in cells] for _, cells in first]
    known = (
        at for at, names in enumerate(heads) if "text" in columns_of(names, settings.fields)[0]
    )
    widest = max(range(len(heads)), key=lambda at: sum(map(bool, heads[at])), default=0)
    at = next(known, widest)
    return (heads[at] if heads else []), chain(first[at + 1 :], rows)


def _rows(sheet: Any) -> Iterator[Row]:
    """Yield the rows of a sheet that are not empty, with their numbers."""
    sheet.reset_dimensions()
    cells = 0
    try:
        for number, row in enumerate(sheet.iter_rows(values_only=True), 1):
            cells += len(row)
            if cells > MAX_CELLS:
                raise SourceError(f"has over {MAX_CELLS:,} cells; save it as CSV")
            if any(cell not in (None, "") for cell in row):
                yield number, row
    except SourceError:
        raise
    except Exception as error:  # a damaged sheet may raise anything
        raise SourceError(f"is damaged: {error}; save it again, or as CSV") from error


def _row(names: Sequence[str], cells: Sequence[Any]) -> dict[str, Any]:
    """Return the cells by their columns. Of columns of one name, the first with a value counts."""
    row: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=False):
        if name and row.get(name) in (None, ""):
            row[name] = "" if cell is None or cell in _ERRORS else _value(cell)
    return row | {name: "" for name in names if name and name not in row}


def _value(cell: Any) -> Any:
    """Return the value of a cell as JSON has it. A workbook writes a day as a time at midnight."""
    if isinstance(cell, datetime) and cell.time() == time():
        return cell.date().isoformat()
    return str(cell) if isinstance(cell, timedelta) else plain(cell)
