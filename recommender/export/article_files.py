"""Make the files of one article: its related articles as JSON and as HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from recommender.answers.answer import RelatedAnswer
from recommender.answers.editorial import Editorial, Rules
from recommender.answers.recommender import Recommender
from recommender.export.options import ExportOptions
from recommender.export.pages import (
    entries_bytes,
    entries_of,
    export_record,
    fragment_of,
    record_bytes,
)
from recommender.store.snapshot import Snapshot

Contents = dict[str, bytes]


class ArticleFiles(NamedTuple):
    """The files of one article, by kind, and its entries in the data of a site."""

    contents: Contents
    entries: bytes


class Answers:
    """Makes the files of articles of one snapshot under the options of an export."""

    def __init__(self, recommender: Recommender, options: ExportOptions) -> None:
        """Raise `QueryError` for an option that cannot be used."""
        public = replace(options.filters, published_only=True)
        self._batches = recommender.related_batches(options=options, filters=public)
        self._link = options.link

    def __call__(self, positions: Sequence[int]) -> list[ArticleFiles]:
        """Return the files of each article."""
        answers = self._batches.answers(positions)
        return [self._files_of(answers[position]) for position in positions]

    def _files_of(self, answer: RelatedAnswer) -> ArticleFiles:
        record = export_record(answer)
        entries = entries_of(record, self._link)
        contents = {"articles": record_bytes(record), "html": fragment_of(entries)}
        return ArticleFiles(contents, entries_bytes(entries))


def open_answers(
    folder: Path, name: str, exact: bool, editorial: Editorial, options: ExportOptions
) -> Answers:
    """Open a snapshot by name in another process, to answer as this process does."""
    recommender = Recommender(Snapshot(folder, name, exact=exact))
    recommender.rules = Rules(editorial, recommender.snapshot)
    return Answers(recommender, options)
