"""Answer the requests of programs: the operations of the API, its document, health and metrics."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from recommender.errors import QueryError
from recommender.render.text_layout import to_json
from recommender.serve.access import Access
from recommender.serve.actions import ACTIONS, Action, check_may
from recommender.serve.bodies import values_of
from recommender.serve.metrics import exposition
from recommender.serve.openapi import openapi
from recommender.serve.operations import OPERATIONS
from recommender.serve.parameters import query_of
from recommender.serve.problems import Refused
from recommender.serve.questions import Operation, Question
from recommender.serve.service import Service

# Compresses long answers for clients that accept it. A page with a secret beside text of the client
# must not be compressed: its length would reveal the secret (BREACH).
PACKED = (Middleware(GZipMiddleware, minimum_size=1_024, compresslevel=5),)

# The articles are on their own site; crawlers would ask for each pair of them here.
ROBOTS = "User-agent: *\nDisallow: /\n"

Handler = Callable[[Request], Awaitable[Response]]


def api_routes(service: Service) -> list[Route]:
    """Return the routes of the API."""
    routes = [
        Route(one.path, _handler(service, one), methods=[one.method], middleware=PACKED)
        for one in OPERATIONS
    ]
    routes += [Route(one.path, _acting(service, one), methods=[one.method]) for one in ACTIONS]
    document = (to_json(openapi(), indent=2) + "\n").encode()

    async def healthz(_: Request) -> Response:
        return Response("ok\n", media_type="text/plain")

    async def readyz(_: Request) -> Response:
        if service.is_stopping:
            raise Refused(503, "stopping", "The service is stopping.", {"Retry-After": "5"})
        return Response("ready\n", media_type="text/plain")

    async def robots(_: Request) -> Response:
        return Response(ROBOTS, media_type="text/plain")

    async def metrics(_: Request) -> Response:
        return Response(exposition(service.metrics()), media_type="text/plain; version=0.0.4")

    async def description(_: Request) -> Response:
        return Response(document, media_type="application/json")

    return [
        *routes,
        Route("/healthz", healthz),
        Route("/readyz", readyz),
        Route("/robots.txt", robots),
        Route("/metrics", metrics),
        Route("/openapi.json", description, middleware=PACKED),
    ]


def _handler(service: Service, operation: Operation) -> Handler:
    async def handle(request: Request) -> Response:
        access: Access = request.state.access
        body = await request.body() if operation.method == "POST" else b""
        tag = service.tag(access, operation.path, request.scope["query_string"], body)
        if is_known(request, tag):
            return not_changed(_caching(tag))
        values = _body_values(request, body) if operation.method == "POST" else query_of(request)
        question = Question(values, service.options.limits, access is Access.DESK)
        began = time.perf_counter()
        content = await service.answer(
            lambda edition: _rendered(operation, operation.ask(edition, question)),
            is_long=operation.is_long,
        )
        took = (time.perf_counter() - began) * 1000
        headers = {**_caching(tag), "Server-Timing": f"answer;dur={took:.1f}"}
        return Response(content, headers=headers, media_type=operation.media)

    return handle


def _acting(service: Service, action: Action) -> Handler:
    async def handle(request: Request) -> Response:
        check_may(request, action.needs)
        return await action.act(service, request)

    return handle


def _rendered(operation: Operation, answer: Any) -> bytes:
    match operation.media:
        case "text/html":
            return str(answer).encode()
        case "application/x-ndjson":
            return "".join(f"{to_json(one)}\n" for one in answer).encode()
    return (to_json(answer, indent=2) + "\n").encode()


def _caching(tag: str) -> dict[str, str]:
    return {"ETag": tag, "Cache-Control": "private, no-cache", "Vary": "Authorization, Cookie"}


def is_known(request: Request, tag: str) -> bool:
    """Return whether the client has the answer with this ETag; a proxy may have made it strong."""
    known = request.headers.get("if-none-match", "").split(",")
    return _opaque(tag) in map(_opaque, known)


def not_changed(headers: Mapping[str, str]) -> Response:
    """Return the answer to a client that has what it asks for: it varies as that does."""
    found = Response(status_code=304, headers=headers)
    found.headers.add_vary_header("Accept-Encoding")
    return found


def _opaque(tag: str) -> str:
    return tag.strip().removeprefix("W/")


def _body_values(request: Request, body: bytes) -> Mapping[str, Sequence[Any]]:
    """Return the values of each name in a body of JSON. Raises `Refused` for another type."""
    if query_of(request):
        raise QueryError("give the options in the body, none in the address")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Refused(415, "not_json", "Send a body of type application/json.")
    return values_of(body)
