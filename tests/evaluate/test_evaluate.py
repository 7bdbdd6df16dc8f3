"""Evaluation: labels and self-made questions, asked of the product, figures computed by hand."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from math import log2
from pathlib import Path

import pytest
from support.project import Run
from support.stand_in import WordEncoder

from recommender import Recommender, build
from recommender.errors import QueryError, SourceError
from recommender.evaluate.evaluate import Evaluation, Measure, Result, evaluate, evaluate_index
from recommender.evaluate.questions import (
    LabelledQuestion,
    draw,
    find_sets,
    labelled_questions,
    read_labels,
)

Source = Callable[..., Path]
HEADER = "query-id\tdoc-id\trelevance\n"


def row(id: str, text: str, **fields: str) -> str:
    return json.dumps({"id": id, "title": "Untitled", "text": text, "language": "nl", **fields})


def lines(*rows: str) -> str:
    return "".join(f"{one}\n" for one in rows)


@pytest.fixture
def labelled(source: Source) -> Path:
    """Three articles on cats and dogs, in shares that order them, and labels."""
    return source(
        {
            "articles.jsonl": lines(
                row("cats", "Kat kat kat kat kat."),
                row("more-cats", "Kat kat kat hond hond."),
                row("dogs", "Hond hond hond hond kat."),
            ),
            "queries.jsonl.gz": gzip.compress(lines(row("q1", "kat")).encode()),
            "related.tsv": HEADER + "cats\tdogs\t2\ncats\tmore-cats\t1\n",
            "search.tsv.gz": gzip.compress(f"{HEADER}q1\tmore-cats\t1\nq9\tdogs\t1\n".encode()),
        }
    )


def opened(folder: Path, *words: str) -> Recommender:
    """An index of a labelled folder's articles, answered by counts of words."""
    encoder = WordEncoder(*words)
    [files] = find_sets(folder)
    build(files.articles, into=folder / "vectors", model=encoder)
    return Recommender.open(folder / "vectors", encoder=encoder)


def result_of(found: Evaluation, task: str, ranking: str, among: str = "any") -> Result:
    [result] = [
        one
        for one in found.results
        if (one.task, one.ranking, one.among, one.language) == (task, ranking, among, "all")
    ]
    return result


def test_article_labels_are_asked_with_related(labelled: Path) -> None:
    recommender = opened(labelled, "kat", "hond")
    questions, _ = labelled_questions(find_sets(labelled)[0], recommender.snapshot)
    result = result_of(evaluate(recommender, questions), "related", "aligned")
    answers = [one.article_id for one in recommender.related("cats")]
    assert answers == ["more-cats", "dogs"]
    assert result.ndcg.value == pytest.approx((1 + 2 / log2(3)) / (2 + 1 / log2(3)), abs=1e-4)
    assert (result.recall.value, result.mrr.value, result.first_hit.value) == (1, 1, 1)


def test_queries_are_searched_for_in_every_ranking(labelled: Path) -> None:
    recommender = opened(labelled, "kat", "hond")
    questions, unknown = labelled_questions(find_sets(labelled)[0], recommender.snapshot)
    found = evaluate(recommender, questions)
    for ranking in ("meaning", "hybrid"):
        hits = recommender.search("kat", by="article", ranking=ranking)
        rank = [hit.article_id for hit in hits].index("more-cats") + 1
        result = result_of(found, "search", ranking)
        assert rank == 2
        assert (result.questions, result.mrr.value, result.first_hit.value) == (1, 0.5, 0)
        assert result.ndcg.value == pytest.approx(1 / log2(3), abs=1e-4)
    assert unknown == 1  # q9 is neither a query nor an article


def test_answers_are_judged_within_the_own_language_and_in_others(source: Source) -> None:
    folder = source(
        {
            "articles.jsonl": lines(
                row("asked", "Kat kat kat.", group="1"),
                row("near", "Kat kat hond.", group="2"),
                row("translated", "Kat hond hond.", group="1", language="de"),
                row("far", "Hond vis vis.", group="3", language="de"),
            ),
            "labels.tsv": f"{HEADER}asked\ttranslated\t1\n",
        }
    )
    recommender = opened(folder, "kat", "hond", "vis")
    questions, _ = labelled_questions(find_sets(folder)[0], recommender.snapshot)
    found = evaluate(recommender, questions)
    assert {one.among for one in found.results} == {"any", "other"}  # none relevant in its own
    other = result_of(found, "labels", "aligned", "other")
    assert (other.first_hit.value, other.own_language.value) == (1, 0)
    [dutch] = [one for one in found.results if one.language == "nl"]
    assert dutch.own_language.value == pytest.approx(1 / 3, abs=1e-4)


def test_a_headline_must_find_another_passage_of_its_article(source: Source) -> None:
    folder = source(
        {
            "articles.jsonl": lines(
                row("told", "Kat kat kat kat.", title="Kat kat"),
                row("untold", "Vis vis vis vis.", title="Kat kat kat hond"),
            )
        }
    )
    encoder = WordEncoder("kat", "hond", "vis")
    build(folder, into=folder / "vectors", model=encoder)
    recommender = Recommender.open(folder / "vectors", encoder=encoder)
    result = result_of(evaluate_index(recommender), "headline", "meaning")
    assert (result.questions, result.first_hit.value) == (2, 0.5)  # `untold` finds `told`


def test_a_held_out_paragraph_must_find_the_rest_of_its_article(source: Source) -> None:
    folder = source(
        {
            "articles.jsonl": lines(
                row("cats", "Kat kat hond hond kat.\n\nKat kat kat kat hond."),
                row("both", "Vis vis vis vis vis.\n\nKat kat kat kat kat hond."),
            )
        }
    )
    encoder = WordEncoder("kat", "hond", "vis")
    build(folder, into=folder / "vectors", model=encoder)
    recommender = Recommender.open(folder / "vectors", encoder=encoder)
    questions = [
        LabelledQuestion("paragraph", "both", "nl", {"both": 1}, "Kat kat.", frozenset({"both#2"}))
    ]
    seen = evaluate(recommender, questions)
    assert result_of(seen, "paragraph", "meaning").first_hit.value == 0


def test_articles_of_one_group_are_asked_for_each_other(source: Source) -> None:
    folder = source(
        {
            "articles.jsonl": lines(
                row("a", "Kat kat.", group="1"),
                row("b", "Kat kat.", group="1", language="de"),
                row("c", "Hond.", group="2"),
            )
        }
    )
    encoder = WordEncoder("kat", "hond")
    build(folder, into=folder / "vectors", model=encoder)
    recommender = Recommender.open(folder / "vectors", encoder=encoder)
    result = result_of(evaluate_index(recommender), "translation", "aligned")
    assert (result.questions, result.recall.value) == (2, 1)


def test_labels_that_are_not_utf8_are_refused(source: Source) -> None:
    folder = source({"labels.tsv": HEADER.encode() + b"\xff\tb\t1\n"})
    with pytest.raises(SourceError, match=r"labels\.tsv: is not UTF-8"):
        read_labels(folder / "labels.tsv")


def test_an_index_that_can_answer_nothing_itself_says_so(source: Source) -> None:
    folder = source({"articles.jsonl": lines(row("a", "Kat kat kat."))})
    encoder = WordEncoder("kat")
    build(folder, into=folder / "vectors", model=encoder)
    with pytest.raises(QueryError, match="nothing to ask"):
        evaluate(Recommender.open(folder / "vectors", encoder=encoder), [])


def test_a_sample_is_drawn_at_random_and_again_the_same() -> None:
    numbers = list(range(100))
    drawn = draw(numbers, 10, seed=1)
    assert len(drawn) == 10
    assert drawn == sorted(drawn) == draw(numbers, 10, seed=1) != draw(numbers, 10, seed=2)
    assert draw(numbers, 0, seed=1) == draw(numbers, 100, seed=1) == numbers


def test_labels_of_no_relevance_are_left_out(source: Source) -> None:
    folder = source({"labels.tsv": f"{HEADER}a\tb\t1\na\tc\t0\n"})
    assert read_labels(folder / "labels.tsv") == {"a": {"b": 1.0}}


@pytest.mark.parametrize(
    ("content", "place"),
    [
        (f"{HEADER}a\tb\n", r"labels\.tsv:2"),
        (f"{HEADER}a\tb\t1\na\tb\tmuch\n", r"labels\.tsv:3"),
        ("query\tdoc\na\tb\n", r"labels\.tsv:2"),
    ],
)
def test_a_line_that_is_no_label_is_named(source: Source, content: str, place: str) -> None:
    folder = source({"labels.tsv": content})
    with pytest.raises(SourceError, match=place):
        read_labels(folder / "labels.tsv")


def test_a_folder_of_labelled_folders_gives_each(source: Source) -> None:
    files = {"articles.jsonl": lines(row("a", "Kat.")), "labels.tsv": HEADER}
    folder = source(
        {f"{name}/{file}": content for name in ("b", "a") for file, content in files.items()}
        | {"unlabelled/articles.jsonl": files["articles.jsonl"]}
    )
    assert [one.name for one in find_sets(folder)] == ["a", "b"]


@pytest.mark.parametrize("name", ["source", "missing"])
def test_a_folder_without_labels_is_refused(source: Source, name: str) -> None:
    folder = source({"articles.jsonl": lines(row("a", "Kat."))}).with_name(name)
    with pytest.raises(SourceError, match=name):
        find_sets(folder)


def test_the_seeds_find_their_own_articles(seeds: Recommender) -> None:
    found = evaluate_index(seeds, Measure(sample=10))
    for task in ("headline", "paragraph"):
        result = result_of(found, task, "hybrid")
        assert 0 < result.questions <= 10
        assert result.recall.value > 0.8
        assert result.ndcg.low <= result.ndcg.value <= result.ndcg.high


def test_the_command_prints_a_table_and_json(run: Run, seeds_index: Path) -> None:
    table = run("evaluate", "--index", seeds_index, "--sample", "2", "-q")
    lines = table.stdout.splitlines()
    assert "have a right answer first (2 questions)" in table.stdout
    columns = lines[lines.index("headline, ranked by hybrid") + 1]
    assert columns.split()[:3] == ["asked", "in", "from"]
    done = run("evaluate", "--index", seeds_index, "--sample", "2", "--format", "json")
    [found] = json.loads(done.stdout)["evaluations"]
    assert found["results"][0]["ndcg"].keys() == {"value", "low", "high"}
    assert "questions asked" in done.stderr


def test_the_command_measures_a_labelled_folder_and_keeps_its_index(
    run: Run, source: Source, tmp_path: Path
) -> None:
    folder = source(
        {
            "articles.jsonl": lines(
                row("a", "De dijk brak door het hoogwater."),
                row("b", "Het hoogwater brak de dijk."),
            ),
            "labels.tsv": f"{HEADER}a\tb\t1\n",
        }
    )
    for _ in range(2):
        done = run("evaluate", folder, "--into", tmp_path / "kept", "--format", "jsonl")
        assert json.loads(done.stdout)["first_hit"] == 1
    assert "encoded" not in done.stderr
    assert (tmp_path / "kept" / "CURRENT").exists()
