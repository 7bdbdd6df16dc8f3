"""Check every file of a snapshot, and make damaged derived files again."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.builder.derive import derive
from recommender.errors import QueryError, SnapshotDamaged, SnapshotError, SnapshotNotFound
from recommender.store.advice import rebuild
from recommender.store.advice import repair as how_to_repair
from recommender.store.checks import FileFacts, check_content
from recommender.store.derived import expected_files
from recommender.store.files import remove
from recommender.store.layout import (
    LINES,
    PASSAGES,
    SEGMENT_FACTS,
    VECTORS,
    current_name,
    segment_folder,
)
from recommender.store.manifest import Manifest, read_manifest
from recommender.store.publish import SegmentRef, publish, snapshot_names, workplace
from recommender.store.records import id_hash, text_hash
from recommender.store.segment import Segment
from recommender.store.segment_files import advice_for, read_facts
from recommender.store.snapshot import Snapshot

# The advice of a reader that found damage (`files.look_over`).
_LOOK_OVER = re.compile(r"run: recommender verify --index .*")
ROWS_AT_ONCE = 65_536
NORM_TOLERANCE = 1e-3
VERIFIED_SEARCHES = 1_000


@dataclass(frozen=True, slots=True)
class Verification:
    """The problems of a snapshot, each a sentence with the place and the next step, and repairs."""

    snapshot: str
    problems: tuple[str, ...]
    repaired: tuple[str, ...] = ()


def verify(
    folder: str | Path = "vectors", name: str | None = None, *, repair: bool = False
) -> Verification:
    """Read and check every file of a snapshot, the live one if `name` is None.

    With `repair`, damaged derived files of the live snapshot are made again and published as a new
    snapshot. Raises `SnapshotMissing` if there is no index, `SnapshotForeign` for another format,
    `SnapshotNotFound` for a name that is not kept, and `QueryError` if a snapshot that is not live
    is to be repaired.
    """
    folder = Path(folder)
    live = current_name(folder) if name is None or repair else None
    if name is None:
        name = str(live)
    elif name not in snapshot_names(folder):
        raise SnapshotNotFound(f"{name}: there is no such snapshot; see: recommender history")
    if repair and name != live:
        raise QueryError(
            f"{name}: is not the live snapshot, and only that is repaired; leave --repair out to "
            f"check it, or run first: recommender rollback {name} --index {folder}"
        )
    found = _look(folder, name)
    return _repair(folder, found) if repair and found.can_be_repaired else found.verdict()


@dataclass(frozen=True, slots=True)
class _Look:
    """The faults of a snapshot: in its sources (`truth`), and in `derived` files."""

    snapshot: str
    truth: tuple[str, ...] = ()
    derived: tuple[tuple[Path, str], ...] = ()

    @property
    def can_be_repaired(self) -> bool:
        """Whether derived files are damaged, and nothing else."""
        return bool(self.derived) and not self.truth

    def verdict(self) -> Verification:
        """Return the problems in the form in which they are printed."""
        return Verification(self.snapshot, (*self.truth, *(why for _, why in self.derived)))


def _look(folder: Path, name: str) -> _Look:
    """Read and check every file of a snapshot."""
    try:
        manifest = read_manifest(folder / name)
    except SnapshotDamaged as error:
        return _Look(name, (str(error),))
    advice = rebuild(folder)
    truth: list[str] = []
    for entry in manifest.segments:
        place = segment_folder(folder, entry.name)
        found = list(_content_problems(place / SEGMENT_FACTS, entry.facts, advice))
        truth += found or _segment_problems(place)
    derived = tuple(_derived_problems(folder, manifest))
    if not truth and not derived:
        truth += _sentences(advice, _check_ids, folder, name)
        truth += _sentences(advice, _check_index, folder, name)
    return _Look(name, tuple(truth), derived)


def _derived_problems(folder: Path, manifest: Manifest) -> Iterator[tuple[Path, str]]:
    """Yield each damaged derived file with its fault."""
    advice = how_to_repair(folder)
    for entry in manifest.segments:
        known, place = manifest.derived.get(entry.name, {}), segment_folder(folder, entry.name)
        for file, facts in known.items():
            for why in _content_problems(place / file, facts, advice):
                yield place / file, why
        for file in expected_files(manifest.space.id):
            if file not in known:
                why = f"{place / file}: an earlier release did not write it; {advice}"
                yield place / file, why


def _segment_problems(place: Path) -> Iterator[str]:
    """Yield the faults in the files of a segment; if there are none, those in their records."""
    try:
        files, advice = read_facts(place).files, advice_for(place)
        damaged = [
            why
            for name, facts in files.items()
            for why in _content_problems(place / name, facts, advice)
        ]
        if damaged:
            yield from damaged
            return
        segment = Segment(place)
    except SnapshotDamaged as error:
        yield str(error)
        return
    for check in (check_vectors, _check_rows, _check_texts):
        yield from _sentences(segment.files.advice, check, segment)


def _content_problems(path: Path, facts: FileFacts, advice: str) -> Iterator[str]:
    return _sentences(advice, check_content, path, facts, advice)


def _sentences(advice: str, check: Callable[..., object], *what: Any) -> Iterator[str]:
    """Run a check and yield its complaint, if it has one."""
    try:
        check(*what)
    except SnapshotError as error:
        yield _LOOK_OVER.sub(lambda _: advice, str(error))  # the running process
    except (ValueError, KeyError, IndexError, TypeError) as error:
        yield f"a record cannot be read: {error}; {advice}"


def check_vectors(segment: Segment) -> None:
    """Raise `SnapshotDamaged` unless every vector of a segment has unit length."""
    for first in range(0, len(segment.vectors), ROWS_AT_ONCE):
        rows = np.arange(first, min(first + ROWS_AT_ONCE, len(segment.vectors)))
        norms = np.linalg.norm(segment.raw(rows), axis=1)
        wrong = np.flatnonzero(~(np.abs(norms - 1) < NORM_TOLERANCE))
        if len(wrong):
            raise SnapshotDamaged(
                f"{segment.folder / VECTORS}: row {first + int(wrong[0])} is not a vector of "
                f"unit length; {segment.files.advice}"
            )


def _check_rows(segment: Segment) -> None:
    """Check that articles and passages agree on which rows belong to which article."""
    counts = segment.articles["rows"].astype(np.int64)
    firsts = np.cumsum(counts) - counts
    whole = int(counts.sum()) == len(
        segment.passages
    )  # before a wrong number asks for too much memory
    owners = np.repeat(np.arange(len(segment)), counts) if whole else np.empty(0, np.int64)
    if (
        not np.array_equal(firsts, segment.articles["first_row"])
        or not np.array_equal(owners, segment.passages["article"])
        or len(owners) != len(segment.vectors)
        or not _is_in_order(segment.words_only["article"], len(segment))
    ):
        raise SnapshotDamaged(
            f"{segment.folder / PASSAGES}: its rows are not those of the articles; "
            f"{segment.files.advice}"
        )


def _is_in_order(articles: npt.NDArray[np.uint32], count: int) -> bool:
    """Return whether positions of articles never go back, and none is too high."""
    return bool((np.diff(articles.astype(np.int64)) >= 0).all() and (articles < count).all())


def _check_texts(segment: Segment) -> None:
    """Check each article's id, and that each passage has the text that its vector was made from."""
    for position in range(len(segment)):
        article = segment.stored(position).article
        if id_hash(article.id) != int(segment.articles[position]["id_hash"]):
            raise _wrong_text(segment, position, "is not the one its record was made for")
        rows, kept = segment.rows(position), segment.words_only_rows(position)
        records = (
            segment.passages[rows.start : rows.stop],
            segment.words_only[kept.start : kept.stop],
        )
        for record in np.concatenate(records):
            text = segment.passage_of(record, article).text
            if text_hash(text) != record["text_hash"].tobytes():
                raise _wrong_text(segment, position, "has a text other than was encoded")


def _wrong_text(segment: Segment, position: int, what: str) -> SnapshotDamaged:
    return SnapshotDamaged(
        f"{segment.folder / LINES}: article {position} {what}; {segment.files.advice}"
    )


def _check_ids(folder: Path, name: str) -> None:
    """Check that no id is live twice, and that the manifest has their number."""
    snapshot = Snapshot(folder, name)
    ids = list(snapshot.ids())
    if len(set(ids)) != len(ids) or len(ids) != snapshot.manifest.articles:
        raise SnapshotDamaged(
            f"{snapshot.folder / snapshot.name}: {len(set(ids))} articles in {len(ids)} places, "
            f"the manifest says {snapshot.manifest.articles}; {rebuild(folder)}"
        )


def _check_index(folder: Path, name: str) -> None:
    """Check on rows spread over the snapshot that the search index finds each with score 1."""
    snapshot, stored = Snapshot(folder, name), Snapshot(folder, name, exact=True)
    count = min(VERIFIED_SEARCHES, snapshot.row_count)
    rows = np.linspace(0, snapshot.row_count - 1, count, dtype=np.int64)
    for first in range(0, count, 100):
        some = rows[first : first + 100]
        scores, _ = snapshot.index.search(stored.centered(some), 1)
        wrong = some[np.abs(scores[:, 0] - 1) > NORM_TOLERANCE]
        if len(wrong):
            raise SnapshotDamaged(
                f"{folder / name}: the search index does not hold the vector of row {wrong[0]}; "
                f"{rebuild(folder)}"
            )


def _repair(folder: Path, found: _Look) -> Verification:
    """Make damaged derived files of the live snapshot again, and publish the result.

    It was checked without the lock, since that takes long. If a writer has published since, the
    snapshot of that writer is checked and repaired instead.
    """
    with workplace(folder) as building:
        if (live := current_name(folder)) != found.snapshot:
            found = _look(folder, live)
            if not found.can_be_repaired:
                return found.verdict()
        repaired = _derived_again(folder, building, found)
    return Verification(repaired, (), tuple(f"{path}: made again" for path, _ in found.derived))


def _derived_again(folder: Path, building: Path, found: _Look) -> str:
    """Derive from the same segments, publish, and return the name of the new snapshot."""
    manifest = read_manifest(folder / found.snapshot)
    for path, _ in found.derived:
        remove(path)
    parts = [SegmentRef(one.name, one.removed) for one in manifest.segments]
    opened = Snapshot(folder, found.snapshot)
    derived = derive(
        opened.segments,
        opened.columns.live_by_segment,
        manifest.encoder,
        manifest,
        manifest.index.kind,
        known={},
    )
    published, _ = publish(folder, building, parts, manifest.contents(**derived.fields()))
    return published.name
