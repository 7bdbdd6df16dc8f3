"""Readers: files and folders in, articles out. One module per format."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from recommender.articles import jsonl, text
from recommender.articles.files import SourceFile, find_files
from recommender.types import Article, Refusal

READERS: dict[str, Callable[[SourceFile], Iterator[Article | Refusal]]] = {
    ".txt": text.read_file,
    ".jsonl": jsonl.read_file,
}


def read_articles(sources: Sequence[Path]) -> Iterator[Article | Refusal]:
    """Yield the articles below `sources` in the order of their paths, refusals among them.

    An id that came before is refused, so that each id names one article. Raises `SourceError`
    for a source that does not exist.
    """
    first_place: dict[str, str] = {}
    for file in find_files(sources, READERS.keys()):
        if isinstance(file, Refusal):
            yield file
            continue
        for found in READERS[file.suffix](file):
            if isinstance(found, Article) and found.id in first_place:
                yield Refusal(found.path, f"id {found.id!r} is taken by {first_place[found.id]}")
                continue
            if isinstance(found, Article):
                first_place[found.id] = found.path
            yield found
