"""Files of an index are opened in one place, which follows no link and waits for no pipe."""

from __future__ import annotations

import ast
import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.architecture import PACKAGE

from recommender import safe_open
from recommender.safe_open import Depth, is_file, is_folder, name_of, open_descriptor, read_bytes

# The modules that handle files of an index, and those of them that may open one by its name:
# `files.py` writes them.
FOLDERS = ("store", "index", "builder")
WRITER = "store/files.py"
# What opens a file by its name, or asks about it through a link.
CALLS = {
    "open", "read_text", "read_bytes", "write_text", "write_bytes", "exists", "is_dir", "stat",
    "rglob", "glob", "touch", "symlink_to", "rmtree", "copytree", "copyfile", "fromfile", "tofile",
    "load",
}  # fmt: skip
# Classes and modules of ours whose function of such a name takes more than a name.
OURS = {"Postings", "PassageIndex", "SegmentVectors", "cls", "Recommender"}
# Where another file is meant: a source of a build, a temporary folder, this user's own data.
PEOPLES = {
    ("store/seals.py", "open"),
    ("store/seals.py", "read_bytes"),
    ("store/seals.py", "stat"),
    ("builder/changes.py", "stat"),
    ("builder/farm/apart.py", "is_dir"),
    ("builder/farm/apart.py", "exists"),
    ("builder/farm/apart.py", "open"),
    ("builder/farm/apart.py", "read_bytes"),
    ("builder/farm/apart.py", "stat"),
    ("builder/farm/depot.py", "open"),
    ("builder/farm/shards.py", "open"),
    ("builder/farm/shards.py", "stat"),
    ("builder/put.py", "is_dir"),
    ("builder/vectors_file.py", "is_dir"),
    ("builder/build_async.py", "rmtree"),
}


def opening_calls(path: Path) -> Iterator[tuple[str, int]]:
    """Yield name and line of each call that opens a file by its name."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name) and called.id == "open":
            yield "open", node.lineno
        elif isinstance(called, ast.Attribute) and called.attr in CALLS:
            owner = called.value.id if isinstance(called.value, ast.Name) else ""
            if owner not in OURS and (owner, called.attr) != ("safe_open", "read_bytes"):
                yield called.attr, node.lineno
        elif isinstance(called, ast.Attribute) and called.attr in ("memmap", "read_index"):
            first = ast.unparse(node.args[0])
            if first not in ("stream", "self._stream", "file") and "name_of(" not in first:
                yield called.attr, node.lineno


@pytest.mark.parametrize(
    "path", [one for name in FOLDERS for one in sorted((PACKAGE / name).rglob("*.py"))], ids=str
)
def test_no_other_module_opens_files_of_an_index_by_itself(path: Path) -> None:
    name = path.relative_to(PACKAGE).as_posix()
    found = [call for call in opening_calls(path) if (name, call[0]) not in PEOPLES]
    if name == WRITER:
        assert {call for call, _ in found} == {"open", "rmtree"}
    else:
        assert found == []


@pytest.fixture(params=[True, False], ids=["handles", "names"])
def handles(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """With folders opened one after the other, and as on a system that cannot do that."""
    monkeypatch.setattr(safe_open, "_HAS_HANDLES", request.param)
    return bool(request.param)


@pytest.mark.usefixtures("handles")
def test_only_the_parts_below_the_index_may_not_be_links(tmp_path: Path) -> None:
    (tmp_path / "disk" / "segments" / "one").mkdir(parents=True)
    (tmp_path / "disk" / "segments" / "one" / "file").write_bytes(b"content")
    (tmp_path / "index").symlink_to(tmp_path / "disk")
    path = tmp_path / "index" / "segments" / "one" / "file"
    assert read_bytes(path, Depth.SEGMENT) == b"content"
    (tmp_path / "linked").mkdir()
    (tmp_path / "linked" / "segments").symlink_to(tmp_path / "disk" / "segments")
    path = tmp_path / "linked" / "segments" / "one" / "file"
    assert read_bytes(path, Depth.FOLDER) == b"content"
    with pytest.raises(OSError, match="is a link"):
        read_bytes(path, Depth.SEGMENT)


@pytest.mark.usefixtures("handles")
def test_what_is_not_there_is_said_to_be_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none", tmp_path / "no" / "segments" / "one"):
        with pytest.raises(FileNotFoundError):
            read_bytes(path, Depth.SEGMENT if path.name == "one" else Depth.INDEX)


def test_a_file_that_is_too_long_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "CURRENT").write_bytes(b"x" * 11)
    with pytest.raises(OSError, match="over 10 bytes"):
        read_bytes(tmp_path / "CURRENT", Depth.INDEX, 10)


def test_a_file_is_opened_again_by_what_is_open_not_by_its_name(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"first")
    descriptor = open_descriptor(path, Depth.INDEX)
    try:
        name = name_of(descriptor, path)
        if name == str(path):
            pytest.skip("the system has no names for open files")
        path.unlink()
        path.write_bytes(b"second")
        with open(name, "rb") as stream:
            assert stream.read() == b"first"
    finally:
        os.close(descriptor)


def test_a_link_is_neither_file_nor_folder(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    (tmp_path / "to-file").symlink_to("file")
    (tmp_path / "to-folder").symlink_to(tmp_path)
    assert is_file(tmp_path / "file")
    assert is_folder(tmp_path)
    assert not is_file(tmp_path / "to-file")
    assert not is_folder(tmp_path / "to-folder")
