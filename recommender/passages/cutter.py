"""Prepare a read article and cut it into passages, by one recipe."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol, Self

from recommender.errors import SettingsError
from recommender.passages.boilerplate import (
    Recurrence,
    dropped,
    mark,
    verdicts_id,
    with_verdicts,
)
from recommender.passages.make import (
    POLICIES,
    Policies,
    Policy,
    make_passages,
    make_words_only,
)
from recommender.passages.paragraphs import cut
from recommender.settings import DEFAULTS, Settings
from recommender.text.language import languages_within, settle_language
from recommender.types import Article, CutArticle, Paragraph, Role

# Bump when the same article gives other paragraphs or passages.
RECIPE_VERSION = 9

# The field of an article's metadata with the reason to reject its declared language.
LANGUAGE_NOTE = "language_note"


class TokenCounter(Protocol):
    """The part of an encoder that the cutting into passages needs."""

    @property
    def max_tokens(self) -> int:
        """The most tokens that a passage may have."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""


class PassageMaker:
    """Cuts articles into passages. The passages depend on the article, the encoder and `recipe`.

    Call `prepare` first: a build compares the content of the article that it returns.
    """

    def __init__(self, settings: Settings = DEFAULTS, reviewed: Sequence[Recurrence] = ()) -> None:
        """Start with a list that a person may have reviewed; `learn` brings it up to date."""
        self.settings = settings
        self.policies = policies_from(settings.roles)
        self.boilerplate = list(reviewed)
        self._left_out = dropped(reviewed)

    @property
    def recipe(self) -> dict[str, Any]:
        """Return the facts to keep with an index: if one differs, articles are cut again."""
        policies = {str(role): str(policy) for role, policy in sorted(self.policies.items())}
        return {
            "passages": RECIPE_VERSION,
            "policies": policies,
            "join_under": self.settings.join_under,
            "verdicts": verdicts_id(self.boilerplate),
            "boilerplate": hashlib.sha256(repr(sorted(self._left_out)).encode()).hexdigest()[:12],
        }

    def learn(self, recurrences: Iterable[Recurrence]) -> None:
        """Leave out blocks that were found to recur; a person's verdicts take precedence."""
        self.boilerplate = with_verdicts(recurrences, self.boilerplate)
        self._left_out = dropped(self.boilerplate)

    @classmethod
    def leaving_out(cls, settings: Settings, left_out: frozenset[int]) -> Self:
        """Return a maker that leaves out the blocks with these fingerprints, and learns nothing."""
        maker = cls(settings)
        maker._left_out = left_out
        return maker

    @property
    def left_out_blocks(self) -> frozenset[int]:
        """Return the fingerprints of the blocks that are left out as boilerplate."""
        return self._left_out

    def prepare(self, article: Article) -> Article:
        """Return the article with its boilerplate marked: blocks that recur across the archive."""
        return mark(article, self._left_out)

    def cut(self, article: Article, counter: TokenCounter) -> CutArticle:
        """Return a prepared article with its language, its paragraphs and its passages."""
        language, note = settle_language(article)
        if note or language != article.language:
            metadata = {**article.metadata, LANGUAGE_NOTE: note} if note else article.metadata
            article = replace(article, language=language, metadata=metadata)
        paragraphs = _with_languages(cut(article), language)
        passages = make_passages(
            article,
            paragraphs,
            counter.count_tokens,
            counter.max_tokens,
            policies=self.policies,
            join_under=self.settings.join_under,
        )
        words_only = make_words_only(article, paragraphs, self.policies)
        return CutArticle(article, paragraphs, tuple(passages), tuple(words_only))


def _with_languages(paragraphs: Sequence[Paragraph], language: str) -> tuple[Paragraph, ...]:
    """Return the paragraphs, those in another language than the article's marked with theirs."""
    found = languages_within([one.text for one in paragraphs], language)
    if found.count(language) == len(found):
        return tuple(paragraphs)
    return tuple(
        one if own == language else replace(one, language=own)
        for one, own in zip(paragraphs, found, strict=True)
    )


def policies_from(table: Mapping[str, str]) -> Policies:
    """Return the default policies, changed by those of `table` (role: policy).

    Raises `SettingsError` for a role or policy that does not exist.
    """
    policies = dict(POLICIES)
    for role, policy in table.items():
        if role not in set(Role):
            raise SettingsError(f"roles: {role!r} is not a role; write one of: {', '.join(Role)}")
        if policy not in set(Policy):
            raise SettingsError(
                f"roles: {role} = {policy!r} is not a policy; write one of: {', '.join(Policy)}"
            )
        policies[Role(role)] = Policy(policy)
    return policies
