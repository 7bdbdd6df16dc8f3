"""Render a page in its frame: the words of the reader's language, every text escaped."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import Response

from recommender.errors import QueryError
from recommender.render.text_layout import web_line
from recommender.serve.access import COOKIE as COOKIE_OF_SESSION
from recommender.serve.access import Access
from recommender.serve.pages.texts import COOKIE, LANGUAGES, chosen, direction, words_of
from recommender.serve.problems import Refused
from recommender.serve.service import Service
from recommender.types import UNKNOWN_LANGUAGE, Paragraph, Role

TEMPLATES = Path(__file__).parents[2] / "data" / "serve" / "templates"
MAX_FIELDS = 20


@dataclass(frozen=True)
class Frame:
    """What every page needs: the service and the templates."""

    service: Service

    @cached_property
    def _environment(self) -> Environment:
        found = Environment(
            loader=FileSystemLoader(TEMPLATES, followlinks=False),
            autoescape=True,
            undefined=StrictUndefined,
            auto_reload=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        found.filters |= {
            "line": web_line,
            "tag": language_attribute,
            "query": lambda values: urlencode(values, doseq=True),
            "web": web_address,
            "minute": minute,
            "direction": text_direction,
            "title_number": title_number,
        }
        found.tests["web"] = lambda url: bool(web_address(url))
        return found

    def page(self, request: Request, template: str, status: int = 200, **context: Any) -> Response:
        """Return a page made of a template."""
        language = language_of(request)
        words = words_of(language)
        text = self._environment.get_template(template).render(
            words=words,
            say=lambda name, **values: words[name].format(**values),
            language=language,
            direction=direction(language),
            languages=[(code, words_of(code)["language_name"]) for code in LANGUAGES],
            here=here(request),
            has_desk=self.service.doorkeeper.has_desk,
            is_desk=request.state.access is Access.DESK,
            has_session=COOKIE_OF_SESSION in request.cookies,
            **context,
        )
        return Response(text, status, self.headers(request), media_type="text/html")

    def headers(self, request: Request) -> dict[str, str]:
        """Return the headers of a page, which browsers ask for again before they show it."""
        return {
            "Cache-Control": "private, no-cache",
            "Vary": "Cookie, Accept-Language",
            "Content-Language": language_of(request),
        }

    def tag(self, request: Request) -> str:
        """Return the ETag of a page: another whenever the page may differ for this reader."""
        reader = f"{language_of(request)} {COOKIE_OF_SESSION in request.cookies}"
        path, query = request.url.path, request.scope["query_string"]
        return self.service.tag(request.state.access, "page", reader, path, query)

    def said(self, request: Request, refused: Refused | None) -> str:
        """Return what a refusal says in the reader's language; empty if that has no words for it.

        Empty too without a refusal.
        """
        code = refused.code if refused else ""
        return words_of(language_of(request)).get(f"error_{code}", "")

    def error(self, request: Request, refused: Refused) -> Response:
        """Return a refusal as a page."""
        found = self.page(
            request,
            "error.html",
            refused.status,
            said=self.said(request, refused),
            detail=refused.detail,
            suggestions=refused.suggestions,
        )
        found.headers.update(refused.headers)
        return found


def language_of(request: Request) -> str:
    """Return the language in which the pages speak to a reader."""
    return chosen(request.cookies.get(COOKIE, ""), request.headers.get("accept-language", ""))


def minute(time: str) -> str:
    """Return a moment, which is written as ISO has it, as people read it: to the minute."""
    return time[:16].replace("T", " ")


def language_attribute(language: str) -> str:
    """Return the attribute `lang` of a text; it is empty if its language is not known."""
    return "" if language == UNKNOWN_LANGUAGE else language


def text_direction(language: str) -> str:
    """Return the attribute `dir` of a text: by its language, else by its letters."""
    return "auto" if language == UNKNOWN_LANGUAGE else direction(language)


def title_number(paragraphs: Sequence[Paragraph]) -> int:
    """Return the number of the paragraph that is the title, 0 if it is a field of its own."""
    return next((one.number for one in paragraphs if one.role == Role.TITLE), 0)


def web_address(url: str) -> str:
    """Return an address that a page may link to: of the web; empty for any other."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    return url if parts.scheme in ("http", "https") and parts.netloc else ""


def here(request: Request) -> str:
    """Return the address of a page below this service."""
    query = request.scope["query_string"].decode("ascii", "replace")
    path: str = request.scope["path"]
    return f"{path}?{query}" if query else path


def is_below(address: str) -> bool:
    """Tell whether an address leads to a page of this service."""
    return (
        address.startswith("/")
        and not address.startswith(("//", "/\\"))
        and address.isascii()
        and address.isprintable()
    )


def filled(values: Mapping[str, Sequence[str]]) -> dict[str, Sequence[str]]:
    """Return the fields of a form that hold anything."""
    return {name: given for name, given in values.items() if any(one.strip() for one in given)}


async def form_of(request: Request) -> dict[str, str]:
    """Return the fields of a form that was sent, each once.

    Raises `QueryError` for too many fields and for bytes that are no UTF-8.
    """
    body = (await request.body()).decode("ascii", "replace")
    try:
        pairs = parse_qsl(body, True, errors="strict", max_num_fields=MAX_FIELDS)
    except ValueError as error:  # of which UnicodeDecodeError is one
        raise QueryError("the form cannot be read") from error
    return dict(pairs)
