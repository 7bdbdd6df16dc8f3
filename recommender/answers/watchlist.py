"""Read the watchlist: a TOML file of saved searches, whose news each build and each write reports.

[[watch]]
name = "High water"
search = "hoogwater op de Waal"
languages = "nl,en"
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from recommender.answers.options import SearchOptions
from recommender.errors import QueryError, SettingsError
from recommender.safe_open import Depth, open_stream
from recommender.system.disk import advice_on
from recommender.system.toml_text import load_toml
from recommender.types import Filters

MAX_BYTES = 500_000
MAX_WATCHES = 1_000
MAX_NAME_CHARACTERS = 200
# How many news of one search are reported at a time by default.
NEWS_AT_ONCE = 10

_FILTERS = ("languages", "since", "until", "where")
_OPTIONS = ("k", "confidence", "min_strength", "query_language", "plain")
_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "k": int,
    "min_strength": (int, float),
    "plain": bool,
    "where": dict,
}


@dataclass(frozen=True, slots=True)
class Watch:
    """A saved search: its name, its text as it is typed for `search`, and its options."""

    name: str
    search: str
    options: SearchOptions


def read_watchlist(path: Path, *, is_named: bool = False) -> tuple[Watch, ...] | None:
    """Return the saved searches of a file; None if there is no file and nobody named one.

    Raises `SettingsError` for a file that cannot be read, and for an entry that is not a search.
    """
    try:
        # A person may name a link; a file beside an index may come from a stranger.
        with path.open("rb") if is_named else open_stream(path, Depth.INDEX) as stream:
            data = stream.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError) as error:
        if is_named:
            raise SettingsError(
                f"{path}: there is no such file; make it, or change the setting watchlist"
            ) from error
        return None
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read: {error.strerror}; {advice_on(error)}"
        ) from error
    if len(data) > MAX_BYTES:
        raise SettingsError(f"{path}: is too long, the most is {MAX_BYTES:,} bytes")
    try:
        content = load_toml(data.decode("utf-8-sig"))
    except ValueError as error:
        raise SettingsError(f"{path}: is not TOML in UTF-8: {error}") from error
    return _watches(content, path)


def _watches(content: Mapping[str, Any], path: Path) -> tuple[Watch, ...]:
    entries = content.get("watch", [])
    tables = isinstance(entries, list) and all(isinstance(one, dict) for one in entries)
    if content.keys() - {"watch"} or not tables:
        raise SettingsError(f"{path}: holds something else; write each search below [[watch]]")
    if len(entries) > MAX_WATCHES:
        raise SettingsError(f"{path}: has over {MAX_WATCHES:,} searches; take some out")
    found = tuple(_watch(one, f"{path}: watch {number}") for number, one in enumerate(entries, 1))
    if twice := _first_twice([one.name for one in found]):
        raise SettingsError(f"{path}: two searches have the name {twice!r}; give each its own")
    return found


def _watch(entry: Mapping[str, Any], place: str) -> Watch:
    """Return the search of one table; raise `SettingsError` for what cannot be used."""
    known = ("name", "search", *_FILTERS, *_OPTIONS)
    if wrong := next(iter(entry.keys() - set(known)), ""):
        raise SettingsError(f"{place}: {wrong!r} is not a field; known: {', '.join(known)}")
    for name, value in entry.items():
        kind = _KINDS.get(name, str)
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool):
            raise SettingsError(f"{place}: {name} has a value of a wrong kind")
    for name in ("name", "search"):
        if not entry.get(name, "").strip():
            raise SettingsError(f'{place}: has no {name}; write {name} = "..."')
    if len(entry["name"]) > MAX_NAME_CHARACTERS:
        raise SettingsError(f"{place}: the name has over {MAX_NAME_CHARACTERS} characters")
    if not all(isinstance(one, str) for one in entry.get("where", {}).values()):
        raise SettingsError(f'{place}: where is a table of texts: {{section = "sport"}}')
    filters = {name: entry[name] for name in _FILTERS if name in entry}
    options = {name: entry[name] for name in _OPTIONS if name in entry}
    # In a small archive `search` also shows loose answers: these are not worth a message.
    defaults: dict[str, Any] = {"k": NEWS_AT_ONCE, "by": "article", "confidence": "likely"}
    if "min_strength" in options:
        del defaults["confidence"]
    try:
        asked = SearchOptions(filters=Filters(**filters), **{**defaults, **options})
    except QueryError as error:
        raise SettingsError(f"{place}: {error}") from error
    return Watch(entry["name"], entry["search"], asked)


def _first_twice(names: Sequence[str]) -> str:
    def twice() -> Iterator[str]:
        seen: set[str] = set()
        for name in names:
            if name in seen:
                yield name
            seen.add(name)

    return next(twice(), "")
