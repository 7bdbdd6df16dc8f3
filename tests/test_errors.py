"""Every error has a code of its own that never changes, within a family that edges map once."""

from __future__ import annotations

import pickle

import pytest

from recommender import errors
from recommender.errors import RecommenderError, holds_password, without_passwords

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

# What an error says, and what is shown of it.
HIDDEN = {
    "https://ada:geheim@host/x": "https://ada:…@host/x",
    "https:/ada:geheim@host/x: no such file": "https:/ada:…@host/x: no such file",
    "'S3://ada:geh/eim@bucket' and ftp://bob:12345@host": "'S3://ada:…@bucket' and ftp://bob:…@host",
    "postgresql://ada:ge:h@eim@host:5432/x is away": "postgresql://ada:…@host:5432/x is away",
    "postgresql+psycopg://:geheim@host": "postgresql+psycopg://:…@host",
    "https://host/x?a=1&token=geheim&b=2": "https://host/x?a=1&token=…&b=2",
    "see https://host/?db_password=geheim now": "see https://host/?db_password=… now",
}
SHOWN = [
    "https://host/x",
    "https://host:8080/@ada",
    "https://host:8080?to=a@b.example",
    "https://host/a:b@c",
    "postgresql://ada@host:5432/x",
    "https://site.example: is away; write to ada@site.example",
    "C:/Users/ada@work",
    "what is ada:geheim@host",
    "https://host/x?design=blue&monkey=2",
    "s3://bucket/folder",
]


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


def test_no_error_repeats_the_password_of_an_address() -> None:
    for one in classes():
        error = one("https://ada:geheim@host/x: no such file")
        assert str(error) == "https://ada:…@host/x: no such file"
        assert str(pickle.loads(pickle.dumps(error))) == str(error)


@pytest.mark.parametrize("text", HIDDEN)
def test_a_password_is_hidden(text: str) -> None:
    assert without_passwords(text) == HIDDEN[text]
    assert without_passwords(HIDDEN[text]) == HIDDEN[text]


@pytest.mark.parametrize("text", SHOWN)
def test_what_holds_no_password_stays_as_it_is(text: str) -> None:
    assert without_passwords(text) == text
    assert not holds_password(text)


def test_an_address_with_a_password_is_known_though_a_path_lost_a_slash() -> None:
    assert holds_password("https:/ada:geheim@host/x")
