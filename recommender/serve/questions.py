"""Hold the question of a request, and describe endpoints: their parameters, options and pages."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any

from recommender.answers.options import MAX_K
from recommender.errors import QueryError, TooLarge
from recommender.serve.archive import Edition
from recommender.serve.options import Limits
from recommender.serve.parameters import integer_of, read_options, unknown
from recommender.serve.problems import Refused

MAX_EVIDENCE = 3
# Each explanation takes the model longer than all else that an answer takes.
MAX_EXPLAINED = 50
Values = Mapping[str, Sequence[Any]]
Json = dict[str, Any]
# The parameters of a page of an answer; `k` is another name for `limit`.
PAGING = ("limit", "k", "offset", "snapshot", "fields")


@dataclass(frozen=True, slots=True)
class Question:
    """A request's question: its values by name, and whether it may see unpublished articles."""

    values: Values
    limits: Limits
    is_desk: bool = False

    def text(self, name: str) -> str:
        """Return the one value of a parameter that must be given.

        Raises `QueryError` if it is not given exactly once, `TooLarge` if it is too long.
        """
        given = self.values.get(name, ())
        if not given:
            raise QueryError(f"{name} is needed")
        if len(given) != 1:
            raise QueryError(f"{name} is given {len(given)} times; give it once")
        if not isinstance(given[0], str):
            raise QueryError(f"{name} is not text")
        if len(given[0]) > self.limits.query:
            raise TooLarge(
                f"{name} has {len(given[0]):,} characters, the most is {self.limits.query:,}"
            )
        return given[0]

    def text_or(self, name: str, default: str) -> str:
        """Return the one value of a parameter, or the default if it is not given."""
        return self.text(name) if name in self.values else default

    def texts(self, name: str) -> list[str]:
        """Return every value of a parameter that must be given."""
        if not (given := list(self.values.get(name, ()))):
            raise QueryError(f"{name} is needed")
        return given

    def number(self, name: str, least: int, most: int, default: int) -> int:
        """Return a whole number within bounds. Raises `QueryError` for any other value."""
        if name not in self.values:
            return default
        given = self.values[name]
        if len(given) != 1:
            raise QueryError(f"{name} is given {len(given)} times; give it once")
        found = integer_of(name, given[0])
        if not least <= found <= most:
            raise QueryError(f"{name} is {found}; give a number from {least} to {most}")
        return found

    def named(self, edition: Edition, names: Sequence[Any]) -> list[Any]:
        """Return the ids of what names mean to the client; a draft stays as it is.

        Raises `UnknownArticle` for a name that means nothing which the client may see.
        """
        is_desk = self.is_desk
        return [
            edition.named(one, is_desk=is_desk) if isinstance(one, str) else one for one in names
        ]


@dataclass(frozen=True, slots=True)
class Page:
    """Which records of an answer are sent: `limit` of them after `offset`, with these `fields`."""

    limit: int
    offset: int
    fields: Sequence[str]

    @classmethod
    def of(
        cls,
        question: Question,
        edition: Edition,
        k: int,
        record: type,
        furthest: int | None = None,
    ) -> Page:
        """Read the page that a question asks for; `k` is the usual limit.

        `furthest` is the largest offset, if that is not what a ranking can give.

        Raises `QueryError` for values out of bounds or fields that no `record` has, `Refused`
        (409) if the pages before this one were of another snapshot.
        """
        values = question.values
        if "limit" in values and "k" in values:
            raise QueryError("limit and k are the same; give one of them")
        name = "k" if "k" in values else "limit"
        limit = question.number(name, 1, question.limits.answers, k)
        most = MAX_K - question.limits.answers if furthest is None else furthest
        offset = question.number("offset", 0, most, 0)
        _check_snapshot(question, edition)
        wanted = [
            one
            for given in values.get("fields", ())
            for one in (given.split(",") if isinstance(given, str) else [str(given)])
        ]
        known = [one.name for one in fields(record)]
        if lost := [one for one in wanted if one not in known]:
            raise unknown(f"fields={lost[0]}", known)
        return cls(limit, offset, wanted)

    @property
    def k(self) -> int:
        """How many answers must be found."""
        return self.limit + self.offset

    def cut(self, answer: Json, name: str) -> Json:
        """Return an answer with the records of this page in its list of that name."""
        found = answer[name]
        shown = found[self.offset : self.k]
        changed = (
            {name: shown, "nearest": answer["nearest"]} if "nearest" in answer else {name: shown}
        )
        if self.fields:
            changed = {key: self._short(records) for key, records in changed.items()}
        more = len(found) >= self.k and self.k < MAX_K
        return {**answer, **changed, "limit": self.limit, "offset": self.offset, "more": more}

    def _short(self, records: Any) -> Any:
        """Return a record, or each of several, with the wanted fields only."""
        if isinstance(records, Sequence):
            return [self._short(one) for one in records]
        return records and {name: records[name] for name in self.fields if name in records}


def _check_snapshot(question: Question, edition: Edition) -> None:
    if question.text_or("snapshot", edition.recommender.name) != edition.recommender.name:
        raise Refused(
            409,
            "snapshot_changed",
            "A newer snapshot answers by now; begin again with the first page.",
        )


@dataclass(frozen=True, slots=True)
class Own:
    """A parameter of an endpoint that is not an option.

    `kind` is the JSON type of its value.
    """

    name: str
    help: str
    example: str = ""
    kind: str = "string"
    is_repeatable: bool = False
    is_required: bool = True


LIMIT = Own("limit", "How many to return, at most 100.", "10", "integer", is_required=False)
OFFSET = Own("offset", "How many to pass over.", "0", "integer", is_required=False)
SNAPSHOT = Own(
    "snapshot",
    "The snapshot of the first page. If another snapshot answers now, the status is 409.",
    is_required=False,
)
FIELDS = Own(
    "fields",
    "The fields to return of each record.",
    "title,url",
    is_required=False,
)
PAGED = (LIMIT, OFFSET, SNAPSHOT, FIELDS)


@dataclass(frozen=True, slots=True)
class Operation:
    """An endpoint that answers from the archive and changes nothing.

    It has its own parameters, the class of its options, and a function that answers. That returns
    an object, or for the media type of JSON Lines one object for each line, or for HTML a text.
    `example` is the query, or the body, of a question that can be asked of the demo archive. If it
    `is_long` it looks at the whole archive: one such answer is computed at a time.
    """

    path: str
    summary: str
    answer: str
    ask: Callable[[Edition, Question], Any]
    example: str
    own: tuple[Own, ...] = ()
    options: type | None = None
    method: str = "GET"
    media: str = "application/json"
    is_long: bool = False

    @property
    def is_batch(self) -> bool:
        """Whether it answers the same question for each of several articles."""
        return self.media == "application/x-ndjson"


def asked(question: Question, options: type[Any], page: Page, *own: str) -> Any:
    """Return the options of a question, for the answers up to the end of a page.

    Raises `QueryError` for values that cannot be used, and for too many answers to explain.
    """
    found = read_options(
        options,
        {name: given for name, given in question.values.items() if name not in PAGING},
        (*own, *PAGING),
        published_only=not question.is_desk,
    )
    if getattr(found, "explain", False) and page.k > MAX_EXPLAINED:
        raise QueryError(
            f"limit and offset are {page.k} together; with explain, give at most {MAX_EXPLAINED}"
        )
    return replace(found, k=page.k)


def with_evidence(question: Question, answer: Json) -> Json:
    """Return an answer with as many pairs of passages for each recommendation as are asked for."""
    most = question.number("evidence", 0, MAX_EVIDENCE, MAX_EVIDENCE)
    for one in answer["recommendations"]:
        one["evidence"] = one["evidence"][:most]
    return answer


def check_not(question: Question, *names: str) -> None:
    """Raise `UnknownParameter` for a parameter of other endpoints that this one does not have."""
    if lost := [name for name in names if name in question.values]:
        known = ["id", "limit", "offset", "snapshot"]
        raise unknown(lost[0], [one for one in known if one not in names])
