"""Split texts at sentence ends so that each part is within an encoder's limit of tokens."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence

Span = tuple[int, int]
CountTokens = Callable[[Sequence[str]], list[int]]
# A longer text is cut into units before its tokens are counted, so that no tokenizer call is large.
MAX_UNIT_CHARACTERS = 2_000
# A tokenizer may set a mark before a text.
_MARKS = 8
# What may end a sentence: marks before white space, marks of scripts without spaces, a line's end.
_END = re.compile(
    r"""
    (?<![.!?…؟।॥۔።։။។]) [.!?…؟।॥۔።։။។]++ ["'”’“»)\]]*+ (?= \s++ ["'“‘«‹(\[]*+ (?P<next>.?) )
    | [。！？]+ [”’」』）]* | \n
    """,
    re.VERBOSE | re.DOTALL,
)
# A full stop after these ends no sentence: an initial, a day of the month, a title before a name.
_ABBREVIATED = re.compile(
    r"""
    (?: (?: \A | (?<=[\s.("'“‘„«-]) ) [^\W\d_]
      | (?<!\d) (?<!\d[.,:]) \d{1,2}
      | \b (?: [Dd]r | [Dd]rs | [Dd]hr | [Ii]r | [Ii]ng | [Mm]evr | [Pp]rof | [Nn]r | [Aa]rt | No
          | Mr | Mrs | Ms | Mme | St | Sr | Sra | Sen | Rep | Gen | Gov | Lt | Col | Rev | Hr | Fr )
    ) \. \Z
    """,
    re.VERBOSE,
)
# Such an abbreviation, and the character before it, is no longer.
_ABBREVIATION_CHARACTERS = 8
_LINE_END = re.compile(r"(?<!\n)\n(?!\n)")


def sentences(text: str) -> list[Span]:
    """Return the (start, end) of each sentence of a text, without the white space around it.

    A line end within a paragraph ends no sentence.
    """
    return _trimmed(text, _units(_LINE_END.sub(" ", text)))


def _units(text: str) -> Iterator[Span]:
    """Yield the (start, end) of each sentence with the white space after it, and of the rest."""
    start = 0
    for match in _END.finditer(text):
        if _is_end(match):
            yield start, match.end()
            start = match.end()
    if start < len(text):
        yield start, len(text)


def _is_end(match: re.Match[str]) -> bool:
    """Return whether marks end a sentence.

    They do not before a small letter, nor does the full stop of an abbreviation.
    """
    following = match["next"]
    if following is None:  # marks of scripts without spaces, or a line's end
        return True
    if following.islower():
        return False
    start = match.start()
    before = match.string[max(start - _ABBREVIATION_CHARACTERS, 0) : start + 1]
    return match[0] != "." or _ABBREVIATED.search(before) is None


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
    """Return whether a text has at most `max_tokens` tokens, whatever the tokenizer.

    No token is shorter than a byte of the text, with its characters taken apart as tokenizers do
    it. False is no answer: then they have to be counted.
    """
    room = max_tokens - _MARKS
    if len(text) > room:
        return False
    if text.isascii():
        return True
    return len(unicodedata.normalize("NFKD", text).encode("utf-8", "surrogatepass")) <= room


def _parts(text: str, count_tokens: CountTokens, max_tokens: int) -> list[Span]:
    units = [unit for span in _units(text) for unit in _bounded(text, *span)]
    counts = count_tokens([text[slice(*unit)] for unit in units])
    spans = _trimmed(text, _packed(units, counts, max_tokens))
    # The tokens of joined sentences are nearly, not exactly, the sum of theirs: count once more.
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


def _packed(units: Sequence[Span], counts: Sequence[int], max_tokens: int) -> list[Span]:
    spans: list[Span] = []
    tokens_so_far = 0
    for (start, end), tokens in zip(units, counts, strict=True):
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
        return _trimmed(text, [span])
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


def _trimmed(text: str, spans: Iterable[Span]) -> list[Span]:
    trimmed = []
    for start, end in spans:
        piece = text[start:end]
        if stripped := piece.strip():
            left = start + len(piece) - len(piece.lstrip())
            trimmed.append((left, left + len(stripped)))
    return trimmed
