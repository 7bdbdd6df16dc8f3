"""Names the language of a text, as BCP 47."""

from __future__ import annotations

from functools import cache
from typing import Any

from recommender.types import UNKNOWN_LANGUAGE

# The opening of an article says enough, and keeps the time of a long one bounded.
MAX_CHARACTERS = 2_000
MIN_LETTERS = 12
MIN_PROBABILITY = 0.8


def detect_language(text: str) -> str:
    """Return the language of `text`, or `und` where it is too short or too mixed to tell."""
    sample = text[:MAX_CHARACTERS]
    if sum(map(str.isalpha, sample)) < MIN_LETTERS:
        return UNKNOWN_LANGUAGE
    language, probability = _identifier().classify(sample)
    return str(language) if probability >= MIN_PROBABILITY else UNKNOWN_LANGUAGE


@cache
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
