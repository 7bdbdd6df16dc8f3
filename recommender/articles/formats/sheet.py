"""Read articles from a workbook of Excel (.xlsx): a header line in each sheet, then one a row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

from recommender.articles.files import SourceFile, need
from recommender.articles.rows import RowReader
from recommender.articles.zip_files import damage, opened_zip
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Found, Refusal

# A sheet may claim millions of empty columns in each row.
MAX_CELLS = 20_000_000
Row = tuple[int, Sequence[Any]]


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield each row's article or refusal; its place is `path:row`, `path/sheet:row` of several."""
    try:
        openpyxl = need("openpyxl", "xlsx")
        with opened_zip(file):  # checks the sizes before anything is unpacked
            pass
        with closing(_open(openpyxl, file)) as workbook:
            yield from _articles(file, workbook, settings)
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _open(openpyxl: Any, file: SourceFile) -> Any:
    try:
        return openpyxl.load_workbook(file.path, read_only=True, data_only=True, keep_links=False)
    except Exception as error:  # a damaged workbook raises whatever its parts lead to
        raise SourceError(f"is no workbook that can be read: {damage(error)}") from error


def _articles(file: SourceFile, workbook: Any, settings: Settings) -> Iterator[Found]:
    """Yield what the sheets hold; hidden sheets and those without a row are passed over."""
    sheets = [one for one in workbook.worksheets if one.sheet_state == "visible"]
    is_empty = True
    for sheet in sheets:
        name = file.name if len(sheets) == 1 else f"{file.name}/{sheet.title}"
        rows = _rows(sheet)
        _, head = next(rows, (0, ()))
        names = ["" if cell is None else str(cell).strip() for cell in head]
        reader = RowReader(name, settings)
        for number, cells in rows:
            is_empty = False
            yield from reader.read(_row(names, cells), f"{name}:{number}")
        yield from reader.finish()
    if is_empty:
        raise SourceError("has no row below its header")


def _rows(sheet: Any) -> Iterator[Row]:
    """Yield the rows of a sheet that hold something, with their numbers."""
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
    except Exception as error:  # as for the workbook
        raise SourceError(f"is damaged: {error}; save it anew, or as CSV") from error


def _row(names: Sequence[str], cells: Sequence[Any]) -> dict[str, Any]:
    """Return the cells by their columns; of two columns of one name the first counts."""
    row: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=False):
        if name and row.get(name) in (None, ""):
            row[name] = "" if cell is None else cell
    return row | {name: "" for name in names if name and name not in row}
