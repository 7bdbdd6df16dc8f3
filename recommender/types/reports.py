"""Define the reports of a build and of an export, and the form of their progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from recommender.types.notices import NoticeCount, Refusal

# Called with the stage ("read" or "encode"), the number done and the number in all, if it is known.
OnProgress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class LanguageDoubt:
    """An article whose declared language is clearly wrong, and what was found instead."""

    article_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The report of a build.

    If the source had not changed, or the gate refused (`refused` says why), `published` is False,
    and `snapshot` is the live one or the candidate. `same`, `added`, `changed` and `removed` count
    articles against the snapshot that was live. `encoded` counts the texts that were encoded,
    `reused` the passages that had a vector from an earlier build, `words_only` the passages that
    are kept for word search only. `reasons` says why unchanged articles were cut again.
    `language_doubts` names articles of this build that are in another language than they declare.
    `notices` count what was passed over without a refusal; those of unpublished articles are also
    in `unpublished`, by reason, and those of files of other formats in `passed_over`, by suffix.
    """

    snapshot: str
    published: bool
    encoder: str
    articles: int
    passages: int
    same: int
    added: int
    changed: int
    removed: int
    encoded: int
    reused: int
    seconds: float
    languages: Mapping[str, int]
    roles: Mapping[str, int]
    left_out: tuple[Refusal, ...]
    reasons: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    language_doubts: tuple[LanguageDoubt, ...] = ()
    words_only: int = 0
    unpublished: Mapping[str, int] = field(default_factory=dict)
    passed_over: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[NoticeCount, ...] = ()


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export did: `asked` articles were answered, the others had been; files written and
    articles whose files were removed; everything else in the folder was as it should be.

    `withheld` articles of the index are not for the public now; the first of them is from
    `withheld_until` on, where a time is known.
    """

    folder: str
    snapshot: str
    articles: int
    asked: int
    written: int
    removed: int
    seconds: float
    withheld: int = 0
    withheld_until: str = ""
