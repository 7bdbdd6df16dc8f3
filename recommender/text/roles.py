"""Find the role of a block in its article, by its shape and the rules in `data/roles.toml`."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Literal, NamedTuple

import regex

from recommender.system.package_data import data_file
from recommender.text.words import WIDE, WIDE_FROM
from recommender.types import Role

MAX_HEADLINE_CHARACTERS = 120
MAX_SUBHEAD_CHARACTERS = 80
MAX_STANDFIRST_CHARACTERS = 400
MAX_QUOTE_CHARACTERS = 400
MAX_CAPTION_CHARACTERS = 400
MAX_TABLE_LINES = 500
# The longest text that `_INITIALS` matches, rounded up.
MAX_INITIALS = 80
TAIL_BLOCKS = 3
# A rule does not apply to a block on which it takes longer. Hostile text can cause that.
MAX_RULE_SECONDS = 0.2
# The roles of this many blocks are kept: archives repeat blocks, and first blocks are asked twice.
CACHED_BLOCKS = 8192

RoleReason = tuple[Role, str]

_WORD = re.compile(r"\w+|[©@]")
# A sign outside ASCII that is not part of a word; and each byte, with a space for ASCII signs.
_OTHER_SIGN = re.compile(r"[^\w\x00-\x7f]")
_SPACED = bytes(byte if byte > 127 or _WORD.match(chr(byte)) else 32 for byte in range(256))
_BULLET = regex.compile(r"\s*(?:[-*•·◦‣▪●–—]\s+|\(?\d{1,3}[.)]\s+|\p{L}[.)]\s+)\S")
_DOT = regex.compile(r"\s*[•·◦‣▪●]\s*\S")
_CELLS = regex.compile(r"\t+|\s*\|\s*|\s{3,}")
_SENTENCE_END = regex.compile(r"[.!…。！؟।:：;；,，、][\"'”’»)\]」』）]*$")
_LINE_OPENS = ("-", "*", "•", "–", "—", "“", '"', "«", "„", "「", "『")
_QUOTES = {
    "“": "”",
    '"': '"',
    "«": "»",
    "„": "“”",
    "»": "«",
    "「": "」",
    "『": "』",
    "‘": "’",
    "”": "”",
}
_SIGNED = regex.compile(
    r"[(（]\p{Lu}[\p{L}.'’-]*(?:\s\p{Lu}[\p{L}.'’-]*){1,3}\s?/\s?\p{Lu}[\p{L}.&'’ -]{1,40}[)）]\.?$"
)

# Initials and agencies: (sda/ram), (AFP, dpa), (ANP), cr/mpo/lbx
_INITIALS = regex.compile(
    r"[(（\[](?:\p{Lu}{2,6}|\p{L}{1,8}(?:\s?[/,|·-]\s?\p{L}{1,10}){1,4})[)）\]]\.?"
    r"|\p{Ll}{2,4}(?:/\p{Ll}{2,4}){1,4}"
)
_ATTRIBUTION = regex.compile(r"\s*(?:[–—-]|\n)\s*\p{Lu}[^.!?]{1,60}$")


class Place(NamedTuple):
    """The position of a block: its number from 1, the total, and whether body came before it."""

    number: int
    total: int
    after_body: bool

    @property
    def is_tail(self) -> bool:
        """Return whether the block is one of the last `TAIL_BLOCKS`, but not the first block."""
        return self.number > max(self.total - TAIL_BLOCKS, 1)

    @property
    def is_middle(self) -> bool:
        """Return whether the block is neither the first nor the last."""
        return 1 < self.number < self.total


@dataclass(frozen=True, slots=True)
class RoleRule:
    """One row of the table: the role of the blocks that match, and the reason.

    `max` is the most characters of a block, `where` its place in the article. A block is matched
    only if it holds one of the phrases in `triggers`, or, in scripts without spaces, if the pattern
    `wide_triggers` matches. Each phrase in `triggers` stands behind its first word.

    A pattern gets its words and is compiled when it is first needed. To compile all patterns takes
    longer than to cut an article.
    """

    role: Role
    reason: str
    pattern: str
    max: int
    where: Literal["head", "tail", "edge", "middle", "any"]
    triggers: frozenset[tuple[str, str]]
    wide_triggers: str

    def fits(self, block: str) -> bool:
        """Return whether the pattern matches a block; false if it takes over `MAX_RULE_SECONDS`."""
        if len(block) > self.max:
            return False
        compiled = _compiled(self.pattern)
        try:
            # `regex.search` would try a pattern that begins with ^ at each place; `match` does not.
            find = compiled.match if self.pattern.startswith("^") else compiled.search
            return find(block, timeout=MAX_RULE_SECONDS) is not None
        except TimeoutError:
            return False


@cache
def _table() -> dict[str, Any]:
    return tomllib.loads(data_file("roles.toml").read_text("utf-8"))


@cache
def rules() -> tuple[RoleRule, ...]:
    """Return the table of rules."""
    table = _table()
    return tuple(
        RoleRule(
            Role(row["role"]),
            row["reason"],
            row["pattern"],
            row["max"],
            row["where"],
            *_triggers(
                [word for name in row.get("needs", ()) for word in _words(table["words"][name])],
                row.get("signs", ()),
            ),
        )
        for row in table["rules"]
    )


@cache
def _rules_of_triggers() -> dict[str, dict[str, int]]:
    """Return the phrases of triggers by their first words, with a bit for each rule of a phrase."""
    found: dict[str, dict[str, int]] = {}
    for number, rule in enumerate(rules()):
        for word, phrase in rule.triggers:
            phrases = found.setdefault(word, {})
            phrases[phrase] = phrases.get(phrase, 0) | 1 << number
    return found


@cache
def longest_rule() -> int:
    """Return the number of characters of the longest block that any rule applies to."""
    return max(rule.max for rule in rules())


def by_rule(block: str, place: Place) -> RoleReason | None:
    """Return the role and reason of the first rule that fits, or None."""
    if len(block) > longest_rule():
        return None
    return _ruled(block, not place.after_body, place.is_tail, place.is_middle)


def is_byline(block: str, place: Place) -> bool:
    """Return whether `by_rule` finds a byline. Most blocks are quick: they lack the words."""
    if len(block) > longest_rule():
        return False
    among = _rules_at(len(block), not place.after_body, place.is_tail, place.is_middle)
    if next(_candidates(block, among & _rules_for_bylines()), None) is None:
        return False
    found = by_rule(block, place)
    return found is not None and found[0] is Role.BYLINE


@cache
def _rules_for_bylines() -> int:
    """Return the rules that find bylines, with a bit for each."""
    return sum(1 << number for number, one in enumerate(rules()) if one.role is Role.BYLINE)


@lru_cache(maxsize=CACHED_BLOCKS)
def _ruled(block: str, is_head: bool, is_tail: bool, is_middle: bool) -> RoleReason | None:
    for rule in _candidates(block, _rules_at(len(block), is_head, is_tail, is_middle)):
        if rule.fits(block):
            return rule.role, rule.reason
    return None


@lru_cache(maxsize=8 * 512)
def _rules_at(length: int, is_head: bool, is_tail: bool, is_middle: bool) -> int:
    """Return the rules for blocks of a length at a place, with a bit for each."""
    where = {
        "head": is_head,
        "tail": is_tail,
        "edge": is_head or is_tail,
        "middle": is_middle,
        "any": True,
    }
    return sum(
        1 << number
        for number, rule in enumerate(rules())
        if where[rule.where] and length <= rule.max
    )


def _candidates(block: str, among: int) -> Iterator[RoleRule]:
    """Yield the rules of `among` whose triggers a block holds, in the order of the table."""
    if not among:
        return
    lowered, words = _first_words(block)
    rules_of = _rules_of_triggers()
    bits = 0
    for word in words:
        for phrase, of_phrase in rules_of[word].items():
            if of_phrase & among & ~bits and phrase in lowered:
                bits |= of_phrase
    if not lowered.isascii() and WIDE.search(lowered):
        for number, rule in enumerate(rules()):
            if among >> number & 1:
                bits |= bool(_compiled_wide(rule.wide_triggers).search(lowered)) << number
    bits &= among
    while bits:
        lowest = bits & -bits
        yield rules()[lowest.bit_length() - 1]
        bits ^= lowest


@lru_cache(maxsize=64)
def _first_words(block: str) -> tuple[str, tuple[str, ...]]:
    """Return a block in the form in which phrases are found, and the first words of phrases in it.

    The last results are kept: the first blocks of an article are asked for twice.
    """
    lowered = block.casefold()
    return _undotted(lowered), tuple(_trigger_words_in(lowered))


def _trigger_words_in(lowered: str) -> AbstractSet[str]:
    """Return the words of a text in small letters that are first words of triggers.

    Most texts have no signs outside ASCII. Splitting their bytes is several times as fast.
    """
    if "@" in lowered or not (lowered.isascii() or _OTHER_SIGN.search(lowered) is None):
        return _rules_of_triggers().keys() & _WORD.findall(lowered)
    known = _trigger_words()
    words = lowered.encode("utf-8", "surrogatepass").translate(_SPACED).split()
    return {known[word] for word in known.keys() & words}


@cache
def _trigger_words() -> dict[bytes, str]:
    """Return the first words of triggers by their bytes in UTF-8."""
    return {word.encode(): word for word in _rules_of_triggers()}


def _undotted(lowered: str) -> str:
    """Return a text with i for each kind of i. Patterns that ignore case match no others."""
    return lowered if lowered.isascii() else lowered.replace("\u0307", "").replace("ı", "i")


def by_shape(block: str) -> RoleReason | None:
    """Return the role and reason of a block whose shape shows it, or None.

    This finds tables, lists, signed captions, credits, pull quotes and blocks without a word.
    """
    if "\n" in block:
        lines = block.splitlines()[:MAX_TABLE_LINES]
        if _is_table(lines):
            return Role.TABLE, "lines with the same columns"
        if 2 * sum(_BULLET.match(line) is not None for line in lines) > len(lines):
            return Role.LIST, "lines that open with bullets or numbers"
    elif _DOT.match(block):
        return Role.LIST, "opens with a bullet"
    elif _is_signed(block):
        return Role.CAPTION, "ends with a photographer and an agency in brackets"
    if not any(map(str.isalnum, block)):
        return Role.BOILERPLATE, "holds no word"
    if len(block) <= MAX_INITIALS and _INITIALS.fullmatch(block):
        return Role.CREDIT, "only initials or agencies in brackets"
    if len(block) <= MAX_QUOTE_CHARACTERS and _is_quote(block):
        return Role.QUOTE, "stands in quotation marks as a whole"
    return None


def is_headline(block: str) -> bool:
    """Return whether a first block reads as a headline: one short line, not a sentence."""
    return (
        len(block) <= MAX_HEADLINE_CHARACTERS
        and "\n" not in block
        and not block.endswith((".", "。", "।", ",", ";", ":"))
        and by_rule(block, Place(1, 1, after_body=False)) is None
    )


def is_subhead(block: str, after: str) -> bool:
    """Return whether a short line is the heading of the block after it. A question may be one."""
    return (
        len(block) <= MAX_SUBHEAD_CHARACTERS
        and len(after) > max(len(block), 40)
        and "\n" not in block
        and not _SENTENCE_END.search(block)
        and not block.startswith(_LINE_OPENS)
        and any(map(str.isalpha, block))
    )


def _is_table(lines: list[str]) -> bool:
    cells = [len(_CELLS.split(line.strip(" |"))) for line in lines]
    return len(lines) > 1 and min(cells) > 1 and max(cells) - min(cells) <= 1


def _is_signed(block: str) -> bool:
    is_short = len(block) <= MAX_CAPTION_CHARACTERS
    return is_short and block.endswith((")", "）", ").")) and bool(_SIGNED.search(block))


def _is_quote(block: str) -> bool:
    closing = _QUOTES.get(block[0])
    if closing is None:
        return False
    signed = _ATTRIBUTION.search(block)
    said = (block[: signed.start()] if signed else block).rstrip(" .,")
    return len(said) > 2 and said[-1] in closing and not any(c in said[1:-1] for c in closing)


@cache
def _compiled(pattern: str) -> regex.Pattern[str]:
    return regex.compile(_filled(pattern))


@cache
def _compiled_wide(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _triggers(words: Iterable[str], signs: Iterable[str]) -> tuple[frozenset[tuple[str, str]], str]:
    """Return the phrases of which a block must hold one, and a pattern of those without spaces.

    Each phrase comes with its first word, by which it is looked up. Nearly all blocks hold none and
    are not matched with the slow patterns.
    """
    wide = [word for word in words if max(word) >= WIDE_FROM]
    narrow = [word.casefold() for word in words if max(word) < WIDE_FROM]
    phrases = [(_WORD.findall(phrase)[0], _undotted(phrase)) for phrase in narrow]
    signed = [(sign, sign) for sign in signs]
    return frozenset([*phrases, *signed]), "|".join(map(re.escape, wide)) or r"(?!)"


def _words(lists: dict[str, list[str]]) -> list[str]:
    return [word for words in lists.values() for word in words]


def _either(lists: dict[str, list[str]]) -> str:
    """Return a pattern for any of the words, with the longest first."""
    words = sorted(set(_words(lists)), key=len, reverse=True)
    return "(?:" + "|".join(regex.escape(word, literal_spaces=True) for word in words) + ")"


def _filled(pattern: str) -> str:
    """Return a pattern with lists of words in the place of their names, such as `{words}`."""
    for name, lists in _table()["words"].items():
        if f"{{{name}}}" in pattern:
            pattern = pattern.replace(f"{{{name}}}", _either(lists))
    return pattern
