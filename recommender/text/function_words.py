"""Know the function words of languages: every text has them, and they show its language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import chain

from recommender.system.package_data import data_file
from recommender.text.words import words_of


def content_words(text: str, language: str) -> set[str]:
    """Return the distinct words of a text, as `words_of` does, without function words."""
    return words_of(text) - _all_function_words().get(language.partition("-")[0], frozenset())


@cache
def _all_function_words() -> dict[str, frozenset[str]]:
    """Return the words of each language in the table, in the form in which they are compared."""
    return {
        language: frozenset(chain.from_iterable(map(words_of, words)))
        for language, words in _table().items()
    }


@lru_cache(maxsize=512)
def words_only_within(language: str, group: frozenset[str]) -> frozenset[str]:
    """Return the function words of a language that no other outside its group has."""
    table = _table()
    others = (words for other, words in table.items() if other not in group)
    return frozenset(table.get(language, ())).difference(*others)


@cache
def _table() -> Mapping[str, Sequence[str]]:
    """Return the words of each language."""
    import tomllib  # most answers need no function words

    text = data_file("function_words.toml").read_text("utf-8")
    return tomllib.loads(text)
