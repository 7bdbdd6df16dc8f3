"""Hold the words of the pages in each language, and choose the language of a reader."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parents[2] / "data" / "serve" / "texts"
LANGUAGES = ("en", "nl", "fr", "de", "uk", "ar", "zh")
RIGHT_TO_LEFT = {"ar", "fa", "he", "ur", "ps", "sd", "ug", "yi", "dv", "ckb"}
COOKIE = "recommender_language"

_WISH = re.compile(r"\s*([A-Za-z]{1,8})[A-Za-z0-9-]{0,40}\s*(?:;\s*q=([01](?:\.\d{0,3})?))?\s*")


@cache
def words_of(language: str) -> Mapping[str, str]:
    """Return the words of the pages in one of `LANGUAGES`, by their names."""
    found: dict[str, str] = tomllib.loads((FOLDER / f"{language}.toml").read_text("utf-8"))
    return found


def direction(language: str) -> str:
    """Return in which direction a language is written: `rtl` or `ltr`."""
    return "rtl" if language.partition("-")[0] in RIGHT_TO_LEFT else "ltr"


def chosen(cookie: str, accepted: str) -> str:
    """Return the language of the pages: the one chosen, or the best of `Accept-Language`."""
    if cookie in LANGUAGES:
        return cookie
    wishes = []
    for one in accepted[:500].split(","):
        if found := _WISH.fullmatch(one):
            wishes.append((-float(found[2] or 1), found[1].lower()))
    return next(
        (name for _, name in sorted(wishes, key=lambda it: it[0]) if name in LANGUAGES), "en"
    )
