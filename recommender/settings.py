"""Every setting once: flag, then `recommender.toml`, then environment, then default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

from recommender.errors import SettingsError

SETTINGS_FILE = "recommender.toml"
PREFIX = "RECOMMENDER_"
# What a column of a row can be the field of.
ARTICLE_FIELDS = ("id", "text", "title", "language", "date", "author", "source", "url", "section")


@dataclass(frozen=True, slots=True)
class Settings:
    """The values that commands start from; a flag overrides one for one command."""

    source: str = "seeds"
    index: str = "vectors"
    model: str = ""
    # The file of editors' rules, where it is not editorial.txt in the folder of the index.
    editorial: str = ""
    # The search index: exact, auto, fast or a FAISS factory string.
    index_kind: str = "auto"
    # What is done with the paragraphs of a role: encode, context, words or drop.
    roles: Mapping[str, str] = field(default_factory=dict)
    # A paragraph of fewer characters is encoded together with its neighbour.
    join_under: int = 60
    # Which column of a row holds a field of the article: title = "headline".
    fields: Mapping[str, str] = field(default_factory=dict)
    # Patterns, as in .gitignore, of the files that are read and that are passed over.
    include: Sequence[str] = ()
    exclude: Sequence[str] = ()


DEFAULTS = Settings()


def load_settings(
    folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings of `folder` (default: where we are) and the environment.

    Raises `SettingsError` for a file that is not TOML, an unknown name, or a value of a wrong
    type.
    """
    defaults = {one.name: getattr(DEFAULTS, one.name) for one in fields(Settings)}
    values: dict[str, Any] = {}
    for name, default in defaults.items():
        value = (os.environ if environment is None else environment).get(PREFIX + name.upper())
        if value and isinstance(default, str):
            values[name] = value
    path = (folder or Path()) / SETTINGS_FILE
    for name, value in _read(path).items():
        if name not in defaults:
            raise SettingsError(
                f"{path}: {name!r} is no setting; known: {', '.join(sorted(defaults))}"
            )
        values[name] = _checked(value, defaults[name], f"{path}: {name}")
    check_fields(values.get("fields", ()), f"{path}: fields")
    return Settings(**values)


def check_fields(names: Iterable[str], place: str) -> None:
    """Raise `SettingsError` for a name that is no field of an article that a column can hold."""
    for name in names:
        if name not in ARTICLE_FIELDS:
            known = ", ".join(sorted(ARTICLE_FIELDS))
            raise SettingsError(f"{place}: {name!r} is no field of an article; known: {known}")


def _checked(value: Any, default: Any, place: str) -> Any:
    """Return `value` if it is of the kind that `default` is; raise `SettingsError` if not."""
    match default:
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
    return value


def _all_text(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(one, str) for one in value)


def _holds_nul(value: Any) -> bool:
    texts = [*value, *value.values()] if isinstance(value, dict) else value
    return any("\0" in one for one in ([texts] if isinstance(texts, str) else texts or ()))


def _read(path: Path) -> dict[str, Any]:
    try:
        with path.open("rb") as stream:
            return tomllib.load(stream)
    except FileNotFoundError:
        return {}
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: is not TOML: {error}") from error
    except OSError as error:
        raise SettingsError(f"{path}: cannot be read: {error.strerror}") from error
