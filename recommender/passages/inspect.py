"""Shows how articles are cut: each paragraph with its role, the reason, and what becomes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from recommender.articles.read import read_articles
from recommender.passages.boilerplate import BOILERPLATE_FILE, read_list
from recommender.passages.cutter import PassageMaker, TokenCounter
from recommender.settings import DEFAULTS, Settings
from recommender.types import Article, Notice, Paragraph, Passage, Refusal


@dataclass(frozen=True, slots=True)
class Cut:
    """A paragraph and what becomes of it.

    `passages` are the ids of what is encoded of it, or kept for word search, more than one where
    it is split; a passage that joins several paragraphs stands with each. `policy` is its role's.
    """

    paragraph: Paragraph
    policy: str
    tokens: int
    language: str
    passages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Inspection:
    """An article and how it was cut."""

    article: Article
    cuts: tuple[Cut, ...]


def inspect(
    sources: Sequence[Path],
    counter: TokenCounter,
    *,
    settings: Settings = DEFAULTS,
    index: Path | None = None,
) -> Iterator[Inspection | Refusal | Notice]:
    """Yield how each article of `sources` is cut, what is refused and what is passed over.

    The boilerplate that builds into `index` learned is left out, as they do. Raises
    `SourceError` for a source that does not exist.
    """
    cutter = PassageMaker(settings, read_list(index / BOILERPLATE_FILE) if index else ())
    for found in read_articles(sources, settings):
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
