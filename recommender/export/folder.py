"""Keep the folder of an export: know which files are ours, what is done, and replace files.

    .export/manifest.jsonl   the options of the last export; the digests of each article's files
    .export/progress.jsonl   the same for an export that is running, batch by batch; then deleted

A file is replaced only if its content changes and one of the two lists it. A file that somebody
else put there is refused, never overwritten. `progress.jsonl` lists files before they are written,
so that an export that was killed recognises its own files.
"""

from __future__ import annotations

import errno
import filecmp
import hashlib
import json
import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from recommender.errors import FolderForeign, StorageError
from recommender.safe_open import (
    Depth,
    is_file,
    is_folder,
    is_there,
    read_bytes,
    refuse_network,
)
from recommender.store.files import append, create, make_folder, sharing
from recommender.store.lock import writer_lock

# So many letters of SHA-256 name a file: among a million ids, two share them by a chance of 1 in
# 10^26.
NAME_LENGTH = 32
KINDS = {"articles": "json", "html": "html"}

EXPORT_FORMAT = 1
STATE = ".export"
EXPORT_MANIFEST = "manifest.jsonl"
PROGRESS = "progress.jsonl"
# The manifest of 10 million articles has fewer.
_MOST_BYTES = 1 << 31
EXPORT_UNFINISHED = "unfinished"
# The digests of an article's files, in the order of `KINDS`.
Digests = tuple[str, ...]


class ExportFolder:
    """A folder that an export writes to; `open_folder` makes it and holds its lock."""

    def __init__(self, folder: Path, key: Mapping[str, Any]) -> None:
        """Read what was done for `key`, which stands for all that an export depends on."""
        self.folder = folder
        self.done: dict[str, Digests] = {}
        self.written = 0
        self.removed = 0
        self._key = json.loads(json.dumps(key))
        self._names: set[str] = set()
        # Names whose files do not exist yet, as was found for each.
        self._new: set[str] = set()
        self._folders: set[str] = set()
        _unlink(folder / STATE / EXPORT_UNFINISHED)
        for file in (EXPORT_MANIFEST, PROGRESS):
            self._read(folder / STATE / file)
        self._log = self._start_log()

    @property
    def state(self) -> Path:
        """The folder of the lists, on the same disk as the files."""
        return self.folder / STATE

    def close(self) -> None:
        """Close the log; its lines stay for the next export."""
        self._log.abandon()

    def is_done(self, name: str) -> bool:
        """Return whether an article's files exist as they were written for this key."""
        digests = self.done.get(name)
        return digests is not None and digests == tuple(
            _digest(self._content(path_of(kind, name))) for kind in KINDS
        )

    def announce(self, names: Iterable[str]) -> None:
        """List articles whose files will be written; refuse files that are not ours."""
        if new := [name for name in names if name not in self._names]:
            for path in (self.folder / path_of(kind, name) for name in new for kind in KINDS):
                if os.path.lexists(path):
                    raise _foreign(path)
            self._note({"writing": new})
            self._names.update(new)
            self._new.update(new)

    def write(self, name: str, contents: Mapping[str, bytes]) -> None:
        """Write those files of an article, by kind, that differ from the existing ones."""
        for kind, content in contents.items():
            path = path_of(kind, name)
            if name in self._new or self._content(path) != content:
                self._write(path, content)
        self._new.discard(name)
        self.done[name] = tuple(_digest(contents[kind]) for kind in KINDS)

    def note_done(self, names: Iterable[str]) -> None:
        """List articles whose files are written."""
        self._note(*({"name": name, "digests": self.done[name]} for name in names))

    def read(self, kind: str, name: str) -> bytes:
        """Return the content of an article's file; raise `FileNotFoundError` if it is gone."""
        path = path_of(kind, name)
        content = self._content(path)
        if content is None:
            raise FileNotFoundError(
                errno.ENOENT, os.strerror(errno.ENOENT), str(self.folder / path)
            )
        return content

    @contextmanager
    def replace(self, path: str) -> Iterator[IO[bytes]]:
        """Yield a file that replaces another of the export if its content differs."""
        self._refuse_links(path)
        beside = self.folder / STATE / f"{EXPORT_UNFINISHED}-{path.replace('/', '-')}"
        _unlink(beside)
        with create(beside) as stream:
            yield stream
        self._take_place(beside, path)

    def finish(self, names: Collection[str]) -> None:
        """Delete the files of removed articles, and write the manifest."""
        for name in sorted(self._names.difference(names)):
            self.removed += 1
            for kind in KINDS:
                self._remove(path_of(kind, name))
        with self.replace(f"{STATE}/{EXPORT_MANIFEST}") as stream:
            stream.write(self._line({"format": EXPORT_FORMAT, "key": self._key}))
            for name in sorted(names):
                stream.write(self._line({"name": name, "digests": self.done[name]}))
        self.close()
        _unlink(self.folder / STATE / PROGRESS)

    def _read(self, file: Path) -> None:
        """Read a list of files; those written for another key are ours, but not done."""
        try:
            # A line that was cut off is ignored.
            lines = read_bytes(file, Depth.FOLDER, _MOST_BYTES).split(b"\n")[:-1]
        except FileNotFoundError:
            return
        except OSError as error:
            raise FolderForeign(f"{file}: cannot be read: {error.strerror}") from error
        try:
            facts = [json.loads(line) for line in lines]
            head = facts[0] if facts else {"format": EXPORT_FORMAT, "key": None}
            if head["format"] != EXPORT_FORMAT:
                raise FolderForeign(
                    f"{file}: found format {head['format']!r}, expected {EXPORT_FORMAT}; "
                    "export to a folder that is empty"
                )
            self._take_in(facts[1:], same=head["key"] == self._key)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise FolderForeign(
                f"{file}: is not a list of an export; export to a folder that is empty"
            ) from error

    def _take_in(self, facts: Iterable[Mapping[str, Any]], *, same: bool) -> None:
        for fact in facts:
            names = fact["writing"] if "writing" in fact else [fact["name"]]
            if not all(is_name(name) for name in names):
                raise ValueError(names)
            self._names.update(names)
            if same and "name" in fact:
                self.done[fact["name"]] = tuple(fact["digests"])

    def _start_log(self) -> Any:
        """Start the log again with all that is known: a log of another key would be wrong."""
        place = self.folder / STATE
        beside = place / f"{EXPORT_UNFINISHED}-{PROGRESS}"
        _unlink(beside)
        with create(beside) as stream:
            stream.write(self._line({"format": EXPORT_FORMAT, "key": self._key}))
            if self._names:
                stream.write(self._line({"writing": sorted(self._names)}))
            for name, digests in sorted(self.done.items()):
                stream.write(self._line({"name": name, "digests": digests}))
        os.replace(beside, place / PROGRESS)
        return append(place / PROGRESS, (place / PROGRESS).stat().st_size)

    def _note(self, *facts: Mapping[str, Any]) -> None:
        self._log.write(b"".join(map(self._line, facts)))
        self._log.flush()

    @staticmethod
    def _line(fact: Mapping[str, Any]) -> bytes:
        return json.dumps(fact, sort_keys=True, separators=(",", ":")).encode() + b"\n"

    def _content(self, path: str) -> bytes | None:
        place = self.folder / path
        # Folders in which this export has found no links are not opened one by one.
        is_known = path.rpartition("/")[0] in self._folders
        try:
            return read_bytes(place, Depth.INDEX if is_known else path.count("/") + 1)
        except FileNotFoundError:
            return None
        except OSError as error:
            if error.errno == errno.ELOOP:  # a link, or no regular file
                raise _foreign(Path(error.filename or place)) from error
            raise

    def _write(self, path: str, content: bytes) -> None:
        self._refuse_links(path)
        beside = self.folder / STATE / EXPORT_UNFINISHED
        # Not made durable: a file that a power loss cut short differs, and is written again.
        with open(beside, "xb") as stream:
            stream.write(content)
        os.replace(beside, self.folder / path)
        self.written += 1

    def _take_place(self, beside: Path, path: str) -> None:
        target = self.folder / path
        if is_file(target) and filecmp.cmp(beside, target, shallow=False):
            _unlink(beside)
            return
        os.replace(beside, target)
        self.written += not path.startswith(STATE)

    def _remove(self, path: str) -> None:
        for inside in [*Path(path).parents][:-1]:
            if not is_folder(self.folder / inside):
                return  # it is missing, or a link leads out of the export
        _unlink(self.folder / path)
        with suppress(OSError):  # other files are left in it
            (self.folder / path).parent.rmdir()

    def _refuse_links(self, path: str) -> None:
        """Make the folders of a path; refuse a link that leads out of the export."""
        name = path.rpartition("/")[0]
        if name in self._folders:
            return
        parent = self.folder / name
        for inside in reversed([parent, *parent.parents][: path.count("/")]):
            if is_there(inside) and not is_folder(inside):
                raise _foreign(inside)
            make_folder(inside)
        self._folders.add(name)


@contextmanager
def open_folder(
    folder: Path, key: Mapping[str, Any], ours: Collection[str]
) -> Iterator[ExportFolder]:
    """Open a folder to export to; `ours` are the paths of files that belong to no article.

    Raises `FolderForeign` if files that no export wrote are in the way, `IndexLocked` while another
    export writes to it, `StorageError` if it cannot be written.
    """
    refuse_network(folder)
    with _storage_errors(folder), sharing(True):  # a site's server reads it
        _refuse_foreign(folder, ours)
        make_folder(folder / STATE)
        with writer_lock(folder / STATE):
            opened = ExportFolder(folder, key)
            try:
                yield opened
            finally:
                opened.close()


def _refuse_foreign(folder: Path, ours: Collection[str]) -> None:
    state = folder / STATE
    if state.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise _foreign(state if state.is_symlink() else folder)
    if is_file(state / EXPORT_MANIFEST) or is_file(state / PROGRESS):
        return
    for name in sorted({path.partition("/")[0] for path in ours} | set(KINDS)):
        if os.path.lexists(folder / name):
            raise _foreign(folder / name)


def _foreign(place: Path) -> FolderForeign:
    return FolderForeign(
        f"{place}: no export made this, and it is in the way of one; move it, or export to a "
        "folder that is empty"
    )


@contextmanager
def _storage_errors(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        full = error.errno in (errno.ENOSPC, errno.EDQUOT)
        raise StorageError(
            f"{error.filename or folder}: {error.strerror or error}; "
            f"{'free some space' if full else 'see that it can be written'} and run the same "
            "export again: it goes on from there"
        ) from error


def _digest(content: bytes | None) -> str:
    return "" if content is None else hashlib.sha256(content).hexdigest()


def _unlink(path: Path) -> None:
    with suppress(FileNotFoundError):
        os.unlink(path)


def name_of(article_id: str) -> str:
    """Return the first 32 hexadecimal digits of the SHA-256 of an id."""
    digest = hashlib.sha256(article_id.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:NAME_LENGTH]


def path_of(kind: str, name: str) -> str:
    """Return the path of an article's file below the folder of the export."""
    return f"{kind}/{name[:2]}/{name}.{KINDS[kind]}"


def is_name(text: object) -> bool:
    """Return whether a text from a manifest can name a file of ours."""
    return (
        isinstance(text, str)
        and len(text) == NAME_LENGTH
        and all(letter in "0123456789abcdef" for letter in text)
    )
