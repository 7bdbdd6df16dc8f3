"""Yield the rows of a program's data one at a time, without importing its libraries.

A data frame of pandas or polars, a table of Arrow and a row of a database are recognised by their
methods, so that none of those packages need be installed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import Any

from recommender.errors import SourceError
from recommender.types import Article

# So many rows of an Arrow table become Python objects at a time.
ROWS_AT_ONCE = 1_000
WANTED = "give paths, articles, mappings, iterables of these, a data frame or an Arrow table"


def items_of(data: Any) -> Iterator[Any]:
    """Yield each path, article or row of a source of a program.

    Raises `SourceError` for a value that holds none of these.
    """
    if isinstance(data, str | Path | Article) or is_row(data):
        yield data
    elif hasattr(data, "lazy") and hasattr(data, "collect"):
        yield from items_of(data.collect())
    elif hasattr(data, "itertuples") and hasattr(data, "columns"):
        yield from _pandas(data)
    elif hasattr(data, "iter_rows") and hasattr(data, "columns"):
        yield from _polars(data)
    elif _is_arrow_batch(data):
        yield from _arrow(data)
    elif hasattr(data, "to_batches"):
        for batch in data.to_batches():
            yield from _arrow(batch)
    elif isinstance(data, Iterable) and not isinstance(data, bytes | bytearray | memoryview):
        for one in data:
            yield from rows_within(one)
    else:
        raise SourceError(f"{type(data).__name__} is not a source; {WANTED}")


def rows_within(item: Any) -> Iterable[Any]:
    """Return the rows of an item that is a part of a large table, else the item."""
    return items_of(item) if _is_table(item) else (item,)


def check_names(names: Iterable[Any], place: str) -> None:
    """Refuse columns of one name, of which a row could only hold the last; `place` has them."""
    for name, count in Counter(map(str, names)).items():
        if count > 1:
            raise SourceError(
                f"{place} has {count} columns named {name!r}; give each a name of its own"
            )


def is_row(value: Any) -> bool:
    """Return whether a value is one row: a mapping, or an object of named fields."""
    if isinstance(value, Mapping) or hasattr(value, "_mapping") or hasattr(value, "model_dump"):
        return True
    if hasattr(value, "_asdict") or (is_dataclass(value) and not isinstance(value, type)):
        return not isinstance(value, Iterable) or hasattr(value, "_asdict")
    return (type(value).__name__ == "Row" and hasattr(value, "keys")) or _is_labelled(value)


def _is_labelled(value: Any) -> bool:
    """Return whether a value is a row of a data frame of pandas: its labels are texts."""
    is_series = (
        hasattr(value, "iloc") and hasattr(value, "to_dict") and not hasattr(value, "columns")
    )
    return is_series and len(value) > 0 and all(isinstance(one, str) for one in value.index)


def row_of(value: Any) -> Mapping[Any, Any]:
    """Return one row as a mapping; `value` is one by `is_row`."""
    if isinstance(value, Mapping):
        return value
    if hasattr(value, "_mapping"):  # SQLAlchemy
        return dict(value._mapping)
    if hasattr(value, "model_dump"):  # pydantic
        return dict(value.model_dump())
    if _is_labelled(value):
        return dict(value.to_dict())
    if hasattr(value, "_asdict"):  # a named tuple
        return dict(value._asdict())
    if is_dataclass(value) and not isinstance(value, type):
        return asdict(value)
    return {name: value[name] for name in value.keys()}  # noqa: SIM118  # sqlite3.Row


def _is_table(value: Any) -> bool:
    """Return whether a value is a table, as programs read a large one in parts."""
    if isinstance(value, str | Path | Article) or is_row(value):  # most items
        return False
    is_frame = hasattr(value, "itertuples") or hasattr(value, "iter_rows")
    return (is_frame and hasattr(value, "columns")) or _is_arrow_batch(value)


def _is_arrow_batch(value: Any) -> bool:
    return hasattr(value, "to_pylist") and hasattr(value, "schema") and hasattr(value, "num_rows")


def _arrow(batch: Any) -> Iterator[dict[str, Any]]:
    check_names(batch.schema.names, "the Arrow table")
    for start in range(0, batch.num_rows, ROWS_AT_ONCE):
        yield from _objects(batch.slice(start, ROWS_AT_ONCE))


def _objects(batch: Any) -> Any:
    """Return the rows of a batch; a map, which may hold what is a draft, is an object."""
    try:
        return batch.to_pylist(maps_as_pydicts="lossy")
    except TypeError:  # before pyarrow 19
        return batch.to_pylist()


def _pandas(frame: Any) -> Iterator[dict[Any, Any]]:
    """Yield the rows of a data frame, its index as columns if those have names of their own."""
    levels = [name for name in frame.index.names if name is not None and name not in frame.columns]
    if levels:
        frame = frame.reset_index(levels)
    names = list(frame.columns)
    check_names(names, "the data frame")
    for values in frame.itertuples(index=False, name=None):
        yield dict(zip(names, values, strict=True))


def _polars(frame: Any) -> Iterator[dict[str, Any]]:
    yield from frame.iter_rows(named=True)
