"""Learns which blocks recur across an archive, and keeps the list for a person to review.

A block is known by its letters: case, spaces and punctuation do not count, nor, in a longer one,
digits, so that the number or date of an issue makes no difference. The list is a file of lines,
their columns parted by tabs, the first one of

    drop    learned from the archive: left out of the vectors
    keep    a person's verdict: never left out, however often it recurs
    always  a person's verdict: left out, even where it does not recur
"""

from __future__ import annotations

import hashlib
import math
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from recommender.errors import SettingsError, StorageError
from recommender.text.blocks import blocks
from recommender.types import Article, Mark, Role

BOILERPLATE_FILE = "boilerplate.tsv"
HEADER = "# verdict\tarticles\tlanguage\texample\ttext   (change drop to keep, or add: always)"
MIN_ARTICLES = 6
MIN_BLOCK_LETTERS = 4
SHORT = 40
MAX_BLOCK_CHARACTERS = 1_000
# The counts of fingerprints: memory stays the same whatever the size of the archive.
CELLS = 1 << 25
REASON = "recurs across the archive"

_NO_LETTERS = re.compile(r"[\W\d_]+")
_NO_WORD = re.compile(r"\W+")


class BlockVerdict(StrEnum):
    DROP = "drop"
    KEEP = "keep"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class Recurrence:
    """A block, in how many articles it stands, and one of them."""

    verdict: BlockVerdict
    articles: int
    language: str
    example: str
    text: str


def fingerprint(block: str) -> int:
    """Return 64 bits that blocks with the same letters share, 0 for too few or too many."""
    if len(block) > MAX_BLOCK_CHARACTERS:
        return 0
    letters = _NO_LETTERS.sub("", block)
    if len(letters) < MIN_BLOCK_LETTERS:
        return 0
    # In a short block a number is what it says: `Linux 2.6` is not `Linux 3.2`.
    folded = (letters if len(letters) >= SHORT else _NO_WORD.sub("", block)).casefold()
    if not folded.isascii():
        folded = unicodedata.normalize("NFKC", folded)
    return int.from_bytes(hashlib.blake2b(folded.encode(), digest_size=8).digest(), "little")


def needed(articles: int) -> int:
    """Return in how many articles a block must stand to be boilerplate in so many of a language."""
    return max(MIN_ARTICLES, math.isqrt(articles))


def learn(articles: Iterable[Article]) -> list[Recurrence]:
    """Return the blocks that recur, the most frequent first."""
    counts = bytearray(CELLS)
    found: dict[int, Recurrence] = {}
    totals: Counter[str] = Counter()
    for article in articles:
        totals[article.language] += 1
        for key, block in _fingerprints(article):
            one, other = key % CELLS, (key >> 32) % CELLS
            if key in found:
                found[key] = replace(found[key], articles=found[key].articles + 1)
            elif min(counts[one], counts[other]) + 1 >= MIN_ARTICLES:
                text = _folded(block)
                found[key] = Recurrence(
                    BlockVerdict.DROP, MIN_ARTICLES, article.language, article.id, text
                )
            else:
                counts[one] += counts[one] < MIN_ARTICLES
                counts[other] += counts[other] < MIN_ARTICLES and other != one
    recurring = (one for one in found.values() if one.articles >= needed(totals[one.language]))
    return sorted(recurring, key=lambda one: (-one.articles, one.language, one.text))


def with_verdicts(
    learned: Iterable[Recurrence], reviewed: Iterable[Recurrence]
) -> list[Recurrence]:
    """Return what was learned, with a person's verdicts in force and kept in the list."""
    verdicts = {
        fingerprint(one.text): one for one in reviewed if one.verdict is not BlockVerdict.DROP
    }
    merged = [
        replace(one, verdict=verdicts.pop(key).verdict) if key in verdicts else one
        for one in learned
        for key in [fingerprint(one.text)]
    ]
    return [*merged, *(replace(one, articles=0) for one in verdicts.values())]


def dropped(recurrences: Iterable[Recurrence]) -> frozenset[int]:
    """Return the fingerprints of the blocks to leave out."""
    return frozenset(
        fingerprint(one.text) for one in recurrences if one.verdict is not BlockVerdict.KEEP
    )


def verdicts_id(recurrences: Iterable[Recurrence]) -> str:
    """Return a short name for a person's verdicts: another where any of them changes."""
    verdicts = sorted(
        f"{one.verdict} {fingerprint(one.text)}"
        for one in recurrences
        if one.verdict is not BlockVerdict.DROP
    )
    return hashlib.sha256("\n".join(verdicts).encode()).hexdigest()[:12] if verdicts else ""


def mark(article: Article, keys: frozenset[int]) -> Article:
    """Return the article with its blocks that are among `keys` marked as boilerplate.

    An article that consists of nothing else is left as it is: a short notice, sent again, is news.
    """
    if not keys:
        return article
    spans = blocks(article.text)
    marks: list[Mark] = [
        (start, end, str(Role.BOILERPLATE), REASON)
        for start, end in spans
        if fingerprint(article.text[start:end]) in keys
    ]
    if not marks or len(marks) == len(spans):
        return article
    return replace(article, marks=(*article.marks, *marks))


def read_list(path: Path) -> list[Recurrence]:
    """Return the list at `path`, or an empty one; raise `SettingsError` for a line that is none.

    Raises `StorageError` where the index cannot be a folder.
    """
    try:
        lines = path.read_text("utf-8-sig").split("\n")
    except FileNotFoundError:
        return []
    except NotADirectoryError as error:
        raise StorageError(
            f"{path.parent}: is a file or lies below one; name a folder for the index"
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(f"{path}: cannot be read: {error}") from error
    return [_entry(line, f"{path}:{number}") for number, line in _entries(lines)]


def list_text(recurrences: Iterable[Recurrence]) -> str:
    """Return the list as it is written."""
    lines = (
        "\t".join(
            (one.verdict, str(one.articles), _folded(one.language), _folded(one.example), one.text)
        )
        for one in recurrences
    )
    return "\n".join([HEADER, *lines]) + "\n"


def _folded(text: str) -> str:
    """Return the text with each run of white space as one space, so that it is one column."""
    return " ".join(text.split())


def _entries(lines: list[str]) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.startswith("#"):
            yield number, line


def _entry(line: str, place: str) -> Recurrence:
    """Read a line; one that a person adds may be only a verdict and a text."""
    verdict, *others = line.split("\t")
    if verdict not in set(BlockVerdict) or not others:
        raise SettingsError(
            f"{place}: is no line of this list; "
            f"start it with {', '.join(BlockVerdict)}, a tab, the text"
        )
    count, language, example = others[:3] if len(others) > 3 else ("0", "", "")
    articles = int(count) if count.isascii() and count.isdigit() else 0
    return Recurrence(BlockVerdict(verdict), articles, language, example, others[-1])


def _fingerprints(article: Article) -> Iterable[tuple[int, str]]:
    """Return the article's blocks by their fingerprint, each once, its title left out."""
    found = {
        key: block
        for start, end in blocks(article.text)
        if (key := fingerprint(block := article.text[start:end]))
    }
    found.pop(fingerprint(article.title), None)
    return found.items()
