"""Packed folders: each file as if it were unpacked, within bounds, and none outside."""

from __future__ import annotations

import io
import zipfile

import pytest
from articles.conftest import Read, zipped

from recommender.types import Article, Notice, NoticeKind, Refusal

TEXT = "The ferry stops at nine.\n\nThe captain said that the fog on the river was too thick."


def split(found: list[Article | Refusal]) -> tuple[list[str], list[str]]:
    ids = [one.id for one in found if isinstance(one, Article)]
    return ids, [f"{one.place}: {one.reason}" for one in found if isinstance(one, Refusal)]


def test_the_files_of_a_packed_folder_are_read_by_their_own_readers(read: Read) -> None:
    rows = '{"id": "r", "text": "The dike held, the board said."}\n{"id": "s"}\n'
    content = zipped(
        {
            "b/one.txt": TEXT,
            "a.md": f"# Ferry\n\n{TEXT}",
            "rows.jsonl": rows,
            "page.html": f"<html><body><article><p>{TEXT}</p></article></body></html>",
            ".hidden/x.txt": TEXT,
            "__MACOSX/._a.md": "x",
            "old.doc": "x",
            "inner.zip": zipped({"x.txt": TEXT}),
        }
    )
    found = read("news.2024.zip", content)
    ids, refused = split(found)
    assert ids == ["news.2024.zip/a", "news.2024.zip/b/one", "news.2024.zip/page", "r"]
    assert refused == ["news.2024.zip/rows.jsonl:2: has no text"]
    notices = [(one.place, one.reason) for one in found if isinstance(one, Notice)]
    assert notices == [("news.2024.zip/inner.zip", ".zip"), ("news.2024.zip/old.doc", ".doc")]
    assert {one.kind for one in found if isinstance(one, Notice)} == {NoticeKind.FORMAT}


def test_include_and_exclude_choose_among_the_files(read: Read) -> None:
    content = zipped({"a.txt": TEXT, "b.txt": TEXT.upper(), "c.md": TEXT})
    assert split(read("a.zip", content, exclude=("b.txt",)))[0] == ["a.zip/a", "a.zip/c"]


def linked(name: str, target: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        member = zipfile.ZipInfo(name)
        member.external_attr = 0o120777 << 16
        archive.writestr(member, target)
        archive.writestr("good.txt", TEXT)
    return stream.getvalue()


def test_a_link_is_not_followed(read: Read) -> None:
    ids, refused = split(read("a.zip", linked("x.txt", "/etc/hostname")))
    assert ids == ["a.zip/good"]
    assert refused == ["a.zip/x.txt: is a link, which is not followed"]


@pytest.mark.parametrize("name", ["../../out.txt", "a/../../out.txt", "x" * 500 + ".txt"])
def test_a_name_that_leads_out_is_refused(read: Read, name: str) -> None:
    ids, [refused] = split(read("a.zip", zipped({name: TEXT, "good.txt": TEXT})))
    assert ids == ["a.zip/good"]
    assert "leads out of the archive" in refused


def test_names_of_older_programs_are_read(read: Read) -> None:
    content = zipped({"caf\u00e9.txt": TEXT})
    old = content.replace("caf\u00e9".encode(), "caf\u00e9".encode())
    flags = old.replace(b"\x00\x08\x08\x00", b"\x00\x00\x08\x00")
    assert split(read("a.zip", flags))[0] == ["a.zip/caf\u00e9"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no zip", "is not a complete zip file"),
        (zipped({}), "holds no file"),
        (zipped({"a.txt": TEXT})[:-30], "is not a complete zip file"),
    ],
)
def test_what_is_no_packed_folder_is_named(read: Read, content: bytes, reason: str) -> None:
    _, [refused] = split(read("a.zip", content))
    assert reason in refused


def test_a_damaged_member_costs_only_itself(read: Read) -> None:
    content = bytearray(zipped({"a.txt": TEXT * 30, "b.txt": TEXT}))
    at = content.index(b"a.txt") + 8
    content[at : at + 6] = b"\xff" * 6
    ids, refused = split(read("a.zip", bytes(content)))
    assert ids == ["a.zip/b"]
    assert refused[0].startswith("a.zip/a.txt: is damaged")
