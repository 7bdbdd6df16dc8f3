"""Every error has a code of its own that never changes, within a family that edges map once."""

from __future__ import annotations

import pickle

from recommender import errors
from recommender.errors import RecommenderError

# What programs outside match on: add to this list, never change it.
CODES = {
    "AmbiguousName": "ambiguous_name",
    "ArticleNotFound": "article_not_found",
    "BadDate": "bad_date",
    "BadLanguage": "bad_language",
    "EncoderError": "bad_encoder",
    "EngineAway": "engine_away",
    "EngineRefused": "engine_refused",
    "FolderForeign": "folder_foreign",
    "GateRefused": "gate_refused",
    "IndexLocked": "locked",
    "MemoryLow": "memory_low",
    "NotFound": "not_found",
    "NotOnDisk": "index_not_on_disk",
    "PassageNotFound": "passage_not_found",
    "ProcessLost": "process_lost",
    "QueryError": "bad_query",
    "RecommenderError": "error",
    "ReplaceRefused": "replace_refused",
    "RulesChanged": "rules_changed",
    "SettingsError": "bad_setting",
    "SnapshotDamaged": "index_damaged",
    "SnapshotError": "index_unusable",
    "SnapshotForeign": "index_foreign",
    "SnapshotMissing": "index_missing",
    "SnapshotNotFound": "snapshot_not_found",
    "SourceError": "bad_source",
    "StorageError": "storage",
    "TooLarge": "too_large",
    "UnknownParameter": "unknown_parameter",
}


def classes() -> list[type[RecommenderError]]:
    found = [one for one in vars(errors).values() if isinstance(one, type)]
    return sorted(set(found), key=lambda one: one.__name__)


def test_each_error_has_the_code_it_was_released_with() -> None:
    assert {one.__name__: one.code for one in classes()} == CODES


def test_no_two_errors_share_a_code() -> None:
    assert len(set(CODES.values())) == len(CODES)


def test_every_way_an_index_is_unusable_has_one_parent() -> None:
    for one in (errors.SnapshotMissing, errors.SnapshotDamaged, errors.SnapshotForeign):
        assert issubclass(one, errors.SnapshotError)


def test_names_of_the_first_release_can_still_be_imported() -> None:
    assert errors.IndexMissing is errors.SnapshotMissing
    assert errors.IndexDamaged is errors.SnapshotDamaged
    assert errors.IndexForeign is errors.SnapshotForeign


def test_an_error_survives_the_way_from_another_process() -> None:
    again = pickle.loads(pickle.dumps(errors.ArticleNotFound("a: there is no such article")))
    assert (type(again), str(again)) == (errors.ArticleNotFound, "a: there is no such article")
