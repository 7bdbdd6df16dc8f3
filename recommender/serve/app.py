"""Put the service together as an ASGI application."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recommender.answers.recommender import Recommender
from recommender.errors import RecommenderError
from recommender.serve.api import api_routes
from recommender.serve.guard import Guard, WriteLine, write_log
from recommender.serve.options import ServeOptions
from recommender.serve.pages.frame import Frame
from recommender.serve.pages.routes import page_routes
from recommender.serve.problems import Refused, described, for_people, problem, refusal_of
from recommender.serve.service import Service


class Catcher:
    """Answers a request that failed unexpectedly; Starlette would print the error with its text."""

    def __init__(
        self, app: ASGIApp, refuse: Callable[[Request, Exception], Awaitable[Response]]
    ) -> None:
        self._app = app
        self._refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let the application answer."""
        is_begun = False

        async def noted(message: Message) -> None:
            nonlocal is_begun
            is_begun = True
            await send(message)

        try:
            await self._app(scope, receive, noted)
        except Exception as error:
            if scope["type"] != "http" or is_begun:
                raise
            response = await self._refuse(Request(scope), error)
            await response(scope, receive, send)


def _agent_routes(service: Service) -> Sequence[BaseRoute]:
    """Return the routes of agents; their requests wait in the same queue as others."""
    if not service.options.mcp:
        return ()
    from recommender.serve.agents import agent_routes  # needs the extra `mcp`

    routes, server = agent_routes(service.archive, service.pool.run, service.long_pool.run)
    service.beside.append(server.session_manager.run)
    return routes


def make_app(
    options: ServeOptions,
    open: Callable[[Path | str], Recommender] | None = None,
    write: WriteLine = write_log,
) -> ASGIApp:
    """Return the application over the live snapshot of the index.

    `open` opens the index another way, as with an encoder of one's own; `write` takes the lines of
    the log. Raises a `SnapshotError` if there is no index.
    """
    service = Service.start(options, open, write)
    frame = Frame(service)
    routes = [*api_routes(service), *page_routes(frame), *_agent_routes(service)]
    app = Starlette(routes=routes, lifespan=service.lifespan)
    app.router.redirect_slashes = False
    app.state.service = service

    async def refuse(request: Request, error: Exception) -> Response:
        refused = refusal_of(error)
        if refused.status >= 500 and refused.code != "busy":
            service.log("failed", reason=described(error))
        return frame.error(request, refused) if for_people(request.scope) else problem(refused)

    for kind in (HTTPException, RecommenderError, Refused):
        app.add_exception_handler(kind, refuse)
    app.add_middleware(Catcher, refuse=refuse)
    return Guard(app, options, service.requests, write, frame.error)
