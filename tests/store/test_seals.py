"""Seals are of this user, this machine and this folder, and no damage to the secret is for ever."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from recommender.store import seals
from recommender.store.seals import SECRET_BYTES, is_sealed, seal_of


@pytest.fixture
def secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "data" / "seal.key"
    monkeypatch.setattr(seals, "_secret_path", lambda: path)
    return path


def test_a_seal_is_of_its_folder_and_its_text(secret: Path, tmp_path: Path) -> None:
    seal = seal_of(tmp_path, "/archive")
    assert is_sealed(tmp_path, "/archive", seal)
    assert not is_sealed(tmp_path, "/archives", seal)
    assert not is_sealed(tmp_path / "other", "/archive", seal)
    assert not is_sealed(tmp_path, "/archive", "")


@pytest.mark.parametrize(("text", "seal"), [("/a\ud800", ""), ("/a", "\udfff"), ("\0", "\ud800")])
def test_no_seal_of_a_stranger_breaks_the_check(
    secret: Path, tmp_path: Path, text: str, seal: str
) -> None:
    seal_of(tmp_path, "/archive")
    assert not is_sealed(tmp_path, text, seal)


@pytest.mark.parametrize("damage", [b"", b"short", bytes(SECRET_BYTES + 1)])
def test_a_secret_of_a_wrong_size_is_replaced(secret: Path, tmp_path: Path, damage: bytes) -> None:
    secret.parent.mkdir()
    secret.write_bytes(damage)
    assert not is_sealed(tmp_path, "/archive", "")
    seal = seal_of(tmp_path, "/archive")
    assert seal
    assert is_sealed(tmp_path, "/archive", seal)
    assert len(secret.read_bytes()) == SECRET_BYTES
    assert os.listdir(secret.parent) == [secret.name]


def test_a_secret_that_is_there_stays(secret: Path, tmp_path: Path) -> None:
    first = seal_of(tmp_path, "/archive")
    kept = secret.read_bytes()
    assert seals._new_secret() == kept
    assert seal_of(tmp_path, "/archive") == first


def test_a_file_system_without_hard_links_keeps_a_secret(
    secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def link(*_: Any) -> None:
        raise OSError(errno.EPERM, "has no hard links")

    monkeypatch.setattr(os, "link", link)
    seal = seal_of(tmp_path, "/archive")
    assert seal
    assert is_sealed(tmp_path, "/archive", seal)
    assert seals._new_secret() == secret.read_bytes()
    assert os.listdir(secret.parent) == [secret.name]
    if os.name == "posix":
        assert secret.stat().st_mode & 0o077 == 0


def test_a_secret_is_durable_before_it_has_its_name(
    secret: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    fsync, link = os.fsync, os.link
    monkeypatch.setattr(os, "fsync", lambda one: (done.append("sync"), fsync(one))[1])
    monkeypatch.setattr(os, "link", lambda *names: (done.append("link"), link(*names))[1])
    assert seal_of(tmp_path, "/archive")
    assert done[:2] == ["sync", "link"]


def test_without_a_place_for_a_secret_nothing_is_sealed(secret: Path, tmp_path: Path) -> None:
    secret.parent.write_bytes(b"a file")
    assert seal_of(tmp_path, "/archive") == ""
    assert not is_sealed(tmp_path, "/archive", "")
