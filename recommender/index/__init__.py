"""Search over the unit vectors of a snapshot; the only package that imports FAISS.

Small segments are searched exactly. A large one has an approximate index (`choice.py`), whose
effort is set when it is built so that it misses at most what was promised (`tuning.py`); what it
finds is scored anew on the stored vectors (`parts.py`), so that scores are exact; all but those of
what only names articles.
"""

from __future__ import annotations

import os

import faiss

from recommender.index.choice import AUTO, EXACT, FAST, FLAT, is_promised, kind_for, recall_for
from recommender.index.parts import Asked, Source, Tuning
from recommender.index.search import PassageIndex
from recommender.index.tuning import tune
from recommender.index.writing import check_kind, write_index

__all__ = [
    "AUTO",
    "EXACT",
    "FAST",
    "FLAT",
    "Asked",
    "PassageIndex",
    "Source",
    "Tuning",
    "check_kind",
    "is_promised",
    "kind_for",
    "recall_for",
    "tune",
    "write_index",
]

# A child forked after the parent searched would wait for OpenMP threads it does not have.
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=lambda: faiss.omp_set_num_threads(1))
