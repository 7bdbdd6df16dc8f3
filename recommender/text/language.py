"""Names the language of a text, as BCP 47."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from itertools import chain
from typing import Any

from recommender.text.blocks import WIDE
from recommender.types import UNKNOWN_LANGUAGE, Article

MAX_IDENTIFIED_CHARACTERS = 1_000
# The first word of a character's Unicode name -> the scripts of the languages that use it.
_SCRIPTS = {
    "LATIN": {"Latn"},
    "CYRILLIC": {"Cyrl"},
    "ARABIC": {"Arab"},
    "CJK": {"Hans", "Hant", "Jpan"},
    "HIRAGANA": {"Jpan"},
    "KATAKANA": {"Jpan"},
    "HANGUL": {"Kore"},
    "DEVANAGARI": {"Deva"},
    "BENGALI": {"Beng"},
    "GREEK": {"Grek"},
    "HEBREW": {"Hebr"},
    "THAI": {"Thai"},
    "ARMENIAN": {"Armn"},
    "GEORGIAN": {"Geor"},
    "ETHIOPIC": {"Ethi"},
    "TIBETAN": {"Tibt"},
    "GUJARATI": {"Gujr"},
    "GURMUKHI": {"Guru"},
    "KANNADA": {"Knda"},
    "KHMER": {"Khmr"},
    "LAO": {"Laoo"},
    "MALAYALAM": {"Mlym"},
    "MYANMAR": {"Mymr"},
    "ORIYA": {"Orya"},
    "OL": {"Olck"},
    "SINHALA": {"Sinh"},
    "TAMIL": {"Taml"},
    "TELUGU": {"Telu"},
    "TIFINAGH": {"Tfng"},
}
# A Japanese text is mostly Han; kana and hangul settle it where they are a fair part.
_TELLING = {"HIRAGANA", "KATAKANA", "HANGUL"}
_FAIR_PART = 0.1

# A glance is enough for most articles; the others get a longer look, still bounded.
GLANCE_BYTES = 320
LOOK_BYTES = 1_600
MIN_LETTERS = 12
SURE = 0.97
MIN_PROBABILITY = 0.8
# What it takes to doubt a declared language: this much text, this sure, and no near relation.
MIN_LETTERS_TO_DOUBT = 150
PROBABILITY_TO_DOUBT = 0.999
# What the detector calls a text that is in none: keys, code.
NO_LANGUAGE = "zxx"
# Of a part nothing is declared, so less will do.
MIN_LETTERS_OF_A_PART = 60
PROBABILITY_OF_A_PART = 0.95
# A word in so many of an article's parts is one of those that its language cannot do without, as
# those in `data/function_words.toml` are. Only a part of which fewer words are such is looked at:
# to look at each takes as long as all the rest of cutting.
COMMON_WORD = 0.4
FEW_COMMON = 0.1
LOOKED_AT = 400
FIRST_NOT_LATIN = "\u0370"

# Languages that a detector takes for each other: a declaration among them is never doubted.
_NEAR = (
    {"nb", "nn", "no", "da", "sv"},
    {"hr", "sr", "bs", "sh", "sl", "cnr"},
    {"id", "ms", "jv", "min"},
    {"cs", "sk"},
    {"pt", "gl", "es", "ca", "oc", "an", "ast"},
    {"nl", "af", "li", "fy", "vls"},
    {"ru", "uk", "be", "bg", "mk"},
    {"hi", "mr", "ne", "mai", "bho"},
    {"de", "lb", "gsw", "nds", "bar"},
    {"zh", "ja", "yue", "wuu"},
    {"fr", "wa", "br", "oc"},
    {"it", "la", "co", "scn"},
    {"ar", "fa", "ur", "ug", "ku", "ckb", "sdh", "ps"},
    {"xh", "zu"},
)
_TAG = re.compile(
    r"([A-Za-z]{2,3})(?:[-_]([A-Za-z]{4}))?(?:[-_]([A-Za-z]{2}|\d{3}))?(?:[-_.@]\S*)?"
)
_CODES = {"iw": "he", "in": "id", "ji": "yi", "mo": "ro", "jp": "ja", "cz": "cs", "gr": "el"}


def detect_language(text: str) -> str:
    """Return the language of `text`, or `und` where it is too short or too mixed to tell."""
    if _letters(text) < MIN_LETTERS:
        return UNKNOWN_LANGUAGE
    language, probability = _classify(text, GLANCE_BYTES)
    if probability < SURE:
        language, probability = _classify(text, LOOK_BYTES)
    if probability < MIN_PROBABILITY:
        probability = _with_near(text, language)
    return language if probability >= MIN_PROBABILITY else UNKNOWN_LANGUAGE


def settle_language(article: Article) -> tuple[str, str]:
    """Return the article's language and, where the declared one is clearly wrong, a note of it."""
    declared = language_tag(article.language)
    if declared == UNKNOWN_LANGUAGE:
        return detect_language(article.text), ""
    base = declared.partition("-")[0]
    if base not in _known() or _is_plausible(article.text, base):
        return declared, ""
    found, probability = _classify(article.text, LOOK_BYTES)
    if probability < PROBABILITY_TO_DOUBT or found in _near(base):
        return declared, ""
    return found, f"declared as {declared}, but is clearly {found}"


def languages_within(texts: Sequence[str], article_language: str) -> list[str]:
    """Return the language of each part of an article: the article's unless clearly another."""
    words = [set(text[:LOOKED_AT].lower().split()) if _may_tell(text) else set() for text in texts]
    counts = Counter(chain.from_iterable(words))
    least = max(2, COMMON_WORD * sum(map(bool, words)))
    common = {word for word, count in counts.items() if count >= least}
    common |= _function_words().get(article_language.partition("-")[0], frozenset())
    is_wide = _is_wide("".join(texts[:3])[:LOOKED_AT])
    return [
        _language_of_part(text, article_language)
        if own and (_is_wide(text) != is_wide if is_wide else _is_strange(own, common))
        else article_language
        for text, own in zip(texts, words, strict=True)
    ]


def _may_tell(text: str) -> bool:
    """Tell whether a part can be long enough to name its language; fewer letters of a script do."""
    return len(text) >= MIN_LETTERS_OF_A_PART or (
        len(text) >= MIN_LETTERS and max(text) >= FIRST_NOT_LATIN
    )


def _is_wide(text: str) -> bool:
    """Tell whether a text is in a script that does not put spaces between words."""
    return not text.isascii() and 3 * len(WIDE.findall(text)) > len(text)


def _is_strange(words: set[str], common: set[str]) -> bool:
    return len(words & common) < FEW_COMMON * len(words)


def _language_of_part(text: str, article_language: str) -> str:
    """Return the language of a part of an article: the article's unless clearly another.

    Parts of an article in a language that the detector does not know tell nothing to it.
    """
    base = article_language.partition("-")[0]
    if base != UNKNOWN_LANGUAGE and base not in _known():
        return article_language
    is_apart = not _is_written_as(text, article_language)
    if _letters(text) < (MIN_LETTERS if is_apart else MIN_LETTERS_OF_A_PART):
        return article_language
    found, probability = _classify(text, LOOK_BYTES)
    if found == NO_LANGUAGE or found in _near(base) or not _is_written_as(text, found):
        return article_language
    if is_apart:  # that it is another language is sure, not which one
        return found if _with_near(text, found) >= MIN_PROBABILITY else article_language
    return found if probability >= PROBABILITY_OF_A_PART else article_language


def _is_written_as(text: str, language: str) -> bool:
    """Tell whether a text is in the script of a language, as far as both are known."""
    script = language_key(language).partition("-")[2]
    written = scripts_of(text)
    return not (script and written) or script in written


def language_tag(text: str) -> str:
    """Return a declared language as BCP 47 (`NL_be.utf8` is `nl-BE`), or `und` where it is none."""
    match = _TAG.fullmatch(text.strip()[:35])
    if match is None:
        return UNKNOWN_LANGUAGE
    language, script, region = match.groups()
    parts = [_CODES.get(language.lower(), language.lower())]
    parts += [script.title()] if script else []
    parts += [region.upper()] if region else []
    return "-".join(parts)


def _is_plausible(text: str, declared: str) -> bool:
    """Tell whether a glance gives no reason to doubt the declared language."""
    if _letters(text) < MIN_LETTERS_TO_DOUBT:
        return True
    return _classify(text, GLANCE_BYTES)[0] in _near(declared)


def _classify(text: str, size: int) -> tuple[str, float]:
    language, probability = _identifier().classify(text[:size].encode("utf-8", "replace")[:size])
    return str(language), float(probability)


def _with_near(text: str, language: str) -> float:
    """Return the probability that `text` is in `language` or one that is taken for it."""
    sample = text[:LOOK_BYTES].encode("utf-8", "replace")[:LOOK_BYTES]
    near = _near(language)
    return sum(float(chance) for name, chance in _identifier().rank(sample) if name in near)


def _near(language: str) -> set[str]:
    return {language}.union(*(group for group in _NEAR if language in group))


def _letters(text: str) -> int:
    """Count the letters in the part of `text` that is looked at."""
    return sum(map(str.isalpha, text[:GLANCE_BYTES]))


@cache
def _function_words() -> dict[str, frozenset[str]]:
    """Return the words of each language in the table that no other language in it has."""
    table = tomllib.loads(
        (files("recommender") / "data" / "function_words.toml").read_text("utf-8")
    )
    counts = Counter(chain.from_iterable(table.values()))
    return {
        language: frozenset(word for word in words if counts[word] == 1)
        for language, words in table.items()
    }


@cache
def _known() -> frozenset[str]:
    return frozenset(map(str, _identifier().nb_classes))


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


@cache
def language_key(tag: str) -> str:
    """Return the language and script of a BCP 47 tag: `nl-BE` is `nl-Latn`, `zh-TW` `zh-Hant`.

    Codes of three letters and underscores are understood too (`nld_Latn`). What is no tag gives
    `und`.
    """
    import langcodes

    if not tag or tag == UNKNOWN_LANGUAGE:
        return UNKNOWN_LANGUAGE
    for candidate in (tag, tag.replace("_", "-").partition("-")[0]):
        try:
            known = langcodes.Language.get(langcodes.standardize_tag(candidate, macro=True))
        except ValueError:
            continue
        full = known.maximize()
        return f"{full.language}-{full.script}" if full.script else str(full.language)
    return UNKNOWN_LANGUAGE


def scripts_of(text: str) -> frozenset[str]:
    """Return the scripts that most letters of `text` belong to, empty where there is none.

    Several where one kind of letter serves several, as Han characters do.
    """
    letters = [letter for letter in text[:MAX_IDENTIFIED_CHARACTERS] if letter.isalpha()]
    words = Counter(unicodedata.name(letter, "").partition(" ")[0] for letter in letters)
    known = Counter({word: count for word, count in words.items() if word in _SCRIPTS})
    if not known:
        return frozenset()
    for word in _TELLING & known.keys():
        if known[word] >= _FAIR_PART * known.total():
            return frozenset(_SCRIPTS[word])
    return frozenset(_SCRIPTS[known.most_common(1)[0][0]])
