"""Name what can go wrong: a class and a stable `code` for each kind of error.

A message names the thing, the place and the next step. The classes form families, so that an edge
maps a parent once: `SnapshotError` for all that is wrong with an index, `NotFound` for an id or
name that there is not, `QueryError` for a request that cannot be answered as it was made. No
message repeats the password of an address.
"""

from __future__ import annotations

import re

# What stands for a password.
HIDDEN = "…"
# A path loses one of the two slashes. A number before a slash or the end is a port.
_USER = re.compile(
    r"(?P<user>\b[a-z][a-z0-9+.-]*:/{1,2}[^\s/:]*:)(?!\d{1,5}(?:[/?#\s]|$))\S*@", re.IGNORECASE
)
_PARAMETER = re.compile(
    r"(?P<name>[?&;](?:[\w.-]*(?:pass|pwd|token|secret|credential|signature|api[_-]?key"
    r"|access[_-]?key)[\w.-]*|key|sig|auth)=)[^\s&;]+",
    re.IGNORECASE,
)


def holds_password(name: str) -> bool:
    """Return whether a name is an address with a password, as `https://ada:secret@host/x`."""
    return _USER.match(name) is not None


def without_passwords(text: str) -> str:
    """Return a text in which the passwords and other secrets of addresses are hidden."""
    if ":/" not in text:  # most
        return text
    return _PARAMETER.sub(rf"\g<name>{HIDDEN}", _USER.sub(rf"\g<user>{HIDDEN}@", text))


def hide_secrets(text: str, secrets: set[str]) -> str:
    """Return a text in which known secrets are hidden, the longest first."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, HIDDEN)
    return text


class RecommenderError(Exception):
    """Base of every error that a user can act on.

    `exit_code` is what the command line returns. `code` names the error for programs and never
    changes once released. `kind` is its field in the JSON of the command line.
    """

    exit_code = 1
    code = "error"
    kind = "error"

    def __init__(self, *args: object) -> None:
        super().__init__(*(without_passwords(one) if isinstance(one, str) else one for one in args))


class SourceError(RecommenderError):
    """A source file, row or folder cannot be read as articles."""

    code = "bad_source"
    kind = "source"


class EncoderError(RecommenderError):
    """A model cannot be found, loaded or used on a text."""

    code = "bad_encoder"
    kind = "encoder"


class SnapshotError(RecommenderError):
    """An index cannot be read: parent of the three reasons why."""

    code = "index_unusable"
    kind = "index"


class SnapshotMissing(SnapshotError):
    """There is no index at the given place."""

    code = "index_missing"
    kind = "index-missing"


class EngineAway(SnapshotError):
    """A search engine that holds an archive does not answer."""

    code = "engine_away"
    kind = "engine-away"


class EngineRefused(SnapshotError):
    """A search engine refuses the user, the password or the database of an address."""

    code = "engine_refused"
    kind = "engine-refused"


class NotOnDisk(SnapshotError):
    """A question needs the folder of an index, and the archive is in a search engine."""

    code = "index_not_on_disk"
    kind = "index-not-on-disk"


class SnapshotDamaged(SnapshotError):
    """A file of an index is missing, cut short or not what the manifest says."""

    code = "index_damaged"
    kind = "index-damaged"


class SnapshotForeign(SnapshotError):
    """An index was written by another format version or another encoder."""

    code = "index_foreign"
    kind = "index-foreign"


class NotFound(RecommenderError):
    """Something that was named does not exist: parent of the classes that say what."""

    code = "not_found"
    kind = "not-found"


class ArticleNotFound(NotFound):
    """No article of the index has this id, or is called so."""

    code = "article_not_found"


class PassageNotFound(NotFound):
    """The article has no such passage, or none that can be compared."""

    code = "passage_not_found"


class SnapshotNotFound(NotFound):
    """No snapshot of this name is kept."""

    code = "snapshot_not_found"


class QueryError(RecommenderError):
    """A query cannot be answered as it was asked."""

    code = "bad_query"
    kind = "query"


class BadDate(QueryError):
    """A text that should be a date is not one."""

    code = "bad_date"


class BadLanguage(QueryError):
    """A text that should be a language code is not one."""

    code = "bad_language"


class AmbiguousName(QueryError):
    """A name means several articles; `ids` are those of the first of them."""

    code = "ambiguous_name"

    def __init__(self, message: str = "", ids: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.ids = ids


class TooLarge(QueryError):
    """A query or a draft is longer than can be answered."""

    code = "too_large"


class UnknownParameter(QueryError):
    """A request names a parameter that there is not."""

    code = "unknown_parameter"


class RulesChanged(RecommenderError):
    """Somebody else changed the editors' rules since they were read."""

    code = "rules_changed"
    kind = "rules-changed"


class SettingsError(RecommenderError):
    """A setting has a value that cannot be used."""

    code = "bad_setting"
    kind = "settings"


class IndexLocked(RecommenderError):
    """Another build is writing to the same index."""

    exit_code = 5
    code = "locked"
    kind = "locked"


class GateRefused(RecommenderError):
    """The gate found the new snapshot worse than the live one."""

    exit_code = 4
    code = "gate_refused"
    kind = "refused"


class ReplaceRefused(RecommenderError):
    """A build would remove or change more of the index than builds may without being asked."""

    exit_code = 4
    code = "replace_refused"
    kind = "refused"


class StorageError(RecommenderError):
    """A folder cannot be written: full, read-only or forbidden."""

    code = "storage"
    kind = "storage"


class ProcessLost(RecommenderError):
    """Something else ended a process that did a share of the work."""

    code = "process_lost"
    kind = "process-lost"


class MemoryLow(RecommenderError):
    """The system refused memory, or a limit leaves too little of it."""

    code = "memory_low"
    kind = "memory"


class FolderForeign(RecommenderError):
    """A folder to write to holds other files than ours, which writing could harm."""

    code = "folder_foreign"
    kind = "folder-foreign"


# Deprecated: the names that 0.1 gave these errors.
IndexMissing, IndexDamaged, IndexForeign = SnapshotMissing, SnapshotDamaged, SnapshotForeign
