"""Name the derived files of a segment that are the same wherever the segment was made."""

from __future__ import annotations

from recommender.store.derived import LEXICAL_FILE, WORDS_ONLY_FILE
from recommender.store.headlines import HEADLINES_FILE
from recommender.store.names import NAMES_FILE

FOUND_BY = (LEXICAL_FILE, WORDS_ONLY_FILE, NAMES_FILE, HEADLINES_FILE)
