"""Write the table of simplified Chinese characters: python -m benchmarks.han_variants.

The forms are those of the transform `Traditional-Simplified` of ICU, made from Unicode's own data.
Its program `uconv` is in Debian's package `icu-devtools`. A converter such as OpenCC is not needed:
words are compared letter by letter, and no text is rewritten.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

TABLE = Path(__file__).parent.parent / "recommender" / "data" / "han_variants.txt"
# CJK ideographs, the first extension, and those that are kept for older encodings.
BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))
PAIRS_A_LINE = 30


def main() -> None:
    """Write each character and its simplified form, with nothing between them."""
    pairs = [one + simple for one, simple in _pairs()]
    lines = ["".join(line) for line in _batched(pairs)]
    TABLE.write_text("\n".join([*lines, ""]), encoding="utf-8")
    print(f"{TABLE.name}: {len(pairs)} characters")


def _pairs() -> Iterator[tuple[str, str]]:
    every = [chr(code) for block in BLOCKS for code in range(*block)]
    command = ["uconv", "-x", "Traditional-Simplified", "-f", "utf-8", "-t", "utf-8"]
    done = subprocess.run(
        command, input="\n".join(every), capture_output=True, encoding="utf-8", check=True
    )
    found = dict(zip(every, done.stdout.split("\n"), strict=True))
    for one, simple in found.items():
        if one != simple and found.get(simple) == simple:  # not one of two that swap places
            yield one, simple


def _batched(pairs: list[str]) -> Iterator[list[str]]:
    for start in range(0, len(pairs), PAIRS_A_LINE):
        yield pairs[start : start + PAIRS_A_LINE]


if __name__ == "__main__":
    main()
