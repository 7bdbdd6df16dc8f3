"""Why something is an answer: the sentences that match, and the parts of the score in words."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from support.answers import related_answer
from support.project import USERS_ARTICLE, Run

from recommender import Hit, Recommendation, Recommender, RelatedOptions, SearchOptions
from recommender.render.answers import Hits, Related
from recommender.render.explanations import highlighted
from recommender.render.formats import Format, render
from recommender.render.text_layout import Page
from recommender.text.sentences import sentences
from recommender.types import Article, ArticleRef, Excluded, Filters, Sentences


def parts(answer: Hit | Recommendation) -> dict[str, str]:
    assert answer.explanation is not None
    return {part.name: part.words for part in answer.explanation.parts}


def test_a_sentence_goes_on_over_the_end_of_a_line() -> None:
    text = "Het water\nstijgt. De dijk houdt.\n\nKop zonder punt\n\n他走了。她来了。"
    found = [text[start:end] for start, end in sentences(text)]
    assert found == [
        "Het water\nstijgt.",
        "De dijk houdt.",
        "Kop zonder punt",
        "他走了。",
        "她来了。",
    ]


def test_nothing_is_explained_unless_asked_and_answers_are_the_same(seeds: Recommender) -> None:
    plain, told = seeds.related(USERS_ARTICLE), seeds.related(USERS_ARTICLE, explain=True)
    assert all(one.explanation is None for one in plain)
    assert all(one.explanation is not None for one in told)
    assert [(one.article_id, one.score) for one in plain] == [
        (one.article_id, one.score) for one in told
    ]


@pytest.mark.parametrize(
    ("article_id", "other_id", "ours", "theirs"),
    [
        (USERS_ARTICLE, "de-kreminna-front", "artsen en bouwvakkers", "Ärzte und Bauarbeiter"),
        (USERS_ARTICLE, "en-bakhmut-battle", "rond kerst", "Around Christmas"),
        ("zh-kreminna-zhanshi", "en-bakhmut-battle", "主战坦克", "battle tanks"),
        ("ar-bakhmut-maarik", "zh-kreminna-zhanshi", "بدبابات", "主战坦克"),
    ],
)
def test_the_sentences_that_match_are_found_across_languages(
    seeds: Recommender, article_id: str, other_id: str, ours: str, theirs: str
) -> None:
    [found] = [
        one for one in seeds.related(article_id, explain=True, k=30) if one.article_id == other_id
    ]
    assert found.explanation is not None
    pairs = [
        (" ".join(s.text for s in match.sentences), " ".join(s.text for s in match.other_sentences))
        for match in found.explanation.matches
    ]
    ours = "voor kerst" if ours == "rond kerst" else ours
    assert any(ours in one and theirs in other for one, other in pairs)


def test_offsets_are_into_the_texts_that_stand_in_the_answer(seeds: Recommender) -> None:
    for found in seeds.related(USERS_ARTICLE, explain=True):
        assert found.explanation is not None
        for pair, match in zip(found.evidence, found.explanation.matches, strict=True):
            for text, spans in (
                (pair.text, match.sentences),
                (pair.other_text, match.other_sentences),
            ):
                assert spans
                assert all(text[one.start : one.end] == one.text for one in spans)
    for hit in seeds.search("gevechten om Bachmoet", explain=True):
        assert hit.explanation is not None
        [match] = hit.explanation.matches
        assert (match.passage_id, match.other_passage_id) == ("", hit.passage_id)
        assert all(hit.text[one.start : one.end] == one.text for one in match.other_sentences)
    for hit in seeds.similar(f"{USERS_ARTICLE}#4", explain=True):
        assert hit.explanation is not None
        assert hit.explanation.matches[0].passage_id == f"{USERS_ARTICLE}#4"
        assert hit.explanation.matches[0].sentences


def test_only_the_first_hits_are_explained_if_so_many_are_wanted(seeds: Recommender) -> None:
    every = seeds.answer_search("Bachmoet", explain=True).hits
    for count in (0, 2, len(every) + 1):
        answer = seeds.answer_search("Bachmoet", explain=True, explained=count)
        assert answer.hits[:count] == every[:count]
        assert all(one.explanation is None for one in answer.hits[count:])
    assert seeds.answer_search("Bachmoet", explained=2).hits[0].explanation is None


def test_the_parts_of_a_search_are_told(seeds: Recommender) -> None:
    hits = seeds.search("gevechten om Bachmoet", explain=True, k=30, confidence="loose")
    [dutch] = [hit for hit in hits if hit.passage_id == f"{USERS_ARTICLE}#1"]
    assert "bachmoet" in parts(dutch)["words"].partition(" with the query")[0]
    assert set(parts(dutch)) == {"meaning", "words", "confidence"}
    assert "headline" not in parts(hits[0])["coverage"]
    french = next(hit for hit in hits if hit.language == "fr")
    assert set(parts(french)) == {"meaning", "answers", "words", "confidence"}
    assert parts(french)["answers"] == (
        "50% of its score is similarity to the best answers (feedback)"
    )
    [named] = seeds.search("معارك باخموت", explain=True, k=1)
    assert "its headline has each" in parts(named)["coverage"]
    by_meaning = seeds.search("Bachmoet", ranking="meaning", explain=True)[0]
    assert set(parts(by_meaning)) == {"meaning", "confidence"}
    chosen = seeds.search("Bachmoet", by="article", half_life=1000, diverse=True, explain=True)
    assert set(parts(chosen[1])) - {"answers"} == {
        *("meaning", "article", "first", "coverage", "words", "dates", "diversity", "confidence")
    }
    only = seeds.search("Bachmoet", ranking="words", explain=True)[0]
    assert "1 is the best match of all" in parts(only)["words"]


def test_the_parts_of_a_recommendation_are_told(seeds: Recommender) -> None:
    found = seeds.related(
        USERS_ARTICLE, unlike="nl-wagner-huurlingen", half_life=30, diverse=True, explain=True
    )
    told = {"meaning", "relation", "unlike", "dates", "diversity", "confidence"}
    assert set(parts(found[1])) - {"languages"} == told
    assert all(("languages" in parts(one)) == (one.language != "nl") for one in found)
    for one in found:
        assert parts(one)["relation"].startswith(f"{one.relation}: ")
        assert "passages here" in parts(one)["relation"]


def test_a_relation_says_what_it_follows_from(seeds: Recommender) -> None:
    told = {
        one.article_id: parts(one)["relation"]
        for one in seeds.related("en-world-cup-final", explain=True, min_strength=0, k=30)
    }
    assert "days apart: 1 (at most 14)" in told["fr-finale-lusail"]
    for id in ("ar-nihai-kas-alalam", "nl-bekerfinale-offensief"):
        assert "too little is alike for the same story" in told[id]


def test_rules_of_editors_are_told(
    seeds_index: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What is kept out is told all the same.
    monkeypatch.setattr("recommender.scoring.nearby.ALIGNED", 1)
    rules = tmp_path / "rules.txt"
    rules.write_text(
        f"pin {USERS_ARTICLE} nl-hoogwater-dijk\nban en-bakhmut-battle\nban es-factura-gas\n"
        f"never {USERS_ARTICLE} de-kreminna-front\n"
    )
    with Recommender.open(seeds_index, editorial=rules) as recommender:
        first = recommender.related(USERS_ARTICLE, explain=True)[0]
        assert parts(first)["pin"] == "put first by editors: pin in rules.txt, line 1"
        excluded = {one.article_id: one.rule for one in recommender.excluded(USERS_ARTICLE)}
        weaker = recommender.excluded(USERS_ARTICLE, min_strength=0)
        unlike = recommender.excluded(USERS_ARTICLE, unlike="en-bakhmut-battle")
    assert excluded["en-bakhmut-battle"] == "ban in rules.txt, line 2"
    assert excluded["de-kreminna-front"] == "never in rules.txt, line 4"
    assert "es-factura-gas" not in excluded, "no rule is needed to leave out what is unrelated"
    assert "es-factura-gas" in [one.article_id for one in weaker]
    assert "de-kreminna-front" in [one.article_id for one in unlike]


ASKED = ArticleRef(**ArticleRef.fields_of(Article("asked", "Asked", "")))


@pytest.mark.parametrize("format", [Format.TEXT, Format.MD])
def test_what_is_left_out_is_named_harmless_in_text_and_markdown(format: Format) -> None:
    excluded = (Excluded("a_b", "*Evil* \x1b[31m", "ban in r.txt, line 1"),)
    answer = related_answer(ASKED, options=RelatedOptions(explain=True), excluded=excluded)
    shown = render(Related(answer), format, Page())
    left = [line for line in shown.splitlines() if line.startswith("Left out: ")]
    assert len(left) == 1
    assert "\x1b" not in shown
    if format is Format.MD:
        assert left[0] == "Left out: \\*Evil\\* \\\\x1b\\[31m `a_b`, ban in r\\.txt, line 1"


def test_words_are_told_as_they_are_shared(seeds: Recommender) -> None:
    dutch = Filters(languages="nl")
    [one] = seeds.search("فيضان", k=1, filters=dutch, confidence="loose", explain=True)
    assert parts(one)["words"].startswith("shares no words with the query")
    asked = SearchOptions(k=20, by="article", confidence="loose", explain=True)
    found = seeds.search("Kreminna moerbei Rode Kruis", options=asked)
    told = {hit.article_id: parts(hit)["words"] for hit in found}
    assert not [words for words in told.values() if words.startswith("shares parts of words at")]


TEXT = "De dijk bij Tiel houdt. Het water stijgt nog. Morgen zakt het."
MIDDLE = (Sentences(24, 45, "Het water stijgt nog."),)


def test_sentences_are_bold_on_a_terminal_line_by_line() -> None:
    lines = highlighted(TEXT, MIDDLE, Page(30, color=True), 4)
    assert lines == [
        "    De dijk bij Tiel houdt.",
        "    \x1b[1mHet water stijgt nog.\x1b[0m",
        "    Morgen zakt het.",
    ]
    narrow = highlighted(TEXT, (Sentences(0, 45, TEXT[:45]),), Page(30, color=True), 4)
    assert all(line.count("\x1b[1m") == line.count("\x1b[0m") for line in narrow)
    assert "\x1b" not in narrow[-1]


def test_without_colour_they_stand_between_asterisks() -> None:
    assert " ".join(line.strip() for line in highlighted(TEXT, MIDDLE, Page(30), 4)) == (
        "De dijk bij Tiel houdt. **Het water stijgt nog.** Morgen zakt het."
    )


def test_an_explained_answer_in_every_format(seeds: Recommender) -> None:
    answer = Hits(seeds.answer_search("gevechten om Bachmoet", k=3, explain=True))
    assert "**" in render(answer, Format.MD, Page())
    assert "   - words " in render(answer, Format.MD, Page())
    text = render(answer, Format.TEXT, Page(color=True))
    assert "\x1b[1m" in text
    found = json.loads(render(answer, Format.JSON, Page()))["hits"][0]["explanation"]
    assert found["parts"][0].keys() == {"name", "value", "words"}
    assert found["matches"][0]["other_sentences"][0].keys() == {"start", "end", "text"}
    assert "explanation" in render(answer, Format.CSV, Page()).splitlines()[0]
    plain = Hits(seeds.answer_search("Bachmoet", k=1))
    assert "explanation" not in render(plain, Format.JSON, Page())


def test_hostile_text_gets_out_of_an_explanation_harmless() -> None:
    text = "\x1b[31mred\x07 water. \x02More\u202e water."
    shown = "".join(highlighted(text, (Sentences(0, 17, text[:17]),), Page(), 4))
    assert not set(shown) & {"\x1b", "\x07", "\x02", "\x03", "\u202e"}


def test_the_command_explains(run: Run, seeds_index: Path, tmp_path: Path) -> None:
    shutil.copytree(seeds_index, tmp_path / "vectors", symlinks=True)
    (tmp_path / "vectors" / "editorial.txt").write_text("ban en-bakhmut-battle\n")
    done = run("related", USERS_ARTICLE, "-k", "2", "--explain")
    assert done.returncode == 0, done.stderr
    assert "by their best sentences" in done.stdout
    assert "Left out: Russia's push for Bakhmut" in done.stdout
    assert "ban in editorial.txt, line 1" in done.stdout
    found = json.loads(run("related", USERS_ARTICLE, "--explain", "-f", "json").stdout)
    assert found["barred"][0]["article_id"] == "en-bakhmut-battle"
    for ask in (("search", "Bachmoet"), ("similar", f"{USERS_ARTICLE}#4")):
        lines = run(*ask, "--explain", "-k", "2", "-f", "jsonl").stdout.splitlines()
        assert all("explanation" in json.loads(line) for line in lines)
