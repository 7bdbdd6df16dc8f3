"""Mails: the fullest form of the text, replies as quotes, and pages that are saved as mails."""

from __future__ import annotations

import re
from email.message import EmailMessage

import pytest
from articles.conftest import Read
from articles.test_read import only, roles
from support.export_formats import saved_page
from support.kept_words import lost_words
from support.more_formats import mail

from recommender.types import Article, Notice, Refusal

FIRST = "The harbour master closes the outer quay from Monday, because the piles are worn through."
SECOND = "Ships of more than eighty metres moor at the north side until the work is done in May."
HEADERS = {
    "From": '"Press desk, Port of Haven" <press@haven.example>',
    "To": "newsroom@paper.example",
    "Subject": "Outer quay closed until May",
    "Date": "Sat, 02 Mar 2024 09:30:00 +0100",
    "Content-Language": "en-GB",
    "Message-ID": "<42@haven.example>",
}
HTML = (
    f"<html><body><table><tr><td><h1>Outer quay closed until May</h1><p>{FIRST}</p>"
    f"<h2>North side</h2><p>{SECOND}</p></td></tr></table></body></html>"
)


def test_a_mail_is_an_article_with_the_fields_of_its_head(read: Read) -> None:
    article = only(read("a.eml", mail(HTML, f"{FIRST}\n\n{SECOND}", headers=HEADERS)))
    assert (article.id, article.title) == ("a", "Outer quay closed until May")
    assert (article.date, article.language) == ("2024-03-02", "en-GB")
    assert article.author == "Press desk, Port of Haven"
    assert roles(article)[1:] == [("body", FIRST), ("subhead", "North side"), ("body", SECOND)]
    assert lost_words(f"{FIRST} {SECOND} North side", [article]) == []


def test_the_plain_form_counts_where_it_says_more(read: Read) -> None:
    plain = f"{FIRST}\n\n{SECOND}\n"
    article = only(read("a.eml", mail("<p>Open this in a browser</p>", plain, headers=HEADERS)))
    assert article.text == f"{FIRST}\n\n{SECOND}"


def test_replies_are_quotes_and_a_signature_is_boilerplate(read: Read) -> None:
    quoted = "> When does it open again?\n>> It is shut."
    plain = f"{FIRST}\n\n{quoted}\n\n{SECOND}\n\n-- \nJan\nPort desk\n"
    article = only(read("a.eml", mail(plain=plain, headers=HEADERS)))
    assert roles(article)[1:] == [
        ("body", FIRST),
        ("quote", "When does it open again?\nIt is shut."),
        ("body", SECOND),
        ("boilerplate", "Jan\nPort desk"),
    ]


def test_lines_that_go_on_are_joined(read: Read) -> None:
    half = len(FIRST) // 2
    start = FIRST.index(" ", half) + 1
    content = mail(plain="x", headers=HEADERS).decode()
    content = content.replace('charset="utf-8"', 'charset="utf-8"; format=flowed')
    content = content.replace("\nx\n", f"\n{FIRST[:start]}\n{FIRST[start:]}\n\n{SECOND}\n")
    assert only(read("a.eml", content)).text == f"{FIRST}\n\n{SECOND}"


@pytest.mark.parametrize(
    ("charset", "encoding"),
    [
        ("iso-8859-1", "cp1252"),
        ("koi8-r", "koi8-r"),
        ("iso-2022-jp", "iso2022_jp"),
        ("utf-8", "utf-8"),
    ],
)
def test_a_text_is_read_in_the_encoding_that_its_part_names(
    read: Read, charset: str, encoding: str
) -> None:
    words = {"koi8-r": "Причал закрыт до мая", "iso-2022-jp": "岸壁は五月まで閉鎖される"}
    text = words.get(charset, "Café fermé à l’écluse jusqu’en mai")
    head = f"From: a@b.example\nSubject: x\nContent-Type: text/plain; charset={charset}\n\n"
    article = only(read("a.eml", head.encode() + text.encode(encoding) + b".\n"))
    assert article.text == f"{text}."


def test_encoded_words_of_the_head_are_read(read: Read) -> None:
    head = (
        "From: =?utf-8?q?J=C3=BCrgen_M=C3=BCller?= <j@b.example>\n"
        "Subject: =?iso-8859-1?q?L=E9cluse_?= =?utf-8?b?ZmVybcOpZQ==?=\n\n"
    )
    article = only(read("a.eml", head + FIRST))
    assert (article.title, article.author) == ("Lécluse fermée", "Jürgen Müller")


def test_attachments_are_named_and_pictures_are_not(read: Read) -> None:
    found = read("a.eml", mail(HTML, headers=HEADERS, plan=b"%PDF", map=b"%PDF"))
    assert [one.example for one in found if isinstance(one, Notice)] == ["plan.pdf", "map.pdf"]
    assert len([one for one in found if isinstance(one, Article)]) == 1


FORWARDED = f"""From: a@b.example
Subject: Fwd: quay
Content-Type: multipart/mixed; boundary=x

--x
Content-Type: text/plain

{FIRST}
--x
Content-Type: message/rfc822

From: c@d.example
Subject: The quay

{SECOND}
--x
Content-Type: text/plain

The last part.
--x--
"""


def test_all_texts_of_a_mail_are_read_with_the_mail_that_it_forwards(read: Read) -> None:
    assert roles(only(read("a.eml", FORWARDED)))[1:] == [
        ("body", FIRST),
        ("subhead", "The quay"),
        ("body", SECOND),
        ("body", "The last part."),
    ]


def test_each_mail_of_a_box_is_an_article_and_the_newest_of_one_id_counts(read: Read) -> None:
    def boxed(number: int, day: int, text: str) -> str:
        return (
            "From desk@paper.example Sat Mar  2 09:30:00 2024\n"
            f"Message-ID: <{number}@x.example>\nSubject: Mail {number}\n"
            f"Date: Sat, {day:02} Mar 2024 09:30:00 +0100\n\n{text}\n\n"
        )

    box = boxed(1, 5, f"Corrected. {FIRST}") + boxed(2, 2, SECOND) + boxed(1, 2, FIRST)
    found = read("a.mbox", box + "From x Sat Mar  2 09:30:00 2024\nX: none\n\nText.\n")
    articles = {one.id: one for one in found if isinstance(one, Article)}
    assert set(articles) == {"1@x.example", "2@x.example"}
    assert articles["1@x.example"].text.startswith("Corrected.")
    assert [one.place for one in found if isinstance(one, Refusal)] == ["a.mbox:4"]


SAVED = f"""From: <Saved by Blink>
Snapshot-Content-Location: https://paper.example/quay
Subject: Outer quay
MIME-Version: 1.0
Content-Type: multipart/related; type="text/html"; boundary="b"

--b
Content-Type: text/html
Content-Transfer-Encoding: quoted-printable
Content-Location: https://paper.example/quay

<html lang=3D"en"><head><meta charset=3D"utf-8"><title>Outer quay</title></head>=
<body><nav><a href=3D"/">Home</a></nav><article><h1>Outer quay</h1><p>{FIRST}</p>=
<p>{SECOND}</p><p>Caf=C3=A9s stay open, {SECOND.lower()}</p></article></body></html>
--b
Content-Type: image/png
Content-Transfer-Encoding: base64

iVBORw0KGgo=
--b--
"""


@pytest.mark.parametrize("name", ["a.mht", "a.mhtml"])
def test_a_page_that_is_saved_as_a_mail_is_read_as_a_page(read: Read, name: str) -> None:
    article = only(read(name, SAVED))
    assert (article.id, article.title, article.url) == (
        "a",
        "Outer quay",
        "https://paper.example/quay",
    )
    assert "Cafés stay open" in article.text
    assert "Home" not in article.text
    assert lost_words(f"{FIRST} {SECOND}", [article]) == []


RICH = (
    f"<html lang='en'><body><article><h1>Outer quay</h1><p>{FIRST}</p><h2>South side</h2>"
    f"<ul><li>three berths of it</li><li>one crane in repair</li></ul><p>{SECOND}</p>"
    "<blockquote><p>We moor where we can, a skipper said on Friday.</p></blockquote>"
    "<figure><img src='cid:gif@mhtml.blink'><figcaption>The quay</figcaption></figure>"
    "<table><tr><th>Berth</th><th>Depth</th></tr><tr><td>four</td><td>nine metres</td></tr></table>"
    f"<p>Café owners agree. {FIRST}</p></article></body></html>"
)


@pytest.mark.parametrize("encoding", ["quoted-printable", "base64", "8bit"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_no_word_of_a_saved_page_is_lost(read: Read, encoding: str, end: str) -> None:
    content = saved_page(RICH, encoding).replace(b"\n", end.encode())
    article = only(read("a.mhtml", content))
    assert lost_words(re.sub("<[^>]+>", " ", RICH), [article]) == []
    assert "Advertisement" not in article.text


def test_the_page_of_a_frame_is_read_where_the_page_itself_shows_no_text(read: Read) -> None:
    frames = "<html><frameset cols='20%,80%'><frame src='cid:a'><frame src='cid:b'></frameset>"
    frames += "</html>"
    message = EmailMessage()
    message.set_content(frames, subtype="html")
    message.add_related(b"<p>Menu</p>", "text", "html", cid="<a>")
    message.add_related(RICH.encode(), "text", "html", cid="<b>")
    article = only(read("a.mht", message.as_bytes()))
    assert lost_words(re.sub("<[^>]+>", " ", RICH), [article]) == []


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.eml", "", "is not mail"),
        ("a.eml", "\n\nno head", "is not mail"),
        ("a.eml", "Subject: x\n\n", "has no text"),
        ("a.mbox", "no box", "holds no mail"),
        ("a.mht", "Subject: x\n\ntext", "holds no web page"),
        ("a.eml", "Subject: x\nContent-Type: image/png\n\nabc", "has no text"),
    ],
)
def test_what_is_no_mail_is_named(read: Read, name: str, content: str, reason: str) -> None:
    [refusal] = read(name, content)
    assert isinstance(refusal, Refusal)
    assert reason in refusal.reason


@pytest.mark.parametrize(
    "head",
    [
        "Date: no date\nSubject: =?bad?x?=\nFrom: <<>>;,@\n",
        "Subject: x\x1b[31m\nContent-Type: text/plain; charset=no-such\n",
        "Subject: x\nContent-Type: multipart/mixed; boundary=\n",
        "Subject: x\nContent-Type: text/plain; charset*=utf-8''%ff\nFrom: =?utf-8?b?////?=\n",
        "Subject: x\nContent-Transfer-Encoding: base64\n",
        "Content-Type: multipart/alternative; boundary=x\nSubject: x\n",
    ],
)
def test_a_broken_head_costs_no_more_than_its_field(read: Read, head: str) -> None:
    [found] = read("a.eml", f"{head}\n{FIRST}\n")
    assert isinstance(found, Article | Refusal)
    assert isinstance(found, Article) or "multipart" in head or "base64" in head


def test_a_mail_of_a_box_without_an_id_has_one_of_its_head(read: Read) -> None:
    mail = "From x\n{}\n\nThe ferry lies at the quay of the haven until the storm is over.\n\n"
    heads = ["Subject: One\nDate: Wed, 28 Dec 2022 09:00:00 +0100", "Subject: Two"]
    found = read("a.mbox", "".join(map(mail.format, heads)))
    ids = [one.id for one in found if isinstance(one, Article)]
    assert len(set(ids)) == len(ids) == 2
    more = read("a.mbox", "".join(map(mail.format, ["Subject: Zero", *heads])))
    assert [one.id for one in more if isinstance(one, Article)][1:] == ids
    [refusal] = read("a.mbox", mail.format("X-Empty: 1"))
    assert isinstance(refusal, Refusal)


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        ("X-Gmail-Labels: Inbox,Important", "built"),
        ("X-Gmail-Labels: Todo,Review", "built"),
        ("X-Gmail-Labels: Spam", "trashed"),
        ("X-Gmail-Labels: =?UTF-8?Q?Entw=C3=BCrfe?=,Opened", "draft"),
        ("X-Mozilla-Status: 0001", "built"),
        ("X-Mozilla-Status: 0009", "trashed"),
        ("X-Mozilla-Status: none", "built"),
        ("X-Unsent: 1", "draft"),
        ("X-Status: T", "draft"),
        ("X-Status: AF", "built"),
        ("X-Mozilla-Keys: $draft", "draft"),
        ("X-Keywords: \\Draft", "draft"),
        ("X-Uniform-Type-Identifier: com.apple.mail-draft", "draft"),
        ("Sensitivity: Company-Confidential", "private"),
        ("Sensitivity: Normal", "built"),
        ("Expires: Wed, 01 Jan 2020 00:00:00 GMT", "built"),
    ],
)
def test_a_mail_that_is_a_draft_or_deleted_is_none(read: Read, head: str, expected: str) -> None:
    written = f"Message-ID: <1@x.example>\nSubject: Quay\n{head}\n\n{FIRST}\n"
    box = f"From desk@paper.example Sat Mar  2 09:30:00 2024\n{written}"
    for name, content in (("a.eml", written), ("a.mbox", box)):
        [found] = read(name, content, include=(name,))
        assert (found.reason if isinstance(found, Notice) else "built") == expected


def test_what_a_mail_hides_is_no_text_of_it(read: Read) -> None:
    hidden = '<div style="display:none;max-height:0">Words for the list of mails</div>'
    article = only(read("a.eml", mail(f"{hidden}{HTML}", headers=HEADERS)))
    assert roles(article)[1:] == [("body", FIRST), ("subhead", "North side"), ("body", SECOND)]


def test_a_line_that_a_box_marks_is_as_it_was_written(read: Read) -> None:
    body = f"From here on it is shut.\n\n{SECOND}"
    box = f"From x Sat Mar  2 09:30:00 2024\nSubject: Quay\n\n>{body}\n"
    assert only(read("a.mbox", box)).text == body
