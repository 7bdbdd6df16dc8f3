"""Name the articles at which a task fails, whatever it raises."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np

from recommender.errors import RecommenderError
from recommender.store.segment_tables import Piece

# So many characters of an id are shown.
_SHOWN = 80


@contextmanager
def naming(articles: Callable[[], str]) -> Iterator[None]:
    """Add to an error of the block the articles that it was about.

    An error that is not ours becomes `RecommenderError`. Errors of the system and lack of memory
    stay as they are, since no article causes them.
    """
    try:
        yield
    except (OSError, MemoryError):
        raise
    except RecommenderError as error:
        raise type(error)(f"{articles()}: {error}") from error
    except Exception as error:
        said = f"{articles()}: {type(error).__name__}: {error}"
        raise RecommenderError(f"{said}; leave it out, or repair it, and build again") from error


def article_named(id: str) -> str:
    """Return the name of an article for an error, within bounds."""
    return f"the article {_shown(id)}"


def articles_of(piece: Piece, rows: Sequence[int]) -> str:
    """Return the names of the articles of some passages; of many, the first and the last."""
    numbers = np.unique(piece.passages["article"][list(rows)]).tolist()
    lines = piece.lines.splitlines()
    first, last = (json.loads(lines[number])["id"] for number in (numbers[0], numbers[-1]))
    if len(numbers) == 1:
        return article_named(first)
    return f"{len(numbers):,} articles, {_shown(first)} to {_shown(last)}"


def _shown(id: str) -> str:
    return ascii(id) if len(id) <= _SHOWN else f"{id[:_SHOWN]!a}..."
