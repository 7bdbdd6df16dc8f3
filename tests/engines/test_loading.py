"""What an engine keeps of a snapshot can be read again, whichever release built the index."""

from __future__ import annotations

import json
from pathlib import Path

from support.archive import Archive, rows_of
from support.stand_in import HashEncoder

from recommender import Recommender
from recommender.engines.layout import read_version
from recommender.engines.loading import Loading
from recommender.store.manifest import manifest_checksum


def test_the_manifest_of_an_earlier_release_is_loaded(tmp_path: Path) -> None:
    made = Archive(
        rows=rows_of({"a": "the ferry leaves", "b": "the bridge"}), encoder=HashEncoder()
    )
    name = made.open_in(tmp_path).name
    path = tmp_path / "vectors" / name / "manifest.json"
    manifest = json.loads(path.read_text())
    del manifest["measured"]["related_recall"]  # it came later, and has a default
    manifest["checksum"] = manifest_checksum(manifest)
    path.write_text(json.dumps(manifest))
    snapshot = Recommender.open(tmp_path / "vectors", encoder=made.encoder).local
    facts = Loading(snapshot).facts(0, {})
    assert read_version(facts, "engine").manifest.measured == snapshot.manifest.measured
