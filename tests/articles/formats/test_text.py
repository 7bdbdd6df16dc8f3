"""A plain text file gives one article, whichever way it marks its paragraphs."""

from __future__ import annotations

import codecs

import pytest
from articles.conftest import Read
from articles.test_read import only, roles

from recommender.types import Article

TITLE = "Brug over de vaart blijft dicht"
BODY = [
    "De gemeente houdt de brug over de vaart tot de zomer gesloten, omdat het wegdek is gescheurd.",
    "Fietsers moeten omrijden langs de sluis, en dat kost hun volgens de bond een kwartier.",
    "De aannemer wacht op staal uit het buitenland, dat door de storm in een haven ligt.",
]


@pytest.mark.parametrize("between", ["\n", "\n\n", "\u2029", "\u2028"])
def test_a_paragraph_a_line_with_a_date_below_the_title(read: Read, between: str) -> None:
    article = only(read("a.txt", between.join([TITLE, "3 maart 2021", *BODY])))
    assert (article.title, article.date) == (TITLE, "2021-03-03")
    assert roles(article) == [
        ("title", TITLE),
        ("dateline", "3 maart 2021"),
        *(("body", one) for one in BODY),
    ]


def test_a_paragraph_a_line_in_chinese(read: Read) -> None:
    body = ["市政府决定在夏天之前关闭运河上的桥，因为路面出现了裂缝。"]
    body.append("骑自行车的人必须绕道经过水闸。")
    body.append("承包商正在等待从国外运来的钢材，由于暴风雨，它们还在港口。")
    article = only(read("a.txt", "\n".join(["运河上的桥仍然关闭", "2021年3月3日", *body])))
    assert (article.title, article.date) == ("运河上的桥仍然关闭", "2021-03-03")
    assert [text for role, text in roles(article) if role == "body"] == body


@pytest.mark.parametrize("head", [[TITLE, "3 maart 2021"], [TITLE, "3 maart 2021", "Jan Modaal"]])
def test_the_lines_of_a_head_are_blocks_of_their_own(read: Read, head: list[str]) -> None:
    article = only(read("a.txt", "\n".join(head) + "\n\n" + "\n\n".join(BODY)))
    assert (article.title, article.date) == (TITLE, "2021-03-03")
    assert article.text.split("\n\n") == [*head, *BODY]
    place = "\n\n".join(["LEEUWARDEN\n3 maart 2021", *BODY])
    assert only(read("a.txt", place)).title.startswith(BODY[0][:40])


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_a_byte_order_mark_names_the_encoding(read: Read, encoding: str) -> None:
    article = only(read("a.txt", "\n\n".join([TITLE, *BODY]).encode(encoding)))
    assert article.title == TITLE


def test_a_text_that_is_not_what_its_mark_says_is_refused(read: Read) -> None:
    [refusal] = read("a.txt", codecs.BOM_UTF16_LE + b"abc")
    assert "is not utf-16, as its byte order mark says" in str(refusal)


def test_text_in_iso_2022_jp_is_known_by_its_escapes(read: Read) -> None:
    text = "雪で峠の道が閉じた\n\n日曜日、雪のため四十人の運転手が学校の体育館で夜を過ごした。"
    [article] = read("a.txt", text.encode("iso2022_jp"))
    assert isinstance(article, Article)
    assert article.text == text


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize(
    "text", ["De dijk houdt.\n\nHet water zakt.", "Дамба стоит с ночи.\n\nВода уходит."]
)
def test_a_text_in_utf_16_without_a_mark_is_read(read: Read, encoding: str, text: str) -> None:
    [article] = read("a.txt", text.encode(encoding))
    assert isinstance(article, Article)
    assert article.text == text


def test_what_an_office_program_leaves_beside_an_open_file_is_hidden(read: Read) -> None:
    found = read("a.txt", "De dijk houdt stand.", {"~$b.docx": "x", "~$c.xlsx": "x"})
    assert [type(one) for one in found] == [Article]
