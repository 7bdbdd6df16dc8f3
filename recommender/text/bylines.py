"""Find the names in a line that says who wrote a text."""

from __future__ import annotations

import re

# Words before the names. Some of them open a name as well: after those a name has two words.
_BEFORE_NAMES = re.compile(
    r"(?:(?:by|door|par|por|przez|от|від|بقلم|מאת)(?:\s*[:：]\s*|\s+)"
    r"|(?:von|di|da|de|af|av|oleh)\s+(?=(?!(?:l[aeo]s?|de[rn])\s)\S*[^\s,]\s+\S)"
    r"|(?:文|撰文|作者|记者|記者)\s*[:：/／|｜]\s*)(?=\S)",
    re.I,
)


def names_of_byline(line: str) -> str:
    """Return the names in a byline, without the word before them."""
    return line[found.end() :] if (found := _BEFORE_NAMES.match(line)) else line
