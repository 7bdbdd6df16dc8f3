"""A build whose parts lie in S3 gives what one process gives; the server is on this machine."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from support.failing_encoders import TOKENS, FailingEncoder
from support.stand_in import HashEncoder

from recommender import build
from recommender.builder.farm import depot, shards
from recommender.errors import EncoderError, StorageError
from recommender.store.layout import SEGMENT_FILES

pytestmark = [pytest.mark.process, pytest.mark.slow]
pytest.importorskip("s3fs", reason="s3fs is not installed; `make test-scale` installs it")
moto = pytest.importorskip("moto.server", reason="moto is not installed; `make test-scale` does it")

PARTS = "s3://archive/parts"
SECRET = "not-to-be-printed"


@pytest.fixture(scope="module")
def bucket() -> Iterator[Any]:
    """What lists an empty bucket of a server that only this machine reaches."""
    with pytest.MonkeyPatch.context() as patch:
        server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
        host, port = server.get_host_and_port()
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", "tests")
        patch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        import s3fs

        storage = s3fs.S3FileSystem(use_listings_cache=False)
        storage.mkdir("archive")
        yield lambda: storage.find("archive")
        server.stop()


@pytest.fixture
def source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(shards, "SHARD_BYTES", 1_500)
    depot.depot_at.cache_clear()
    path = tmp_path / "rows.jsonl"
    rows = ({"id": f"n{at}", "text": f"De dijk hield het in week {at} nog."} for at in range(60))
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def built(source: Path, index: Path, model: Any = None, **options: Any) -> dict[str, bytes]:
    build(source, into=index, model=model or HashEncoder(max_tokens=TOKENS), processes=1, **options)
    [segment] = (index / "segments").iterdir()
    return {name: (segment / name).read_bytes() for name in SEGMENT_FILES}


def test_s3_makes_no_difference(bucket: Any, source: Path, tmp_path: Path) -> None:
    whole = built(source, tmp_path / "whole")
    failing = FailingEncoder(tmp_path / "seen", at=2)
    with pytest.raises(EncoderError):
        built(source, tmp_path / "index", failing, on="local", parts=PARTS)
    kept = bucket()
    again = FailingEncoder(tmp_path / "seen")
    assert built(source, tmp_path / "index", again, on="local", parts=PARTS) == whole
    once = (tmp_path / "seen").read_text().splitlines()
    assert len(once) == len(set(once))
    assert len([name for name in kept if name.endswith(".done")]) >= 3
    assert not bucket()


def test_the_source_lies_in_s3_too(bucket: Any, source: Path, tmp_path: Path) -> None:
    import s3fs

    whole = built(source, tmp_path / "whole")
    storage = s3fs.S3FileSystem()
    storage.mkdir("newsroom")
    storage.put_file(str(source), "newsroom/export/rows.jsonl")
    place: Any = "s3://newsroom/export"
    assert built(place, tmp_path / "index", on="local", parts=PARTS) == whole


def test_a_bucket_that_is_not_there_is_an_error_in_words(
    bucket: Any, source: Path, tmp_path: Path
) -> None:
    with pytest.raises(StorageError, match="s3://elsewhere/parts: cannot be written") as raised:
        built(source, tmp_path / "index", on="local", parts="s3://elsewhere/parts")
    assert SECRET not in str(raised.value)
