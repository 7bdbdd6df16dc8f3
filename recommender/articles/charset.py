"""Decode pages as a browser does: by their mark, by their declaration, or else by a guess."""

from __future__ import annotations

import codecs
import re
from typing import NamedTuple

from recommender.articles.files import encoding_by_mark, need
from recommender.text.language import detect_language

# The guess uses so much of the page's text; more would only take longer.
MAX_GUESSED_BYTES = 64 * 1024
# A page with a larger share of wrong bytes is in another encoding than it declares.
MAX_WRONG = 0.01
FALLBACK = "cp1252"
# Text in another encoding is valid UTF-8 in a few places by chance.
MOSTLY = 0.8
# The encodings of pages on the web, without those of old Macintoshes and mainframes.
_OF_THE_WEB = (
    *("cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("cp1258", "cp874", "cp932", "euc_jp", "iso2022_jp", "gb18030", "big5hkscs", "cp949"),
    *("iso8859_2", "iso8859_5", "cp866"),
)
_CHARSET = re.compile(
    rb"""<(?:meta|\?xml)[^>]{0,200}?(?:charset|encoding)\s*=\s*["']?([\w.:-]+)""", re.I
)
# The encodings that browsers use for a name: mostly ones that extend the named encoding.
_AS_BROWSERS_READ = {
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "big5": "big5hkscs",
    "utf-16": "utf-8",  # a page whose declaration can be read is not in UTF-16
    "utf-16-le": "utf-8",
    "utf-16-be": "utf-8",
    "utf-32": "utf-8",
}
_LATIN = {"cp1250", "cp1252", "cp1254", "cp1257", "cp1258", "iso8859_2"}
_OF_MANY_BYTES = {"cp932", "euc_jp", "iso2022_jp", "gb18030", "big5hkscs", "cp949"}
_OF_LANGUAGE = {
    **dict.fromkeys(("pl", "cs", "sk", "hu", "ro", "hr", "sl", "bs", "sq"), "cp1250"),
    **dict.fromkeys(("tr", "az"), "cp1254"),
    **dict.fromkeys(("lt", "lv", "et"), "cp1257"),
    "vi": "cp1258",
}
# The Polish ą, ś and ź, and š, ť and ž of its neighbours, beside other letters: in cp1250, these
# bytes are signs.
_ISO8859_2_POLISH = re.compile(rb"[a-z][\xb1\xb6\xbc]|[\xa1\xa6\xac][a-z]")
_ISO8859_2_OTHER = re.compile(rb"[a-z][\xb9\xbb\xbe]|[\xa9\xab\xae][a-z]")
# The same letters in cp1250; in all other encodings these bytes are not shown.
_ONLY_CP1250 = re.compile(rb"[\x8a\x8c-\x8f\x9a\x9c-\x9f]")
_HIGH = re.compile(rb"[\x80-\xff]+")
_HIGH_IN_WORD = re.compile(rb"(?<=[A-Za-z])[\x80-\xff]{1,2}|[\x80-\xff]{1,2}(?=[A-Za-z])")
_LANGUAGE = re.compile(rb"""<html[^>]{0,500}?\slang\s*=\s*["']?([\w-]{2,35})""", re.I)
_MARKUP = re.compile(rb"(?s)<(script|style)\b.*?</\1>|<[^>]*>")
_ASCII = re.compile(rb"[\x00-\x7f]+")


class Decoded(NamedTuple):
    """A page as text, and the guessed encoding; that is empty if the encoding was known."""

    text: str
    guess: str = ""


def decode_page(data: bytes, charset: str = "") -> Decoded:
    """Return a page as text; `charset` is the encoding that came with it.

    The encoding is known from a byte order mark, a declaration or `charset`, or if the page is
    valid UTF-8. A few wrong bytes are replaced, as in a browser.
    """
    if mark := encoding_by_mark(data):
        return Decoded(data.decode(mark, "replace"))
    if b"\x1b$" in data and (text := _decoded(data, "iso2022_jp")) is not None:
        return Decoded(text)  # its bytes are those of ASCII
    try:
        return Decoded(data.decode("utf-8"))
    except UnicodeDecodeError:
        pass
    for name in (_text_encoding(charset), _declared(data)):
        if name and (text := _decoded(data, name)) is not None:
            return Decoded(text)
    guess = _guessed(data)
    text = _decoded(data, guess)
    return Decoded(data.decode(FALLBACK, "replace") if text is None else text, guess)


def _decoded(data: bytes, name: str) -> str | None:
    """Return decoded data, with a few wrong bytes replaced; None if there are more of them."""
    try:
        return data.decode(name)
    except UnicodeDecodeError:
        pass
    text = data.decode(name, "mixed" if name == "utf-8" else "replace")
    letters = len(data) - sum(map(len, _ASCII.findall(data)))
    wrong = text.count("\ufffd")
    if name == "utf-8":
        wrong = len(text) - len(data.decode("utf-8", "ignore"))
    return text if wrong <= max(MAX_WRONG * letters, 1) else None


def _guessed(data: bytes) -> str:
    """Return the most likely encoding of the text of a page."""
    if data[:2000].count(0) > len(data[:2000]) / 4:
        return "utf-16-le" if data[1:2000:2].count(0) > data[0:2000:2].count(0) else "utf-16-be"
    letters = _ASCII.sub(b"", data)
    if len(data.decode("utf-8", "ignore").encode()) - (len(data) - len(letters)) > MOSTLY * len(
        letters
    ):
        return "utf-8"  # most of its letters are valid, which does not happen by chance
    text = _MARKUP.sub(b" ", data)[:MAX_GUESSED_BYTES]
    found = need("charset_normalizer", "html").from_bytes(
        text, cp_isolation=list(_OF_THE_WEB), preemptive_behaviour=False
    )
    best = found.best()
    guess = best.encoding if best is not None else FALLBACK
    is_latin = guess in _LATIN or (guess not in _OF_MANY_BYTES and _is_within_words(text))
    return _of_language(data, text, guess) if is_latin else _as_browsers_read(guess)


def _is_within_words(text: bytes) -> bool:
    """Return whether letters beyond ASCII are within words of ASCII, as accented ones are."""
    return 2 * len(_HIGH_IN_WORD.findall(text)) >= len(_HIGH.findall(text))


def _of_language(data: bytes, text: bytes, guess: str) -> str:
    """Return the Latin encoding of the language of a page.

    These encodings differ in few letters: the language says more than the letters that occur.
    """
    declared = _LANGUAGE.search(data[:5000])
    name = declared[1].decode("ascii", "replace") if declared else ""
    language = name or detect_language(text.decode(guess, "replace"))
    encoding = _OF_LANGUAGE.get(language[:2].lower(), FALLBACK)
    letters = _ISO8859_2_POLISH if language.startswith("pl") else _ISO8859_2_OTHER
    is_of_unix = not _ONLY_CP1250.search(text) and letters.search(text)
    return "iso8859-2" if encoding == "cp1250" and is_of_unix else encoding


def _declared(data: bytes) -> str:
    match = _CHARSET.search(data[:4096])
    return _text_encoding(match[1].decode("ascii", "replace") if match else "")


def _text_encoding(name: str) -> str:
    """Return the name of an encoding of texts as Python knows it, else an empty text."""
    try:
        found = codecs.lookup(name.strip())
    except (LookupError, ValueError):
        return ""
    return _as_browsers_read(found.name) if found._is_text_encoding else ""


def _as_browsers_read(name: str) -> str:
    name = codecs.lookup(name).name
    return _AS_BROWSERS_READ.get(name, name)


def _as_windows(error: UnicodeError) -> tuple[str, int]:
    """Return a byte that is wrong in UTF-8 as its character in the old encoding of Windows."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode(FALLBACK, "replace"), error.end


codecs.register_error("mixed", _as_windows)
