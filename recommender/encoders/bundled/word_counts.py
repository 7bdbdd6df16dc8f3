"""Count the tokens of texts by their words, each of which is tokenized once.

The bundled tokenizer splits at spaces and never joins words, so the tokens of a text are those of
its words. To cut an archive, tokens are counted of most paragraphs: that took over half the time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

# Half of an archive's words are among so many.
MOST_WORDS = 200_000
# Scripts without spaces have long words, which do not come again.
MOST_WORD_CHARACTERS = 40


class WordCounts:
    """Counts tokens without the special ones, with a function that tokenizes whole texts."""

    def __init__(self, count: Callable[[Sequence[str]], list[int]]) -> None:
        self._count = count
        self._known: dict[str, int] = {}

    def __call__(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""
        if len(self._known) > MOST_WORDS:
            self._known = {}
        words = [_words(text) for text in texts]
        known = self._known
        fresh = [*{word: None for found in words for word in found or () if word not in known}]
        whole = [text for text, found in zip(texts, words, strict=True) if found is None]
        counts = self._count([*fresh, *whole])
        known.update(zip(fresh, counts, strict=False))
        rest = iter(counts[len(fresh) :])
        return [
            next(rest) if found is None else sum(map(known.__getitem__, found)) for found in words
        ]


def _words(text: str) -> list[str] | None:
    """Return the words of a text, None if it has to be tokenized as a whole."""
    if _is_odd(text) or text[:1].isspace() or text[-1:].isspace():
        return None
    words = text.split()
    return words if words and max(map(len, words)) <= MOST_WORD_CHARACTERS else None


def _is_odd(text: str) -> bool:
    """Return whether a text has characters that are not tokenized as those of other words.

    White space other than a space or a line's end, controls and formats are dropped or become
    spaces. `<` may open a token of its own, `▁` is the tokenizer's space.
    """
    return "<" in text or "▁" in text or not text.replace("\n", " ").isprintable()
