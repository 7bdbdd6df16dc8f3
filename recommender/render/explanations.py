"""Render explanations: the sentences that match, and the parts of the score."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from recommender.render.text_layout import BOLD, PLAIN, Page, marked, one_line, wrapped
from recommender.types import Explanation, Match, Sentences

# Mark the start and the end of strong text while lines are broken; no printed text holds them.
_START, _END = "\x02", "\x03"


def highlighted(text: str, sentences: Sequence[Sentences], page: Page, indent: int) -> list[str]:
    """Return the lines of a text with sentences in it strong: bold, or ** if there is no colour."""
    start, end = (_START, _END) if page.color else ("**", "**")
    whole = _with_marks(text, sentences, one_line, start, end)
    lines = wrapped(whole, page.width, indent=indent, limit=None)
    if not page.color:
        return lines
    strong = False
    for number, line in enumerate(lines):
        opened = _START + line if strong else line
        strong = opened.rfind(_START) > opened.rfind(_END)
        closed = opened + _END if strong else opened
        lines[number] = closed.replace(_START, BOLD).replace(_END, PLAIN)
    return lines


def highlighted_markdown(text: str, sentences: Sequence[Sentences]) -> str:
    """Return a text as Markdown with sentences in it strong."""
    return _with_marks(text, sentences, marked, "**", "**")


def explained(explanation: Explanation, page: Page) -> list[str]:
    """Return the parts of a score as lines of text."""
    lines = []
    for part in explanation.parts:
        value = "" if part.value is None else f"{part.value:.3f} "
        first, *rest = wrapped(f"{value}{one_line(part.words)}", page.width, indent=15, limit=None)
        lines += [page.faint(f"    {part.name:<11}{first.strip()}"), *map(page.faint, rest)]
    return lines


def explained_markdown(explanation: Explanation) -> str:
    """Return the parts of a score as a list below an item of a list."""
    return "".join(
        f"   - {part.name}{'' if part.value is None else f' {part.value:.3f}'}: "
        f"{marked(part.words)}\n"
        for part in explanation.parts
    )


def matched(match: Match, score: float, names: tuple[str, str], page: Page) -> list[str]:
    """Return a pair of passages and its score, with the sentences that match."""
    ours, theirs = names
    ends = f"{ours} ↔ {theirs} {score:.3f}, by their best sentences {match.score:.3f}"
    lines = [page.faint(line) for line in wrapped(ends, page.width, 4, limit=None, chop=False)]
    for name, sentences in ((ours, match.sentences), (theirs, match.other_sentences)):
        for one in sentences:
            lines += wrapped(f"{name} “{one_line(one.text)}”", page.width, indent=6, limit=None)
    return lines


def _with_marks(
    text: str,
    sentences: Sequence[Sentences],
    escaped: Callable[[str], str],
    start: str,
    end: str,
) -> str:
    """Return an escaped text with white space folded and marks around sentences in it."""
    pieces = []
    done = 0
    for one in sentences:
        pieces += [
            escaped(text[done : one.start]),
            start + escaped(text[one.start : one.end]) + end,
        ]
        done = one.end
    pieces.append(escaped(text[done:]))
    return " ".join(piece for piece in pieces if piece)
