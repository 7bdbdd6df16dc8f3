"""Divide a row whose text is in several languages: a row for each of them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

_LOCALE = re.compile(r"(?P<language>[a-z]{2,3})(?:[-_][A-Za-z0-9]{2,8}){0,3}")
# Lists of a row in each language, and the keys that name it, as Directus and others have them.
_TRANSLATIONS = ("translations", "localizations")
_LANGUAGE_KEYS = ("languages_code", "language", "locale", "lang", "langcode", "language_code")
# A row with more is not divided, since each of its articles holds all other fields.
MAX_LANGUAGES = 200
# The languages of ISO 639-1, since other objects have short names too.
_LANGUAGES = {
    *("aa", "ab", "ae", "af", "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be", "bg"),
    *("bh", "bi", "bm", "bn", "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs", "cu", "cv"),
    *("cy", "da", "de", "dv", "dz", "ee", "el", "en", "eo", "es", "et", "eu", "fa", "ff", "fi"),
    *("fj", "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv", "ha", "he", "hi", "ho", "hr"),
    *("ht", "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii", "ik", "in", "io", "is", "it", "iu"),
    *("iw", "ja", "jv", "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn", "ko", "kr", "ks", "ku"),
    *("kv", "kw", "ky", "la", "lb", "lg", "li", "ln", "lo", "lt", "lu", "lv", "mg", "mh", "mi"),
    *("mk", "ml", "mn", "mr", "ms", "mt", "my", "na", "nb", "nd", "ne", "ng", "nl", "nn", "no"),
    *("nr", "nv", "ny", "oc", "oj", "om", "or", "os", "pa", "pi", "pl", "ps", "pt", "qu", "rm"),
    *("rn", "ro", "ru", "rw", "sa", "sc", "sd", "se", "sg", "sh", "si", "sk", "sl", "sm", "sn"),
    *("so", "sq", "sr", "ss", "st", "su", "sv", "sw", "ta", "te", "tg", "th", "ti", "tk", "tl"),
    *("tn", "to", "tr", "ts", "tt", "tw", "ty", "ug", "uk", "ur", "uz", "ve", "vi", "vo", "wa"),
    *("wo", "xh", "yi", "yo", "za", "zh", "zu"),
}


def locales_of(value: Any) -> list[str]:
    """Return the languages of a field that is an object of languages, none for another value."""
    if not isinstance(value, Mapping) or not value:
        return []
    names = [str(name) for name in value]
    return names if all(map(_LOCALE.fullmatch, names)) else []


def in_language(value: Any, locale: str) -> Any:
    """Return a field in a language; if it has no such version, in any language."""
    if not locale or not locales_of(value):
        return value
    return value.get(locale, next(iter(value.values())))


def rows_of_translations(row: Any) -> Iterator[dict[str, Any]]:
    """Yield the rows that a list of translations in a row holds, each with the fields of the row.

    The first has the id of the row, the others `ID-en`, as texts in several languages have.
    """
    if not isinstance(row, Mapping):
        return
    name = next((one for one in _TRANSLATIONS if isinstance(row.get(one), list)), "")
    given = [one for one in row.get(name) or () if isinstance(one, Mapping)][:MAX_LANGUAGES]
    shared = {key: value for key, value in row.items() if key != name}
    for at, one in enumerate(given):
        found = {**shared, **one}
        language = next((one[key] for key in _LANGUAGE_KEYS if one.get(key)), "")
        if isinstance(language, Mapping):
            language = language.get("code", "")
        if language and "language" not in one:
            found["language"] = str(language).replace("_", "-")
        if "id" in row:
            found["id"] = f"{row['id']}-{found.get('language', at)}" if at else row["id"]
        yield found


def rows_by_language(
    row: Mapping[str, Any], texts: Sequence[str], names: Sequence[str], language: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield each language that a text is in, with its row; nothing for a row of one text.

    `texts` are the columns of the text. `names` are columns, such as the title, that a row lacks if
    they are not in its language; other fields, such as a date or a status, come from another
    language then. `language` is the column of the language.
    """
    texts_by_language = (_languages(row.get(name)) for name in texts)
    locales = next(filter(None, texts_by_language), [])
    if not locales:
        return
    several = {
        name for name, value in row.items() if not set(locales).isdisjoint(locales_of(value))
    }
    own = several.intersection((*texts, *names))
    for locale in locales:
        found = {
            name: in_language(value, locale) if name in several - own else value
            for name, value in row.items()
        }
        found |= {name: row[name].get(locale) for name in own}
        yield locale, {**found, language: locale.replace("_", "-")}


def _languages(value: Any) -> list[str]:
    """Return the languages of a text; none for an object that names only one."""
    if not isinstance(value, Mapping) or len(value) > MAX_LANGUAGES:
        return []
    locales = locales_of(value)
    if len(locales) < 2 or not all(map(_is_language, locales)):
        return []
    return [one for one in locales if _is_given(value[one])]


def _is_given(text: Any) -> bool:
    return bool(text.strip() if isinstance(text, str) else text)


def _is_language(locale: str) -> bool:
    match = _LOCALE.fullmatch(locale)
    return match is not None and match["language"] in _LANGUAGES
