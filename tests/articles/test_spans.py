"""Spans between marks: found as a pattern finds them, in one pass."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recommender.articles.spans import Span, dropped, kept

# The same span as a `Span` and as the one pattern that says it, which looks ahead from each mark.
STARS = (
    Span(
        re.compile(r"(?<![\w*/])(?P<mark>[*/])(?=\S)"),
        {mark: re.compile(rf"(?<!\s){re.escape(mark)}(?![\w*/])") for mark in "*/"},
        most=12,
        least=1,
    ),
    re.compile(r"(?<![\w*/])(?P<mark>[*/])(?P<text>\S(?:.{0,10}?\S)??)(?P=mark)(?![\w*/])", re.S),
)
STYLED = (
    Span(
        re.compile(r"(?<![\w*_])(?:\[[^\[\]]{0,5}\])?(?P<mark>[*_])(?=\S)"),
        {mark: re.compile(rf"(?<!\s){re.escape(mark)}(?![\w*_])") for mark in "*_"},
        most=12,
        least=1,
    ),
    re.compile(
        r"(?<![\w*_])(?:\[[^\[\]]{0,5}\])?(?P<mark>[*_])(?P<text>\S(?:.{0,10}?\S)??)(?P=mark)"
        r"(?![\w*_])",
        re.S,
    ),
)
BRACES = (
    Span(re.compile(r"\{%"), {"": re.compile(r"%\}")}, most=8),
    re.compile(r"\{%(?P<text>.{0,8}?)%\}", re.S),
)


@pytest.mark.parametrize(("span", "pattern"), [STARS, STYLED, BRACES])
def test_the_same_spans_are_found_as_by_a_pattern(span: Span, pattern: re.Pattern[str]) -> None:
    @given(st.text("*/_[]{}%a \n", max_size=40))
    def same(text: str) -> None:
        assert span.replaced(text, kept) == pattern.sub(r"\g<text>", text)
        assert span.replaced(text, dropped) == pattern.sub("", text)

    same()


class Counting:
    """A pattern that counts the characters that it looks at."""

    def __init__(self, pattern: re.Pattern[str]) -> None:
        self.pattern = pattern
        self.groupindex = pattern.groupindex
        self.looked_at = 0

    def search(self, text: str, at: int) -> re.Match[str] | None:
        found = self.pattern.search(text, at)
        self.looked_at += (found.end() if found else len(text)) - at
        return found


@pytest.mark.parametrize("unit", ["*a ", "*a* ", "*a/b ", "* ", "*", "/a*"])
def test_a_text_is_gone_through_once_for_each_mark(unit: str) -> None:
    span = STARS[0]
    opening = Counting(span.opening)
    closings = {mark: Counting(pattern) for mark, pattern in span.closings.items()}
    counted = Span(opening, closings, span.most, span.least)  # type: ignore[arg-type]
    text = unit * 2_000
    counted.replaced(text, kept)
    looked_at = opening.looked_at + sum(one.looked_at for one in closings.values())
    assert looked_at <= 4 * len(text)
