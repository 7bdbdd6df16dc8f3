"""Read, cut and encode in tasks whose results are kept, by workers that share the index's folder.

Machines that share no folder use shared storage instead (`depot.py`).
"""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import tee
from pathlib import Path
from typing import Any, NamedTuple, Self

import numpy as np
import numpy.typing as npt

from recommender.articles.known_rows import KnownRows
from recommender.articles.read import READERS
from recommender.articles.sources import Source, files_of
from recommender.builder.cut import Doubt
from recommender.builder.encode import NewVectors
from recommender.builder.farm.apart import carried_files
from recommender.builder.farm.depot import Depot, PartDamaged
from recommender.builder.farm.farm import Farm, Share, Workers
from recommender.builder.farm.found_by import NAMES, TERMS, derive_from
from recommender.builder.farm.keep import build_name, named, parts_folder, seal_key
from recommender.builder.farm.parts import Needed, Parts
from recommender.builder.farm.pieces import read_piece
from recommender.builder.farm.shards import Listed, shards_of
from recommender.builder.farm.spool import OUTLINES, Outlined, outlines
from recommender.builder.farm.tasks import (
    Task,
    cut_task,
    encode_task,
    read_task,
    read_vectors,
    write_left_out,
)
from recommender.errors import StorageError
from recommender.safe_open import Depth, check_folder, read_bytes
from recommender.settings import Settings
from recommender.store.checks import FileFacts
from recommender.store.derived import LEXICAL_FILE, WORDS_ONLY_FILE
from recommender.store.files import make_folder, remove
from recommender.store.headlines import HEADLINES_FILE
from recommender.store.names import NAMES_FILE
from recommender.store.seals import seal_of
from recommender.store.segment_tables import Piece
from recommender.store.segment_writer import SegmentWriter
from recommender.system.log import logger_of
from recommender.types import Article
from recommender.version import __version__

_LOG = logger_of(__name__)
# The texts of one encoding task have about so many characters: a second or two of a processor, so
# that all workers finish at about the same time.
ENCODED_CHARACTERS = 25_000


class Texts(NamedTuple):
    """The hashes and the lengths of the texts of a piece, in the order of their rows."""

    hashes: npt.NDArray[np.void]
    lengths: npt.NDArray[np.int64]

    @classmethod
    def of(cls, piece: Piece) -> Self:
        """Return those of the passages of a piece, which is not kept."""
        found = piece.passages
        lengths = found["end"].astype(np.int64) - found["start"]
        return cls(np.array(found["text_hash"]), lengths)

    def shares_of(self, missing: set[bytes]) -> Iterator[list[int]]:
        """Yield shares of the rows of missing texts, which are removed from `missing`.

        Texts of similar length are encoded together, since they fill batches.
        """
        rows = list[int]()
        for row, found in enumerate(self.hashes):
            if (digest := found.tobytes()) in missing:
                missing.discard(digest)
                rows.append(row)
        rows.sort(key=lambda row: -self.lengths[row])
        share, size = list[int](), 0
        for row in rows:
            share.append(row)
            size += int(self.lengths[row])
            if size >= ENCODED_CHARACTERS:
                yield share
                share, size = [], 0
        if share:
            yield share


class SharedFarm(Farm):
    """The farm of a build that may be interrupted: every task is named, and its result kept.

    `encoder` is what tasks say about the encoder. The results are in `.parts` of the index until it
    is published; no sweep removes them.
    """

    def __init__(
        self,
        index: Path,
        workers: Workers,
        settings: Settings,
        encoder: dict[str, Any],
        parts: str = "",
    ) -> None:
        """`parts` is the address of storage that all workers reach; empty if that is the folder."""
        super().__init__(parts_folder(index), workers)
        self._encoder = encoder
        self._about = f"{__version__} {settings!r}"
        # Without a secret, no result can be trusted: a stranger may have put it there.
        self._key = bytes.fromhex(seal_of(index, "parts")) or secrets.token_bytes(32)
        depot = Depot(parts, build_name(self._key)) if parts else None
        self._parts = Parts(depot, self._folder, workers) if depot else None
        self._pieces: list[tuple[Path, Texts]] = []
        # The articles and the passages that tasks have cut.
        self._cut = (0, 0)

    def clear(self) -> None:
        """Delete the parts of the build in the depot; log it if they cannot be."""
        if self._parts is not None:
            try:
                self._parts.depot.clear()
            except StorageError as error:  # the index is published
                _LOG.warning("%s", error)

    def gather(
        self, sources: Sequence[Source], settings: Settings, known: KnownRows
    ) -> Iterator[Outlined]:
        """Let workers read the sources; yield the outlines of everything in them."""
        make_folder(check_folder(self._folder))
        self._chunks, self._looked_at = [], (-1, [])
        files = files_of(sources, READERS.keys(), settings)
        tasks = (self._read_task(shard) for shard in shards_of(files))
        for task, names in self._results(tasks, _outlines_of):
            for name in names:
                self._chunks.append(self._folder / name)
                if self._parts is not None:
                    self._parts.note_maker(name, task)
                yield from outlines(self._chunks[-1], len(self._chunks) - 1)

    def cut(
        self, shares: Iterable[Share], left_out: frozenset[int], max_tokens: int
    ) -> Iterator[tuple[Piece, list[Doubt]]]:
        """Yield the pieces that each share is cut into, and the rejected languages."""
        keys = write_left_out(self._folder, left_out)
        if self._parts is not None:
            self._parts.put(keys)
        self._pieces, self._cut = [], (0, 0)
        tasks = (
            self._named(
                {
                    **cut_task(self._chunks[number], picks, keys, max_tokens),
                    "encoder": self._encoder,
                    "is_derived": True,
                },
                self._chunks[number],
                keys,
            )
            for number, picks in shares
        )
        for _, (name, doubts) in self._results(tasks, lambda result: [result[0]]):
            path = self._folder / name
            with self._used(path):
                piece = read_piece(path)
            self._pieces.append((path, Texts.of(piece)))
            articles, passages = self._cut
            self._cut = articles + len(piece.articles), passages + len(piece.passages)
            yield piece, [(id, note) for id, note in doubts]

    def encode(self, missing: set[bytes], into: NewVectors, report: Callable[[int], None]) -> None:
        """Let workers encode texts, each once, by their hashes; `report` gets how many are done.

        Texts that no task has cut are left.
        """
        left = set(missing)
        encoding: deque[list[bytes]] = deque()

        def tasks() -> Iterator[Task]:
            for path, texts in self._pieces:
                for rows in texts.shares_of(left):
                    encoding.append([texts.hashes[row].tobytes() for row in rows])
                    task = {**encode_task(path, rows), "encoder": self._encoder}
                    yield self._named(task, path)

        done = 0
        report(done)
        for _, name in self._results(tasks(), lambda result: [result]):
            digests = encoding.popleft()
            with self._used(self._folder / name):
                into.add(digests, read_vectors(self._folder / name))
            done += len(digests)
            report(done)

    def derive(self, writer: SegmentWriter) -> dict[str, FileFacts]:
        """Write the derived files of a segment from those that tasks made beside its pieces.

        Nothing is written if the segment also has other articles, or if a part is damaged.
        """
        if self._cut != (writer.article_count, writer.passage_count):
            return {}
        try:
            return derive_from(writer, self._contents(TERMS), self._contents(NAMES))
        except PartDamaged as error:  # the segment consists of these pieces
            _LOG.warning("%s", error)
            for name in (LEXICAL_FILE, WORDS_ONLY_FILE, NAMES_FILE, HEADLINES_FILE):
                remove(writer.folder / name)
            return {}

    def _contents(self, suffix: str) -> Iterator[bytes]:
        """Yield the content of a file beside each piece."""
        for piece, _ in self._pieces:
            path = piece.with_suffix(suffix)
            if self._parts is not None:
                self._parts.fetch(path.name)
            with self._used(path):
                data = read_bytes(path, Depth.FOLDER)
            yield data

    def article_at(self, place: tuple[int, int]) -> Article:
        """Return a gathered article."""
        if self._parts is not None:
            self._parts.fetch(self._chunks[place[0]].name)
        return super().article_at(place)

    def _read_task(self, shard: Sequence[Listed]) -> Task:
        task = read_task(shard, self._folder)
        if self._parts is not None:
            task["carried"] = carried_files(self._parts.depot, shard)
        return self._named(task)

    def _named(self, task: dict[str, Any], *needed: Path) -> Task:
        """Return a task with its name; `needed` are the files that it reads."""
        if self._parts is None:
            return named(task, self._key, self._about)
        depot = self._parts.depot
        task["depot"] = {"address": depot.address, "build": depot.build}
        task["needs"] = self._parts.of(needed)
        found = named(task, self._key, self._about)
        return {**found, "seal_key": seal_key(self._key, found["name"])}

    def _results(self, tasks: Iterable[Task], needed: Needed) -> Iterator[tuple[Task, Any]]:
        """Yield each task and its result, in order; its `needed` files are then here."""
        if self._parts is not None:
            yield from self._parts.results(tasks, needed)
            return
        handed_out, tasks = tee(tasks)
        for result in self._workers.map(tasks):
            yield next(handed_out), result

    def _used(self, path: Path) -> AbstractContextManager[None]:
        """Return a context in which a file of a result is read; a file written here stays."""
        return nullcontext() if self._parts is None else self._parts.used(path)


def _outlines_of(chunks: Sequence[str]) -> list[str]:
    return [Path(name).with_suffix(OUTLINES).name for name in chunks]
