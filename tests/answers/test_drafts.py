"""Related articles of one that is not in the index: read, cut and encoded as those of the index."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from support.near import SCORE, among_first, scores_of
from support.project import SEEDS, USERS_ARTICLE, Run

from recommender import Article, Filters, Recommender, read_draft
from recommender.answers.article_vectors import StoredArticleVectors
from recommender.answers.drafts import draft_vectors
from recommender.errors import QueryError, TooLarge

DRAFT = """Zware gevechten rond Kreminna

De Oekraïense troepen naderen de stad Kreminna in de regio Loehansk. Volgens de gouverneur wordt er
zwaar gevochten en trekt een deel van het Russische commando zich terug.

De Amerikaanse denktank ISW meent dat het Russische offensief bij Bachmoet op zijn einde loopt.
"""


def test_a_draft_of_a_stored_article_is_compared_as_that_is(seeds: Recommender) -> None:
    article = replace(read_draft(SEEDS / f"{USERS_ARTICLE}.txt"), id="draft")
    side = draft_vectors(seeds.snapshot, seeds._encoder.of(seeds.snapshot), article)
    position = seeds.snapshot.find(USERS_ARTICLE)
    assert position is not None
    stored = StoredArticleVectors(seeds.snapshot, position)
    assert side.language == stored.language
    assert [one.text for one in side.passages] == [
        stored.passage(number).text for number in range(len(stored.rows))
    ]
    assert np.allclose(side.vectors, stored.vectors, atol=0.02)
    assert (side.texts[0] == stored.texts[0]).all()
    assert (side.texts[1] == stored.texts[1]).all()


def test_what_the_index_holds_of_a_draft_is_a_copy_of_it(seeds: Recommender) -> None:
    article = replace(read_draft(SEEDS / f"{USERS_ARTICLE}.txt"), id="draft")
    found = scores_of(seeds.related(article, k=12))
    assert USERS_ARTICLE not in found
    stored = seeds.related(USERS_ARTICLE, k=12)
    for one in stored[:5]:
        assert found[one.article_id] == pytest.approx(one.score, abs=SCORE)
    assert seeds.related(article, include_copies=True)[0].article_id == USERS_ARTICLE


def test_a_draft_finds_its_subject_in_every_language(seeds: Recommender, tmp_path: Path) -> None:
    (tmp_path / "draft.txt").write_text(DRAFT, encoding="utf-8")
    draft = read_draft(tmp_path / "draft.txt")
    assert (draft.id, draft.language) == ("draft", "nl")
    found = seeds.related(draft, k=12)
    assert {"de-kreminna-front", "agency-2022-4471", "en-bakhmut-battle"} <= among_first(found, 5)
    assert found[0].evidence[0].passage_id.startswith("draft#")
    same = seeds.related(draft, filters=Filters(languages="same"))
    assert {one.language for one in same} == {"nl"}


def test_a_draft_in_a_language_that_the_corpus_lacks_is_answered(seeds: Recommender) -> None:
    text = "A Argentina conquistou o título mundial no Qatar, após uma final decidida nos pênaltis."
    draft = Article(id="draft", title="Argentina campeã do mundo", text=text, language="pt")
    assert "pt-Latn" not in seeds.snapshot.space.languages
    found = among_first(seeds.related(draft, k=12, confidence="loose"), 4)
    assert {"en-world-cup-final", "fr-finale-lusail"} <= found


def test_a_draft_stands_beside_articles_of_the_index(seeds: Recommender) -> None:
    draft = Article(id="draft", title="Hochwasser", text="Der Rhein steigt weiter.", language="de")
    found = seeds.related([draft, "nl-hoogwater-dijk"], unlike="en-levee-breach-short", k=12)
    assert not {"draft", "nl-hoogwater-dijk", "en-levee-breach-short"} & {
        one.article_id for one in found
    }
    assert "de-hochwasser-rhein" in among_first(found, 1)


def test_a_draft_without_text_is_refused(seeds: Recommender) -> None:
    with pytest.raises(QueryError, match="draft: this article has no text to compare"):
        seeds.related(Article(id="draft", title="", text="", language="nl"))


def test_a_draft_that_is_too_long_is_refused_before_it_is_cut(
    seeds: Recommender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recommender.answers.drafts.MAX_CHARACTERS", 20)
    with pytest.raises(TooLarge, match="draft: has 21 characters, the most is 20; give the part"):
        seeds.related(Article(id="draft", title="", text="x" * 21, language="nl"))


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("two.jsonl", '{"id": "a", "text": "x"}\n{"id": "b", "text": "y"}\n', "several articles"),
        ("none.jsonl", "", "is empty"),
        ("bad.txt", b"caf\xe9", "is not UTF-8"),
    ],
)
def test_a_file_without_one_article_is_named(
    tmp_path: Path, name: str, content: str | bytes, message: str
) -> None:
    data = content if isinstance(content, bytes) else content.encode()
    (tmp_path / name).write_bytes(data)
    with pytest.raises(QueryError, match=message):
        read_draft(tmp_path / name)


ROW = {"title": "Dijk houdt stand", "text": "De dijk bij Lobith heeft de nacht doorstaan."}


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("draft.json", json.dumps(ROW)),
        ("draft.json", json.dumps([ROW])),
        ("draft.jsonl", json.dumps(ROW)),
        ("draft.jsonl", json.dumps({**ROW, "id": None})),
        ("draft.csv", f"title,text\n{ROW['title']},{ROW['text']}\n"),
        ("draft.json", json.dumps({"Title": ROW["title"], "Text": ROW["text"], "ID": ""})),
    ],
)
def test_a_row_of_a_draft_needs_no_id(tmp_path: Path, name: str, content: str) -> None:
    (tmp_path / name).write_text(content, encoding="utf-8")
    draft = read_draft(tmp_path / name)
    assert (draft.id, draft.title, draft.text) == ("draft", ROW["title"], ROW["text"])


def test_several_rows_without_an_id_are_no_draft(tmp_path: Path) -> None:
    (tmp_path / "two.json").write_text(json.dumps([ROW, {**ROW, "text": "Een ander."}]))
    with pytest.raises(QueryError, match="several articles"):
        read_draft(tmp_path / "two.json")


def test_a_draft_may_be_named_by_text_or_path(tmp_path: Path) -> None:
    path = tmp_path / "draft.txt"
    path.write_text("Dijk houdt stand\n\nDe dijk bij Lobith heeft de nacht doorstaan.\n")
    assert read_draft(str(path)) == read_draft(path)


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(QueryError, match=r"gone\.txt: there is no such file; give a file with one"):
        read_draft(tmp_path / "gone.txt")


def test_a_folder_is_no_draft_even_where_it_holds_one_article(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(DRAFT, encoding="utf-8")
    with pytest.raises(QueryError, match="is a folder; give a file with one article"):
        read_draft(tmp_path)


def test_the_command_reads_a_file_or_standard_input(
    run: Run, seeds_index: Path, tmp_path: Path
) -> None:
    (tmp_path / "draft.md").write_text(f"# {DRAFT}", encoding="utf-8")
    where = ("-f", "json", "-i", seeds_index)
    found = json.loads(run("related", "--file", "draft.md", *where).stdout)
    assert found["article"]["article_id"] == "draft"
    assert found["article"]["title"] == "Zware gevechten rond Kreminna"
    piped = json.loads(run("related", "--file", "-", *where, input=DRAFT).stdout)
    assert [one["article_id"] for one in piped["recommendations"]] == [
        one["article_id"] for one in found["recommendations"]
    ]
    assert run("related", *where).returncode == 2
    missing = run("related", "--file", "gone.txt", "-i", seeds_index)
    assert missing.returncode == 1
    assert "gone.txt" in missing.stderr
