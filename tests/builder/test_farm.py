"""An archive that is cut and encoded in shares gives the same files as one that is not."""

from __future__ import annotations

import json
import os
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.derived_files import FOUND_BY
from support.failing_encoders import TOKENS, BrokenEncoder, FailingEncoder, MortalEncoder
from support.project import ROOT
from support.stand_in import HashEncoder

from recommender import add, build
from recommender.articles.read import judged_in
from recommender.builder.farm import found_by, keep, made_encoder, shards, spool, tasks
from recommender.builder.farm.helpers import Helpers
from recommender.builder.farm.made_encoder import encoder_facts
from recommender.builder.farm.shared import Texts
from recommender.encoders.base import PRECISION_VARIABLE
from recommender.errors import (
    EncoderError,
    ProcessLost,
    RecommenderError,
    SettingsError,
    SourceError,
    StorageError,
)
from recommender.index.postings import MOST_OFTEN
from recommender.index.terms import terms_of_each
from recommender.settings import DEFAULTS
from recommender.store.layout import SEGMENT_FILES
from recommender.store.lines import read_article
from recommender.store.segment_tables import Piece, PieceWriter
from recommender.types import Article, BuildReport, CutArticle, Passage, Role

LETTER = "Dit is de wekelijkse brief van de redactie aan alle lezers van het blad, nummer {}."
DUTCH = "De dijk bij het dorp hield het water van de rivier ook in week {} nog tegen."
CAPTION = "De dijk bij {} in week {}. Foto: Jan de Vries/ANP"
ENGLISH = (
    "The mayor said on Friday that the bridge over the river would be closed to all traffic for "
    "most of the coming week, and that {} buses would run instead of the trains."
)
WORDS = ["dijk", "water", "kraan", "front", "scherm", "brug", "tunnel", "molen", "haven", "kerk"]


def rows(count: int = 40) -> Iterator[dict[str, Any]]:
    """Yield rows with all that is decided when everything was read, or by one article alone."""
    for number in range(count):
        text = [f"{DUTCH.format(number)} {WORDS[number % 10]} {WORDS[number % 7]}."]
        text += [LETTER.format(number)] if number % 2 else []
        text += [ENGLISH.format(number)] if number % 5 == 0 else []
        text += [CAPTION.format(WORDS[number % 3], number)] if number % 3 == 0 else []
        row = {"id": f"n{number}", "title": f"Kop {number}", "language": "nl"}
        yield row | {"text": "\n\n".join(text), "date": f"2024-01-{1 + number % 28:02}"}
    yield {"id": "n3", "title": "Kop 3", "text": "Een nieuwere tekst.", "modified": "2025-01-01"}
    yield {"id": "long", "title": "Lang", "text": "Een zin van het lange stuk. " * 200}
    yield {"id": "draft", "title": "Concept", "text": "Nog niet af.", "status": "draft"}
    yield {"id": "later", "title": "Later", "text": "Pas over jaren.", "embargo": "2099-01-01"}
    yield {"title": "Zonder naam", "text": "Deze rij heeft geen id."}
    yield {"id": "en", "title": "Wrong", "language": "fr", "text": "\n\n".join([ENGLISH] * 3)}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    folder = tmp_path / "source"
    folder.mkdir()
    lines = [json.dumps(row) for row in rows()]
    (folder / "a.jsonl").write_text("\n".join(lines[:25]) + "\n\n{no json}\n")
    (folder / "b.jsonl").write_text("\n".join(lines[25:]))
    (folder / "c.txt").write_text("Een bericht.\n\n" + LETTER.format(99))
    (folder / "d.xyz").write_text("unknown")
    return folder


@pytest.fixture(autouse=True)
def small_shares(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spool, "CHUNK_ARTICLES", 7)
    monkeypatch.setattr(shards, "SHARD_BYTES", 1_500)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(ROOT), str(ROOT / "tests")]))


Build = Callable[..., BuildReport]


@pytest.fixture
def built(source: Path, tmp_path: Path) -> Build:
    def run(into: str, **options: Any) -> BuildReport:
        model = options.pop("model", None) or HashEncoder(max_tokens=TOKENS)
        return build(source, into=tmp_path / into, model=model, **options)

    return run


def files_of(index: Path) -> dict[str, bytes]:
    """Return the content of an index's one segment and of its list of boilerplate."""
    [segment] = (index / "segments").iterdir()
    found = {name: (segment / name).read_bytes() for name in (*SEGMENT_FILES, *FOUND_BY)}
    return found | {"boilerplate": (index / "boilerplate.tsv").read_bytes()}


def told(report: BuildReport) -> tuple[Any, ...]:
    return report.left_out, report.notices, report.language_doubts, report.languages, report.roles


def test_the_shares_make_no_difference(
    built: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    apart = built("apart", processes=1)
    shared = built("shared", on="local", processes=1)
    monkeypatch.setattr(spool, "CHUNK_ARTICLES", 10_000)
    monkeypatch.setattr(shards, "SHARD_BYTES", 1 << 30)
    whole = built("whole", processes=1)
    assert files_of(tmp_path / "apart") == files_of(tmp_path / "whole")
    assert files_of(tmp_path / "shared") == files_of(tmp_path / "whole")
    assert told(apart) == told(whole) == told(shared)
    assert whole.language_doubts
    assert whole.left_out
    assert whole.roles["boilerplate"]
    assert whole.words_only
    assert whole.encoded == shared.encoded
    assert not (tmp_path / "shared" / keep.FOLDER).exists()


@pytest.mark.process
def test_processes_make_no_difference_even_if_one_is_killed(
    built: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built("whole", processes=1)
    monkeypatch.setattr("recommender.builder.job.HERE_FIRST", 0)
    built("apart", processes=2)
    assert files_of(tmp_path / "apart") == files_of(tmp_path / "whole")
    model = MortalEncoder(tmp_path / "died")
    built("shared", on="local", processes=2, model=model)
    assert (tmp_path / "died").exists()
    assert files_of(tmp_path / "shared") == files_of(tmp_path / "whole")


@pytest.mark.model
@pytest.mark.parametrize("precision", ["int8", "float32"])
def test_the_shares_make_no_difference_to_the_vectors_of_the_model(
    precision: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Shares have other texts together, and each is sorted by length for itself."""
    monkeypatch.setenv("RECOMMENDER_PRECISION", precision)
    handed = tmp_path / "rows.jsonl"
    handed.write_text("".join(json.dumps(row) + "\n" for row in rows()))
    build(handed, into=tmp_path / "whole", processes=1)
    build(handed, into=tmp_path / "shared", on="local", processes=1)
    assert files_of(tmp_path / "shared") == files_of(tmp_path / "whole")


def test_the_precision_that_was_asked_for_counts_wherever_a_task_is_done(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(PRECISION_VARIABLE, "float32")
    facts = encoder_facts(None, None, "abc")
    monkeypatch.delenv(PRECISION_VARIABLE)
    asked: list[str | None] = []

    def load(name: str | None, **options: Any) -> HashEncoder:
        asked.append(os.environ.get(PRECISION_VARIABLE))
        return HashEncoder()

    monkeypatch.setattr(made_encoder, "load_encoder", load)
    made_encoder._made.cache_clear()
    with pytest.raises(EncoderError, match="differs between the machines"):
        made_encoder.encoder_of({"encoder": facts})
    assert asked == ["float32"]


def test_a_line_of_any_length_takes_little_memory_to_divide_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    with path.open("wb") as stream:
        stream.write(b"{}\n" * 1_000)
        stream.truncate(100_000_000)
    tracemalloc.start()
    extents = [*shards._extents(path)]
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 30_000_000
    assert extents[-1].end == path.stat().st_size
    assert [one.start for one in extents[1:]] == [one.end for one in extents[:-1]]


def test_tasks_derive_what_articles_are_found_by(
    built: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built("whole", processes=1)

    def asked(*arguments: object) -> Iterator[str]:
        raise AssertionError("the builder reads the texts of all articles")

    for name in ("words.texts_of", "words.words_only_texts", "derive.write_names"):
        monkeypatch.setattr(f"recommender.builder.{name}", asked)
    monkeypatch.setattr("recommender.builder.derive.write_headlines", asked)
    built("shared", on="local", processes=1)
    assert files_of(tmp_path / "shared") == files_of(tmp_path / "whole")


def test_terms_are_read_as_they_are_written() -> None:
    words = ["een", "twee " * 40, "drie", "...", "een twee Drie"]
    piece = piece_of(words)
    expected = [*terms_of_each(text for _, text in piece.texts())]
    found = [*found_by.terms_in(found_by.terms_of(text for _, text in piece.texts()))]
    assert len(found) == len(words)
    for one, other in zip(found, expected, strict=True):
        assert one.hashes.tolist() == other.hashes.tolist()
        assert one.counts.tolist() == np.minimum(other.counts, MOST_OFTEN).tolist()
        assert one.length == other.length


def test_an_article_is_read_once_whatever_the_number_of_its_captions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    read: list[bytes] = []

    def counted(line: bytes) -> Article:
        read.append(line)
        return read_article(line)

    monkeypatch.setattr(found_by, "read_article", counted)
    text = "Foto: Jan de Vries. " * 50
    article = Article(id="n1", path="a.txt", title="", text=text)
    captions = [
        Passage(article.id, number, 0, Role.BODY, text[start : start + 20], start, start + 20)
        for number, start in enumerate(range(0, len(text), 20), 1)
    ]
    writer = PieceWriter()
    writer.add(CutArticle(article, (), (), tuple(captions)), "00" * 32)
    [terms, *_] = found_by._sections(found_by._names(writer.piece()))
    assert len([*found_by.terms_in(terms)]) == len(captions)
    assert len(read) == 1


def piece_of(texts: Sequence[str]) -> Piece:
    """Return a piece with an article of one passage for each text."""
    writer = PieceWriter()
    for number, text in enumerate(texts):
        article = Article(id=f"n{number}", path="a.txt", title="", text=text)
        passage = Passage(article.id, 1, 0, Role.BODY, text, 0, len(text))
        writer.add(CutArticle(article, (), (passage,), ()), "00" * 32)
    return writer.piece()


def test_a_build_that_was_broken_off_goes_on(built: Build, tmp_path: Path, source: Path) -> None:
    built("whole", processes=1)
    encodings = tmp_path / "encodings"
    with pytest.raises(EncoderError):
        built("index", on="local", processes=1, model=FailingEncoder(encodings, at=3))
    kept = parts(tmp_path / "index")
    report = built("index", on="local", processes=1, model=FailingEncoder(encodings))
    once = encodings.read_text().splitlines()
    assert len(once) == len(set(once))
    assert kept
    assert report.encoded < len(once)
    assert files_of(tmp_path / "index") == files_of(tmp_path / "whole")


class BrokenCounter(HashEncoder):
    """Raises an error that is none of the product's, at the text of one article."""

    def maker(self) -> tuple[str, list[object]]:
        return f"{__name__}:BrokenCounter", []

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        if any("lange stuk" in text for text in texts):
            raise ZeroDivisionError("no tokens today")
        return super().count_tokens(texts)


def test_an_error_names_the_article(
    built: Build, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(made_encoder, "_made", lambda facts: BrokenCounter(max_tokens=TOKENS))
    with pytest.raises(RecommenderError, match="the article 'long': ZeroDivisionError: no tokens"):
        built("index", on="local", processes=1)
    monkeypatch.setattr(made_encoder, "_made", lambda facts: BrokenEncoder(max_tokens=TOKENS))
    with pytest.raises(RecommenderError, match=r"articles, '.+' to '.+': ZeroDivisionError: no v"):
        built("index", on="local", processes=1)


def test_texts_of_a_piece_are_shared_out_evenly_by_length() -> None:
    hashes = np.array([bytes([at]) * 16 for at in (1, 2, 3, 2, 4)], dtype="V16")
    texts = Texts(hashes, np.array([15_000, 10, 24_000, 10, 1_000]))
    missing = {bytes([at]) * 16 for at in (1, 2, 3, 9)}
    assert [*texts.shares_of(missing)] == [[2, 0], [1]]
    assert missing == {bytes([9]) * 16}


def test_no_sweep_takes_what_is_kept(built: Build, tmp_path: Path, source: Path) -> None:
    built("index", processes=1)
    (source / "b.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows(90)))
    with pytest.raises(EncoderError):
        built("index", on="local", processes=1, model=FailingEncoder(tmp_path / "seen", at=1))
    before = parts(tmp_path / "index")
    add(
        {"id": "x", "text": "Een ander bericht."},
        into=tmp_path / "index",
        model=HashEncoder(max_tokens=TOKENS),
    )
    assert before
    assert parts(tmp_path / "index") == before


def test_a_part_that_is_damaged_or_of_a_stranger_is_made_again(
    built: Build, tmp_path: Path
) -> None:
    built("whole", processes=1)
    with pytest.raises(EncoderError):
        built("index", on="local", processes=1, model=FailingEncoder(tmp_path / "seen", at=3))
    for number, path in enumerate(sorted(parts(tmp_path / "index"))):
        data = path.read_bytes()
        path.write_bytes(data[:-1] + b"~" if number % 2 else data[: len(data) // 2])
    built("index", on="local", processes=1)
    assert files_of(tmp_path / "index") == files_of(tmp_path / "whole")


def test_a_source_that_changed_meanwhile_is_read_again(
    built: Build, tmp_path: Path, source: Path
) -> None:
    with pytest.raises(EncoderError):
        built("index", on="local", processes=1, model=FailingEncoder(tmp_path / "seen", at=2))
    (source / "c.txt").write_text("Een heel ander bericht.")
    built("index", on="local", processes=1)
    built("whole", processes=1)
    assert files_of(tmp_path / "index") == files_of(tmp_path / "whole")


def test_a_second_build_encodes_only_what_is_new(
    built: Build, tmp_path: Path, source: Path
) -> None:
    built("index", on="local", processes=1)
    lines = [json.dumps(row) for row in rows(60)]
    (source / "b.jsonl").write_text("\n".join(lines[25:]))
    report = built("index", on="local", processes=1)
    assert 20 <= report.encoded <= 40
    assert report.added == 20


def test_a_small_change_is_encoded_too(built: Build, tmp_path: Path, source: Path) -> None:
    for path in source.iterdir():
        path.unlink()
    path = source / "a.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in islice(rows(), 30)))
    built("index", on="local", processes=1)
    with path.open("a") as stream:
        stream.write(json.dumps({"id": "late", "title": "Laat", "text": "Dit kwam later."}))
    seen: list[tuple[int, int]] = []
    report = built(
        "index",
        on="local",
        processes=1,
        on_progress=lambda stage, done, total: seen.append((done, total)) if done else None,
    )
    assert (report.added, report.encoded) == (1, 2)
    assert seen[-1] == (2, 2)


def test_a_folder_of_parts_that_is_a_link_is_refused(built: Build, tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.mkdir()
    built("index", processes=1, full=True)
    (tmp_path / "index" / keep.FOLDER).symlink_to(victim)
    with pytest.raises(StorageError, match="is a link"):
        built("index", on="local", processes=1, full=True)
    assert not list(victim.iterdir())
    built("index", processes=1, full=True)
    assert victim.is_dir()


@pytest.mark.parametrize("on", ["", "local"])
def test_only_results_are_cleared_away(built: Build, tmp_path: Path, on: str) -> None:
    with pytest.raises(EncoderError):
        built("index", on="local", processes=1, model=FailingEncoder(tmp_path / "seen", at=2))
    folder = tmp_path / "index" / keep.FOLDER
    left = folder / f".unfinished-{'0' * 32}.piece.123000000001"
    left.write_bytes(b"half")
    ours = set(folder.iterdir())
    assert {path.suffix for path in ours} >= {".read", ".outlines", ".done", ".piece", ".left-out"}
    theirs = {folder / "letter.txt", folder / f"{'0' * 31}.npy", folder / f"{'0' * 32}.npy.bak"}
    for path in theirs:
        path.write_text("of somebody else")
    (folder / f"{'1' * 32}.npy").mkdir()
    built("index", on=on, processes=1)
    assert set(folder.iterdir()) == theirs | {folder / f"{'1' * 32}.npy"}


def test_tasks_name_whole_paths(
    built: Build, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert keep.parts_folder(Path("vectors")) == tmp_path / "vectors" / keep.FOLDER
    (tmp_path / "model").mkdir()
    assert encoder_facts("model", None, "")["model"] == str(tmp_path / "model")
    assert encoder_facts("owner/model", None, "")["model"] == "owner/model"
    assert encoder_facts(None, None, "")["model"] is None


def test_the_folder_of_the_index_may_be_a_link(built: Build, tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "index").symlink_to(tmp_path / "real")
    built("index", on="local", processes=1)
    built("whole", processes=1)
    assert files_of(tmp_path / "index") == files_of(tmp_path / "whole")


@pytest.mark.parametrize("when", ["between", "within"])
def test_a_source_that_is_replaced_while_it_is_read_is_refused(
    built: Build, source: Path, monkeypatch: pytest.MonkeyPatch, when: str
) -> None:
    path, times = source / "a.jsonl", iter([True])
    name = {"within": "write_outlines", "between": "keep_result"}[when]
    done = getattr(tasks, name)

    def replacing(*arguments: Any) -> Any:
        result = done(*arguments)
        if next(times, False):
            path.write_text(path.read_text().replace("dijk", "dam"))
        return result

    monkeypatch.setattr(tasks, name, replacing)
    with pytest.raises(SourceError, match=r"a\.jsonl: changed while"):
        built("index", on="local", processes=1)
    built("index", on="local", processes=1)


def test_who_cannot_build_is_refused_in_words(built: Build, tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="local"):
        built("index", on="elsewhere")
    with pytest.raises(SettingsError, match="--vectors"):
        built("index", on="local", vectors=tmp_path / "dump")
    with pytest.raises(SettingsError, match="maker"):
        built("index", on="local", model=Unnamed())


@pytest.mark.process
def test_errors_of_processes_are_those_of_tasks(tmp_path: Path) -> None:
    helpers = Helpers(DEFAULTS, HashEncoder(), 2)
    try:
        with pytest.raises(FileNotFoundError, match="gone"):
            list(helpers.map([tasks.outline_task(tmp_path / "gone.read")]))
        with pytest.raises(RecommenderError, match="ValueError: no task: no such task"):
            list(helpers.map([{"do": "no such task"}]))
        with pytest.raises(EncoderError, match="no_such_package"):
            list(helpers.map([_made_by("no_such_package:Encoder", tmp_path)]))
        with pytest.raises(ProcessLost, match="--processes 1"):
            list(helpers.map([_made_by("os:_exit", tmp_path)]))
    finally:
        helpers.close()


def _made_by(maker: str, folder: Path) -> dict[str, Any]:
    """Return a task to cut nothing, with the encoder that `maker` makes of a 1."""
    left_out = tasks.write_left_out(folder, frozenset())
    facts = {"maker": maker, "arguments": [1], "fingerprint": ""}
    return {**tasks.cut_task(folder / "a.read", [], left_out, 0), "encoder": facts}


LINES = st.lists(
    st.sampled_from(["", " ", "{}", "no json", '{"id": "a", "text": "Een woord."}', "x" * 90]),
    max_size=25,
)


@given(LINES, st.sampled_from(["\n", "\r\n"]), st.booleans(), st.integers(1, 120))
def test_a_file_of_lines_is_read_in_parts_as_it_is_whole(
    tmp_path_factory: pytest.TempPathFactory, lines: list[str], end: str, closed: bool, size: int
) -> None:
    path = tmp_path_factory.mktemp("lines") / "rows.jsonl"
    # Every row has its columns: of those that lack them, only what is said of the file differs.
    first = '{"id": "first", "text": "Een woord."}'
    data = end.join([first, *lines]) + (end if closed else "")
    path.write_bytes(data.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(shards, "SHARD_BYTES", size)
        file = shards.SourceFile(path, "rows.jsonl")
        parts = [one for shard in shards.shards_of([file]) for one in shard]
    again = [shards.from_list(json.loads(json.dumps(shards.to_list(one)))) for one in parts]
    assert again == parts
    whole, apart = (places(judged_in(files, DEFAULTS, None)) for files in ([file], parts))
    assert apart == whole


def places(read: Iterator[Any]) -> list[tuple[str, str, str]]:
    found = ((name, type(one).__name__, getattr(one, "path", None)) for name, one in read)
    return sorted((name, kind, place) for name, kind, place in found if place)


def parts(index: Path) -> set[Path]:
    return {path for path in (index / keep.FOLDER).iterdir() if path.suffix == ".done"}


class Unnamed(HashEncoder):
    maker = None  # type: ignore[assignment]  # as of one that has none
