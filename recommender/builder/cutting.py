"""Cut the new and changed articles of a build, in one process or in several."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain

from recommender.builder.changes import Work
from recommender.builder.cut import Doubt, cut_into
from recommender.builder.farm.farm import Farm
from recommender.passages.cutter import PassageMaker, TokenCounter
from recommender.store.segment_tables import Piece, PieceWriter


def pieces_of(
    work: Work, cutter: PassageMaker, farm: Farm, counter: TokenCounter
) -> Iterator[tuple[Piece, list[Doubt]]]:
    """Yield the pieces that a build's articles are cut into, and the rejected languages.

    `counter` is asked only if there is an article to cut.
    """
    if work.few:
        writer = PieceWriter()
        found = [cut_into(writer, cutter, *one, counter) for one in work.few]
        yield writer.piece(), [doubt for doubt in found if doubt]
    shares = iter(work.shares or ())
    if (first := next(shares, None)) is not None:
        yield from farm.cut(chain([first], shares), cutter.left_out_blocks, counter.max_tokens)
