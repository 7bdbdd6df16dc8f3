"""Read the sources once, and let workers cut the articles in shares."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol

from recommender.articles.known_rows import KnownRows
from recommender.articles.outline import Outline
from recommender.articles.read import admitted, read_judged
from recommender.articles.sources import Source
from recommender.articles.versions import Versions
from recommender.builder.cut import Doubt
from recommender.builder.encode import EncodeElsewhere
from recommender.builder.farm.pieces import read_piece
from recommender.builder.farm.spool import Outlined, chunk_lines, numbered, outlines, spool, spooled
from recommender.builder.farm.tasks import (
    Pick,
    Task,
    cut_task,
    outline_task,
    write_left_out,
)
from recommender.passages.boilerplate import Learner, Recurrence, block_of, keys_to_count
from recommender.settings import Settings
from recommender.store.checks import FileFacts
from recommender.store.files import make_folder
from recommender.store.segment_tables import Piece
from recommender.store.segment_writer import SegmentWriter
from recommender.types import Article

FOLDER = "read"
# The articles to cut of a chunk.
Share = tuple[int, Sequence[Pick]]


class Workers(Protocol):
    """The workers that do tasks (`Helpers`)."""

    def map(self, tasks: Iterable[Task]) -> Iterator[Any]:
        """Yield the result of each task, in order; few are taken from `tasks` ahead of that."""


class Farm:
    """The sources as they were read, in chunks, and the workers that outline and cut these.

    `encode` lets workers encode texts; None leaves that to the process that builds.
    """

    encode: EncodeElsewhere | None = None

    def __init__(self, folder: Path, workers: Workers) -> None:
        """Keep chunks in `folder`, which the caller removes."""
        self._folder = folder
        self._workers = workers
        self._chunks: list[Path] = []
        self._looked_at: tuple[int, list[bytes]] = (-1, [])

    def clear(self) -> None:
        """Delete what is kept elsewhere than beside the index, after that is published."""

    def derive(self, writer: SegmentWriter) -> dict[str, FileFacts]:
        """Write the derived files of a new segment, as far as tasks made them, into its folder.

        The rest is left to `builder/derive.py`.
        """
        return {}

    def gather(
        self, sources: Sequence[Source], settings: Settings, known: KnownRows
    ) -> Iterator[Outlined]:
        """Read the sources into chunks; yield the outlines of everything in them."""
        make_folder(self._folder)
        self._chunks, self._looked_at = [], (-1, [])

        def tasks() -> Iterator[Task]:
            read = read_judged(sources, settings, known)
            for chunk in spool(read, known, numbered(self._folder)):
                self._chunks.append(chunk)
                yield outline_task(chunk)

        for number, _ in enumerate(self._workers.map(tasks())):
            yield from outlines(self._chunks[number], number)

    def gathered(self) -> Iterator[Outlined]:
        """Yield the same outlines again."""
        for number, chunk in enumerate(self._chunks):
            yield from outlines(chunk, number)

    def article_at(self, place: tuple[int, int]) -> Article:
        """Return a gathered article."""
        number, line = place
        if self._looked_at[0] != number:
            self._looked_at = number, chunk_lines(self._chunks[number])
        found = spooled(self._looked_at[1][line]).found
        assert isinstance(found, Article)
        return found

    def cut(
        self, shares: Iterable[Share], left_out: frozenset[int], max_tokens: int
    ) -> Iterator[tuple[Piece, list[Doubt]]]:
        """Yield the pieces that each share is cut into, and the rejected languages.

        The chunk of a share is then removed.
        """
        keys = write_left_out(self._folder, left_out)
        cutting: deque[Path] = deque()

        def tasks() -> Iterator[Task]:
            for number, picks in shares:
                cutting.append(self._chunks[number])
                yield cut_task(cutting[-1], picks, keys, max_tokens)

        for name, doubts in self._workers.map(tasks()):
            piece = self._folder / name
            yield read_piece(piece), [(id, note) for id, note in doubts]
            for path in (cutting.popleft(), piece):
                with suppress(OSError):
                    path.unlink()


def learn_from(farm: Farm, outlined: Iterable[Outlined], versions: Versions) -> list[Recurrence]:
    """Return the blocks that recur in the articles that were read; `versions` knows all of them."""
    learner: Learner[tuple[int, int]] = Learner()
    for found in admitted(outlined, versions):
        if isinstance(found, Outline):
            counted = keys_to_count(found.keys, found.title_key)
            learner.add(found.language, found.id, ((key, found.place) for key in counted))
    return learner.learned(lambda key, place: block_of(farm.article_at(place), key))
