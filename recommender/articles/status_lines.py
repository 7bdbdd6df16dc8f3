"""Read what people write above a text: "Status: draft", "EMBARGO until …", "Not for publication".

The words are data: `data/status.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from recommender.articles.publication import PUBLIC, Publication, publication
from recommender.articles.status_fields import (
    FLAGS,
    MAYBE_STATUS,
    PUBLISHED,
    STATUS,
    Says,
    meaning_of,
    own_name,
)
from recommender.articles.status_words import lines_of, plain_name, status_of, truth
from recommender.text.date_fields import DAY_LENGTH, moment
from recommender.types import Article, Status

# Only the first lines, and short ones: a paragraph is no remark.
MAX_LINES, MAX_LINE_CHARACTERS = 6, 120
MAX_HEAD_CHARACTERS = 1_000
# Signs around a remark and between the parts of one.
_AROUND = " \t\u00a0*_#>|•·=~-–—.!:：;,/\\'\"“”«»"
_LABEL = re.compile(
    r"[\s*_#>|•·-]*(?P<name>[^\W\d_][\w ./-]{1,30}?)[\s*_|]*"
    r"[:：=|][\s*_:|]*(?P<value>[^\s|*_][^|]*?)[\s*_|]*"
)
_HAS_LABEL, _HAS_BRACKET = re.compile("[:：=|]"), re.compile("[\\[(（【{<*]")
# Of "draft (v2), by Ada" the first words say it.
_BEHIND = re.compile(r"\s*(?:[(（\[,;/–—].*|\s-\s.*|\bv?\d[\d.]*)$", re.S | re.I)
_PARTS = re.compile(r"\s*[-–—|/:：;.*!,()（）\[\]【】]+\s*")
_BRACKETED = re.compile(
    r"(?P<sign>[\[(（【{<*])+\s*(?P<words>[^\[\]()（）【】{}<>*]{2,40}?)\s*[\])）】}>*]+"
)
_BETWEEN_WORDS = re.compile(r"[\W_\d]+")
_VERSION = r"(?:[\s#.vV-]*\d[\d\s./-]*)?"
# Labels that are of other things as well: who may enter, a country, a theatre.
_OTHER_LABELS = {
    "state",
    "access",
    "accesslevel",
    "privacy",
    "stage",
    "workflow",
    "zustand",
    "stav",
}
# Labels that tell what they are the status of: no word behind them is of the subject.
_PLAIN_LABELS = {"status", "statut", "estado", "estatus", "stato", "stav", "статус", "状态"}
_PLAIN_LABELS |= {"狀態", "ステータス", "상태", "durum", "الحالة", "وضعیت"}


class _Opening(NamedTuple):
    """What a line opens with: whether words for the end of a time follow, and the rest."""

    is_until: bool
    rest: str


def told_by_lines(article: Article) -> Article:
    """Return an article with what its title, first lines and file name say of its publication."""
    if article.status:
        return article
    told = publication_above(article.title, article.text)
    told = told.joined(Publication(_of_name(article.path)))
    if told == PUBLIC:
        return article
    own = Publication(embargo=article.embargo, expires=article.expires)
    return replace(article, **own.joined(told).limits())


def publication_above(title: str, text: str) -> Publication:
    """Return what the title and the first lines of a text say of its publication."""
    lines = text[:MAX_HEAD_CHARACTERS].split("\n", 2 * MAX_LINES)
    found = [line for line in lines if line and not line.isspace()][:MAX_LINES]
    return publication_of_lines(found if title in found else [*found, title])


def publication_of_lines(lines: Sequence[str]) -> Publication:
    """Return what the first lines of a text say of its publication."""
    found = PUBLIC
    for at, line in enumerate(lines):
        if len(line) <= MAX_LINE_CHARACTERS:
            found = found.joined(_of_line(line.strip(), is_first=at == 0))
    return found


def _of_name(path: str) -> str:
    """Return the status that a file is named for: `Ferry_CONCEPT_v2.docx`, `ferry.draft.md`."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    if stem.lower().endswith(".draft"):
        return Status.DRAFT
    marks = [mark["words"] for mark in _BRACKETED.finditer(stem)]
    if stem.upper() != stem:
        # In the middle it is of the subject, as in "NBA DRAFT picks".
        words = [word for word in _BETWEEN_WORDS.split(stem) if word not in ("", "v", "V")]
        marks += [word for word in {*words[:1], *words[-1:]} if word.isupper()]
    is_draft = any(_mark_pattern("draft").fullmatch(one) for one in marks)
    return Status.DRAFT if is_draft else ""


def _of_line(line: str, is_first: bool) -> Publication:
    if _HAS_LABEL.search(line) and (labelled := _of_label(line)) != PUBLIC:
        return labelled
    bare = line.strip(_AROUND)
    if not (_openings().match(bare) or _HAS_BRACKET.search(line)):
        return PUBLIC  # most lines
    if (found := _opening(bare, "scheduled")) is not None:
        return _embargo(found)
    if (found := _opening(bare, "private")) is not None:
        start = moment(found.rest) if found.is_until else ""
        return Publication(embargo=start) if start else Publication(Status.PRIVATE)
    return Publication(status) if (status := _marked(line, is_first)) else PUBLIC


def _of_label(line: str) -> Publication:
    """Return what a line "Status: draft" or "Published: no" says."""
    label = _LABEL.fullmatch(line)
    if label is None:
        return PUBLIC
    plain, value = own_name(plain_name(label["name"])), label["value"]
    if _is_flag(plain) and truth(value) is not None:
        return publication({plain: value})
    if not _is_status(plain):  # below a title, of which a line break may be lost
        plain = plain_name(label["name"].split()[-1])
        if plain not in _PLAIN_LABELS:
            return PUBLIC
    word = _BEHIND.sub("", value)
    status = status_of(word) if not word.isdigit() else None
    is_of_subject = plain in _PLAIN_LABELS and plain_name(word) in _names("subject")
    is_hidden = status not in (None, Status.PUBLISHED) and not is_of_subject
    return Publication(str(status)) if is_hidden else PUBLIC


def _is_status(plain: str) -> bool:
    if plain in _OTHER_LABELS:
        return False
    meaning = meaning_of(plain)
    return plain in STATUS | MAYBE_STATUS or (meaning is not None and meaning.says is Says.STATUS)


def _is_flag(plain: str) -> bool:
    """Tell whether a label asks whether a text is a draft, or is published."""
    if plain in FLAGS:
        return plain in PUBLISHED or FLAGS[plain][0] == Status.DRAFT
    meaning = meaning_of(plain)
    return meaning is not None and meaning.says is Says.SET and meaning.status is Status.DRAFT


def _opening(line: str, kind: str) -> _Opening | None:
    """Return how a line goes on behind words that it opens with; None for another sentence."""
    words = _pattern(kind).match(line)
    if words is None:
        return None
    rest = line[words.end() :]
    bare = rest.strip(_AROUND + "()[]")
    if not bare:
        return _Opening(False, "")
    until = _pattern("until").match(bare)
    if until is not None:
        return _Opening(True, bare[until.end() :].strip(_AROUND))
    maybe = _pattern("before").match(bare)
    if maybe is not None and moment(time := bare[maybe.end() :].strip(_AROUND)):
        return _Opening(True, time)
    is_date = bare[0].isdigit() and len(moment(bare)) >= DAY_LENGTH
    if is_date or any(plain_name(part) in _names("private") for part in _PARTS.split(bare)):
        return _Opening(is_date, bare)
    has_sign = rest.lstrip()[:1] in _AROUND + "(["
    return _Opening(True, bare) if has_sign and moment(bare) else None


def _embargo(found: _Opening) -> Publication:
    """Return an embargo until a time; one without a time has no end."""
    start = moment(found.rest) if found.is_until else ""
    return Publication(embargo=start) if start else Publication(Status.SCHEDULED)


def _marked(line: str, is_first: bool) -> str:
    """Return the status that a mark in a line tells, as "[DRAFT] The ferry stops".

    Such a word stands apart: in brackets, in capitals among small letters, or alone.
    """
    for mark in _BRACKETED.finditer(line):
        is_apart = mark.end() == len(line) or (mark.start() == 0 and mark["sign"] not in "(（")
        if is_apart and (status := _of_mark(mark["words"])):
            return status
    bare = line.strip(_AROUND)
    is_alone = is_first or bare.upper() == bare
    if is_alone and (status := _of_mark(bare)):
        return status
    first, *others = [part for part in _PARTS.split(bare) if part] or [""]
    if others and (status := _of_mark(first)):
        is_above = any(sign.islower() or _is_caseless(sign) for sign in "".join(others))
        is_apart = first.upper() == first and is_above
        return status if is_apart or all(map(_of_mark, others)) else ""
    return ""


def _of_mark(words: str) -> str:
    if _mark_pattern("draft").fullmatch(words):
        return Status.DRAFT
    is_private = _mark_pattern("confidential").fullmatch(words) is not None
    return Status.PRIVATE if is_private or plain_name(words) in _names("private") else ""


def _is_caseless(sign: str) -> bool:
    return sign.isalpha() and sign.upper() == sign.lower()


@cache
def _names(kind: str) -> frozenset[str]:
    return frozenset(map(plain_name, lines_of(kind)))


@cache
def _mark_pattern(kind: str) -> re.Pattern[str]:
    return re.compile(f"(?:{_any(kind)}){_VERSION}", re.I)


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    """Return the pattern of words at the beginning of a line, which no word goes on."""
    return re.compile(rf"(?:{_any(kind)})(?![^\W\d])", re.I)


@cache
def _openings() -> re.Pattern[str]:
    """Return the pattern of what any remark without a label begins with."""
    return re.compile(_any("draft", "confidential", "private", "scheduled"), re.I)


def _any(*kinds: str) -> str:
    words = sorted((word for kind in kinds for word in lines_of(kind)), key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"[\s_-]+") for word in words)
