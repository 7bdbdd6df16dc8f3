"""List the pages and their addresses."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from recommender.serve.api import PACKED, is_known, not_changed
from recommender.serve.pages.desk import (
    desk_page,
    login_page,
    logout_page,
    move_page,
    undo_page,
)
from recommender.serve.pages.frame import Frame, is_below
from recommender.serve.pages.reading import article_page, compare_page, search_page
from recommender.serve.pages.texts import COOKIE, LANGUAGES
from recommender.serve.pages.working import (
    docs_page,
    draft_page,
    duplicates_page,
    health_page,
    stories_page,
)
from recommender.serve.problems import Refused

STATIC = Path(__file__).parents[2] / "data" / "serve" / "static"
TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
YEAR = 365 * 24 * 3600

Show = Callable[[Frame, Request], Awaitable[Response]]


def page_routes(frame: Frame) -> list[Route]:
    """Return the routes of the pages and of what they load."""

    def route(path: str, show: Show, *methods: str, packed: bool = False) -> Route:
        async def handle(request: Request) -> Response:
            return await show(frame, request)

        packing = PACKED if packed else ()
        return Route(path, handle, methods=methods or ("GET",), middleware=packing)

    def answer(path: str, show: Show) -> Route:
        """Return the route of a page that is the same until the archive changes."""

        async def handle(request: Request) -> Response:
            tag = frame.tag(request)
            headers = {**frame.headers(request), "ETag": tag}
            if is_known(request, tag):
                return not_changed(headers)
            page = await show(frame, request)
            page.headers["ETag"] = tag
            return page

        return Route(path, handle, methods=["GET"], middleware=PACKED)

    return [
        answer("/", search_page),
        answer("/article", article_page),
        answer("/compare", compare_page),
        route("/draft", draft_page, "GET", "POST"),
        answer("/stories", stories_page),
        answer("/duplicates", duplicates_page),
        route("/health", health_page, packed=True),
        route("/docs", docs_page, packed=True),
        route("/desk", desk_page, "GET", "POST"),
        route("/desk/undo", undo_page, "POST"),
        route("/desk/move", move_page, "POST"),
        route("/login", login_page, "GET", "POST"),
        route("/logout", logout_page, "POST"),
        route("/language", _set_language),
        *(_static(path) for path in sorted(STATIC.iterdir())),
    ]


async def _set_language(_: Frame, request: Request) -> Response:
    """Remember the language of the pages, and go back."""
    to, back = (request.query_params.get(name, "") for name in ("to", "back"))
    if to not in LANGUAGES:
        raise Refused(422, "bad_language", f"Give one of {', '.join(LANGUAGES)}.")
    found = RedirectResponse(back if is_below(back) else "/", 303)
    found.set_cookie(COOKIE, to, max_age=YEAR, httponly=True, samesite="lax")
    return found


def _static(path: Path) -> Route:
    """Return the route of a file, which is read now: no request opens one."""
    content = path.read_bytes()

    async def handle(_: Request) -> Response:
        headers = {"Cache-Control": "public, max-age=300"}
        return Response(content, headers=headers, media_type=TYPES[path.suffix])

    return Route(f"/static/{path.name}", handle, middleware=PACKED)
