"""Name the files of an index once, and find the live snapshot among them.

    vectors/
      CURRENT                       one line: the live snapshot's name
      20260101T120000Z-3f9c2a/      a snapshot: never changed once it has this name
        manifest.json               format, recipe, encoder, counts, segments, checksum
      segments/1f0e.../             immutable articles, shared between snapshots (segment.py)
        index-5c1e...-flat.faiss    derived from its vectors for one answering space (space.py)
        lexical-6.bin               derived from its texts (bm25.py)
        words-only-6.bin            the same of what is kept for word search only
        names-3.txt                 derived from its articles: their ids, addresses, paths, titles
        headlines-2.bin             the same: the words of their headlines, and their lengths
        means-1-5c1e....npy         derived from its vectors for one answering space (means.py)

Articles that a later build removed stay in their segment and are listed in the manifest as
`removed`. `row_map.py` says which row is which passage.
"""

from __future__ import annotations

import re
from pathlib import Path

from recommender.errors import SnapshotDamaged, SnapshotMissing
from recommender.safe_open import Depth, read_bytes, refuse_network
from recommender.store.advice import on_unread, rebuild

# In the folder of the index: the file with the name of the live snapshot, and all segments.
CURRENT = "CURRENT"
SEGMENTS = "segments"
# The file that marks the folder as an index (`ownership.py`).
MARKER = ".recommender-index"
# The saved searches, unless people keep them elsewhere.
WATCHLIST_FILE = "watchlist.toml"
# In the folder of a snapshot.
MANIFEST = "manifest.json"
GATE = "gate.json"
# In the folder of a segment; `segment.py` says what each holds.
SEGMENT_FACTS = "segment.json"
LINES, ARTICLES, PASSAGES, VECTORS = "articles.jsonl", "articles.npy", "passages.npy", "vectors.npy"
SEGMENT_FILES = (LINES, ARTICLES, PASSAGES, VECTORS)

_CURRENT_BYTES = 1_000
# The name of a snapshot or a segment; no other text is used as the name of a folder.
_NAME = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]*")
# The forms of names that writers give. Only files and folders with such a name are ever deleted.
_SNAPSHOT = re.compile(r"[0-9]{8}T[0-9]{6}Z-[0-9a-f]{6}")
_SEGMENT = re.compile(r"[0-9a-f]{16}")
# The name of a derived file in a segment's folder.
_DERIVED = re.compile(r"[0-9A-Za-z][0-9A-Za-z_.-]*")


def current_name(folder: Path) -> str:
    """Return the live snapshot's name; raise `SnapshotMissing` if nothing was published."""
    refuse_network(folder)
    try:
        data = read_bytes(folder / CURRENT, Depth.INDEX, _CURRENT_BYTES)
    except (FileNotFoundError, NotADirectoryError) as error:
        raise no_index(folder) from error
    except OSError as error:
        raise SnapshotDamaged(
            f"{folder / CURRENT}: cannot be read: {error.strerror}; "
            f"{on_unread(error, rebuild(folder))}"
        ) from error
    name = data.decode(errors="replace").strip()
    if not is_name(name):
        raise SnapshotDamaged(f"{folder / CURRENT}: does not name a snapshot; {rebuild(folder)}")
    return name


def no_index(folder: Path) -> SnapshotMissing:
    """Return the error for a folder that holds no index."""
    return SnapshotMissing(
        f"{folder}: there is no index here; run: recommender build SOURCE --into {folder}"
    )


def segment_folder(folder: Path, name: str) -> Path:
    """Return the folder of a segment of the index in `folder`."""
    return folder / SEGMENTS / name


def is_name(name: str) -> bool:
    """Return whether a text can be the name of a snapshot or a segment."""
    return _NAME.fullmatch(name) is not None


def is_snapshot_name(name: str) -> bool:
    """Return whether a name has the form that writers give snapshots."""
    return _SNAPSHOT.fullmatch(name) is not None


def is_segment_name(name: str) -> bool:
    """Return whether a name has the form that writers give segments."""
    return _SEGMENT.fullmatch(name) is not None


def is_derived_name(name: str) -> bool:
    """Return whether a text can be the name of a derived file, which can be made again."""
    return _DERIVED.fullmatch(name) is not None and name not in (SEGMENT_FACTS, *SEGMENT_FILES)
