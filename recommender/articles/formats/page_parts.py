"""Puts back what the extractor of a page leaves out of its article: captions, asides, headings.

An extractor looks for running text. What stands within it in the page, and is marked up as part of
the article, is found by the blocks that the extractor kept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby, islice
from typing import Any

from recommender.articles.markup import Path, Placed, placed_blocks
from recommender.types import Role

# A page with more is no article; to look through it takes seconds.
MAX_ELEMENTS = 20_000
MAX_PAGE_CAPTION_CHARACTERS = 1_000
MAX_ASIDE_CHARACTERS = 2_000

Anchor = tuple[int, int]


def restored(kept: Sequence[Placed], tree: Any) -> list[Placed]:
    """Return the blocks that were kept with those put back, in the order of the page.

    `tree` is the whole page. What is kept stays as it is, but that a caption is called one.
    """
    if len(list(islice(tree.iter(), MAX_ELEMENTS + 1))) > MAX_ELEMENTS or not kept:
        return list(kept)
    page = placed_blocks(tree, is_page=True)
    anchors = _anchors(kept, page)
    if not anchors:
        return list(kept)
    missing: dict[int, list[Placed]] = {}
    before = iter([*anchors, (len(page), len(kept))])
    number, (there, following) = _after_title(kept), next(before)
    for place, piece in _missing(page, kept, anchors):
        while there < place:
            number, (there, following) = following, next(before)
        missing.setdefault(number, []).append(piece)
    named = {own: page[there] for there, own in anchors if page[there].role == Role.CAPTION}
    found = _together(missing.get(-1, []))
    for number, one in enumerate(kept):
        found += [named[number] if number in named and not one.role else one]
        found += _together(missing.get(number, []))
    return found


def _together(pieces: Sequence[Placed]) -> list[Placed]:
    """Return the pieces with each short aside as one block: its heading heads nothing else."""
    found: list[Placed] = []
    for aside, group in groupby(pieces, _aside_of):
        several = list(group)
        text = "\n".join(f"- {one.text}" if one.role == Role.LIST else one.text for one in several)
        if not aside or len(text) > MAX_ASIDE_CHARACTERS:
            found += several
            continue
        roles = {one.role for one in several}
        role = str(Role.QUOTE) if roles == {Role.QUOTE} else ""
        found.append(Placed(text, role, "aside", several[0].path))
    return found


def _aside_of(piece: Placed) -> Path:
    """Return the path of the aside that a piece is in, empty where it is in none."""
    if _is_caption(piece) or piece.role == Role.NOTE:
        return ()
    ends = [end for end, step in enumerate(piece.path, 1) if step.startswith("aside/")]
    return piece.path[: ends[0]] if ends else ()


def _anchors(kept: Sequence[Placed], page: Sequence[Placed]) -> list[Anchor]:
    """Return which block of the page is which that was kept, where that is sure, in order."""
    ours = Counter(map(_key, kept))
    theirs = Counter(map(_key, page))
    number_of = {_key(one): number for number, one in enumerate(kept) if ours[_key(one)] == 1}
    anchors: list[Anchor] = []
    for place, piece in enumerate(page):
        number = number_of.get(_key(piece), -1) if theirs[_key(piece)] == 1 else -1
        if number > (anchors[-1][1] if anchors else -1):
            anchors.append((place, number))
    return anchors


def _missing(
    page: Sequence[Placed], kept: Sequence[Placed], anchors: Sequence[Anchor]
) -> Iterator[tuple[int, Placed]]:
    """Yield what is put back, with its place in the page."""
    known = set(map(_key, kept))
    places = {place for place, _ in anchors}
    first, last = anchors[0][0], anchors[-1][0]
    around = _shared([page[place].path for place in places])
    for place, piece in enumerate(page):
        if _key(piece) in known or piece.path[: len(around)] != around or piece.is_in("a"):
            continue
        if _is_caption(piece):
            if first < place < last or piece.is_in("article", "main"):
                yield place, piece
        elif first < place < last and (
            piece.is_in("aside") or (piece.role == Role.SUBHEAD and place + 1 in places)
        ):
            yield place, piece


def _shared(paths: Sequence[Path]) -> Path:
    """Return the elements that all paths start with."""
    one, other = min(paths), max(paths)
    count = next(
        (at for at, steps in enumerate(zip(one, other, strict=False)) if len(set(steps)) > 1),
        len(one),
    )
    return one[:count]


def _is_caption(piece: Placed) -> bool:
    return piece.role == Role.CAPTION and len(piece.text) <= MAX_PAGE_CAPTION_CHARACTERS


def _after_title(kept: Sequence[Placed]) -> int:
    """Return the number of a heading that opens the text, -1 where none does."""
    return 0 if kept[0].role == Role.SUBHEAD else -1


def _key(piece: Placed) -> str:
    return "".join(piece.text.split())
