"""An archive too large for exact search is answered from approximate indexes, as promised."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from support.stand_in import HashEncoder

from recommender import Recommender, build
from recommender.errors import SettingsError
from recommender.settings import Settings
from recommender.types import Filters

pytestmark = pytest.mark.slow

ARTICLES = 700
LIMITS = {"auto": 1_000, "fast": 500}


def write(folder: Path, first: int, count: int) -> Path:
    """Write articles of three passages; one in fifty is Dutch."""
    rows = [
        {
            "id": f"a{number}",
            "title": f"Title {number}",
            "language": "en" if number % 50 else "nl",
            "date": f"{2000 + number % 20}",
            "text": f"Text {number}.\n\nMore of {number}.",
        }
        for number in range(first, first + count)
    ]
    folder.mkdir(exist_ok=True)
    (folder / f"{first}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return folder


@pytest.fixture(autouse=True)
def limits(monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment counts as large from a thousand passages on."""
    monkeypatch.setattr("recommender.index.kinds.EXACT_ROWS", LIMITS)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An index with a large and a small segment."""
    folder = tmp_path_factory.mktemp("large")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recommender.index.kinds.EXACT_ROWS", LIMITS)
        source = write(folder / "source", 0, ARTICLES)
        made(source, folder)
        made(write(source, ARTICLES, 10), folder)
    return folder


@pytest.fixture
def large(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "large")
    return tmp_path / "large"


def made(source: Path, folder: Path, **settings: str):
    return build(
        source,
        into=folder / "vectors",
        model=HashEncoder(),
        settings=Settings(join_under=0, **settings),
    )


def opened(folder: Path, exact: bool = False) -> Recommender:
    return Recommender.open(folder / "vectors", encoder=HashEncoder(), exact=exact)


def test_a_large_segment_is_approximate_a_small_one_exact_and_status_says_so(built: Path) -> None:
    with opened(built) as recommender:
        facts = recommender.status()["search"]
        tunings = recommender.snapshot.manifest.index.segments
    assert facts["kind"] == "auto"
    assert facts["made"] == ["Flat", "IVF256,RaBitQ2"]
    assert 0.99 <= facts["recall"] <= 1
    [tuning] = tunings.values()
    assert facts["recall"] == min(tuning.recall.values())


def test_its_answers_are_those_of_exact_search(built: Path) -> None:
    with opened(built) as recommender, opened(built, exact=True) as exact:
        same = total = 0
        for number in range(0, ARTICLES, 10):
            found = [
                hit.passage_id
                for hit in recommender.similar(f"a{number}", k=10, confidence="loose")
            ]
            expected = [
                hit.passage_id for hit in exact.similar(f"a{number}", k=10, confidence="loose")
            ]
            same += len({*found} & {*expected})
            total += len(expected)
    assert same / total >= 0.98


@pytest.mark.parametrize(
    ("filters", "articles"),
    [
        (Filters(languages="nl"), 14),
        (Filters(since="2019"), 35),
        (Filters(languages="nl", since="2010", until="2010"), 7),
    ],
    ids=str,
)
def test_few_that_pass_a_filter_are_all_found_among_many(
    built: Path, filters: Filters, articles: int
) -> None:
    with opened(built) as recommender:
        hits = recommender.search("Text 1.", k=400, filters=filters, confidence="loose")
        first = recommender.search("Text 1.", k=10, filters=filters, confidence="loose")
        related = recommender.related("a1", k=5, filters=filters, min_strength=0)
    assert len({hit.article_id for hit in hits}) >= articles
    assert [hit.passage_id for hit in first] == [hit.passage_id for hit in hits[:10]]
    assert len(first) == 10
    assert len(related) == 5


def test_the_kind_can_be_changed_without_encoding(large: Path) -> None:
    for kind, made_kinds in (
        ("exact", ["Flat"]),
        ("IVF16,SQ8", ["Flat", "IVF16,SQ8"]),
        ("fast", ["Flat", "IVF256,RaBitQ2"]),
    ):
        report = made(large / "source", large, index_kind=kind)
        assert (report.published, report.encoded) == (True, 0)
        with opened(large) as recommender:
            assert recommender.status()["search"]["kind"] == kind
            found = recommender.status()["search"]["made"]
        assert found == made_kinds
        assert not made(large / "source", large, index_kind=kind).published


def test_an_index_that_misses_too_much_is_replaced_by_an_exact_one(
    large: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.index.kinds.RECALL", {"auto": 0.99, "fast": 1.1})
    made(large / "source", large, index_kind="fast")
    exact = {"kind": "fast", "made": ["Flat"], "recall": 1.0}
    assert exact.items() <= opened(large).status()["search"].items()
    monkeypatch.setattr(
        "recommender.builder.derive.tune", None
    )  # what was decided is not tried again
    made(write(large / "source", 2_001, 1), large, index_kind="fast")
    assert exact.items() <= opened(large).status()["search"].items()


def test_a_kind_that_cannot_be_used_is_refused_and_the_index_stays(large: Path) -> None:
    name = opened(large).name
    with pytest.raises(SettingsError, match="write exact, auto, fast or a factory string"):
        made(large / "source", large, index_kind="PQ7")
    assert opened(large).name == name


def test_vectors_are_stored_as_halves_and_read_as_singles(built: Path) -> None:
    with opened(built) as recommender:
        snapshot = recommender.snapshot
        found = snapshot.vectors([0])
    assert snapshot.segments[0].vectors.dtype == np.float16
    assert found.dtype == np.float32
    encoded = HashEncoder().encode(["Title 0"], role="passage")
    assert found == pytest.approx(encoded, abs=5e-4)
