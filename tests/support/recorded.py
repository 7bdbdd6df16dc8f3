"""Answers to questions on `seeds/`, kept in tests/expected/answers.jsonl; record them again here.

A line of the file holds a command and its JSON answer, long texts by their beginning and length.
After a change that is meant to change answers run `RECOMMENDER_PRECISION=float32 python
tests/support/recorded.py`, and read the difference. To add a question, add `{"command": "..."}`.
"""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from unittest import mock

if __name__ == "__main__":
    sys.path[:0] = [str(Path(__file__).parent.parent), str(Path(__file__).parent.parent.parent)]

from support.near import ROOM, SCORE, STRENGTH, clearly_ordered, cut
from support.pages import run
from support.project import ROOT, SEEDS

RECORDING = ROOT / "tests" / "expected" / "answers.jsonl"
LONG = 60

# Fields that say of an article what it is, and of the answer only where a passage is the same.
_ARTICLE = ("article_id", "title", "language", "date", "author", "source", "url", "section", "path")
_BOUNDS = {"score": SCORE, "cosine": SCORE, "strength": STRENGTH}
_LISTS = ("hits", "recommendations")


@dataclass(frozen=True, slots=True)
class Recorded:
    """A question, as the arguments of the command, and what was answered."""

    command: str
    answer: dict[str, Any]

    @property
    def kind(self) -> str:
        """The name of the list of answers."""
        return next(name for name in _LISTS if name in self.answer)

    @property
    def answers(self) -> dict[str, dict[str, Any]]:
        """The answers by what each stands for, in their order: an article or a passage."""
        by_article = self.kind == "recommendations" or "--by article" in self.command
        key = "article_id" if by_article else "passage_id"
        return {one[key]: one for one in self.answer[self.kind]}

    @property
    def scores(self) -> dict[str, float]:
        return {id: one["score"] for id, one in self.answers.items()}

    @property
    def least_strength(self) -> float:
        """The strength under which answers were left out: none unless told."""
        found = re.search(r"--min-strength (\d+)", self.command)
        return float(found[1]) if found else 0.0

    @property
    def is_cut_by_confidence(self) -> bool:
        """Whether the answers that are not sure may be left out under another arithmetic."""
        return "--min-strength" not in self.command and "--confidence loose" not in self.command

    @property
    def is_diverse(self) -> bool:
        return "--diverse" in self.command

    @property
    def is_hybrid(self) -> bool:
        """Tell whether words change places: a near tie between sums of two scores then exchanges
        hits whose scores are further apart.
        """
        return self.command.startswith("search") and "--ranking" not in self.command

    @property
    def room(self) -> float:
        return 2 * ROOM if self.is_hybrid else ROOM


def recording() -> list[Recorded]:
    """Return the recorded questions and answers."""
    lines = RECORDING.read_text("utf-8").splitlines()
    found = [json.loads(line) for line in lines]
    return [Recorded(one["command"], one.get("answer", {})) for one in found]


def ask(command: str, folder: Path) -> dict[str, Any]:
    """Return the JSON answer to a command, asked of the index in `folder`/vectors."""
    import recommender.encoders.load as load

    with mock.patch.object(load, "load_encoder", _loaded_once(load.load_encoder)):
        ran = run(f"recommender {command} -f json", folder)
    assert ran.code == 0, f"{command}: {ran.err}"
    answer = json.loads(ran.out)
    del answer["snapshot"]
    return shortened(answer)


@cache
def _loaded_once(load: Any) -> Any:
    return cache(load)


def shortened(value: Any) -> Any:
    """Return an answer with long texts as their beginning and length."""
    if isinstance(value, dict):
        return {key: shortened(one) for key, one in value.items()}
    if isinstance(value, list):
        return [shortened(one) for one in value]
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, str) and len(value) > LONG:
        return f"{value[:LONG]}… ({len(value)} characters)"
    return value


def differences(before: Recorded, now: Recorded) -> Iterator[str]:
    """Yield what differs by more than another arithmetic explains.

    The form must be the same; so must what is said of an article or a passage. Scores may move
    within `near.SCORE`; answers may change places, or fall behind the last one, that score alike.
    Of `is_hybrid` questions scores belong to places and are compared by place.
    """
    without = {before.kind: [], "nearest": None}
    yield from _unlike({**before.answer, **without}, {**now.answer, **without}, "")
    ours, theirs = before.answers, now.answers
    for id in ours.keys() & theirs.keys():
        moved = {"score", "strength"} if before.is_hybrid else set()
        yield from _unlike_answers(ours[id], theirs[id], id, moved)
    order = {id: place for place, id in enumerate(theirs)}
    places = zip(before.scores.values(), now.scores.values(), strict=False)
    # Where one answer may be left out for it is not sure, those after it change places.
    moves = before.is_diverse or (before.is_cut_by_confidence and before.is_hybrid)
    for place, (score, other) in enumerate(() if moves else places, 1):
        yield from _unlike(score, other, f"place {place}.score")
    yield from (f"{id}: is no longer an answer" for id in _clear(before) - theirs.keys())
    yield from (f"{id}: is a new answer" for id in _clear(now, before) - ours.keys())
    for better, worse in () if before.is_diverse else clearly_ordered(before.scores, before.room):
        if better in order and worse in order and order[better] > order[worse]:
            yield f"{worse}: comes before {better}"


def _clear(found: Recorded, other: Recorded | None = None) -> set[str]:
    """Return the answers that are further above every cut than another arithmetic moves them.

    The cut of the scores is that of `other`, if it is given.
    """
    scores = found.scores
    if found.is_diverse:
        return set(list(scores)[:1])
    last = (other or found).scores
    is_full = f"-k {len(last)}" in found.command or ("-k " not in found.command and len(last) == 5)
    above = cut(last, len(last)) + found.room if is_full and last else float("-inf")
    least = found.least_strength
    return {
        id
        for id, one in found.answers.items()
        if one["score"] > above
        and (not least or one["strength"] > least + STRENGTH)
        and (one["confidence"] == "sure" or not found.is_cut_by_confidence)
    }


def _unlike_answers(
    before: dict[str, Any], now: dict[str, Any], place: str, moved: Set[str]
) -> Iterator[str]:
    """Compare what two answers say of one article; of its passages if they are the same.

    Fields in `moved` are left out.
    """
    if before.keys() != now.keys():
        yield f"{place}: fields {sorted(before.keys() ^ now.keys())}"
        return
    is_same = before.get("passage_id") == now.get("passage_id")
    names = before.keys() if is_same else [one for one in _ARTICLE if one in before]
    for name in [one for one in names if one not in {*moved, "confidence", "probability"}]:
        if name == "evidence":
            yield from _unlike_evidence(before[name], now[name], place)
        elif name == "explanation":
            yield from _unlike_explanations(before[name], now[name], place)
        else:
            yield from _unlike(before[name], now[name], f"{place}.{name}")


def _unlike_evidence(
    before: Sequence[dict[str, Any]], now: Sequence[dict[str, Any]], place: str
) -> Iterator[str]:
    """Compare pairs of passages: as many, the best as good, each pair as it was."""
    yield from _unlike(len(before), len(now), f"{place}: pairs")
    yield from _unlike(before[0]["score"], now[0]["score"], f"{place}.evidence.score")
    pairs = {(one["passage_id"], one["other_passage_id"]): one for one in before}
    for one in now:
        if known := pairs.get((one["passage_id"], one["other_passage_id"])):
            yield from _unlike(known, one, f"{place}.evidence")


def _unlike_explanations(before: Any, now: Any, place: str) -> Iterator[str]:
    """Compare the names of the parts: their words hold figures, and sentences may be near ties."""
    if before is None or now is None:
        yield from _unlike(before, now, f"{place}.explanation")
        return
    names = [[part["name"] for part in one["parts"]] for one in (before, now)]
    yield from _unlike(names[0], names[1], f"{place}.explanation")
    forms = [_form(one) for one in (before, now)]
    yield from _unlike(forms[0], forms[1], f"{place}.explanation")


def _form(explanation: Mapping[str, Any]) -> dict[str, list[str]]:
    """Return the fields of an explanation and of what it holds."""
    return {
        "explanation": sorted(explanation),
        "parts": sorted({key for part in explanation["parts"] for key in part}),
        "matches": sorted({key for match in explanation["matches"] for key in match}),
    }


def _unlike(before: Any, now: Any, place: str) -> Iterator[str]:
    """Compare two values: numbers with a bound within it, all else exactly."""
    if isinstance(before, dict) and isinstance(now, dict):
        if before.keys() != now.keys():
            yield f"{place}: fields {sorted(before.keys() ^ now.keys())}"
        for key in before.keys() & now.keys():
            yield from _unlike(before[key], now[key], f"{place}.{key}")
        return
    bound = _BOUNDS.get(place.rpartition(".")[2])
    if bound is not None and isinstance(now, int | float):
        if abs(before - now) > bound:
            yield f"{place}: {before} is now {now}"
    elif before != now:
        yield f"{place}: {before!r} is now {now!r}"


def record(folder: Path) -> None:
    """Ask every recorded question again of an index of the seeds and keep the answers."""
    lines = [
        json.dumps({"command": one.command, "answer": ask(one.command, folder)}, ensure_ascii=False)
        for one in recording()
    ]
    RECORDING.write_text("".join(f"{line}\n" for line in lines), "utf-8")


if __name__ == "__main__":
    from recommender import build

    with tempfile.TemporaryDirectory() as scratch:
        build(SEEDS, into=Path(scratch) / "vectors")
        record(Path(scratch))
