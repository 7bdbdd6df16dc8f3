"""Read an article that is not in the index; cut and encode it as the index does."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from recommender.answers.archive import Archive
from recommender.answers.article_vectors import DerivedOfPassages, body_of
from recommender.arrays import Positions, Vectors, unit
from recommender.articles.plain_values import as_json
from recommender.articles.read import read_articles
from recommender.articles.rows import RowReader
from recommender.articles.sources import Draft
from recommender.encoders.base import Encoder
from recommender.errors import QueryError, SourceError, TooLarge
from recommender.passages.boilerplate import BOILERPLATE_FILE, Recurrence, parse_list, read_list
from recommender.passages.cutter import PassageMaker
from recommender.scoring.alignment import weights_of
from recommender.scoring.space import Space
from recommender.settings import DEFAULTS, Settings
from recommender.store.records import date_number, text_hash
from recommender.text.language import settle_language
from recommender.text.language_tags import language_key
from recommender.types import Article, Notice, Passage, Refusal

# A longer text is refused before it is cut.
MAX_CHARACTERS = 4_000_000
MAX_PASSAGES = 2_000
# The id of a row that has none.
DRAFT_ID = "draft"


@dataclass(frozen=True)
class DraftVectors(DerivedOfPassages):
    """A draft as it is compared (`ArticleVectors`)."""

    article: Article
    passages: Sequence[Passage]
    language: str
    raw: Vectors
    vectors: Vectors
    position: None = None

    @cached_property
    def date(self) -> int:
        """The date as yyyymmdd."""
        return date_number(self.article.date)

    @cached_property
    def weights(self) -> Vectors:
        """The weight of each passage, by its role."""
        return weights_of(one.role for one in self.passages)

    @cached_property
    def texts(self) -> tuple[npt.NDArray[np.void], Positions]:
        """The text hash and the length of each passage."""
        hashes = np.array([text_hash(one.text) for one in self.passages], dtype="V16")
        lengths = [max(one.end - one.start, 1) for one in self.passages]
        return hashes, np.array(lengths, dtype=np.int64)

    @cached_property
    def body(self) -> str:
        """The texts of the passages without titles, one a line."""
        return body_of(self.passages)

    def passage(self, number: int) -> Passage:
        """Return the passage of a row of `vectors`."""
        return self.passages[number]


def read_draft(path: str | Path, settings: Settings = DEFAULTS) -> Article:
    """Return the article of a file in any format that builds read, with its language.

    Raises `QueryError` if the file holds no or several articles, does not exist or cannot be read.
    """
    path = Path(path)
    if path.is_dir():
        raise QueryError(f"{path}: is a folder; give a file with one article")
    if not path.exists():
        raise QueryError(f"{path}: there is no such file; give a file with one article")
    every = replace(settings, include=(), exclude=(), include_unpublished=True)
    source = Draft(path, DRAFT_ID)
    read = (one for one in read_articles([source], every) if not isinstance(one, Notice))
    found = list(islice(read, 2))
    for one in found:
        if isinstance(one, Refusal):
            raise QueryError(f"{one.place}: {one.reason}")
    if len(found) != 1:
        count = "no article" if not found else "several articles"
        raise QueryError(f"{path}: holds {count}; give a file with one")
    [article] = [one for one in found if isinstance(one, Article)]
    return replace(article, language=settle_language(article)[0])


def draft_of_row(row: Mapping[str, Any], settings: Settings = DEFAULTS) -> Article:
    """Return the article of a row, as `read_draft` does; the row may lack an id.

    Raises `QueryError` if it has no text.
    """
    try:
        known = json.loads(as_json({str(name): one for name, one in row.items()}))
    except SourceError as error:
        raise QueryError(f"the row {error}") from error
    every = replace(settings, include_unpublished=True)
    reader = RowReader("the row", every, DRAFT_ID)
    for found in (*reader.read(known, "the row"), *reader.finish()):
        if isinstance(found, Refusal):
            raise QueryError(f"{found.place}: {found.reason}")
        if isinstance(found, Article):
            return replace(found, language=settle_language(found)[0])
    raise QueryError("the row: is not an article; give a mapping with title and text")


def draft_vectors(snapshot: Archive, encoder: Encoder, draft: Article) -> DraftVectors:
    """Cut a draft by the recipe of the index and encode its passages.

    Raises `QueryError` if there is nothing to compare, `TooLarge` if there is too much.
    """
    if len(draft.text) > MAX_CHARACTERS:
        raise TooLarge(
            f"{draft.id}: has {len(draft.text):,} characters, the most is {MAX_CHARACTERS:,}; "
            "give the part that matters"
        )
    recipe = snapshot.manifest.recipe
    settings = Settings(roles=recipe.policies, join_under=recipe.join_under)
    cutter = PassageMaker(settings, _boilerplate(snapshot))
    cut = cutter.cut(cutter.prepare(draft), encoder)
    article, passages = cut.article, cut.passages
    if not passages:
        raise QueryError(f"{draft.id}: this article has no text to compare; see: inspect")
    if len(passages) > MAX_PASSAGES:
        raise TooLarge(
            f"{draft.id}: has {len(passages):,} passages, the most is {MAX_PASSAGES:,}; "
            "give the part that matters"
        )
    raw = encoder.encode([one.text for one in passages], role="passage")
    space = snapshot.space
    keys = [_key(space, one.language or article.language) for one in passages]
    key = _key(space, article.language)
    return DraftVectors(article, passages, key, raw, _centered(space, raw, keys))


def _boilerplate(archive: Archive) -> list[Recurrence]:
    """Return the list of blocks that recur across an archive."""
    if archive.folder is not None:
        return read_list(archive.folder / BOILERPLATE_FILE)
    return parse_list(archive.text_beside(BOILERPLATE_FILE), archive.place)


def _key(space: Space, tag: str) -> str:
    """Return the key of a language in the answering space, or the one it would have there."""
    return space.keys.get(tag) or language_key(tag)


def _centered(space: Space, raw: Vectors, keys: Sequence[str]) -> Vectors:
    """Return vectors in the answering space, also in languages that the archive does not have."""
    vectors = space.center(raw, keys)
    priors = space.priors
    if priors is None:
        return vectors
    for number, key in enumerate(keys):
        if key not in space.languages and key in priors.languages:
            vectors[number] = unit(raw[number] - priors.of(key) - space.shift)
    return vectors
