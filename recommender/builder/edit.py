"""Hold the changes of a write: the articles that it removes from segments and those it adds."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from recommender.arrays import Mask, Rows, Vectors
from recommender.articles.notices import Notices
from recommender.articles.outline import Withdrawn, without_line
from recommender.articles.read import read_articles
from recommender.articles.sources import Source
from recommender.articles.versions import Versions
from recommender.builder.cut import cut_into
from recommender.encoders.base import Encoder
from recommender.errors import SourceError
from recommender.passages.cutter import PassageMaker
from recommender.store.manifest import SourceFacts
from recommender.store.publish import SegmentRef
from recommender.store.segment import Segment
from recommender.store.segment_writer import SegmentWriter
from recommender.store.snapshot import Snapshot
from recommender.types import Article, LanguageDoubt, Notice, Refusal


@dataclass
class Edit:
    """The changes of one write: the ids of articles that it adds, changes and removes.

    `sources` returns what the index remembers afterwards; it is a function, since a seal may write
    a file.
    """

    snapshot: Snapshot
    sources: Callable[[], tuple[SourceFacts, ...]]
    added: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    same: int = 0
    left_out: list[Refusal] = field(default_factory=list)
    notices: Notices = field(default_factory=Notices)
    doubts: list[LanguageDoubt] = field(default_factory=list)
    _removed: dict[int, set[int]] = field(default_factory=dict)

    @property
    def touched(self) -> int:
        """The number of articles that are added, changed or removed."""
        return len(self.added) + len(self.changed) + len(self.gone)

    def put(self, id: str, content: str) -> bool:
        """Note an article; return whether it must be written, since the index lacks its content."""
        place = self._place(id)
        if place is None:
            self.added.append(id)
            return True
        number, position = place
        stored = self.snapshot.segments[number].articles[position]["content_hash"]
        if stored.tobytes() == bytes.fromhex(content):
            self.same += 1
            return False
        self._removed.setdefault(number, set()).add(position)
        self.changed.append(id)
        return True

    def remove(self, id: str) -> None:
        """Note that an article is removed, if it exists."""
        if (place := self._place(id)) is not None:
            self._removed.setdefault(place[0], set()).add(place[1])
            self.gone.append(id)

    def refs(self) -> list[SegmentRef]:
        """Return the snapshot's segments without the removed articles; empty ones are left out."""
        found = []
        for number, entry in enumerate(self.snapshot.manifest.segments):
            removed = {*entry.removed, *self._removed.get(number, ())}
            if len(removed) < len(self.snapshot.segments[number]):
                found.append(SegmentRef(entry.name, tuple(sorted(removed))))
        return found

    def removed_places(self) -> set[tuple[int, int]]:
        """Return the articles that are removed or cut again: a segment's number and a position."""
        return {(number, at) for number, found in self._removed.items() for at in found}

    def removed_masks(self) -> list[tuple[int, Mask]]:
        """Return the number of each segment that loses articles, with a flag for each of them."""
        masks = []
        for number, positions in self._removed.items():
            mask = np.zeros(len(self.snapshot.segments[number]), np.bool_)
            mask[list(positions)] = True
            masks.append((number, mask))
        return masks

    def lost_passages(self) -> int:
        """Return how many passages are lost with the removed and replaced articles."""
        counts = (
            (self.snapshot.segments[at].row_counts, mask) for at, mask in self.removed_masks()
        )
        return sum(int(rows[mask].sum()) for rows, mask in counts)

    def check_some_read(self) -> None:
        """Raise `SourceError` if there were articles, none of which could be read."""
        if self.left_out and not self.same and not self.touched:
            why = "".join(f"\n  {one.place}: {one.reason}" for one in self.left_out[:10])
            raise SourceError(f"no article could be read; nothing was written{why}")

    def check_some_left(self, passages: int) -> None:
        """Raise `SourceError` if no passage would be left, given the number of new ones."""
        if self.snapshot.manifest.passages + passages == self.lost_passages():
            raise SourceError(
                "no article would be left; nothing was written. Delete the index instead"
            )

    def own_vectors(self) -> OwnVectors:
        """Return the vectors of the replaced articles, whose texts may occur again."""
        every = ((self.snapshot.segments[at], positions) for at, positions in self._removed.items())
        return OwnVectors(
            [(segment, segment.rows(one)) for segment, places in every for one in sorted(places)]
        )

    def _place(self, id: str) -> tuple[int, int] | None:
        """Return the segment and the position of a live article that this write did not remove."""
        live = self.snapshot.columns.live_by_segment
        for number, segment in enumerate(self.snapshot.segments):
            position = segment.lines.find(id)
            is_gone = position in self._removed.get(number, ())
            if position is not None and live[number][position] and not is_gone:
                return number, position
        return None


class OwnVectors:
    """The vectors of a few articles by the hash of their text (`FoundVectors`).

    Each article is given by its segment and its rows. No vector is read before one is asked for.
    """

    def __init__(self, articles: Sequence[tuple[Segment, range]]) -> None:
        self._articles = articles
        hashes = (
            digest.tobytes()
            for segment, rows in articles
            for digest in segment.passages["text_hash"][rows.start : rows.stop]
        )
        self._rows = {digest: row for row, digest in enumerate(hashes)}

    @cached_property
    def _vectors(self) -> Vectors:
        return np.concatenate([segment.raw(np.array(rows)) for segment, rows in self._articles])

    def find(self, digests: Sequence[bytes]) -> Rows:
        """Return a row for each text hash, -1 if there is none."""
        return np.array([self._rows.get(digest, -1) for digest in digests], dtype=np.int64)

    def read(self, rows: Rows, into: Vectors) -> None:
        """Copy the vectors of `rows` into an array of as many rows."""
        into[:] = self._vectors[rows]


class MemoryVectors:
    """The vectors of a small write, which is not continued if it stops (`NewVectors`)."""

    def __init__(self) -> None:
        self._vectors: dict[bytes, Vectors] = {}

    def __contains__(self, digest: bytes) -> bool:
        return digest in self._vectors

    def add(self, digests: Sequence[bytes], vectors: Vectors) -> None:
        """Keep vectors."""
        self._vectors.update(zip(digests, vectors, strict=True))

    def read(self, digests: Sequence[bytes]) -> Vectors:
        """Return the vectors of texts that are kept, shape (len(digests), dim)."""
        return np.stack([self._vectors[digest] for digest in digests])


class _Withdrawing(Versions):
    """Versions that also know which articles their source withdrew, such as drafts."""

    def __init__(self) -> None:
        super().__init__()
        self.withdrawn: dict[str, None] = {}

    def withdraw(self, article: Article | Withdrawn, file: str) -> None:
        """Note a version that the public may not see."""
        super().withdraw(article, file)
        self.withdrawn[article.id] = None


def edited(
    edit: Edit,
    writer: SegmentWriter,
    cutter: PassageMaker,
    sources: Sequence[Source],
    encoder: Callable[[], Encoder],
) -> None:
    """Read the sources into an edit: cut and write new articles, remove withdrawn ones."""
    versions = _Withdrawing()
    for _ in read_articles(sources, cutter.settings, versions):
        pass  # finds the newest version of each article
    built: set[str] = set()
    for found in read_articles(sources, cutter.settings, versions):
        if isinstance(found, Refusal):
            edit.left_out.append(found)
        elif isinstance(found, Notice):
            edit.notices.add(found)
        else:
            built.add(found.id)
            article = without_line(found)
            if edit.put(article.id, article.content_hash):
                _write(edit, writer, cutter, article, encoder())
    for id in versions.withdrawn:
        if id not in built:
            edit.remove(id)


def _write(
    edit: Edit, writer: SegmentWriter, cutter: PassageMaker, article: Article, encoder: Encoder
) -> None:
    prepared = cutter.prepare(article)
    if doubt := cut_into(writer, cutter, prepared, article.content_hash, encoder):
        edit.doubts.append(LanguageDoubt(*doubt))
