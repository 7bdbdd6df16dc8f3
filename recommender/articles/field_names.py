"""Know the names of the fields of rows and headers in other languages than English.

The names are data: `data/field_names.toml`. They are compared as `plain_name` folds them.
"""

from __future__ import annotations

import tomllib

from recommender.system.package_data import data_file
from recommender.text.folding import folded

_NAMES: dict[str, list[str]] = tomllib.loads(data_file("field_names.toml").read_text("utf-8"))


def _named(field: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(map(folded, _NAMES[field])))


TITLES, DATES, AUTHORS = map(_named, ("titles", "dates", "authors"))
SECTIONS, LANGUAGES = map(_named, ("sections", "languages"))
SOURCES, TEXTS = map(_named, ("sources", "texts"))
# A word that means a date in some languages and something else in all others.
MAYBE_DATE = "data"
