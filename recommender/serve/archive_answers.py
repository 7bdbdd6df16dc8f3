"""Answer requests about the whole archive: its stories, its copies, earlier articles."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from recommender.answers.options import (
    MAX_K,
    BeforeOptions,
    DuplicatesOptions,
    StoriesOptions,
)
from recommender.errors import QueryError
from recommender.serve.archive import Edition
from recommender.serve.drafts import liked
from recommender.serve.questions import Json, Page, Question, asked, check_not, with_evidence
from recommender.types import Duplicates, Recommendation, Story

Answer = TypeVar("Answer")

# The stories of at most so many of the newest articles are public: each article is one question.
MAX_NEWEST = 1_000


def before(edition: Edition, question: Question) -> Json:
    """Answer `before` for articles of the index."""
    ids = question.texts("id")
    return _before(edition, question, ids, "id")


def before_drafts(edition: Edition, question: Question) -> Json:
    """Answer `before` for drafts and articles of the index together."""
    return _before(edition, question, liked(question), "like")


def _before(edition: Edition, question: Question, articles: Sequence[Any], *own: str) -> Json:
    check_not(question, "offset")  # the best are chosen, then put in the order of time
    page = Page.of(question, edition, BeforeOptions().k, Recommendation)
    options: BeforeOptions = asked(question, BeforeOptions, page, "evidence", *own)
    named = question.named(edition, articles)
    answer = edition.recommender.before(named, options=options.related()).to_dict()
    return page.cut(with_evidence(question, answer), "recommendations")


def stories(edition: Edition, question: Question) -> Json:
    """Answer `stories`; that takes long, so the last answers are kept."""
    page = Page.of(question, edition, StoriesOptions().k, Story)
    options: StoriesOptions = replace(asked(question, StoriesOptions, page), k=MAX_K)
    if not question.is_desk and not 1 <= options.newest <= MAX_NEWEST:
        raise QueryError(
            f"newest is {options.newest}; give 1 to {MAX_NEWEST:,}, or the token of the desk"
        )
    answer = kept(edition, options, edition.recommender.stories)
    found = replace(answer, stories=answer.stories[: page.k]).to_dict()
    return page.cut(found, "stories") | {"more": len(answer.stories) > page.k}


def duplicates(edition: Edition, question: Question) -> Json:
    """Answer `duplicates`; that takes long, so the last answers are kept."""
    page = Page.of(question, edition, DuplicatesOptions().k, Duplicates)
    options: DuplicatesOptions = replace(asked(question, DuplicatesOptions, page), k=MAX_K)
    answer = kept(edition, options, edition.recommender.duplicates)
    found = replace(answer, groups=answer.groups[: page.k]).to_dict()
    return page.cut(found, "groups") | {"more": len(answer.groups) > page.k}


def kept(edition: Edition, options: Any, compute: Callable[..., Answer]) -> Answer:
    """Return the answer of a method of the recommender, computed if it is not kept."""
    return edition.long_answers.get(
        _key(edition, options),
        lambda: compute(options=options, on_progress=edition.go_on),
    )


def is_kept(edition: Edition, options: Any) -> bool:
    """Return whether an answer is kept already."""
    return edition.long_answers.has(_key(edition, options))


def _key(edition: Edition, options: Any) -> Hashable:
    return repr(options), edition.withheld()
