"""Show the desk: the editors' rules, with who, when and why, to add to and to take away from."""

from __future__ import annotations

import hmac
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from recommender.answers.editorial_changes import (
    MAX_REASON,
    MAX_WHO,
    NewRule,
    add_rule,
    move_rule,
    notes_of,
    remove_rule,
)
from recommender.answers.options import RelatedOptions
from recommender.errors import NotFound, QueryError, RecommenderError, RulesChanged
from recommender.serve.access import COOKIE, SESSION_SECONDS, Access
from recommender.serve.archive import Edition
from recommender.serve.guard import host_name
from recommender.serve.options import LOOPBACK_NAMES
from recommender.serve.pages.frame import Frame, form_of, is_below, language_of
from recommender.serve.pages.texts import words_of
from recommender.serve.parameters import integer_of
from recommender.serve.problems import Refused
from recommender.types import Filters

PREVIEWED = 5
MAX_NAME = 2_000
FIELDS = ("kind", "one", "other", "reason", "who")


@dataclass(frozen=True, slots=True)
class ShownRule:
    """A rule as the desk shows it: its articles with their titles, None if there is no such one.

    `up` and `down` are the lines of the pins of the same article before and after it, 0 for none.
    """

    kind: str
    line: int
    note: str
    articles: tuple[Mapping[str, str | None], ...]
    up: int = 0
    down: int = 0


async def login_page(frame: Frame, request: Request) -> Response:
    """Begin a session for the holder of a token, and go on to the page that was wanted."""
    form = await form_of(request) if request.method == "POST" else dict(request.query_params)
    to = form.get("to", "/")
    token = form.get("token", "")
    access = frame.service.doorkeeper.of_token(token)
    if access is Access.NONE:
        status = 403 if token else 200
        return frame.page(
            request, "login.html", status, to=to if is_below(to) else "/", is_wrong=bool(token)
        )
    found = RedirectResponse(to if is_below(to) else "/", 303, {"Cache-Control": "no-store"})
    is_local = host_name(request.headers.get("host", "")) in LOOPBACK_NAMES
    found.set_cookie(
        COOKIE,
        frame.service.doorkeeper.session(access),
        max_age=SESSION_SECONDS,
        httponly=True,
        samesite="strict",
        secure=not is_local,
    )
    return found


async def logout_page(_: Frame, __: Request) -> Response:
    """End the session of this browser."""
    found = RedirectResponse("/", 303, {"Cache-Control": "no-store"})
    found.delete_cookie(COOKIE, httponly=True, samesite="strict")
    return found


async def desk_page(frame: Frame, request: Request) -> Response:
    """Show the rules; a form that was sent adds one."""
    if refused := _not_allowed(request):
        return refused
    if request.method == "GET":
        return await _desk(frame, request)

    def change(rules: Path, form: Mapping[str, str]) -> None:
        edition = frame.service.archive.edition
        names = [form[name].strip() for name in ("one", "other") if form.get(name)]
        ids = [edition.article_id(name, is_desk=True) for name in names]
        who, reason = form.get("who", "")[:MAX_WHO], form.get("reason", "")[:MAX_REASON]
        rule = NewRule(form.get("kind", ""), ids, who, reason)
        add_rule(rules, rule, form.get("version", ""))

    return await _posted(frame, request, change)


async def undo_page(frame: Frame, request: Request) -> Response:
    """Take away the rule of a line."""

    def change(rules: Path, form: Mapping[str, str]) -> None:
        remove_rule(rules, integer_of("line", form.get("line", "")), form.get("version", ""))

    return await _posted(frame, request, change)


async def move_page(frame: Frame, request: Request) -> Response:
    """Move a pin to the place of another pin of the same article."""

    def change(rules: Path, form: Mapping[str, str]) -> None:
        line, to = (integer_of(name, form.get(name, "")) for name in ("line", "to"))
        move_rule(rules, line, to, form.get("version", ""))

    return await _posted(frame, request, change)


async def _posted(
    frame: Frame, request: Request, change: Callable[[Path, Mapping[str, str]], None]
) -> Response:
    """Change the file of rules as a form asks, if its sender may; show what came of it."""
    if refused := _not_allowed(request):
        return refused
    form = await _own_form(frame, request)

    def work() -> None:
        change(frame.service.archive.rules_path, form)
        frame.service.archive.refresh()

    try:
        await frame.service.pool.run(work)
    except RulesChanged:
        message = words_of(language_of(request))["conflict"]
        return await _desk(frame, request, 409, message, form)
    except (QueryError, NotFound) as error:
        return await _desk(frame, request, 422, str(error), form)
    return RedirectResponse("/desk", 303)


async def _desk(
    frame: Frame,
    request: Request,
    status: int = 200,
    message: str = "",
    form: Mapping[str, str] | None = None,
) -> Response:
    facts = await frame.service.pool.run(lambda: _rules(frame))
    given = form or request.query_params
    name = request.query_params.get("preview", "").strip()[:MAX_NAME]
    if name:
        try:
            facts |= await frame.service.answer(lambda edition: _preview(edition, name))
        except (QueryError, NotFound) as error:
            status, message = 422, str(error)
    return frame.page(
        request,
        "desk.html",
        status,
        message=message,
        form_token=frame.service.doorkeeper.form_token(request.cookies.get(COOKIE, "")),
        fields={name: given.get(name, "") for name in FIELDS},
        previewed=name,
        **{"preview": None, **facts},
    )


def _rules(frame: Frame) -> dict[str, Any]:
    """Return the rules as they are now, by their lines, and the lines that are none."""
    with suppress(RecommenderError):  # the rules that were read last are shown
        frame.service.archive.refresh()
    edition = frame.service.archive.edition
    rules = edition.recommender.rules
    path = frame.service.archive.rules_path
    notes = notes_of(path)
    shown = [
        ShownRule(
            one.kind,
            one.line,
            notes.get(one.line, ""),
            tuple({"id": id, "title": _title_of(edition, id)} for id in one.ids),
        )
        for one in rules.editorial.rules
    ]
    problems = [one.replace(f"{path.parent}/", "") for one in rules.editorial.problems]
    return {"rules": _with_places(shown), "problems": problems, "version": rules.editorial.id}


def _with_places(rules: Sequence[ShownRule]) -> list[ShownRule]:
    """Return rules with the lines of the pins of the same article beside them."""
    pins: dict[str | None, list[int]] = {}
    for one in rules:
        if one.kind == "pin":
            pins.setdefault(one.articles[0]["id"], []).append(one.line)
    found = []
    for one in rules:
        lines = pins.get(one.articles[0]["id"], []) if one.kind == "pin" else [one.line]
        at = lines.index(one.line)
        up, down = (lines[at - 1] if at else 0), (lines[at + 1] if at + 1 < len(lines) else 0)
        found.append(replace(one, up=up, down=down))
    return found


def _preview(edition: Edition, name: str) -> dict[str, Any]:
    """Return what the site shows beside an article, and what rules keep out; raise if none."""
    id = edition.named(name, is_desk=True)
    options = RelatedOptions(k=PREVIEWED, filters=Filters(published_only=True))
    return {"preview": edition.recommender.answer_related(id, options=options)}


def _title_of(edition: Edition, id: str) -> str | None:
    position = edition.recommender.snapshot.find(id)
    return None if position is None else edition.recommender.snapshot.article(position).title


async def _own_form(frame: Frame, request: Request) -> dict[str, str]:
    """Return the fields of a form that a page of this session sent; raise `Refused` otherwise."""
    form = await form_of(request)
    expected = frame.service.doorkeeper.form_token(request.cookies.get(COOKIE, ""))
    if not hmac.compare_digest(form.get("form", "").encode(), expected.encode()):
        raise Refused(403, "foreign_form", "This form is not from a page of your session.")
    return form


def _not_allowed(request: Request) -> Response | None:
    """Return what leads to the login, unless the request is from an editor."""
    if request.state.access is Access.DESK:
        return None
    if request.method == "GET":
        return RedirectResponse("/login?to=/desk", 303)
    raise Refused(403, "desk_token_needed", "Sign in first.")
