"""Make the parts of an article's files: its record, entries for a site, a fragment of HTML."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from recommender.answers.answer import RelatedAnswer
from recommender.export.addresses import link_to, safe_url
from recommender.render.answers import Related
from recommender.render.text_layout import to_json, web_line
from recommender.types import UNKNOWN_LANGUAGE

# If a rebuild changes neither of two articles, it moves their score by less than this.
SCORE_DIGITS = 3
PROBABILITY_DIGITS = 2
TEXT_LENGTH = 240

ListEntry = Mapping[str, Any]


def export_record(answer: RelatedAnswer) -> dict[str, Any]:
    """Return the answer of `related` as a record that stays the same unless the list changes.

    The snapshot's name is left out, scores are rounded to 3 digits, probabilities to 2 and
    strengths to whole numbers.
    """
    record = Related(answer).json()
    del record["snapshot"], record["nearest"]
    for found in record["recommendations"]:
        found["score"] = round(found["score"], SCORE_DIGITS)
        found["strength"] = round(found["strength"])
        found["probability"] = round(found["probability"], PROBABILITY_DIGITS)
        for pair in found["evidence"]:
            pair["score"] = round(pair["score"], SCORE_DIGITS)
    return record


def record_bytes(record: Mapping[str, Any]) -> bytes:
    """Return a record as one line of JSON."""
    return to_json(record).encode() + b"\n"


def entries_of(record: Mapping[str, Any], link: str) -> list[ListEntry]:
    """Return the fields that a site shows for each related article of a record."""
    return [_entry(found, link) for found in record["recommendations"]]


def entries_bytes(entries: Sequence[ListEntry]) -> bytes:
    """Return the entries in the form of the data of a site."""
    return to_json(entries).encode()


def fragment_of(entries: Sequence[ListEntry]) -> bytes:
    """Return the entries as a list in HTML, nothing if there are none."""
    if not entries:
        return b""
    items = "".join(_item(entry) for entry in entries)
    return f'<ul class="related-articles">\n{items}</ul>\n'.encode()


def _entry(found: Mapping[str, Any], link: str) -> ListEntry:
    text = web_line(found["evidence"][0]["other_text"]) if found["evidence"] else ""
    title = web_line(found["title"]) or web_line(found["article_id"])
    is_title = text.startswith(title.removesuffix("…"))  # made from the beginning of the text
    return {
        "id": found["article_id"],
        "title": title,
        "url": safe_url(found["url"]) or link_to(found["article_id"], link),
        "language": "" if found["language"] == UNKNOWN_LANGUAGE else found["language"],
        "date": found["date"],
        "relation": found["relation"],
        "text": "" if is_title else _shortened(text),
        "also_in": [
            {
                "language": one["language"],
                "url": safe_url(one["url"]) or link_to(one["article_id"], link),
            }
            for one in found["also_in"]
        ],
    }


def _item(entry: ListEntry) -> str:
    shown = {name: escape(value) for name, value in entry.items() if isinstance(value, str)}
    title = f'<a href="{shown["url"]}">{shown["title"]}</a>' if shown["url"] else shown["title"]
    language = f' lang="{shown["language"]}"' if shown["language"] else ""
    date = f'<time datetime="{shown["date"]}">{shown["date"]}</time>' if shown["date"] else ""
    text = f"<p>{shown['text']}</p>" if shown["text"] else ""
    kind = ' class="newest"' if entry["relation"] == "newest" else ""
    versions = "".join(_version(one) for one in entry["also_in"])
    return (
        f'<li{kind}{language} dir="auto">{" ".join(part for part in (title, date) if part)}'
        f"{text}{versions}</li>\n"
    )


def _version(translation: Mapping[str, str]) -> str:
    """Return a link to a translation; one without an address is left out."""
    if not translation["url"]:
        return ""
    language, url = escape(translation["language"]), escape(translation["url"])
    return f' <a class="also-in" href="{url}" hreflang="{language}" rel="alternate">{language}</a>'


def _shortened(text: str) -> str:
    """Return a text; a long one is cut between two words."""
    if len(text) <= TEXT_LENGTH:
        return text
    head = text[:TEXT_LENGTH]
    return (head.rpartition(" ")[0] or head) + "…"
