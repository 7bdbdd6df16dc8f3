"""Measure reading and cutting into passages by format, against json.loads of the same articles.

The articles are those labelled articles of the tests that every format can hold, written several
times. Each figure is the best of three, in processor seconds of this process and of its workers.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from recommender.articles.read import read_articles
from recommender.articles.reader_process import close_idle
from recommender.passages.cutter import PassageMaker, TokenCounter
from recommender.types import Article

TESTS = Path(__file__).parent.parent / "tests"
# The same articles in each version: those that were labelled later have more paragraphs.
ARTICLES = "articles.txt"
ROWS = 2_000
FILES = {"txt": 400, "md": 400, "html": 100, "docx": 100, "epub": 100, "rss": 100, "pdf": 100}
FILES |= {"warc": 100}
STAND_IN_TOKENS = 512
RUNS = 3


def measure() -> dict[str, Any]:
    """Return articles a second for each format, and the time as a multiple of json.loads."""
    sys.path.insert(0, str(TESTS))
    from support.formats import WRITERS, examples
    from support.stand_in import HashEncoder

    texts = [one for one in examples(ARTICLES) if _is_latin(one)]
    articles = [_numbered(texts[at % len(texts)], at) for at in range(ROWS)]
    with tempfile.TemporaryDirectory() as folder:
        rows = Path(folder) / "rows.jsonl"
        rows.write_text("\n".join(map(WRITERS["jsonl"], articles)) + "\n", encoding="utf-8")
        reference = _seconds(lambda: [json.loads(line) for line in rows.open("rb")]) / ROWS
        counter = HashEncoder(max_tokens=STAND_IN_TOKENS)
        found = {"jsonl": _figures(rows, ROWS, reference, counter)}
        for suffix, count in FILES.items():
            place = Path(folder) / suffix
            place.mkdir()
            for one in articles[:count]:
                written = WRITERS[suffix](one)
                data = written.encode() if isinstance(written, str) else written
                (place / f"{one.name}.{suffix}").write_bytes(data)
            found[suffix] = _figures(place, count, reference, counter)
    return {
        "reference": "json.loads of the same article",
        "reference_articles_a_second": round(1 / reference),
        "formats": found,
    }


def _figures(place: Path, count: int, reference: float, counter: TokenCounter) -> dict[str, Any]:
    cutter = PassageMaker()

    def read() -> int:
        found = [one for one in read_articles([place]) if isinstance(one, Article)]
        close_idle()  # its seconds count once it has ended; its start is part of the figure
        return sum(len(cutter.cut(cutter.prepare(one), counter).paragraphs) for one in found)

    paragraphs = read()
    seconds = _seconds(read) / count
    return {
        "articles": count,
        "paragraphs_an_article": round(paragraphs / count, 1),
        "articles_a_second": round(1 / seconds),
        "times_the_reference": round(seconds / reference, 1),
    }


def _seconds(run: Callable[[], object]) -> float:
    def once() -> float:
        before = _processor_seconds()
        run()
        return _processor_seconds() - before

    return min(once() for _ in range(RUNS))


def _processor_seconds() -> float:
    """Return the seconds of this process and its workers, in finer steps than os.times."""
    used = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(one.ru_utime + one.ru_stime for one in used)


def _numbered(example: Any, number: int) -> Any:
    """Return the article with a number in its running text, so that no cache holds it."""
    paragraphs = tuple(
        replace(one, text=one.text.replace(" ", f" {number} ", 1)) if one.role == "body" else one
        for one in example.paragraphs
    )
    return replace(example, name=f"{number}", paragraphs=paragraphs)


def _is_latin(example: Any) -> bool:
    """Return whether the plain PDF of the tests can hold the article."""
    return all(ord(letter) < 256 for one in example.paragraphs for letter in one.text)
