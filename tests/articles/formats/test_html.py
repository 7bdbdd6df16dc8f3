"""A page gives its article as a browser shows it, without the site around it."""

from __future__ import annotations

import pytest
from articles.conftest import Read, warc
from articles.test_read import only, roles
from support.hard_pages import figures, pages

from recommender.articles.charset import decode_page
from recommender.articles.formats.html import decoded, page_article
from recommender.passages.paragraphs import cut
from recommender.types import Article, Notice, NoticeKind

SENTENCE = "De gemeente houdt de brug over de vaart tot de zomer gesloten, zegt de wethouder."
TEXTS = {
    "nl": "De gemeente houdt de brug dicht. Een café in België vroeg één keer om financiële hulp.",
    "fr": "La mairie garde le pont fermé jusqu'à l'été, parce que la chaussée est fissurée.",
    "es": "El puente sigue cerrado hasta el verano. Los niños y el señor Muñoz dirán qué pasó.",
    "de": "Die Gemeinde hält die Brücke bis zum Sommer geschlossen, weil die Straße gerissen ist.",
    "pl": "Gmina zamyka most do lata, ponieważ nawierzchnia jest pęknięta i trzeba ją wymienić.",
    "cs": "Obec uzavřela most až do léta, protože vozovka je popraskaná a nebezpečná pro všechny.",
    "ru": "Городской совет закрывает мост до лета, потому что дорожное полотно потрескалось.",
    "el": "Ο δήμος κρατά τη γέφυρα κλειστή μέχρι το καλοκαίρι, επειδή το οδόστρωμα έχει ρωγμές.",
    "tr": "Belediye, yol yüzeyi çatladığı için köprüyü yaza kadar kapalı tutuyor, diyor başkan.",
    "ja": "市は路面にひびが入ったため、夏まで橋を閉鎖する。自転車は水門に沿って迂回する。",
    "zh": "市政府因路面开裂将大桥关闭至夏天。骑自行车的人必须沿着水闸绕行。",
    "ko": "시는 노면에 금이 가서 여름까지 다리를 폐쇄한다. 자전거 이용자는 수문을 따라 우회한다.",
    "ar": "تغلق البلدية الجسر حتى الصيف لأن سطح الطريق متشقق. يضطر راكبو الدراجات إلى الالتفاف.",
    "he": "העירייה סוגרת את הגשר עד הקיץ כי פני הכביש סדוקים. רוכבי אופניים עוקפים לאורך הסכר.",
}
OLD = {
    **dict.fromkeys(("nl", "fr", "es", "de"), "cp1252"),
    "pl": "iso8859-2",
    "cs": "cp1250",
    "ru": "koi8-r",
    "el": "cp1253",
    "tr": "cp1254",
    "ja": "euc_jp",
    "zh": "gb18030",
    "ko": "cp949",
    "ar": "cp1256",
    "he": "cp1255",
}


def page(body: str, title: str = "De brug", head: str = "<meta charset='utf-8'>") -> str:
    return (
        f"<!doctype html><html><head>{head}<title>{title} | De Krant</title></head><body>"
        f"<nav><a href='/'>Home</a> <a href='/s'>Sport</a></nav>{body}"
        "<footer><p>Over de krant</p></footer></body></html>"
    )


@pytest.mark.parametrize("language", OLD)
def test_a_page_without_a_declared_encoding_is_read_and_the_guess_named(
    read: Read, language: str
) -> None:
    content = page(f"<p>{TEXTS[language]}</p>", head="").encode(OLD[language])
    notice, article = sorted(read("a.html", content), key=lambda one: not isinstance(one, Notice))
    assert isinstance(article, Article)
    assert TEXTS[language] in article.text
    assert isinstance(notice, Notice)
    assert (notice.kind, notice.place) == (NoticeKind.ENCODING, "a.html")


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [
        ("iso-8859-1", "cp1252"),  # “curly” and €, which the declared one lacks
        ("gb2312", "gb18030"),
        ("shift_jis", "cp932"),
        ("windows-1251", "cp1251"),
        ("utf-16", "utf-8"),
        ("klingon", "utf-8"),
        ("zip_codec", "utf-8"),
    ],
)
def test_a_declared_encoding_is_read_as_browsers_do(declared: str, encoding: str) -> None:
    text = {"cp1252": "“curly” €", "gb18030": "囧镕", "cp932": "①髙", "cp1251": "мост"}.get(
        encoding, "één"
    )
    data = page(f"<p>{text}</p>", head=f"<meta charset='{declared}'>").encode(encoding)
    assert text in decode_page(data).text
    assert decode_page(data).guess == ""


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (page(f"<p>één {SENTENCE}</p>").encode() + b"<p>caf\xe9</p>", "café"),
        (page("<p>één</p>").encode("utf-16"), "één"),
        (page("<p>één</p>", head="").encode("utf-16-le"), "één"),
        (page("<p>橋</p>", head="").encode("iso2022_jp"), "橋"),
        (b"<p>caf\xe9 \x81</p>", "café"),
    ],
)
def test_a_page_with_a_few_wrong_bytes_or_in_an_odd_encoding_is_read(
    data: bytes, text: str
) -> None:
    assert text in decode_page(data).text


def test_the_encoding_that_a_server_sent_counts_before_a_guess(read: Read) -> None:
    body = page(f"<p>{TEXTS['ru']}</p>", head="").encode("cp866")
    found = read("a.warc", warc({"http://a/b": body}, "text/html; charset=cp866"))
    assert TEXTS["ru"] in only(found).text


@pytest.mark.parametrize("count", [1, 2, 3, 10, 100])
@pytest.mark.parametrize(
    ("around", "byline"),
    [
        ("article", "<p class='byline'>Door Jan Modaal</p>"),
        ("article", "<p>Door Jan Modaal</p>"),
        ("main", "<p>Door Jan Modaal</p>"),
        ("div", "<p>Door Jan Modaal</p>"),
    ],
)
def test_a_page_of_one_paragraph_is_cut_as_one_of_a_hundred(
    count: int, around: str, byline: str
) -> None:
    body = "".join(f"<p>{SENTENCE} Dit is nummer {at}.</p>" for at in range(count))
    html = page(f"<{around}><h1>De brug</h1>{byline}{body}</{around}>")
    found = [str(one.role) for one in cut(page_article("a", "a.html", html))]
    head = ["title"] if "class" in byline else ["title", "byline"]
    assert found == [*head, *["body"] * count]


def test_a_title_keeps_the_joiners_of_its_words_and_stands_once(read: Read) -> None:
    title = "کشتی\u200cها راه تازه می\u200cروند"
    text = "شورای شهر سه\u200cشنبه شب تصمیم گرفت که دریچه شمالی را برای دو سال ببندد."
    for count in (1, 8):
        texts = [f"{text} {number}." for number in range(count)]
        body = "".join(f"<p>{one}</p>" for one in texts)
        html = page(f"<article><h1>{title}</h1>{body}</article>", title)
        article = only(read("a.html", html))
        assert article.title == title
        assert roles(article) == [("title", title), *(("body", one) for one in texts)]


def test_soft_hyphens_of_a_page_are_gone() -> None:
    html = page(f"<article><h1>De brug</h1><p>{SENTENCE} Bin&shy;nen\u00advaart.</p></article>")
    assert "Binnenvaart" in page_article("a", "a.html", html).text


@pytest.mark.parametrize(
    "front",
    [
        "---\ntitle: De sluis\ndate: 2022-12-20\n---\n",
        "+++\ntitle = 'De sluis'\ndate = 2022-12-20\n+++\n",
    ],
)
def test_a_page_of_a_site_generator_gives_its_fields_and_all_its_text(
    read: Read, front: str
) -> None:
    body = f"<p>{SENTENCE}</p>{{% include toc.html %}}<p>{SENTENCE} Twee.</p>"
    article = only(read("a.html", front + body))
    assert (article.title, article.date) == ("De sluis", "2022-12-20")
    assert roles(article)[1:] == [("body", SENTENCE), ("body", f"{SENTENCE} Twee.")]


@pytest.mark.parametrize(
    "body", ["<p>Kort.</p>", "<div>Kort.</div>", "Kort.", "<table><tr><td>Kort.</td></tr></table>"]
)
def test_no_page_with_text_is_refused(read: Read, body: str) -> None:
    assert "Kort." in only(read("a.html", f"<html><body>{body}</body></html>")).text


def test_labelled_pages_of_hard_shapes_are_read_as_their_editor_would() -> None:
    """The extractor alone reaches F 0.935 on them (`python -m benchmarks.pages`)."""

    def text(data: bytes) -> str:
        return page_article("a", "a.html", decoded(data).text).text

    precision, recall, _ = figures(text, pages())
    assert (round(precision, 3), round(recall, 3)) >= (0.98, 0.98)
    assert recall >= 0.98


@pytest.mark.parametrize(
    ("language", "head", "above"),
    [
        ("fa", "<meta property='article:published_time' content='۱۴۰۱/۱۰/۰۷'>", ""),
        ("fa", "", "<time>۷ دی ۱۴۰۱</time>"),
        ("th", "", "<p class='date'>28 ธันวาคม 2565</p>"),
        ("ja", "", "<p class='date'>令和4年12月28日</p>"),
    ],
)
def test_a_day_of_another_calendar_is_found(
    read: Read, language: str, head: str, above: str
) -> None:
    body = f"<article><h1>De brug</h1>{above}<p>{SENTENCE}</p><p>{SENTENCE[3:]}</p></article>"
    written = page(body, head=f"<meta charset='utf-8'>{head}").replace(
        "<html>", f"<html lang='{language}'>"
    )
    assert only(read("a.html", written)).date == "2022-12-28"


def test_an_end_of_the_page_before_its_text_is_passed_over(read: Read) -> None:
    code = "<figure><table><tr><td class='gutter'><pre>1<br>2</pre></td><td><pre>a<br>b</pre>"
    menu = "<nav><a href='/'>Start</a> <a href='/sport'>Sport</a></nav>"
    text = f"<article><h1>De brug</h1><p>{SENTENCE}</p>{code}</table></figure><p>{SENTENCE}</p>"
    html = page(f"{menu}{text}</article>").replace("</head>", "</head></html>", 1)
    article = read("a.html", html)[0]
    assert isinstance(article, Article)
    assert SENTENCE in article.text
    assert "Sport" not in article.text
    assert "1" not in article.text
