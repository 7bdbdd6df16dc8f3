"""Files that no reader expects: `make fuzz` makes them for minutes, the tests for a moment.

Each is a good file of its format with some edits: bytes cut, doubled, or replaced by what breaks
parsers. Of packed formats the parts are edited, or the pack itself. Whatever is read must be
articles that can be cut, stored and shown, or a refusal with its reason; within bounds.
"""

from __future__ import annotations

import argparse
import gzip
import io
import json
import sys
import tempfile
import time
import unicodedata
import zipfile
from collections import Counter
from functools import cache
from pathlib import Path

import zstandard
from articles.conftest import zipped
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from support.formats import WRITERS, examples
from support.more_formats import MORE_WRITERS
from support.stand_in import WordEncoder

from recommender.articles.read import read_articles
from recommender.passages.cutter import PassageMaker
from recommender.passages.inspect import Inspection, inspect
from recommender.render.inspection import Inspected
from recommender.render.text_layout import Page
from recommender.types import Article, Notice, Refusal

MAX_SECONDS_A_FILE = 10
MAX_MEMORY_BYTES = 4 * 1024**3
MAX_EDITS = 6
FILES_A_ROUND = 200
MANY = 400

# A suffix of each reader and packing, and what writes a good file of it.
WRITER_OF = {
    **{
        f".{name}": name
        for name in ("txt", "md", "html", "docx", "epub", "pdf", "rss", "atom", "warc")
    },
    **{f".{name}": name for name in MORE_WRITERS},
    ".csv": "csv",
    ".tsv": "tsv",
    ".csv.gz": "csv",
    ".json": "json",
    ".jsonl": "jsonl",
    ".jsonl.gz": "jsonl",
    ".jsonl.zst": "jsonl",
}
# What our own code reads, or a library that is not known to raise anything else.
NEVER_DAMAGED = {".txt", ".md", ".csv", ".tsv", ".csv.gz", ".json", ".jsonl"}
NEVER_DAMAGED |= {".jsonl.gz", ".jsonl.zst", ".mdx", ".adoc", ".org", ".rtf", ".odt", ".eml"}
PACK = {".gz": gzip.compress, ".zst": zstandard.compress}

TOKENS = [
    *(b"\0", b"\xff", b"\xed\xa0\x80", b"\xc0\xaf", b"\r", b"\t", b"\n\n", b"\x1b[31m", b"\x85"),
    *(one.encode() for one in "\u2028\u202e\ufeff\u200b\ufdfa\u0345\u0130\U000e0001\U0001f9d1"),
    *(b"<", b">", b"&#0;", b"&#xD800;", b"&lt;", b"]]>", b"<![CDATA[", b"<!--", b"<?xml?>", b"<p"),
    *(b"<div>" * MANY, b"<table><tr><td>" * MANY, b"<base href='//['>", b"<h1>", b"<title>"),
    *(b"<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>&e;", b"xml:lang='\x01'", b"</div>"),
    *(b'"', b"'", b"\\", b"\\ud800", b"{", b"}", b"[", b"]", b",", b":", b"null", b"NaN", b"1e999"),
    *(b"[" * MANY, b"> " * MANY, b"- " * MANY, b"*" * MANY, b"---\n", b"&a [*a]", b"|", b"```"),
    *(b"!!python/object:os.system", b"    ", b"0" * 5_000, b"9999-99-99", b"2022-02-30"),
    *(b"28 december 2022 ", b"(AP Photo/", b"Foto: ", b"#7", b"\xe2\x80\x9c", b"a" * 70_000),
    *(b"/Encrypt", b"/Length 99999999", b"stream", b"endobj", b"%%EOF", b"<<", b"/Kids [2 0 R]"),
    *(b"PK\x03\x04", b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"../", b"<w:p>" * MANY, b"w:val='-1'"),
]

Edit = tuple[str, int, int, bytes]

EDITS = st.lists(
    st.tuples(
        st.sampled_from(["insert", "replace", "delete", "double"]),
        st.integers(0, 1 << 16),
        st.integers(0, 200),
        st.sampled_from(TOKENS) | st.binary(max_size=8),
    ),
    min_size=1,
    max_size=MAX_EDITS,
)


def edited(data: bytes, edits: list[Edit]) -> bytes:
    """Return `data` with the edits made in turn; a place beyond the end is counted from 0 again."""
    for kind, at, length, token in edits:
        at %= len(data) + 1
        piece = {
            "insert": token + data[at : at + length],
            "replace": token,
            "delete": b"",
            "double": 2 * data[at : at + length],
        }[kind]
        data = data[:at] + piece + data[at + length :]
    return data


def with_edited_part(data: bytes, number: int, edits: list[Edit]) -> bytes:
    """Return a zip file with one of its parts edited."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = list(parts)[number % len(parts)]
    return zipped(parts | {name: edited(parts[name], edits)})


def files(suffix: str) -> st.SearchStrategy[bytes]:
    """Return files of the format with this suffix, each a good one with some edits."""
    good = st.sampled_from(good_files(WRITER_OF[suffix]))
    changed = st.builds(edited, good, EDITS)
    if suffix in (".docx", ".epub", ".odt", ".xlsx"):
        return changed | st.builds(with_edited_part, good, st.integers(0, 99), EDITS)
    if pack := PACK.get(suffix[suffix.rindex(".") :]):
        packed = st.builds(pack, changed)
        return packed | st.builds(edited, packed, EDITS)
    return changed


@cache
def good_files(writer: str) -> list[bytes]:
    """Return the labelled articles of the tests as files of a format."""
    found = []
    for one in examples():
        try:
            write = WRITERS.get(writer) or MORE_WRITERS[writer]
            written = write(one)
        except UnicodeEncodeError:  # the plain PDF of the tests holds one alphabet
            continue
        found.append(written.encode() if isinstance(written, str) else written)
    return found


def check(path: Path) -> Counter[str]:
    """Read a file, hold what comes of it to what every reader promises, and say what it was."""
    seen: Counter[str] = Counter()
    for found in read_articles([path]):
        seen[outcome(found)] += 1
        if isinstance(found, Refusal | Notice):
            assert found.place.startswith(path.name)
            assert found.reason
            assert not ("is damaged (" in found.reason and suffix_of(path) in NEVER_DAMAGED), found
        else:
            check_article(found)
    inspected = [one for one in inspect([path], WordEncoder()) if isinstance(one, Inspection)]
    shown = Inspected(inspected).text(Page(80))
    assert all(one == "\n" or unicodedata.category(one) not in ("Cc", "Cs", "Zl") for one in shown)
    return seen


def outcome(found: Article | Notice | Refusal) -> str:
    """Name what was found: refusals that stand for an error of a library by that error."""
    if isinstance(found, Article):
        return "articles"
    if isinstance(found, Notice):
        return "notices"
    is_error = found.reason.startswith("is damaged (")
    return found.reason[len("is damaged (") :].split(":")[0] if is_error else "refusals"


def check_article(article: Article) -> None:
    """Hold an article to be whole: it can be stored, and all offsets point into its text."""
    json.dumps(article.record(), ensure_ascii=False).encode("utf-8")
    assert article.id.strip()
    assert article.text.strip()
    assert "\r" not in article.text
    for start, end, *_ in article.marks:
        assert 0 <= start < end <= len(article.text)
    cut = PassageMaker().cut(article, WordEncoder())
    assert cut.article.text == article.text
    for one in (*cut.paragraphs, *cut.passages, *cut.words_only):
        assert one.text.strip()
        assert one.number == 0 or one.text == article.text[one.start : one.end]


def suffix_of(path: Path) -> str:
    return "".join(path.suffixes)


def run(suffix: str, count: int, **how: object) -> Counter[str]:
    """Check so many files of a format; what fails is reduced to the smallest and raised."""
    seen: Counter[str] = Counter()

    @settings(
        max_examples=count,
        suppress_health_check=list(HealthCheck),
        database=None,
        **how,  # type: ignore[arg-type]
    )
    @given(files(suffix))
    def one(data: bytes) -> None:
        path.write_bytes(data)
        seen.update(check(path))

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a{suffix}")
        one()
    return seen


def bound_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES, MAX_MEMORY_BYTES))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60, help="for each format")
    parser.add_argument("suffixes", nargs="*", default=list(WRITER_OF), metavar="SUFFIX")
    options = parser.parse_args()
    bound_memory()
    for suffix in options.suffixes:
        end = time.monotonic() + options.seconds
        seen: Counter[str] = Counter()
        while time.monotonic() < end:
            seen += run(suffix, FILES_A_ROUND, deadline=1_000 * MAX_SECONDS_A_FILE)
        counts = ", ".join(f"{count:,} {name}" for name, count in seen.most_common())
        print(f"{suffix}: {counts}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
