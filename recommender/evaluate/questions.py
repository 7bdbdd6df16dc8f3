"""Make questions with known answers: from files of labels, or from an index without any.

A folder of labelled data holds articles as JSON Lines, tables of labels with the columns
`query-id`, `doc-id` and `relevance`, and perhaps `queries.jsonl`. A query that is an article asks
for related articles. A query in `queries.jsonl` is searched for.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from recommender.articles.files import SourceFile, suffix_of
from recommender.articles.formats.jsonl import read_file
from recommender.articles.packed import opened
from recommender.errors import SourceError
from recommender.evaluate.held_out import held_out
from recommender.settings import DEFAULTS
from recommender.store.snapshot import Snapshot
from recommender.types import Article

T = TypeVar("T")

COLUMNS = ("query-id", "doc-id", "relevance")
QUERIES = "queries."
GROUP = "group"  # the field that texts of one content share


@dataclass(frozen=True, slots=True)
class LabelledQuestion:
    """A question, and the ids of its right answers with their relevance, over 0.

    `text` is searched for. If it is empty, articles related to the article `id` are asked for.
    Passages in `hidden` do not count as found. Questions of one `group` are not independent.
    """

    task: str
    id: str
    language: str
    relevant: Mapping[str, float]
    text: str = ""
    hidden: frozenset[str] = frozenset()
    group: str = ""


@dataclass(frozen=True, slots=True)
class LabelledSet:
    """The files of one folder of labelled data."""

    name: str
    articles: tuple[Path, ...]
    queries: tuple[Path, ...]
    labels: tuple[Path, ...]


def find_sets(folder: Path) -> list[LabelledSet]:
    """Return the labelled set in `folder`, or those in the folders below it.

    Raises `SourceError` if there is none.
    """
    if not folder.is_dir():
        raise SourceError(f"{folder}: is not a folder; give one that holds articles and labels")
    for folders in ([folder], sorted(one for one in folder.iterdir() if one.is_dir())):
        sets = [_set_in(one) for one in folders]
        if found := [one for one in sets if one.articles and one.labels]:
            return found
    raise SourceError(
        f"{folder}: holds no labelled data; put articles there as .jsonl, and labels as .tsv with "
        f"the columns {', '.join(COLUMNS)}"
    )


def labelled_questions(
    files: LabelledSet, snapshot: Snapshot
) -> tuple[list[LabelledQuestion], int]:
    """Return the questions of a set, and how many queries are in neither the set nor the index."""
    queries = {query.id: query for path in files.queries for query in _articles(path)}
    found: list[LabelledQuestion] = []
    unknown = 0
    for path in files.labels:
        task = path.name.partition(".")[0]
        for id, relevant in read_labels(path).items():
            position = None if id in queries else snapshot.find(id)
            if id in queries:
                found.append(_question(task, queries[id], relevant, queries[id].text))
            elif position is not None:
                found.append(_question(task, snapshot.article(position), relevant))
            else:
                unknown += 1
    return found, unknown


def read_labels(path: Path) -> dict[str, dict[str, float]]:
    """Return the relevant articles of each query, without those of relevance 0.

    Raises `SourceError` for a file without the columns, or a relevance that is no number.
    """
    labels: dict[str, dict[str, float]] = {}
    for number, row in enumerate(_rows(path), 2):
        try:
            query, document, relevance = (row[name] for name in COLUMNS)
            if float(relevance) > 0:
                labels.setdefault(query, {})[document] = float(relevance)
        except (KeyError, TypeError, ValueError) as error:
            raise SourceError(
                f"{path}:{number}: is not a label; a line needs {', '.join(COLUMNS)}, tabs between"
            ) from error
    return labels


def self_made(snapshot: Snapshot, sample: int, seed: int) -> list[LabelledQuestion]:
    """Return questions made of an index, at most `sample` of each kind (0 for all).

    A headline should find its article by another passage, and so should a paragraph from its
    middle. Articles that share a `group` in their metadata should be related to one another.
    """
    live = np.flatnonzero(snapshot.columns.live_articles).tolist()
    found = []
    for position in draw(live, sample, seed):
        article = snapshot.article(position)
        for held in held_out(snapshot, position):
            passages = {row: snapshot.passage(row, article) for row in (held.row, *held.hidden)}
            found.append(
                LabelledQuestion(
                    task=held.kind,
                    id=article.id,
                    language=article.language,
                    relevant={article.id: 1.0},
                    text=passages[held.row].text,
                    hidden=frozenset(passages[row].id for row in held.hidden),
                    group=_group(article),
                )
            )
    return found + draw(_translations(snapshot, live), sample, seed)


def draw(questions: Sequence[T], sample: int, seed: int) -> list[T]:
    """Return `sample` of them in order, drawn at random; all if it is 0 or large enough."""
    if not 0 < sample < len(questions):
        return list(questions)
    chosen = np.random.default_rng(seed).choice(len(questions), size=sample, replace=False)
    return [questions[number] for number in sorted(chosen.tolist())]


def draw_of_each_task(
    questions: Sequence[LabelledQuestion], sample: int, seed: int
) -> list[LabelledQuestion]:
    """Return at most `sample` questions of each task, drawn at random; all if it is 0."""
    tasks = dict.fromkeys(question.task for question in questions)
    return [
        drawn
        for task in tasks
        for drawn in draw([one for one in questions if one.task == task], sample, seed)
    ]


def _translations(snapshot: Snapshot, positions: Iterable[int]) -> list[LabelledQuestion]:
    groups: dict[str, list[tuple[str, str]]] = {}
    for position in positions:
        article = snapshot.article(position)
        if GROUP in article.metadata:
            groups.setdefault(_group(article), []).append((article.id, article.language))
    return [
        LabelledQuestion(
            task="translation",
            id=id,
            language=language,
            relevant={other: 1.0 for other, _ in members if other != id},
            group=group,
        )
        for group, members in groups.items()
        for id, language in members
        if len(members) > 1
    ]


def _question(
    task: str, asked: Article, relevant: Mapping[str, float], text: str = ""
) -> LabelledQuestion:
    return LabelledQuestion(task, asked.id, asked.language, relevant, text, group=_group(asked))


def _group(article: Article) -> str:
    return str(article.metadata.get(GROUP, article.id))


def _set_in(folder: Path) -> LabelledSet:
    files = sorted(path for path in folder.iterdir() if path.is_file())
    rows = [path for path in files if suffix_of(path) in (".jsonl", ".jsonl.gz")]
    tables = [path for path in files if suffix_of(path) in (".tsv", ".tsv.gz")]
    return LabelledSet(
        name=folder.resolve().name,
        articles=tuple(path for path in rows if not path.name.startswith(QUERIES)),
        queries=tuple(path for path in rows if path.name.startswith(QUERIES)),
        labels=tuple(tables),
    )


def _articles(path: Path) -> Iterator[Article]:
    for found in read_file(SourceFile(path, path.name), DEFAULTS):
        if not isinstance(found, Article):
            raise SourceError(f"{path.parent / found.place}: {found.reason}")
        yield found


def _rows(path: Path) -> Iterator[dict[str, str]]:
    try:
        with opened(SourceFile(path, path.name)) as stream:
            lines = io.TextIOWrapper(stream, encoding="utf-8-sig", newline="")
            yield from csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
    except UnicodeDecodeError as error:
        raise SourceError(f"{path}: is not UTF-8; save it as such") from error
    except (SourceError, csv.Error) as error:
        raise SourceError(f"{path}: {error}") from error
