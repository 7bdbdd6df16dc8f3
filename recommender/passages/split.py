"""Split texts at sentence ends so that each part is within an encoder's limit of tokens."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence

from recommender.text.sentences import Span, trimmed, units

CountTokens = Callable[[Sequence[str]], list[int]]
# A longer text is cut before its tokens are counted, so that no call of a tokenizer is large.
MAX_UNIT_CHARACTERS = 2_000
# A tokenizer may put a mark before a text.
_MARKS = 8


def split(texts: Sequence[str], count_tokens: CountTokens, max_tokens: int) -> list[list[Span]]:
    """Return for each text its spans of at most `max_tokens` tokens, cut at sentence ends.

    A sentence over the limit is cut between words, and a word over it between characters. Tokens
    are counted only of texts that may have too many: counting takes longer than all other cutting.
    """
    fits = [_is_within(text, max_tokens) for text in texts]
    small = [
        text
        for text, is_within in zip(texts, fits, strict=True)
        if not is_within and len(text) <= MAX_UNIT_CHARACTERS
    ]
    counted = iter(count_tokens(small) if small else ())
    return [
        [(0, len(text))]
        if is_within or (len(text) <= MAX_UNIT_CHARACTERS and next(counted) <= max_tokens)
        else _parts(text, count_tokens, max_tokens)
        for text, is_within in zip(texts, fits, strict=True)
    ]


def _is_within(text: str, max_tokens: int) -> bool:
    """Return whether a text certainly has at most `max_tokens` tokens, whatever the tokenizer.

    A token has at least one byte of the text, after its characters are decomposed as tokenizers do.
    False means that the tokens must be counted.
    """
    room = max_tokens - _MARKS
    if len(text) > room:
        return False
    if text.isascii():
        return True
    return len(unicodedata.normalize("NFKD", text).encode("utf-8", "surrogatepass")) <= room


def _parts(text: str, count_tokens: CountTokens, max_tokens: int) -> list[Span]:
    pieces = [piece for span in units(text) for piece in _bounded(text, *span)]
    counts = count_tokens([text[slice(*piece)] for piece in pieces])
    spans = trimmed(text, _packed(pieces, counts, max_tokens))
    # The tokens of joined sentences are nearly, not exactly, the sum of theirs: count again.
    joined = count_tokens([text[slice(*span)] for span in spans])
    return [
        part
        for span, tokens in zip(spans, joined, strict=True)
        for part in (
            [span] if tokens <= max_tokens else _halves(text, span, count_tokens, max_tokens)
        )
    ]


def _bounded(text: str, start: int, end: int) -> Iterator[Span]:
    while end - start > MAX_UNIT_CHARACTERS:
        middle = _word_end(text, start, start + MAX_UNIT_CHARACTERS)
        yield start, middle
        start = middle
    if end > start:
        yield start, end


def _packed(pieces: Sequence[Span], counts: Sequence[int], max_tokens: int) -> list[Span]:
    spans: list[Span] = []
    tokens_so_far = 0
    for (start, end), tokens in zip(pieces, counts, strict=True):
        if spans and tokens_so_far + tokens <= max_tokens:
            spans[-1] = (spans[-1][0], end)
            tokens_so_far += tokens
        else:
            spans.append((start, end))
            tokens_so_far = tokens
    return spans


def _halves(text: str, span: Span, count_tokens: CountTokens, max_tokens: int) -> list[Span]:
    """Cut `span` between words until each piece fits; a single character always passes."""
    start, end = span
    if end - start == 1 or count_tokens([text[start:end]])[0] <= max_tokens:
        return trimmed(text, [span])
    middle = _word_end(text, start, (start + end) // 2)
    return [
        part
        for half in ((start, middle), (middle, end))
        for part in _halves(text, half, count_tokens, max_tokens)
    ]


def _word_end(text: str, start: int, end: int) -> int:
    """Return the end of the last word before `end`, or `end` if there is no space."""
    space = max(text.rfind(" ", start + 1, end), text.rfind("\n", start + 1, end))
    return space + 1 if space > start else end
