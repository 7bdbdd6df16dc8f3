"""No TOML of a stranger takes the time of the square of its length; no text is taken for a key."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from recommender.system.toml_text import MAX_KEY_PARTS, load_toml

DOTTED = ".".join("a" * (MAX_KEY_PARTS + 1))
LONGEST = ".".join("a" * MAX_KEY_PARTS)
MANY = "a." * 30_000 + "a"  # the parser takes seconds for it as a key


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Return the texts that reach the parser."""
    found: list[str] = []
    loads = tomllib.loads

    def note(text: str) -> dict[str, Any]:
        found.append(text)
        return loads(text) if text.count(".") < 1_000 else {}

    monkeypatch.setattr(tomllib, "loads", note)
    return found


@pytest.mark.parametrize(
    "text",
    [
        f"{DOTTED} = 1",
        f"[{DOTTED}]",
        f"[[{DOTTED}]]",
        f"x = [{{{DOTTED} = 1}}]",
        f"x = {{b = 1, {DOTTED} = 1}}",
        DOTTED.replace(".", " \t. ") + " = 1",
        DOTTED.replace("a", '"a.b # c"') + " = 1",
        DOTTED.replace("a", "'a\"'") + " = 1",
        DOTTED.replace("a", r'"a\""') + " = 1",
        f'x = """\n"\\"""\'\'\'""""" # "\n{DOTTED} = 1',
        f"x = '''\n\"\"\" ''\\'''''\n{DOTTED} = 1",
        f'x = ["""\n\' """, {{{DOTTED} = 1}}, """\' """]',
        f'# """ \'\'\'\r\n{DOTTED} = 1 # """',
        f"x = '\\' # '\n{DOTTED} = 1",
        f'x = ""\n{DOTTED} = 1\nb = ""',
        f"[t]\r\nx = ''\r\n{DOTTED} = '''\r\n'''",
    ],
)
def test_a_key_of_many_parts_is_refused_before_it_is_parsed(text: str, parsed: list[str]) -> None:
    tomllib.loads(text)  # it is TOML
    parsed.clear()
    with pytest.raises(ValueError, match="parts with dots"):
        load_toml(text)
    assert not parsed


@pytest.mark.parametrize(
    "text",
    [
        f"a = '{MANY}'",
        f'a = "{MANY}"',
        f'a = """\n{MANY}\n""""" # {MANY}',
        f"a = '''\n{MANY}\n'''''",
        "a = [" + "1.5, " * 500 + "]",
        f"{LONGEST} = 1.5",
        "\n".join(f"k{at}.{LONGEST[2:]} = 1" for at in range(50)),
    ],
)
def test_dots_in_texts_and_numbers_are_no_keys(text: str) -> None:
    assert load_toml(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    [
        *("a = " + mark + "\\" + mark * 50_000 for mark in ('"', '"""', "'", "'''")),
        'a = "' + '\\"' * 50_000 + "\\",
        'a = """' + '"" ' * 50_000,
        "a = '''" + "'' " * 50_000,
        "a = " + "[" * 50_000,
        "a = 0x",
        "= 1",
        *(f"{start}{MANY}" for start in ("", "[", "a = {", "\x00", '"')),
    ],
)
def test_what_is_no_toml_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        load_toml(f"{text}\n{'.' * MAX_KEY_PARTS}")
