"""No name of another machine is opened, whoever wrote it: a flag, a program, a settings file."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from support.stand_in import HashEncoder

from recommender import Recommender, build
from recommender.errors import SettingsError
from recommender.settings import load_settings
from recommender.store.history import history, prune_snapshots, rollback

NAMES = ["//host/share", "\\\\host\\share"]
USES: dict[str, Callable[[str, Path], object]] = {
    "source": lambda name, folder: build(name, into=folder / "index", model=HashEncoder()),
    "into": lambda name, folder: build(folder, into=name, model=HashEncoder()),
    "open": lambda name, folder: Recommender.open(name, encoder=HashEncoder()),
    "history": lambda name, folder: history(name),
    "rollback": lambda name, folder: rollback(name),
    "prune": lambda name, folder: prune_snapshots(name, keep=1),
}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("use", USES)
def test_a_program_that_names_another_machine_is_refused(
    tmp_path: Path, use: str, name: str
) -> None:
    (tmp_path / "a.txt").write_text("De dijk hield het water tegen.")
    with pytest.raises(SettingsError, match="is on another machine"):
        USES[use](name, tmp_path)


@pytest.mark.parametrize("use", USES)
def test_an_address_with_a_password_names_nothing_here_and_is_not_repeated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, use: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.txt").write_text("De dijk hield het water tegen.")
    with pytest.raises(SettingsError) as raised:
        USES[use]("https://ada:geheim@host/x", tmp_path)
    assert "geheim" not in str(raised.value)
    assert not (tmp_path / "https:").exists()


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("setting", ["source", "index", "editorial"])
def test_settings_that_name_another_machine_are_refused(
    tmp_path: Path, setting: str, name: str
) -> None:
    (tmp_path / "recommender.toml").write_text(f"{setting} = '{name}'\n")
    with pytest.raises(SettingsError, match=rf"{setting} is on another machine"):
        load_settings(tmp_path, {})
    (tmp_path / "recommender.toml").unlink()
    with pytest.raises(SettingsError, match="is on another machine"):
        load_settings(tmp_path, {f"RECOMMENDER_{setting.upper()}": name})
