"""Read mails (.eml, .mbox), each as an article, and pages saved as mails (.mht, .mhtml)."""

from __future__ import annotations

import email
import email.policy
import mailbox
import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from email.headerregistry import HeaderRegistry
from email.message import EmailMessage
from hashlib import blake2b
from itertools import islice
from typing import Any

from recommender.articles.clean import plain_line
from recommender.articles.files import MAX_FILE_BYTES, SourceFile, given_id, read_bytes
from recommender.articles.formats.html import decoded, noted, page_article
from recommender.articles.formats.mail_text import MailText
from recommender.articles.markup import joined_text, lists_joined
from recommender.articles.publication import Publication
from recommender.articles.status_words import status_of_folder
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.text.blocks import opening
from recommender.text.date_fields import moment, parse_date
from recommender.text.dates import date_in_name
from recommender.types import UNKNOWN_LANGUAGE, Article, Notice, NoticeKind, Refusal, Status

MAX_HEADER_CHARACTERS = 2_000
# People make pages with fewer frames. The first ones show what the page is about.
MAX_FRAMES = 20
# The parser of headers needs a time that grows with the square of their length.
MAX_PARSED_CHARACTERS = 4_000
_registry = HeaderRegistry()
_POLICY = email.policy.default.clone(
    header_factory=lambda name, value: _registry(name, value[:MAX_PARSED_CHARACTERS])
)
# Thunderbird marks a deleted mail so until it removes the mail from its file.
_MOZILLA_DELETED = 0x0008
_APPLE_DRAFT = "com.apple.mail-draft"
# The sensitivity of a mail (RFC 2156), as Microsoft's programs write it.
_SECRET = {"private", "personal", "company-confidential"}
_ADDRESS = re.compile(r"\s*<[^<>]*>")
_LOCATION = ("Snapshot-Content-Location", "Content-Location")
# In a box, `From ` begins a mail. A line of a mail that begins so has `>` before it.
_FROM_LINE = re.compile(rb"^>(>*From )", re.M)


def read_file(file: SourceFile, settings: Settings) -> Iterator[Article | Refusal]:
    """Yield the article or refusal of each mail. If there are several, the place is `path:mail`."""
    try:
        if file.suffix == ".mbox":
            yield from _mails(file)
            return
        message = parsed_mail(read_bytes(file))
        if file.suffix == ".eml":
            yield _article(message, file.id, file.name)
        else:
            yield _page(message, file)
    except SourceError as error:
        yield Refusal(file.name, str(error))


def _mails(file: SourceFile) -> Iterator[Article | Refusal]:
    if file.path.stat().st_size > MAX_FILE_BYTES:
        raise SourceError(f"has over {MAX_FILE_BYTES:,} bytes; split it")
    number = 0
    with closing(mailbox.mbox(file.path, factory=None, create=False)) as box:
        for number, key in enumerate(box.iterkeys(), 1):
            place = f"{file.name}:{number}"
            try:
                message = parsed_mail(_FROM_LINE.sub(b"\\1", box.get_bytes(key)))
                id = _id(message, file)
                yield replace(
                    _article(message, id, file.name), path=place, version=header(message, "Date")
                )
            except SourceError as error:
                yield Refusal(place, str(error))
    if not number:
        raise SourceError("holds no mail")


def _id(message: EmailMessage, file: SourceFile) -> str:
    """Return the id of a mail in a box. A mail without one gets an id made of its header."""
    if given := header(message, "Message-ID").strip("<>"):
        return given_id(given, "Message-ID")
    head = "\n".join(header(message, name) for name in ("Date", "From", "Subject"))
    if not head.strip():
        raise SourceError("has neither a Message-ID nor a date, a sender or a subject")
    return f"{file.id}-{blake2b(head.encode('utf-8', 'replace'), digest_size=8).hexdigest()}"


def parsed_mail(data: bytes) -> EmailMessage:
    """Return a mail; raise `SourceError` if its parts are nested too deeply."""
    try:
        return email.message_from_bytes(data, policy=_POLICY)
    except RecursionError as error:
        raise SourceError("is nested too deeply") from error


def header(message: EmailMessage, name: str) -> str:
    """Return a header as one line of words; empty if it cannot be read."""
    try:
        value = message.get(name)
    except (ValueError, IndexError, AttributeError, TypeError, LookupError):
        value = None  # the parser of headers may raise anything for a hostile one
    return plain_line(str(value or "")[:MAX_HEADER_CHARACTERS])


def _article(message: EmailMessage, id: str, name: str) -> Article:
    """Return the article of a mail; `name` is its path."""
    if not message.keys():
        raise SourceError("is not mail: it has no header")
    found = MailText()
    found.take(message)
    text, marks = joined_text(lists_joined(found.blocks))
    if not text:
        raise SourceError("has no text")
    reason = "attachment: is not read; save it as a file of its own"
    sender = header(message, "From")
    return Article(
        id=id,
        title=header(message, "Subject") or opening(text),
        text=text,
        language=header(message, "Content-Language").partition(",")[0] or UNKNOWN_LANGUAGE,
        date=parse_date(header(message, "Date")) or date_in_name(name),
        author=_ADDRESS.sub("", sender).strip('" ') or sender.strip("<> "),
        url=header(message, "Archived-At").strip("<>"),
        path=name,
        marks=marks,
        notices=[Notice(name, NoticeKind.FIELD, reason, one) for one in found.attachments],
        **_publication(message).limits(),
    )


def _publication(message: EmailMessage) -> Publication:
    """Return what the sender of a mail, or the program that kept it, says of its publication."""
    told = Publication(_status(message), moment(header(message, "Deferred-Delivery")))
    is_secret = header(message, "Sensitivity").lower() in _SECRET
    return told.joined(Publication(Status.PRIVATE)) if is_secret else told


def _status(message: EmailMessage) -> str:
    """Return whether a mail is a draft or deleted, by the program that kept it."""
    labels = header(message, "X-Gmail-Labels").split(",")
    keys = header(message, "X-Mozilla-Keys").split() + header(message, "X-Keywords").split()
    names = [*labels, *(key.lstrip("$\\") for key in keys)]
    folders = {status_of_folder(one.strip().lower()) for one in names}
    flags = header(message, "X-Status").upper()
    try:
        mozilla = int(header(message, "X-Mozilla-Status")[:8] or "0", 16)
    except ValueError:
        mozilla = 0
    if Status.TRASHED in folders or "D" in flags or mozilla & _MOZILLA_DELETED:
        return Status.TRASHED
    is_unsent = header(message, "X-Unsent") == "1" or "X-Mozilla-Draft-Info" in message
    is_unsent |= header(message, "X-Uniform-Type-Identifier") == _APPLE_DRAFT
    return Status.DRAFT if Status.DRAFT in folders or "T" in flags or is_unsent else ""


def _page(message: EmailMessage, file: SourceFile) -> Article:
    """Return the article of a page that a browser saved with its pictures and frames.

    If the page shows no text, the frame with the most text counts.
    """
    parts: Iterator[Any] = message.walk()
    pages = list(islice((one for one in parts if one.get_content_type() in PAGES), MAX_FRAMES))
    if not pages:
        raise SourceError("holds no web page")
    url = next((found for name in _LOCATION if (found := header(message, name))), "")
    try:
        return _article_of_part(pages[0], file, url)
    except SourceError:
        frames = [one for part in pages[1:] if (one := _of_frame(part, file))]
        if not frames:
            raise
        return max(frames, key=lambda one: len(one.text))


def _of_frame(part: Any, file: SourceFile) -> Article | None:
    try:
        return _article_of_part(part, file, "")
    except SourceError:
        return None


def _article_of_part(part: Any, file: SourceFile, url: str) -> Article:
    """Return the article of a page; `url` is its address, if its own head names none."""
    html = decoded(part.get_payload(decode=True) or b"", part.get_content_charset() or "")
    article = page_article(file.id, file.name, html.text)
    url = url or header(part, "Content-Location")
    is_address = url.startswith(("http://", "https://"))
    return noted(replace(article, url=article.url or (url if is_address else "")), html)


PAGES = ("text/html", "application/xhtml+xml")
