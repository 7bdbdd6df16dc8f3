"""What can go wrong, named: each message says the thing, the place and the next step."""


class RecommenderError(Exception):
    """Base of every error that a user can act on; `exit_code` is what the CLI returns."""

    exit_code = 1
    kind = "error"


class SourceError(RecommenderError):
    """A source file, row or folder cannot be read as articles."""

    kind = "source"


class EncoderError(RecommenderError):
    """A model cannot be found, loaded or used on a text."""

    kind = "encoder"


class IndexMissing(RecommenderError):
    """There is no index where one was looked for."""

    kind = "index-missing"


class IndexDamaged(RecommenderError):
    """Files of an index are missing, cut short or not what the manifest says."""

    kind = "index-damaged"


class IndexForeign(RecommenderError):
    """An index was written by another format version or another encoder."""

    kind = "index-foreign"


class NotFound(RecommenderError):
    """An article or passage id is not in the index."""

    kind = "not-found"


class QueryError(RecommenderError):
    """A query cannot be answered as it was asked."""

    kind = "query"


class SettingsError(RecommenderError):
    """A setting has a value that cannot be used."""

    kind = "settings"


class IndexLocked(RecommenderError):
    """Another build is writing to the same index."""

    exit_code = 5
    kind = "locked"


class GateRefused(RecommenderError):
    """The gate found the new snapshot worse than the live one."""

    exit_code = 4
    kind = "refused"


class StorageError(RecommenderError):
    """A folder cannot be written: full, read-only or forbidden."""

    kind = "storage"


class ProcessLost(RecommenderError):
    """A process that did part of the work was ended by something else."""

    kind = "process-lost"


class FolderForeign(RecommenderError):
    """A folder to write to holds files that are not ours, where ours would go."""

    kind = "folder-foreign"
