"""Find the source files below what the user named, and read them within bounds."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import import_module
from pathlib import Path, PurePath
from typing import Any

from recommender.articles.binary import BINARY, is_binary
from recommender.errors import SourceError
from recommender.safe_open import refuse_network
from recommender.settings import DEFAULTS, Settings
from recommender.types import Notice, NoticeKind, Refusal

# An id must be easy to type and fit on a line.
MAX_ID_CHARACTERS = 512
# Control characters and the line and paragraph separators.
_BREAKING = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]")
# The content of an export's folder (`export/folder.py`): its manifest, and the files for sites.
_EXPORTED = Path(".export", "manifest.jsonl")
_EXPORTED_FILE = re.compile(
    r"(?:articles|html)/[0-9a-f]{2}/[0-9a-f]{32}\.(?:json|html)"
    r"|(?:(?:hugo|jekyll|pelican)/(?:\w+/)*)?related[\w.-]*"
)
_LIKE_A_PASSAGE = re.compile(r"#[0-9]+(\.[0-9]*)?\Z")

MAX_FILE_BYTES = 64 * 1024 * 1024
PACKINGS = (".gz", ".zst", ".bz2", ".xz", ".zip")
# Suffixes of files that may be packed, each alone: texts, rows, XML and web archives.
PACKABLE = {
    *(".txt", ".md", ".markdown", ".mdown", ".mkd", ".mdwn", ".qmd", ".mdx"),
    *(".adoc", ".asciidoc", ".org", ".rst", ".rest"),
    *(".html", ".htm", ".xhtml", ".xml", ".rss", ".atom", ".rdf", ".wxr", ".nitf", ".newsml"),
    *(".jsonl", ".ndjson", ".json", ".csv", ".tsv", ".warc", ".wet", ".arc"),
}
IGNORE_FILE = ".recommenderignore"
# What to run or do for a format that is not read, by the suffix of a file's name.
ADVICE = {
    **dict.fromkeys(
        (".doc", ".dot", ".wps", ".wpd", ".sxw"),
        "convert with: soffice --headless --convert-to docx FILE",
    ),
    **dict.fromkeys(
        (".xls", ".xlsb", ".ods", ".numbers"),
        "convert with: soffice --headless --convert-to xlsx FILE",
    ),
    **dict.fromkeys((".ppt", ".pptx", ".odp", ".key", ".pub", ".indd", ".ps"), "save it as PDF"),
    **dict.fromkeys((".mobi", ".azw", ".azw3", ".fb2"), "convert with: ebook-convert FILE .epub"),
    **dict.fromkeys((".tex", ".textile", ".wiki", ".typ"), "convert with: pandoc -o FILE.md FILE"),
    ".rmd": "convert with: quarto render FILE --to gfm",
    ".ipynb": "convert with: jupyter nbconvert --to markdown FILE",
    **dict.fromkeys((".tar", ".tgz", ".tar.gz", ".7z", ".rar"), "unpack it, and name the folder"),
    **dict.fromkeys((".pages", ".webarchive"), "save it as .docx or PDF"),
}
# The beginnings of names of hidden files, and of files that show who has a document open.
_HIDDEN = (".", "~$")
NO_SUFFIX, MAX_SUFFIX_CHARACTERS = "no suffix", 12
# Spaces, digits and line ends have such a byte in every script.
LOOKED_AT_BYTES, MIN_ZEROS = 512, 0.05
UTF8_BOM = b"\xef\xbb\xbf"
# What to do with a text in another encoding: it is not guessed, since a wrong guess would be
# silent.
CONVERT = "save it as UTF-8; if it is from Windows: iconv -f WINDOWS-1252 -t UTF-8 FILE > NEW"
CUT = "ends too soon: the rest of the file is missing, download or export it again"
# The escape before Japanese words in ISO-2022-JP, of which each byte is valid UTF-8.
_ESCAPES = (b"\x1b$B", b"\x1b$@")
# The longer marks first: the mark of UTF-32 begins like that of UTF-16.
_MARKS = {
    b"\xff\xfe\0\0": "utf-32",
    b"\0\0\xfe\xff": "utf-32",
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    UTF8_BOM: "utf-8-sig",
}


@dataclass(frozen=True, slots=True)
class Extent:
    """Some whole lines of a file: from byte `start` to before byte `end`, the first one's number.

    The number counts from 1.
    """

    start: int
    end: int
    line: int


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read. `name` is its path relative to the source folder, with `/`.

    `reader` is the module that reads it, if its suffix does not say. `unnamed` is the id of a row
    that has none; if it is empty, such a row is refused. `extent` is the part of a file of lines
    that is read, None for all of it.
    """

    path: Path
    name: str
    reader: str = ""
    unnamed: str = ""
    extent: Extent | None = None

    @property
    def suffix(self) -> str:
        """The format's suffix, with that of the packing: `.txt`, `.jsonl.gz`."""
        return suffix_of(self.path)

    @property
    def id(self) -> str:
        """The id of an article that has none of its own: the name without its suffixes."""
        length = len(self.name) - len(self.suffix)
        is_end = self.name[length:].lower() == self.suffix
        return self.name[:length] if is_end else self.name


def suffix_of(path: Path) -> str:
    """Return the suffix of a name in lower case, with that of the file that is packed in it."""
    return _suffix_of_name(path.name)


@lru_cache(maxsize=1_024)
def _suffix_of_name(name: str) -> str:
    suffixes = [one.lower() for one in PurePath(name).suffixes[-2:]]
    if not suffixes or suffixes[-1] not in PACKINGS:
        return suffixes[-1] if suffixes else ""
    is_folder = suffixes[-1] == ".zip" and suffixes[0] not in PACKABLE
    return suffixes[-1] if is_folder else "".join(suffixes)


def find_files(
    sources: Sequence[Path], suffixes: Collection[str], settings: Settings = DEFAULTS
) -> Iterator[SourceFile | Refusal | Notice]:
    """Yield the files with one of `suffixes`, sorted by name within each source.

    Hidden files and folders are skipped, and so is what the settings or the folder's ignore file
    exclude. A file with another suffix is a notice if it was found in a folder, and is refused if
    it was named itself. Raises `SourceError` if a source does not exist.
    """
    for source in sources:
        refuse_network(source)
        if source.is_dir():
            yield from _files_below(source, suffixes, _choice(source, settings))
        elif not source.exists():
            raise SourceError(f"{source}: no such file or folder; name the articles' folder")
        elif suffix_of(source) in suffixes:
            yield _checked(source, source.name, source.parent)
        else:
            advice = ADVICE.get(
                suffix_of(source),
                "its name must end in one such as .txt, .html or .jsonl; "
                "docs/formats.md has them all",
            )
            yield Refusal(_writable(source.name), f"format not known; {advice}")


def read_bytes(file: SourceFile) -> bytes:
    """Return the file's bytes without a byte order mark; raise `SourceError` if over the bound."""
    try:
        size = file.path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise SourceError(f"has {size:,} bytes, the most is {MAX_FILE_BYTES:,}; split it")
        return file.path.read_bytes().removeprefix(UTF8_BOM)
    except OSError as error:
        raise SourceError(f"cannot be read: {error.strerror}") from error


def decode(data: bytes, offset: int = 0) -> str:
    """Return UTF-8 `data` as text with line ends as newlines; UTF-16 and 32 if a mark says so.

    Raises `SourceError` if it is not text, and with the position of the first wrong byte, counted
    from `offset`.
    """
    try:
        text = data.decode(encoding_by_mark(data) or unmarked(data))
    except UnicodeDecodeError as error:
        byte = data[error.start]
        if encoding := encoding_by_mark(data):
            raise SourceError(f"is not {encoding}, as its byte order mark says") from error
        if is_binary(data):
            raise SourceError(BINARY) from error
        raise SourceError(
            f"is not UTF-8: byte 0x{byte:02x} at position {offset + error.start}; {CONVERT}"
        ) from error
    return text.replace("\r\n", "\n").replace("\r", "\n")


def unmarked(data: bytes) -> str:
    """Return the encoding of text without a mark: UTF-16 if only every other byte may be zero.

    Text with the escapes of ISO-2022-JP is in that encoding, since no other text holds them.
    """
    start = data[:LOOKED_AT_BYTES]
    if b"\0" not in start:
        return "iso2022_jp_2" if any(one in data for one in _ESCAPES) else "utf-8"
    even, odd = start[0::2].count(0), start[1::2].count(0)
    if min(even, odd) or max(even, odd) < MIN_ZEROS * len(start) / 2:
        return "utf-8"
    return "utf-16-be" if even else "utf-16-le"


def encoding_by_mark(data: bytes) -> str:
    """Return the encoding that a byte order mark names, empty if there is none."""
    return next((name for mark, name in _MARKS.items() if data.startswith(mark)), "")


def _choice(folder: Path, settings: Settings) -> Callable[[str], bool]:
    """Return a function that says whether a path, relative to the folder, is read."""
    excluded = list(settings.exclude)
    try:
        excluded += (folder / IGNORE_FILE).read_text("utf-8").splitlines()
    except OSError:
        pass
    except UnicodeDecodeError as error:
        raise SourceError(f"{folder / IGNORE_FILE}: is not UTF-8; save it as UTF-8") from error
    try:
        return chosen(settings.include, excluded)
    except ValueError as error:
        raise SourceError(f"{folder}: include, exclude or {IGNORE_FILE}: {error}") from error


def chosen(include: Sequence[str], exclude: Sequence[str]) -> Callable[[str], bool]:
    """Return a function that says whether a path is read, by patterns as in .gitignore.

    Raises `ValueError` for a wrong pattern.
    """
    if not include and not exclude:
        return lambda name: True
    from pathspec import GitIgnoreSpec

    included = GitIgnoreSpec.from_lines(include or ["*"])
    excluded = GitIgnoreSpec.from_lines(exclude)
    return lambda name: included.match_file(name) and not excluded.match_file(name)


def _files_below(
    folder: Path, suffixes: Collection[str], wanted: Callable[[str], bool]
) -> Iterator[SourceFile | Refusal | Notice]:
    unread: list[Refusal] = []
    exports: list[Path] = []

    def note(error: OSError) -> None:
        unread.append(
            Refusal(_writable(str(error.filename)), f"cannot be opened: {error.strerror}")
        )

    for where, folders, names in os.walk(folder, onerror=note):
        if "CURRENT" in names and "segments" in folders:
            folders.clear()  # an index: its files may hold articles that the source no longer has
            continue
        if _EXPORTED.parent.name in folders and Path(where, _EXPORTED).is_file():
            exports.append(Path(where).relative_to(folder))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for path in (Path(where, name) for name in folders):
            if path.is_symlink() and wanted(f"{path.relative_to(folder).as_posix()}/"):
                why = "is a link to a folder, which is not followed; name it as a source"
                unread.append(Refusal(_writable(path.relative_to(folder).as_posix()), why))
        for name in sorted(names):
            path = Path(where, name)
            relative = path.relative_to(folder).as_posix()
            if name.startswith(_HIDDEN) or not wanted(relative) or _is_exported(relative, exports):
                continue
            if suffix_of(path) in suffixes:
                yield _checked(path, relative, folder)
            else:
                yield passed_over(path, relative)
    yield from unread


def _is_exported(relative: str, exports: Sequence[Path]) -> bool:
    """Return whether `recommender export` wrote a file, which then holds no article."""
    if not exports:
        return False
    path = PurePath(relative)
    return any(
        path.is_relative_to(one) and _EXPORTED_FILE.fullmatch(path.relative_to(one).as_posix())
        for one in exports
    )


def passed_over(path: Path, name: str) -> Notice:
    """Return the notice of a file whose format is not read."""
    suffix = _writable(suffix_of(path))
    known = suffix if suffix in ADVICE else path.suffix.lower()
    if not known or len(known) > MAX_SUFFIX_CHARACTERS or not known[1:].isalnum():
        known = suffix if suffix in ADVICE else NO_SUFFIX
    return Notice(_writable(name), NoticeKind.FORMAT, known)


def _checked(path: Path, name: str, root: Path) -> SourceFile | Refusal:
    """Refuse what is not a regular file inside `root`, or has a name that no text can hold."""
    if _writable(name) != name:
        return Refusal(_writable(name), "its name is not UTF-8; rename it")
    if _BREAKING.search(name):
        spelled = _BREAKING.sub(lambda one: repr(one[0])[1:-1], name)
        return Refusal(spelled, "its name holds a control character; rename it")
    try:
        # Only a link leads out of its folder, and folders that are links are not entered.
        if path.is_symlink() and not path.resolve().is_relative_to(root.resolve()):
            return Refusal(name, "is a link to a place outside the source folder")
        is_regular = stat.S_ISREG(path.stat().st_mode)
    except OSError as error:
        return Refusal(name, f"cannot be opened: {error.strerror}")
    except RuntimeError:  # Python 3.11 raises this for a link to itself
        return Refusal(name, "cannot be opened: it is a link that leads to itself")
    return SourceFile(path, name) if is_regular else Refusal(name, "is not a regular file")


def _writable(name: str) -> str:
    """Return a name as it is, or escaped if it is not UTF-8, which our files cannot hold."""
    try:
        name.encode("utf-8")
    except UnicodeEncodeError:
        return ascii(name)
    return name


def plain_id(id: str) -> str:
    """Return an id that a source gives; raise `SourceError` for one with control characters."""
    if _BREAKING.search(id):
        raise SourceError(f"has an id with a control character: {id!a}; leave it out of the id")
    return id


def given_id(id: str, name: str = "id") -> str:
    """Return the id of an item, which its format calls `name`; raise `SourceError` for none.

    An id of over `MAX_ID_CHARACTERS` or with a control character is refused too.
    """
    if not 0 < len(id) <= MAX_ID_CHARACTERS:
        raise SourceError(f"has no {name}, or one of over {MAX_ID_CHARACTERS} characters")
    return plain_id(id)


def article_id(id: str, name: str = "id") -> str:
    """Return the id of an article that is sent; raise `SourceError` if no row may have it.

    An id that ends like the id of a passage is refused too. Its format calls it `name`.
    """
    if is_like_a_passage(given_id(id, name)):
        raise SourceError("has an id that ends as a passage's does, in # and a number; rename it")
    return id


def is_like_a_passage(id: str) -> bool:
    """Return whether the id could be that of a passage: `article#7` or `article#7.2`."""
    return _LIKE_A_PASSAGE.search(id) is not None


def need(module: str, extra: str) -> Any:
    """Import an optional library, or raise `SourceError` with the command that installs it."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        raise SourceError(
            f"needs {error.name}; install it with: pip install 'recommender[{extra}]'"
        ) from error
