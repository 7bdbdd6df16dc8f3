"""The figures of the code that reached their aims stay there."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks.house import Figure, figures, table

FOUND = {one.name: one for one in figures()}


@pytest.mark.parametrize("name", FOUND)
def test_a_figure_keeps_to_its_aim(name: str) -> None:
    one = FOUND[name]
    assert one.is_reached, f"{name} is {one.value:g}, not {one.aim:g}: {', '.join(one.places[:5])}"


def write(package: Path, **modules: str) -> Path:
    for name, text in modules.items():
        (package / f"{name}.py").write_text(text)
    return package


def test_circles_of_imports_are_counted_with_their_modules(tmp_path: Path) -> None:
    package = tmp_path / "pack"
    package.mkdir()
    write(
        package,
        one="from pack.two import x",
        two="def f():\n    from pack import three",
        three="import pack.one",
        four="import pack.one",
    )
    circles = {one.name: one for one in figures(package)}["circles of imports"]
    assert (circles.value, circles.places) == (1, ("one three two",))


def test_what_a_caller_gives_counts_as_parameter(tmp_path: Path) -> None:
    methods = ["def f(self, a, b, c, *, d, e, f): ...", "def g(self, a, b, c, d, e, f, g): ..."]
    body = "class A:\n    " + "\n    ".join(methods)
    found = {one.name: one for one in figures(write(tmp_path, one=body))}
    assert found["functions of more than 6 parameters"].places == ("one.g (7)",)
    assert found["methods of the largest class"].value == 2


def test_names_without_a_docstring_are_named(tmp_path: Path) -> None:
    body = 'def a():\n    """Do."""\ndef b(): ...\ndef _c(): ...\n'
    body += 'class D:\n    """Be."""\n    def e(self): ...'
    found = {one.name: one for one in figures(write(tmp_path, one=body))}
    described = found["public names with a docstring, %"]
    assert (described.value, described.places) == (50, ("one.b", "one.D.e"))


def test_a_module_that_does_not_say_what_to_do_is_named(tmp_path: Path) -> None:
    write(tmp_path, one='"""Read it."""', two='"""Reads it."""', three="", four='"""How it is."""')
    write(tmp_path, five='"""Process it."""')
    described = {one.name: one for one in figures(tmp_path)}["modules described by a command, %"]
    assert (described.value, described.places) == (40, ("four", "three", "two"))


def test_the_table_names_the_places_that_miss_an_aim() -> None:
    found = [Figure("lines", 9, 5, ("a (9)", "b (8)")), Figure("share, %", 100, 100)]
    assert table(found, shown=1).splitlines()[2:] == [
        "| lines | 9 | 5 | no | a (9) and 1 more |",
        "| share, % | 100 | 100 | yes |  |",
    ]
