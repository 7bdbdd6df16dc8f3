"""Rebuild the bundled model's tokenizer from the vocabulary in its weights file.

The model was trained on text normalised by a table: NFKC with exceptions. `tokenizers` has a fast
NFKC but no table. So the two are compared on every code point, and each kind of exception becomes
a step before or after NFKC. The result equals the table on every code point. On whole texts it
equals the table, then canonical composition, then one space for each run of spaces.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

from tokenizers import AddedToken, Regex, Tokenizer, models, normalizers, pre_tokenizers
from tokenizers.processors import TemplateProcessing

from recommender.encoders.bundled.weights import Vocabulary
from recommender.errors import EncoderError

_SURROGATES = range(0xD800, 0xE000)
_CHARS_AT_ONCE = 4096


@dataclass(frozen=True, slots=True)
class NfkcExceptions:
    """Characters that the table and NFKC treat differently: dropped, made a space, or kept."""

    dropped: tuple[str, ...]
    spaces: tuple[str, ...]
    kept: tuple[str, ...]


def build_tokenizer(vocabulary: Vocabulary) -> Tokenizer:
    """Return a tokenizer that gives `<s> pieces </s>`, with no truncation and no padding set.

    Raises EncoderError if the installed `tokenizers` cannot express the table.
    """
    scored = list(zip(vocabulary.pieces, vocabulary.scores.tolist(), strict=True))
    tokenizer = Tokenizer(models.Unigram(scored, unk_id=vocabulary.unk, byte_fallback=False))
    tokenizer.normalizer = build_normalizer(vocabulary.normalisation)
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace("▁", prepend_scheme="always", split=True)
    bos, eos = (vocabulary.pieces[special] for special in (vocabulary.bos, vocabulary.eos))
    tokenizer.post_processor = TemplateProcessing(
        single=f"{bos} $A {eos}",
        pair=f"{bos} $A {eos} {eos} $B {eos}",
        special_tokens=[(bos, vocabulary.bos), (eos, vocabulary.eos)],
    )
    specials = (vocabulary.bos, vocabulary.pad, vocabulary.eos, vocabulary.unk)
    tokenizer.add_special_tokens(
        [AddedToken(vocabulary.pieces[special], special=True) for special in specials]
    )
    return tokenizer


def build_normalizer(table: Mapping[int, str]) -> normalizers.Sequence:
    """Return the table as components of `tokenizers`.

    Some characters are kept by the table but changed by NFKC. Each of them is a control character
    during NFKC. That control character is free, because the table drops it from the text first.
    """
    found = find_exceptions(table)
    free = [char for char in found.dropped if ord(char) < 0x20]
    if len(found.kept) > len(free):
        raise EncoderError(
            f"the installed tokenizers normalises {len(found.kept)} characters in another way than "
            "the bundled model expects. Install the version that pyproject.toml names"
        )
    names = dict(zip(found.kept, free, strict=False))
    steps: list[normalizers.Normalizer] = [_replace(found.dropped, "")]
    steps += [normalizers.Replace(char, name) for char, name in names.items()]
    steps.append(normalizers.NFKC())
    steps += [normalizers.Replace(name, char) for char, name in names.items()]
    steps.append(_replace((" ", *found.spaces), " "))
    return normalizers.Sequence(steps)


def find_exceptions(table: Mapping[int, str]) -> NfkcExceptions:
    """Compare the table with the installed NFKC on every code point.

    Raises EncoderError if they differ in another way than the three kinds.
    """
    dropped, spaces, kept = [], [], []
    for char, replacement in sorted(_differences(table)):
        if replacement == "":
            dropped.append(char)
        elif replacement == " ":
            spaces.append(char)
        elif replacement == char:
            kept.append(char)
        else:
            raise EncoderError(
                f"the normalisation table gives {replacement!r} for U+{ord(char):04X}, and the "
                "installed tokenizers cannot express that. Install the version that "
                "pyproject.toml names"
            )
    return NfkcExceptions(tuple(dropped), tuple(spaces), tuple(kept))


def _differences(table: Mapping[int, str]) -> Iterable[tuple[str, str]]:
    """Yield each character for which the table and NFKC differ, with the table's replacement.

    Characters are normalised many at a time, with a line feed between them: nothing composes with
    it, nothing becomes it, and NFKC leaves it as it is.
    """
    nfkc = normalizers.NFKC()
    for start in range(0, sys.maxunicode + 1, _CHARS_AT_ONCE):
        code_points = range(start, start + _CHARS_AT_ONCE)
        chars = [chr(cp) for cp in code_points if cp not in _SURROGATES and chr(cp) != "\n"]
        normalized = nfkc.normalize_str("\n".join(chars)).split("\n")
        if normalized == chars and table.keys().isdisjoint(code_points):
            continue
        for char, given in zip(chars, normalized, strict=True):
            replacement = table.get(ord(char), char)
            if replacement != given:
                yield char, replacement
    if table.get(ord("\n"), "\n") != "\n":
        yield "\n", table[ord("\n")]


def _replace(chars: Iterable[str], by: str) -> normalizers.Normalizer:
    """Return a step that puts `by` in place of every run of any of the characters."""
    escaped = "".join(f"\\x{{{ord(char):x}}}" for char in chars)
    return cast(normalizers.Normalizer, normalizers.Replace(Regex(f"[{escaped}]+"), by))
