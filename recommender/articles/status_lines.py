"""Read what people write above a text: "Status: draft", "EMBARGO until …", "Not for publication".

The words are data: `data/status.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cache, reduce
from itertools import takewhile
from typing import NamedTuple

from recommender.articles.publication import PUBLIC, Publication, embargo, publication
from recommender.articles.status_fields import (
    FLAGS,
    MAYBE_STATUS,
    PUBLISHED,
    STATUS,
    Says,
    meaning_of,
    own_name,
)
from recommender.articles.status_words import lines_of, plain_name, status_of, status_within, truth
from recommender.text.date_fields import DAY_LENGTH, moment
from recommender.text.dates import names_of_months
from recommender.text.last_moments import last_moment
from recommender.text.times_of_day import find_time_of_day
from recommender.text.words import MARKS
from recommender.types import Article, Status

# Remarks are among the first lines, and short. A longer line is a paragraph.
MAX_LINES, MAX_LINE_CHARACTERS = 6, 120
MAX_HEAD_CHARACTERS = 1_000
# Signs around a remark, and between its parts.
_AROUND = " \t\u00a0*_#>|•·=~-–—.!:：;,，。！/\\'\"“”«»"
_LABEL = re.compile(
    rf"[\s*_#>|•·-]*(?P<name>[^\W\d_][\w{MARKS} ./-]{{1,30}}?)[\s*_|]*"
    r"[:：=|][\s*_:|]*(?P<value>[^\s|*_][^|]*?)[\s*_|]*"
)
_HAS_LABEL, _HAS_BRACKET = re.compile("[:：=|]"), re.compile("[\\[(（【{<*]")
# What follows the words that matter: "draft" in "draft (v2), by Ada".
_BEHIND = re.compile(r"\s*(?:[(（\[,;/–—].*|\s-\s.*|\bv?\d[\d.]*)$", re.S | re.I)
_PARTS = re.compile(r"\s*[-–—|/:：;.*!,，、。！()（）\[\]【】]+\s*")
_YEAR = re.compile(r"\b\d{4}\b")
_DASHES = re.compile(r"\s[-–—]+\s+")
_BRACKETED = re.compile(
    r"(?P<sign>[\[(（【{<*])+\s*(?P<words>[^\[\]()（）【】{}<>*]{2,80}?)\s*[\])）】}>*]+"
)
_BETWEEN_WORDS = re.compile(r"[\W_\d]+")
_VERSION = re.compile(r"[\s#.vV-]*\d[\d\s./-]*")
# These stand between a word for a draft and the number or day of the draft.
_OF_VERSION = re.compile(
    r"[\s,(（:–-]*(?:d\.d\.|(?:version|versie|stand|of|from|van|vom|du|del|nr|no)\b)?[\s.:]*", re.I
)
# The time of a remark has a number among its first words: "Monday 6 am".
_SOON_A_NUMBER = re.compile(r"(?:[^\W\d]+[.,]?\s+){0,2}\d")
_NUMBER_OF_DAY = re.compile(r"(?<!\d)[0-3]?\d(?!\d)")
_TIME_OR_YEAR = re.compile(r"(?:[01]\d|2[0-4])[0-5]\d")
_YEAR_AND_WORDS = re.compile(r"\d{4}\b[\s,;:–-]+[^\W\d]")
# The kinds of words that begin a remark, and its status without a time. After words of the kind
# `dated`, a time must follow.
_OPENINGS = {"scheduled": Status.SCHEDULED, "private": Status.PRIVATE, "dated": Status.SCHEDULED}
# Added to a day that is the last one of an embargo.
_END_OF_DAY = " 24:00"
# Labels that may mean other things: access to a place, a state of a country, a stage.
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


class _Opening(NamedTuple):
    """The beginning of a line: whether the end of an embargo follows, and the words that follow."""

    is_until: bool
    rest: str


def told_by_lines(article: Article) -> Article:
    """Return an article with what its title, first lines and file name say about publication."""
    if article.status:
        return article
    told = publication_above(article.title, article.text)
    told = told.joined(_of_name(article.path))
    if told == PUBLIC:
        return article
    own = Publication(embargo=article.embargo, expires=article.expires)
    notices = [*article.notices, *told.notices(article.path)]
    return replace(article, notices=notices, **own.joined(told).limits())


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


def _of_name(path: str) -> Publication:
    """Return what the name of a file says: `Ferry_CONCEPT_v2.docx`, `ferry.draft.md`."""
    stem = path.rpartition("/")[2].rpartition(".")[0]
    if stem.lower().endswith((".draft", ".wip")):
        return Publication(Status.DRAFT)
    marks = [mark["words"] for mark in _BRACKETED.finditer(stem)]
    if stem.upper() != stem:
        # In the middle of a name, or beside other capitals, it is the subject: "NBA DRAFT picks".
        words = [word for word in _BETWEEN_WORDS.split(stem) if word not in ("", "v", "V")]
        ends = (takewhile(str.isupper, words), [*takewhile(str.isupper, words[::-1])][::-1])
        marks += map(" ".join, ends)
    return reduce(Publication.joined, map(_of_remark, marks), PUBLIC)


def _of_line(line: str, is_first: bool) -> Publication:
    if _HAS_LABEL.search(line) and (labelled := _of_label(line)) != PUBLIC:
        return labelled
    bare = line.strip(_AROUND)
    if not (_openings().match(bare) or _HAS_BRACKET.search(line)):
        return _of_end(bare) if " " in bare else PUBLIC  # most lines
    opened = _of_opening(bare)
    return _marked(line, is_first) if opened == PUBLIC else opened


def _of_opening(line: str) -> Publication:
    """Return what a line says that begins with words for an embargo, or against publication."""
    for kind, status in _OPENINGS.items():
        if (found := _opening(line, kind)) is not None:
            told = _until(found.rest) if found.is_until and found.rest else PUBLIC
            return told._replace(status="" if told.embargo else status)
    return PUBLIC


def _of_label(line: str) -> Publication:
    """Return what a line "Status: draft" or "Published: no" says."""
    label = _LABEL.fullmatch(line)
    if label is None:
        return PUBLIC
    plain, value = own_name(plain_name(label["name"])), label["value"]
    if plain in _names("version_label"):
        return Publication(Status.DRAFT) if _is_draft(value) else PUBLIC
    if plain in _names("classification"):
        # The whole value must match: a paper may be "Confidential (declassified 1998)".
        is_private = _mark_pattern("confidential").fullmatch(value.strip(_AROUND)) is not None
        return Publication(Status.PRIVATE) if is_private else PUBLIC
    if _is_flag(plain) and truth(value) is not None:
        return publication({plain: value})
    if not _is_status(plain):  # the line may be the rest of a title
        plain = plain_name(label["name"].split()[-1])
        if plain not in _names("label"):
            return PUBLIC
    if (opened := _of_opening(value)) != PUBLIC:
        return opened
    if (told := _scheduled(value)) != PUBLIC:
        return told
    word = _BEHIND.sub("", value)
    status = status_of(word) if not word.isdigit() else None
    is_of_subject = plain in _names("label") and plain_name(word) in _names("subject")
    is_hidden = status not in (None, Status.PUBLISHED) and not is_of_subject
    return Publication(str(status)) if is_hidden else PUBLIC


def _scheduled(value: str) -> Publication:
    """Return the embargo in a status with a day: "scheduled for 1 January 2031"."""
    if status_within(value) is not Status.SCHEDULED:
        return PUBLIC
    word, _, time = value.partition(" ")
    if plain_name(word) in _names("subject") or not _names_time(time):
        return PUBLIC
    told = _until(time)
    return told if told.embargo else Publication(Status.SCHEDULED)


def _is_status(plain: str) -> bool:
    if plain in _OTHER_LABELS:
        return False
    meaning = meaning_of(plain)
    return plain in STATUS | MAYBE_STATUS or (meaning is not None and meaning.says is Says.STATUS)


def _is_flag(plain: str) -> bool:
    """Return whether a label is a flag: whether a text is a draft, or is published."""
    if plain in FLAGS:
        return plain in PUBLISHED or FLAGS[plain][0] == Status.DRAFT
    meaning = meaning_of(plain)
    return meaning is not None and meaning.says is Says.SET and meaning.status is Status.DRAFT


def _opening(line: str, kind: str) -> _Opening | None:
    """Return how a line continues after words of a kind that begin it; None if it is a sentence."""
    words = _pattern(kind).match(line)
    if words is None:
        return None
    behind = _Behind.of(words[0], line[words.end() :])
    if not behind.bare:
        return _Opening(False, "") if kind != "dated" else None
    if (end := _end_named(behind, kind)) is not None:
        return _Opening(True, end)
    return _Opening(False, behind.bare) if kind != "dated" and _is_remark(behind) else None


class _Behind(NamedTuple):
    """What follows the first `words` of a line: `rest`, and `bare` without the signs around it.

    `link` is the kind of words before a time, such as "until"; `time` are the words after them.
    `has_sign` says whether a sign stands before the time.
    """

    words: str
    rest: str
    bare: str
    link: str
    time: str
    has_sign: bool

    @classmethod
    def of(cls, words: str, rest: str) -> _Behind:
        bare = rest.strip(_AROUND + "()[]")
        link, time = _link(bare)
        has_sign = (time if link else rest).lstrip()[:1] in _AROUND + "(["
        return cls(words, rest, bare, link, time.strip(_AROUND), has_sign)


def _end_named(behind: _Behind, kind: str) -> str | None:
    """Return the words for the end of the embargo in a line; None if it names no end."""
    link, time = behind.link, behind.time
    if kind == "scheduled" and _pattern("open").fullmatch(behind.bare):
        return behind.bare
    if link in ("until", "through") and kind != "dated" and not _is_sentence(time):
        return time + _END_OF_DAY if link == "through" else time
    if _names_time(time) and (link or behind.has_sign or time[0].isdigit()):
        return time
    if kind == "private" and link == "before" and any(map(str.isdigit, time)):
        return time
    # If all words are in capitals, they are a headline.
    is_apart = behind.words.isupper() and not behind.bare.isupper()
    is_after = link == "after" and behind.rest[:1] in ":："
    return behind.bare if kind == "scheduled" and is_after and is_apart else None


def _is_remark(behind: _Behind) -> bool:
    """Return whether a line is a remark without a time, or one about an embargo that has ended."""
    is_end = behind.link == "ends" and behind.has_sign and behind.time != ""
    return is_end or any(map(_pattern("private").match, _PARTS.split(behind.bare)))


def _link(words: str) -> tuple[str, str]:
    """Return the kind of the words before a time, empty if there are none, and what follows."""
    for kind in ("through", "until", "ends", "before", "during", "after"):
        if (found := _pattern(kind).match(words)) is not None:
            return kind, words[found.end() :]
    return "", words


def _is_sentence(time: str) -> bool:
    """Return whether words that begin like a time are a sentence, as "2030, says Iran"."""
    if _YEAR_AND_WORDS.match(time) is None or find_time_of_day(time) is not None:
        return False
    return len(time.split()) > 2 or not names_of_months(time)


def _names_time(words: str) -> bool:
    """Return whether words are a day, even without a year, or a time of day."""
    if _SOON_A_NUMBER.match(words) is None:
        return False
    is_day = _NUMBER_OF_DAY.search(words) is not None and bool(names_of_months(words))
    return is_day or len(moment(words)) >= DAY_LENGTH or find_time_of_day(words) is not None


def _until(words: str) -> Publication:
    """Return an embargo until the time in words. 1800 may be a time of day: it gives no end."""
    told = embargo("" if _TIME_OR_YEAR.fullmatch(words) else last_moment(words), words)
    return told._replace(unread=told.unread.removesuffix(_END_OF_DAY))


def _marked(line: str, is_first: bool) -> Publication:
    """Return what a mark in a line says, as in "[DRAFT] The ferry stops".

    A mark is in brackets, in capitals among small letters, or alone on the line.
    """
    if (told := _in_brackets(line)) != PUBLIC:
        return told
    bare = line.strip(_AROUND)
    is_alone = is_first or bare.upper() == bare
    if is_alone and (status := _of_mark(bare)):
        return Publication(status)
    first, *others = [part for part in _PARTS.split(bare) if part] or [""]
    if others and (status := _of_mark(first)) and _is_mark_before(others, first, status):
        return Publication(status)
    return _of_end(bare)


def _in_brackets(line: str) -> Publication:
    """Return what a mark in brackets at the beginning or the end of a line says."""
    for mark in _BRACKETED.finditer(line):
        is_apart = mark.end() == len(line) or (mark.start() == 0 and mark["sign"] not in "(（")
        if is_apart and (told := _of_remark(mark["words"])) != PUBLIC:
            return told
    return PUBLIC


def _is_mark_before(others: Sequence[str], first: str, status: str) -> bool:
    """Return whether the first part of a line is a mark, not the beginning of a headline.

    In a script without capitals, "Secret: what the report says" is a headline as well.
    """
    is_above = any(sign.islower() or _is_caseless(sign) for sign in "".join(others))
    is_telling = status == Status.DRAFT or first.lower() != first
    is_apart = first.upper() == first and is_above and is_telling
    return is_apart or any(_of_remark(part) != PUBLIC for part in others)


def _of_end(line: str) -> Publication:
    """Return what a remark in capitals after a dash at the end of a line says: "Ferry – DRAFT"."""
    *others, last = _DASHES.split(line)
    is_year = _YEAR.search(last) is not None  # in "DRAFT 2026" players are picked
    if not others or is_year or last.upper() != last.replace(" v", " V"):
        return PUBLIC
    status = _of_mark(last)
    is_alone = status == Status.PRIVATE and plain_name(last) in _names("private")
    is_apart = is_alone or any(map(str.islower, "".join(others)))
    return Publication(status) if status and is_apart else PUBLIC


def _of_remark(words: str) -> Publication:
    """Return what words outside a sentence say."""
    if (opened := _of_opening(words.strip(_AROUND))) != PUBLIC:
        return opened
    return Publication(status) if (status := _of_mark(words)) else PUBLIC


def _of_mark(words: str) -> str:
    if _is_draft(words):
        return Status.DRAFT
    is_private = _mark_pattern("confidential").fullmatch(words) is not None
    return Status.PRIVATE if is_private or plain_name(words) in _names("private") else ""


def _is_draft(words: str) -> bool:
    """Return whether words mean a draft. Its number or day may follow."""
    if (mark := _pattern("draft").match(words)) is None:
        return False
    rest = _OF_VERSION.sub("", words[mark.end() :], count=1).rstrip(" )）")
    if not rest or _VERSION.fullmatch(rest):
        return True
    return rest[0].isdigit() and len(moment(rest)) >= DAY_LENGTH


def _is_caseless(sign: str) -> bool:
    return sign.isalpha() and sign.upper() == sign.lower()


@cache
def _names(kind: str) -> frozenset[str]:
    return frozenset(map(plain_name, lines_of(kind)))


@cache
def _mark_pattern(kind: str) -> re.Pattern[str]:
    return re.compile(_any(kind), re.I)


@cache
def _pattern(kind: str) -> re.Pattern[str]:
    """Return a pattern of the words of a kind. No letter may follow them."""
    return re.compile(rf"(?:{_any(kind)})(?![^\W\d])", re.I)


@cache
def _openings() -> re.Pattern[str]:
    """Return a pattern of all words that begin a remark without a label."""
    return re.compile(_any("draft", "confidential", *_OPENINGS), re.I)


def _any(*kinds: str) -> str:
    words = sorted((word for kind in kinds for word in lines_of(kind)), key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"[\s_-]+") for word in words)
