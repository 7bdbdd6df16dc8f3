"""Keep the facts of the rows that a build read, beside the index, for the next build."""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from recommender.articles.known_rows import DIGEST_BYTES, KnownRows
from recommender.builder.changes import Reading
from recommender.safe_open import Depth, read_bytes
from recommender.settings import Settings
from recommender.store.files import place_text
from recommender.store.seals import seal_of
from recommender.version import __version__

ROWS_FILE = ".rows.json"
_MOST_BYTES = 512_000_000
_CONTENT_BYTES = 32


def known_rows(folder: Path, settings: Settings) -> KnownRows:
    """Return the rows that the last build of the index in `folder` read with the same settings.

    A file of somebody else, or of this user for another folder, has another key and is ignored.
    """
    seal = seal_of(folder, f"rows {__version__} {settings!r}")
    key = bytes.fromhex(seal)
    return KnownRows(key, _read(folder) if key else {})


def keep_rows(folder: Path, reading: Reading, before: KnownRows) -> None:
    """Keep the rows of a build; without the file, the next one reads everything.

    Nothing is kept of an archive with several versions of an article, since these are compared.
    """
    rows = {} if reading.versions.has_several else reading.known.now
    if not before.key or rows == before.before:
        return
    noted = {digest.hex(): [id, content.hex()] for digest, (id, content) in rows.items()}
    with suppress(OSError):
        place_text(folder / ROWS_FILE, json.dumps(noted))


def _read(folder: Path) -> Mapping[bytes, tuple[str, bytes]]:
    try:
        noted = json.loads(read_bytes(folder / ROWS_FILE, Depth.INDEX, _MOST_BYTES))
        found = {
            bytes.fromhex(digest): (str(id), bytes.fromhex(content))
            for digest, (id, content) in noted.items()
        }
    except (OSError, ValueError, TypeError, AttributeError, RecursionError):
        return {}
    sizes = {(len(digest), len(content)) for digest, (_, content) in found.items()}
    return found if sizes <= {(DIGEST_BYTES, _CONTENT_BYTES)} else {}
