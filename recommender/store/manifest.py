"""Hold the manifest of a snapshot as a typed record: read it with every field checked, write it."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import numpy as np

from recommender.errors import SnapshotDamaged, SnapshotForeign
from recommender.index import Tuning
from recommender.safe_open import Depth
from recommender.store.advice import rebuild
from recommender.store.checks import FileFacts
from recommender.store.files import read_json, write_json
from recommender.store.json_records import Record, WrongField, read_record, to_json
from recommender.store.layout import MANIFEST, is_derived_name, is_name
from recommender.types import LanguageDoubt, NoticeCount

# Bump when a reader of the older number could not read a new index, or would misread it.
FORMAT = 12

# The middle and the spread of a scale (`scoring/strength.py`).
Pair = tuple[float, float]
# The derived files of each segment, by their names.
DerivedFiles = Mapping[str, Mapping[str, FileFacts]]
More = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class EncoderFacts:
    """The encoder that made the vectors. `model` is its name or folder, None if bundled or given.

    `arithmetic` is its arithmetic, None if the encoder does not say.
    """

    name: str
    dim: int
    arithmetic: str | None = None
    model: str | None
    fingerprint: str
    more: More = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.dim:
            raise ValueError("dim must be 1 or more")


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """The settings that passages depend on (`PassageMaker.recipe`)."""

    passages: int
    policies: Mapping[str, str]
    join_under: int
    verdicts: str = ""
    boilerplate: str = ""
    more: More = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """The work of a build, in articles; `encoded` is a number of texts, `reused` of passages.

    `reasons` says why unchanged articles were cut again.
    """

    same: int
    added: int
    changed: int
    removed: int
    encoded: int
    reused: int
    reasons: tuple[str, ...] = ()
    more: More = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """From how many articles boilerplate was learned, and how many have changed since."""

    articles: int = 0
    changed_since: int = 0
    more: More = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """On how many articles means and scales were measured, and how many have changed since.

    `related_recall` is the share of the ten articles that align best that `related` aligns; None if
    an earlier release made the index. `related_effort` is the factor by which more neighbours than
    usual are fetched for that.
    """

    articles: int = 0
    changed_since: int = 0
    related_recall: float | None = None
    related_effort: int = 1
    more: More = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SpaceFacts:
    """The answering space (`scoring/space.py`): its vectors are float32 in base64."""

    id: str
    keys: Mapping[str, str]
    languages: tuple[str, ...]
    means: str
    shift: str
    more: More = field(default_factory=dict)

    def check(self, dim: int) -> None:
        """Raise `WrongField` unless each language and the shift have a finite vector."""
        for name, count in (("means", len(self.languages)), ("shift", 1)):
            try:
                is_right = _holds_numbers(getattr(self, name), count * dim)
            except ValueError as error:
                raise WrongField(f"space.{name} must be numbers in base64") from error
            if not is_right:
                raise WrongField(f"space.{name} must be {count} x {dim} finite numbers")


@lru_cache(maxsize=4)
def _holds_numbers(text: str, count: int) -> bool:
    """Return whether base64 holds so many finite numbers; a write passes the same text on."""
    numbers = np.frombuffer(base64.b64decode(text, validate=True), "<f4")
    return len(numbers) == count and bool(np.isfinite(numbers).all())


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexFacts:
    """The search index: the `kind` asked for and the kinds `made`, with the least `recall`.

    `segments` has the search effort of each approximate index, by the segment's name.
    """

    kind: str
    made: tuple[str, ...]
    recall: float
    segments: Mapping[str, Tuning]
    more: More = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name, tuning in self.segments.items():
            if not {"passages", "texts"} <= tuning.effort.keys():
                raise ValueError(f"segments.{name}.effort must have passages and texts")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrelatedFacts:
    """How pairs of unrelated texts score (`scoring/strength.py`), each scale as a pair."""

    apart: Pair
    same: Pair
    languages: Mapping[str, Pair]
    more: More = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not all(spread > 0 for _, spread in (self.apart, self.same, *self.languages.values())):
            raise ValueError("every spread must be more than 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnrelatedKinds:
    """How pairs of unrelated passages and of unrelated articles score."""

    passages: UnrelatedFacts
    articles: UnrelatedFacts
    more: More = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class SegmentEntry:
    """A segment of the snapshot, and the positions of its articles that later builds removed."""

    name: str
    removed: tuple[int, ...]
    facts: FileFacts
    more: More = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not is_name(self.name):
            raise ValueError("name must be letters, digits and hyphens")


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFacts:
    """A source of the snapshot: the given name, and the full path, "" if it is not a path.

    `seal` proves to the user who named the path that nobody else wrote it.
    """

    typed: str
    absolute: str = ""
    seal: str = ""
    more: More = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """The contents of a snapshot and how it was made; a build hands them to `publish`.

    `recommender` is the release that built it. `left_out` has the place and the reason of each
    source that was left out; `unpublished` and `notices` count articles that were left out without
    a refusal (`articles/notices.py`). `doubts` names articles whose declared language was rejected
    (`builder/doubts.py`). `sources` is what the last build read; it is empty if that build was made
    by a release that did not keep it.
    """

    recommender: str
    encoder: EncoderFacts
    recipe: Recipe
    articles: int
    passages: int
    words_only: int = 0
    languages: Mapping[str, int]
    roles: Mapping[str, int]
    left_out: tuple[tuple[str, str], ...]
    unpublished: Mapping[str, int] = field(default_factory=dict)
    notices: tuple[NoticeCount, ...] = ()
    doubts: tuple[LanguageDoubt, ...] = ()
    include_unpublished: bool = False
    build: Changes
    space: SpaceFacts
    index: IndexFacts
    derived: DerivedFiles
    unrelated: UnrelatedKinds
    learned: Learned = Learned()
    measured: Measured = Measured()
    sources: tuple[SourceFacts, ...] = ()
    more: More = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.space.check(self.encoder.dim)
        if wrong := [name for files in self.derived.values() for name in files if _is_wrong(name)]:
            raise WrongField(f"derived: {wrong[0]!r} is not a name of a derived file")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest(Contents):
    """The whole manifest: the contents, and what publishing adds.

    `number` counts the snapshots of the index, `parent` is the one that was live before. For a
    snapshot that single writes made, `after` is the build that they changed; for a build it is
    empty.
    """

    format: int = FORMAT
    name: str
    number: int
    parent: str | None = None
    after: str = ""
    created: str
    segments: tuple[SegmentEntry, ...]
    checksum: str = ""

    @classmethod
    def of(cls, contents: Contents, **published: Any) -> Self:
        """Return the manifest of contents, with the fields that publishing adds."""
        known = {one.name: getattr(contents, one.name) for one in fields(Contents)}
        made = cls(**known, **published)
        return replace(made, checksum=manifest_checksum(to_json(made)))

    def contents(self, **changes: Any) -> Contents:
        """Return the contents with changes, for another publication."""
        known = {one.name: getattr(self, one.name) for one in fields(Contents)}
        return Contents(**{**known, **changes})


def manifest_checksum(manifest: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a manifest in its JSON form, without its own checksum."""
    rest = {key: value for key, value in manifest.items() if key != "checksum"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Write a manifest into the folder of its snapshot."""
    write_json(folder / MANIFEST, to_json(manifest))


def read_manifest(place: Path) -> Manifest:
    """Return the manifest in a snapshot's folder.

    Raises `SnapshotForeign` for another format. Raises `SnapshotDamaged` for a file that has
    changed since it was written, or with a field that is missing or wrong; the message names the
    field.
    """
    return checked_manifest(_read_json(place), str(place / MANIFEST), rebuild(place.parent))


def _advice_on_format(found: Any, folder: Path) -> str:
    """Return what to do about an index of another format: a newer one is not to be replaced."""
    build = f"recommender build SOURCE --into {folder} (vectors are kept)"
    if isinstance(found, int) and found > FORMAT:
        return f"a newer release made it: update recommender; to go back, run: {build}"
    return f"run: {build}"


def _read_json(place: Path) -> dict[str, Any]:
    """Return the JSON of the manifest in a snapshot's folder; its format and name are checked."""
    path, advice = place / MANIFEST, rebuild(place.parent)
    found = read_json(path, Depth.FOLDER, advice)
    if found.get("format") != FORMAT:
        raise SnapshotForeign(
            f"{path}: found format {found.get('format')!r}, expected {FORMAT}; "
            f"{_advice_on_format(found.get('format'), place.parent)}"
        )
    if found.get("name") != place.name:
        raise SnapshotDamaged(f"{path}: is the manifest of {found.get('name')!r}; {advice}")
    return found


def read_part(place: Path, part: type[Record]) -> Record:
    """Return some fields of the manifest in a snapshot's folder, as a class with only these.

    The other fields are not checked: to check all takes longer than to read them. Raises the errors
    of `read_manifest`.
    """
    path, advice = place / MANIFEST, rebuild(place.parent)
    return _checked(part, _read_json(place), str(path), advice)


def checked_manifest(found: Mapping[str, Any], place: str, advice: str) -> Manifest:
    """Return the manifest in JSON; raise `SnapshotDamaged`, with the place of the fault."""
    return _checked(Manifest, found, place, advice)


def _checked(kind: type[Record], found: Mapping[str, Any], place: str, advice: str) -> Record:
    if found.get("checksum") != manifest_checksum(found):
        raise SnapshotDamaged(f"{place}: its content does not match its checksum; {advice}")
    try:
        return read_record(kind, found)
    except WrongField as error:
        raise SnapshotDamaged(f"{place}: {error}; {advice}") from error


def _is_wrong(name: str) -> bool:
    return not is_derived_name(name)
