"""Say what is wrong with a request as `application/problem+json` (RFC 9457).

`code` is that of the error class and never changes. No message holds a path of this machine, or
shows that an article exists which the public may not see.
"""

from __future__ import annotations

import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Scope

from recommender.answers.options import RelatedOptions, SearchOptions, StoriesOptions
from recommender.errors import (
    ArticleNotFound,
    EncoderError,
    NotFound,
    QueryError,
    RecommenderError,
    RulesChanged,
    SnapshotError,
    StorageError,
    TooLarge,
)
from recommender.render.text_layout import to_json
from recommender.types import Filters

MAX_DETAIL = 500
TITLES = {
    400: "Bad request",
    401: "Token needed",
    403: "Forbidden",
    404: "Not found",
    405: "Method not allowed",
    408: "Too slow",
    409: "Conflict",
    412: "Changed meanwhile",
    413: "Too large",
    415: "Not JSON",
    422: "Cannot be answered as asked",
    428: "If-Match needed",
    429: "Too many requests",
    500: "Internal error",
    503: "Not available now",
    507: "No room",
}
# Options with another name on the command line.
OPTIONS = sorted(
    {
        one.name
        for options in (SearchOptions, RelatedOptions, StoriesOptions, Filters)
        for one in fields(options)
        if "_" in one.name
    }
)
ROUTING = {404: "no_such_page", 405: "method_not_allowed"}
SAID = {
    "no_such_page": "There is no such page; /openapi.json lists what there is.",
    "method_not_allowed": "This method is not answered here; Allow says which are.",
}
# The status is that of the first of these classes that an error belongs to.
STATUSES: tuple[tuple[type[RecommenderError], int], ...] = (
    (TooLarge, 413),
    (QueryError, 422),
    (NotFound, 404),
    (SnapshotError, 503),
    (EncoderError, 503),
    (RulesChanged, 409),
    (StorageError, 507),
)


@dataclass
class Refused(Exception):
    """A request that the service refuses, with the status, code and headers of the answer."""

    status: int
    code: str
    detail: str
    headers: Mapping[str, str] = field(default_factory=dict)
    suggestions: Sequence[Mapping[str, str]] = ()


def refusal_of(error: Exception) -> Refused:
    """Return an error as the refusal that a client may see."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, ClientDisconnect):
        return Refused(400, "bad_request", "The request ended before its body did.")
    if isinstance(error, HTTPException):
        code = ROUTING.get(error.status_code, "bad_request")
        detail = SAID.get(code, error.detail)
        return Refused(error.status_code, code, detail, dict(error.headers or {}))
    if not isinstance(error, RecommenderError):
        return Refused(500, "internal", "The service failed; its log says more.")
    for kind, status in STATUSES:
        if isinstance(error, kind):
            headers = {"Retry-After": "5"} if status == 503 else {}
            suggestions = getattr(error, "suggestions", ())
            return Refused(status, error.code, _detail(error), headers, suggestions)
    return Refused(500, error.code, "The service failed; its log says more.")


def _detail(error: RecommenderError) -> str:
    """Return the part of an error that a client may know."""
    match error:
        case ArticleNotFound():
            return "No published article has this id, address, path or title."
        case NotFound():
            text = str(error).rpartition("; ")[0] or str(error)  # without advice for a terminal
        case QueryError() | RulesChanged():
            text = _as_parameters(str(error))
        case SnapshotError():
            return "The index cannot be used now; the log of the service says why."
        case StorageError():
            return "This cannot be stored now: a file is full or cannot be written."
        case _:
            return "The model cannot be used now; the log of the service says why."
    return text if len(text) <= MAX_DETAIL else text[:MAX_DETAIL] + "…"


def _as_parameters(text: str) -> str:
    """Return the message of an error with names of parameters in place of options."""
    for name in OPTIONS:
        option = name.replace("_", "-")
        text = text.replace(f"--{option} ({name}=)", name)
        if text.startswith(f"{option} "):
            text = name + text.removeprefix(option)
    return text


def problem(refused: Refused) -> Response:
    """Return a refusal as a response."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": TITLES.get(refused.status, "Error"),
        "status": refused.status,
        "code": refused.code,
        "detail": refused.detail,
    }
    if refused.suggestions:
        body["suggestions"] = refused.suggestions
    headers = {"Cache-Control": "no-store", **refused.headers}
    return Response(
        to_json(body) + "\n", refused.status, headers, media_type="application/problem+json"
    )


def for_people(scope: Scope) -> bool:
    """Return whether a request wants a page to read."""
    accepted = Headers(scope=scope).get("accept", "")
    return "text/html" in accepted and not scope["path"].startswith("/v1/")


def described(error: Exception) -> str:
    """Return an error for the log: for one of ours its message, for others only the place.

    The message of another error may hold the text of a question.
    """
    if isinstance(error, RecommenderError):
        return f"{error.code}: {error}"
    places = traceback.extract_tb(error.__traceback__)[-6:]
    reason = f" ({error.strerror})" if isinstance(error, OSError) else ""  # names no file
    where = " < ".join(f"{Path(one.filename).name}:{one.lineno}" for one in reversed(places))
    return f"{type(error).__name__}{reason} at {where}"
