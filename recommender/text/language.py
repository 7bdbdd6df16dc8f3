"""Name the language of a text, as a BCP 47 tag."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from functools import cache, lru_cache
from itertools import chain, compress
from typing import TYPE_CHECKING

from recommender.text.function_words import words_only_within
from recommender.text.language_tags import language_key, language_tag
from recommender.text.scripts import scripts_of
from recommender.text.words import WIDE
from recommender.types import UNKNOWN_LANGUAGE, Article

if TYPE_CHECKING:
    from recommender.text.identifier import Detector, Floats

# A sentence is enough for most articles. The others get longer samples, still bounded.
SENTENCE_BYTES = 160
SAMPLE_BYTES = 320
LONG_SAMPLE_BYTES = 1_600
# So many samples are detected together, and the probabilities of so many are kept.
SAMPLES_AT_ONCE = 64
KEPT_SAMPLES = 4_096
MIN_LETTERS = 12
SURE_PROBABILITY = 0.97
MIN_PROBABILITY = 0.8
# A declared language is doubted only with this much text, this probability, and if the detected
# language is not one that detectors confuse with it.
MIN_LETTERS_TO_DOUBT = 150
PROBABILITY_TO_DOUBT = 0.999
# The detector's name for text in no language: keys, code.
NO_LANGUAGE = "zxx"
# A paragraph declares no language, so less evidence is enough.
MIN_PARAGRAPH_LETTERS = 60
MIN_PARAGRAPH_PROBABILITY = 0.95
# A word in this share of an article's paragraphs is a function word of its language, like those in
# `data/function_words.toml`. Only a paragraph with a smaller share of function words is classified:
# classifying every paragraph takes as long as all the rest of cutting.
COMMON_WORD_SHARE = 0.4
MIN_COMMON_SHARE = 0.1
# If the first sentence has so many function words of the declared language, it is in that language.
MIN_FUNCTION_WORDS = 3
SAMPLE_CHARACTERS = 400
FIRST_NOT_LATIN = "\u0370"

# Languages that detectors confuse: a declared language is never doubted for another of its group.
_CONFUSED = (
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
# In these scripts only these languages and those they are confused with are written.
_ALONE = {"zh", "ja", "ko"}


def detect_language(text: str) -> str:
    """Return the language of `text`, or `und` if it is too short or too mixed."""
    if _letters(text) < MIN_LETTERS:
        return UNKNOWN_LANGUAGE
    language, probability = UNKNOWN_LANGUAGE, 0.0
    for size in (SENTENCE_BYTES, SAMPLE_BYTES, LONG_SAMPLE_BYTES):
        if probability < SURE_PROBABILITY:
            language, probability = _classify(text, size)
    if probability < MIN_PROBABILITY:
        probability = _group_probability(_chances(text, LONG_SAMPLE_BYTES), language)
    return language if probability >= MIN_PROBABILITY else UNKNOWN_LANGUAGE


def settle_language(article: Article) -> tuple[str, str]:
    """Return the article's language, and a note if the declared one is clearly wrong."""
    declared = language_tag(article.language)
    if declared == UNKNOWN_LANGUAGE:
        return detect_language(article.text), ""
    base = declared.partition("-")[0]
    if base not in _known() or _is_plausible(article.text, base):
        return declared, ""
    found, probability = _classify(article.text, LONG_SAMPLE_BYTES)
    if probability < PROBABILITY_TO_DOUBT or found in _confused_with(base):
        return declared, ""
    return found, f"declared as {declared}, but is clearly {found}"


def languages_within(texts: Sequence[str], article_language: str) -> list[str]:
    """Return the language of each paragraph: the article's unless it clearly is another."""
    lists = [
        text[:SAMPLE_CHARACTERS].lower().split() if _is_long_enough(text) else [] for text in texts
    ]
    known = _words_of(article_language.partition("-")[0])
    is_wide = _is_wide("".join(texts[:3])[:SAMPLE_CHARACTERS])
    if known and not is_wide and not any(_is_strange(own, known) for own in lists):
        return [article_language] * len(texts)  # most articles, sooner than their words are counted
    words = [*map(set, lists)]
    counts = Counter(chain.from_iterable(words))
    least = max(2, COMMON_WORD_SHARE * sum(map(bool, words)))
    common = known.union(word for word, count in counts.items() if count >= least)
    strange = [
        text
        for text, own in zip(texts, words, strict=True)
        if own and (_is_wide(text) != is_wide if is_wide else _is_strange(own, common))
    ]
    others = dict(zip(strange, _languages_of(strange, article_language), strict=True))
    return [others.get(text, article_language) for text in texts]


def _is_long_enough(text: str) -> bool:
    """Return whether a paragraph is long enough; in another script fewer letters are enough."""
    return len(text) >= MIN_PARAGRAPH_LETTERS or (
        len(text) >= MIN_LETTERS and max(text) >= FIRST_NOT_LATIN
    )


def _is_wide(text: str) -> bool:
    """Return whether a text is in a script that puts no spaces between words."""
    return not text.isascii() and 3 * len(WIDE.findall(text)) > len(text)


def _is_strange(words: Collection[str], common: frozenset[str]) -> bool:
    return len(common.intersection(words)) < MIN_COMMON_SHARE * len(words)


def _languages_of(paragraphs: Sequence[str], article_language: str) -> list[str]:
    """Return the language of each of some paragraphs: the article's unless clearly another.

    If the detector does not know the article's language, all its paragraphs keep it.
    """
    base = article_language.partition("-")[0]
    if base != UNKNOWN_LANGUAGE and base not in _known():
        return [article_language] * len(paragraphs)
    are_written_so = [_is_written_as(text, article_language) for text in paragraphs]
    are_long = [
        _letters(text) >= (MIN_PARAGRAPH_LETTERS if is_written_so else MIN_LETTERS)
        for text, is_written_so in zip(paragraphs, are_written_so, strict=True)
    ]
    samples = [_sample(text, LONG_SAMPLE_BYTES) for text in compress(paragraphs, are_long)]
    chances = _kept_chances.of(samples)
    return [
        _language_of_paragraph(text, next(chances), article_language, is_written_so)
        if is_long
        else article_language
        for text, is_written_so, is_long in zip(paragraphs, are_written_so, are_long, strict=True)
    ]


def _language_of_paragraph(
    text: str, chances: Floats, article_language: str, is_written_so: bool
) -> str:
    found, probability = _identifier().likeliest(chances)
    group = _confused_with(article_language.partition("-")[0])
    if found == NO_LANGUAGE or found in group or not _is_written_as(text, found):
        return article_language
    if not is_written_so:  # it is surely another language; only its name is uncertain
        is_named = _group_probability(chances, found) >= MIN_PROBABILITY
        return found if is_named else article_language
    return found if probability >= MIN_PARAGRAPH_PROBABILITY else article_language


def _is_written_as(text: str, language: str) -> bool:
    """Return whether a text is in the script of a language; true if either is unknown."""
    script = language_key(language).partition("-")[2]
    written = scripts_of(text)
    return not (script and written) or script in written


def _is_plausible(text: str, declared: str) -> bool:
    """Return whether a short sample gives no reason to doubt the declared language."""
    samples = (text[:SENTENCE_BYTES], text[:SAMPLE_BYTES])
    if any(_has_words_of(declared, one) for one in samples) or _is_alone(declared, samples[0]):
        return True  # most texts, and sooner than they are classified
    if _letters(text) < MIN_LETTERS_TO_DOUBT:
        return True
    found, probability = _classify(text, SENTENCE_BYTES)
    if probability < SURE_PROBABILITY:
        found, probability = _classify(text, SAMPLE_BYTES)
    return found in _confused_with(declared)


def _has_words_of(language: str, sample: str) -> bool:
    """Return whether a sample has several function words of a language, and enough of them."""
    known = _words_of(language)
    if not known:
        return False
    words = sample.lower().split()
    found = sum(word in known for word in words)
    return found >= MIN_FUNCTION_WORDS and found >= MIN_COMMON_SHARE * len(words)


def _is_alone(language: str, sample: str) -> bool:
    """Return whether a sample is in a script in which only a language and its group are written."""
    return language in _ALONE and _is_wide(sample) and _is_written_as(sample, language)


def _words_of(language: str) -> frozenset[str]:
    """Return the function words of a language that only it and those confused with it have."""
    return words_only_within(language, _confused_with(language))


def _classify(text: str, size: int) -> tuple[str, float]:
    """Return the language of a text by its first bytes, and its probability."""
    return _identifier().likeliest(_chances(text, size))


def _chances(text: str, size: int) -> Floats:
    """Return the probability of each language for the first bytes of a text."""
    return next(_kept_chances.of([_sample(text, size)]))


def _sample(text: str, size: int) -> bytes:
    return text[:size].encode("utf-8", "replace")[:size]


class _KeptChances:
    """The probabilities of languages for the last samples, since archives repeat paragraphs."""

    def __init__(self) -> None:
        self._kept: dict[bytes, Floats] = {}

    def of(self, samples: Sequence[bytes]) -> Iterator[Floats]:
        """Yield the chances of each sample; those that are not kept are detected together."""
        for start in range(0, len(samples), SAMPLES_AT_ONCE):
            some = samples[start : start + SAMPLES_AT_ONCE]
            kept = self._kept
            if len(kept) + len(some) > KEPT_SAMPLES:
                kept = self._kept = {}  # another thread may still read the one before
            if fresh := [one for one in dict.fromkeys(some) if one not in kept]:
                kept.update(zip(fresh, _identifier().chances(fresh), strict=True))
            yield from map(kept.__getitem__, some)


_kept_chances = _KeptChances()


def _group_probability(chances: Floats, language: str) -> float:
    """Return the probability of a language or one that is confused with it."""
    group = _confused_with(language)
    return sum(chance for name, chance in _identifier().ranked(chances) if name in group)


@lru_cache(maxsize=512)
def _confused_with(language: str) -> frozenset[str]:
    return frozenset({language}.union(*(group for group in _CONFUSED if language in group)))


def _letters(text: str) -> int:
    """Count the letters in the short sample of `text`."""
    return sum(map(str.isalpha, text[:SAMPLE_BYTES]))


@cache
def _known() -> frozenset[str]:
    return frozenset(_identifier().classes)


@cache
def _identifier() -> Detector:
    from recommender.text.identifier import open_identifier  # most answers detect nothing

    return open_identifier()
