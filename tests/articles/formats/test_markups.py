"""AsciiDoc, Org, reStructuredText and MDX: words without marks, fields and roles."""

from __future__ import annotations

import gzip

import pytest
from articles.conftest import Read
from articles.test_read import only, roles

from recommender.types import Article, Notice, NoticeKind, Refusal

FIRST = "The weir was opened by the queen in 1911, and it has held since."
SECOND = "Four gates let the water through when the snow melts in the hills."

ASCIIDOC = f"""// a comment
= The weir of Lobith
Jan de Vries <jan@weir.example>; Piet Bakker
v1.2, 2024-02-03: second edition
:lang: nl
:place: Lobith

{FIRST}footnote:[The plans are in the archive.] It stands in {{place}}.

.Water falls over the sill
image::weir.jpg[The weir in spring, 400]

== Floods [[floods]]

[quote, Piet Bakker]
____
We had never seen so much water.
____

* one gate of oak
* another gate
  of iron
** a third

Sluice:: a gate for water

.Levels
|===
|Year |Level

|1926
|16.9
|===

----
code here
----

////
secret words
////

{SECOND} +
A second line.
"""

ORG = f"""#+TITLE: The weir of Lobith
#+AUTHOR: Jan de Vries, Piet Bakker
#+DATE: 2024-02-03
#+LANGUAGE: nl
:PROPERTIES:
:ID: abc
:END:

{FIRST}[fn:1] It stands in Lobith.
# a comment

#+CAPTION: Water falls over the sill
[[file:weir.jpg]]

* TODO [#A] Floods                                   :water:
SCHEDULED: <2024-02-03 Sat>

#+BEGIN_QUOTE
We had never seen so much water.

— Piet Bakker
#+END_QUOTE

- one gate of oak
- another gate
  of iron
  + a third
- Sluice :: a gate for water

#+CAPTION: Levels
| Year | Level |
|------+-------|
| 1926 |  16.9 |

#+begin_src js
code here
#+end_src
#+begin_comment
secret words
#+end_comment

{SECOND}\\\\
A second line.

[fn:1] The plans are in
the archive.
* Hidden :noexport:
secret words
** also secret

* COMMENT not shown
secret words
"""

RST = f"""==================
The weir of Lobith
==================

:authors: Jan de Vries; Piet Bakker
:date: 2024-02-03
:lang: nl

{FIRST} [1]_ It stands in |place|.

.. |place| replace:: Lobith

.. figure:: weir.jpg
   :alt: The weir in spring

   Water falls over the sill

Floods
======

    We had never seen so much water.

    -- Piet Bakker

- one gate of oak
- another gate
  of iron

  - a third
- Sluice: a gate for water

.. table:: Levels

   ===== =====
   Year  Level
   ===== =====
   1926  16.9
   ===== =====

.. code-block:: js

   code here

.. secret words

| {SECOND}
| A second line.

.. [1] The plans are in the archive.
"""

SHARED = [
    ("title", "The weir of Lobith"),
    ("body", f"{FIRST} It stands in Lobith."),
    ("caption", "Water falls over the sill"),
    ("subhead", "Floods"),
    ("quote", "We had never seen so much water."),
    ("table", "Year | Level\n1926 | 16.9"),
    ("caption", "Levels"),
    ("body", f"{SECOND}\nA second line."),
    ("note", "The plans are in the archive."),
]


@pytest.mark.parametrize(
    ("name", "content"), [("a.adoc", ASCIIDOC), ("a.org", ORG), ("a.rst", RST)]
)
def test_a_text_of_a_markup_has_the_roles_and_the_fields_that_it_marks(
    read: Read, name: str, content: str
) -> None:
    article = only(read(name, content))
    assert article.title == "The weir of Lobith"
    assert (article.date, article.language) == ("2024-02-03", "nl")
    assert article.author == "Jan de Vries, Piet Bakker"
    found = roles(article)
    for one in SHARED:
        assert one in found
    [items] = [text for role, text in found if role == "list"]
    for words in ("one gate of oak", "another gate of iron", "a third", "Sluice: a gate for water"):
        assert f"- {words}" in items
    assert "code here" in article.text
    assert "secret" not in article.text


INLINE = {
    "a.adoc": [
        ("*bold* and _slanted_ and `code`", "bold and slanted and code"),
        ("un**bear**able H~2~O x^2^", "unbearable H2O x2"),
        ("see https://a.example/b[the report^] or https://a.example/c", None),
        ("see link:a.html[the report] and <<x,the part>>", "see the report and the part"),
        ("he said \"`so`\" and '`well`'", "he said “so” and ‘well’"),
        ("[.lead]#marked# 5 * 3 * 2 and snake_case_name", "marked 5 * 3 * 2 and snake_case_name"),
        ("an ((index)) term(((hidden, term)))", "an index term"),
        ("A & B < C &amp; {unknown}", "A & B < C & {unknown}"),
    ],
    "a.org": [
        ("*bold* and /slanted/ and =code= and ~verb~", "bold and slanted and code and verb"),
        ("a path/to/file and 5 * 3 * 2", "a path/to/file and 5 * 3 * 2"),
        ("see [[https://a.example][the report]]", "see the report"),
        ("a note[fn:: Inline words.] here", None),
        ("A & B < C, a [[file:a.png]] picture", "A & B < C, a picture"),
    ],
    "a.rst": [
        ("*slanted* and **bold** and ``code``", "slanted and bold and code"),
        ("see `the report <https://a.example>`_ here", "see the report here"),
        (":ref:`the part <x>` and :kbd:`Esc` and :odd:`words`", "the part and Esc and words"),
        ("A & B < C", "A & B < C"),
    ],
}


@pytest.mark.parametrize(
    ("name", "written", "shown"),
    [(name, *one) for name, several in INLINE.items() for one in several],
)
def test_the_marks_within_a_line_are_no_words(
    read: Read, name: str, written: str, shown: str | None
) -> None:
    article = only(read(name, f"{FIRST}\n\n{written}, as the keeper of the weir wrote.\n"))
    second = article.text.split("\n\n")[1]
    if shown is not None:
        assert second == f"{shown}, as the keeper of the weir wrote."
    else:
        assert "[" not in second


DRAFTS = {
    "a.adoc": "= Weir\n:status: draft\n\n{}",
    "b.adoc": "---\ntitle: Weir\ndraft: true\n---\n\n{}",
    "c.adoc": "= Weir\n:page-draft: true\n\n{}",
    "h.adoc": "= Weir\n:jbake-status: draft\n\n{}",
    "i.adoc": "= Weir\n:page-draft:\n\n{}",
    "a.org": "#+TITLE: Weir\n#+HUGO_DRAFT: true\n\n{}",
    "b.org": "#+TITLE: Weir\n#+STATUS: draft\n\n{}",
    "a.rst": "Weir\n====\n\n:status: draft\n\n{}",
    "b.rst": ".. title: Weir\n.. status: draft\n\n{}",
    "j.adoc": "= Weir\nAda Miller\nv0.1, 2021-02-05: draft\n\n{}",
    "k.adoc": "= Weir\n:revremark: Draft\n\n{}",
    "c.org": "* Weir :draft:\n\n{}",
    "d.org": "#+TITLE: Weir\n#+FILETAGS: :rivers:draft:\n\n{}",
    "e.org": "* TODO Weir\n\n{}",
    "f.org": "* DRAFT Weir\n\n{}",
    "g.org": "* Weir\n:PROPERTIES:\n:EXPORT_HUGO_DRAFT: true\n:END:\n\n{}",
    "h.org": ":PROPERTIES:\n:STATUS: draft\n:END:\n#+TITLE: Weir\n\n{}",
    "i.org": "#+TITLE: Weir\n#+PROPERTY: status draft\n\n{}",
    "c.rst": ".. post::\n   :tags: rivers\n\nWeir\n====\n\n{}",
    "a.mdx": "---\ntitle: Weir\ndraft: true\n---\n\n{}",
}


@pytest.mark.parametrize("name", DRAFTS)
def test_a_draft_in_a_markup_is_not_built(read: Read, name: str) -> None:
    [found] = read(name, DRAFTS[name].format(FIRST))
    assert isinstance(found, Notice)
    assert (found.kind, found.reason) == (NoticeKind.UNPUBLISHED, "draft")


PUBLISHED = {
    "a.org": "#+TITLE: Weir\n#+FILETAGS: :rivers:\n\n* TODO ask the keeper :draft:\n\n{}",
    "b.org": "* DONE Weir :rivers:\n:PROPERTIES:\n:CATEGORY: draft\n:END:\n\n{}",
    "c.org": "* Weir\n\n{}\n\n* TODO Sluice\n:PROPERTIES:\n:STATUS: draft\n:END:\n\nMore.",
    "d.org": "#+TITLE: Weir\n#+FILETAGS: :rivers:concept:\n\n{}",
    "a.adoc": "= Weir\nAda Miller\nv1.1, 2021-02-05: new figures\n\n{}",
    "a.rst": ".. post:: 2021-02-05\n\nWeir\n====\n\n{}",
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_a_mark_of_a_part_is_none_of_the_text(read: Read, name: str) -> None:
    article = only(read(name, PUBLISHED[name].format(FIRST)))
    assert article.status == ""
    assert article.date in ("", "2021-02-05")


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("a.adoc", "include::/etc/hostname[]"),
        ("a.org", '#+INCLUDE: "/etc/hostname"'),
        ("a.rst", ".. include:: /etc/hostname"),
        ("b.rst", ".. literalinclude:: /etc/hostname"),
    ],
)
def test_what_a_text_includes_is_not_opened_and_named(read: Read, name: str, line: str) -> None:
    found = read(name, f"{FIRST}\n\n{line}\n")
    [article] = [one for one in found if isinstance(one, Article)]
    assert article.text == FIRST
    [notice] = [one for one in found if isinstance(one, Notice)]
    assert "/etc/hostname" in notice.example


@pytest.mark.parametrize(
    "directive",
    [
        ".. csv-table::\n   :file: /etc/hostname",
        ".. csv-table::\n   :url: file:///etc/hostname",
        ".. raw:: html\n   :file: /etc/hostname",
        ".. raw:: html\n   :url: file:///etc/hostname",
        ".. figure:: /etc/hostname\n   :scale: 50",
    ],
)
def test_no_directive_opens_a_file(read: Read, directive: str) -> None:
    with open("/etc/hostname", encoding="utf-8") as file:
        secret = file.read().strip()
    article = only(read("a.rst", f"{FIRST}\n\n{directive}\n\n{SECOND}\n"))
    assert article.text.startswith(FIRST)
    assert article.text.endswith(SECOND)
    assert not secret or secret not in article.text.replace("/etc/hostname", "")


def test_the_words_of_directives_that_are_not_known_are_kept(read: Read) -> None:
    text = (
        f"{FIRST}\n\n.. versionadded:: 2.1\n   Words of the version.\n\n"
        ".. my:box:: Head of it\n   :option: value\n\n   More **words** of it.\n\n"
        ".. note:: The lock is shut on Sundays.\n\n.. toctree::\n\n   intro\n   outro\n"
    )
    article = only(read("a.rst", text))
    assert article.text.split("\n\n") == [
        FIRST,
        "2.1 Words of the version.",
        "Head of it",
        "More words of it.",
        "The lock is shut on Sundays.",
    ]


MDX = f"""---
title: The weir
date: 2024-02-03
---
import Chart from '../components/chart.js'
import {{
  Map,
}} from 'maps'

export const meta = {{
  title: 'x',
}}

{{/* a comment
   of two lines */}}

{FIRST} It cost {{"seven"}} guilders{{props.note}}.

<Figure src="weir.jpg" caption="Water falls over the sill" onClick={{() => {{ go({{a: 1}}) }}}} />

<Note type="info">
    The keeper lives **beside** the weir.
</Note>

<Tabs>
  <TabItem label="one">

  {SECOND}

  </TabItem>
</Tabs>

A <Badge>new</Badge> gate.

```js
import x from 'y'
```
"""


def test_the_code_of_mdx_is_no_text_and_its_words_are(read: Read) -> None:
    assert roles(only(read("a.mdx", MDX)))[1:] == [
        ("body", f"{FIRST} It cost seven guilders."),
        ("caption", "Water falls over the sill"),
        ("body", "The keeper lives beside the weir."),
        ("body", SECOND),
        ("body", "A new gate."),
        ("body", "import x from 'y'"),
    ]


def test_words_that_look_like_modules_stay_in_markdown_and_in_prose(read: Read) -> None:
    prose = "import duties rose again this year, and export rose with them."
    assert only(read("a.mdx", f"{FIRST}\n\n{prose}\n")).text.split("\n\n")[1] == prose
    braces = "It says {props.x} here, the log."
    kept = [one for one in read("b.md", braces) if isinstance(one, Article) and one.id == "b"]
    assert [one.text for one in kept] == [braces]


@pytest.mark.parametrize("name", ["a.adoc", "a.org", "a.rst", "a.mdx"])
def test_an_empty_file_is_refused_and_a_packed_one_is_read(read: Read, name: str) -> None:
    content = {name: "\n \n", f"b{name}.gz": gzip.compress(FIRST.encode())}
    found = read("z.txt", FIRST, content)
    assert [one.reason for one in found if isinstance(one, Refusal)] == ["is empty"]
    assert [one.id for one in found if isinstance(one, Article)] == ["ba", "z"]


HOSTILE = {
    "a.adoc": ["|===\n" * 3_000, "====\n" * 5_000, "*" * 50_000, "[" * 50_000, "<<" * 20_000],
    "a.org": ["#+begin_center\n" * 3_000, "*" * 50_000, "[[" * 20_000, "| " * 20_000, "/" * 50_000],
    "a.rst": ["- " * 300 + "x", "*" * 20_000, "`" * 5_000, "  > \n" * 2_000],
    "a.mdx": ["{" * 5_000, "<A " * 5_000, "<A>" * 3_000, "{/*" * 5_000],
}


@pytest.mark.parametrize(
    ("name", "at"), [(n, at) for n in HOSTILE for at in range(len(HOSTILE[n]))]
)
def test_a_text_made_to_be_slow_or_deep_is_an_article_or_a_refusal(
    read: Read, name: str, at: int
) -> None:
    [found] = read(name, f"{HOSTILE[name][at]}\n\n{FIRST}\n")
    assert isinstance(found, Article | Refusal)


def test_labels_conditions_and_tables_without_bars_of_markups(read: Read) -> None:
    table = "[format=csv]\n|===\nYear,Level\n1926,16.9\n|==="
    adoc = only(read("a.adoc", f"= The weir\n\nNOTE: {FIRST}\n\n{table}\n"))
    assert roles(adoc)[1:] == [("body", FIRST), ("table", "Year | Level\n1926 | 16.9")]
    rst = f"The weir\n========\n\n{FIRST}\n\n.. only:: html\n\n   {SECOND}\n"
    [other] = [one for one in read("b.rst", rst) if isinstance(one, Article) and one.id == "b"]
    assert other.text.split("\n\n") == [FIRST, SECOND]


@pytest.mark.parametrize(
    ("name", "source"),
    [
        (
            "a.adoc",
            "ifdef::draft[]\nNot yet.\n\nifdef::x[]\nNor this.\nendif::[]\nendif::draft[]\n",
        ),
        ("a.adoc", "ifdef::internal,draft[Not yet.]\n"),
        ("a.rst", ".. only:: draft or internal\n\n   Not yet.\n"),
    ],
)
def test_a_part_for_drafts_is_left_out(read: Read, name: str, source: str) -> None:
    head = {"a.adoc": "= The weir\n\n", "a.rst": "The weir\n========\n\n"}[name]
    article = only(read(name, f"{head}{FIRST}\n\n{source}\n{SECOND}\n"))
    assert roles(article)[1:] == [("body", FIRST), ("body", SECOND)]
    shown = source.replace("draft", "html").replace("internal", "web")
    assert "Not yet." in only(read(name, f"{head}{FIRST}\n\n{shown}\n{SECOND}\n")).text
