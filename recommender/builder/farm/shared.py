"""Read, cut and encode in tasks whose results are kept, by all that share the index's folder."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from recommender.articles.known_rows import KnownRows
from recommender.articles.read import READERS
from recommender.articles.sources import Source, files_of
from recommender.builder.encode import NewVectors
from recommender.builder.farm.farm import Farm, Share, Workers
from recommender.builder.farm.keep import named, parts_folder
from recommender.builder.farm.pieces import read_piece
from recommender.builder.farm.shards import shards_of
from recommender.builder.farm.spool import Outlined, outlines
from recommender.builder.farm.tasks import (
    Doubt,
    Task,
    cut_task,
    encode_task,
    read_task,
    read_vectors,
    write_left_out,
)
from recommender.safe_open import check_folder
from recommender.settings import Settings
from recommender.store.files import make_folder
from recommender.store.seals import seal_of
from recommender.store.segment_tables import Piece
from recommender.version import __version__


class SharedFarm(Farm):
    """The farm of a build that may be broken off: every task is named, and its result kept.

    `encoder` is what tasks say of the encoder. The results lie in `.parts` of the index, which no
    sweep removes, until it is published.
    """

    def __init__(
        self, index: Path, workers: Workers, settings: Settings, encoder: dict[str, Any]
    ) -> None:
        super().__init__(parts_folder(index), workers)
        self._encoder = encoder
        self._about = f"{__version__} {settings!r}"
        # Without a secret nothing can be known again: a stranger may have put it there.
        self._key = bytes.fromhex(seal_of(index, "parts")) or secrets.token_bytes(32)
        self._pieces: list[Path] = []

    def gather(
        self, sources: Sequence[Source], settings: Settings, known: KnownRows
    ) -> Iterator[Outlined]:
        """Have the sources read; yield the outlines of all that is in them."""
        make_folder(check_folder(self._folder))
        self._chunks, self._looked_at = [], (-1, [])
        files = files_of(sources, READERS.keys(), settings)
        tasks = (self._named(read_task(shard, self._folder)) for shard in shards_of(files))
        for names in self._workers.map(tasks):
            for name in names:
                self._chunks.append(self._folder / name)
                yield from outlines(self._chunks[-1], len(self._chunks) - 1)

    def cut(
        self, shares: Iterable[Share], left_out: frozenset[int], max_tokens: int
    ) -> Iterator[tuple[Piece, list[Doubt]]]:
        """Yield what each share is cut into, and whose declared language was not believed."""
        keys = write_left_out(self._folder, left_out)
        self._pieces = []
        tasks = (
            self._named(
                {
                    **cut_task(self._chunks[number], picks, keys, max_tokens),
                    "encoder": self._encoder,
                }
            )
            for number, picks in shares
        )
        for name, doubts in self._workers.map(tasks):
            self._pieces.append(self._folder / name)
            yield read_piece(self._pieces[-1]), [(id, note) for id, note in doubts]

    def encode(self, missing: set[bytes], into: NewVectors, report: Callable[[int], None]) -> None:
        """Have texts encoded, each once, by their hashes; call `report` with how many are done.

        Texts that no task has cut are left.
        """
        left = set(missing)
        encoding: deque[list[bytes]] = deque()

        def tasks() -> Iterator[Task]:
            for path in self._pieces:
                rows, digests = [], []
                for row, found in enumerate(read_piece(path).passages["text_hash"]):
                    digest = found.tobytes()
                    if digest in left:
                        left.discard(digest)
                        rows.append(row)
                        digests.append(digest)
                if rows:
                    encoding.append(digests)
                    yield self._named({**encode_task(path, rows), "encoder": self._encoder})

        done = 0
        report(done)
        for name in self._workers.map(tasks()):
            digests = encoding.popleft()
            into.add(digests, read_vectors(self._folder / name))
            done += len(digests)
            report(done)

    def _named(self, task: dict[str, Any]) -> Task:
        return named(task, self._key, self._about)
