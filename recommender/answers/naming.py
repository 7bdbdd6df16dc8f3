"""Find the article that a name means: an id, an address, a path, a title, or a beginning.

The kinds are tried in this order, and the first kind with a match decides:

1. the id as it is
2. the id, address, path or title in any case
3. the beginning of an id, then of a title, of at least `MIN_PREFIX` characters

If several articles have the name, an error lists them.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from recommender.answers.archive import Archive
from recommender.errors import AmbiguousName
from recommender.store.names import Field, address_key, key_of, path_key

MIN_PREFIX = 3
MAX_NAME_CHARACTERS = 2_000
# At most so many of the articles that have a name are listed, or of similar ones suggested.
LISTED, SUGGESTED = 5, 3
_SHOWN_CHARACTERS = 40
# How a name is printed that holds a character on which a terminal acts.
_ESCAPED = re.compile(r"\\x([0-9a-f]{2})|\\u([0-9a-f]{4})")
# Positions of articles that count as missing.
Unseen = Collection[int]


def find_article(snapshot: Archive, name: str, unseen: Unseen = frozenset()) -> int | None:
    """Return the position of the article that a name means, None if it means none.

    An article that the public may not see is found only by a whole name, an `unseen` one by none.
    Raises `AmbiguousName` if there are several.
    """
    position = find_id(snapshot, name, unseen)
    if position is not None:
        return position
    if not name.strip() or len(name) > MAX_NAME_CHARACTERS:
        return None
    hidden = hidden_articles(snapshot)
    for is_whole, found in _named(snapshot, name):
        found = [one for one in found if one not in unseen]
        seen = [one for one in found if one not in hidden]
        meant = seen or (found if is_whole else [])
        if len(meant) == 1:
            return meant[0]
        if seen:
            first = tuple(one.id for one in snapshot.articles(seen[:LISTED]))
            raise AmbiguousName(_listed(snapshot, name, seen), first)
    typed = _ESCAPED.sub(lambda one: chr(int(one[1] or one[2], 16)), name)
    return find_article(snapshot, typed, unseen) if typed != name else None


def find_id(snapshot: Archive, id: str, unseen: Unseen = frozenset()) -> int | None:
    """Return the position of the article with an id, None if it is missing or `unseen`."""
    position = snapshot.find(id)
    return None if position in unseen else position


def find_open_id(snapshot: Archive, id: str, unseen: Unseen = frozenset()) -> int | None:
    """Return the position of the article with an id, None if the public may not see it."""
    return find_id(snapshot, id, hidden_articles(snapshot) | frozenset(unseen))


def find_whole(snapshot: Archive, name: str, unseen: Unseen = frozenset()) -> int | None:
    """Return the position of the one article that has a name, None if none or several have it.

    The beginning of a name does not count, nor does an article that the public may not see.
    """
    out = hidden_articles(snapshot) | frozenset(unseen)
    if (position := find_id(snapshot, name, out)) is not None:
        return position
    if not name.strip() or len(name) > MAX_NAME_CHARACTERS:
        return None
    for found in _of_whole_names(snapshot, name):
        if seen := [one for one in found if one not in out]:
            return seen[0] if len(seen) == 1 else None
    return None


def _named(snapshot: Archive, name: str) -> Iterator[tuple[bool, list[int]]]:
    """Yield the matches of each kind of name, and whether it is a whole name."""
    for found in _of_whole_names(snapshot, name):
        yield True, found
    names, key = snapshot.names, key_of(name)
    if len(key) >= MIN_PREFIX:
        yield False, names.starting(Field.ID, key)
        yield False, names.starting(Field.TITLE, key)


def _of_whole_names(snapshot: Archive, name: str) -> Iterator[list[int]]:
    """Yield the matches of each kind of whole name."""
    names, key, address = snapshot.names, key_of(name), address_key(name)
    yield names.equal(Field.ID, key)
    yield names.equal(Field.ADDRESS, address)
    yield names.equal(Field.ADDRESS, address.partition("?")[0].rstrip("/"))
    yield names.at_path(path_key(name))
    yield names.equal(Field.TITLE, key)


def hidden_articles(snapshot: Archive) -> frozenset[int]:
    """Return the articles that no answer may hold now."""
    if not len(snapshot.withheld()):
        return frozenset()
    return snapshot.publications.now().as_set  # one set for all callers


def suggestions(snapshot: Archive, name: str) -> str:
    """Return, for a message, the articles whose names are most similar to a wrong one."""
    key = key_of(name[:MAX_NAME_CHARACTERS])
    found = snapshot.names.nearest(key, hidden_articles(snapshot), SUGGESTED)
    return _described(snapshot, found)


def _listed(snapshot: Archive, name: str, found: list[int]) -> str:
    """Return the message for a name that means several articles."""
    more = f" and {len(found) - LISTED} more" if len(found) > LISTED else ""
    listed = _described(snapshot, found[:LISTED])
    return f"{shown(name)}: names {len(found):,} articles: {listed}{more}; give one of these ids"


def _described(snapshot: Archive, positions: Iterable[int]) -> str:
    """Return the ids of articles with their titles, in one line."""
    articles = snapshot.articles(list(positions))
    return ", ".join(
        f"{shown(one.id)} ({shown(one.title, _SHOWN_CHARACTERS)})" if one.title else shown(one.id)
        for one in articles
    )


def shown(name: str, most: int = 200) -> str:
    """Return a name for a message of one line, with any control characters escaped."""
    line = " ".join(name.split())
    return line if len(line) <= most else f"{line[:most]}…"
