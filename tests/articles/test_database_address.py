"""An address of a database is named without its password, wherever that stands."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.articles.database import Query
from recommender.articles.database_address import message_without_secrets, shown_address
from recommender.errors import SourceError

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
    "sqlite:////srv/a@b:c;d/cms.db": "sqlite:////srv/a@b:c;d/cms.db",
    "sqlite:///cms.db?key=secret": "sqlite:///cms.db?…",
    "sqlite:///cms.db;Password=secret": "sqlite:///cms.db",
    "sqlite://me:secret@/cms.db": "sqlite:///cms.db",
    "cms.db": "cms.db",
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_no_part_of_an_address_but_its_place_is_named(address: str) -> None:
    assert shown_address(address) == ADDRESSES[address]
    told = message_without_secrets(f"no route to {address}", address)
    assert told == f"no route to {ADDRESSES[address]}"


def test_no_message_of_sqlite_repeats_the_options_of_an_address(tmp_path: Path) -> None:
    query = Query(f"sqlite:///{tmp_path}/a%20b.db?key=secret", "select 1")
    message = rf"^{tmp_path}/a b.db\?…: there is no such database; check its path$"
    with pytest.raises(SourceError, match=message):
        list(query)
    assert query.source_name == f"sqlite:///{tmp_path}/a%20b.db?…: select 1"
    assert "secret" not in repr(query)


@pytest.mark.parametrize("written", ["se%20cret", "se cret"])
def test_a_library_that_names_the_password_alone_is_not_repeated(written: str) -> None:
    told = message_without_secrets(f"wrong password {written}", "postgresql://me:se%20cret@host/db")
    assert told == "wrong password …"


def test_the_end_of_a_password_is_not_repeated_as_a_host() -> None:
    told = message_without_secrets('no host "ret@host"', "postgresql://me:sec@ret@host/db")
    assert told == 'no host "…host"'
