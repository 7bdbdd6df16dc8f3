"""Take the text of a mail from the best of its forms. Lines of other mails in it are quotes."""

from __future__ import annotations

import re
from email.message import EmailMessage
from itertools import groupby
from typing import Any

from recommender.articles.charset import decode_page
from recommender.articles.markup import Block, blocks_of, tree_of_html
from recommender.text.blocks import with_paragraphs
from recommender.types import Role

MAX_DEPTH = 20
MAX_PART_BYTES = 8 * 1024 * 1024
# The last form, HTML, counts if it has at least this share of the fullest one's letters.
MIN_HTML_SHARE = 0.6
MAX_NAME_CHARACTERS = 80
_HIDDEN = re.compile(r"(?:^|[;\s])(?:display\s*:\s*none|mso-hide\s*:\s*all)\b", re.I)
_SIGNATURE = re.compile(r"^-- ?$", re.M)
_QUOTED = re.compile(r"(?:>[ \t]?)+")
_LINES = re.compile(r"\r\n?")


class MailText:
    """The blocks of a mail, and the names of its attachments, which are not read."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self.attachments: list[str] = []

    def take(self, part: EmailMessage, depth: int = 0) -> None:
        """Add the text of a part of a mail."""
        kind = part.get_content_type()
        if depth > MAX_DEPTH:
            return
        if kind == "multipart/alternative":
            self._alternative(part, depth)
        elif kind == "message/rfc822":
            self._forwarded(part, depth)
        elif part.is_multipart():
            for one in _parts(part):
                self.take(one, depth + 1)
        elif kind in ("text/html", "application/xhtml+xml"):
            self.blocks += _html_blocks(_decoded(part))
        elif kind == "text/plain":
            self.blocks += plain_blocks(_flowed(part, _decoded(part)))
        elif not kind.startswith("image/"):
            name = part.get_filename() or kind
            self.attachments.append(name[:MAX_NAME_CHARACTERS])

    def _alternative(self, part: EmailMessage, depth: int) -> None:
        """Add the last form, HTML, which marks headings, unless another one has far more text."""
        forms = []
        for one in _parts(part):
            form = MailText()
            form.take(one, depth + 1)
            forms.append(form)
        if not forms:
            return
        best = max(forms, key=lambda form: form.size)
        last = forms[-1]
        chosen = last if last.size >= MIN_HTML_SHARE * best.size else best
        self.blocks += chosen.blocks
        names = (name for form in forms for name in form.attachments)
        self.attachments += dict.fromkeys(names)

    @property
    def size(self) -> int:
        """The number of letters of all blocks."""
        return sum(len("".join(text.split())) for text, _, _ in self.blocks)

    def _forwarded(self, part: EmailMessage, depth: int) -> None:
        for one in _parts(part):
            if subject := " ".join(str(one.get("Subject", "")).split()):
                self.blocks.append((subject, str(Role.SUBHEAD), "subject of a forwarded mail"))
            self.take(one, depth + 1)


def _html_blocks(html: str) -> list[Block]:
    """Return the blocks of a mail in HTML, without hidden text such as that of a preview."""
    tree = tree_of_html(html)
    if tree is None:
        return []
    for element in [one for one in tree.iter() if _HIDDEN.search(one.get("style") or "")]:
        element.clear(keep_tail=True)
    return blocks_of(tree)


def plain_blocks(text: str) -> list[Block]:
    """Return the blocks of plain text. The signature is boilerplate."""
    written, mark, signature = text, "", ""
    if found := list(_SIGNATURE.finditer(text)):
        written, mark, signature = text[: found[-1].start()], "-- ", text[found[-1].end() :]
    blocks: list[Block] = []
    for is_quoted, group in groupby(written.split("\n"), lambda line: line.startswith(">")):
        lines = [_QUOTED.sub("", line, count=1) if is_quoted else line for line in group]
        role, reason = (str(Role.QUOTE), "quoted in the mail") if is_quoted else ("", "")
        blocks += [(one, role, reason) for one in _paragraphs("\n".join(lines))]
    if mark:
        reason = "signature of the mail"
        blocks += [(one, str(Role.BOILERPLATE), reason) for one in _paragraphs(signature)]
    return blocks


def _paragraphs(text: str) -> list[str]:
    return [one for one in with_paragraphs(text).split("\n\n") if one.strip()]


def _parts(part: EmailMessage) -> list[Any]:
    """Return the parts of a part. Of parts that belong together, only the first is shown."""
    payload = part.get_payload()
    parts = (
        [one for one in payload if isinstance(one, EmailMessage)]
        if isinstance(payload, list)
        else []
    )
    if part.get_content_type() == "multipart/related":
        return parts[:1]
    return parts


def _decoded(part: EmailMessage) -> str:
    """Return the text of a part, decoded as the part states, or else as is most likely."""
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    charset = part.get_content_charset() or ""
    return _LINES.sub("\n", decode_page(data[:MAX_PART_BYTES], charset).text)


def _flowed(part: EmailMessage, text: str) -> str:
    """Return a text with its lines joined that end in a space, if the part says so (RFC 3676)."""
    if str(part.get_param("format", "")).lower() != "flowed":
        return text
    is_deleted = str(part.get_param("delsp", "")).lower() == "yes"
    written: list[list[str]] = []
    goes_on = False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        words = line[depth:].removeprefix(" ")
        is_same = goes_on and written and written[-1][0].startswith(">") == (depth > 0)
        goes_on = line.endswith(" ") and line != "-- "
        words = words[:-1] if goes_on and is_deleted else words
        if is_same:
            written[-1].append(words)
        else:
            written.append(["> " + words if depth else words])
    lines = map("".join, written)
    return "\n".join(line.rstrip() if line != "-- " else line for line in lines)
