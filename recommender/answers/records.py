"""Give answers in the forms that programs and notebooks use: dicts, data frames, HTML."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from typing import Any

from recommender.errors import QueryError
from recommender.types import (
    ArticleRef,
    Evidence,
    Hit,
    Recommendation,
    Translation,
    shown_strength,
)

# A notebook shows so many characters of a passage.
SNIPPET_CHARACTERS = 300


class Shown:
    """The forms of an answer; a class says in `rows` which records it holds."""

    __slots__ = ()

    def rows(self) -> list[dict[str, Any]]:
        """Return a record for each article or passage of the answer, as JSON Lines have them."""
        raise NotImplementedError

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as the command line gives it with `--format json`."""
        raise NotImplementedError

    def found(self) -> Sequence[ArticleRef]:
        """Return what was found, best first."""
        raise NotImplementedError

    def to_pandas(self) -> Any:
        """Return a data frame with a row for each record; raise `QueryError` without pandas."""
        try:
            pandas = import_module("pandas")
        except ModuleNotFoundError as error:
            raise QueryError("to_pandas needs pandas; install it: pip install pandas") from error
        return pandas.DataFrame(self.rows())

    def _repr_html_(self) -> str:
        """Return a table for a notebook; every text of a source is escaped."""
        rows = "".join(_html_row(rank, one) for rank, one in enumerate(self.found(), 1))
        if not rows:
            return "<p>Nothing found.</p>"
        heads = "".join(f"<th>{one}</th>" for one in ("", "article", "about", "text"))
        return f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>"


def record_of(found: Hit | Recommendation) -> dict[str, Any]:
    """Return an answer as a record, with an explanation only if it has one."""
    record = fields_in(found)
    if isinstance(found, Recommendation):
        record["evidence"] = [fields_in(pair) for pair in found.evidence]
        record["also_in"] = [fields_in(one) for one in found.also_in]
    if found.explanation is None:
        del record["explanation"]
    else:
        record["explanation"] = asdict(found.explanation)
    return record


def fields_in(record: ArticleRef | Evidence | Translation) -> dict[str, Any]:
    """Return the fields of a record that holds no other record, in their order.

    This takes a tenth of the time of `dataclasses.asdict`, which copies every value.
    """
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _html_row(rank: int, found: ArticleRef) -> str:
    about = [found.language, found.date]
    text = ""
    if isinstance(found, Hit | Recommendation):
        about.append(shown_strength(found.strength))
    if isinstance(found, Recommendation):
        about.append(found.relation)
        text = "".join(_html_pair(pair) for pair in found.evidence[:1])
    elif isinstance(found, Hit):
        text = _snippet(found.text)
    title = f"<b>{_escaped(found.title)}</b><br><code>{_escaped(found.article_id)}</code>"
    cells = (str(rank), title, _escaped(" · ".join(filter(None, about))), text)
    return "<tr>" + "".join(f"<td>{cell}</td>" for cell in cells) + "</tr>"


def _html_pair(pair: Evidence) -> str:
    """Return a pair of matching passages, with the one of the answer marked."""
    return f"{_snippet(pair.text)}<br>↔ <mark>{_snippet(pair.other_text)}</mark>"


def _snippet(text: str) -> str:
    words = " ".join(text.split())
    more = "…" if len(words) > SNIPPET_CHARACTERS else ""
    return _escaped(words[:SNIPPET_CHARACTERS]) + more


def _escaped(text: str) -> str:
    from html import escape  # which loads the names of all entities, for notebooks only

    return escape(text)
