"""Settings: the environment over the file over the default, wrong ones named."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recommender.errors import SettingsError
from recommender.settings import MAX_BYTES, Settings, load_settings


def test_the_defaults_are_the_folders_of_a_checkout(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {}) == Settings(source="", index="vectors", model="")


def test_the_environment_overrides_the_default(tmp_path: Path) -> None:
    assert load_settings(tmp_path, {"RECOMMENDER_INDEX": "/srv/index"}).index == "/srv/index"


def test_the_environment_overrides_the_file(tmp_path: Path) -> None:
    (tmp_path / "recommender.toml").write_text('index = "here"\nmodel = "mine"\n')
    settings = load_settings(tmp_path, {"RECOMMENDER_INDEX": "/srv/index", "RECOMMENDER_MODEL": ""})
    assert (settings.index, settings.model) == ("/srv/index", "mine")


def test_every_kind_of_setting_can_be_given_in_the_file(tmp_path: Path) -> None:
    """Whole numbers too, which hold no character that could be refused."""
    lines = [
        'index = "here"',
        "join_under = 40",
        'exclude = ["drafts/"]',
        "[roles]",
        'list = "drop"',
    ]
    (tmp_path / "recommender.toml").write_text("\n".join(lines))
    settings = load_settings(tmp_path, {})
    assert (settings.index, settings.join_under) == ("here", 40)
    assert (settings.exclude, settings.roles) == (["drafts/"], {"list": "drop"})


@pytest.mark.parametrize(
    ("variable", "text", "value"),
    [
        ("join_under", "0", 0),
        ("join_under", "120", 120),
        ("include", "*.txt", ["*.txt"]),
        ("exclude", "drafts/, [ab]*.txt,", ["drafts/", "[ab]*.txt"]),
        ("exclude", '["a,b", "c"]', ["a,b", "c"]),
        ("exclude", ' [ "a" ]', ["a"]),
        ("exclude", "[]", []),
        ("roles", '{"caption": "drop"}', {"caption": "drop"}),
        ("fields", '{"title": "kop"}', {"title": "kop"}),
    ],
)
def test_every_kind_of_setting_can_be_given_in_the_environment(
    tmp_path: Path, variable: str, text: str, value: object
) -> None:
    settings = load_settings(tmp_path, {f"RECOMMENDER_{variable.upper()}": text})
    assert getattr(settings, variable) == value


@pytest.mark.parametrize(
    ("variable", "text", "named"),
    [
        ("JOIN_UNDER", "sixty", "must be a whole number"),
        ("JOIN_UNDER", "-1", "must be a whole number"),
        ("JOIN_UNDER", "9" * 5_000, "must be a whole number"),
        ("EXCLUDE", '["a"', "is not JSON; write it as"),
        ("EXCLUDE", '["a", 3]', "must be a list of texts"),
        ("INCLUDE", r'["a\u0000b"]', "holds a NUL character"),
        ("ROLES", "caption=drop", "is not JSON; write it as"),
        ("ROLES", "[" * 100_000, "is not JSON; write it as"),
        ("ROLES", '["caption"]', "must be a table of texts"),
        ("FIELDS", '{"titel": "kop"}', "'titel' is not a field of an article"),
    ],
)
def test_a_wrong_variable_of_the_environment_is_named(
    tmp_path: Path, variable: str, text: str, named: str
) -> None:
    with pytest.raises(SettingsError, match=named) as raised:
        load_settings(tmp_path, {f"RECOMMENDER_{variable}": text})
    assert str(raised.value).startswith(f"RECOMMENDER_{variable}")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("index = ", "is not TOML"),
        ('indx = "x"', "'indx' is not a setting"),
        ("index = 3", "index must be text in quotes"),
        (r'index = "a\u0000b"', "index holds a NUL character"),
        (r'exclude = ["a\u0000b"]', "exclude holds a NUL character"),
        (r'roles = {caption = "a\u0000b"}', "roles holds a NUL character"),
        (".".join("a" * 10_000) + " = 1", "a key has over 16 parts"),
        ("a = " + "[" * 50_000, "lie too deep"),
        ("join_under = 0x" + "f" * 9_000, "over 64 bits"),
        ("a = [1, {b = [[0o" + "7" * 9_000 + "]]}]", "over 64 bits"),
        ("#" * (MAX_BYTES + 1), "is too long"),
        (
            'fields = {titel = "kop"}',
            "'titel' is not a field of an article; known: author, date, id",
        ),
    ],
)
def test_a_wrong_file_is_named_with_what_is_wrong(tmp_path: Path, content: str, named: str) -> None:
    (tmp_path / "recommender.toml").write_text(content)
    with pytest.raises(SettingsError, match=named) as raised:
        load_settings(tmp_path, {})
    assert "recommender.toml" in str(raised.value)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")
def test_nobody_waits_for_a_pipe_in_place_of_the_file(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "recommender.toml")
    with pytest.raises(SettingsError, match="is not a regular file"):
        load_settings(tmp_path, {})


def test_the_file_may_be_a_link_and_have_a_mark_of_its_encoding(tmp_path: Path) -> None:
    (tmp_path / "ours.toml").write_text('index = "here"\n', encoding="utf-8-sig")
    (tmp_path / "recommender.toml").symlink_to("ours.toml")
    assert load_settings(tmp_path, {}).index == "here"
