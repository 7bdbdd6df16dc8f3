"""Name the fields of rows and heads as people name them in other languages than English.

The names are data: `data/field_names.toml`.
"""

from __future__ import annotations

import tomllib

from recommender.system.package_data import data_file

_NAMES: dict[str, list[str]] = tomllib.loads(data_file("field_names.toml").read_text("utf-8"))
TITLES, DATES, AUTHORS = (tuple(_NAMES[one]) for one in ("titles", "dates", "authors"))
SECTIONS, LANGUAGES = (tuple(_NAMES[one]) for one in ("sections", "languages"))
SOURCES, TEXTS = (tuple(_NAMES[one]) for one in ("sources", "texts"))
# A word for a date in some languages, and for anything else in others.
MAYBE_DATE = "data"
