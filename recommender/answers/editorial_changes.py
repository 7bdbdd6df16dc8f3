"""Change the file of editors' rules: add a rule with who, when and why, or remove one.

A change names the version of the file that its author saw. It is refused if the file has changed
since. The note of a rule is the comment in the line before it.
"""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC
from pathlib import Path
from secrets import token_hex

from recommender import clock
from recommender.answers.editorial import IDS_OF_KIND, MAX_BYTES, editorial_of, version_of
from recommender.errors import QueryError, RulesChanged, SettingsError, StorageError
from recommender.safe_open import Depth, read_bytes
from recommender.system.disk import unwritable

MAX_NOTE = 300
# Services keep at most so many characters of the name of an author and of a reason.
MAX_WHO, MAX_REASON = 60, 200
_NOTE = re.compile(r"# \d{4}-\d\d-\d\dT\d\d:\d\dZ( |$)")
_IN_THIS_PROCESS = threading.Lock()


@dataclass(frozen=True, slots=True)
class NewRule:
    """A rule to add: its kind (pin, ban or never), the ids of articles, who adds it and why."""

    kind: str
    ids: Sequence[str]
    who: str = ""
    reason: str = ""

    def line(self) -> str:
        """Return the rule as a line of the file.

        Raises `QueryError` for an unknown kind, or for ids that the kind does not take.
        """
        if self.kind not in IDS_OF_KIND:
            raise QueryError(
                f"{self.kind[:40]!r} is not a kind of rule; give one of pin, ban, never"
            )
        count = IDS_OF_KIND[self.kind]
        if len(self.ids) != count or len(set(self.ids)) < len(self.ids):
            articles = "one article" if count == 1 else "two different articles"
            raise QueryError(f"{self.kind} takes {articles}")
        if any(not one.strip() or set("\t\n\r") & set(one) for one in self.ids):
            raise QueryError("an id holds a tab or a line end and cannot be in a rule")
        return "\t".join([self.kind, *self.ids])

    def note(self) -> str:
        """Return the comment that says when, who and why."""
        when = clock.now().astimezone(UTC).strftime("%Y-%m-%dT%H:%MZ")
        words = [" ".join(one.split()) for one in (self.who, self.reason)]
        said = ": ".join(one for one in words if one)
        return f"# {when} {said}"[:MAX_NOTE].rstrip()


def notes_of(path: Path) -> dict[int, str]:
    """Return the note of each rule that has one, by the number of the rule's line."""
    lines = _text(path).split("\n")
    return {
        number + 1: line.removeprefix("# ")
        for number, line in enumerate(lines, 1)
        if _NOTE.match(line)
    }


def add_rule(path: Path, rule: NewRule, version: str) -> None:
    """Add a rule to the end of the file.

    Raises `RulesChanged` if the file is not that of `version`, `QueryError` for a rule that cannot
    be written, `StorageError` if the file cannot be written.
    """
    line = rule.line()

    def added(text: str) -> str:
        gap = "" if not text or text.endswith("\n") else "\n"
        return f"{text}{gap}{rule.note()}\n{line}\n"

    _change(path, version, added)


def remove_rule(path: Path, number: int, version: str) -> None:
    """Remove the rule in a line, with its note; raises the errors of `add_rule`."""

    def removed(text: str) -> str:
        lines = text.split("\n")
        first, end = _block(lines, number)
        return "\n".join(lines[:first] + lines[end:])

    _change(path, version, removed)


def move_rule(path: Path, number: int, to: int, version: str) -> None:
    """Move the rule in a line, with its note, to the place of the rule in line `to`.

    A rule from below comes before that rule, a rule from above comes after it. Pins of one article
    count in their order. Raises the errors of `add_rule`.
    """

    def moved(text: str) -> str:
        lines = text.split("\n")
        first, end = _block(lines, number)
        target = _block(lines, to)
        block, rest = lines[first:end], lines[:first] + lines[end:]
        place = target[0] if to < number else target[1] - len(block)
        return "\n".join(rest[:place] + block + rest[place:])

    _change(path, version, moved)


def _block(lines: Sequence[str], number: int) -> tuple[int, int]:
    """Return where the rule in a line begins, with its note, and ends.

    Raises `QueryError` if the line holds no rule.
    """
    if not 1 <= number <= len(lines) or not lines[number - 1].split("#")[0].strip():
        raise QueryError(f"line {number} holds no rule")
    first = number - 1
    if number > 1 and _NOTE.match(lines[number - 2]):
        first -= 1
    return first, number


def _change(path: Path, version: str, changed: Callable[[str], str]) -> None:
    path = Path(os.path.realpath(path))
    with _IN_THIS_PROCESS, _folder_lock(path.parent):
        text = _text(path)
        if version != (version_of(text.encode()) if path.exists() else ""):
            raise RulesChanged("somebody else changed the rules; look at them and try again")
        new = changed(text).encode()
        _check_readable(text.encode(), new, path)
        _replace(path, new)


def _check_readable(old: bytes, new: bytes, path: Path) -> None:
    """Raise `QueryError` unless the new content of the file can be read as rules.

    If the old content cannot be read either, a change may still make it shorter.
    """
    try:
        editorial_of(new, path)
    except SettingsError as error:
        if len(new) >= len(old):
            reason = str(error).removeprefix(f"{path}: ")
            raise QueryError(f"the file of rules cannot be changed so: it {reason}") from error


def _text(path: Path) -> str:
    try:
        return read_bytes(path, Depth.INDEX, MAX_BYTES).decode("utf-8")
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise StorageError(f"{path}: cannot be read as the editors' rules: {error}") from error


def _replace(path: Path, data: bytes) -> None:
    """Write a file so that a reader finds the old one or the new one, never a part."""
    scratch = path.with_name(f".{path.name}.{token_hex(8)}")
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(scratch, flags, 0o644), "wb") as stream:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(scratch, path)
    except OSError as error:
        with suppress(OSError):
            scratch.unlink()
        raise unwritable(path, error) from error


@contextmanager
def _folder_lock(folder: Path) -> Iterator[None]:
    """Hold a lock on a folder against other processes, where the platform has such locks."""
    try:
        import fcntl
    except ImportError:  # Windows: the lock excludes only threads of one process
        yield
        return
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError as error:
        raise StorageError(f"{folder}: cannot be opened: {error.strerror}") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
