"""Read the fields that stand before a text: YAML, TOML, JSON, or lines of `Key: value`.

    --- … ---      YAML (Jekyll, Hugo, Astro, Quarto, Eleventy); `---toml`, `---json`, `---js` too
    +++ … +++      TOML (Hugo, Zola)
    { … }          JSON (Hugo); `;;;` ends it as well
    Title: …       lines up to the first blank one (Pelican, MultiMarkdown), or to `---` (Hexo)
    .. title: …    lines, often within an HTML comment (Nikola)
    export const meta = { … }      JavaScript (MDX of Next.js and others)

What is no YAML is read line by line: an article is worth more than a field of it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from recommender.articles.clean import plain_line
from recommender.articles.fields import (
    AUTHOR_NAMES,
    DATE_NAMES,
    LANGUAGE_NAMES,
    SECTION_NAMES,
    SOURCE_NAMES,
    TITLE_NAMES,
    URL_NAMES,
    dated,
    first_text,
    language_of,
    may_be_date,
)
from recommender.articles.publication import PUBLIC, publication
from recommender.articles.status_words import plain_name
from recommender.errors import SourceError
from recommender.system.toml_text import load_toml
from recommender.text.dates import date_in_name
from recommender.text.words import MARKS
from recommender.types import Notice, NoticeKind

MAX_FRONT_CHARACTERS = 65_536
_FENCE = re.compile(
    r"\s*(?:<!--(?>.{0,2000}?-->)\s*){0,3}(?P<fence>-{3,8}|\+\+\+|;;;)[ \t]*"
    r"(?P<kind>yaml|yml|toml|json|js|javascript|coffee|cson)?"
    r"[ \t]*(?:#[^\n]{0,200})?\n",
    re.I | re.S,
)
# A field of JavaScript: `title: "…",` in an object, or `const title = "…";`.
_JS_LINE = re.compile(
    r"[ \t]*(?:(?:export\s+)?(?:const|let|var)\s+)?(?P<quote>[\"']?)"
    r"(?P<name>[A-Za-z_][\w-]{0,40})(?P=quote)"
    r"[ \t]*[:=][ \t]*(?P<value>[^\s{].*)"
)
_JS_BETWEEN = re.compile(r",[ \t]+(?=[A-Za-z_][\w-]{0,40}[ \t]*:)")
_JS_DATE = re.compile(r"new Date\(\s*[\"'](?P<date>[^\"']{4,40})[\"']\s*\)")
_JS_EXPORT = re.compile(
    r"^export\s+const\s+(?:meta|metadata|front_?matter|post|article)\b[^=\n{]{0,80}=\s*\{[ \t]*\n?"
    r"(?P<fields>[^\0]{0,4000}?)\}[ \t]*(?:as\s+const[ \t]*)?;?[ \t]*$",
    re.M | re.I,
)
# Behind the colon of Chinese and Japanese keyboards no space is needed.
_LINE = re.compile(
    rf"(?P<name>[^\W\d][\w{MARKS} .-]{{0,40}}?)[ \t\u00a0]*"
    r"(?::(?:[ \t\u00a0]+|$)|：[ \t\u00a0]*)(?P<value>.*)"
)
_TIGHT_LINE = re.compile(r"(?P<name>[A-Za-z][\w-]{0,40}):(?!//)(?P<value>\S.*)")
_NIKOLA = re.compile(r"\s*(?:<!--\s*\n)?(?P<lines>(?:\.\. [a-z_-]+:.*\n)+)(?:\s*-->[ \t]*\n?)?")
# The first line that neither is a field nor continues one; a rule that ends a head is not text.
_HEAD_END = re.compile(r"^(?![ \t]+\S|[^\W\d][\w .-]{0,40}?[ \t]*:(?!//))", re.M)
_HEAD_RULE = re.compile(r"\A---[ \t]*$", re.M)
_NOTION = re.compile(
    r"\s*# (?P<title>\S[^\n]{0,2000})\n\s*\n"
    r"(?P<lines>(?:[^\W\d][^:\n]{0,60}: [^\n]{1,2000}(?:\n|\Z)){1,50})(?:[ \t]*\n|\Z)"
)
_ITEM = re.compile(r"\s*-\s+(?P<value>.+)")
_TOML_LINE = re.compile(r"(?P<name>[\w-]+)\s*=\s*(?P<value>.+)")
# A head of lines opens with one of these; if it has several lines, it has at least one.
_OPENING = {"title", "date", "author", "authors", "slug", "category", "tags", "summary", "status"}
_OPENING |= {"lang", "language", "modified", "keywords", "subtitle", "published", "layout", "draft"}
# Tables for a site's own fields, in Hugo and in Zola.
_NESTED = ("params", "extra", "taxonomies")
# The fields that `article_fields` gives, besides a date and the limits of publication.
_ARTICLE_FIELDS = ("title", "language", "author", "source", "url", "section")
_ADDRESSES, _DAY_LENGTH = ("path", "permalink", "url", "slug"), len("2022-12-28")
_TELLING = {"title", "date", "author", "authors", "slug", "status", "lang", "draft", "published"}
# Properties that pages of Notion often have.
_PROPERTIES = {"createdtime", "createdby", "lasteditedtime", "lasteditedby", "duedate", "owner"}
_PROPERTIES |= {"person", "assign", "assignee", "priority", "property", "parent", "description"}
_KNOWN = _OPENING | _TELLING | _PROPERTIES | {"url", "type", "tag", "created", "updated"}
_KNOWN |= {*TITLE_NAMES, *LANGUAGE_NAMES, *DATE_NAMES, *AUTHOR_NAMES, *URL_NAMES, *SECTION_NAMES}


@dataclass(frozen=True)
class FrontMatter:
    """The fields before a text, by their plain names, and the text after them.

    `problem` says why the fields could not be read as they were meant.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    body: str = ""
    problem: str = ""

    def article_fields(self, place: str, name_date: str = "") -> dict[str, Any]:
        """Return the arguments of an `Article` that the fields give.

        `name_date` is the date of the file's name; it is used if no field is a date, nor part of
        the address.
        """
        if not (self.fields or self.problem):
            plain = dict.fromkeys(_ARTICLE_FIELDS, "")
            return {**plain, "date": name_date[:10], "notices": [], **PUBLIC.limits()}
        language = self._language()
        dates = ((name, self.fields.get(name)) for name in DATE_NAMES)
        date = dated((value for name, value in dates if may_be_date(name, value)), language)
        start = date.start or self._date_in_address() or name_date
        told = publication({**self._layout(), **self.fields}).starting(start)
        notices = [*told.notices(place), *date.notices(place)]
        if self.problem:
            reason = "of front matter read line by line"
            notices.append(Notice(place, NoticeKind.FIELD, reason, self.problem))
        return {
            "title": plain_line(first_text(self.fields, TITLE_NAMES)),
            "language": language,
            "date": start[:10],
            "author": plain_line(first_text(self.fields, AUTHOR_NAMES)),
            "source": first_text(self.fields, SOURCE_NAMES),
            "url": first_text(self.fields, URL_NAMES),
            "section": plain_line(first_text(self.fields, SECTION_NAMES)),
            "notices": notices,
            **told.limits(),
        }

    @property
    def has_known_field(self) -> bool:
        """Whether a name is one that heads have; without one it may be a sentence with a colon."""
        return bool(_KNOWN & self.fields.keys()) or bool(publication(self.fields).status)

    def _layout(self) -> dict[str, str]:
        """Return the status that Hexo gives a draft, which it calls a layout."""
        return {"status": "draft"} if self.fields.get("layout") == "draft" else {}

    def _date_in_address(self) -> str:
        """Return the day in the address of a page, such as `path = "2018/11/29/title"` in Zola.

        A year or a month alone may belong to the subject.
        """
        found = (date_in_name(first_text(self.fields, [name])) for name in _ADDRESSES)
        return next((date for date in found if len(date) == _DAY_LENGTH), "")

    def _language(self) -> str:
        """Return the language; `no` is Norwegian, but means false in YAML."""
        is_norwegian = any(self.fields.get(name) is False for name in LANGUAGE_NAMES)
        found = language_of(first_text(self.fields, LANGUAGE_NAMES))
        return found or ("no" if is_norwegian else "")


def read_front_matter(source: str, lines: bool = True) -> FrontMatter:
    """Return the fields before a text; none if it does not open with any.

    With `lines`, a head may also be lines of `Key: value` without a fence. Raises `SourceError` for
    fields that are longer than any person writes.
    """
    found = _fenced(source) or _json(source) or _nikola(source)
    if found is None and lines:
        found = _lines(source)
    return found or FrontMatter(body=source)


def read_notion(source: str) -> FrontMatter | None:
    """Return the properties below the title of a page of Notion; None if it has none.

    Lines with a colon are text if none has the name of a property.
    """
    found = _NOTION.match(source)
    if not found or len(found["lines"]) > MAX_FRONT_CHARACTERS:
        return None
    front = FrontMatter(_plain(_line_by_line(found["lines"])), source[found.end() :])
    if not front.has_known_field:
        return None
    return replace(front, fields={"title": found["title"], **front.fields})


def read_exported(source: str) -> FrontMatter | None:
    """Return the fields that a page of MDX exports; None if it exports none.

    The export stays in the text: it is code, and is removed with the other code.
    """
    found = _JS_EXPORT.search(source[:MAX_FRONT_CHARACTERS].partition("```")[0])
    if not found:
        return None
    fields = _JS_BETWEEN.sub(",\n", found["fields"])
    front = FrontMatter(_plain(_javascript(fields)[0]), source)
    return front if front.has_known_field else None


def _fenced(source: str) -> FrontMatter | None:
    opening = _FENCE.match(source)
    if not opening:
        return None
    fence = opening["fence"]
    ends = rf"(?:{fence}|\.\.\.)" if fence[0] == "-" else re.escape(fence)
    closing = re.compile(rf"^{ends}[ \t]*$\n?", re.M).search(source, opening.end())
    if closing is None:  # never closed: the head ends at the first blank line
        return _lines(source[opening.end() :])
    front = source[opening.end() : closing.start()]
    if len(front) > MAX_FRONT_CHARACTERS:
        if opening["kind"] or fence[0] != "-" or _LINE.match(front):
            raise SourceError(f"has front matter of over {MAX_FRONT_CHARACTERS:,} characters")
        return None
    kind = (opening["kind"] or {"-": "yaml", "+": "toml", ";": "json"}[fence[0]]).lower()
    fields, problem = _PARSERS.get(kind, _yaml)(front)
    if not fields and front.strip():
        return None  # two rules around a text
    if len(fence) > 3 and not _TELLING & _plain(fields).keys():
        return None
    return FrontMatter(_plain(fields), source[closing.end() :], problem)


def _yaml(front: str) -> tuple[Mapping[str, Any], str]:
    import yaml  # the import takes as long as to write an article; most have no such fields

    try:
        loaded = yaml.safe_load(front)
        problem = ""
    except (yaml.YAMLError, ValueError, RecursionError, TypeError, AttributeError) as error:
        words = getattr(error, "problem", None) or str(error)
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 2}" if mark else ""  # after the line that opens it
        loaded, problem = None, f"{_short(words)}{line}"
    if isinstance(loaded, dict):
        return loaded, ""
    fields = _line_by_line(front) or _toml_lines(front)
    lines = sum(bool(line.strip()) for line in front.splitlines())
    least = lines / 2 if _TELLING & _plain(fields).keys() else max(lines, 2)
    is_head = len(fields) >= least
    return (fields, problem) if is_head else ({}, "")  # otherwise two rules around a text


def _toml(front: str) -> tuple[Mapping[str, Any], str]:
    try:
        return load_toml(front), ""
    except ValueError as error:
        return _toml_lines(front) or _line_by_line(front), _short(str(error))


def _toml_lines(front: str) -> dict[str, Any]:
    lines = map(_TOML_LINE.match, front.splitlines())
    return {line["name"]: _scalar(line["value"]) for line in lines if line}


def _json_fields(front: str) -> tuple[Mapping[str, Any], str]:
    try:
        loaded = json.loads(front)
    except (ValueError, RecursionError) as error:
        return {}, _short(str(error))
    return (loaded, "") if isinstance(loaded, dict) else ({}, "")


def _javascript(front: str) -> tuple[Mapping[str, Any], str]:
    """Read the fields of an object of JavaScript line by line; none of it is run."""
    fields: dict[str, Any] = {}
    for line in front.splitlines():
        if found := _JS_LINE.fullmatch(line):
            value = found["value"].rstrip(" \t,;")
            date = _JS_DATE.fullmatch(value)
            fields.setdefault(found["name"], date["date"] if date else _js_value(value))
    return fields, ""


def _js_value(written: str) -> Any:
    words = {"true": True, "false": False, "null": None, "undefined": None}
    if written in words:
        return words[written]
    return _scalar(written[1:-1] if written[:1] == written[-1:] == "`" else written)


_PARSERS = {"yaml": _yaml, "yml": _yaml, "toml": _toml, "json": _json_fields}
_PARSERS |= dict.fromkeys(("js", "javascript", "coffee", "cson"), _javascript)


def _json(source: str) -> FrontMatter | None:
    head = source.lstrip()
    if not head.startswith("{"):
        return None
    try:
        loaded, end = json.JSONDecoder().raw_decode(head[:MAX_FRONT_CHARACTERS])
    except (ValueError, RecursionError):
        return None
    fields = _plain(loaded)
    if not _TELLING & fields.keys():
        return None
    return FrontMatter(fields, head[end:].removeprefix("\n").removeprefix(";;;"))


def _nikola(source: str) -> FrontMatter | None:
    found = _NIKOLA.match(source)
    if not found:
        return None
    lines = [line[3:] for line in found["lines"].splitlines()]
    fields = _plain(_line_by_line("\n".join(lines)))
    tags = {one.strip().lower() for one in first_text(fields, ["tags"]).split(",")}
    hidden = next((one for one in ("draft", "private") if one in tags), "")
    told = {"status": hidden} if hidden else {}
    return FrontMatter({**told, **fields}, source[found.end() :])


def _lines(source: str) -> FrontMatter | None:
    """Read lines of `Key: value` up to a blank one; None if a text has no such head."""
    head = source.lstrip("\n")
    first = _LINE.match(head)
    if not first or plain_name(first["name"]) not in _OPENING:
        return None
    end = _HEAD_END.search(head)
    front = head[: end.start()] if end else head
    fields = _plain(_line_by_line(front)) if len(front) <= MAX_FRONT_CHARACTERS else {}
    if not _TELLING & fields.keys():
        return None
    return FrontMatter(fields, _HEAD_RULE.sub("", head[end.start() :], count=1) if end else "")


def _line_by_line(front: str) -> dict[str, Any]:
    """Return the fields of lines, each with the indented lines below it."""
    fields: dict[str, Any] = {}
    name, has_value = "", False
    for line in front.splitlines():
        plain = line.strip()
        found = _LINE.fullmatch(plain) or _TIGHT_LINE.fullmatch(plain)
        item = _ITEM.match(line)
        if found and not _is_of_field_above(line, found["name"], has_value):
            name = found["name"]
            fields[name] = _scalar(found["value"] or "")
            has_value = bool(found["value"])
        elif item and name:
            before = fields[name]
            listed = before if isinstance(before, list) else [before] if before else []
            fields[name] = [*listed, _scalar(item["value"])]
        elif name and line.startswith((" ", "\t")) and isinstance(fields[name], str):
            fields[name] = f"{fields[name]} {line.strip()}".strip()
    return fields


def _is_of_field_above(line: str, name: str, has_value: bool) -> bool:
    """Return whether a line with a field is a part of the field above it: it is indented.

    If heads often have a field of its `name`, the line may be indented by mistake.
    """
    if not line.startswith((" ", "\t")):
        return False
    may_be_mistake = has_value or line.startswith("\t")
    return not may_be_mistake or plain_name(name) not in _OPENING


def _scalar(text: str) -> Any:
    """Return a value as it is written, without quotation marks; a list in brackets as a list."""
    text = text.strip()
    if text[:1] + text[-1:] == "[]":
        return [_scalar(one) for one in text[1:-1].split(",") if one.strip()]
    if len(text) > 1 and text[0] == text[-1] and text[0] in "\"'":
        return text[1:-1]
    return text


def _plain(fields: Mapping[Any, Any]) -> dict[str, Any]:
    """Return the fields by their plain names; of several with one name, the first."""
    found: dict[str, Any] = {}
    for name, value in fields.items():
        found.setdefault(plain_name(str(name)), value)
    for nested in _NESTED:
        if isinstance(inner := found.get(nested), dict):
            found = {**_plain(inner), **found}
    return found


def _short(text: str) -> str:
    return " ".join(text.split())[:120]
