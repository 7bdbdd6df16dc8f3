"""List what the API changes: articles, the editors' rules, counts of clicks; a record for each.

Articles are written with a token for writing, rules with the token of the desk.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from starlette.requests import Request
from starlette.responses import Response

from recommender.articles.files import article_id
from recommender.errors import QueryError, SourceError
from recommender.evaluate.clicks import MAX_POSITION, ClickStore
from recommender.render.text_layout import to_json
from recommender.serve.access import Access
from recommender.serve.bodies import json_of
from recommender.serve.hooks import (
    GHOST_PATH,
    SIGNATURE_HEADER,
    Change,
    change_of_ghost,
    change_of_wordpress,
    is_signed_by_ghost,
    unsigned,
)
from recommender.serve.news import look, news_now
from recommender.serve.parameters import check_known, check_whole, integer_of, query_of
from recommender.serve.problems import Refused
from recommender.serve.questions import PAGED, Json, Own, Question
from recommender.serve.rules import delete_rule, put_rule, rules_now
from recommender.serve.schema import list_of, object_schema
from recommender.serve.service import Service
from recommender.serve.writing import Write, Writer

MAX_ARTICLES = 100
# An address that removes an article: it is no error if it names none.
MAX_ID = 2_000

Needs = Literal["read", "desk", "write", "signature"]
Act = Callable[[Service, Request], Awaitable[Response]]

_TEXT: Json = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Action:
    """An endpoint that changes something, or shows what only editors and writers may see.

    `needs` says whose token. `body` is the schema of the request. `example` is the part of a curl
    command after the address; `query` is in the address.
    """

    method: str
    path: str
    summary: str
    needs: Needs
    act: Act
    answer: str = ""
    status: int = 200
    body: Json | None = None
    own: tuple[Own, ...] = ()
    example: str = ""
    query: str = ""


def check_may(request: Request, needs: Needs) -> None:
    """Raise `Refused` unless the request has the token that an action needs."""
    if needs == "desk" and request.state.access is not Access.DESK:
        raise Refused(403, "desk_token_needed", "This needs the token of the desk.")
    if needs == "write" and not request.state.may_write:
        raise Refused(403, "write_token_needed", "This needs the token for writing.")


async def put_articles(service: Service, request: Request) -> Response:
    """Queue articles to be added or replaced."""
    body = await request.body()
    rows = await asyncio.to_thread(lambda: _rows_of(json_of(body)))  # which may be large
    return _accepted(_writer(service).put(rows, len(body)))


def _rows_of(body: Any) -> list[Any]:
    """Return the articles of a body; raise `QueryError` unless each has an id."""
    rows = body.get("articles", [body]) if isinstance(body, dict) else body
    if not isinstance(rows, list) or not 1 <= len(rows) <= MAX_ARTICLES:
        raise QueryError(f"send one article, or 1 to {MAX_ARTICLES} of them in articles")
    for number, row in enumerate(rows, 1):
        id = row.get("id") if isinstance(row, dict) else None
        if not isinstance(id, str) or not id.strip():
            raise QueryError(f"article {number}: give it an id, a text")
        check_whole("an id", id)
        try:
            article_id(id)
        except SourceError as error:
            raise QueryError(f"article {number} {error}") from error
    return rows


async def delete_articles(service: Service, request: Request) -> Response:
    """Queue articles to be removed."""
    ids = request.query_params.getlist("id")
    check_known(request.query_params, "id")
    if not 1 <= len(ids) <= MAX_ARTICLES or any(not 0 < len(id) <= MAX_ID for id in ids):
        raise QueryError(f"give 1 to {MAX_ARTICLES} ids of 1 to {MAX_ID} characters")
    return _accepted(_writer(service).delete(ids))


async def show_write(service: Service, request: Request) -> Response:
    """Return the state of a write."""
    found = _writer(service).find(request.path_params["id"])
    if found is None:
        raise Refused(404, "build_not_found", "None of the last writes has this id.")
    return _json(found.json())


async def from_ghost(service: Service, request: Request) -> Response:
    """Queue the change of a webhook of Ghost: a post to put or to remove."""
    _writer(service)  # raises before anything is read
    body = await request.body()
    signature, secret = request.headers.get(SIGNATURE_HEADER, ""), service.options.write_token
    if not await asyncio.to_thread(lambda: is_signed_by_ghost(signature, body, secret)):
        raise unsigned()
    change = await asyncio.to_thread(lambda: change_of_ghost(json_of(body)))
    return _changed(service, change, len(body))


async def from_wordpress(service: Service, request: Request) -> Response:
    """Queue a post of WordPress to put or to remove."""
    body = await request.body()
    change = await asyncio.to_thread(lambda: change_of_wordpress(json_of(body)))
    return _changed(service, change, len(body))


def _changed(service: Service, change: Change, size: int) -> Response:
    writer = _writer(service)
    if change.article is None:
        return _accepted(writer.delete([change.id]))
    return _accepted(writer.put([change.article], size))


async def get_rules(service: Service, request: Request) -> Response:
    """Return the editors' rules."""
    check_known(request.query_params)
    return _rules(await service.pool.run(lambda: rules_now(service.archive)))


async def add_a_rule(service: Service, request: Request) -> Response:
    """Add a rule."""
    check_known(request.query_params)
    fields = json_of(await request.body())
    if not isinstance(fields, dict):
        raise QueryError("the body is not an object")
    tag = request.headers.get("if-match", "")
    return _rules(await service.pool.run(lambda: put_rule(service.archive, fields, tag)))


async def remove_a_rule(service: Service, request: Request) -> Response:
    """Remove the rule in a line."""
    check_known(request.query_params, "line")
    line = integer_of("line", request.query_params.get("line", ""))
    tag = request.headers.get("if-match", "")
    return _rules(await service.pool.run(lambda: delete_rule(service.archive, line, tag)))


async def get_news(service: Service, request: Request) -> Response:
    """Return the news of the last looks."""
    question = Question(query_of(request), service.options.limits, is_desk=True)
    return _json(await service.answer(lambda edition: news_now(edition, question)))


async def look_for_news(service: Service, request: Request) -> Response:
    """Look for news as `recommender news` does."""
    check_known(request.query_params)
    found = await service.long_pool.run(lambda: look(service.archive, service.options))
    await service.pool.run(found.remember)  # a look that took too long is not: nobody has its news
    return _json(found.to_dict())


async def count_clicks(service: Service, request: Request) -> Response:
    """Count a list that was shown, or a click in it."""
    if service.options.clicks is None:
        raise Refused(404, "clicks_not_counted", "Start the service with --clicks FILE.")
    store, fields = ClickStore(service.options.clicks), json_of(await request.body())
    if not isinstance(fields, dict):
        raise QueryError("the body is not an object")
    await service.pool.run(lambda: _count(service, store, fields))
    return Response(status_code=204)


def _count(service: Service, store: ClickStore, fields: dict[str, Any]) -> None:
    is_list = "shown" in fields
    known = {"list", "from", *(("shown",) if is_list else ("to", "position"))}
    if set(fields) != known:
        raise QueryError(f"give {', '.join(sorted(known))} and nothing else")
    name, from_id = fields["list"], fields["from"]
    others = fields["shown"] if is_list else [fields["to"]]
    named = [name, from_id, *others] if isinstance(others, list) else [None]
    if not all(isinstance(one, str) for one in named):
        raise QueryError("list, from and to are texts, shown is a list of ids")
    edition = service.archive.edition
    for id in [from_id, *others[:MAX_POSITION]]:
        if edition.named(id) != id or edition.recommender.snapshot.find(id) is None:
            raise QueryError(f"{id[:80]!r} is not an id of an article, but another name of it")
    if is_list:
        store.shown(name, from_id, others)
    else:
        store.clicked(name, from_id, others[0], integer_of("position", fields["position"]))


def _writer(service: Service) -> Writer:
    if service.writer is None:
        raise Refused(404, "writing_off", "Articles are not written here; see --write-token-file.")
    return service.writer


def _accepted(write: Write) -> Response:
    return _json(write.json(), 202, {"Location": f"/v1/builds/{write.id}"})


def _rules(rules: Json) -> Response:
    return _json(rules, headers={"ETag": f'"{rules["version"]}"'})


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    content = to_json(value, indent=2) + "\n"
    return Response(
        content,
        status,
        {"Cache-Control": "no-store", **(headers or {})},
        media_type="application/json",
    )


def _described(schema: Json, description: str) -> Json:
    return {**schema, "description": description}


def _text(description: str) -> Json:
    return _described(_TEXT, description)


_ROW = object_schema(
    {
        "id": _text("The id, under which an article replaces an earlier one."),
        "title": _text("The headline."),
        "text": _text("The text, with blank lines between paragraphs."),
        "language": _text("The language, such as nl; without it, the text shows it."),
        "date": _text("The date: 2022, 2022-12 or 2022-12-28."),
        "url": _text("The address of the page."),
        "section": _text("The section, such as sport."),
        "status": _text("A word such as draft; without one, the article is public."),
    },
    ("id",),
)
_ROWS = _described(list_of(_ROW), "Several articles, each with these fields.")
_KIND: Json = {"enum": ["pin", "ban", "never"]}
_RULE = object_schema(
    {
        "kind": _KIND,
        "ids": _described(list_of(_TEXT), "The ids of the articles, in the order of the rule."),
        "who": _text("Who adds the rule."),
        "reason": _text("Why it is added."),
    },
    ["kind", "ids"],
)
_LIST, _FROM = _text("The name of the list on the page."), _text("The id of the article read.")
_POSITION: Json = {"type": "integer", "description": "The place in the list, from 1 on."}
_CLICK = object_schema(
    {"list": _LIST, "from": _FROM, "to": _text("The id clicked."), "position": _POSITION},
    ["list", "from", "to", "position"],
)
_SHOWN = object_schema(
    {"list": _LIST, "from": _FROM, "shown": _described(list_of(_TEXT), "The ids shown, in order.")},
    ["list", "from", "shown"],
)
_IF_MATCH = "-H 'If-Match: *' "
_ID = Own("id", "The id of an article to remove; may be repeated.", is_repeatable=True)
_WATCH = Own("watch", "The name of one saved search.", is_required=False)

ACTIONS = (
    Action(
        "PUT",
        "/v1/articles",
        "Add or replace articles: one, or several in `articles`. They are written soon after.",
        "write",
        put_articles,
        "Write",
        202,
        {"anyOf": [_ROW, object_schema({"articles": _ROWS}, ["articles"])]},
        example='-d \'{"id": "a-new-article", "title": "De brug", "text": "De brug is open."}\'',
    ),
    Action(
        "DELETE",
        "/v1/articles",
        "Remove articles. Articles that do not exist are named in `missing`, without an error.",
        "write",
        delete_articles,
        "Write",
        202,
        own=(_ID,),
        query="id=a-new-article",
    ),
    Action(
        "GET",
        "/v1/builds/{id}",
        "Return what became of a write: waiting, writing, done or failed.",
        "write",
        show_write,
        "Write",
    ),
    Action(
        "POST",
        GHOST_PATH,
        "Take a webhook of Ghost: put what was published, remove what was withdrawn.",
        "signature",
        from_ghost,
        "Write",
        202,
        {"type": "object"},
    ),
    Action(
        "POST",
        "/v1/hooks/wordpress",
        "Take a post of the REST API of WordPress: put it, or remove it if it is not public.",
        "write",
        from_wordpress,
        "Write",
        202,
        {"type": "object"},
        example='-d \'{"guid": {"rendered": "https://www.example.org/?p=1"}, "status": "draft"}\'',
    ),
    Action(
        "GET",
        "/v1/rules",
        "Return the editors' rules, with who added each, when and why.",
        "desk",
        get_rules,
        "Rules",
    ),
    Action(
        "PUT",
        "/v1/rules",
        "Add a rule: pin, ban or never. If-Match holds the ETag of the rules that were read.",
        "desk",
        add_a_rule,
        "Rules",
        body=_RULE,
        example=_IF_MATCH
        + '-d \'{"kind": "pin", "ids": ["000_1010306ca34bd51d", "en-bakhmut-battle"], '
        '"who": "Ann"}\'',
    ),
    Action(
        "DELETE",
        "/v1/rules",
        "Remove the rule in a line of the file.",
        "desk",
        remove_a_rule,
        "Rules",
        own=(Own("line", "The line of the rule.", "2", "integer"),),
        example=_IF_MATCH.strip(),
        query="line=2",
    ),
    Action(
        "GET",
        "/v1/news",
        "Return the news that the last looks for saved searches found, the newest first.",
        "desk",
        get_news,
        "News",
        own=(_WATCH, *PAGED),
        query="limit=5&fields=watch,found,article_id,title",
    ),
    Action(
        "POST",
        "/v1/news",
        "Look for news of the saved searches, as recommender news does.",
        "desk",
        look_for_news,
        "Look",
    ),
    Action(
        "POST",
        "/v1/clicks",
        "Count a list that was shown beside an article, or a click in it. Nobody is recorded.",
        "read",
        count_clicks,
        "",
        204,
        {"anyOf": [_CLICK, _SHOWN]},
        example='-d \'{"list": "a", "from": "000_1010306ca34bd51d", "to": "en-bakhmut-battle", '
        '"position": 1}\'',
    ),
)
