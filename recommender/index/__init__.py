"""Search over the unit vectors of a snapshot; the only package that imports FAISS.

Small segments are searched exactly. A large one has an approximate index (`kinds.py`), whose
effort is set when it is built so that it misses at most what was promised (`tuning.py`); what it
finds is scored anew on the stored vectors (`parts.py`), so that scores are exact; all but those of
what only names articles.
"""

from recommender.index.kinds import AUTO, EXACT, FAST, FLAT, is_promised, kind_for, recall_for
from recommender.index.parts import SearchPurpose, Source, Tuning
from recommender.index.search import PassageIndex
from recommender.index.tuning import tune
from recommender.index.write import check_kind, write_index

__all__ = [
    "AUTO",
    "EXACT",
    "FAST",
    "FLAT",
    "PassageIndex",
    "SearchPurpose",
    "Source",
    "Tuning",
    "check_kind",
    "is_promised",
    "kind_for",
    "recall_for",
    "tune",
    "write_index",
]
