"""Show how articles are cut: each paragraph with its role, the reason and its passages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from recommender.articles.read import read_newest
from recommender.articles.sources import Source
from recommender.passages.boilerplate import BOILERPLATE_FILE, read_list
from recommender.passages.cutter import PassageMaker, TokenCounter
from recommender.settings import DEFAULTS, Settings
from recommender.types import Article, Notice, Paragraph, Passage, Refusal


@dataclass(frozen=True, slots=True)
class Cut:
    """A paragraph and its passages.

    `passages` are the ids of its passages, for vectors or for word search only. A split paragraph
    has several. A passage that joins several paragraphs is listed with each. `policy` is the
    policy of its role.
    """

    paragraph: Paragraph
    policy: str
    tokens: int
    language: str
    passages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """An article with its paragraphs as they were cut."""

    article: Article
    cuts: tuple[Cut, ...]


def inspect(
    sources: Sequence[Source],
    counter: TokenCounter,
    *,
    settings: Settings = DEFAULTS,
    index: Path | None = None,
) -> Iterator[Inspection | Refusal | Notice]:
    """Yield the cut of each article of `sources`, with refusals and notices.

    Boilerplate that builds into `index` have learned is left out, as those builds do. Raises
    `SourceError` for a source that does not exist.
    """
    cutter = PassageMaker(settings, read_list(index / BOILERPLATE_FILE) if index else ())
    for found in read_newest(sources, settings):
        if isinstance(found, Article):
            yield _inspected(cutter, cutter.prepare(found), counter)
        else:
            yield found


def _inspected(cutter: PassageMaker, prepared: Article, counter: TokenCounter) -> Inspection:
    cut = cutter.cut(prepared, counter)
    tokens = counter.count_tokens([paragraph.text for paragraph in cut.paragraphs])
    passages = (*cut.passages, *cut.words_only)
    cuts = tuple(
        Cut(
            paragraph,
            str(cutter.policies[paragraph.role]),
            count,
            paragraph.language or cut.article.language,
            tuple(one.id for one in passages if _is_of(one, paragraph)),
        )
        for paragraph, count in zip(cut.paragraphs, tokens, strict=True)
    )
    return Inspection(cut.article, cuts)


def _is_of(passage: Passage, paragraph: Paragraph) -> bool:
    if not (passage.number and paragraph.number):
        return passage.number == paragraph.number
    return passage.start < paragraph.end and paragraph.start < passage.end
