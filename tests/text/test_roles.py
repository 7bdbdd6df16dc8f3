"""The hand labels of `expected/roles.toml`, and the traps that taught a rule."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from functools import cache
from importlib.resources import files
from pathlib import Path

import pytest

from recommender.articles.read import read_articles
from recommender.passages.paragraphs import cut
from recommender.text import roles
from recommender.text.roles import Place, by_rule, is_byline, rules
from recommender.types import Article, Paragraph, Role

ROOT = Path(__file__).parent.parent
LABELS = tomllib.loads((ROOT / "expected" / "roles.toml").read_text("utf-8"))
MIDDLE = "A first paragraph that is long enough to be the running text of an article.\n\n{}\n\n" + (
    "\n\n".join(["A paragraph of running text that goes on for longer than any heading does."] * 4)
)


@cache
def seed_articles() -> dict[str, Article]:
    found = read_articles([ROOT.parent / "seeds"])
    return {article.id: article for article in found if isinstance(article, Article)}


def roles_of(article: Article) -> list[Role]:
    return [paragraph.role for paragraph in cut(article) if paragraph.number]


def role_in_the_middle(block: str) -> Role:
    """The role of a block that stands between paragraphs of running text."""
    [found] = [one for one in cut(Article("a", "Title", MIDDLE.format(block))) if one.number == 2]
    return found.role


def role_at_the_end(block: str) -> Role:
    return cut(Article("a", "Title", MIDDLE.format("Nothing.") + "\n\n" + block))[-1].role


@pytest.mark.parametrize("article_id", LABELS)
def test_every_paragraph_of_the_seeds_has_the_role_an_editor_gave_it(article_id: str) -> None:
    assert roles_of(seed_articles()[article_id]) == LABELS[article_id]


def test_every_offset_points_at_the_paragraphs_text() -> None:
    for article in seed_articles().values():
        for paragraph in cut(article):
            if paragraph.number:
                assert article.text[paragraph.start : paragraph.end] == paragraph.text


def test_the_users_article_shares_number_1_between_date_line_and_text() -> None:
    date, first, *_ = cut(seed_articles()["000_1010306ca34bd51d"])
    assert (date.number, date.role, date.text) == (1, Role.DATELINE, "date 2022-12")
    assert (first.number, first.role, first.text[:16]) == (1, Role.BODY, "Het is zeer onwa")


def test_a_title_that_is_not_in_the_text_is_paragraph_0() -> None:
    title, body = cut(Article("a", "A title", "Running text."))
    assert title == Paragraph(0, Role.TITLE, "A title", 0, 0, "title field")
    assert (body.number, body.role) == (1, Role.BODY)


@pytest.mark.parametrize(
    ("block", "role"),
    [
        ("The new mural on Canal Street. (Jo Park/City News)", Role.CAPTION),
        ("The two sides disagreed on much (and on little else/nothing more).", Role.BODY),
        ("* * *", Role.BOILERPLATE),
        ("«Un puente que no se renueva cada año deja de ser nuestro».", Role.QUOTE),
        ("Un soldat réchauffe ses mains. Photo AFP", Role.CAPTION),
        ("Kurven in der Altstadt Foto: Jan de Vries/dpa", Role.CAPTION),
        ("Rook boven de haven (AP Photo/Libkos) Beeld AP", Role.CAPTION),
        ("Crowds at the gate. (Photo by Jane Doe/Getty Images)", Role.CAPTION),
        ("دخان يتصاعد من حي سكني. تصوير: رويترز", Role.CAPTION),
        ("图：村民在大堤上堆放沙袋。新华社", Role.CAPTION),
        ("修復前の右から三枚目。写真：表具工房提供", Role.CAPTION),
        ("FILE - The bridge in 2019.", Role.CAPTION),
        ("图为干涸的湖床。 新华社记者 摄", Role.CAPTION),
        ("蒸し米を広げる蔵人たち（佐藤健一撮影）", Role.CAPTION),
        ("20일 오전 얼어붙은 한강. 이영희 기자 촬영", Role.CAPTION),
        ("Beeld Marcel van Hoorn / ANP", Role.CREDIT),
        ("Photo: Ashdown Museum", Role.CREDIT),
        ("(Foto: J.P. Jansen)", Role.CREDIT),
        ("Lees ook: Hoe het verder ging", Role.BOILERPLATE),
        ("READ MORE", Role.BOILERPLATE),
        ("Читайте также: Что дальше", Role.BOILERPLATE),
        ("Andere stad in het vizier", Role.SUBHEAD),
        ("How did it come to this?", Role.SUBHEAD),
        ("“It was a long day, and we were tired.”", Role.QUOTE),
        ("“It was a long day.” — Jan Modaal", Role.QUOTE),
        ("- one thing\n- another thing", Role.LIST),
        ("name | age\nJan | 40\nPiet | 41", Role.TABLE),
    ],
)
def test_short_blocks_are_told_by_their_words_and_shape(block: str, role: Role) -> None:
    assert role_in_the_middle(block) == role


@pytest.mark.parametrize(
    "block",
    [
        "Er zeigte ein Bild: ein Haus am See, das niemand mehr bewohnte.",
        "She took a picture: it showed the two of them at the gate of the palace.",
        "“We wachten af”, zegt ze. “Meer kunnen we niet doen.”",
        "Dat meldt de Noord-Atlantische Verdragsorganisatie (NAVO).",
        "Read more books, the teacher said, and the children did as they were told.",
        "Watch-makers in the valley have had a good year, and they do not hide it.",
        "By Monday the water had gone.",
        "Von der Leyen sagte am Montag, sie werde das nicht hinnehmen.",
        "Hij kreeg de newsletter van de fabrikant en las die aandachtig door.",
        "ووزع المكتب الإعلامي للحكومة على الصحفيين صورة واضحة.",
        "– Nee, zei hij, dat doe ik niet.",
        "Bilder von Van Gogh hängen dort neben denen der Schüler / Besucher staunen darüber.",
        "警方表示，这段视频由路人用手机拍摄，目前正在进一步调查之中。",
        "Dit artikel gaat over de dijk, die eerder in het nieuws was.",
        "Por Lisboa passaram ontem três mil bicicletas.",
        "All four of them contributed.",
        "Bron van alle ellende was de dijk: die was te laag. Zo zegt hij het.",
        "Het was in (ANP) niet te lezen, zegt hij.",
        "Mail kwam er genoeg. Hij las alles, ook wat op jan@example.org binnenkwam, zegt hij.",
    ],
)
def test_running_text_is_never_taken_for_something_that_is_dropped(block: str) -> None:
    assert role_in_the_middle(block) == Role.BODY
    assert role_at_the_end(block) == Role.BODY


def test_closing_blocks_of_a_publisher_are_boilerplate() -> None:
    for block in (
        "Sign up for our weekly newsletter. © The Northern Ledger 2022",
        "© Sportredactie. Overname alleen met toestemming.",
        "Copyright 2022 The Ledger",
        "Alle Rechte vorbehalten.",
        "Dit artikel verscheen eerder in Dagblad De Limburger.",
        "This story first appeared in The Ledger.",
        "The post Lock closed for two years appeared first on The Ledger.",
        "Der Beitrag Schleuse gesperrt erschien zuerst auf Hafenblatt.",
        "L’article Écluse fermée est apparu en premier sur Le Port.",
        "Reageren? Mail naar redactie@waalbode.nl.",
        "For further information, please send mail to <press@example.org>.",
    ):
        assert role_at_the_end(block) == Role.BOILERPLATE


def test_a_byline_is_one_above_the_text_only() -> None:
    article = Article(
        "a", "T", "By Jan Modaal\n\nRunning text.\n\nMore of it.\n\nBy Monday it ended"
    )
    assert roles_of(article)[0] is Role.BYLINE


def test_a_date_line_opens_the_text_below_a_picture() -> None:
    caption = "The market in the morning"
    text = f"{caption}\n\nKYIV (AP) — The market opened late on Monday."
    marks = [(0, len(caption), "caption", "<figcaption> in the source")]
    article = Article("a", "T", text, marks=marks)
    assert roles_of(article) == [Role.CAPTION, Role.DATELINE, Role.BODY]


def test_the_authors_name_alone_is_a_byline() -> None:
    article = Article("a", "T", "Jan Modaal\n\nRunning text.", author="Jan Modaal")
    assert roles_of(article) == [Role.BYLINE, Role.BODY]


def test_a_name_with_a_place_or_above_a_date_line_is_a_byline() -> None:
    for byline in ("Anna de Wit, in Parijs", "Анна Ковалёва, «Северный вестник»"):
        assert roles_of(Article("a", "T", f"{byline}\n\n{MIDDLE}"))[0] is Role.BYLINE, byline
    dated = Article("a", "T", f"Anna Jansen\n\n3 mei 2022\n\n{MIDDLE}")
    assert roles_of(dated)[:2] == [Role.BYLINE, Role.DATELINE]


def test_a_mark_of_the_source_is_believed_unless_the_words_say_boilerplate() -> None:
    text = "Een tussenkop met een punt.\n\nLopende tekst die lang genoeg is.\n\nLees ook: dit"
    marks = [(0, 27, "subhead", "h2"), (text.index("Lees"), len(text), "subhead", "h3")]
    assert roles_of(Article("a", "T", text, marks=marks)) == ["subhead", "body", "boilerplate"]


def test_a_text_made_to_be_slow_is_cut_in_time() -> None:
    hostile = "Foto " * 80 + "\n\n" + "(" * 400 + "\n\n" + "“" * 300 + "\n\n" + "Von A" * 20
    assert len(cut(Article("a", "T", hostile))) == 5


@pytest.mark.parametrize(
    ("block", "role"),
    [
        ("(Reporting by Ruth Allen; Editing by Paul Grant)", Role.CREDIT),
        ("Photographs: Daniel Osei", Role.CREDIT),
        ("Additional reporting by Ruth Allen; editing by Paul D. Grant", Role.CREDIT),
        ("Mit Material von dpa", Role.CREDIT),
        ("Associated Press writer Dan Ortega in Boston contributed.", Role.CREDIT),
        ("(sda/ram)", Role.CREDIT),
        ("Bron: ANP", Role.CREDIT),
        ("Źródło: PAP", Role.CREDIT),
        ("责任编辑：李华", Role.CREDIT),
        ("編集：田中一郎", Role.CREDIT),
        ("Reporting by hand takes longer, and readers say that they can tell.", Role.BODY),
    ],
)
def test_who_made_the_text_is_told_at_its_end(block: str, role: Role) -> None:
    assert role_at_the_end(block) is role


@pytest.mark.parametrize(
    "byline",
    ["Von unserem Mitarbeiter Karl Ebner", "Door onze verslaggever Jan Smit", "文・山本花子"],
)
def test_an_author_may_be_called_the_papers_own(byline: str) -> None:
    head = cut(Article("a", "Title", f"Title\n\n{byline}\n\n" + MIDDLE.format("Nothing.")))
    assert head[1].role is Role.BYLINE


@pytest.mark.parametrize("author", ["Jan Modaal", "Press desk"])
@pytest.mark.parametrize("closing", ["", "Footer of the site"])
def test_a_name_that_closes_a_short_text_makes_no_head_of_all_before_it(
    author: str, closing: str
) -> None:
    above = ["The board meets on Monday.", "The gate is shut until then.", "Boats have to wait."]
    text = "\n\n".join([*above, author, *filter(None, [closing])])
    marks = [(len(text) - len(closing), len(text), "boilerplate", "learned")] if closing else []
    found = [str(one.role) for one in cut(Article("a", "Gate", text, author=author, marks=marks))]
    assert found[1:4] == ["body"] * 3


@pytest.mark.parametrize("written", [str, str.upper, str.title])
def test_the_phrases_that_spare_blocks_a_pattern_never_hide_one_that_fits(
    written: Callable[[str], str],
) -> None:
    table = tomllib.loads((files("recommender") / "data" / "roles.toml").read_text("utf-8"))
    places = (Place(1, 9, False), Place(5, 9, True), Place(9, 9, True))
    for row, rule in zip(table["rules"], rules(), strict=True):
        lists = [table["words"][name] for name in row.get("needs", ())]
        for phrase in (
            one for by_language in lists for words in by_language.values() for one in words
        ):
            block = written(phrase) + ": Anna Kovaleva"
            if rule.fits(block) and not {*"İı"} & {*phrase}:  # Turkish knows two kinds of i
                assert any(by_rule(block, place) for place in places), block


@pytest.mark.parametrize("block", ["İLGİLİ HABERLER: Köprü kapandı", "Ayrıca okuyun: Köprü"])
def test_letters_that_ignore_case_in_turkish_hide_no_phrase(block: str) -> None:
    assert role_in_the_middle(block) is Role.BOILERPLATE


@pytest.mark.parametrize(
    ("before", "after"),
    [("", ""), ("(", ")"), ("«", "»"), ("e@", " ©"), ("ñ ", "\u00a0x"), ("\x1c", "_")],
)
def test_words_are_the_same_whether_a_text_is_split_as_bytes_or_by_a_pattern(
    before: str, after: str
) -> None:
    for word in roles._rules_of_triggers():
        lowered = f"one {before}{word}{after} two".casefold()
        expected = roles._rules_of_triggers().keys() & roles._WORD.findall(lowered)
        assert roles._trigger_words_in(lowered) == expected, lowered


@pytest.mark.parametrize(
    "block", ["By Anna Kovaleva", "Photo: Anna Kovaleva", "Fog is wet.", "x" * 600]
)
def test_a_byline_is_what_the_first_rule_that_fits_says(block: str) -> None:
    for place in (Place(1, 9, False), Place(5, 9, True), Place(9, 9, True)):
        ruled = by_rule(block, place)
        assert is_byline(block, place) is (ruled is not None and ruled[0] is Role.BYLINE)
