"""A source in storage elsewhere is read as the same files in a folder are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recommender.articles.fetch import fetch
from recommender.articles.files import SourceFile
from recommender.articles.handed import take_sources
from recommender.articles.read import READERS, read_articles
from recommender.articles.sources import files_of, is_address
from recommender.errors import SettingsError, SourceError
from recommender.types import Article, Notice, Refusal

fsspec = pytest.importorskip("fsspec", reason="fsspec is not installed")

FILES = {
    "a.txt": b"Een bericht over de dijk.",
    "b/rows.jsonl": b'{"id": "x", "text": "Een rij."}\n{no json}\n',
    "b/picture.jpg": b"\xff\xd8",
    "b/.hidden.txt": b"Dit is verborgen.",
    "c/skipped.txt": b"Dit is uitgesloten.",
    ".recommenderignore": b"c/\n",
}


@pytest.fixture
def storage() -> Iterator[Any]:
    found = fsspec.filesystem("memory")
    for name, data in FILES.items():
        found.pipe_file(f"/archive/{name}", data)
    yield found
    found.store.clear()


def found_in(sources: list[Any]) -> list[tuple[str, ...]]:
    return [
        (one.id, one.path, one.text) if isinstance(one, Article) else (str(one),)
        for one in read_articles(sources)
    ]


def test_what_is_fetched_is_read_as_a_folder_is(storage: Any, tmp_path: Path) -> None:
    for name, data in FILES.items():
        (tmp_path / "folder" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "folder" / name).write_bytes(data)
    [source] = take_sources("memory://archive", tmp_path)
    assert str(source) == "memory://archive"
    assert found_in([source]) == found_in([tmp_path / "folder"])
    assert len(found_in([source])) == 4


def test_one_object_is_fetched_by_its_name(storage: Any, tmp_path: Path) -> None:
    source = fetch("memory://archive/b/rows.jsonl", tmp_path / "fetched")
    assert next(one[0] for one in found_in([source])) == "x"


def test_a_folder_of_this_machine_is_not_copied(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Een bericht.")
    assert fetch(f"file://{tmp_path}", tmp_path / "fetched") == tmp_path


def test_names_of_strangers_lead_nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    names = ["ok.txt", "../out.txt", "a/../../out.txt", "a//b.txt", "x\0.txt", "n" * 300 + ".txt"]
    names += ["d.txt", "d.txt/e.txt", "b\\c.txt", "./f.txt"]

    class Hostile:
        protocol = "hostile"

        def find(self, root: str, detail: bool) -> dict[str, Any]:
            return {f"{root}/{name}": {"size": 3, "type": "file"} for name in names}

        def get_file(self, place: str, path: str) -> None:
            Path(path).write_text("Een bericht.")

    opened = lambda address: (Hostile(), "bucket")  # noqa: E731
    monkeypatch.setattr("recommender.articles.fetch.open_storage", opened)
    source = fetch("hostile://bucket", tmp_path / "in" / "fetched")
    found = [*files_of([source], READERS.keys())]
    assert [one.name for one in found if isinstance(one, SourceFile)] == ["d.txt", "ok.txt"]
    refused = [one.place for one in found if isinstance(one, Refusal)]
    assert len(refused) == len(names) - 2
    assert not list(tmp_path.rglob("out.txt"))
    assert not any(isinstance(one, Notice) for one in found)


@pytest.mark.parametrize(
    ("address", "kind", "said"),
    [
        ("memory://nothing/here", SourceError, "no such file or folder"),
        ("nosuchkind://x", SettingsError, "not an address of a storage"),
        ("s3://me:hunter2@bucket", SettingsError, "password or a key"),
    ],
)
def test_what_cannot_be_fetched_is_an_error_in_words(
    address: str, kind: type[Exception], said: str, tmp_path: Path
) -> None:
    with pytest.raises(kind, match=said) as raised:
        fetch(address, tmp_path / "fetched")
    assert "hunter2" not in str(raised.value)


def test_a_source_that_does_not_fit_is_not_copied(
    storage: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: type("Usage", (), {"free": 10}))
    with pytest.raises(SourceError, match="free some space"):
        fetch("memory://archive", tmp_path / "fetched")


def test_an_address_is_told_from_a_path() -> None:
    assert is_address("s3://bucket/folder")
    assert not any(map(is_address, ["folder", "c://x", "https://example.org/a.html", "/a/b"]))
