"""Write the related articles of every article as files, for sites that serve files.

DIR/
  articles/3f/3f9c….json  the answer of `related` for one article
  html/3f/3f9c….html      the same as a list in HTML
  related.jsonl           all answers, a line each, sorted by id, with the paths of its files
  hugo/ jekyll/ pelican/  data and templates, laid out as those sites are
  .export/                lists of the files that are ours and done (folder.py)
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from recommender import clock
from recommender.answers.recommender import Recommender
from recommender.arrays import Positions
from recommender.export.article_files import Answers, ArticleFiles, open_answers
from recommender.export.folder import ExportFolder, name_of, open_folder
from recommender.export.options import ExportOptions
from recommender.export.processes import in_processes
from recommender.export.sites import SiteEntries, site_paths, write_sites
from recommender.store.snapshot import Snapshot
from recommender.types import ExportReport, OnProgress
from recommender.version import __version__

__all__ = ["ExportOptions", "ExportReport", "export"]

# So many articles are answered together. After an export was killed, at most this many for each
# process are answered again.
BATCH = 64
# Fewer articles are answered before another process would have started.
WORTH_PROCESSES = 512
DEFAULTS = ExportOptions()


class _Article(NamedTuple):
    id: str
    name: str
    position: int


def export(
    recommender: Recommender,
    folder: str | Path,
    *,
    options: ExportOptions = DEFAULTS,
    processes: int = 1,
    on_progress: OnProgress = lambda stage, done, total: None,
) -> ExportReport:
    """Write the articles related to each article below `folder`; only files that change.

    An export that was interrupted continues where it was. With several `processes`, a script must
    start under `if __name__ == "__main__":`, as `multiprocessing` demands.

    Raises `FolderForeign` if other files in the folder are in the way, `IndexLocked` while another
    export writes to it, `StorageError` if it cannot be written, `QueryError` for an option that
    cannot be used.
    """
    started = time.monotonic()
    Answers(recommender, options)  # raises for wrong options, before any work
    publications = recommender.local.columns.publications
    withheld = publications.withheld()
    articles = _articles(recommender.local, set(withheld.tolist()))
    key = _key(recommender, options, withheld)
    with (
        open_folder(Path(folder), key, site_paths()) as opened,
        SiteEntries.beside(opened) as entries,
    ):
        todo = [article for article in articles if not opened.is_done(article.name)]
        todo.sort(key=lambda article: article.position)  # neighbours on the disk
        batches = [todo[first : first + BATCH] for first in range(0, len(todo), BATCH)]
        done = 0
        on_progress("export", done, len(todo))
        answered = _answered(recommender, options, batches, processes)
        for batch, found in zip(batches, answered, strict=True):
            _write_batch(opened, batch, found)
            entries.add(zip((article.name for article in batch), found, strict=True))
            done += len(batch)
            on_progress("export", done, len(todo))
        write_sites(opened, [article.id for article in articles], options.link, entries)
        opened.finish({article.name for article in articles})
    return ExportReport(
        folder=str(folder),
        snapshot=recommender.name,
        articles=len(articles),
        asked=len(todo),
        written=opened.written,
        removed=opened.removed,
        seconds=round(time.monotonic() - started, 1),
        withheld=len(withheld),
        withheld_until=publications.next_release(),
    )


def _key(recommender: Recommender, options: ExportOptions, withheld: Positions) -> dict[str, Any]:
    """Return what the files of an export depend on besides the articles themselves."""
    key: dict[str, Any] = {
        "snapshot": recommender.name,
        "recommender": __version__,
        "options": asdict(options),
        "editorial": recommender.rules.editorial.id,
    }
    if options.half_life and not options.filters.as_of and recommender.local.date_counts().get(0):
        key["today"] = clock.now().date().isoformat()  # about which articles without a date ask
    if len(withheld):  # an article that becomes public changes the answers of others
        key["withheld"] = hashlib.sha256(withheld.tobytes()).hexdigest()[:12]
    return key


def _answered(
    recommender: Recommender,
    options: ExportOptions,
    batches: Sequence[Sequence[_Article]],
    processes: int,
) -> Iterator[list[ArticleFiles]]:
    """Yield the files of each batch of articles."""
    positions = [[article.position for article in batch] for batch in batches]
    if processes == 1 or len(positions) * BATCH < WORTH_PROCESSES:
        yield from map(Answers(recommender, options), positions)
        return
    snapshot = recommender.local
    arguments = (
        snapshot.folder,
        snapshot.name,
        snapshot.exact,
        recommender.rules.editorial,
        options,
    )
    maker = f"{open_answers.__module__}:{open_answers.__name__}"
    yield from in_processes(maker, arguments, positions, processes)


def _write_batch(
    folder: ExportFolder, batch: Sequence[_Article], found: Sequence[ArticleFiles]
) -> None:
    names = [article.name for article in batch]
    folder.announce(names)
    for name, files in zip(names, found, strict=True):
        folder.write(name, files.contents)
    folder.note_done(names)


def _articles(snapshot: Snapshot, withheld: Collection[int]) -> list[_Article]:
    """Return the live articles that the public may see, sorted by id."""
    return sorted(
        _Article(article_id, name_of(article_id), position)
        for position, article_id in snapshot.positions_and_ids()
        if position not in withheld
    )
