"""Writes the related articles of every article as files, for sites that serve files.

DIR/
  articles/3f/3f9c….json  the answer of `related` for one article (names.py)
  html/3f/3f9c….html      the same as a list in HTML
  related.jsonl           all answers, a line each, sorted by id, with where its files are
  hugo/ jekyll/ pelican/  data and templates, laid out as those sites are
  .export/                what is ours in the folder, and what is done (folder.py)
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import NamedTuple

from recommender.batch import RelatedBatches
from recommender.exporting.folder import ExportFolder, open_folder
from recommender.exporting.names import name_of
from recommender.exporting.pages import entries_of, fragment_of, record_bytes, record_of
from recommender.exporting.sites import site_paths, write_sites
from recommender.reading import OnProgress
from recommender.recommend import NO_FILTERS, Recommender
from recommender.snapshot import Snapshot
from recommender.types import ExportReport, Filters
from recommender.version import __version__

# Articles answered together; so many are done again at most after an export was killed.
BATCH = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions:
    """What is exported: the options of `Recommender.related`, and how articles are linked to.

    `link` is the address of an article that has none of its own, with its id for `{id}`.
    """

    k: int = 5
    filters: Filters = NO_FILTERS
    include_copies: bool = False
    min_strength: float | None = None
    half_life: float = 0
    diverse: bool = False
    link: str = ""


DEFAULTS = ExportOptions()
RELATED_OPTIONS = [field.name for field in fields(ExportOptions) if field.name != "link"]


class _Article(NamedTuple):
    id: str
    name: str
    position: int


def export(
    recommender: Recommender,
    folder: str | Path,
    *,
    options: ExportOptions = DEFAULTS,
    on_progress: OnProgress = lambda stage, done, total: None,
) -> ExportReport:
    """Write the articles related to each article below `folder`, only what changed.

    An export that was broken off goes on where it was. Raises `FolderForeign` where the folder
    holds other files in the way, `IndexLocked` while another export goes to it, `StorageError`
    where it cannot be written, `QueryError` for an option that cannot be used.
    """
    started = time.monotonic()
    wanted = {name: getattr(options, name) for name in RELATED_OPTIONS}
    batches = recommender.related_batches(**wanted)
    key = {
        "snapshot": recommender.name,
        "recommender": __version__,
        "options": asdict(options),
        "editorial": recommender.rules.editorial.id,
    }
    articles = _articles(recommender.snapshot)
    with open_folder(Path(folder), key, site_paths()) as opened:
        writer = _Writer(opened, batches, recommender.encoder_name, options.link)
        asked = writer.write_all(articles, on_progress)
        write_sites(opened, [article.id for article in articles], options.link)
        opened.finish({article.name for article in articles})
    return ExportReport(
        folder=str(folder),
        snapshot=recommender.name,
        articles=len(articles),
        asked=asked,
        written=opened.written,
        removed=opened.removed,
        seconds=round(time.monotonic() - started, 1),
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """Answers articles and writes their files."""

    folder: ExportFolder
    batches: RelatedBatches
    encoder: str
    link: str

    def write_all(self, articles: Sequence[_Article], on_progress: OnProgress) -> int:
        """Write the files of articles that are not done; return how many there were."""
        todo = [article for article in articles if not self.folder.is_done(article.name)]
        todo.sort(key=lambda article: article.position)  # neighbours on the disk
        done = len(articles) - len(todo)
        on_progress("export", done, len(articles))
        for first in range(0, len(todo), BATCH):
            batch = todo[first : first + BATCH]
            self._write_batch(batch)
            on_progress("export", done + first + len(batch), len(articles))
        return len(todo)

    def _write_batch(self, batch: Sequence[_Article]) -> None:
        names = [article.name for article in batch]
        found = self.batches.related([article.position for article in batch])
        self.folder.announce(names)
        for article in batch:
            ref = self.batches.article(article.position)
            record = record_of(ref, self.encoder, found[article.position])
            html = fragment_of(entries_of(record, self.link))
            self.folder.write(article.name, {"articles": record_bytes(record), "html": html})
        self.folder.note_done(names)


def _articles(snapshot: Snapshot) -> list[_Article]:
    """Return the live articles, sorted by id."""
    return sorted(
        _Article(article_id, name_of(article_id), position)
        for position, article_id in snapshot.positions_and_ids()
    )
