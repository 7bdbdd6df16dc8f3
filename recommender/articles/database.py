"""Read the rows of a query: SQLite with Python's own library, other databases by SQLAlchemy."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from recommender.articles.database_address import message_without_secrets, shown_address
from recommender.articles.files import need
from recommender.articles.frames import check_names
from recommender.errors import SourceError

SQLITE = "sqlite:///"
# So many tables are named in an error about a missing one.
MOST_NAMED = 20
# The packages of drivers whose modules have another name.
_PACKAGES = {"MySQLdb": "mysqlclient", "psycopg2": "psycopg2-binary"}


@dataclass(frozen=True, slots=True)
class Query:
    """A query and the address of its database, such as `sqlite:///cms.db`; iterates its rows.

    Rows are read as they are asked for. A database of SQLite is opened for reading only. Raises
    `SourceError` for a database or a query that cannot be read; the message holds no password.
    """

    db: str = field(repr=False)
    sql: str

    @property
    def source_name(self) -> str:
        """The name by which an index remembers the query; it holds no password."""
        return f"{shown_address(self.db)}: {' '.join(self.sql.split())}"

    def __iter__(self) -> Iterator[Mapping[str, Any]]:
        count = 0
        try:
            for row in self._read():
                yield row
                count += 1
        except SourceError as error:
            if not count:
                raise
            where = f"after {count:,} rows were read"
            raise SourceError(f"{error}, {where}; nothing was written") from error

    def _read(self) -> Iterator[Mapping[str, Any]]:
        if self.db.startswith(SQLITE):
            path = Path(unquote(self.db.removeprefix(SQLITE)))
            place = unquote(shown_address(self.db).removeprefix(SQLITE))
            return _sqlite_rows(path, self.sql, place)
        if "://" not in self.db:
            raise SourceError(
                f"{shown_address(self.db)}: is not an address of a database; write sqlite:///FILE, "
                "postgresql://HOST/NAME or another of SQLAlchemy"
            )
        return self._rows()

    def _rows(self) -> Iterator[Mapping[str, Any]]:
        sqlalchemy = need("sqlalchemy", "sql")
        place = shown_address(self.db)
        try:
            yield from _server_rows(sqlalchemy.create_engine(self.db), self.sql, place)
        except ModuleNotFoundError as error:
            package = _PACKAGES.get(str(error.name), error.name)
            raise SourceError(
                f"{place}: needs the driver {error.name}; run: pip install {package}"
            ) from error
        except sqlalchemy.exc.NoSuchModuleError:
            name = place.partition("://")[0]
            raise SourceError(
                f"{place}: no database of the name {name} is known here; begin the address with "
                "postgresql://, mysql:// or the like, or install the package for SQLAlchemy that "
                "knows it"
            ) from None
        except (sqlalchemy.exc.SQLAlchemyError, ValueError) as error:
            reason = getattr(error, "orig", None) or error
            raise SourceError(f"{place}: {_first_line(reason, self.db)}") from None


def _server_rows(engine: Any, sql: str, place: str) -> Iterator[dict[str, Any]]:
    """Yield the rows of a query as it is written: colons and percent signs are not parameters."""
    options = {"stream_results": True, "yield_per": 1_000, "no_parameters": True}
    try:
        with engine.connect() as connection:
            found = connection.exec_driver_sql(sql, execution_options=options)
            names = [*found.keys()]
            check_names(names, f"{place}: the query")
            for row in found:
                yield dict(zip(names, row, strict=True))
    finally:
        engine.dispose()


def _sqlite_rows(path: Path, sql: str, place: str) -> Iterator[dict[str, Any]]:
    import sqlite3  # every command imports this module

    if not path.is_file():
        raise SourceError(f"{place}: there is no such database; check its path")
    address = f"file:{quote(str(path.absolute()))}?mode=ro"
    try:
        # If an error leaves rows half read, they may be dropped, and so closed, in another thread.
        opened = sqlite3.connect(address, uri=True, check_same_thread=False)
        with closing(opened) as connection:
            connection.text_factory = _text
            found = connection.execute(sql)
            names = [column[0] for column in found.description or ()]
            if not names:
                raise SourceError(f"{place}: the query gives no rows; write a SELECT")
            check_names(names, f"{place}: the query")
            for values in found:
                yield dict(zip(names, values, strict=True))
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise SourceError(f"{place}: {error}{_hint(address, str(error))}") from error


def _text(data: bytes) -> str | bytes:
    """Return a text of SQLite; one that is not UTF-8 stays bytes, which refuse their row only."""
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data


def _hint(address: str, error: str) -> str:
    """Return the tables of a database, if the query names another one, or what to do."""
    import sqlite3

    if error.startswith("database is locked"):
        return "; try again when the program that writes it is done"
    if not error.startswith("no such table"):
        return ""
    try:
        names = _tables(address)
    except sqlite3.Error:
        return ""
    more = ", …" if len(names) > MOST_NAMED else ""
    return f"; it has {', '.join(names[:MOST_NAMED])}{more}" if names else "; it has no tables"


def _tables(address: str) -> list[str]:
    """Return the names of tables and views, at most one more than an error names."""
    import sqlite3

    with closing(sqlite3.connect(address, uri=True)) as connection:
        connection.text_factory = partial(str, encoding="utf-8", errors="replace")
        found = connection.execute(
            "select name from sqlite_master where type in ('table', 'view') order by name limit ?",
            (MOST_NAMED + 1,),
        )
        return [str(name)[:80] for (name,) in found]


def _first_line(error: object, address: str) -> str:
    line = (str(error).strip() or type(error).__name__).splitlines()[0]
    return message_without_secrets(line, address)
