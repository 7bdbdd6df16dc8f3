"""Hostile files for each reader: `make hostile` reads thousands of each format, the tests a few.

Each is a good file of its format with one to three tokens repeated within it, up to a megabyte. A
run that is broken off goes on where it was, if it is given the same file for its state.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import random
import sys
import tempfile
import time
import zipfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from articles.conftest import zipped
from end_to_end.fuzz import PACK, TOKENS, WRITER_OF, bound_memory, good_files, outcome

from recommender.articles.read import read_articles
from recommender.settings import Settings
from recommender.types import Article

MAX_HOSTILE_BYTES = 1_000_000
# How much longer than its limit a file may take: the start of a process is not counted.
SLACK_SECONDS = 30
# How often a run prints and keeps how far it is.
FILES_A_STEP = 50
# What is repeated within hostile files, besides the tokens above.
HOSTILE_TOKENS = [
    *(one for one in TOKENS if len(one) < 5_000),
    *(
        b"&lt;!--",
        b"&lt;a ",
        b"![",
        b"![a](",
        b"[[a",
        b"[^a]",
        b"[^a]: b\n",
        b"*a_",
        b"`a``",
        b"~~a",
    ),
    *(b"<a ", b" a=1", b" b='<", b"<b><i>", b"<li>x", b"<br>x", b"<span>x</span>", b"<p>x</p>\n"),
    *(
        b"<item>",
        b"<w:tbl><w:tr><w:tc>",
        b"<w:r><w:t>x</w:t></w:r>",
        b"{{< a ",
        b"{% a ",
        b"a\n: b\n",
    ),
    *(b"- a\n", b"1. a\n", b"# a\n", b"|a", b"x ", b"\n \n", b"2022-12-28 ", b"{\\b ", b"{\\*\\a"),
    *(b"=?utf-8?q?a?=", b"--a\r\n", b"Content-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"),
]


@dataclass
class Seen:
    """What came of the first files of a format."""

    suffix: str
    seed: int
    count: int = 0
    bytes: int = 0
    seconds: float = 0.0
    slowest: float = 0.0
    slowest_number: int = 0
    late: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        counts = ", ".join(f"{number:,} {name}" for name, number in self.outcomes.most_common(4))
        return (
            f"{self.suffix}: {self.count:,} hostile files of {self.bytes / 1e6:,.1f} MB in "
            f"{self.seconds:,.0f} s, slowest {self.slowest:.1f} s (number {self.slowest_number}), "
            f"{self.late} refused for their time; {counts}"
        )


def hostile_file(suffix: str, number: int, seed: int = 0) -> bytes:
    """Return the hostile file of a format with a number and a seed: always the same."""
    rng = random.Random(f"{seed} {suffix} {number}")
    good = rng.choice(good_files(WRITER_OF[suffix]))
    tokens = b"".join(rng.choices(HOSTILE_TOKENS, k=rng.randint(1, 3)))
    size = int(math.exp(rng.uniform(math.log(1_000), math.log(MAX_HOSTILE_BYTES))))
    count = max((size - len(good)) // len(tokens), 1)
    block = (tokens * count)[:size]
    if zipfile.is_zipfile(io.BytesIO(good)):
        with zipfile.ZipFile(io.BytesIO(good)) as archive:
            parts = {name: archive.read(name) for name in archive.namelist()}
        name = rng.choice(list(parts))
        return zipped(parts | {name: _with(parts[name], block, rng)})
    data = _with(good, block, rng)[:MAX_HOSTILE_BYTES]
    pack = PACK.get(suffix[suffix.rindex(".") :])
    return pack(data) if pack else data


def _with(data: bytes, block: bytes, rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + block + data[at:]


def run_hostile(seen: Seen, count: int, seconds: int) -> None:
    """Read hostile files of a format up to number `count`, each within `seconds`.

    A file that takes longer must be refused for it, and soon. Raises `AssertionError` if not.
    """
    settings = Settings(read_seconds=seconds)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, f"a{seen.suffix}")
        for number in range(seen.count, count):
            data = hostile_file(seen.suffix, number, seen.seed)
            path.write_bytes(data)
            began = time.monotonic()
            found = list(read_articles([path], settings))
            took = time.monotonic() - began
            articles = sum(isinstance(one, Article) for one in found)
            name = f"{seen.suffix} {number} (seed {seen.seed})"
            assert took < seconds + articles + SLACK_SECONDS, f"{name}: {took:.1f} s"
            assert found, f"{name}: neither an article nor a refusal"
            seen.count, seen.bytes, seen.seconds = (
                number + 1,
                seen.bytes + len(data),
                seen.seconds + took,
            )
            if took > seen.slowest:
                seen.slowest, seen.slowest_number = took, number
            seen.late += any("is not read within" in getattr(one, "reason", "") for one in found)
            seen.outcomes.update(outcome(one) for one in found)


def load_state(path: Path | None) -> dict[str, Seen]:
    """Return what came of the files of each format before; the last line about one counts."""
    states: dict[str, Seen] = {}
    for line in path.read_text().splitlines() if path and path.exists() else ():
        facts = json.loads(line)
        seen = Seen(**facts | {"outcomes": Counter(facts["outcomes"])})
        states[f"{seen.seed} {seen.suffix}"] = seen
    return states


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=2_000, help="of each format")
    parser.add_argument("--seconds", type=int, default=60, help="the limit of a file")
    parser.add_argument("--seed", type=int, default=0, help="other files for another number")
    parser.add_argument("--state", type=Path, help="a file that a later run goes on from")
    parser.add_argument("suffixes", nargs="*", default=list(WRITER_OF), metavar="SUFFIX")
    options = parser.parse_args()
    bound_memory()
    states = load_state(options.state)
    for suffix in options.suffixes:
        seen = states.get(f"{options.seed} {suffix}", Seen(suffix, options.seed))
        while seen.count < options.files:
            run_hostile(seen, min(seen.count + FILES_A_STEP, options.files), options.seconds)
            print(f"  {suffix}: {seen.count:,} of {options.files:,}", file=sys.stderr, flush=True)
            if options.state:
                with options.state.open("a") as lines:
                    lines.write(json.dumps(vars(seen)) + "\n")
        print(seen, flush=True)


if __name__ == "__main__":
    sys.exit(main())
