"""Where the files of an article lie in an export.

The name is a digest of the id: of one length, the same on file systems that fold case, and found
from the id in one line of any language. 256 subfolders of each kind keep folders small.
"""

from __future__ import annotations

import hashlib

# Letters of SHA-256 that name a file: two of a million ids share them by a chance of 1 in 10^26.
NAME_LENGTH = 32
KINDS = {"articles": "json", "html": "html"}


def name_of(article_id: str) -> str:
    """Return the first 32 hexadecimal digits of the SHA-256 of an id."""
    digest = hashlib.sha256(article_id.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:NAME_LENGTH]


def path_of(kind: str, name: str) -> str:
    """Return the path of an article's file below the folder of the export."""
    return f"{kind}/{name[:2]}/{name}.{KINDS[kind]}"


def is_name(text: object) -> bool:
    """Tell whether a text from a manifest can name a file of ours."""
    return (
        isinstance(text, str)
        and len(text) == NAME_LENGTH
        and all(letter in "0123456789abcdef" for letter in text)
    )
