"""Search the vectors and the words of a snapshot; the only package that imports FAISS.

Small segments are searched exactly. A large segment has an approximate index (`kinds.py`). A build
measures how hard it must be searched to reach the promised recall (`tuning.py`). Its candidates are
then scored on the stored vectors (`parts.py`), so that scores are exact. Only a search that merely
names articles skips this.
"""

from recommender.index.allowed_rows import NO_ROWS
from recommender.index.kinds import AUTO, EXACT, FAST, FLAT, is_promised, kind_for, recall_for
from recommender.index.part import SearchPurpose, Source, Tuning
from recommender.index.search import PassageIndex

__all__ = [
    "AUTO",
    "EXACT",
    "FAST",
    "FLAT",
    "NO_ROWS",
    "PassageIndex",
    "SearchPurpose",
    "Source",
    "Tuning",
    "is_promised",
    "kind_for",
    "recall_for",
]
