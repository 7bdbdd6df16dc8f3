"""Which ids an article may have: what can be typed, shown on one line and told from a passage's."""

from __future__ import annotations

import re

from recommender.errors import SourceError

# Control characters and the line and paragraph separators.
_BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_LIKE_A_PASSAGE = re.compile(r"#[0-9]+(\.[0-9]*)?\Z")


def plain_id(id: str) -> str:
    """Return an id that a source gives; raise `SourceError` for one with control characters."""
    if _BREAKING.search(id):
        raise SourceError(f"has an id with a control character: {id!a}; leave it out of the id")
    return id


def is_like_a_passage(id: str) -> bool:
    """Tell whether the id could be that of a passage: `article#7` or `article#7.2`."""
    return _LIKE_A_PASSAGE.search(id) is not None
