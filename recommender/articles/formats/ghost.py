"""Read the posts and pages of a Ghost export, or of its Content API, each as one article."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from recommender.articles.clean import (
    blocks_of_field,
    marked_blocks,
    plain_line,
    text_of_blocks,
)
from recommender.articles.fields import Dated, dated, list_of, object_of, text_of
from recommender.articles.files import SourceFile, plain_id
from recommender.articles.formats.ghost_text import lexical_blocks, mobiledoc_blocks
from recommender.articles.formats.markdown_blocks import markdown_blocks
from recommender.articles.left_out import Record, read_or_left_out
from recommender.articles.markup import Block, blocks_of_html
from recommender.articles.publication import Publication
from recommender.articles.status_words import status_of
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.types import (
    UNKNOWN_LANGUAGE,
    Article,
    Found,
    Mark,
    Notice,
    NoticeKind,
    Refusal,
    Status,
)

_TYPES = ("post", "page", "")


def is_export(value: Any) -> bool:
    """Return whether a value is a Ghost export, or an answer of its Content API."""
    return any(_is_post(post) for data in _data(value) for post in data["posts"][:1])


def read_value(file: SourceFile, value: Any, settings: Settings) -> Iterator[Found]:
    """Yield each post's article, notice or refusal; the place is `path:position`."""
    number = 0
    for data in _data(value):
        names = _Names(data)
        for post in data["posts"]:
            number += 1
            place = f"{file.name}:{number}"
            try:
                yield _found_in(post, names, place, settings)
            except SourceError as error:
                yield Refusal(place, str(error))


def _data(value: Any) -> list[Mapping[str, Any]]:
    """Return the objects of a value that hold posts."""
    tops = value if isinstance(value, list) else [value]
    if tops and all(_is_post(one) for one in tops):
        return [{"posts": tops}]
    found: list[Mapping[str, Any]] = []
    for top in tops:
        if not isinstance(top, dict):
            continue
        databases = top.get("db") if isinstance(top.get("db"), list) else [top]
        for one in databases or ():
            data = one.get("data", one) if isinstance(one, dict) else None
            if isinstance(data, dict) and isinstance(data.get("posts"), list) and data["posts"]:
                found.append(data)
    return found


def _is_post(value: Any) -> bool:
    return (
        isinstance(value, dict)
        and "title" in value
        and any(name in value for name in _FORMS)
        and any(name in value for name in ("uuid", "published_at", "mobiledoc", "lexical"))
    )


class _Names:
    """The authors, tags and caption of each post, which an export keeps in other tables."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._users = _by_id(data.get("users"))
        self._tags = _by_id(data.get("tags"))
        self._authors = _joined(data.get("posts_authors"), "author_id", self._users)
        self._sections = _joined(data.get("posts_tags"), "tag_id", self._tags)
        self._more = {
            str(one.get("post_id")): one for one in map(object_of, list_of(data.get("posts_meta")))
        }

    def caption(self, post: Mapping[str, Any]) -> Any:
        """Return the caption of the picture above a post."""
        name = "feature_image_caption"
        return post.get(name) or self._more.get(str(post.get("id")), {}).get(name)

    def authors(self, post: Mapping[str, Any]) -> str:
        """Return the names of a post's authors."""
        own = text_of(post.get("authors")) or text_of(post.get("primary_author"))
        return own or ", ".join(
            self._authors.get(str(post.get("id")), ())
            or filter(None, [self._users.get(str(post.get("author_id")), "")])
        )

    def tags(self, post: Mapping[str, Any]) -> list[str]:
        """Return the names of a post's tags, without those for editors, which begin with #."""
        own = [text_of(tag) for tag in list_of(post.get("tags"))]
        found = own or self._sections.get(str(post.get("id")), [])
        return [name for name in found if name and not name.startswith("#")]


def _by_id(rows: Any) -> dict[str, str]:
    objects = (one for one in list_of(rows) if isinstance(one, dict))
    return {str(one.get("id")): text_of(one.get("name")) for one in objects}


def _joined(rows: Any, key: str, names: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the names that a table connects with each post."""
    joins = [one for one in list_of(rows) if isinstance(one, dict)]
    found: dict[str, list[str]] = {}
    for one in sorted(joins, key=lambda join: str(join.get("sort_order", "")).zfill(6)):
        if name := names.get(str(one.get(key))):
            found.setdefault(str(one.get("post_id")), []).append(name)
    return found


def _found_in(post: Any, names: _Names, place: str, settings: Settings) -> Article | Notice:
    """Return the article of a post, or a notice if it is not public."""
    if not isinstance(post, dict):
        raise SourceError("is not a post of Ghost")
    kind = text_of(post.get("type"))
    if kind not in _TYPES:
        return Notice(place, NoticeKind.UNPUBLISHED, kind)
    status = _status(post)
    record = Record(place, status, lambda: (_id(post), _version(post, _date(post))))
    return read_or_left_out(lambda: _article(post, names, place, status), record, settings)


def _article(post: Mapping[str, Any], names: _Names, place: str, status: str) -> Article:
    title = plain_line(text_of(post.get("title")))
    text, marks = _text(post, title, names.caption(post))
    if not text:
        raise SourceError("has no text")
    id, date = _id(post), _date(post)
    told = Publication(status).starting(date.start)
    tags = names.tags(post)
    return Article(
        id=id,
        title=title or opening(text),
        text=text,
        language=text_of(post.get("locale")) or UNKNOWN_LANGUAGE,
        date=date.start[:10],
        author=names.authors(post),
        url=text_of(post.get("canonical_url")) or text_of(post.get("url")),
        section=tags[0] if tags else "",
        path=place,
        metadata={"tags": tags} if tags else {},
        marks=marks,
        version=_version(post, date),
        notices=date.notices(place),
        **told.limits(),
    )


def _id(post: Mapping[str, Any]) -> str:
    id = text_of(post.get("id")) or text_of(post.get("uuid")) or text_of(post.get("slug"))
    if not id:
        raise SourceError("has no id; each post needs one")
    return plain_id(id)


def _date(post: Mapping[str, Any]) -> Dated:
    return dated([post.get("published_at"), post.get("created_at")])


def _version(post: Mapping[str, Any], date: Dated) -> str:
    return text_of(post.get("updated_at")) or date.raw


def _status(post: Mapping[str, Any]) -> str:
    """Return the status of a post. Only what Ghost shows on the site is public."""
    word = text_of(post.get("status"))
    if word in ("", "published"):
        return ""
    if word == "sent":  # a letter to members, which is not on the site
        return Status.PRIVATE
    found = status_of(word)
    return Status.DRAFT if found in (None, Status.PUBLISHED) else str(found)


def _text(post: Mapping[str, Any], title: str, caption: Any) -> tuple[str, tuple[Mark, ...]]:
    """Return the text of a post from the best of the forms in which it is kept."""
    blocks = [*_caption(caption), *_blocks(post)]
    return text_of_blocks(blocks, title, text_of(post.get("custom_excerpt")))


def _blocks(post: Mapping[str, Any]) -> list[Block]:
    for name, read in _FORMS.items():
        written = post.get(name)
        if isinstance(written, str) and written.strip() and (found := read(written)):
            return found
    return []


def _caption(caption: Any) -> list[Block]:
    """Return the block of a caption."""
    if not isinstance(caption, str) or not caption.strip():
        return []
    return blocks_of_html(f"<figure><figcaption>{caption}</figcaption></figure>")


_FORMS: Mapping[str, Callable[[str], list[Block]]] = {
    "html": marked_blocks,
    "plaintext": blocks_of_field,
    "lexical": lexical_blocks,
    "mobiledoc": mobiledoc_blocks,
    "markdown": markdown_blocks,
}
