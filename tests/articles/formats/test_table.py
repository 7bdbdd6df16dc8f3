"""Rows of tables keep their limits, whatever their quotation marks mean."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

import pytest
import zstandard
from articles.conftest import Read

from recommender.types import Article, Notice, Refusal

BRIDGE = "The footbridge over the canal opens on Saturday, a year later than was planned."
CRANE = "A crane that should have lifted its deck had to wait for calmer weather, twice."
SCHOOL = "Pupils of the school across the water no longer have to take the bus around."


def read_back(found: list[Article | Refusal | Notice]) -> list[tuple[str, ...]]:
    """Return id, title and text of each article, place and reason of each refusal."""
    rows = []
    for one in found:
        if isinstance(one, Article):
            rows.append((one.id, one.title, one.text))
        elif isinstance(one, Refusal):
            rows.append((one.place, one.reason))
    return rows


WHOLE = [("1", "Bridge", BRIDGE), ("2", "Crane", CRANE), ("3", "School", SCHOOL)]
TABLES = {
    "quoted texts": f'id,title,text\n1,Bridge,"{BRIDGE}"\n2,Crane,"{CRANE}"\n3,School,{SCHOOL}\n',
    "quoted cells": "\n".join(
        f'"{a}","{b}","{c}"' for a, b, c in [("id", "title", "text"), *WHOLE]
    ),
    "Excel's first line": "sep=;\nid;title;text\n" + "\n".join(map(";".join, WHOLE)),
    "the same in quotation marks": '"sep=;"\nid;title;text\n' + "\n".join(map(";".join, WHOLE)),
    "the same of tabs": "sep=\t\nid\ttitle\ttext\n" + "\n".join(map("\t".join, WHOLE)),
    "the same of commas": "SEP=|\r\nid|title|text\r\n" + "\r\n".join(map("|".join, WHOLE)),
    "names in capitals": "ID;Title;TEXT\n" + "\n".join(map(";".join, WHOLE)),
    "names with spaces": "id; Title ;text \n" + "\n".join(map(";".join, WHOLE)),
    "surplus cells that are empty": "id;title;text\n"
    + "\n".join(";".join(row) + ";;" for row in WHOLE),
    "blank lines": "id;title;text\n\n" + "\n\n".join(map(";".join, WHOLE)) + "\n\n",
    "line ends of old Macs": "id;title;text\r" + "\r".join(map(";".join, WHOLE)),
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES.keys())
def test_each_form_of_a_table_gives_the_same_articles(read: Read, table: str) -> None:
    assert read_back(read("a.csv", table)) == WHOLE


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_a_table_in_the_encoding_that_it_begins_with(read: Read, encoding: str) -> None:
    text = "id\ttitle\ttext\r\n" + "\r\n".join(map("\t".join, WHOLE)).replace("A crane", "Ein Kran")
    mark = "\ufeff" if encoding.endswith(("le", "be")) else ""
    found = read_back(read("a.tsv", (mark + text).encode(encoding)))
    assert found == [WHOLE[0], ("2", "Crane", CRANE.replace("A crane", "Ein Kran")), WHOLE[2]]


def zipped(data: bytes, *more: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("export.csv", data)
        for name in more:
            archive.writestr(name, "x")
    return stream.getvalue()


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [
        (".gz", gzip.compress),
        (".bz2", bz2.compress),
        (".xz", lzma.compress),
        (".zst", zstandard.compress),
        (".zip", zipped),
        (".zip", lambda data: zipped(data, "__MACOSX/._export.csv")),
    ],
)
def test_a_packed_table_is_unpacked(read: Read, suffix: str, pack: object) -> None:
    assert callable(pack)
    data = ("id;title;text\n" + "\n".join(map(";".join, WHOLE))).encode()
    assert read_back(read(f"a.csv{suffix}", pack(data))) == WHOLE


def test_an_archive_of_several_files_is_named(read: Read) -> None:
    [(place, reason)] = read_back(read("a.csv.zip", zipped(b"id,text\n1,x\n", "b.csv")))
    assert (place, reason) == ("a.csv.zip", "holds 2 files; unpack it, and name the folder")


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [(".gz", gzip.compress), (".bz2", bz2.compress), (".zst", zstandard.compress)],
)
@pytest.mark.parametrize("rows", [20, 20_000])
@pytest.mark.slow
def test_a_packed_file_that_ends_too_soon_is_read_as_far_as_it_is_whole(
    read: Read, suffix: str, pack: object, rows: int
) -> None:
    assert callable(pack)
    lines = "".join(f"{at};Bridge;{hash(str(at))} {BRIDGE}\n" for at in range(rows))
    data = pack(f"id;title;text\n{lines}".encode())
    found = read(f"a.csv{suffix}", data[: len(data) - 12])
    *articles, refusal = found
    assert isinstance(refusal, Refusal)
    assert refusal.place == f"a.csv{suffix}"
    assert "ends too soon" in refusal.reason
    # What bzip2 packs together can only be unpacked together.
    assert len(articles) >= (0 if suffix == ".bz2" else rows * 0.5 if rows > 100 else 0)


def test_a_text_cut_at_a_comma_is_refused_by_its_line(read: Read) -> None:
    table = f"id,title,text\n1,Bridge,{BRIDGE}\n2,Crane,a crane\n3,School,{SCHOOL}\n"
    assert read_back(read("a.csv", table)) == [
        ("a.csv:2", "has 4 cells, the header has 3; put the text in quotation marks"),
        ("2", "Crane", "a crane"),
        ("3", "School", SCHOOL),
    ]


OPEN = {
    "an opening mark that is text": ('"We wait, say pupils', '"We wait, say pupils'),
    "two such words": ('"Yes" and "no" to it', '"Yes" and "no" to it'),
    "an opening and a closing word": ('"Bridge" opens "soon"', '"Bridge" opens "soon"'),
    "a mark within": ('A 12" pipe', 'A 12" pipe'),
    "a mark at the end": ('A pipe of 12"', 'A pipe of 12"'),
}


@pytest.mark.parametrize(("cell", "title"), OPEN.values(), ids=OPEN.keys())
def test_a_mark_that_is_text_eats_no_row_of_a_tsv(read: Read, cell: str, title: str) -> None:
    table = f"id\ttitle\ttext\n1\t{cell}\t{BRIDGE}\n2\tCrane\t{CRANE}\n3\t{cell}\t{SCHOOL}\n"
    assert read_back(read("a.tsv", table)) == [
        ("1", title, BRIDGE),
        ("2", "Crane", CRANE),
        ("3", title, SCHOOL),
    ]


def test_two_open_marks_do_not_close_each_other_over_rows(read: Read) -> None:
    table = (
        f'id\ttitle\ttext\n1\t"We wait\t{BRIDGE}\n2\tCrane\t{CRANE}\n3\tthe pupils say"\t{SCHOOL}\n'
    )
    assert [row[0] for row in read_back(read("a.tsv", table))] == ["1", "2", "3"]


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        (r'"He said \"no\", and left, at last."', 'He said "no", and left, at last.'),
        (r'"\"No\", he said, and left."', '"No", he said, and left.'),
        (r'"He left, and said \"no\""', 'He left, and said "no"'),
        ('"He said ""no"", and left."', 'He said "no", and left.'),
        ('"He said "no" twice, and left."', 'He said "no" twice, and left.'),
        ('"""No"", he said."', '"No", he said.'),
        (r'"A folder, C:\texts\"', "A folder, C:\\texts\\"),
        ('"First part.\n\nSecond part, a, b."', "First part.\n\nSecond part, a, b."),
        ('"First ""part"".\nSecond part, a, b."', 'First "part".\nSecond part, a, b.'),
        (r'"First \"part\".' + '\n\nSecond, part."', 'First "part".\n\nSecond, part.'),
    ],
)
def test_marks_within_a_cell_are_read_as_they_were_written(
    read: Read, cell: str, text: str
) -> None:
    table = f'id,title,text\n1,Crane,{cell}\n2,School,"{SCHOOL}"\n'
    assert read_back(read("a.csv", table)) == [("1", "Crane", text), ("2", "School", SCHOOL)]


def test_a_table_that_ends_within_a_cell_is_named(read: Read) -> None:
    table = f'id,title,text\n1,Bridge,"{BRIDGE}"\n2,Crane,"A crane that should'
    article, refusal = read_back(read("a.csv", table))
    assert article == WHOLE[0]
    assert refusal[0] == "a.csv:3"
    assert "nothing closes" in refusal[1]


def test_a_mark_that_nothing_closes_costs_one_row(read: Read) -> None:
    table = (
        f'id,title,text\n1,Bridge,"{BRIDGE}"\n2,Crane,"A crane, over, there\n\nwent.\n'
        f'3,School,"{SCHOOL}"\n'
    )
    found = read_back(read("a.csv", table))
    assert [row[0] for row in found] == ["1", "a.csv:3", "3"]


def test_a_short_row_keeps_its_cells(read: Read) -> None:
    table = f'id,text,title,date\n1,"{BRIDGE}"\n2,{BRIDGE[:14]},Crane\n3,"two\nlines"\n'
    found = read_back(read("a.csv", table))
    assert [row[0] for row in found] == ["1", "2", "3"]
    assert found[0][2] == BRIDGE
    assert found[2][2] == "two\nlines"


def test_a_cell_without_a_value_is_empty(read: Read) -> None:
    [article] = read("a.csv", "id,title,text,author\n1,NULL,Some text,\\N\n")
    assert isinstance(article, Article)
    assert (article.title, article.author) == ("Some text", "")


@pytest.mark.parametrize(
    "table",
    [
        "Export of 20-12-2022;;\n;;\nid;title;text\n1;Bridge;{0}\n",
        "sep=\\t\nid\ttitle\ttext\n1\tBridge\t{0}\n",
        "id;title;text\n1;Bridge;{0}\n",
    ],
)
def test_a_header_may_stand_below_a_title(read: Read, table: str) -> None:
    for name in ("a.csv", "a.tsv"):
        assert read_back(read(name, table.format(BRIDGE))) == [("1", "Bridge", BRIDGE)]


def test_a_row_that_holds_the_name_of_a_column_is_no_header(read: Read) -> None:
    [refusal] = read("a.csv", f"id,body\n1,text\n2,{SCHOOL}\n")
    assert "--field text=body" in str(refusal)
