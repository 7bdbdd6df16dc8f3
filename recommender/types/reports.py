"""Define the reports of a build and of an export, and the form of their progress."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from recommender.types.notices import LanguageDoubt, NoticeCount, Refusal

# Called with the stage ("read" or "encode"), the number done and the number in all, if it is known.
OnProgress = Callable[[str, int, int | None], None]


@dataclass(frozen=True, slots=True)
class BuildReport:
    """The report of a build.

    `published` is False if the source had not changed, or if the gate refused (`refused` says why);
    `snapshot` is then the live one or the candidate. `same`, `added`, `changed` and `removed` count
    articles, compared with the live snapshot. `encoded` counts the texts that were encoded,
    `reused` the passages whose vector an earlier build made, `words_only` the passages that are
    kept for word search only. `reasons` says why unchanged articles were cut again.
    `language_doubts` names articles of this build that are in another language than they declare.
    `notices` count what was left out without a refusal. Those of unpublished articles are also in
    `unpublished`, by reason, and those of files of other formats in `passed_over`, by suffix.
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
    """The report of an export.

    Of all `articles`, `asked` were answered now and the others before. `written` counts files,
    `removed` the articles whose files were removed. `withheld` articles of the index are not public
    now; the first of them will be at `withheld_until`, if a time is known.
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
