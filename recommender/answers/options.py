"""Hold the options of a question, checked once for every edge.

The methods of `Recommender`, the command line, batches and exports all make these objects. So each
limit and its message stand only here. The module loads nothing heavy.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from math import isfinite
from typing import Any, Literal, TypedDict, TypeVar, get_args

from recommender.errors import QueryError
from recommender.types import Article, Confidence, Filters

MAX_K = 1_000
MAX_LISTED = 100_000
MAX_STRENGTH = 100
# How many earlier articles `before` returns by default.
PREDECESSORS = 12
# Texts that share less are not copies, and to compare them would be slow.
LEAST_SHARE = 0.5

By = Literal["passage", "article"]
Ranking = Literal["hybrid", "meaning", "words"]
Translations = Literal["fold", "show", "hide"]
Fallback = Literal["none", "newest"]

# An article of the index by its id, or an article that need not be in it.
ArticleId = str | int | Article | Mapping[str, Any]
# One article or several, which are taken together.
Named = ArticleId | Sequence[ArticleId]

NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True, kw_only=True)
class _HitOptions:
    """The options that `SearchOptions` and `SimilarOptions` share."""

    k: int = 10
    by: By = "passage"
    filters: Filters = NO_FILTERS
    confidence: Confidence | None = None
    min_strength: float | None = None
    half_life: float = 0
    diverse: bool = False
    explain: bool = False
    include_copies: bool = False

    def __post_init__(self) -> None:
        _check_numbers(self.k, self.min_strength, self.half_life)
        _check_confidence(self.confidence)
        _check_choice("by", self.by, get_args(By))


@dataclass(frozen=True, slots=True, kw_only=True)
class SimilarOptions(_HitOptions):
    """Choose which passages `similar` returns, and how many.

    `k` passages are returned, or with `by` set to `article` the best passage of each of `k`
    articles. Passages that are less sure than `confidence` are left out. None stands for `likely`;
    or for `loose` if `min_strength` is given, if words alone rank, or in an archive of few articles
    (`confidence.FEW_ARTICLES`). Passages under `min_strength` (0-100) are left out. A score is
    halved for each `half_life` days between the dates of the two articles; 0 ignores dates.
    `diverse` prefers passages that differ from those before them. With `explain` each hit has an
    `explanation`, which loads the model. Passages of equal text are one hit, which names the other
    articles in `copies`; so are articles that hold the same texts. With `include_copies` each is a
    hit.

    Raises `QueryError` for a value out of bounds.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions(_HitOptions):
    """Choose which passages `search` returns, how many, and how the text is read.

    `ranking` is `hybrid` (by meaning, then by shared words within each language), `meaning` or
    `words`. With `plain`, quotation marks and dashes are ordinary text. A half-life counts from the
    end of `filters.as_of`, or from today. `query_language` is the code of the language that the
    text is in; without it the language is detected. The other options are as in `SimilarOptions`.

    Raises `QueryError` for a value out of bounds.
    """

    ranking: Ranking = "hybrid"
    plain: bool = False
    query_language: str = ""

    def __post_init__(self) -> None:
        _HitOptions.__post_init__(self)  # a slotted class has no bare super()
        _check_choice("ranking", self.ranking, get_args(Ranking))
        if not isinstance(self.query_language, str):
            raise QueryError(f"query-language is {self.query_language!r:.80}; give a code, as 'nl'")


@dataclass(frozen=True, slots=True, kw_only=True)
class RelatedOptions:
    """Choose which articles `related` returns, and how many.

    `include_copies` also returns copies of the article itself. With `translations` set to `fold` or
    `hide`, translations of one text are one answer, and those of the article itself are left out;
    `fold` names them, `hide` does not. With `show`, each is an answer. Articles similar to those in
    `unlike` rank lower. If fewer than `k` articles are sure enough, a `fallback` of `newest` fills
    the list with the newest articles of the same section and language, whose relation is `newest`.
    A half-life counts from the date of the first article. The other options are as in
    `SimilarOptions`.

    Raises `QueryError` for a value out of bounds.
    """

    unlike: Named = ()
    k: int = 5
    filters: Filters = NO_FILTERS
    include_copies: bool = False
    translations: Translations = "fold"
    fallback: Fallback = "none"
    confidence: Confidence | None = None
    min_strength: float | None = None
    half_life: float = 0
    diverse: bool = False
    explain: bool = False

    def __post_init__(self) -> None:
        _check_numbers(self.k, self.min_strength, self.half_life)
        _check_confidence(self.confidence)
        _check_choice("translations", self.translations, get_args(Translations))
        _check_choice("fallback", self.fallback, get_args(Fallback))


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeOptions:
    """Choose which articles an edge lists as published before on a subject, and how many.

    `related` turns them into `RelatedOptions`, whose fields they share. Copies and translations are
    listed too. Raises `QueryError` for a value out of bounds.
    """

    k: int = PREDECESSORS
    filters: Filters = NO_FILTERS
    confidence: Confidence | None = None
    min_strength: float | None = None

    def __post_init__(self) -> None:
        self.related()

    def related(self) -> RelatedOptions:
        """Return the same as options of `Recommender.before`."""
        return RelatedOptions(
            k=self.k,
            filters=self.filters,
            include_copies=True,
            translations="show",
            confidence=self.confidence,
            min_strength=self.min_strength,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOptions:
    """Choose which articles are listed, and how many: `k`, after the first `offset`.

    `languages` of the filters may not be `same` or `other`: a list has no question.

    Raises `QueryError` for a value out of bounds.
    """

    k: int = 20
    offset: int = 0
    filters: Filters = NO_FILTERS

    def __post_init__(self) -> None:
        _check_listed(self.k)
        _check_whole("offset", self.offset)
        if self.offset < 0:
            raise QueryError(f"offset is {self.offset}; give 0 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class DuplicatesOptions:
    """Choose which groups of copies `duplicates` returns: the `k` largest.

    Only articles that pass `filters` are compared. Near copies each hold at least `share` of the
    other's text. Of a part, the longer text holds at least 0.8 of the shorter one, or `share` if
    that is more; with `parts` False, parts are not reported.

    Raises `QueryError` for a value out of bounds.
    """

    k: int = 20
    filters: Filters = NO_FILTERS
    share: float = 0.6
    parts: bool = True

    def __post_init__(self) -> None:
        _check_listed(self.k)
        _check_number("share", self.share)
        if not LEAST_SHARE <= self.share <= 1:
            raise QueryError(f"share is {self.share}; give a number from {LEAST_SHARE} to 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class StoriesOptions:
    """Choose which stories `stories` returns: the `k` latest ones.

    Only articles that pass `filters` are grouped. Each story holds one of the `newest` of them; 0
    looks at all. A story has at least `least` articles.

    Raises `QueryError` for a value out of bounds.
    """

    k: int = 20
    filters: Filters = NO_FILTERS
    newest: int = 1_000
    least: int = 2

    def __post_init__(self) -> None:
        _check_listed(self.k)
        _check_whole("newest", self.newest)
        _check_whole("least", self.least)
        if self.newest < 0 or self.least < 2:
            raise QueryError(
                f"newest is {self.newest} and least {self.least}; give 0 or more, and 2 or more"
            )


Options = TypeVar(
    "Options",
    SearchOptions,
    SimilarOptions,
    RelatedOptions,
    ListOptions,
    DuplicatesOptions,
    StoriesOptions,
)


def merged(default: Options, given: Options | None, keywords: Mapping[str, Any]) -> Options:
    """Return options with the given keywords in place of theirs.

    Raises `QueryError` for options of another question, and for a value out of bounds; `TypeError`
    for a keyword that is not an option.
    """
    if given is not None and not isinstance(given, type(default)):
        raise QueryError(f"options are {given!r:.80}; give {type(default).__name__}(k=3)")
    names = [one.name for one in fields(default)]
    for name in keywords.keys() - names:
        raise TypeError(_no_option(name, names))
    return replace(given or default, **keywords)


def _no_option(name: str, names: Sequence[str]) -> str:
    """Return the message about a keyword that is not an option; `names` are the options."""
    if name in (one.name for one in fields(Filters)):
        return f"{name} is a filter; write filters=Filters({name}=...)"
    return f"{name} is not an option; the options are {', '.join(names)}"


def check_batch(options: RelatedOptions) -> None:
    """Raise `QueryError` for an option that one question may have and a batch may not."""
    if options.explain or options.unlike:
        raise QueryError("a batch has no explain and no unlike; ask for one article at a time")


class SimilarKeywords(TypedDict, total=False):
    """The options of `Recommender.similar` as keyword arguments."""

    k: int
    by: By
    filters: Filters
    confidence: Confidence | None
    min_strength: float | None
    half_life: float
    diverse: bool
    explain: bool
    include_copies: bool


class _FilteredKeywords(TypedDict, total=False):
    """The options that all questions about a whole archive have."""

    k: int
    filters: Filters


class ListKeywords(_FilteredKeywords, total=False):
    """The options of `Recommender.list_articles` as keyword arguments."""

    offset: int


class SearchKeywords(SimilarKeywords, total=False):
    """The options of `Recommender.search` as keyword arguments."""

    ranking: Ranking
    plain: bool
    query_language: str


class RelatedKeywords(TypedDict, total=False):
    """The options of `Recommender.related` as keyword arguments."""

    unlike: Named
    k: int
    filters: Filters
    include_copies: bool
    translations: Translations
    fallback: Fallback
    confidence: Confidence | None
    min_strength: float | None
    half_life: float
    diverse: bool
    explain: bool


class DuplicatesKeywords(_FilteredKeywords, total=False):
    """The options of `Recommender.duplicates` as keyword arguments."""

    share: float
    parts: bool


class StoriesKeywords(_FilteredKeywords, total=False):
    """The options of `Recommender.stories` as keyword arguments."""

    newest: int
    least: int


def _check_number(name: str, value: object) -> None:
    if not hasattr(value, "__float__"):
        raise QueryError(f"{name} is {value!r:.80}; give a number")


def _check_whole(name: str, value: object) -> None:
    _check_number(name, value)
    if not hasattr(value, "__index__"):
        raise QueryError(f"{name} is {value!r:.80}; give a whole number")


def _check_listed(k: int) -> None:
    _check_whole("k", k)
    if not 1 <= k <= MAX_LISTED:
        raise QueryError(f"k is {k}; give a number from 1 to {MAX_LISTED:,}")


def _check_numbers(k: int, min_strength: float | None, half_life: float) -> None:
    _check_whole("k", k)
    for name, one in (("min-strength", min_strength or 0), ("half-life", half_life)):
        _check_number(name, one)
    if not 1 <= k <= MAX_K:
        raise QueryError(f"k is {k}; give a number from 1 to {MAX_K:,}")
    if min_strength is not None and not 0 <= min_strength <= MAX_STRENGTH:
        raise QueryError(f"min-strength is {min_strength}; give a number from 0 to {MAX_STRENGTH}")
    if not isfinite(half_life) or half_life < 0:
        raise QueryError(f"half-life is {half_life}; give a number of days, or 0 for none")


def _check_confidence(confidence: str | None) -> None:
    if confidence is not None:
        _check_choice("confidence", confidence, get_args(Confidence))


def _check_choice(name: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        raise QueryError(f"{name} is {value!r}; give one of {', '.join(known)}")
