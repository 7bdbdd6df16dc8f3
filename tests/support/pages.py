"""Run the examples of README.md and docs/; `python tests/support/pages.py` writes outputs again.

A page's blocks run in order, in a folder that holds `seeds/` and its index in `vectors/`:

    console   commands after `$ `, each with what it prints; a line `...` stands for any lines
    sh        commands; those of `recommender` must succeed
    pycon     a Python session
    python    a Python module; comments `# prints: ` at its end say what it prints
    toml      settings: a `recommender.toml` that must load
    json      must be JSON

A comment before a block changes that. `<!-- not run: REASON -->`: names and options of commands are
checked all the same. `<!-- file: NAME -->`: the block is written to that file.
"""

from __future__ import annotations

import difflib
import doctest
import io
import json
import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from support.outputs import ELLIPSIS, agree

ROOT = Path(__file__).parent.parent.parent
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))
FIRST_BUILD = "recommender build seeds"
SETTINGS = "recommender.toml"
# Pages that begin in an empty folder.
FROM_NOTHING = ("wordpress.md",)
SHELLS = ("console", "sh", "crontab")

_BLOCK = re.compile(
    r"^(?:<!-- (?P<word>not run|file): (?P<about>[^\n]+) -->\n)?"
    r"^```(?P<kind>\w+)\n(?P<text>.*?)^```$",
    re.DOTALL | re.MULTILINE,
)
_INVOCATION = re.compile(r"(?:^|[\s(]|bin/)recommender ((?:[^|;&<>()`\n\\]|\\\n)+)")


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page; `file` is where it is written, if it is a file."""

    place: str
    kind: str
    text: str
    is_run: bool
    file: str


@dataclass(frozen=True, slots=True)
class Ran:
    """What a command did: its exit code and what it printed."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True)
class Checkout:
    """A folder as pages assume it, and what its first build printed."""

    folder: Path
    built: str

    @classmethod
    def make(cls, folder: Path) -> Checkout:
        """Put `seeds/` and an index of it into a folder."""
        (folder / "seeds").symlink_to(ROOT / "seeds")
        return cls(folder, run(FIRST_BUILD, folder).out)

    def copy(self, folder: Path) -> Checkout:
        """Return a copy that a page may change."""
        shutil.copytree(self.folder, folder, symlinks=True)
        run(FIRST_BUILD, folder)  # else an index that was copied does not say what it was built of
        return Checkout(folder, self.built)

    def for_page(self, page: Path, folder: Path) -> Checkout:
        """Return a copy for a page; of pages that begin with nothing, an empty folder."""
        if page.name not in FROM_NOTHING:
            return self.copy(folder)
        folder.mkdir()
        return Checkout(folder, "")

    def printed(self, command: str) -> str:
        """Run a command and return what a person reads: the answer, or the error."""
        if command == FIRST_BUILD:
            return self.built
        ran = run(command, self.folder)
        return ran.out + ran.err if ran.code else ran.out


def run(command: str, folder: Path) -> Ran:
    """Run a `recommender` command in `folder`, in this process."""
    from recommender.__main__ import main

    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    code = 0
    with (
        chdir(folder),
        redirect_stdout(out),
        redirect_stderr(err),
        mock.patch.object(sys, "argv", shlex.split(command, comments=True)),
        mock.patch.dict(os.environ, {"COLUMNS": "80", "NO_COLOR": "1"}),
    ):
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
    texts = (stream.buffer.getvalue().decode() for stream in (out, err))
    return Ran(code, *texts)


def blocks(page: Path) -> Iterator[Block]:
    """Yield the fenced blocks of a page."""
    text = page.read_text("utf-8")
    for match in _BLOCK.finditer(text):
        line = text.count("\n", 0, match.start("text")) + 1
        is_file = match["word"] == "file"
        yield Block(
            f"{page.name}:{line}",
            match["kind"],
            match["text"],
            match["word"] != "not run",
            match["about"] if is_file else "",
        )


def examples(text: str) -> Iterator[tuple[str, str]]:
    """Yield the commands of a console block, each with what it prints."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command, _, output = part.partition("\n")
        yield command, output


def commands(page: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the place and the arguments of every call of `recommender` in blocks for a shell."""
    for block in blocks(page):
        if block.kind in SHELLS:
            text = block.text
            if block.kind == "console":
                text = "\n".join(command for command, _ in examples(text))
            for arguments in invocations(text):
                yield block.place, arguments


def invocations(text: str) -> Iterator[list[str]]:
    """Yield the arguments of each call of `recommender` in a text for a shell or cron."""
    for match in _INVOCATION.finditer(text):
        yield shlex.split(match[1].replace("\\\n", " "), comments=True)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something that is not as a page says; of a command also the page's output and today's."""

    place: str
    reason: str
    command: str = ""
    shown: str = ""
    now: str = ""


def faults(page: Path, checkout: Checkout) -> list[Fault]:
    """Run the blocks of a page in order and return what is not as the page says."""
    session: dict[str, object] = {}
    found: list[Fault] = []
    for block in blocks(page):
        if block.file:
            path = checkout.folder / block.file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
        elif block.is_run and block.kind == "console":
            found += _console(block, checkout)
        elif block.is_run and block.kind in _RUNNERS:
            reasons = _RUNNERS[block.kind](block, checkout, session)
            found += [Fault(block.place, reason) for reason in reasons]
    return found


def _console(block: Block, checkout: Checkout) -> Iterator[Fault]:
    """Run commands and compare what they print."""
    for command, shown in examples(block.text):
        now = checkout.printed(command)
        if not agree(command, shown, now):
            lines = difflib.unified_diff(shown.splitlines(), now.splitlines(), "page", "now", n=1)
            yield Fault(block.place, "\n".join([command, *lines]), command, shown, now)


def _shell(block: Block, checkout: Checkout, _: object) -> Iterator[str]:
    for arguments in invocations(block.text):
        ran = run(shlex.join(["recommender", *arguments]), checkout.folder)
        if ran.code:
            yield f"{shlex.join(arguments)} ends with {ran.code}: {ran.err}"


def _session(block: Block, checkout: Checkout, session: dict[str, object]) -> Iterator[str]:
    """Run a Python session; names live on in the page's later sessions."""
    test = doctest.DocTestParser().get_doctest(block.text, session, block.place, None, None)
    said: list[str] = []
    with chdir(checkout.folder):
        runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
        runner.run(test, out=said.append, clear_globs=False)
    session.update(test.globs)
    if runner.failures:
        yield "".join(said)


def _python(block: Block, checkout: Checkout, session: dict[str, object]) -> Iterator[str]:
    printed = io.StringIO()
    with chdir(checkout.folder), redirect_stdout(printed):
        exec(compile(block.text, block.place, "exec"), session)
    shown = re.findall(r"^# prints: (.*)$", block.text, re.MULTILINE)
    if shown != printed.getvalue().splitlines():
        yield f"prints {printed.getvalue()!r}"


def _toml(block: Block, checkout: Checkout, _: object) -> Iterator[str]:
    from recommender.errors import SettingsError
    from recommender.settings import load_settings

    with tempfile.TemporaryDirectory(dir=checkout.folder) as folder:
        (Path(folder) / SETTINGS).write_text(block.text, "utf-8")
        try:
            load_settings(Path(folder), {})
        except SettingsError as error:
            yield str(error)


def _json(block: Block, *_: object) -> Iterator[str]:
    try:
        json.loads(block.text)
    except ValueError as error:
        yield str(error)


Runner = Callable[[Block, Checkout, dict[str, object]], Iterator[str]]
_RUNNERS: dict[str, Runner] = {
    "sh": _shell,
    "pycon": _session,
    "python": _python,
    "toml": _toml,
    "json": _json,
}


def rewrite(page: Path, checkout: Checkout) -> None:
    """Put into a page what its commands print now; an output with an ellipsis stays as it is."""
    text = page.read_text("utf-8")
    for fault in faults(page, checkout):
        print(f"{fault.place}: {fault.reason}")
        if fault.command and ELLIPSIS not in fault.shown.splitlines():
            asked = f"$ {fault.command}\n"
            text = text.replace(asked + fault.shown, asked + fault.now, 1)
    page.write_text(text, "utf-8")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as scratch:
        original = Path(scratch, "original")
        original.mkdir()
        first = Checkout.make(original)
        for one in PAGES:
            rewrite(one, first.for_page(one, Path(scratch, one.stem)))
