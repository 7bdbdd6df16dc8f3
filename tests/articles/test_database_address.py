"""An address of a database is named without its password, wherever that stands."""

from __future__ import annotations

import pytest

from recommender.articles.database_address import without_password, without_secrets

ADDRESSES = {
    "postgresql://me:sec/ret@host/db": "postgresql://host/db",
    "postgresql://me:sec#ret@host/db": "postgresql://host/db",
    "postgresql://me:sec?ret@host/db": "postgresql://…",
    "postgresql://me:sec@ret@host:5432/db": "postgresql://host:5432/db",
    "jdbc:postgresql://me:secret@host/db": "postgresql://…",
    "jdbc:postgresql://host/db?user=me&password=secret": "postgresql://…",
    "postgresql://host/db?user=me@x&password=secret": "postgresql://…",
    "postgresql://host/db?password=sec@ret": "postgresql://…",
    "mssql+pyodbc:///?odbc_connect=PWD%3Dsecret": "mssql+pyodbc:///",
    "postgresql://me:secret": "postgresql://…",
    "host=db password=secret": "…",
    "me:secret@host": "…",
    "postgresql://[::1]:5432/db": "postgresql://[::1]:5432/db",
    "postgresql://one:5432,two:5433/db": "postgresql://one:5432,two:5433/db",
    "postgresql:///db": "postgresql:///db",
    "sqlite:///a folder/cms.db": "sqlite:///a folder/cms.db",
    "cms.db": "cms.db",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_part_of_an_address_but_its_place_is_named(address: str) -> None:
    assert without_password(address) == ADDRESSES[address]
    told = without_secrets(f"no route to {address}", address)
    assert told == f"no route to {ADDRESSES[address]}"


@pytest.mark.parametrize("written", ["se%20cret", "se cret"])
def test_a_library_that_names_the_password_alone_is_not_repeated(written: str) -> None:
    told = without_secrets(f"wrong password {written}", "postgresql://me:se%20cret@host/db")
    assert told == "wrong password …"


def test_the_end_of_a_password_is_not_repeated_as_a_host() -> None:
    told = without_secrets('no host "ret@host"', "postgresql://me:sec@ret@host/db")
    assert told == 'no host "…host"'
