"""Read every setting once: flag, then environment, then `recommender.toml`, then default."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from recommender.errors import SettingsError
from recommender.safe_open import is_network_path, open_named
from recommender.system.disk import advice_on
from recommender.system.package_data import data_file

SETTINGS_FILE = "recommender.toml"
MAX_BYTES = 500_000
PREFIX = "RECOMMENDER_"
# The fields of an article that a column of a row can hold.
ARTICLE_FIELDS = ("id", "text", "title", "language", "date", "author", "source", "url", "section")


@dataclass(frozen=True, slots=True)
class Settings:
    """The values that commands start from; a flag overrides one for one command.

    Without a `source`, a build reads the sources of the index again.
    """

    source: str = ""
    index: str = "vectors"
    model: str = ""
    # The file of editors' rules; empty for `editorial.txt` in the folder of the index.
    editorial: str = ""
    # The file of saved searches; empty for `watchlist.toml` in the folder of the index.
    watchlist: str = ""
    # Where the news of saved searches are written: a feed (.xml, .atom), or added lines (.jsonl).
    news: str = ""
    # The search index: exact, auto, fast or a FAISS factory string.
    index_kind: str = "auto"
    # How the paragraphs of a role are treated: encode, context, words or drop.
    roles: Mapping[str, str] = field(default_factory=dict)
    # A paragraph of fewer characters is encoded together with its neighbour.
    join_under: int = 60
    # The column of a row that holds a field of the article: title = "headline".
    fields: Mapping[str, str] = field(default_factory=dict)
    # Patterns, as in .gitignore, of the files to read and of those to pass over.
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    # Whether drafts and other articles that the public may not see are built too.
    include_unpublished: bool = False
    # How long a build waits for one file, besides a second for each article in it; 0: no limit.
    read_seconds: int = 60
    # The most memory that a process that reads files may take, in MiB; 0: no limit.
    read_megabytes: int = 2_048
    # Whether other users of this machine may read a new index, and files added to an old one.
    shared: bool = False


DEFAULTS = Settings()


def load_settings(
    folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings of the environment and of the file in `folder` (default: the current).

    A variable of the environment overrides the file. Its name is `RECOMMENDER_` and the setting in
    capitals; an empty one counts as not set. A list is written with commas or as JSON, a table as
    JSON.

    Raises `SettingsError` for a file that is not TOML, an unknown name in it, or a value of a wrong
    type.
    """
    variables = os.environ if environment is None else environment
    defaults = {one.name: getattr(DEFAULTS, one.name) for one in fields(Settings)}
    path = (folder or Path()) / SETTINGS_FILE
    values = {
        name: _checked(name, value, defaults, f"{path}: {name}")
        for name, value in _read(path).items()
    }
    for name, default in defaults.items():
        variable = PREFIX + name.upper()
        if text := variables.get(variable):
            values[name] = _checked(name, _parsed(text, default, variable), defaults, variable)
    return Settings(**values)


def settings_text(source: str = "") -> str:
    """Return the content of a settings file that explains every setting and sets `source`."""
    path = data_file("settings.toml")
    line = f"source = {json.dumps(source)}" if source else '# source = "articles"'
    return path.read_text("utf-8").replace("@source@", line)


def check_fields(names: Iterable[str], place: str) -> None:
    """Raise `SettingsError` for a name that is no field of an article that a column can hold."""
    for name in names:
        if name not in ARTICLE_FIELDS:
            known = ", ".join(sorted(ARTICLE_FIELDS))
            raise SettingsError(f"{place}: {name!r} is not a field of an article; known: {known}")


def _checked(name: str, value: Any, defaults: Mapping[str, Any], place: str) -> Any:
    """Return the value of a setting; raise `SettingsError` if it is not of the default's kind."""
    if name not in defaults:
        known = ", ".join(sorted(defaults))
        raise SettingsError(
            f"{place.partition(': ')[0]}: {name!r} is not a setting; known: {known}"
        )
    match defaults[name]:
        case bool() if not isinstance(value, bool):
            raise SettingsError(f"{place} must be true or false")
        case bool():
            return value
        case int() if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise SettingsError(f"{place} must be a whole number, 0 or more")
        case str() if not isinstance(value, str):
            raise SettingsError(f"{place} must be text in quotes")
        case tuple() if not _all_text(value):
            raise SettingsError(f'{place} must be a list of texts: ["one", "two"]')
        case dict() if not (isinstance(value, dict) and _all_text(list(value.values()))):
            raise SettingsError(f'{place} must be a table of texts: name = "value"')
    if _holds_nul(value):
        raise SettingsError(f"{place} holds a NUL character; leave it out")
    if name in ("source", "index", "editorial", "watchlist", "news") and is_network_path(value):
        raise SettingsError(f"{place} is on another machine; name a folder of this one")
    if name == "fields":
        check_fields(value, place)
    return value


def _parsed(text: str, default: Any, variable: str) -> Any:
    """Return the value that a variable of the environment writes, of the kind of the default."""
    match default:
        case bool():
            if text.lower() not in ("true", "false", "1", "0"):
                raise SettingsError(f"{variable}={text} must be true or false")
            return text.lower() in ("true", "1")
        case int():
            if not (text.isascii() and text.isdigit() and len(text) < 10):
                raise SettingsError(f"{variable}={text} must be a whole number, 0 or more")
            return int(text)
        # Only a quotation mark distinguishes JSON from a pattern such as [ab]*.txt.
        case tuple() if not text.replace(" ", "").startswith(('["', "[]")):
            return [part for one in text.split(",") if (part := one.strip())]
        case tuple() | dict():
            try:
                return json.loads(text)
            except (ValueError, RecursionError) as error:
                form = '["one", "two"]' if isinstance(default, tuple) else '{"name": "value"}'
                raise SettingsError(f"{variable} is not JSON; write it as {form}") from error
    return text


def _all_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _holds_nul(value: Any) -> bool:
    match value:
        case str():
            return "\0" in value
        case list():
            return any(_holds_nul(one) for one in value)
        case dict():
            return _holds_nul([*value, *value.values()])
    return False


def _read(path: Path) -> dict[str, Any]:
    try:
        with open_named(path) as stream:
            data = stream.read(MAX_BYTES + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise SettingsError(
            f"{path}: cannot be read: {error.strerror}; {advice_on(error)}"
        ) from error
    if len(data) > MAX_BYTES:
        raise SettingsError(f"{path}: is too long, the most is {MAX_BYTES:,} bytes")
    from recommender.system.toml_text import load_toml  # few folders have such a file

    try:
        return load_toml(data.decode("utf-8-sig"))
    except ValueError as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from error
