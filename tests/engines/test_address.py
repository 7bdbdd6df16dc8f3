"""An address of an engine is read strictly, and no message repeats its password."""

from __future__ import annotations

import pytest

from recommender import Recommender
from recommender.engines.address import is_address, read_address
from recommender.engines.milvus_link import KINDS, collection_of, version_of
from recommender.errors import RecommenderError, SettingsError

SECRET = "geheim"
VERSION = "20260101T000000Z-abcdef"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://u:geheim@h/db", "postgresql://u@h/db"),
        ("postgresql://u@h/db?password=geheim", "postgresql://u@h/db"),
        ("postgres://u@h:5433/db?sslpassword=geheim&archive=sport", "postgresql://u@h:5433/db"),
        ("postgresql://u:%67eheim%40@/db?host=/tmp&options=geheim", "postgresql://u@/db?host=/tmp"),
        ("milvus://root:geheim@127.0.0.1:19530/news", "milvus://root@127.0.0.1:19530/news"),
        ("milvus://root:geheim@h/news?shards=2&replicas=2&tls=1", "milvus://root@h/news?tls=1"),
        ("milvus://root:geheim@h:19530/news?tls=1", "milvus://root@h:19530/news?tls=1"),
    ],
)
def test_an_address_is_shown_without_secrets(text: str, shown: str) -> None:
    address = read_address(text)
    assert str(address).startswith(shown)
    for written in (str(address), repr(address), address.hide(f"failed for {SECRET}")):
        assert SECRET not in written or "options" in text
    assert read_address(str(address)).archive == address.archive


@pytest.mark.parametrize(
    "text",
    [
        "postgresql://u:pa/geheim@h/db",
        "postgresql://u:pa#geheim@h/db",
        "postgresql://u:pa?geheim@h/db",
        "postgresql://u:pa@geheim@h/db",
        "postgresql://u:geheim",
        "postgresql://u:geheim%zz@h/db",
        "postgresql://u:gehe[im@h/db",
        "postgresql://u:geheim\u2100@h/db",
        "postgresql://u:geheim@h:99999/db",
        "postgresql://u:geheim@h:0/db",
        "postgresql://u:geheim@h:5432,h2:65536/db",
        "milvus://root:geheim@127.0.0.1:99999/news",
        "postgresql://h/db?archive=geheim-",
        "postgresql+psycopg://u:geheim@h/db",
        "pgsql://u:geheim@h/db",
        "mysql://u:geheim@h/db",
        "milvus://root:pa/geheim@h/news",
        "milvus://root:geheim@h/news",
        "milvus://h/news?token=geheim",
        "milvus://h/news?tls=geheim",
        "milvus://h/news?shards=geheim",
        "milvus://h/news?replicas=17",
        "milvus://h/geheim-news",
    ],
)
def test_what_is_refused_is_not_repeated(text: str) -> None:
    assert is_address(text)
    with pytest.raises(SettingsError) as caught:
        read_address(text)
    assert SECRET not in str(caught.value)
    assert caught.value.__cause__ is None
    with pytest.raises(RecommenderError) as opened:
        Recommender.open(text)
    assert SECRET not in str(opened.value)


def test_collections_are_those_of_one_archive() -> None:
    news, other = (read_address(f"milvus://h/{name}") for name in ("news", "news_v2"))
    for kind in KINDS:
        assert version_of(news, collection_of(news, VERSION, kind)) == VERSION
        assert version_of(other, collection_of(other, VERSION, kind)) == VERSION
        assert version_of(news, collection_of(other, VERSION, kind)) == ""
        assert version_of(other, collection_of(news, VERSION, kind)) == ""
    assert version_of(news, "recommender_news_vaccines_facts") == ""


@pytest.mark.parametrize("text", ["postgresql://", "postgresql:///", "postgres://"])
def test_an_address_may_leave_all_to_the_defaults_of_the_server(text: str) -> None:
    assert read_address(text).server.startswith("postgresql://")
