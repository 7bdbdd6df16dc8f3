"""Do the tasks of a build: read, outline, cut and encode a share of the articles.

A task is a mapping that JSON can hold. It names the files that it reads and writes. If it is done
again, it writes the same. A task with a `name` is done once by any worker: its result is kept.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

from recommender.arrays import Vectors, load_arrays
from recommender.articles.known_rows import KnownRows
from recommender.articles.outline import without_line
from recommender.articles.read import judged_in
from recommender.builder.cut import cut_into
from recommender.builder.farm.apart import fetched
from recommender.builder.farm.depot import PartDamaged, depot_at
from recommender.builder.farm.found_by import write_found_by
from recommender.builder.farm.keep import keep_result, kept_result
from recommender.builder.farm.made_encoder import encoder_of
from recommender.builder.farm.naming import article_named, articles_of, naming
from recommender.builder.farm.pieces import read_piece, write_piece
from recommender.builder.farm.shards import Listed, check_unchanged, from_list, to_list
from recommender.builder.farm.spool import (
    chunk_lines,
    named_by_content,
    spool,
    spooled,
    write_outlines,
)
from recommender.passages.cutter import PassageMaker, TokenCounter
from recommender.safe_open import Depth, open_stream
from recommender.settings import Settings
from recommender.store.files import scribble
from recommender.store.segment_tables import PieceWriter
from recommender.types import Article

Task = Mapping[str, Any]
READ, OUTLINE, CUT, ENCODE = "read", "outline", "cut", "encode"
DAMAGED = "damaged"
# The line of an article in its chunk, the hash of its content, and whether it has boilerplate.
Pick = tuple[int, str, bool]


def read_task(files: Sequence[Listed], folder: Path) -> dict[str, Any]:
    """Return the task to read files into chunks in a folder; its result is the chunks' names."""
    return {"do": READ, "files": [*map(to_list, files)], "folder": str(folder)}


def outline_task(chunk: Path) -> dict[str, Any]:
    """Return the task to outline a chunk."""
    return {"do": OUTLINE, "chunk": str(chunk)}


def cut_task(chunk: Path, picks: Sequence[Pick], left_out: Path, max_tokens: int) -> dict[str, Any]:
    """Return the task to cut articles of a chunk; `left_out` has the known boilerplate.

    Its result is the name of the piece, and the rejected languages. If the task `is_derived`, the
    terms, names and headlines of the articles are written beside the piece.
    """
    return {
        "do": CUT,
        "chunk": str(chunk),
        "picks": picks,
        "left_out": str(left_out),
        "max_tokens": max_tokens,
    }


def encode_task(piece: Path, rows: Sequence[int]) -> dict[str, Any]:
    """Return the task to encode passages of a piece, by their rows.

    Its result is the name of the file of vectors.
    """
    return {"do": ENCODE, "piece": str(piece), "rows": rows}


class NoCounter:
    """A token counter for workers whose every task names its encoder."""

    max_tokens = 0

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Raise an error: no task asks this counter."""
        raise AssertionError("the task names its encoder")


class Workbench:
    """A worker's tools for tasks, with the settings of the build.

    A task that names an encoder counts tokens with that one, other tasks with `counter`.
    """

    def __init__(self, settings: Settings, counter: TokenCounter) -> None:
        self._settings = settings
        self._counter = counter

    def do(self, task: Task) -> Any:
        """Do a task, or return its kept result; that is small, the rest is in files.

        For a task with a depot, the result comes with the parts of the files that were written. It
        is `{DAMAGED: PART}` if a part that the task needs is damaged or missing.
        """
        if "depot" in task:
            return self._do_apart(task)
        result = kept_result(task)
        if result is None:
            result, files = self._done(task)
            keep_result(task, result, files)
        return result

    def _do_apart(self, task: Task) -> tuple[Any, dict[str, str]] | dict[str, str]:
        depot = depot_at(**task["depot"])
        if (kept := depot.kept(task)) is not None:
            return kept
        with TemporaryDirectory(prefix="recommender-") as folder, _naming_disk(folder):
            try:
                here = fetched(task, depot, Path(folder))
            except PartDamaged as error:
                return {DAMAGED: error.part}
            result, files = self._done(here)
            parts = {path.name: depot.put(path) for path in files}
        depot.keep(task, result, parts)
        return result, parts

    def _done(self, task: Task) -> tuple[Any, list[Path]]:
        """Do a task; return its result and the files that it wrote."""
        match task["do"]:
            case "read":
                return self._read([*map(from_list, task["files"])], Path(task["folder"]))
            case "outline":
                return [], [write_outlines(Path(task["chunk"]))]
            case "cut":
                return self._cut(task)
            case "encode":
                return self._encode(task)
        raise ValueError(f"no task: {task['do']}")

    def _read(self, files: Sequence[Listed], folder: Path) -> tuple[list[str], list[Path]]:
        check_unchanged(files)
        known = KnownRows(b"")
        read = judged_in(files, self._settings, known)
        chunks = [*spool(read, known, named_by_content(folder))]
        written = [write_outlines(chunk) for chunk in chunks]
        check_unchanged(files)
        return [chunk.name for chunk in chunks], [*chunks, *written]

    def _cut(self, task: Task) -> tuple[list[Any], list[Path]]:
        """Write the passages of articles as a piece."""
        chunk = Path(task["chunk"])
        keys = read_left_out(Path(task["left_out"]))
        maker = PassageMaker.leaving_out(self._settings, keys)
        counter = encoder_of(task) if "encoder" in task else self._counter
        lines, writer, doubts = chunk_lines(chunk), PieceWriter(), []
        for number, content, is_marked in task["picks"]:
            found = spooled(lines[number]).found
            assert isinstance(found, Article)
            article = without_line(found)
            with naming(partial(article_named, article.id)):
                prepared = maker.prepare(article) if is_marked else article
                if doubt := cut_into(writer, maker, prepared, content, counter):
                    doubts.append(doubt)
        piece = chunk.with_name(f"{task.get('name', chunk.stem)}.piece")
        cut = writer.piece()
        write_piece(piece, cut)
        found_by = write_found_by(piece, cut) if task.get("is_derived") else []
        return [piece.name, doubts], [piece, *found_by]

    def _encode(self, task: Task) -> tuple[str, list[Path]]:
        """Write the vectors of passages, as a segment stores them."""
        piece = Path(task["piece"])
        found = read_piece(piece)
        texts = [text for _, text in found.texts()]
        wanted = [texts[row] for row in task["rows"]]
        encoder = encoder_of(task)
        with naming(partial(articles_of, found, task["rows"])):
            vectors = encoder.encode(wanted, role="passage")
        path = piece.with_name(f"{task.get('name', piece.stem)}.npy")
        with scribble(path) as stream:
            np.save(stream, vectors.astype("<f2"))
        return path.name, [path]


@contextmanager
def _naming_disk(folder: str) -> Iterator[None]:
    """Name the machine and the folder in a system error that names no file."""
    try:
        yield
    except OSError as error:
        error.filename = error.filename or f"{platform.node()}: {folder}"
        raise


def read_vectors(path: Path) -> Vectors:
    """Return the vectors that a task encoded."""
    with open_stream(path, Depth.FOLDER) as stream:
        return np.asarray(load_arrays(stream), dtype=np.float32)


def write_left_out(folder: Path, keys: frozenset[int]) -> Path:
    """Write the fingerprints of the blocks that are left out to a file named by them."""
    data = np.array(sorted(keys), dtype="<u8")
    path = folder / f"{hashlib.sha256(data.tobytes()).hexdigest()[:16]}.left-out"
    with scribble(path) as stream:
        np.save(stream, data)
    return path


@lru_cache(maxsize=2)
def read_left_out(path: Path) -> frozenset[int]:
    """Return the fingerprints that `write_left_out` wrote."""
    with open_stream(path, Depth.FOLDER) as stream:
        return frozenset(load_arrays(stream).tolist())
