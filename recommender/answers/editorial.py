"""Read the editors' rules, a text file beside the index that overrides recommendations.

Each line is a rule: a word and the ids of articles. Blank lines and lines that start with # are
passed over.

    pin A B      B is the first answer for A; several pins of A come in the order of their lines
    ban X        X is never recommended
    never A B    neither is ever recommended for the other

Spaces stand between words and ids, or tabs if an id holds a space. The id of a passage stands for
its article.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from recommender.answers.archive import Archive
from recommender.errors import SettingsError
from recommender.safe_open import Depth, open_stream

EDITORIAL_FILE = "editorial.txt"
MAX_BYTES = 1_000_000
MAX_RULES = 10_000
# How many ids follow each word.
IDS_OF_KIND = {"pin": 2, "ban": 1, "never": 2}


class EditorialRule(NamedTuple):
    """A line of the file; `kind` is pin, ban or never."""

    kind: str
    ids: tuple[str, ...]
    place: str
    line: int

    def __str__(self) -> str:
        return f"{self.kind} in {self.place}, line {self.line}"


class Editorial(NamedTuple):
    """The rules of a file in order; `id` changes with the content of the file.

    `problems` names each line that is not a rule and why; the other lines are followed.
    """

    rules: Sequence[EditorialRule] = ()
    id: str = ""
    problems: Sequence[str] = ()


def read_editorial(path: Path, *, is_named: bool = False) -> Editorial:
    """Return the rules of a file; none if there is no file, unless somebody named it (`is_named`).

    Raises `SettingsError` for a file that cannot be read or is too long.
    """
    try:
        # A person may name a link or a pipe; a file beside an index may come from a stranger.
        with path.open("rb") if is_named else open_stream(path, Depth.INDEX) as stream:
            data = stream.read(MAX_BYTES + 1)
        return editorial_of(data, path)
    except (FileNotFoundError, NotADirectoryError) as error:
        if is_named:
            raise SettingsError(
                f"{path}: there is no such file; make it, or change the setting editorial"
            ) from error
        return Editorial()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        raise SettingsError(
            f"{path}: cannot be read: {reason}; make it a text file in UTF-8, or name another "
            "with the setting editorial"
        ) from error


def editorial_of(data: bytes, path: Path) -> Editorial:
    """Return the rules in the content of a file; `path` names it.

    Raises `SettingsError` if it is too long, `UnicodeDecodeError` if it is not UTF-8.
    """
    text = data.decode("utf-8-sig") if len(data) <= MAX_BYTES else ""
    rules, problems = _rules(text, path)
    if len(data) > MAX_BYTES or len(rules) > MAX_RULES:
        most = f"{MAX_RULES:,} rules and {MAX_BYTES:,} bytes"
        raise SettingsError(f"{path}: is too long, the most is {most}; take some out")
    return Editorial(rules, version_of(data), problems)


def version_of(data: bytes) -> str:
    """Return the `Editorial.id` of the content of a file."""
    return hashlib.sha256(data).hexdigest()[:12]


def _rules(text: str, path: Path) -> tuple[list[EditorialRule], list[str]]:
    """Return the rules of a file, and what is wrong with its other lines."""
    rules, problems = [], []
    for number, line in enumerate(text.split("\n"), 1):
        columns = [one.strip() for one in line.split("\t") if one.strip()]
        words = columns if len(columns) > 1 else line.split()
        if not words or words[0].startswith("#"):
            continue
        try:
            rules.append(_rule(words, path, number))
        except SettingsError as error:
            problems.append(str(error))
    return rules, problems


def _rule(words: Sequence[str], path: Path, line: int) -> EditorialRule:
    kind, *ids = words
    if kind not in IDS_OF_KIND or len(ids) != IDS_OF_KIND[kind]:
        raise SettingsError(
            f"{path}:{line}: is not a rule; write pin A B, ban X or never A B, with article ids, "
            "and tabs between them if an id holds a space"
        )
    if len(set(ids)) < len(ids):
        raise SettingsError(f"{path}:{line}: {kind} names one article twice; name two")
    return EditorialRule(kind, tuple(ids), path.name, line)


@dataclass(frozen=True, slots=True)
class Ruling:
    """The rules for the answers to one question, by the positions of articles; pins in order."""

    pinned: dict[int, EditorialRule] = field(default_factory=dict)
    excluded: dict[int, EditorialRule] = field(default_factory=dict)


NO_RULING = Ruling()


class Rules:
    """The rules of a file for one snapshot, each id looked up once; safe to share by threads."""

    def __init__(self, editorial: Editorial, snapshot: Archive) -> None:
        self.editorial = editorial
        self._snapshot = snapshot

    def of(self, snapshot: Archive) -> Rules:
        """Return the rules for a snapshot; another thread may ask about an older one."""
        return self if snapshot is self._snapshot else Rules(self.editorial, snapshot)

    @classmethod
    def read(cls, snapshot: Archive, named: str | Path | None) -> Rules:
        """Return the rules of the file that somebody `named`, else of the file beside the index."""
        if named is not None:
            return cls(read_editorial(Path(named), is_named=True), snapshot)
        if snapshot.folder is None:
            return cls(Editorial(), snapshot)
        return cls(read_editorial(snapshot.folder / EDITORIAL_FILE), snapshot)

    def on(self, positions: Iterable[int]) -> Ruling:
        """Return the rules for the answers to articles; exclusion is stronger than a pin."""
        if not self.editorial.rules:
            return NO_RULING
        asked = set(positions)
        pinned: dict[int, EditorialRule] = {}
        excluded: dict[int, EditorialRule] = {}
        for rule, found in self._known:
            match rule.kind:
                case "ban":
                    excluded.setdefault(found[0], rule)
                case "pin" if found[0] in asked:
                    pinned.setdefault(found[1], rule)
                case "never":
                    for one, other in (found, found[::-1]):
                        if one in asked:
                            excluded.setdefault(other, rule)
        return Ruling({at: rule for at, rule in pinned.items() if at not in excluded}, excluded)

    def warnings(self) -> list[str]:
        """Return a message for each line that is not a rule, and the messages of `unknown`."""
        return [*self.editorial.problems, *self.unknown()]

    def unknown(self) -> list[str]:
        """Return a line for each id that names no article of the snapshot."""
        return [
            f"{rule.place}:{rule.line}: no article has the id {id[:200]!r}; this rule has no effect"
            for rule in self.editorial.rules
            for id in rule.ids
            if id not in self._positions
        ]

    @cached_property
    def _positions(self) -> dict[str, int]:
        """The position of each id that names an article."""
        ids = {id for rule in self.editorial.rules for id in rule.ids}
        return dict(self._found(ids))

    @cached_property
    def _known(self) -> Sequence[tuple[EditorialRule, list[int]]]:
        """The rules whose ids all name articles, with the positions of those articles."""
        places = self._positions
        return [
            (rule, [places[id] for id in rule.ids])
            for rule in self.editorial.rules
            if all(id in places for id in rule.ids)
        ]

    def _found(self, ids: Collection[str]) -> Iterator[tuple[str, int]]:
        """Yield each id that names an article, or a passage of one, with the article's position."""
        articles = {id: id.rpartition("#")[0] for id in ids if "#" in id}
        known = self._snapshot.find_each({*ids, *articles.values()})
        for id in ids:
            position = known.get(id, known.get(articles.get(id, "")))
            if position is not None:
                yield id, position
