"""Cut an article and write it into a segment."""

from __future__ import annotations

from recommender.passages.cutter import LANGUAGE_NOTE, PassageMaker, TokenCounter
from recommender.store.segment_tables import SegmentTables
from recommender.types import Article

# The id of an article whose declared language was rejected, and why.
Doubt = tuple[str, str]


def cut_into(
    writer: SegmentTables,
    maker: PassageMaker,
    prepared: Article,
    content: str,
    counter: TokenCounter,
) -> Doubt | None:
    """Cut an article and write it; return its id and a note if its language was rejected."""
    cut = maker.cut(prepared, counter)
    writer.add(cut, content)
    if cut.article.metadata is prepared.metadata:  # a row may have a field of that name
        return None
    return prepared.id, cut.article.metadata[LANGUAGE_NOTE]
