"""Hold the options of an export, checked once for every edge."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from recommender.answers.options import RelatedOptions, check_batch
from recommender.errors import QueryError
from recommender.export.addresses import has_unseen


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportOptions(RelatedOptions):
    """Choose which articles are exported with each article, and how they are linked.

    `link` is the address for an article without one, with `{id}` in place of its id. The other
    options are as in `RelatedOptions`, without `unlike` and `explain`, which one question only may
    have.

    Raises `QueryError` for a value that cannot be used.
    """

    link: str = ""

    def __post_init__(self) -> None:
        RelatedOptions.__post_init__(self)  # a slotted class has no bare super()
        check_batch(self)
        check_link(self.link)


def check_link(link: str) -> None:
    """Raise `QueryError` unless a pattern of addresses holds an id, and shows where it leads."""
    if not link:
        return
    try:
        parts = [urlsplit(link.replace("{id}", text)) for text in ("a", "b.c")]
    except ValueError as error:
        raise QueryError(f"link {link!r} is not an address: {error}") from error
    # With a host but no scheme, it would use the scheme of the page.
    is_fixed = (
        "{id}" in link
        and parts[0][:2] == parts[1][:2]
        and bool(parts[0].scheme) >= bool(parts[0].netloc)
    )
    if not is_fixed or parts[0].scheme not in ("http", "https", "") or has_unseen(link):
        raise QueryError(
            f"link {link!r} must be an address of the web with {{id}} behind the host, as "
            "https://example.org/{id}.html or /{id}.html"
        )
