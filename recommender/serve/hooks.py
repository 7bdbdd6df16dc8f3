"""Read the messages of content management systems about published and withdrawn posts."""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

from recommender import clock
from recommender.errors import QueryError, SourceError
from recommender.serve.problems import Refused
from recommender.settings import DEFAULTS
from recommender.types import Article, Refusal

# A signed message may be so old; an older one could be somebody else's copy.
SIGNED_SECONDS = 300
GHOST_PATH = "/v1/hooks/ghost"
SIGNATURE_HEADER = "x-ghost-signature"
_SIGNATURE = re.compile(r"sha256=([0-9a-f]{64}), ?t=(\d{10,16})", re.ASCII)


@dataclass(frozen=True, slots=True)
class Change:
    """What a message asks for: an article to put, or the id of one to delete."""

    article: Article | None = None
    id: str = ""


def is_signed_by_ghost(header: str, body: bytes, secret: str) -> bool:
    """Return whether Ghost signed a body with a secret, a short while ago.

    The header `X-Ghost-Signature` holds the HMAC-SHA256 of the body and the time, in milliseconds,
    which follows it.
    """
    found = _signature(header)
    if not secret or not found:
        return False
    expected = hmac.new(secret.encode(), body + found[2].encode(), hashlib.sha256).hexdigest()
    return hmac.compare_digest(expected, found[1])


def may_be_signed(header: str, secret: str) -> bool:
    """Return whether Ghost may have signed a body, by the header alone, before it is read."""
    return bool(secret) and _signature(header) is not None


def unsigned() -> Refused:
    """Return the refusal of a message that Ghost did not sign."""
    return Refused(401, "bad_signature", "This is not signed with the token for writing.")


def _signature(header: str) -> re.Match[str] | None:
    """Return the HMAC and the time of a header, None for one that is malformed or too old."""
    found = _SIGNATURE.fullmatch(header.strip())
    if not found or abs(clock.now().timestamp() - int(found[2]) / 1000) > SIGNED_SECONDS:
        return None
    return found


def change_of_ghost(message: Any) -> Change:
    """Return the change of a post or page in a webhook of Ghost.

    `current` is empty if it was deleted. Raises `QueryError` for another message.
    """
    # A service that only answers imports no readers.
    from recommender.articles.fields import object_of

    told = message.get("post", message.get("page")) if isinstance(message, dict) else None
    if not isinstance(told, dict):
        raise QueryError("the body is not a message of Ghost about a post or a page")
    current, previous = (object_of(told.get(name)) for name in ("current", "previous"))
    id = str(current.get("id") or previous.get("id") or "")
    if not id:
        raise QueryError("the post has no id")
    if current.get("status") != "published":
        return Change(id=id)
    from recommender.articles.files import SourceFile
    from recommender.articles.formats import ghost

    # Its name for the kind of a post is in the message, not in the post.
    post = {"title": "", "uuid": id, **current}
    for found in ghost.read_value(SourceFile(Path("ghost"), "ghost"), {"posts": [post]}, DEFAULTS):
        match found:
            case Article():
                return Change(found)
            case Refusal():
                raise QueryError(f"the post cannot be read: it {found.reason}")
    return Change(id=id)


def change_of_wordpress(post: Any) -> Change:
    """Return the change of a post of the REST API of WordPress, by its status.

    Raises `QueryError` for another body.
    """
    from recommender.articles.fields import object_of
    from recommender.articles.files import article_id
    from recommender.articles.formats import wordpress

    told = object_of(post)
    guid = object_of(told.get("guid")).get("rendered")
    if not isinstance(guid, str) or not guid.strip():
        raise QueryError("the body is not a post of WordPress: it has no guid")
    is_public = told.get("status") == "publish"
    is_public = is_public and not object_of(told.get("content")).get("protected")
    try:
        id = article_id(unescape(guid).strip(), "guid")
        # A post that is not public comes without its text, and is not read.
        found = wordpress.read_post(told, "wordpress", DEFAULTS) if is_public else None
    except SourceError as error:
        raise QueryError(f"the post cannot be read: it {error}") from error
    return Change(found) if isinstance(found, Article) else Change(id=id)
