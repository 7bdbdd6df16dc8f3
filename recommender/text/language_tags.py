"""Read the tags of languages, BCP 47, and find the language and script of each."""

from __future__ import annotations

import re
from functools import lru_cache

from recommender.types import UNKNOWN_LANGUAGE

_TAG = re.compile(
    r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_.@]\S*)?"
)
# The scripts of two-letter languages that are not written in Latin. Loading `langcodes` takes as
# long as an answer; `tests/text/test_language.py` compares these tables with it.
_USUAL_SCRIPTS = {
    language: script
    for script, languages in {
        "Cyrl": "ab av ba be bg ce cu cv kk kv ky mk mn os ru sr tg tt uk",
        "Arab": "ar fa ks ps sd ug ur",
        "Deva": "hi mr ne sa",
        "Ethi": "am ti",
        "Beng": "as bn",
        "Tibt": "bo dz",
        "Cans": "cr iu",
        "Hebr": "he yi",
        "Avst": "ae",
        "Thaa": "dv",
        "Grek": "el",
        "Gujr": "gu",
        "Armn": "hy",
        "Yiii": "ii",
        "Jpan": "ja",
        "Geor": "ka",
        "Khmr": "km",
        "Knda": "kn",
        "Kore": "ko",
        "Laoo": "lo",
        "Mlym": "ml",
        "Mymr": "my",
        "Orya": "or",
        "Guru": "pa",
        "Sinh": "si",
        "Taml": "ta",
        "Telu": "te",
        "Thai": "th",
        "Hans": "zh",
    }.items()
    for language in languages.split()
}
# Old codes of languages that have other codes now.
_RENAMED = frozenset({"bh", "in", "iw", "ji", "jw", "mo", "sh", "tl", "tw"})
# Languages whose script depends on the region.
_REGIONAL = frozenset(
    {"az", "ha", "kk", "ku", "ky", "mn", "ms", "pa", "sr", "tg", "ug", "uz", "zh"}
)
_CODES = {"iw": "he", "in": "id", "ji": "yi", "mo": "ro", "jp": "ja", "cz": "cs", "gr": "el"}


def language_tag(text: str) -> str:
    """Return a declared language as BCP 47 (`NL_be.utf8` is `nl-BE`), or `und` for other text."""
    match = _TAG.fullmatch(text.strip()[:35])
    if match is None:
        return UNKNOWN_LANGUAGE
    language, script, region = match.groups()
    parts = [_CODES.get(language.lower(), language.lower())]
    parts += [script.title()] if script else []
    parts += [region.upper()] if region else []
    return "-".join(parts)


@lru_cache(maxsize=4_096)
def language_key(tag: str) -> str:
    """Return the language and script of a BCP 47 tag: `nl-BE` is `nl-Latn`, `zh-TW` `zh-Hant`.

    Codes of three letters and underscores are accepted too (`nld_Latn`). Text that is not a tag
    gives `und`.
    """
    if not tag or tag == UNKNOWN_LANGUAGE:
        return UNKNOWN_LANGUAGE
    return _usual_key(tag) or looked_up_key(tag)


def looked_up_key(tag: str) -> str:
    """Return the key of any tag, by the tables of `langcodes`."""
    import langcodes

    for candidate in (tag, tag.replace("_", "-").partition("-")[0]):
        try:
            known = langcodes.Language.get(langcodes.standardize_tag(candidate, macro=True))
        except ValueError:
            continue
        full = known.maximize()
        return f"{full.language}-{full.script}" if full.script else str(full.language)
    return UNKNOWN_LANGUAGE


def _usual_key(tag: str) -> str:
    """Return the key of a tag such as `nl`, `nl-BE` or `nl-Latn`; empty if it must be looked up."""
    language, _, rest = tag.partition("-")
    if not (len(language) == 2 and _is_lower(language)) or language in _RENAMED:
        return ""
    key = f"{language}-{_USUAL_SCRIPTS.get(language, 'Latn')}"
    is_region = len(rest) == 2 and _is_lower(rest.lower()) and rest.isupper()
    if tag in (language, key) or (is_region and language not in _REGIONAL):
        return key
    return ""


def _is_lower(text: str) -> bool:
    return text.isascii() and text.isalpha() and text.islower()


@lru_cache(maxsize=4_096)
def short_tag(key: str) -> str:
    """Return the shortest form of a language key: `nl-Latn` is `nl`.

    The script stays if the language alone means another one: `zh-Hant`, `sr-Latn`.
    """
    base = key.partition("-")[0]
    return base if language_key(base) == key else key
