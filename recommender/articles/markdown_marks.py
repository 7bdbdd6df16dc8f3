"""Tell Markdown from plain text, by marks that plain text does not have."""

from __future__ import annotations

import re

# A longer text of a row stays as it is: its reader has no limit of time.
MAX_CHARACTERS = 200_000
_MARKS = ("](", "**", "#", "--", "]:", "```", "~~~")
_ADDRESS = (
    r"(?:https?://|mailto:|/|\.{1,2}/|#[\w-]"
    r"|[\w%./-]{1,200}\.(?:html?|md|pdf|png|jpe?g|gif|webp|svg)\b)"
)
_LINK = re.compile(
    rf"\[[^\[\]\n]{{0,500}}\]\(<?{_ADDRESS}"
    r"[^()\n]{0,1000}(?:\([^()\n]{0,200}\)[^()\n]{0,200})?\)"
)
_REFERENCE = re.compile(r"^ {0,3}\[[^\[\]\n]{1,100}\]:[ \t]+<?https?://\S", re.M)
_USE = re.compile(r"\]\[[^\[\]\n]{0,100}\]")
# One number sign may open a comment, or stand for a number.
_HEADING = re.compile(r"^#{2,6}[ \t]+[^\s#]", re.M)
_TITLE = re.compile(r"\s{0,20}#[ \t]+[^\s#][^\n]{0,500}\n[ \t]*\n")
_FENCE = re.compile(r"^ {0,3}(?:`{3,}|~{3,})[\w+-]{0,30}[ \t]*$", re.M)
_BOLD = re.compile(r"(?<![\w*])\*\*(?=[^\s*])[^*\n]{1,300}(?<=[^\s*])\*\*(?![\w*])")
_TABLE = re.compile(r"^[ \t]{0,3}\|?(?:[ \t]*:?-+:?[ \t]*\|){1,50}(?:[ \t]*:?-+:?)?[ \t]*$", re.M)
_NOTE = re.compile(r"^\[\^[^\]\n]{1,100}\]:", re.M)
# Such HTML is read as HTML: Markdown between its tags is none.
_PARAGRAPHS = re.compile(r"<(?:p|div|section|article|td|li)[\s>]|&lt;/?\w", re.I)


def is_markdown(text: str) -> bool:
    """Return whether a text is Markdown: it has links, headings, tables or the like in its form.

    Lists, single stars and lines of signs are in plain texts too: they say nothing.
    """
    if not any(mark in text for mark in _MARKS):
        return False
    if len(text) > MAX_CHARACTERS or (("<" in text or "&" in text) and _PARAGRAPHS.search(text)):
        return False
    return (
        ("](" in text and _LINK.search(text) is not None)
        or ("#" in text and (_HEADING.search(text) or _TITLE.match(text)) is not None)
        or ("**" in text and _has_two(_BOLD, text))
        or ("|" in text and _TABLE.search(text) is not None)
        or (("```" in text or "~~~" in text) and _has_two(_FENCE, text))
        or ("]:" in text and _has_references(text))
    )


def _has_references(text: str) -> bool:
    is_used = _USE.search(text) is not None and _REFERENCE.search(text) is not None
    return is_used or _NOTE.search(text) is not None


def _has_two(pattern: re.Pattern[str], text: str) -> bool:
    found = pattern.finditer(text)
    return all(next(found, None) is not None for _ in range(2))
