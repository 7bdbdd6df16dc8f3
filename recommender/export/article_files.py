"""Make the files of one article: its related articles as JSON and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from recommender.answers.editorial import Editorial, Rules
from recommender.answers.recommender import Recommender
from recommender.export.options import ExportOptions
from recommender.export.pages import entries_of, export_record, fragment_of, record_bytes
from recommender.store.snapshot import Snapshot

Contents = dict[str, bytes]


class Answers:
    """Makes the files of articles of one snapshot under the options of an export."""

    def __init__(self, recommender: Recommender, options: ExportOptions) -> None:
        """Raise `QueryError` for an option that cannot be used."""
        public = replace(options.filters, published_only=True)
        self._batches = recommender.related_batches(options=options, filters=public)
        self._link = options.link

    def __call__(self, positions: Sequence[int]) -> list[Contents]:
        """Return the files of each article, by kind."""
        answers = self._batches.answers(positions)
        contents = []
        for position in positions:
            record = export_record(answers[position])
            html = fragment_of(entries_of(record, self._link))
            contents.append({"articles": record_bytes(record), "html": html})
        return contents


def open_answers(
    folder: Path, name: str, exact: bool, editorial: Editorial, options: ExportOptions
) -> Answers:
    """Open a snapshot by name in another process, to answer as the process that started it."""
    recommender = Recommender(Snapshot(folder, name, exact=exact))
    recommender.rules = Rules(editorial, recommender.snapshot)
    return Answers(recommender, options)
