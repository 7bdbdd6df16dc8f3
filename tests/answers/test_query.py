"""What a query says: phrases that must occur, words that must not, in any script."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from support.archive import Archive
from support.project import Run
from support.stand_in import WordEncoder

from recommender import Filters, Recommender
from recommender.answers import phrases
from recommender.answers.query import IN_A_SENTENCE, Query, parse_query, query_of
from recommender.errors import QueryError
from recommender.settings import Settings
from recommender.text.folding import folded
from recommender.text.words import pattern_of


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("gevechten om Bachmoet", Query("gevechten om Bachmoet")),
        ('de "hoge  dijk" bij Tiel', Query("de hoge  dijk bij Tiel", ("hoge  dijk",))),
        ("water -dijk", Query("water", (), ("dijk",))),
        ('water -"hoge dijk", snel', Query("water , snel", (), ("hoge dijk",))),
        ("“一” 洪水 －鄱阳湖", Query("一 洪水", ("一",), ("鄱阳湖",))),
        ("他说「加油」了", Query("他说加油了", ("加油",))),
        ('他说"加油"了', Query("他说加油了", ("加油",))),
        ("„Straße der Entscheidung“ «à Bakhmout»", None),
        ("-anti-war, water", Query("water", (), ("anti-war",))),
        ('12" vinyl and 7" singles', Query('12" vinyl and 7" singles')),
        ('צה"ל וצה"ל', Query('צה"ל וצה"ל')),
        ('water "dijk', Query('water "dijk')),
        ("min -5 graden, well-known - and -", Query("min -5 graden, well-known - and -")),
        (r"\"water\" \-dijk", Query('"water" -dijk')),
        ('"!?" water', Query('"!?" water')),
    ],
)
def test_a_query_is_read(text: str, query: Query | None) -> None:
    wanted = query or Query(
        "Straße der Entscheidung à Bakhmout", ("Straße der Entscheidung", "à Bakhmout")
    )
    assert parse_query(text) == wanted


@pytest.mark.parametrize("text", ["-dijk", '-"hoge dijk" -water', " -a . "])
def test_a_query_that_only_leaves_out_is_refused(text: str) -> None:
    with pytest.raises(QueryError, match="only excludes words"):
        parse_query(text)


def test_too_many_conditions_are_refused() -> None:
    with pytest.raises(QueryError, match=r"has 21 quoted phrases and excluded words, .* --plain"):
        parse_query("water " + "-a " * 21)


@pytest.mark.parametrize(
    ("phrase", "text", "found"),
    [
        ("hoge dijk", "De Hoge\n  Dijk bij Tiel", True),
        ("l'hiver", "dans l’hiver", True),
        ("l’hiver", "dans l'hiver", True),
        ("dijk", "De dijken", False),
        ("dijk", "dijk.", True),
        ("STRASSE", "die Straße", True),
        ("鄱阳湖", "守在鄱阳湖边", True),
        ("F1", "看f1赛车", True),
        ("F1", "看f12赛车", False),
        ("น้ำท่วม", "เกิดน้ำท่วมใหญ่", True),
        ("باخموت", "معركة باخموت", True),
        ("noord holland", "in Noord-Holland is", True),
        ("noord-holland", "in noord  holland is", True),
        ("noord holland", "noordholland", False),
        ("हिन्द", "हिन्दी में", False),
        ("हिन्दी", "हिन्दी में", True),
        ("Cafe\u0301", "het café", True),
        ("C++ (lang", "a c++ (lang)", True),
    ],
)
def test_a_phrase_is_whole_words_without_case(phrase: str, text: str, found: bool) -> None:
    assert bool(pattern_of(phrase).search(folded(text))) == found


ROWS = {
    "tiel": ("nl", "water: de hoge dijk bij Tiel", "water over de weg"),
    "arnhem": ("nl", "water: de dijk is hoge nood", "water bij Arnhem"),
    "kampen": ("nl", "water: de lage\n dijk", "water bij Tiel"),
    "poyang": ("zh", "water 守在鄱阳湖边的村庄", "water 水"),
    "yangzi": ("zh", "water 长江边的村庄", "water 大湖"),
}


# Articles of two passages each, behind 300 that match `water` as well.
ARCHIVE = Archive(
    rows=[
        *(
            {"id": id, "language": language, "title": "Bericht", "text": "\n\n".join(texts)}
            for id, (language, *texts) in ROWS.items()
        ),
        *({"id": f"x{n}", "language": "de", "text": f"water water {n}"} for n in range(300)),
    ],
    encoder=WordEncoder("water"),
    settings=Settings(join_under=0),
)


@pytest.mark.parametrize(
    ("text", "by", "found"),
    [
        ('water "hoge dijk"', "passage", {"tiel#1"}),
        ('water "de hoge"', "passage", {"tiel#1"}),
        ('water "dijk" "hoge"', "passage", {"tiel#1", "arnhem#1"}),
        ('water "dijk" -hoge', "passage", {"kampen#1"}),
        ('water "lage dijk"', "passage", {"kampen#1"}),
        ('water "dijk" "Tiel"', "passage", {"tiel#1"}),
        ('water "dijk" "Tiel"', "article", {"tiel#1", "kampen#1"}),
        ('water "dijk" -Tiel', "passage", {"arnhem#1", "kampen#1"}),
        ('water "dijk" -Tiel', "article", {"arnhem#1"}),
        ('water "鄱阳湖"', "passage", {"poyang#1"}),
        ('water "湖"', "passage", {"poyang#1", "yangzi#2"}),
        ('water "村庄" -鄱阳湖', "passage", {"yangzi#1"}),
        ('water "水"', "passage", {"poyang#2"}),
        ('water "nergens"', "passage", set()),
    ],
)
def test_conditions_are_met_behind_three_hundred_other_matches(
    archive: Recommender, text: str, by: str, found: set[str]
) -> None:
    assert {hit.passage_id for hit in archive.search(text, k=5, by=by)} == found


def test_a_frequent_word_is_taken_from_the_postings(
    archive: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phrases, "VERIFIED_ROWS", 1)
    monkeypatch.setattr(phrases, "_verified", lambda *_: pytest.fail("texts were read"))
    assert {hit.article_id for hit in archive.search('water "村庄"')} == {"poyang", "yangzi"}


def test_plain_text_has_no_conditions(archive: Recommender) -> None:
    assert len(archive.search('water "nergens"', k=5, plain=True, confidence="loose")) == 5


def test_what_is_quoted_counts_for_meaning(archive: Recommender) -> None:
    [quoted] = archive.search('"water" "hoge dijk"')
    found = archive.search("water hoge dijk", k=400, confidence="loose")
    [plain] = [hit for hit in found if hit.passage_id == quoted.passage_id]
    assert quoted.cosine == pytest.approx(plain.cosine, abs=1e-6)


def test_words_alone_rank_by_what_is_shared(archive: Recommender) -> None:
    hits = archive.search("hoge dijk Tiel", ranking="words", k=400)
    assert [hit.passage_id for hit in hits][:1] == ["tiel#1"]
    assert hits[0].score == pytest.approx(1)
    assert all(first.score >= second.score > 0 for first, second in pairwise(hits))
    assert not any(hit.language == "de" for hit in hits)
    articles = archive.search("hoge dijk Tiel", ranking="words", by="article")
    assert articles[0].article_id == "tiel"


@pytest.mark.parametrize("ask", [{"by": "articles"}, {"ranking": "bm25"}])
def test_values_that_there_are_not_are_refused(archive: Recommender, ask: dict[str, str]) -> None:
    [(name, value)] = ask.items()
    with pytest.raises(QueryError, match=f"{name} is '{value}'; give one of"):
        archive.search("water", **ask)
    if name == "by":
        with pytest.raises(QueryError, match="by is 'articles'; give one of passage, article"):
            archive.similar("tiel#1", **ask)


def test_the_command_reads_queries_and_takes_files_as_they_stand(
    run: Run, seeds_index: Path, tmp_path: Path
) -> None:
    where = ("-f", "jsonl", "-i", seeds_index)

    def texts(*arguments: str) -> list[str]:
        done = run("search", *arguments, *where)
        assert done.returncode == 0, done.stderr
        return [json.loads(line)["text"] for line in done.stdout.splitlines()]

    query = 'gevechten "Institute for the Study of War" -Wagner'
    found = texts(query)
    assert found
    assert all("Institute for the Study of War" in text and "Wagner" not in text for text in found)
    (tmp_path / "query.txt").write_text(query)
    assert texts("--file", "query.txt") == texts(query, "--plain") != found
    assert any("Wagner" not in text for text in texts("洪水 -鄱阳湖", "--confidence", "loose"))
    assert not any("鄱阳湖" in text for text in texts("洪水 -鄱阳湖", "-k", "50"))
    assert run("search", "-Wagner", *where).returncode != 0


@pytest.mark.parametrize(
    "text",
    [
        'Burgemeester "teleurgesteld" over het water bij Tiel',
        "Burgemeester: “Het water komt te hoog” na overleg over dijk",
        "«Het water stijgt nog steeds», zegt het waterschap van Tiel",
        "市长表示「水位正在上涨」并呼吁村庄居民尽快离开",
    ],
)
def test_a_sentence_that_quotes_somebody_is_read_as_text(archive: Recommender, text: str) -> None:
    assert parse_query(text) == Query(text, notice=IN_A_SENTENCE)
    answer = archive.answer_search(text, k=5)
    assert answer.notices == (IN_A_SENTENCE,)
    assert answer.hits == archive.answer_search(text, k=5, plain=True).hits


@pytest.mark.parametrize(
    ("text", "phrases"),
    [
        ('"Ik wil gewoon weer water"', "“Ik wil gewoon weer water”"),
        ('Column: "het water en de kachel"', "“het water en de kachel”"),
        ('"het hoge water" "is nu nergens"', "“het hoge water”, “is nu nergens”"),
    ],
)
def test_a_quote_that_nothing_holds_does_not_empty_a_headline(
    archive: Recommender, text: str, phrases: str
) -> None:
    answer = archive.answer_search(text, k=5, confidence="loose")
    assert len(answer.hits) == 5
    [notice] = answer.notices
    assert notice == f"nothing holds {phrases}; answered as if there were no quotation marks"


def test_few_words_are_no_headline(archive: Recommender) -> None:
    answer = archive.answer_search('water "nergens"')
    assert not answer.hits
    [notice] = answer.notices
    assert notice.startswith("nothing holds “nergens”; without the quotation marks")


def test_a_phrase_that_an_excluded_word_leaves_out_is_not_called_missing(
    archive: Recommender,
) -> None:
    for by in ("passage", "article"):
        answer = archive.answer_search('"hoge dijk" -dijk', by=by)  # type: ignore[arg-type]
        assert not answer.hits
        [notice] = answer.notices
        assert (
            notice == "all that holds “hoge dijk” also holds an excluded word; exclude fewer words"
        )


def test_a_phrase_that_a_filter_leaves_out_is_not_called_missing(archive: Recommender) -> None:
    answer = archive.answer_search('water "hoge dijk"', filters=Filters(languages="de"))
    assert not answer.hits
    [notice] = answer.notices
    assert notice.startswith("nothing that passes the filters holds “hoge dijk”; without")


def test_a_phrase_that_a_filter_leaves_out_gives_no_other_answers(archive: Recommender) -> None:
    text, german = '"water: de hoge dijk bij Tiel"', Filters(languages="de")
    assert [hit.article_id for hit in archive.search(text)] == ["tiel"]
    assert not archive.answer_search(text, filters=german).hits


def test_who_excludes_words_means_the_marks(archive: Recommender) -> None:
    text = 'water over de weg naar "nergens" -Tiel'
    assert parse_query(text).phrases == ("nergens",)
    assert not archive.search(text)


def test_a_long_row_of_marks_is_read_in_a_time_that_grows_with_its_length() -> None:
    """What grows with the square takes minutes here."""
    marks = "!" * 190_000
    assert parse_query(f"water -dijk{marks}gas{marks[:9]}").excluded == (f"dijk{marks}gas",)
    assert parse_query("water -dijk_?!").excluded == ("dijk_",)


@pytest.mark.parametrize("text", ['""', '"', "!!! ???", "--", "…", "« »", "()", "。、", "؟", "^~"])
@pytest.mark.parametrize("plain", [False, True])
def test_marks_alone_are_no_query(text: str, plain: bool) -> None:
    with pytest.raises(QueryError, match=r"the query .* has no word; give some words"):
        query_of(text, plain)


@pytest.mark.parametrize("text", ["C++", "€", "😀", "7", "水", "é", "№"])
def test_one_letter_number_or_picture_is_a_query(text: str) -> None:
    assert query_of(text, False).text == text
