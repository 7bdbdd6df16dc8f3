"""Settings: the file over the environment over the default, wrong ones named."""

from __future__ import annotations

from pathlib import Path

import pytest

from recommender.errors import SettingsError
from recommender.settings import Settings, load_settings


def test_the_defaults_are_the_folders_of_a_checkout(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}) == Settings(source="seeds", index="vectors", model="")


def test_the_environment_overrides_the_default(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {"RECOMMENDER_INDEX": "/srv/index"}).index == "/srv/index"


def test_the_file_overrides_the_environment(tmp_path: Path) -> None:
    (tmp_path / "recommender.toml").write_text('index = "here"\n')
    assert load_settings(tmp_path, {"RECOMMENDER_INDEX": "/srv/index"}).index == "here"


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("index = ", "is not TOML"),
        ('indx = "x"', "'indx' is no setting"),
        ("index = 3", "index must be text in quotes"),
        (r'index = "a\u0000b"', "index holds a NUL character"),
        (r'exclude = ["a\u0000b"]', "exclude holds a NUL character"),
        (r'roles = {caption = "a\u0000b"}', "roles holds a NUL character"),
        ('fields = {titel = "kop"}', "'titel' is no field of an article; known: author, date, id"),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, content: str, named: str) -> None:
    (tmp_path / "recommender.toml").write_text(content)
    with pytest.raises(SettingsError, match=named) as raised:
        load_settings(tmp_path, {})
    assert "recommender.toml" in str(raised.value)
