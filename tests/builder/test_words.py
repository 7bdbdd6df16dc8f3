"""The words of a merged segment are those that its texts have."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pytest
from support.stand_in import HashEncoder

from recommender import Recommender, add, build, remove
from recommender.builder import words
from recommender.builder.verify import verify
from recommender.store.checks import file_facts
from recommender.store.derived import LEXICAL_FILE, WORDS_ONLY_FILE
from recommender.store.layout import MANIFEST, SEGMENTS, current_name
from recommender.store.manifest import manifest_checksum
from recommender.store.segment import Segment

ENCODER = HashEncoder()
FILES = (LEXICAL_FILE, WORDS_ONLY_FILE)


def row(number: int) -> dict[str, Any]:
    """Return an article with a caption, which is kept for word search only."""
    texts = {
        "nl": f"De dijk bij Tiel is {number} meter hoog. " + "dijk " * number,
        "ja": f"堤防の高さは{number}メートルです。",
    }
    language = "ja" if number % 3 == 2 else "nl"
    text = f"{texts[language]}\n\nDe dijk, foto {number} (Foto: Jan de Vries)\n\nHet water stijgt."
    return {"id": f"n{number}", "title": f"Titel {number}", "language": language, "text": text}


@pytest.fixture
def index(tmp_path: Path) -> Path:
    build([row(number) for number in range(3)], into=tmp_path / "index", model=ENCODER)
    add([row(20), row(21)], into=tmp_path / "index", model=ENCODER)
    remove("n21", into=tmp_path / "index")
    add(row(30), into=tmp_path / "index", model=ENCODER)
    assert len(segments(tmp_path / "index")) == 3
    return tmp_path / "index"


def segments(index: Path) -> list[Segment]:
    with Recommender.open(index, encoder=ENCODER) as recommender:
        return list(recommender.snapshot.segments)


def merged(index: Path) -> Segment:
    """Merge by a fourth segment, and return what there is then: all in one."""
    add(row(40), into=index, model=ENCODER)
    [found] = segments(index)
    assert len(found) == 6
    assert len(found.words_only) > 0
    assert not verify(index).problems
    return found


def from_texts(segment: Segment, name: str, path: Path) -> bytes:
    with path.open("wb") as stream:
        words.write_words(segment, name, stream)
    return path.read_bytes()


def test_words_of_a_merged_segment_are_those_of_its_texts(index: Path, tmp_path: Path) -> None:
    found = merged(index)
    for name in FILES:
        expected = from_texts(found, name, tmp_path / "expected")
        assert (found.folder / name).read_bytes() == expected


def test_a_merge_looks_for_words_in_new_texts_only(
    index: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = []
    texts_of = words.texts_of

    def noted(segment: Segment) -> Iterator[str]:
        read.append(len(segment))
        yield from texts_of(segment)

    monkeypatch.setattr(words, "texts_of", noted)
    merged(index)
    assert read == [1]


def test_words_that_are_damaged_are_made_of_the_texts(index: Path, tmp_path: Path) -> None:
    for segment in segments(index):
        for name in FILES:
            path = segment.folder / name
            path.write_bytes(bytes(path.stat().st_size))
    found = merged(index)
    for name in FILES:
        expected = from_texts(found, name, tmp_path / "expected")
        assert (found.folder / name).read_bytes() == expected


def test_words_of_other_passages_are_made_of_the_texts(index: Path, tmp_path: Path) -> None:
    first, second, third = segments(index)
    for name in FILES:
        data = (third.folder / name).read_bytes()
        for one in (first, second):
            (one.folder / name).write_bytes(data)
    seal_words(index)
    found = merged(index)
    for name in FILES:
        expected = from_texts(found, name, tmp_path / "expected")
        assert (found.folder / name).read_bytes() == expected


def seal_words(index: Path) -> None:
    """Make the checksums of the words right, as somebody would who sends a hostile index."""
    path = index / current_name(index) / MANIFEST
    manifest = json.loads(path.read_text())
    for segment, files in manifest["derived"].items():
        for name in FILES:
            files[name] = asdict(file_facts(index / SEGMENTS / segment / name))
    path.write_text(json.dumps(manifest | {"checksum": manifest_checksum(manifest)}))


def test_words_that_do_not_fit_in_memory_are_made_of_the_texts(
    index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words, "RUN", 10)
    found = merged(index)
    expected = from_texts(found, LEXICAL_FILE, tmp_path / "expected")
    assert (found.folder / LEXICAL_FILE).read_bytes() == expected


def test_a_build_that_merges_writes_the_same(index: Path, tmp_path: Path) -> None:
    numbers = [0, 1, 2, 20, 30, 40]
    build([row(number) for number in numbers], into=index, model=ENCODER)
    [found] = segments(index)
    for name in FILES:
        expected = from_texts(found, name, tmp_path / "expected")
        assert (found.folder / name).read_bytes() == expected
