"""List what an installation brings along, with licences: make sbom, as a table or as CycloneDX.

The packages are those that the project needs when it runs, with its extras for formats and the
like, and what those need in turn, as they are installed here. A licence that is not permissive ends
the command with exit code 1, unless its package is named below with the reason.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution

from packaging.requirements import Requirement

PROJECT = "recommender"
# Extras for those who work on the project.
NOT_RUNTIME = {"dev", "bench"}
PERMISSIVE = {
    *("0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0-1.0", "CNRI-Python"),
    *("HPND", "ISC", "MIT", "MIT-0", "PSF-2.0", "Unlicense", "Zlib"),
}
EXCEPTIONS = {"LLVM-exception"}
# Why a package whose licence is not permissive may be used.
REASONS = {
    "docutils": "public domain, some files under BSD-2-Clause or the licence of Python",
    "certifi": "MPL-2.0 is copyleft for its own files only; used unchanged, a list of certificates",
    "pathspec": "MPL-2.0 is copyleft for its own files only; used unchanged",
    "tqdm": "MPL-2.0 is copyleft for its own files only; used unchanged",
    "psycopg": "LGPL-3.0 holds for its own files only; used unchanged, in the extra `postgres`",
    "psycopg-binary": "LGPL-3.0 holds for its own files only; used unchanged, as psycopg",
    "tld": "one may choose MPL-1.1, which is copyleft for its own files only; used unchanged",
}
# Packages that state their licence in a text of their own, and what it is.
STATED = {
    "python-dateutil": "Apache-2.0 OR BSD-3-Clause",  # older releases say "Dual License"
    "pypdfium2": "BSD-3-Clause AND Apache-2.0",  # with PDFium; and the licences of what PDFium uses
}
# How packages call licences that they do not name by SPDX.
NAMES = {
    "apache 2.0": "Apache-2.0",
    "apache 2.0 license": "Apache-2.0",
    "apache software license": "Apache-2.0",
    "3-clause bsd license": "BSD-3-Clause",
    "bsd": "BSD-3-Clause",
    "bsd license": "BSD-3-Clause",
    "isc license": "ISC",
    "isc license (iscl)": "ISC",
    "mit license": "MIT",
    "mozilla public license 2.0 (mpl 2.0)": "MPL-2.0",
    "python software foundation license": "PSF-2.0",
    "the bsd 2-clause license": "BSD-2-Clause",
}
_WORD = re.compile(r"[A-Za-z0-9.+-]+")


@dataclass(frozen=True, order=True)
class Component:
    """A package; `licence` is an SPDX expression, or what the package says."""

    name: str
    version: str
    licence: str

    @property
    def is_permissive(self) -> bool:
        """Whether a choice that the licence leaves is permissive in all its parts."""
        return any(is_permissive(choice) for choice in re.split(r"\bOR\b", self.licence))

    @property
    def reason(self) -> str:
        return "" if self.is_permissive else REASONS.get(canonical(self.name), "")


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def is_permissive(licence: str) -> bool:
    """Return whether all licences of an expression without a choice are permissive."""
    words = set(_WORD.findall(licence)) - {"AND", "WITH"}
    return bool(words) and words <= PERMISSIVE | EXCEPTIONS


def licence_of(name: str) -> str:
    """Return the licence of an installed package."""
    if stated := STATED.get(canonical(name)):
        return stated
    metadata = distribution(name).metadata
    if expression := metadata.get("License-Expression"):
        return str(expression)
    said = [str(metadata.get("License") or "")]
    said += [
        one.rpartition(" :: ")[2]
        for one in metadata.get_all("Classifier") or []
        if one.startswith("License ::")
    ]
    short = [one.rpartition(" :: ")[2].strip() for one in said if one and "\n" not in one]
    return NAMES.get(short[0].lower(), short[0]) if short else "not stated"


def needed(name: str, extras: Sequence[str]) -> Iterator[Requirement]:
    """Yield what a package needs here, with some of its extras."""
    for text in distribution(name).requires or []:
        one = Requirement(text)
        environments = [{"extra": extra} for extra in ("", *extras)]
        if one.marker is None or any(map(one.marker.evaluate, environments)):
            yield one


def components() -> tuple[list[Component], list[str]]:
    """Return the packages that are installed, sorted, and the names of those that are not."""
    offered = distribution(PROJECT).metadata.get_all("Provides-Extra") or []
    waiting = [(PROJECT, tuple(sorted(set(offered) - NOT_RUNTIME)))]
    seen, found, absent = set(waiting), {}, set()
    while waiting:
        name, extras = waiting.pop()
        try:
            version = distribution(name).version
            below = list(needed(name, extras))
        except PackageNotFoundError:
            absent.add(canonical(name))
            continue
        if canonical(name) != PROJECT:
            found[canonical(name)] = Component(canonical(name), version, licence_of(name))
        for one in below:
            entry = (canonical(one.name), tuple(sorted(one.extras)))
            if entry not in seen:
                seen.add(entry)
                waiting.append(entry)
    return sorted(found.values()), sorted(absent)


def table(found: Sequence[Component]) -> str:
    """Return the packages as a table in Markdown."""
    lines = ["| package | version | licence | why it may be used |", "|---|---|---|---|"]
    for one in found:
        why = "permissive" if one.is_permissive else one.reason or "NOT NAMED"
        lines.append(f"| {one.name} | {one.version} | {one.licence} | {why} |")
    return "\n".join(lines)


def cyclonedx(found: Sequence[Component]) -> str:
    """Return the packages as a bill of materials in CycloneDX 1.5."""
    listed = [
        {
            "type": "library",
            "name": one.name,
            "version": one.version,
            "purl": f"pkg:pypi/{one.name}@{one.version}",
            "licenses": [{"expression": one.licence}]
            if one.is_permissive
            else [{"license": {"name": one.licence}}],
        }
        for one in found
    ]
    project = {"type": "application", "name": PROJECT, "version": distribution(PROJECT).version}
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.5", "metadata": {"component": project}}
    return json.dumps({**bill, "components": listed}, indent=1)


def unnamed(found: Sequence[Component]) -> list[str]:
    """Return a line for each package whose licence is neither permissive nor named."""
    return [
        f"{one.name}: {one.licence} is not permissive; name the reason, or do without it"
        for one in found
        if not one.is_permissive and not one.reason
    ]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print CycloneDX")
    options = parser.parse_args(arguments)
    found, absent = components()
    print(cyclonedx(found) if options.json else table(found))
    for name in absent:
        print(f"{name}: is not installed here, and not listed", file=sys.stderr)
    for line in unnamed(found):
        print(line, file=sys.stderr)
    return bool(unnamed(found))


if __name__ == "__main__":
    sys.exit(main())
