"""Files of formats that are not read: counted by suffix, never silently passed over."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from articles.conftest import Read
from support.stand_in import HashEncoder

from recommender import Recommender, build
from recommender.articles.files import ADVICE
from recommender.articles.notices import Notices
from recommender.articles.read import read_articles
from recommender.cli.build_output import notice_lines
from recommender.errors import SourceError
from recommender.settings import Settings
from recommender.types import Article, Notice, NoticeKind, Refusal

TEXT = "De sluis ging die avond dicht.\n\nDe schippers moesten omvaren langs de oude haven."


def suffixes(found: list[Article | Refusal]) -> list[str]:
    return [
        one.reason for one in found if isinstance(one, Notice) and one.kind is NoticeKind.FORMAT
    ]


def test_files_of_other_formats_are_counted_by_suffix_and_are_no_refusal(read: Read) -> None:
    others = {"c.doc": b"x", "d/e.DOC": b"x", "f.pages": b"x", "g.tar.gz": b"x", "Makefile": b"x"}
    found = read("ok.txt", TEXT, others)
    assert [one.id for one in found if isinstance(one, Article)] == ["ok"]
    assert not [one for one in found if isinstance(one, Refusal)]
    assert sorted(suffixes(found)) == [".doc", ".doc", ".pages", ".tar.gz", "no suffix"]


def test_the_line_of_a_build_names_them_and_what_to_run(read: Read) -> None:
    notices = Notices()
    for one in read("ok.txt", TEXT, {"a.doc": b"x", "b.doc": b"x", "c.pptx": b"x", "d.xyz": b"x"}):
        if isinstance(one, Notice):
            notices.add(one)
    [line] = notice_lines(notices.counts())
    assert line.startswith("other formats: 4 files passed over: 2 .doc, 1 .pptx, 1 .xyz; ")
    assert ".doc: convert with: soffice --headless --convert-to docx FILE" in line
    assert ".pptx: save it as PDF" in line


def test_what_the_ignore_file_or_the_settings_leave_out_is_not_counted(read: Read) -> None:
    others = {".recommenderignore": "*.doc\n", "c.doc": b"x", ".hidden.doc": b"x", "d.jpg": b"x"}
    assert suffixes(read("ok.txt", TEXT, others)) == [".jpg"]
    assert suffixes(read("ok.txt", TEXT, exclude=("*.jpg",))) == []


def test_odd_names_give_no_odd_counts(read: Read) -> None:
    others = {"a.\u202egnp": b"x", "b.x" + "y" * 200: b"x", "c. of a name": b"x"}
    assert suffixes(read("ok.txt", TEXT, others)) == ["no suffix"] * 3


@pytest.mark.parametrize("suffix", sorted(ADVICE))
def test_a_file_that_is_named_itself_is_refused_with_what_to_do(
    tmp_path: Path, suffix: str
) -> None:
    (tmp_path / f"old{suffix}").write_bytes(b"\xd0\xcf\x11\xe0")
    [refusal] = read_articles([tmp_path / f"old{suffix}"], Settings())
    assert isinstance(refusal, Refusal)
    assert refusal.reason == f"format not known; {ADVICE[suffix]}"


def test_report_and_status_hold_the_numbers_and_follow_the_folder(tmp_path: Path) -> None:
    source, index = tmp_path / "source", tmp_path / "index"
    source.mkdir()
    (source / "ok.txt").write_text(TEXT)
    (source / "old.doc").write_bytes(b"x")
    encoder = HashEncoder()
    report = build(source, into=index, model=encoder)
    assert report.passed_over == {".doc": 1}
    (source / "sheet.xls").write_bytes(b"x")
    report = build(source, into=index, model=encoder)
    assert report.passed_over == {".doc": 1, ".xls": 1}
    (source / "more.txt").write_text("Het veer vaart weer.\n\nDe kapitein groette de wal.")
    build(source, into=index, model=encoder)
    with Recommender.open(index, encoder=encoder) as recommender:
        status = recommender.status()
    assert status["passed_over"] == {".doc": 1, ".xls": 1}
    assert json.dumps(status)


def test_a_folder_of_other_formats_only_says_so(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "old.doc").write_bytes(b"x")
    with pytest.raises(SourceError, match=r"files of other formats: 1 \.doc"):
        build(tmp_path / "source", into=tmp_path / "index", model=HashEncoder())
