"""Read the source and compare it with the live snapshot."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from recommender.articles.files import SourceFile
from recommender.articles.known_rows import KnownRow, KnownRows, RowsMisled
from recommender.articles.notices import Notices, passed_over_of, unpublished_of
from recommender.articles.outline import Outline, without_line
from recommender.articles.read import READERS, admitted, read_unless_known
from recommender.articles.sources import NAME_FILES, Handed, Source, files_of
from recommender.articles.versions import Versions
from recommender.builder.farm.farm import Farm, Share, learn_from
from recommender.builder.farm.spool import Outlined
from recommender.builder.farm.tasks import Pick
from recommender.builder.plan import Change, ChangeFinder, Plan, StoredHashes
from recommender.builder.previous import Previous
from recommender.builder.sources import STAMPS_FILE, read_note, sources_as_facts
from recommender.errors import SourceError
from recommender.passages.boilerplate import are_marked
from recommender.passages.cutter import PassageMaker
from recommender.settings import Settings
from recommender.store.files import place_text
from recommender.store.json_records import to_json
from recommender.store.manifest import Learned
from recommender.store.records import id_hash
from recommender.types import Article, Notice, NoticeCount, OnProgress, Refusal

ToCut = tuple[Article, str]

# At most so many changed articles are kept in memory, so that the source is read only once.
FEW = 500
# What was left out is noted in at most so many characters, for a build that reads nothing.
MOST_NOTED = 100_000
# Boilerplate is learned again when more than this share of the archive has changed.
LEARN_SHARE = 0.1


@dataclass
class Reading:
    """The articles of the source, compared with the live ones while they are read.

    `touched` are fingerprints of blocks that became boilerplate, or no longer are. An article with
    one of them is cut again although it has not changed. `known` rows are not parsed again.
    """

    base: Previous
    cutter: PassageMaker
    report: OnProgress
    touched: frozenset[int] = frozenset()
    versions: Versions = field(default_factory=Versions)
    known: KnownRows = field(default_factory=lambda: KnownRows(b""))
    comparison: ChangeFinder = field(init=False)
    left_out: list[Refusal] = field(default_factory=list)
    notices: Notices = field(default_factory=Notices)
    articles: int = 0

    def __post_init__(self) -> None:
        self.comparison = ChangeFinder(self.base.entries, self.base.reasons)

    def to_cut(self, sources: Sequence[Source]) -> Iterator[ToCut]:
        """Yield each article to cut, with the hash of its content as it was read."""
        settings = self.cutter.settings
        for found in read_unless_known(sources, settings, self.versions, self.known):
            if isinstance(found, KnownRow):
                self._take_known(found)
            elif isinstance(found, Article):
                article = without_line(found)
                content = article.content_hash
                self.known.note(found, bytes.fromhex(content))
                if self._is_due(article.id, content):
                    yield self.cutter.prepare(article), content
            else:
                self._pass_over(found)

    def to_share(self, outlined: Iterable[Outlined]) -> Iterator[Share]:
        """Yield the articles to cut of each chunk."""
        left_out = self.cutter.left_out_blocks
        number, picks = 0, list[Pick]()
        for found in admitted(outlined, self.versions):
            if not isinstance(found, Outline):
                assert not isinstance(found, KnownRow)
                self._pass_over(found)
                continue
            if found.row:
                content = bytes.fromhex(found.content)
                self.known.note_digest(bytes.fromhex(found.row), found.id, content)
            if not self._is_due(found.id, found.content, are_marked(found.keys, self.touched)):
                continue
            if picks and number != found.place[0]:
                yield number, picks
                picks = []
            number, line = found.place
            picks.append((line, found.content, are_marked(found.keys, left_out)))
        if picks:
            yield number, picks

    def _is_due(self, id: str, content: str, touched: bool = False) -> bool:
        """Count an article that was read; return whether it must be cut."""
        self.articles += 1
        self.report("read", self.articles, None)
        entry = StoredHashes(id_hash(id), bytes.fromhex(content))
        change = self.comparison.add(entry, touched)
        return change is not Change.SAME or touched or self.comparison.recuts

    def _pass_over(self, found: Refusal | Notice) -> None:
        if isinstance(found, Refusal):
            self.left_out.append(found)
        else:
            self.notices.add(found)

    def _take_known(self, row: KnownRow) -> None:
        """Compare a known row; raise `RowsMisled` if the index does not hold it."""
        self.articles += 1
        self.report("read", self.articles, None)
        change = self.comparison.add(StoredHashes(id_hash(row.id), row.content))
        if change is not Change.SAME:
            raise RowsMisled

    def plan(self, sources: Sequence[Source]) -> Plan:
        """Return the plan of the build; raise `SourceError` if no article was read."""
        if not self.articles:
            raise no_article(sources, self.left_out, self.notices.counts())
        return self.comparison.plan()


@dataclass(frozen=True, slots=True)
class Work:
    """The articles to cut, the reading they come from, and whether boilerplate was learned.

    There are `few` articles; or there are so many that the farm that read them cuts them in
    `shares`.
    """

    reading: Reading
    learned: bool
    few: Sequence[ToCut] = ()
    shares: Iterable[Share] | None = None


def find_work(
    base: Previous,
    cutter: PassageMaker,
    sources: Sequence[Source],
    report: OnProgress,
    farm: Farm,
    known: KnownRows | None = None,
) -> Work:
    """Read the source as often as needed to find the articles to cut.

    One reading is enough if little changed and no older version of an article came before the
    newest; rows that are `known` are then not parsed. If much changed, all articles are gathered.
    If very much changed, or if everything is cut anyway, boilerplate is learned first, and the
    articles that it affects are also cut again. Raises `SourceError` if no article was read.
    """
    known = known or KnownRows(b"")
    if base.reasons or not base.entries:
        reading = Reading(base, cutter, report, known=known.again())
        return _gathered(reading, sources, farm, learns=True)
    try:
        reading = Reading(base, cutter, report, known=known)
        few, more = _passed(reading, sources)
    except RowsMisled:
        reading = Reading(base, cutter, report, known=known.again())
        few, more = _passed(reading, sources)
    learns = _is_learning_due(base, reading.plan(sources))
    if not more and not learns and not reading.versions.is_stale:
        return Work(reading, False, few)
    again = Reading(base, cutter, report, known=known.again())
    return _gathered(again, sources, farm, learns=learns)


def _gathered(reading: Reading, sources: Sequence[Source], farm: Farm, *, learns: bool) -> Work:
    """Read everything, learn boilerplate from it if that is due, and let the farm cut."""
    cutter = reading.cutter
    outlined = farm.gather(sources, cutter.settings, reading.known)
    if learns:
        before = cutter.left_out_blocks
        cutter.learn(learn_from(farm, outlined, reading.versions))
        if not reading.comparison.recuts:
            reading.touched = before ^ cutter.left_out_blocks
    else:
        for _ in admitted(outlined, reading.versions):
            pass
    return Work(reading, learns, shares=reading.to_share(farm.gathered()))


def _passed(reading: Reading, sources: Sequence[Source]) -> tuple[tuple[ToCut, ...], int]:
    """Return the first few articles to cut, and how many more there are."""
    passing = reading.to_cut(sources)
    few = tuple(islice(passing, FEW))
    return few, sum(1 for _ in passing)


def _is_learning_due(base: Previous, plan: Plan) -> bool:
    learned = learned_from(base)
    changed = learned.changed_since + plan.touched_articles
    return not plan.is_empty and changed > LEARN_SHARE * learned.articles


def learned_from(base: Previous) -> Learned:
    """Return from how many articles boilerplate was learned, and how many changed since."""
    return base.manifest.learned if base.manifest else Learned()


def no_article(
    sources: Sequence[Source], left_out: Sequence[Refusal], notices: Sequence[NoticeCount]
) -> SourceError:
    """Return the error for sources that give no article to build from, with the reasons."""
    places = ", ".join(map(str, sources))
    why = "".join(f"\n  {refusal.place}: {refusal.reason}" for refusal in left_out[:10])
    if unpublished := unpublished_of(notices):
        counts = ", ".join(f"{count:,} {reason}" for reason, count in unpublished.items())
        why += f"\n  not published: {counts}; --include-unpublished builds them"
    if passed_over := passed_over_of(notices):
        counts = ", ".join(f"{count:,} {suffix}" for suffix, count in passed_over.items())
        why += f"\n  files of other formats: {counts}; docs/formats.md says which are read"
    if not why and all(isinstance(one, Handed) for one in sources):
        why = ": it has no row"
    elif not why:
        why = f" in it; {NAME_FILES}"
    return SourceError(f"{places}: no article to build from{why}")


class FileStamps:
    """The names, sizes and times of the source's files, taken before they are read."""

    def __init__(self, folder: Path, sources: Sequence[Source], settings: Settings) -> None:
        self._folder = folder
        self._stamp = _stamp(sources, settings)
        self._sources = to_json(sources_as_facts(sources, folder))

    def by(self, snapshot: str) -> bool:
        """Return whether the build of `snapshot` had the same files."""
        note = read_note(self._folder)
        return (note.get("snapshot"), note.get("files")) == (snapshot, self._stamp)

    def left_out(self) -> list[Refusal]:
        """Return what the build that saw the same files left out."""
        noted = read_note(self._folder).get("left_out")
        pairs = noted if isinstance(noted, list) else []
        return [Refusal(*one) for one in pairs if _is_pair(one)]

    def remember(self, snapshot: str, left_out: Sequence[Refusal]) -> None:
        """Note the files for the next build; without the note, that one reads everything."""
        note = {"snapshot": snapshot, "files": self._stamp, "sources": self._sources}
        note["left_out"] = list(_noted(left_out))
        with suppress(OSError):
            place_text(self._folder / STAMPS_FILE, json.dumps(note))


def _noted(left_out: Sequence[Refusal]) -> Iterator[tuple[str, str]]:
    """Yield the place and the reason of refusals, as many as fit into the note."""
    characters = 0
    for one in left_out:
        characters += len(one.place) + len(one.reason)
        if characters > MOST_NOTED:
            return
        yield one.place, one.reason


def _is_pair(noted: object) -> bool:
    """Return whether what a note holds is a place and a reason."""
    return isinstance(noted, list) and len(noted) == 2 and all(isinstance(x, str) for x in noted)


def _stamp(sources: Sequence[Source], settings: Settings) -> str:
    digest = hashlib.sha256(repr(settings).encode("utf-8", "surrogateescape"))
    for line in _lines(sources, settings):
        digest.update(line.encode("utf-8", "surrogateescape") + b"\n")
    return digest.hexdigest()


def _lines(sources: Sequence[Source], settings: Settings) -> Iterator[str]:
    for source in sources:
        yield f"source {source.absolute() if isinstance(source, Path) else source}"
        for file in files_of([source], READERS.keys(), settings):
            if not isinstance(file, SourceFile):
                yield f"not read {file.place}: {file.reason}"
                continue
            with suppress(OSError):  # deleted meanwhile: the next build finds that
                state = file.path.stat()
                yield f"{file.name} {state.st_size} {state.st_mtime_ns} {state.st_ino}"
