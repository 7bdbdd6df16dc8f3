"""Write the files of an export that belong to no single article: all answers, data for sites.

Each site generator has a folder with its data and templates, laid out as its sites are.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import IO

from recommender.export.folder import KINDS, ExportFolder, name_of, path_of
from recommender.export.pages import entries_of
from recommender.render.text_layout import to_json

COMBINED = "related.jsonl"
DATA = ("hugo/data/related.json", "jekyll/_data/related.json", "pelican/related.json")
# Templates have this suffix in the package, so that Python takes none for a module of ours.
STORED_SUFFIX = ".txt"


def site_paths() -> list[str]:
    """Return the paths that `write_sites` writes."""
    return [COMBINED, *DATA, *(path for path, _ in _templates())]


def write_sites(folder: ExportFolder, ids: Iterable[str], link: str) -> None:
    """Write these files from the files of the articles; `ids` are sorted."""
    with ExitStack() as stack:
        combined = stack.enter_context(folder.replace(COMBINED))
        data = [stack.enter_context(folder.replace(path)) for path in DATA]
        separator = b"{\n"
        for article_id in ids:
            line, entry = _lines(folder, article_id, link)
            combined.write(line)
            _write_all(data, separator + entry)
            separator = b",\n"
        _write_all(data, b"\n}\n" if separator == b",\n" else b"{}\n")
    for path, content in _templates():
        with folder.replace(path) as stream:
            stream.write(content)


def _lines(folder: ExportFolder, article_id: str, link: str) -> tuple[bytes, bytes]:
    """Return an article's line of the combined file, and its entry in the data of a site."""
    name = name_of(article_id)
    content = folder.read("articles", name)
    places = to_json({kind: path_of(kind, name) for kind in KINDS}).encode()
    line = places[:-1] + b", " + content[1:]  # the paths of its files, then its record
    entries = entries_of(json.loads(content), link)
    return line, f"{to_json(article_id)}: {to_json(entries)}".encode()


def _write_all(streams: Iterable[IO[bytes]], data: bytes) -> None:
    for stream in streams:
        stream.write(data)


def _templates() -> Iterator[tuple[str, bytes]]:
    """Yield path and content of each template that is shipped."""
    yield from _below(files("recommender").joinpath("data", "export"), "")


def _below(folder: Traversable, path: str) -> Iterator[tuple[str, bytes]]:
    for one in sorted(folder.iterdir(), key=lambda found: found.name):
        if one.is_dir():
            yield from _below(one, f"{path}{one.name}/")
        else:
            yield path + one.name.removesuffix(STORED_SUFFIX), one.read_bytes()
