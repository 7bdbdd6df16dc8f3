"""Read the files of a packed folder (.zip) as if it were unpacked."""

from __future__ import annotations

import contextlib
import stat
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from recommender.articles import substack
from recommender.articles.files import SourceFile, chosen, passed_over, suffix_of
from recommender.articles.packed import MAX_RATIO, MAX_UNPACKED_BYTES, bounded
from recommender.articles.read import READERS, found_in
from recommender.articles.zip_files import opened_folder
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Found, Refusal

MAX_FILES = 100_000
MAX_NAME_CHARACTERS = 400
BYTES_AT_ONCE = 1 << 20
_UTF8_FLAG, _ENCRYPTED_FLAG = 0x800, 0x1
# Archives within archives are not unpacked.
_NESTED = (".zip", ".wacz")
_DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, RuntimeError)


def read_file(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield what the readers of the files yield. Their paths begin with that of the archive."""
    try:
        with opened_folder(file, "zip") as archive, TemporaryDirectory() as folder:
            wanted = chosen(settings.include, settings.exclude)
            every = [*_members(file, archive)]
            members = [one for one in every if wanted(one[0])]
            root = Path(folder, "root")
            root.mkdir()
            exports = _exports(archive, every, root)
            for number, (name, member) in enumerate(sorted(members, key=lambda one: one[0])):
                path = _place(root, exports, name, number)
                yield from _found(file, archive, name, member, path, settings)
            if not members:
                raise SourceError("holds no file")
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _exports(
    archive: zipfile.ZipFile, members: Sequence[tuple[str, zipfile.ZipInfo]], root: Path
) -> Mapping[PurePosixPath, Path]:
    """Unpack the tables of Substack exports to where the readers of their pages look for them.

    Returns the place of each folder of the archive with such a table and pages beside it. If a
    table cannot be unpacked, a folder takes its place, and its pages are refused.
    """
    parents = {PurePosixPath(name).parent for name, _ in members}
    with_pages = {one.parent for one in parents if one.name == substack.FOLDER}
    exports: dict[PurePosixPath, Path] = {}
    for name, member in members:
        path = PurePosixPath(name)
        if path.name != substack.TABLE or path.parent not in with_pages - exports.keys():
            continue
        folder = exports[path.parent] = root / f"export-{len(exports)}"
        (folder / substack.FOLDER).mkdir(parents=True)
        table = folder / substack.TABLE
        try:
            _check(name, member)
            if member.file_size > substack.MAX_TABLE_BYTES:
                raise SourceError("is too large")
            _unpack(archive, member, table)
        except (SourceError, *_DAMAGED):  # the table is refused when its turn comes
            table.unlink(missing_ok=True)
            table.mkdir()
    return exports


def _place(root: Path, exports: Mapping[PurePosixPath, Path], name: str, number: int) -> Path:
    """Return where to unpack a file to be read, without its suffix."""
    path = PurePosixPath(name)
    folder = exports.get(path.parent)
    if folder and path.name == substack.TABLE and (folder / substack.TABLE).is_file():
        return folder / substack.FOLDER
    folder = exports.get(path.parent.parent) if path.parent.name == substack.FOLDER else None
    return (folder / substack.FOLDER if folder else root) / str(number)


def _members(file: SourceFile, archive: zipfile.ZipFile) -> Iterator[tuple[str, zipfile.ZipInfo]]:
    """Yield the files of an archive with their names, except hidden ones."""
    members = archive.infolist()
    limit = max(MAX_UNPACKED_BYTES, MAX_RATIO * file.path.stat().st_size)
    size = sum(one.file_size for one in members)
    if len(members) > MAX_FILES or size > limit:
        raise SourceError(
            f"unpacks to {size:,} bytes in {len(members):,} files; unpack it and look"
        )
    for member in members:
        name = _name(member)
        parts = PurePosixPath(name).parts
        is_hidden = any(part.startswith((".", "__MACOSX")) and part != ".." for part in parts)
        if not (member.is_dir() or is_hidden):
            yield name, member


def _name(member: zipfile.ZipInfo) -> str:
    """Return the name of a member. Older programs write it in UTF-8 without stating that."""
    name = member.filename
    if not member.flag_bits & _UTF8_FLAG:
        with contextlib.suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    return name.replace("\\", "/").lstrip("/")


def _found(
    file: SourceFile,
    archive: zipfile.ZipFile,
    name: str,
    member: zipfile.ZipInfo,
    path: Path,
    settings: Settings,
) -> Iterator[Found]:
    """Yield what one file holds. It is unpacked to `path` to be read."""
    place = f"{file.name}/{name}"
    suffix = suffix_of(Path(name))
    if suffix not in READERS or suffix in _NESTED:
        yield passed_over(Path(name), place)
        return
    try:
        _check(name, member)
        path = path.with_name(path.name + suffix)
        _unpack(archive, member, path)
    except SourceError as error:
        yield Refusal(place, str(error))
        return
    except _DAMAGED as error:
        yield Refusal(place, f"is damaged: {error}; pack it again")
        return
    yield from found_in(SourceFile(path, place), settings)
    if path.name != substack.TABLE:
        path.unlink(missing_ok=True)


def _check(name: str, member: zipfile.ZipInfo) -> None:
    """Raise `SourceError` for a member that must not be unpacked."""
    if len(name) > MAX_NAME_CHARACTERS or ".." in PurePosixPath(name).parts:
        raise SourceError("has a name that leads out of the archive, or a very long one")
    if stat.S_ISLNK(member.external_attr >> 16):
        raise SourceError("is a link, which is not followed")
    if member.flag_bits & _ENCRYPTED_FLAG:
        raise SourceError("is encrypted; pack it without a password")


def _unpack(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> None:
    """Write a member to a path, at most as many bytes as it states."""
    with archive.open(member) as packed, path.open("wb") as unpacked:
        stream = bounded(packed, member.file_size)
        while data := stream.read(BYTES_AT_ONCE):
            unpacked.write(data)
