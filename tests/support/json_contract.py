"""The JSON of every answer by keys and types; `python tests/support/json_contract.py` writes it.

Programs rely on tests/expected/json_contract.json. A field may be added; none is renamed, dropped
or given another type.
"""

from __future__ import annotations

import json
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import chdir
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parent.parent.parent
CONTRACT = ROOT / "tests" / "expected" / "json_contract.json"

# Objects whose keys are data, such as the languages of an archive.
MAPS = {
    *("changed", "languages", "policies", "passed_over", "roles", "unpublished"),
}
# Objects of the source, whose values are data too.
OPAQUE = {"metadata"}
_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null"}

Shape = Any


def shape(value: Any, name: str = "") -> Shape:
    """Return a value with the type of each field in its place; a list is one shape for all."""
    match value:
        case dict() if name in OPAQUE:
            return "object"
        case dict() if name in MAPS:
            return {"*": _merged([shape(one) for one in value.values()])}
        case dict():
            return {key: shape(one, key) for key, one in value.items()}
        case list():
            return [_merged([shape(one) for one in value])]
    return _TYPES[type(value)]


def _merged(shapes: Sequence[Shape]) -> Shape:
    """Return one shape for several: of objects all fields, of different types all names."""
    different = [one for at, one in enumerate(shapes) if one not in shapes[:at]]
    if len(different) <= 1:
        return different[0] if different else "nothing"
    if all(isinstance(one, dict) for one in different):
        names = dict.fromkeys(name for one in different for name in one)
        return {name: _merged([one[name] for one in different if name in one]) for name in names}
    if all(isinstance(one, list) for one in different):
        return [_merged([item for one in different for item in one if item != "nothing"])]
    return " or ".join(sorted(map(str, different)))


def written_contract() -> dict[str, Shape]:
    """Return the contract that is kept."""
    found: dict[str, Shape] = json.loads(CONTRACT.read_text("utf-8"))
    return found


def contract(folder: Path) -> dict[str, Shape]:
    """Ask every command in a folder and return the shape of each answer."""
    from support.command import stand_in_encoder

    with stand_in_encoder(), chdir(folder):
        return dict(_answers())


def _write_archive(articles: Mapping[str, str]) -> None:
    """Write articles, one without text and one that is a draft, beside a file of another format."""
    from support.command import write_rows

    every = {**articles, "empty": "", "hidden": "A draft on the river."}
    Path("rows").mkdir(exist_ok=True)
    Path("rows/old.doc").write_bytes(b"\xd0\xcf\x11\xe0")
    write_rows(Path("rows/rows.jsonl"), every, hidden={"status": "draft"})


def _answers() -> Iterator[tuple[str, Shape]]:
    from support.command import ARTICLES, run

    from recommender.evaluate.clicks import ClickStore

    def answer(*arguments: str) -> Shape:
        result = run(*arguments, "--format", "json")
        assert result.exit_code in (0, 3), result.output
        return shape(json.loads(result.stdout))

    articles = {**ARTICLES, "copy": ARTICLES["final"]}
    _write_archive(articles)
    run("build", "rows", "--quiet")
    Path("vectors/editorial.txt").write_text("ban dike\npin flood final\n", encoding="utf-8")
    for name in "ab":
        ClickStore(Path("clicks.sqlite")).shown(name, "flood", ["dike"])
    several = ("related", "flood", "bakery", "--unlike", "dike")
    asked = {
        "search": ("search", "river"),
        "search, explained": ("search", "river", "--explain"),
        "search by article": ("search", "river", "--by", "article"),
        "similar": ("similar", "flood#2"),
        "similar, explained": ("similar", "flood#2", "--explain"),
        "related": ("related", "flood"),
        "related, explained": ("related", "flood", "--explain", "--min-strength", "0"),
        "related to several": several,
        "show": ("show", "flood"),
        "list": ("list", "river"),
        "list of no match": ("list", "rivre"),
        "stories": ("stories", "--quiet"),
        "duplicates": ("duplicates", "--quiet"),
        "before": ("before", "flood"),
        "status": ("status",),
        "verify": ("verify",),
        "evaluate": ("evaluate", "--quiet"),
        "boilerplate": ("boilerplate",),
        "clicks report": ("clicks", "report", "clicks.sqlite"),
        "clicks report, compared": ("clicks", "report", "clicks.sqlite", "--compare", "a,b"),
        "inspect": ("inspect", "rows"),
        "export": ("export", "public", "--processes", "1", "--quiet"),
    }
    for name, arguments in asked.items():
        yield name, answer(*arguments)
    files = sorted(Path("public/articles").rglob("*.json"))
    yield "export: articles/*.json", shape([json.loads(one.read_text("utf-8")) for one in files])
    lines = Path("public/related.jsonl").read_text("utf-8").splitlines()
    yield "export: related.jsonl", shape([json.loads(line) for line in lines])

    del articles["bakery"]
    articles |= {"flood": articles["flood"] + "\n\nThe river falls.", "new": "Bread again."}
    _write_archive(articles)
    yield "build --dry-run", answer("build", "rows", "--dry-run", "--quiet")
    yield "add --dry-run", answer("add", "rows", "--dry-run")
    yield "build", answer("build", "rows", "--quiet")
    yield "history", answer("history")
    yield "diff", answer("diff")
    yield "rollback", answer("rollback")
    log = run("build", "rows", "--full", "--log-format", "json").stderr
    yield "build --log-format json", shape([json.loads(line) for line in log.splitlines()])
    yield "prune", answer("prune", "--keep", "1")
    yield from _news(articles, answer)
    for name, arguments in (("error", ["show", "nowhere"]), ("wrong usage", ["show"])):
        yield name, shape(json.loads(run(*arguments, "--format", "json").stderr))


def _news(articles: Mapping[str, str], answer: Callable[..., Shape]) -> Iterator[tuple[str, Shape]]:
    """Look for the news of a saved search, which there are for a build and for `news`."""
    watchlist = Path("vectors/watchlist.toml")
    watchlist.write_text('[[watch]]\nname = "a"\nsearch = \'"river"\'\n', encoding="utf-8")
    answer("news")
    _write_archive({**articles, "tiel": "The river at Tiel."})
    yield "build with a watchlist", answer("build", "rows", "--quiet")
    watchlist.rename("list.toml")
    _write_archive({**articles, "tiel": "The river at Tiel.", "ede": "No river at Ede."})
    answer("build", "rows", "--quiet")
    yield "news", answer("news", "--watchlist", "list.toml")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "tests"))
    with tempfile.TemporaryDirectory() as place:
        CONTRACT.write_text(json.dumps(contract(Path(place)), indent=2) + "\n", encoding="utf-8")
