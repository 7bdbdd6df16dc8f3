"""Compare what a page shows with what a command prints, whatever arithmetic the processor has."""

from __future__ import annotations

import re
import shlex

ELLIPSIS = "..."
ANSWERS = ("search", "similar", "related")
SCORES_DIFFER_BY = 0.03

_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_SNAPSHOT = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]+")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
# Room between columns: it changes with the numbers in them.
_COLUMNS = re.compile(r"(?<=\S) {2,}")
# A line that names an answer, its numbers as 0: rank and title, id, or what was asked.
_NAMES = re.compile(
    r" ?0\. |(?:Related to|and|unlike|Left out:|Nothing found)\b"
    r"|    \S+#0\S*(?: ·|$)|    (?!relation )\S+  (?:copy|translation|update|same story|related)\b"
)


def agree(command: str, shown: str, printed: str) -> bool:
    """Tell whether a command prints what a page shows; a line `...` stands for any lines.

    Numbers count loosely. Of answers as text, titles and ids count, in any order: other arithmetic
    may exchange near neighbours, and the passage that is quoted.
    """
    ours, theirs = _lines(shown), _lines(printed)
    if not _is_answer(command):
        wanted = (r"(?:.*\n)*?" if one == ELLIPSIS else re.escape(one) + r"\n" for one in ours)
        return re.fullmatch("".join(wanted), "".join(f"{one}\n" for one in theirs)) is not None
    names, found = ([one for one in lines if _NAMES.match(one)] for lines in (ours, theirs))
    if ELLIPSIS in ours:
        return set(names) <= set(found)
    return sorted(names) == sorted(found) and _scores_agree(shown, printed)


def _is_answer(command: str) -> bool:
    """Tell whether a command prints answers for people to read."""
    name, *options = shlex.split(command)[1:]
    return name in ANSWERS and not {"json", "jsonl", "csv"} & set(options)


def _lines(output: str) -> list[str]:
    """Return the lines of an output, without numbers and names of snapshots, columns as one."""
    output = _NUMBER.sub("0", _TIME.sub("TIME", _SNAPSHOT.sub("SNAPSHOT", output)))
    return [_COLUMNS.sub("  ", line.rstrip()) for line in output.splitlines() if line.strip()]


def _scores_agree(shown: str, printed: str) -> bool:
    """Tell whether the scores of answers, at the ends of their first lines, are near."""
    ours, theirs = (
        sorted(float(one) for one in re.findall(r" · (-?\d\.\d{3})$", text, re.MULTILINE))
        for text in (shown, printed)
    )
    return len(ours) == len(theirs) and all(
        abs(one - other) <= SCORES_DIFFER_BY for one, other in zip(ours, theirs, strict=True)
    )
