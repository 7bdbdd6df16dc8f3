"""Every setting once: flag, then `recommender.toml`, then environment, then default."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from recommender.errors import SettingsError

FILE = "recommender.toml"
PREFIX = "RECOMMENDER_"


@dataclass(frozen=True, slots=True)
class Settings:
    """The values that commands start from; a flag overrides one for one command."""

    source: str = "seeds"
    index: str = "vectors"
    model: str = ""


def load_settings(
    folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> Settings:
    """Return the settings of `folder` (default: where we are) and the environment.

    Raises `SettingsError` for a file that is not TOML, an unknown name, or a value of a wrong
    type.
    """
    known = {field.name for field in fields(Settings)}
    values: dict[str, str] = {}
    for name in known:
        value = (os.environ if environment is None else environment).get(PREFIX + name.upper())
        if value:
            values[name] = value
    path = (folder or Path()) / FILE
    for name, value in _read(path).items():
        if name not in known:
            raise SettingsError(
                f"{path}: {name!r} is no setting; known: {', '.join(sorted(known))}"
            )
        if not isinstance(value, str):
            raise SettingsError(f"{path}: {name} must be text in quotes")
        values[name] = value
    return Settings(**values)


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
