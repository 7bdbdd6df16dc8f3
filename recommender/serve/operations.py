"""List what the API answers: one record for each endpoint, from which routes and schema follow."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from recommender.answers.options import (
    ListOptions,
    RelatedOptions,
    SearchOptions,
    SimilarOptions,
)
from recommender.errors import QueryError, TooLarge
from recommender.render.answers import Hits, Related
from recommender.render.article import Shown
from recommender.render.listing import Listed
from recommender.serve.archive import Edition
from recommender.serve.drafts import draft_of
from recommender.serve.options import Limits
from recommender.serve.parameters import read_options

# The facts of `status` that name no file of this machine, and the JSON type of each.
STATUS_FIELDS = {
    **dict.fromkeys(("snapshot", "created", "recommender"), "string"),
    **dict.fromkeys(("articles", "passages", "words_only", "bytes"), "integer"),
    **dict.fromkeys(("left_out", "notices"), "integer"),
    **dict.fromkeys(("languages", "roles", "unpublished"), "object"),
    **dict.fromkeys(("encoder", "recipe", "search"), "object"),
}

Values = Mapping[str, Sequence[Any]]
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Question:
    """What a request asks: its values by name, and whether it may see what the public may not."""

    values: Values
    limits: Limits
    is_desk: bool = False

    def text(self, name: str) -> str:
        """Return the one value of a parameter that must be given.

        Raises `QueryError` if it is not given once, `TooLarge` for too long a text.
        """
        given = self.values.get(name, ())
        if len(given) != 1 or not isinstance(given[0], str):
            raise QueryError(f"{name} is needed; give it once")
        if len(given[0]) > self.limits.query:
            raise TooLarge(
                f"{name} has {len(given[0]):,} characters, the most is {self.limits.query:,}"
            )
        return given[0]

    def texts(self, name: str) -> list[str]:
        """Return every value of a parameter that must be given."""
        if not (given := list(self.values.get(name, ()))):
            raise QueryError(f"{name} is needed")
        return given


@dataclass(frozen=True, slots=True)
class Own:
    """A parameter that belongs to an endpoint and to no options class."""

    name: str
    help: str
    example: str
    is_repeatable: bool = False
    is_required: bool = True


@dataclass(frozen=True, slots=True)
class Operation:
    """An endpoint: its own parameters, the class of its options, and how it is answered."""

    path: str
    summary: str
    answer: str
    ask: Callable[[Edition, Question], Json]
    own: tuple[Own, ...] = ()
    options: type | None = None
    method: str = "GET"


def search(edition: Edition, question: Question) -> Json:
    """Answer `search`."""
    text = question.text("q")
    options = _read(SearchOptions, question, "q")
    return Hits(edition.recommender.answer_search(text, options=options)).json()


def similar(edition: Edition, question: Question) -> Json:
    """Answer `similar`."""
    id = question.text("id")
    options = _read(SimilarOptions, question, "id")
    _check_public(edition, question, [id])
    return Hits(edition.recommender.answer_similar(id, options=options)).json()


def related(edition: Edition, question: Question) -> Json:
    """Answer `related` for articles of the index."""
    ids = question.texts("id")
    options = _read(RelatedOptions, question, "id")
    _check_public(edition, question, [*ids, *options.unlike])
    return Related(edition.recommender.answer_related(ids, options=options)).json()


def related_to_drafts(edition: Edition, question: Question) -> Json:
    """Answer `related` for drafts and articles of the index together."""
    named = {name: _articles(name, question) for name in ("like", "unlike")}
    if not named["like"]:
        raise QueryError("like is needed: a list of ids and drafts")
    options = _read(RelatedOptions, question, "like", "unlike")
    ids = [one for articles in named.values() for one in articles if isinstance(one, str)]
    _check_public(edition, question, ids)
    options = replace(options, unlike=tuple(named["unlike"]))
    return Related(edition.recommender.answer_related(named["like"], options=options)).json()


def one_article(edition: Edition, question: Question) -> Json:
    """Answer `show`."""
    id = question.text("id")
    read_options(_NoOptions, question.values, ["id"])
    _check_public(edition, question, [id])
    return Shown(edition.recommender.show(id)).json()


def listed(edition: Edition, question: Question) -> Json:
    """Answer `list`."""
    words = question.text("words") if "words" in question.values else ""
    options = _read(ListOptions, question, "words")
    return Listed(edition.recommender.list_articles(words, options=options)).json()


def status(edition: Edition, question: Question) -> Json:
    """Answer `status`, without what names files of this machine."""
    read_options(_NoOptions, question.values)
    facts = edition.recommender.status()
    facts["left_out"] = len(facts["left_out"])
    facts["notices"] = sum(one["count"] for one in facts["notices"])
    return {name: facts[name] for name in STATUS_FIELDS}


@dataclass(frozen=True)
class _NoOptions:
    """The options of an endpoint that has none."""


def _read(options: type[Any], question: Question, *own: str) -> Any:
    """Return the options of a question, within the limits of the service."""
    found = read_options(options, question.values, own, published_only=not question.is_desk)
    if found.k > question.limits.answers:
        raise QueryError(f"k is {found.k}; the most here is {question.limits.answers}")
    return found


def _check_public(edition: Edition, question: Question, ids: Sequence[Any]) -> None:
    for id in ids:
        edition.check(id, is_desk=question.is_desk)


def _articles(name: str, question: Question) -> list[Any]:
    """Return the articles that a body names: ids as texts, drafts as articles."""
    given = list(question.values.get(name, ()))
    found: list[Any] = []
    for number, one in enumerate(given, 1):
        if not isinstance(one, dict):
            raise QueryError(f'{name} holds something that is no object; write {{"id": "…"}}')
        if set(one) == {"id"} and isinstance(one["id"], str):
            found.append(one["id"])
        else:
            found.append(draft_of(one, f"{name}-{number}", question.limits))
    return found


_ID = Own(
    "id",
    "The id, address, path or title of an article, or of a paragraph of it.",
    "000_1010306ca34bd51d",
)
_IDS = replace(_ID, help="The name of an article; several are taken together.", is_repeatable=True)
_PASSAGE = Own("id", "The id of a passage, or of an article.", "000_1010306ca34bd51d#4")
_TEXT = Own("q", "What to look for, in any language.", "gevechten om Bachmoet")

_WORDS = Own("words", "Words that a title, an id or an address holds.", "bachmoet", False, False)

OPERATIONS = (
    Operation(
        "/v1/search",
        "Find the passages that match a text, in any language.",
        "SearchAnswer",
        search,
        (_TEXT,),
        SearchOptions,
    ),
    Operation(
        "/v1/articles/related",
        "Find the articles that are related to one or several.",
        "RelatedAnswer",
        related,
        (_IDS,),
        RelatedOptions,
    ),
    Operation(
        "/v1/related",
        "Find the articles that are related to a draft, which is not kept.",
        "RelatedAnswer",
        related_to_drafts,
        (),
        RelatedOptions,
        "POST",
    ),
    Operation(
        "/v1/passages/similar",
        "Find passages of other articles that are similar to one.",
        "SearchAnswer",
        similar,
        (_PASSAGE,),
        SimilarOptions,
    ),
    Operation(
        "/v1/articles/one",
        "Return an article, or one paragraph of it.",
        "Article",
        one_article,
        (_ID,),
    ),
    Operation(
        "/v1/articles",
        "List articles, the newest first.",
        "ListAnswer",
        listed,
        (_WORDS,),
        ListOptions,
    ),
    Operation(
        "/v1/status", "Describe the index: what it holds, and how it was made.", "Status", status
    ),
)
