"""Put the article of a page together from what an extractor kept and what belongs with it.

An extractor looks for running text. Captions, asides and headings are put back if they stand within
that text and are marked up as part of the article. Labels and links of the site are left out.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence, Set
from itertools import accumulate, groupby, islice
from typing import Any, NamedTuple

from recommender.articles.formats.page_furniture import in_main_cell, is_said, without_furniture
from recommender.articles.formats.page_lead import lead_of, letters_of
from recommender.articles.markup import Path, Placed, placed_blocks
from recommender.types import Role

# A page with more elements is not an article. To look through it would take seconds.
MAX_ELEMENTS = 20_000
MAX_PAGE_CAPTION_CHARACTERS = 1_000
MAX_ASIDE_CHARACTERS = 2_000
# A block with a larger share of its letters in links is not put back.
MAX_LINKED = 0.5
# The properties of schema.org for parts of a recipe.
_RECIPE = re.compile(r"\b(?:recipeIngredient|recipeInstructions|ingredients)$")

# Galleries write such lines above a caption: "Image 1 of 23".
_COUNT = re.compile(r"(?:[^\W\d]+\s+)?\d{1,3}\s?(?:/|[^\W\d]+)\s?\d{1,3}", re.I)

Anchor = tuple[int, int]


def page_blocks(kept: Sequence[Placed], tree: Any) -> list[Placed]:
    """Return the blocks of the article of a page, in the order of the page.

    `kept` are the blocks that an extractor found in the page, `tree` is the whole page.
    """
    if len(list(islice(tree.iter(), MAX_ELEMENTS + 1))) > MAX_ELEMENTS:
        return without_furniture(kept)
    page = placed_blocks(tree, is_page=True)
    keys = [_key(one) for one in page]
    own = _as_they_stand(kept, page, keys)
    whole = _with_lead(_with_missing(own, page, keys), page, keys, tree)
    return without_furniture(in_main_cell(whole))


def main_part(tree: Any) -> Any:
    """Return the element that a page marks as its main part, or else the whole page."""
    marked = tree.xpath("//article | //main | //*[@role='main'] | //*[@itemprop='articleBody']")
    return max(marked, key=lambda one: len("".join(one.itertext())), default=tree)


def _as_they_stand(
    kept: Sequence[Placed], page: Sequence[Placed], keys: Sequence[str]
) -> list[Placed]:
    """Return the kept blocks as they stand in the page. Blocks that were joined are divided again.

    An extractor drops invisible characters, which words of some languages need.
    """
    whole = "".join(keys)
    starts = list(accumulate(map(len, keys), initial=0))
    number_at = {start: number for number, start in enumerate(starts[:-1])}
    first = {key: number for number, key in reversed(list(enumerate(keys)))}
    counts = Counter(keys)
    found: list[Placed] = []
    for one in kept:
        key = _key(one)
        if key in first:
            there = page[first[key]]
            is_sure = counts[key] == 1 and (one.role in ("", there.role) or _is_caption(there))
            found.append(there if is_sure else one._replace(text=there.text, linked=there.linked))
            continue
        start = whole.find(key)
        number, after = number_at.get(start, -1), number_at.get(start + len(key), -1)
        if start + len(key) == len(whole):
            after = len(page)
        found += page[number:after] if 0 <= number < after else [one]
    return found


def _with_missing(
    kept: Sequence[Placed], page: Sequence[Placed], keys: Sequence[str]
) -> list[Placed]:
    """Return the kept blocks, together with those of the article that the extractor dropped."""
    kept_keys = [_key(one) for one in kept]
    anchors = _anchors(kept_keys, keys)
    if not anchors:
        return list(kept)
    missing: dict[int, list[Placed]] = {}
    before = iter([*anchors, (len(page), len(kept))])
    number, (there, following) = _after_title(kept), next(before)
    known = set(kept_keys)
    unknown = [place for place, key in enumerate(keys) if key not in known]
    for place, piece in _captions_once(_missing(page, unknown, anchors)):
        while there < place:
            number, (there, following) = following, next(before)
        missing.setdefault(number, []).append(piece)
    found = _together(missing.get(-1, []))
    for number, one in enumerate(kept):
        found.append(one)
        found += _together(missing.get(number, []))
    return found


def _with_lead(
    kept: list[Placed], page: Sequence[Placed], keys: Sequence[str], tree: Any
) -> list[Placed]:
    """Return the kept blocks with the standfirst of the page below its heading."""
    own = [_key(one) for one in kept]
    said = (place for place, number in _anchors(own, keys) if is_said(kept[number]))
    first = next(said, 0)
    lead = lead_of(page, set(own), first, tree) if first else []
    after = _after_title(kept) + 1 if kept else 0
    return [*kept[:after], *lead, *kept[after:]]


def _together(pieces: Sequence[Placed]) -> list[Placed]:
    """Return the pieces with each short aside as one block, so that its heading heads only it."""
    found: list[Placed] = []
    for aside, group in groupby(pieces, _aside_of):
        several = list(group)
        text = "\n".join(f"- {one.text}" if one.role == Role.LIST else one.text for one in several)
        if not aside or len(text) > MAX_ASIDE_CHARACTERS:
            found += several
            continue
        roles = {one.role for one in several}
        role = str(Role.QUOTE) if roles == {Role.QUOTE} else ""
        items = sum(one.role == Role.LIST for one in several)
        if role or items > 1 or any(is_said(one) for one in several):
            found.append(Placed(text, role, "aside", several[0].path))
    return found


def _aside_of(piece: Placed) -> Path:
    """Return the path of the aside that a piece is in; empty if it is in none."""
    if _is_caption(piece) or piece.role == Role.NOTE:
        return ()
    ends = [end for end, step in enumerate(piece.path, 1) if step.startswith("aside/")]
    return piece.path[: ends[0]] if ends else ()


def _anchors(ours: Sequence[str], theirs: Sequence[str]) -> list[Anchor]:
    """Return pairs, in order: a block of the page, and the kept block that surely is the same."""
    our_counts, their_counts = Counter(ours), Counter(theirs)
    number_of = {key: number for number, key in enumerate(ours) if our_counts[key] == 1}
    anchors: list[Anchor] = []
    for place, key in enumerate(theirs):
        number = number_of.get(key, -1) if their_counts[key] == 1 else -1
        if number > (anchors[-1][1] if anchors else -1):
            anchors.append((place, number))
    return anchors


def _missing(
    page: Sequence[Placed], unknown: Sequence[int], anchors: Sequence[Anchor]
) -> Iterator[tuple[int, Placed]]:
    """Yield the blocks to put back, of those at the places `unknown`, with their places."""
    text = _KeptText.of(page, {place for place, _ in anchors})
    for place in unknown:
        piece = page[place]
        if piece.linked > MAX_LINKED or _COUNT.fullmatch(piece.text):
            continue
        if any(map(_RECIPE.search, piece.path)) or text.has(place, piece):
            yield place, piece


class _KeptText(NamedTuple):
    """Where the kept text of a page stands: the places of its blocks, and what is around them.

    `within` are the places between the first and the last. `containers` hold its paragraphs
    (`_container`). `around` are the elements around all of it.
    """

    places: Set[int]
    within: range
    containers: Set[Path]
    around: Path

    @classmethod
    def of(cls, page: Sequence[Placed], places: Set[int]) -> _KeptText:
        containers = {_container(page[place]) for place in places} - {()}
        around = _shared([page[place].path for place in places])
        return cls(places, range(min(places) + 1, max(places)), containers, around)

    def has(self, place: int, piece: Placed) -> bool:
        """Return whether a piece that was not kept belongs to the text."""
        is_between = place in self.within
        if not is_between and not piece.is_in("article", "main"):
            return False
        if _container(piece) in self.containers and is_said(piece) and not piece.is_in("aside"):
            return True
        if piece.path[: len(self.around)] != self.around:
            return False
        is_part = is_between and _is_part(piece, place + 1 in self.places)
        return is_part or _is_caption(piece)


def _captions_once(pieces: Iterable[tuple[int, Placed]]) -> Iterator[tuple[int, Placed]]:
    """Yield the pieces with each caption once. Galleries repeat captions."""
    shown: set[str] = set()
    for place, piece in pieces:
        if not _is_caption(piece) or piece.text not in shown:
            yield place, piece
        if _is_caption(piece):
            shown.add(piece.text)


def _is_part(piece: Placed, is_before_kept: bool) -> bool:
    """Return whether a piece within an article belongs to it: an aside, a heading or a quote.

    A `<summary>` is the heading of a box. A quote may be a post that the article shows.
    """
    return (
        piece.is_in("aside", "summary")
        or piece.role == Role.QUOTE
        or (piece.role == Role.SUBHEAD and is_before_kept)
    )


def _container(piece: Placed) -> Path:
    """Return the tag and classes of the element around a paragraph, which similar ones share."""
    steps = [step.partition("/") for step in piece.path[:-1]]
    if not steps:
        return ()
    name, _, rest = steps[-1]
    kind = rest.partition("/")[2]
    if not kind:
        return piece.path[:-1]
    return (name, kind)


def _shared(paths: Sequence[Path]) -> Path:
    """Return the elements that all paths begin with."""
    one, other = min(paths), max(paths)
    count = next(
        (at for at, steps in enumerate(zip(one, other, strict=False)) if len(set(steps)) > 1),
        len(one),
    )
    return one[:count]


def _is_caption(piece: Placed) -> bool:
    return piece.role == Role.CAPTION and len(piece.text) <= MAX_PAGE_CAPTION_CHARACTERS


def _after_title(kept: Sequence[Placed]) -> int:
    """Return the number of a heading that begins the text; -1 if none does."""
    return 0 if kept[0].role == Role.SUBHEAD else -1


def _key(piece: Placed) -> str:
    """Return the letters of a block, by which it is found whatever the extractor did to spaces."""
    return letters_of(piece.text)
