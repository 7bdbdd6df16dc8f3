"""Read the articles of files and folders; the reader of each format is imported when needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from importlib import import_module
from typing import TypeVar

from recommender.articles.crew import read_in_order
from recommender.articles.files import PACKABLE, PACKINGS, SourceFile, is_like_a_passage
from recommender.articles.known_rows import KnownRow, KnownRows
from recommender.articles.letters import with_whole_letters
from recommender.articles.outline import Withdrawn
from recommender.articles.publication import judged
from recommender.articles.sources import Source, files_of
from recommender.articles.status_lines import told_by_lines
from recommender.articles.versions import Told, Versions
from recommender.errors import RecommenderError
from recommender.settings import DEFAULTS, Settings
from recommender.types import Article, Found, Notice, Refusal

Kind = TypeVar("Kind")
Reader = Callable[[SourceFile, Settings], Iterator[Found]]
# The name of a file, and what was found in it.
Judged = tuple[str, Found | KnownRow | Withdrawn]

_FORMATS = {
    "text": (".txt",),
    "markdown": (".md", ".markdown", ".mdown", ".mkd", ".mdwn", ".qmd", ".mdx"),
    "asciidoc": (".adoc", ".asciidoc"),
    "org": (".org",),
    "rst": (".rst", ".rest"),
    "html": (".html", ".htm", ".xhtml"),
    "pdf": (".pdf",),
    "docx": (".docx", ".docm", ".dotx", ".dotm"),
    "odt": (".odt", ".ott", ".fodt"),
    "rtf": (".rtf",),
    "sheet": (".xlsx", ".xlsm"),
    "mail": (".eml", ".mht", ".mhtml", ".mbox"),
    "epub": (".epub",),
    "xml_file": (".xml", ".rss", ".atom", ".rdf", ".wxr", ".nitf", ".newsml"),
    "jsonl": (".jsonl", ".ndjson"),
    "json_file": (".json",),
    "table": (".csv", ".tsv"),
    "warc": (".warc", ".wet", ".arc"),
    "wacz": (".wacz",),
    "zip_folder": (".zip",),
}
# Formats of texts above which people write that they are a draft, or under embargo.
_TEXTS_OF_PEOPLE = {
    "text",
    "markdown",
    "asciidoc",
    "org",
    "rst",
    "pdf",
    "docx",
    "odt",
    "rtf",
    "mail",
}

# The module that reads files of each suffix.
READERS = {
    suffix + packed: module
    for module, suffixes in _FORMATS.items()
    for suffix in suffixes
    for packed in (("", *PACKINGS) if suffix in PACKABLE else ("",))
}


def read_articles(
    sources: Sequence[Source], settings: Settings = DEFAULTS, versions: Versions | None = None
) -> Iterator[Found]:
    """Yield the articles below `sources` in the order of their paths, with refusals and notices.

    Each id names one article: of several versions the newest, if `versions` knows all of them from
    an earlier reading, else the first. An id that another article has, or that could be a
    passage's, is refused. An article that the public may not see is a notice, unless the settings
    include it. An article that it may see later has an `embargo` and a notice. Raises `SourceError`
    for a source that does not exist.
    """
    for found in read_unless_known(sources, settings, versions or Versions(), None):
        if not isinstance(found, KnownRow):  # there is none
            yield found


def read_unless_known(
    sources: Sequence[Source], settings: Settings, versions: Versions, known: KnownRows | None
) -> Iterator[Found | KnownRow]:
    """Yield what `read_articles` does, or for a known row that it is known.

    Raises `RowsMisled` if another article has the id of a known row.
    """
    yield from admitted(read_judged(sources, settings, known), versions)


def read_judged(
    sources: Sequence[Source], settings: Settings, known: KnownRows | None
) -> Iterator[Judged]:
    """Yield the contents of files with their file names, before versions are chosen.

    Articles that the public may not see are withdrawn, unless the settings include them.
    """
    yield from judged_in(files_of(sources, READERS.keys(), settings), settings, known)


def judged_in(
    files: Iterable[SourceFile | Refusal | Notice], settings: Settings, known: KnownRows | None
) -> Iterator[Judged]:
    """Yield what `read_judged` does, for files that were found."""

    def read_here(file: SourceFile, settings: Settings) -> Iterator[Found | KnownRow]:
        return _found_or_known(file, settings, known)

    for file, in_file in read_in_order(files, settings, read_here, module_of):
        name = file.name if file else ""
        for found in in_file:
            if file is None or not isinstance(found, Article):
                yield name, found
                if isinstance(found, Notice) and found.withdraws:
                    yield name, Withdrawn(found.withdraws, found.place, found.version)
                continue
            found = with_whole_letters(found)
            yield from ((name, notice) for notice in found.notices)
            is_built = False
            for one in judged(found, file.path, settings):
                is_built |= isinstance(one, Article)
                yield name, one
            if not is_built:
                yield name, Withdrawn(found.id, found.path, found.version)


def admitted(
    read: Iterable[tuple[str, Told | KnownRow | Refusal | Notice | Withdrawn]], versions: Versions
) -> Iterator[Told | KnownRow | Refusal | Notice]:
    """Yield the version of each article that counts; the others are notices or refusals."""
    versions.begin()
    for file, found in read:
        if isinstance(found, Withdrawn):
            versions.withdraw(found, file)
        elif isinstance(found, KnownRow):
            versions.admit_known(found)
            yield found
        elif isinstance(found, Refusal | Notice):
            yield found
        else:
            yield _admitted(found, file, versions)
    versions.complete()


def read_newest(sources: Sequence[Source], settings: Settings = DEFAULTS) -> Iterator[Found]:
    """Yield what `read_articles` does, with the newest version of each article; reads twice."""
    versions = Versions()
    for _ in read_articles(sources, settings, versions):
        pass
    yield from read_articles(sources, settings, versions)


def _admitted(article: Told, file: str, versions: Versions) -> Told | Refusal | Notice:
    """Return the article, or why it is skipped or refused."""
    if is_like_a_passage(article.id):
        why = "ends as a passage's does, in # and a number; rename it"
        return Refusal(article.path, f"id {article.id!r} {why}")
    return versions.admit(article, file)


def found_in(file: SourceFile, settings: Settings) -> Iterator[Found]:
    """Yield the results of the file's reader, and a refusal of the file if the reader fails.

    Reads it in this process, without a limit of time.
    """
    found = _guarded(file, lambda: _reader(module_of(file))(file, settings))
    if module_of(file) not in _TEXTS_OF_PEOPLE:
        yield from found
        return
    for one in found:
        yield told_by_lines(one) if isinstance(one, Article) else one


def _found_or_known(
    file: SourceFile, settings: Settings, known: KnownRows | None
) -> Iterator[Found | KnownRow]:
    """Yield what `found_in` does; for a known row of JSON Lines, that it is known."""
    if known is None or module_of(file) != "jsonl":
        yield from found_in(file, settings)
        return
    from recommender.articles.formats import jsonl

    yield from _guarded(file, lambda: jsonl.read_rows(file, settings, known))


def _guarded(file: SourceFile, read: Callable[[], Iterator[Kind]]) -> Iterator[Kind | Refusal]:
    try:
        yield from read()
    except RecommenderError:
        raise
    except MemoryError:
        yield Refusal(file.name, "takes too much memory to read; split it, or leave it out")
    except Exception as error:  # libraries of formats may raise anything on a hostile file
        yield damaged(file, error)


def damaged(file: SourceFile, error: Exception) -> Refusal:
    """Return the refusal of a file on which its reader, or a library of it, fails."""
    why = f"is damaged ({type(error).__name__}: {error}); save it again, or leave it out"
    return Refusal(file.name, why)


def module_of(file: SourceFile) -> str:
    """Return the module of `formats` that reads a file."""
    return file.reader or READERS[file.suffix]


@cache
def _reader(module: str) -> Reader:
    reader: Reader = import_module(f"recommender.articles.formats.{module}").read_file
    return reader
