"""Measure the answers of a `Recommender` to questions whose right answers are known."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, cast, get_args

import numpy as np

from recommender.answers.confidence import least_confidence
from recommender.answers.hit_query import COMPARED_ARTICLES, COMPARED_PASSAGES
from recommender.answers.options import Ranking, RelatedOptions, SearchOptions
from recommender.answers.recommender import Recommender
from recommender.builder.build import build
from recommender.errors import NotFound, QueryError, SourceError
from recommender.evaluate.links import linked_questions
from recommender.evaluate.metrics import Figure, mean_figures, ndcg, recall, reciprocal_rank
from recommender.evaluate.questions import (
    LabelledQuestion,
    LabelledSet,
    draw_of_each_task,
    find_sets,
    labelled_questions,
    self_made,
)
from recommender.evaluate.shown import Answers, Shown, judge_shown
from recommender.settings import DEFAULTS, Settings
from recommender.types import Hit, OnProgress

# The one ranking of related articles; a text is searched with each of the others.
ALIGNED = "aligned"
# The default ranking of `search`, and the only one of `related`.
DEFAULT_RANKINGS = ("hybrid", ALIGNED)
ALL_LANGUAGES = "all"
SAMPLE = 1_000

Languages = Literal["any", "same", "other"]
Answered = tuple[LabelledQuestion, Answers]


@dataclass(frozen=True, slots=True)
class Result:
    """The figures of the questions of one task, in one language or all, under one ranking.

    `among` says which answers count: all, those in the question's language, or those in other
    languages. The others are left out of the ranking and of the right answers. `own_language` is
    the share of the first answers that are in the question's language.
    """

    task: str
    ranking: str
    among: Languages
    language: str
    questions: int
    ndcg: Figure
    recall: Figure
    mrr: Figure
    first_hit: Figure
    own_language: Figure


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The figures of one index, for the first `k` answers.

    `unknown` counts queries of the labels that are in neither the articles nor the queries. `shown`
    says for each task how right the answers are that people see, under the default ranking.
    """

    name: str
    snapshot: str
    encoder: str
    articles: int
    passages: int
    k: int
    sample: int
    seed: int
    unknown: int
    results: tuple[Result, ...]
    shown: tuple[Shown, ...] = ()


@dataclass(frozen=True, slots=True)
class Measure:
    """How many answers count, and how many questions of each task are asked (0: all).

    `seed` draws the questions and the resamples of the intervals.
    """

    k: int = 10
    sample: int = SAMPLE
    seed: int = 0


DEFAULT_MEASURE = Measure()


def evaluate_index(
    recommender: Recommender,
    measure: Measure = DEFAULT_MEASURE,
    on_progress: OnProgress | None = None,
) -> Evaluation:
    """Measure an index by questions made of its own articles (`questions.self_made`)."""
    questions = self_made(recommender.local, measure.sample, measure.seed)
    return evaluate(
        recommender, questions, measure, on_progress, name=str(recommender.local.folder)
    )


def evaluate_links(
    recommender: Recommender,
    sources: Sequence[Path],
    measure: Measure = DEFAULT_MEASURE,
    on_progress: OnProgress | None = None,
    settings: Settings = DEFAULTS,
) -> Evaluation:
    """Measure an index by the links that editors put into the articles of its sources.

    Raises `SourceError` for a source that does not exist, or if no article links to another.
    """
    questions = linked_questions(recommender.local, sources, settings)
    if not questions:
        raise SourceError(
            f"{', '.join(map(str, sources))}: no article links to another of the index; links are "
            "read from HTML, Markdown and JSON Lines"
        )
    drawn = draw_of_each_task(questions, measure.sample, measure.seed)
    name = str(recommender.local.folder)
    return evaluate(recommender, drawn, measure, on_progress, name=name)


def evaluate_labels(
    recommender: Recommender,
    labels: Sequence[Path],
    measure: Measure = DEFAULT_MEASURE,
    on_progress: OnProgress | None = None,
) -> Evaluation:
    """Measure an index by tables of labels of its articles, such as those made of clicks.

    Raises `SourceError` for a table that cannot be read, `QueryError` if it names no article.
    """
    files = LabelledSet("labels", (), (), tuple(labels))
    questions, unknown = labelled_questions(files, recommender.local)
    drawn = draw_of_each_task(questions, measure.sample, measure.seed)
    name = str(recommender.local.folder)
    return evaluate(recommender, drawn, measure, on_progress, name=name, unknown=unknown)


def evaluate_folder(
    folder: str | Path,
    *,
    into: str | Path | None = None,
    model: str | None = None,
    settings: Settings = DEFAULTS,
    measure: Measure = DEFAULT_MEASURE,
    on_progress: OnProgress | None = None,
) -> list[Evaluation]:
    """Build an index of the articles in `folder` and measure it by the labels beside them.

    If the folder holds no labels, the folders below it are measured one by one. `into` keeps the
    index, so that the next time only what changed is encoded. Raises `SourceError` for a folder
    or labels that cannot be used, and what `build` raises.
    """
    sets = find_sets(Path(folder))
    found = []
    with _place(into) as place:
        for one in sets:
            index = place if len(sets) == 1 else place / one.name
            build(one.articles, into=index, model=model, settings=settings, on_progress=on_progress)
            with Recommender.open(index) as recommender:
                questions, unknown = labelled_questions(one, recommender.local)
                drawn = draw_of_each_task(questions, measure.sample, measure.seed)
                found.append(
                    evaluate(
                        recommender, drawn, measure, on_progress, name=one.name, unknown=unknown
                    )
                )
    return found


def evaluate(
    recommender: Recommender,
    questions: Sequence[LabelledQuestion],
    measure: Measure = DEFAULT_MEASURE,
    on_progress: OnProgress | None = None,
    *,
    name: str = "",
    unknown: int = 0,
) -> Evaluation:
    """Ask every question under every ranking that it has, and return the figures.

    Raises `QueryError` if there is no question.
    """
    if not questions:
        reason = (
            f"its labels name {unknown:,} queries that are neither articles nor in queries.jsonl"
            if unknown
            else "it needs labels, or articles of two paragraphs"
        )
        raise QueryError(f"{name}: there is nothing to ask; {reason}")
    judge = Judge(recommender, measure)
    asked = _asked(recommender, questions, measure.k, on_progress)
    manifest = recommender.local.manifest
    return Evaluation(
        name=name,
        snapshot=recommender.name,
        encoder=recommender.encoder_name,
        articles=manifest.articles,
        passages=manifest.passages,
        k=measure.k,
        sample=measure.sample,
        seed=measure.seed,
        unknown=unknown,
        results=tuple(
            result
            for (task, ranking), answered in asked.items()
            for result in judge.results(task, ranking, answered)
        ),
        shown=tuple(
            judge.shown(task, ranking, answered)
            for (task, ranking), answered in asked.items()
            if ranking in DEFAULT_RANKINGS
        ),
    )


def _asked(
    recommender: Recommender,
    questions: Sequence[LabelledQuestion],
    k: int,
    on_progress: OnProgress | None,
) -> Mapping[tuple[str, str], Sequence[Answered]]:
    """Return the questions with their answers, by task and ranking."""
    report = on_progress or (lambda stage, done, total: None)
    asked: dict[tuple[str, str], list[Answered]] = {}
    for done, question in enumerate(questions, 1):
        for ranking in _rankings(question):
            answers = answers_to(recommender, question, ranking, k)
            asked.setdefault((question.task, ranking), []).append((question, answers))
        report("ask", done, len(questions))
    return asked


class Judge:
    """Compares answers with the right ones, in one index."""

    def __init__(self, recommender: Recommender, measure: Measure) -> None:
        self._measure = measure
        self._snapshot = recommender.local
        self._keys = recommender.local.space.keys
        self._several = len(recommender.local.space.languages) > 1

        @cache
        def language_of(id: str) -> str:
            try:
                return self._key(recommender.article(id).language)
            except NotFound:
                return ""

        self._language_of = language_of

    def results(self, task: str, ranking: str, answered: Sequence[Answered]) -> Iterator[Result]:
        """Yield the figures of all questions of a task, then those of each language."""
        among: tuple[Languages, ...] = get_args(Languages) if self._several else ("any",)
        for one in among:
            scores = [(q, score) for q, found in answered if (score := self._score(q, found, one))]
            if scores:
                yield self._result(task, ranking, one, ALL_LANGUAGES, scores)
        if self._several:
            every = [(q, score) for q, found in answered if (score := self._score(q, found, "any"))]
            for language in sorted({question.language for question, _ in every}):
                mine = [one for one in every if one[0].language == language]
                yield self._result(task, ranking, "any", language, mine)

    def shown(self, task: str, ranking: str, answered: Sequence[Answered]) -> Shown:
        """Return how much of what people see is right, and whether its confidence holds."""
        options = SearchOptions() if ranking in get_args(Ranking) else RelatedOptions()
        least, measure = least_confidence(self._snapshot, options), self._measure
        return judge_shown(task, ranking, answered, least, measure.k, measure.seed)

    def _score(
        self, question: LabelledQuestion, answers: Answers, among: Languages
    ) -> tuple[float, ...] | None:
        """Return the figures of one question, None if no right answer is in these languages."""
        own = self._key(question.language)

        def counts(language: str) -> bool:
            return among == "any" or (bool(language) and (language == own) == (among == "same"))

        relevant = {
            id: gain for id, gain in question.relevant.items() if counts(self._language_of(id))
        }
        if not relevant:
            return None
        kept = [one for one in answers if counts(self._key(one.language))]
        ids, k = [one.article_id for one in kept], self._measure.k
        same = [self._key(one.language) == own for one in kept[:k]]
        return (
            ndcg(ids, relevant, k),
            recall(ids, relevant, k),
            reciprocal_rank(ids, relevant, k),
            float(bool(ids) and ids[0] in relevant),
            float(np.mean(same)) if same else 0.0,
        )

    def _result(
        self,
        task: str,
        ranking: str,
        among: Languages,
        language: str,
        scores: Sequence[tuple[LabelledQuestion, tuple[float, ...]]],
    ) -> Result:
        values = np.array([score for _, score in scores])
        groups = [question.group or question.id for question, _ in scores]
        figures = mean_figures(values, groups, self._measure.seed)
        return Result(task, ranking, among, language, len(scores), *figures)

    def _key(self, language: str) -> str:
        return self._keys.get(language, language)


def _rankings(question: LabelledQuestion) -> Sequence[str]:
    return get_args(Ranking) if question.text else (ALIGNED,)


def answers_to(
    recommender: Recommender, question: LabelledQuestion, ranking: str, k: int
) -> Answers:
    """Return the articles that are answers; none if the question cannot be asked.

    There are more than `k`, so that answers in one language can be counted alone; the first `k` are
    the same.
    """
    depth = max(k, COMPARED_ARTICLES)
    try:
        if not question.text:
            articles = RelatedOptions(k=depth, confidence="loose", translations="show")
            return recommender.related(question.id, options=articles)
        texts = SearchOptions(
            k=COMPARED_PASSAGES,
            confidence="loose",
            ranking=cast(Ranking, ranking),
            plain=True,
            include_copies=True,
        )
        if not question.hidden:
            return recommender.search(question.text, options=texts, k=depth, by="article")
        hits = recommender.search(question.text, options=texts)
    except (NotFound, QueryError):
        return ()
    first: dict[str, Hit] = {}
    for hit in hits:
        if hit.passage_id not in question.hidden:
            first.setdefault(hit.article_id, hit)
    return list(first.values())


@contextmanager
def _place(into: str | Path | None) -> Iterator[Path]:
    """Yield a folder for indexes: `into`, or a scratch folder that is deleted afterwards."""
    if into is not None:
        yield Path(into)
        return
    with tempfile.TemporaryDirectory(prefix="recommender-", ignore_cleanup_errors=True) as scratch:
        yield Path(scratch)
