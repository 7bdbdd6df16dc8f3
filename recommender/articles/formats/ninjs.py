"""Read items of ninjs, the JSON of the IPTC for news: one item, or a list of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import Any

from recommender.articles.agency_item import (
    TEXT_KINDS,
    AgencyItem,
    agency_article,
    agency_status,
)
from recommender.articles.clean import blocks_of_field
from recommender.articles.fields import language_of, list_of, text_of
from recommender.articles.files import SourceFile
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Found, Notice, NoticeKind, Refusal, Status

# APIs hold one item or several under these names, beside facts of their own.
_HOLDING = ("items", "_items", "item", "data")
# The states of Superdesk. An item in any other state is a draft.
_STATES = {
    **dict.fromkeys(("published", "corrected", "being_corrected"), ""),
    **dict.fromkeys(("killed", "recalled", "spiked", "unpublished"), Status.TRASHED),
    "scheduled": Status.SCHEDULED,
}
# These fields hold objects, whose names are put in lower case too. The forms of a text are in
# order: the first one keeps most of its structure.
_NESTED = ("bodies", "headlines", "descriptions", "associations", "bylines")
# An item of this type holds other items, and may have a text.
_PACKAGE = "composite"
_FORMS = ("html", "xhtml", "html5", "nitf", "text", "plain")


def is_item(value: Any) -> bool:
    """Return whether an object is an item of ninjs: it has an identifier, and a body or a version.

    Superdesk names the identifier `guid`, as feeds do, but always gives a type and a status.
    """
    if not isinstance(value, dict):
        return False
    if "uri" not in value:
        return "guid" in value and "type" in value and "pubstatus" in value
    return (
        any(str(name).startswith("body_") for name in value)
        or isinstance(value.get("bodies"), list)
        or not {"versioncreated", "versionCreated"}.isdisjoint(value)
    )


def is_items(value: Any) -> bool:
    """Return whether a value is an item, or a list of items."""
    return any(map(is_item, _items(value)[:1]))


def read_value(file: SourceFile, value: Any, settings: Settings) -> Iterator[Found]:
    """Yield each item's article, notice or refusal; the place is `path:position`."""
    for number, item in enumerate(_items(value), 1):
        yield read_item(item, f"{file.name}:{number}")


def read_item(item: Any, place: str) -> Found:
    """Return the article of an item, or why there is none."""
    try:
        if not isinstance(item, dict):
            raise SourceError("is not an item of ninjs")
        return _found_in(_in_lower_case(item), place)
    except SourceError as error:
        return Refusal(place, str(error))


def _in_lower_case(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return an item with the names of its fields in lower case. Version 3.0 has capitals in them.

    The names in its forms, and in the items that belong to it, are in lower case too.
    """
    found = {str(name).lower(): value for name, value in item.items()}
    for name in _NESTED:
        if isinstance(values := found.get(name), list):
            found[name] = [_in_lower_case(one) if isinstance(one, dict) else one for one in values]
    return found


def _items(value: Any) -> list[Any]:
    """Return the items in a value. Any number of objects may stand around them."""
    value = _held(value)
    return [_held(one) for one in value] if isinstance(value, list) else [value]


def _held(value: Any) -> Any:
    while isinstance(value, dict) and not is_item(value):
        held = (value[name] for name in _HOLDING if isinstance(value.get(name), list | dict))
        if (inner := next(held, None)) is None:
            break
        value = inner
    return value


def _found_in(item: Mapping[str, Any], place: str) -> Article | Notice:
    kind = text_of(item.get("type")).lower()
    if kind not in TEXT_KINDS:
        return Notice(place, NoticeKind.UNPUBLISHED, kind)
    about = _best(item, "description", "descriptions")
    body = _best(item, "body", "bodies") or about
    status = agency_status(text_of(item.get("pubstatus"))) or _state(item)
    if kind == _PACKAGE and not (body or status):
        return Notice(place, NoticeKind.UNPUBLISHED, kind)
    created = text_of(item.get("firstcreated"))
    changed = text_of(item.get("versioncreated"))
    subjects = [text_of(one) for one in list_of(item.get("subject") or item.get("subjects"))]
    subjects = [name for name in subjects if name]
    keywords = [text_of(one) for one in list_of(item.get("keyword") or item.get("keywords"))]
    embargo = item.get("embargoed")
    return agency_article(
        AgencyItem(
            id=text_of(item.get("uri")) or text_of(item.get("guid")),
            title=_first(item, "headline", "headlines", "title", "name"),
            blocks=[*blocks_of_field(body), *blocks_of_field(_captions(item))],
            standfirst=_first(item, "subheadline") or about,
            language=language_of(item.get("language")),
            dates=(created, changed, text_of(item.get("contentcreated"))),
            author=_authors(item),
            source=text_of(item.get("source") or item.get("infosources") or item.get("provider")),
            section=subjects[0] if subjects else "",
            tags=tuple(dict.fromkeys(filter(None, keywords))),
            status=status,
            embargo=None if embargo in (None, False) else text_of(embargo),
            version=changed or text_of(item.get("version")),
        ),
        place,
    )


def _state(item: Mapping[str, Any]) -> str:
    """Return the status of an item in Superdesk. A `usable` item may still be a draft."""
    state = text_of(item.get("state")).lower()
    return str(_STATES.get(state, Status.DRAFT)) if state and "guid" in item else ""


def _first(item: Mapping[str, Any], *names: str) -> str:
    for name in names:
        value = item.get(name)
        value = _main_of(value) if isinstance(value, list) and value else value
        if text := text_of(value):
            return text
    return ""


def _main_of(values: Sequence[Any]) -> Any:
    """Return the value with the main role, or the first one."""
    objects = [one for one in values if isinstance(one, dict)]
    return next((one for one in objects if text_of(one.get("role")) == "main"), values[0])


def _authors(item: Mapping[str, Any]) -> str:
    """Return the authors of an item: its byline, or else its list of authors."""
    written = text_of(item.get("byline") or item.get("by") or item.get("bylines"))
    return written or text_of(item.get("authors"))


def _best(item: Mapping[str, Any], prefix: str, several: str) -> str:
    """Return the text of an item in the form that keeps most of its structure."""
    forms = {
        str(name).removeprefix(f"{prefix}_"): value
        for name, value in item.items()
        if str(name).startswith(f"{prefix}_") and isinstance(value, str) and value.strip()
    }
    for one in list_of(item.get(several)):
        if isinstance(one, dict) and isinstance(one.get("value"), str):
            kind = text_of(one.get("contenttype")).rpartition("/")[2].partition("+")[0]
            forms.setdefault(kind or "text", one["value"])
    named = next((forms[form] for form in _FORMS if form in forms), "")
    return named or next(iter(forms.values()), "")


def _captions(item: Mapping[str, Any]) -> str:
    """Return the captions of the pictures that belong to an item as figures."""
    parts = item.get("associations")
    parts = list(parts.values()) if isinstance(parts, dict) else list_of(parts)
    captions = [
        _best(one, "description", "descriptions")
        for one in parts
        if isinstance(one, dict) and text_of(one.get("type")) in ("picture", "graphic", "video")
    ]
    shown = (f"<figcaption>{_html(caption)}</figcaption>" for caption in captions if caption)
    return "".join(f"<figure>{caption}</figure>" for caption in shown)


def _html(text: str) -> str:
    return text if "<" in text else escape(text)
