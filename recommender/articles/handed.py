"""Keep the rows and articles of a program in a file, so that a build can read them repeatedly.

They are written as they come and never listed: an iterable may be larger than memory. The file
holds a line for each: its kind and its JSON.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, AsyncIterator, Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO, Any

from recommender.articles.fields import dated
from recommender.articles.files import given_id
from recommender.articles.frames import WANTED, is_row, items_of, row_of, rows_within
from recommender.articles.plain_values import as_json, is_binary, plain
from recommender.articles.sources import Handed, Input, Source, is_address
from recommender.errors import RecommenderError, SourceError
from recommender.text.blocks import opening
from recommender.text.date_fields import moment
from recommender.types import UNKNOWN_LANGUAGE, Article, Status

ARTICLE, ROW, ROW_WITH_BYTES, REFUSED = "A", "R", "B", "X"
HANDED_FILE, FETCHED_FOLDER = "handed-over", "fetched"
MAX_LINE_CHARACTERS = 16 * 1024 * 1024
_SIDE_FIELDS = ("title", "language", "author", "source", "url", "section", "path", "version")


class Taking:
    """Takes a program's sources: paths as they are, all else into a file below `folder`."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / HANDED_FILE
        self._stream: IO[str] | None = None
        self._name = "rows"
        self._items = 0
        self.sources: list[Source] = []

    def take(self, data: Any) -> None:
        """Take a source, or all that it holds. Raises `SourceError` for what is no source."""
        if isinstance(data, Input | Handed):
            self.sources.append(data)
            return
        if isinstance(data, AsyncIterable):
            _run(self.take_async(data))
            return
        self._name = getattr(data, "source_name", self._name)
        for item in self._items_in(data):
            self.take_item(item)
        self._name_if_empty(data)

    async def take_async(self, data: AsyncIterable[Any]) -> None:
        """Take the items of an async iterable as they come."""
        async for item in self._items_in_async(data):
            self.take_item(item)
        self._name_if_empty(data)

    def _name_if_empty(self, data: Any) -> None:
        """Keep an empty source as one without rows: an error must be able to name it."""
        if not self._items:
            self._open(getattr(data, "source_name", _handed_over(data)))

    def _items_in(self, data: Any) -> Iterator[Any]:
        with self._noting_where(data):
            yield from items_of(data)

    async def _items_in_async(self, data: AsyncIterable[Any]) -> AsyncIterator[Any]:
        with self._noting_where(data):
            async for item in data:
                for one in rows_within(item):
                    yield one

    @contextmanager
    def _noting_where(self, data: Any) -> Iterator[None]:
        """Add to an error of a program's iterable how many items came before it; raise it as it is.

        An error of the system would look like an error of the index, so it becomes a `SourceError`.
        """
        where = _handed_over(data)
        try:
            yield
        except RecommenderError:
            raise
        except OSError as error:
            why = f"{type(error).__name__}: {error}"
            raise SourceError(f"{where} ended after {self._items:,} items with {why}") from error
        except Exception as error:
            error.add_note(f"raised by {where}, after {self._items:,} items of it")
            raise

    def take_item(self, item: Any) -> None:
        """Take one path, article or row; one that cannot be read is kept as refused."""
        self._items += 1
        if isinstance(item, str) and not item.strip():
            raise SourceError("a source has an empty name; name a file or a folder")
        if isinstance(item, str) and is_address(item):
            from recommender.articles.fetch import fetch  # imports all readers

            place = self._path.with_name(f"{FETCHED_FOLDER}-{len(self.sources)}")
            self.sources.append(fetch(item, place))
        elif isinstance(item, str | Path):
            self.sources.append(Path(item))
        elif isinstance(item, Input | Handed):
            self.sources.append(item)
        else:
            self._write(item)

    def close(self) -> list[Source]:
        """Return the taken sources in order."""
        if self._stream is not None:
            self._stream.close()
        return self.sources

    def _write(self, item: Any) -> None:
        stream = self._stream or self._open(self._name)
        try:
            kind, line = _line_of(item)
        except SourceError as error:
            kind, line = REFUSED, json.dumps(str(error))
        stream.write(f"{kind}{line}\n")

    def _open(self, name: str) -> IO[str]:
        """Open the file of rows and articles, which is a source with this name from then on."""
        self._stream = self._path.open("w", encoding="utf-8")
        self.sources.append(Handed(self._path, name))
        return self._stream


def _handed_over(data: Any) -> str:
    """Return how an error names a source that has no name."""
    return f"the {type(data).__name__} handed over"


def take_sources(data: Any, folder: Path) -> list[Source]:
    """Return a program's data as sources; rows and articles are written below `folder`."""
    taking = Taking(folder)
    try:
        taking.take(data)
    finally:
        taking.close()
    return taking.sources


async def take_sources_async(data: AsyncIterable[Any], folder: Path) -> list[Source]:
    """Return the items of an async iterable as `take_sources` does."""
    taking = Taking(folder)
    try:
        await taking.take_async(data)
    finally:
        taking.close()
    return taking.sources


def _run(taking: Coroutine[Any, Any, None]) -> None:
    """Run a coroutine to its end; raise `SourceError` if a loop is running already."""
    import asyncio  # a write of one row does not need this module

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        asyncio.run(taking)
        return
    taking.close()
    raise SourceError("an async iterable in a running loop: await recommender.build_async(...)")


def read_lines(path: Path) -> Iterator[tuple[int, str, Any]]:
    """Yield the number, the kind and the value of each line that `Taking` wrote."""
    with path.open(encoding="utf-8") as stream:
        for number, line in enumerate(stream, 1):
            yield number, line[:1], json.loads(line[1:])


def article_of(record: dict[str, Any]) -> Article:
    """Return the article of a line."""
    return Article(**{**record, "marks": [tuple(one) for one in record["marks"]]})


def checked(article: Article) -> Article:
    """Return a program's article with every field in the form in which readers of files give it.

    Raises `SourceError` for one without id or text, or with a field that cannot be read.
    """
    for name in ("id", "text", *_SIDE_FIELDS):
        if not isinstance(getattr(article, name), str):
            raise SourceError(f"{name} must be text")
    text = article.text
    if not article.marks:  # these hold offsets
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if not text.strip():
        raise SourceError("has no text")
    if article.status and article.status not in set(Status):
        raise SourceError(f"status {article.status!r} is not one of: {', '.join(Status)}")
    language = article.language.strip() or UNKNOWN_LANGUAGE
    fields: dict[str, Any] = {
        name: " ".join(getattr(article, name).split()) for name in _SIDE_FIELDS
    }
    fields |= {"language": language, "title": fields["title"] or opening(text)}
    return replace(
        article,
        **fields,
        id=given_id(article.id.strip()),
        text=text,
        date=_moment(article.date, "date", language)[:10],
        embargo=_moment(article.embargo, "embargo", language),
        expires=_moment(article.expires, "expires", language),
    )


def _moment(value: Any, name: str, language: str) -> str:
    if not value:
        return ""
    start = dated([value], language).start if name == "date" else moment(value, language)
    if not start:
        raise SourceError(f"{name} {str(value)[:40]!r} is not a date")
    return start


def _line_of(item: Any) -> tuple[str, str]:
    """Return the kind of an item and its JSON; raise `SourceError` if it cannot be read."""
    if isinstance(item, Article):
        kind, line = ARTICLE, json.dumps(_record(checked(item)))
    elif is_row(item):
        kind, line = _line_of_row({str(name): one for name, one in row_of(item).items()})
    else:
        raise SourceError(f"is of the type {type(item).__name__}; {WANTED}")
    if len(line) > MAX_LINE_CHARACTERS:
        raise SourceError(f"has over {MAX_LINE_CHARACTERS:,} characters; split the article")
    return kind, line


def _line_of_row(row: dict[str, Any]) -> tuple[str, str]:
    """Return a row as a line; if it has columns of bytes, such as pictures, with their names."""
    binary = [name for name, value in row.items() if is_binary(value)]
    if not binary:
        return ROW, as_json(row)
    texts = {name: value for name, value in row.items() if name not in binary}
    return ROW_WITH_BYTES, f"[{as_json(texts)},{json.dumps(binary)}]"


def _record(article: Article) -> dict[str, Any]:
    names = ("id", "text", *_SIDE_FIELDS, "date", "status", "embargo", "expires")
    found = {name: str(getattr(article, name)) for name in names}
    marks = [[int(start), int(end), str(role), str(why)] for start, end, role, why in article.marks]
    return found | {"metadata": plain(dict(article.metadata)), "marks": marks}
