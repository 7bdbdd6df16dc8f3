"""Name what a build reads: files and folders, and what a program or a pipe hands over."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from recommender.articles.files import SourceFile, find_files
from recommender.settings import DEFAULTS, Settings
from recommender.types import Notice, Refusal


@dataclass(frozen=True, slots=True)
class Input:
    """A file that holds what came from elsewhere; `name` is what a person calls that."""

    path: Path
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Handed:
    """A file of the rows and articles that a program handed over (`handed.py`).

    `name` is what an index remembers.
    """

    path: Path
    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Below:
    """A file or folder whose articles are named from `root` on, a folder above it."""

    path: Path
    root: Path

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class Draft:
    """A file that is read once and not kept: a row of it needs no id, and gets this one."""

    path: Path
    id: str

    def __str__(self) -> str:
        return str(self.path)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was copied from storage elsewhere (`fetch.py`), with what could not be copied."""

    path: Path
    address: str
    refused: tuple[Refusal, ...] = ()

    def __str__(self) -> str:
        return self.address


# The next step for a person who named a source that holds no article.
NAME_FILES = "name a folder with files such as .txt, .html or .jsonl (docs/formats.md)"
# A letter alone is a drive of Windows. Pages of the web are no storage.
_ADDRESS = re.compile(r"(?!https?:)[a-z][a-z0-9+.-]+://")


def is_address(name: str) -> bool:
    """Return whether a name is the address of storage elsewhere, such as `s3://bucket/folder`."""
    return _ADDRESS.match(name) is not None


Source = Path | Input | Handed | Below | Draft | Fetched


def files_of(
    sources: Sequence[Source], suffixes: Collection[str], settings: Settings = DEFAULTS
) -> Iterator[SourceFile | Refusal | Notice]:
    """Yield the files of sources, as `find_files` does for those that are paths."""
    for source in sources:
        if isinstance(source, Input):
            yield SourceFile(source.path, source.path.name)
        elif isinstance(source, Below):
            yield from _named_from(source, suffixes, settings)
        elif isinstance(source, Draft):
            for found in find_files([source.path], suffixes, settings):
                if isinstance(found, SourceFile):
                    found = replace(found, unnamed=source.id)
                yield found
        elif isinstance(source, Fetched):
            yield from find_files([source.path], suffixes, settings)
            yield from source.refused
        elif isinstance(source, Handed):
            yield SourceFile(source.path, "rows", "handed")
        else:
            yield from find_files([source], suffixes, settings)


def _named_from(
    source: Below, suffixes: Collection[str], settings: Settings
) -> Iterator[SourceFile | Refusal | Notice]:
    for found in find_files([source.path], suffixes, settings):
        if isinstance(found, SourceFile):
            name = found.path.absolute().relative_to(source.root).as_posix()
            yield SourceFile(found.path, name)
        else:
            yield found
