"""Ranks passages, or articles by their best passages, for the vectors of a query."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from recommender.answers.hit_query import Candidate, HitQuery
from recommender.answers.recency import Recency
from recommender.arrays import Mask, Positions, Scores, Vectors
from recommender.index import SearchPurpose
from recommender.scoring.diversity import DIVERSE_AMONG, mmr_order
from recommender.scoring.fusion import feedback_vectors, reorder
from recommender.store.snapshot import Snapshot
from recommender.types import ArticleRef, Hit

# An article counts by its best passage and, by this share, by the mean of its best few: what
# keeps to a subject comes before what mentions it.
BEST_PASSAGES = 3
BEST_PASSAGES_SHARE = 0.35
# So many that share most words with the text, each at least this share of what the best does, are
# compared too: by meaning alone others, in other languages, may leave no room for them.
COMPARED_BY_WORDS = 20
LEAST_WORDS = 0.3

ExplainHits = Callable[[Sequence[Hit], Sequence[Candidate]], list[Hit]]
RowScore = tuple[int, float]


def find_hits(
    snapshot: Snapshot,
    vectors: Vectors,
    wanted: HitQuery,
    allowed: Mask | None,
    explain: ExplainHits | None = None,
) -> list[Hit]:
    """Return the best passages for any of `vectors`, each once, or the best one of each article.

    The score of a passage is its best cosine to one of the vectors. The words of the text then
    reorder the hits within each language (see `reorder`), or decide alone. `allowed` has one flag
    a row: False for what is never answered; None allows all. What is kept for word search only is
    found by words alone, and after the rest where it holds what is quoted.
    """
    by_words = wanted.ranking == "words"
    candidates = (_by_words if by_words else _by_meaning)(snapshot, vectors, wanted, allowed)
    chosen = _chosen(snapshot, candidates, wanted)
    if wanted.ranking == "hybrid" and wanted.is_quoted:
        words_only = _words_only(snapshot, candidates, wanted, allowed)
        as_they_come = replace(wanted, choice=replace(wanted.choice, diverse=False))
        chosen += _chosen(snapshot, words_only, as_they_come)
        chosen = chosen[: wanted.choice.k]
    chosen = _with_strength(snapshot, chosen, wanted.language)
    if wanted.ranking == "hybrid":  # the others were found with their own
        chosen = _with_cosines(snapshot, vectors, chosen)
    articles = snapshot.articles_of(_rows_of(chosen)).tolist()
    hits = [_hit(snapshot, *one) for one in zip(chosen, articles, strict=True)]
    return explain(hits, chosen) if explain else hits


def _with_strength(snapshot: Snapshot, hits: Sequence[Candidate], language: str) -> list[Candidate]:
    """Return the hits with their strengths for something asked in a language."""
    unrelated = snapshot.unrelated["passages"]
    return [
        hit._replace(strength=unrelated.strength(hit.meaning, language, hit.language))
        if hit.row < snapshot.row_count
        else hit
        for hit in hits
    ]


def _by_meaning(
    snapshot: Snapshot, vectors: Vectors, wanted: HitQuery, allowed: Mask | None
) -> list[Candidate]:
    """Rank by cosine; with words, these reorder each language and what answers best speaks too."""
    nearest = _nearest(snapshot, vectors, wanted, allowed)
    if wanted.ranking != "hybrid" or not nearest:
        return nearest
    words = snapshot.derived.lexical.score(wanted.text)
    sharing = _sharing_words(snapshot, vectors, wanted, allowed, words)
    hits = _best_first(_together(snapshot, wanted, nearest, sharing))
    hits = _reordered(snapshot, hits, wanted, words)
    if all(hit.language == wanted.language for hit in hits):
        return hits
    echo = feedback_vectors(vectors, snapshot.centered(_rows_of(nearest)))
    others = _nearest(snapshot, echo, wanted, allowed)
    own = _rows_of([hit for hit in hits if hit.language == wanted.language])
    own = own[~np.isin(own, _rows_of(others))]
    others = _together(snapshot, wanted, others, _ranked(snapshot, echo, wanted, own))
    others = _reordered(snapshot, _best_first(others), wanted, words)
    return _own_in_order(snapshot, wanted, hits, others)


def _own_in_order(
    snapshot: Snapshot, wanted: HitQuery, hits: Sequence[Candidate], others: Sequence[Candidate]
) -> list[Candidate]:
    """Return `others` with those in the query's language in the order they have among `hits`.

    What answers best speaks for a query to other languages; in its own, the query does itself.
    Those of `hits` in its language are all among `others`; what else is, follows them.
    """
    all_hits = _together(snapshot, wanted, hits, others)
    own = iter([hit for hit in all_hits if hit.language == wanted.language])
    return [
        next(own)._replace(score=hit.score)
        if hit.language == wanted.language
        else hit._replace(by_feedback=True)
        for hit in others
    ]


def _with_cosines(
    snapshot: Snapshot, vectors: Vectors, hits: Sequence[Candidate]
) -> list[Candidate]:
    """Return the hits with their own cosines to the query."""
    cosines = _cosines(snapshot, vectors, _rows_of(hits))
    return [hit._replace(cosine=cosine) for hit, cosine in zip(hits, cosines, strict=True)]


def _cosines(snapshot: Snapshot, vectors: Vectors, rows: Positions) -> list[float]:
    """Return the best cosine of each row to any of the vectors."""
    best: list[float] = (snapshot.centered(rows) @ vectors.T).max(axis=1, initial=-1.0).tolist()
    return best


def _nearest(
    snapshot: Snapshot, vectors: Vectors, wanted: HitQuery, allowed: Mask | None
) -> list[Candidate]:
    least = depth = wanted.depth
    asked: SearchPurpose = "texts" if wanted.text else "passages"
    while True:
        scores, rows = snapshot.index.search(vectors, depth, allowed, asked, wanted.excluded)
        best = _best_of_each(scores.ravel().tolist(), rows.ravel().tolist())
        if wanted.by == "article":
            best = _first_of_each_article(snapshot, best)
        if len(best) >= least or rows.shape[1] < depth or (rows < 0).any():
            break  # there are no more, or none that are allowed (row -1)
        depth *= 4  # an article with many passages that match filled the list: look further
    return _in_full(snapshot, vectors, wanted, best[:least])


def _sharing_words(
    snapshot: Snapshot, vectors: Vectors, wanted: HitQuery, allowed: Mask | None, words: Scores
) -> list[Candidate]:
    """Return what shares most words with the text, ranked by meaning as `_nearest` does."""
    if allowed is not None:
        words = np.where(allowed[: len(words)], words, 0)
    rows = np.flatnonzero(words > LEAST_WORDS * words.max(initial=0.0))
    rows = _most_words(snapshot, rows, words, wanted, COMPARED_BY_WORDS)
    if wanted.by == "article":
        rows = _allowed_rows_of(snapshot, rows, allowed)
    return _ranked(snapshot, vectors, wanted, rows)


def _ranked(
    snapshot: Snapshot, vectors: Vectors, wanted: HitQuery, rows: Positions
) -> list[Candidate]:
    """Return rows, or the best one of each article, ranked by meaning as `_nearest` does."""
    best = _best_of_each(_cosines(snapshot, vectors, rows), rows.tolist())
    if wanted.by == "article":
        best = _first_of_each_article(snapshot, best)
    return _in_full(snapshot, vectors, wanted, best)


def _allowed_rows_of(snapshot: Snapshot, rows: Positions, allowed: Mask | None) -> Positions:
    """Return all rows of the articles of `rows` that are allowed."""
    articles = [snapshot.rows(one) for one in sorted(set(snapshot.articles_of(rows).tolist()))]
    every = np.concatenate([rows[:0], *(np.arange(own.start, own.stop) for own in articles)])
    return every if allowed is None else every[allowed[every]]


def _in_full(
    snapshot: Snapshot, vectors: Vectors, wanted: HitQuery, best: Sequence[RowScore]
) -> list[Candidate]:
    """Return the best rows with their languages, articles by their best few passages."""
    languages = snapshot.languages_of(np.array([row for row, _ in best], dtype=np.int64))
    found = [
        Candidate(row, score, score, score, language=language)
        for (row, score), language in zip(best, languages, strict=True)
    ]
    return _by_best_few(snapshot, vectors, found) if wanted.by == "article" else found


def _together(
    snapshot: Snapshot, wanted: HitQuery, hits: Sequence[Candidate], others: Sequence[Candidate]
) -> list[Candidate]:
    """Return the hits, and after them the others that are none of them."""
    keys = snapshot.articles_of if wanted.by == "article" else np.asarray
    known = set(keys(_rows_of(hits)).tolist())
    more = zip(others, keys(_rows_of(others)).tolist(), strict=True)
    return [*hits, *(hit for hit, key in more if key not in known)]


def _best_first(hits: Iterable[Candidate]) -> list[Candidate]:
    return sorted(hits, key=lambda hit: (-hit.score, hit.row))


def _by_words(
    snapshot: Snapshot, vectors: Vectors, wanted: HitQuery, allowed: Mask | None
) -> list[Candidate]:
    """Rank by the words shared with the text: the score is that of `LexicalIndex.score`."""
    words = snapshot.words.score(wanted.text)
    if allowed is not None:
        words = np.where(allowed, words, 0)
    # What is quoted may be too common to count.
    held = allowed if wanted.is_quoted and allowed is not None else words
    rows = _most_words(snapshot, np.flatnonzero(held), words, wanted, wanted.depth)
    cosines, languages = _cosines(snapshot, vectors, rows), snapshot.languages_of(rows)
    return [
        Candidate(row, cosine, cosine, score, words=score, language=language)
        for row, cosine, score, language in zip(
            rows.tolist(), cosines, words[rows].tolist(), languages, strict=True
        )
    ]


def _words_only(
    snapshot: Snapshot, found: Sequence[Candidate], wanted: HitQuery, allowed: Mask | None
) -> list[Candidate]:
    """Return what holds the quoted phrases and has no vector, to come after what was found.

    Where articles are asked for, those that were found are left out.
    """
    assert allowed is not None, "phrases leave rows out"
    words = snapshot.words.score(wanted.text)
    rows = snapshot.row_count + np.flatnonzero(allowed[snapshot.row_count :])
    if wanted.by == "article":
        known = snapshot.articles_of(_rows_of(found))
        rows = rows[~np.isin(snapshot.articles_of(rows), known)]
    score = min([0.0, *(hit.score for hit in found)])
    return [
        Candidate(row, 0.0, 0.0, score, words=float(words[row]))
        for row in _most_words(snapshot, rows, words, wanted, wanted.depth).tolist()
    ]


def _most_words(
    snapshot: Snapshot, rows: Positions, words: Scores, wanted: HitQuery, count: int
) -> Positions:
    """Return `count` rows, those with most words first, or of so many articles the best one."""
    looked_at = count
    while True:
        best = highest(rows, words, looked_at)
        if wanted.by != "article":
            return best
        firsts = best[_first_places(snapshot.articles_of(best))]
        if len(firsts) >= count or len(best) == len(rows):
            return firsts[:count]
        looked_at *= 4


def highest(rows: Positions, scores: Scores, count: int) -> Positions:
    """Return the `count` rows with the highest scores, best first, equal scores in row order."""
    if len(rows) > count:  # to sort many takes longer than to leave most out before
        own = scores[rows]
        rows = rows[own >= np.partition(own, -count)[-count]]
    return rows[np.lexsort((rows, -scores[rows]))][:count]


def _chosen(
    snapshot: Snapshot, candidates: Sequence[Candidate], wanted: HitQuery
) -> list[Candidate]:
    """Return the answers among the candidates, which are best first."""
    choice = wanted.choice
    kept = list(candidates)
    if least := choice.min_strength:
        kept = _with_strength(snapshot, kept, wanted.language)
        kept = [found for found in kept if found.strength >= least]
    if choice.recency is not None:
        kept = _in_time(snapshot, kept, choice.recency)
    if not choice.diverse:
        return kept[: choice.k]
    kept = kept[: max(choice.k, DIVERSE_AMONG)]
    vectors = snapshot.centered(_rows_of(kept))
    scores = [found.score for found in kept]
    order = mmr_order(scores, lambda at: vectors @ vectors[at], choice.k)
    return [kept[at]._replace(nearest=nearest) for at, nearest in order]


def _in_time(snapshot: Snapshot, hits: Sequence[Candidate], recency: Recency) -> list[Candidate]:
    """Return the hits by what their dates leave of their scores."""
    dates = snapshot.columns.dates[snapshot.articles_of(_rows_of(hits))].tolist()
    found = [
        hit._replace(score=recency.applied(hit.score, date), share=recency.share(date))
        for hit, date in zip(hits, dates, strict=True)
    ]
    return _best_first(found)


def _by_best_few(
    snapshot: Snapshot, vectors: Vectors, hits: Sequence[Candidate]
) -> list[Candidate]:
    """Rank articles, each given by its best row, by their best few passages."""
    found = []
    for hit, position in zip(hits, snapshot.articles_of(_rows_of(hits)).tolist(), strict=True):
        cosines = (snapshot.centered(snapshot.rows(position)) @ vectors.T).max(axis=1)
        few = float(np.sort(cosines)[-BEST_PASSAGES:].mean())
        score = (1 - BEST_PASSAGES_SHARE) * hit.score + BEST_PASSAGES_SHARE * few
        found.append(hit._replace(meaning=score, score=score))
    return _best_first(found)


def _reordered(
    snapshot: Snapshot, hits: Sequence[Candidate], wanted: HitQuery, words: Scores
) -> list[Candidate]:
    """Reorder hits by the words they, or any passage of their articles, share with the text."""
    rows = _rows_of(hits)
    shares = words[rows].tolist()
    if wanted.by == "article":
        for at, position in enumerate(snapshot.articles_of(rows).tolist()):
            own = snapshot.rows(position)
            shares[at] = float(words[own.start : own.stop].max())
    order = reorder([hit.score for hit in hits], shares, [hit.language for hit in hits])
    return [hits[at]._replace(meaning=score, score=score, words=shares[at]) for at, score in order]


def _best_of_each(scores: Iterable[float], rows: Iterable[int]) -> list[RowScore]:
    """Return each row that there is with its best score, best first."""
    best: dict[int, float] = {}
    for score, row in zip(scores, rows, strict=True):
        if row >= 0 and score > best.get(row, -np.inf):
            best[row] = score
    return sorted(best.items(), key=lambda found: (-found[1], found[0]))


def _first_of_each_article(snapshot: Snapshot, best: Sequence[RowScore]) -> list[RowScore]:
    rows = np.array([row for row, _ in best], dtype=np.int64)
    return [best[at] for at in _first_places(snapshot.articles_of(rows))]


def _first_places(articles: Positions) -> list[int]:
    """Return where each article stands first, in order."""
    first: dict[int, int] = {}
    for place, article in enumerate(articles.tolist()):
        first.setdefault(article, place)
    return list(first.values())


def _rows_of(hits: Sequence[Candidate]) -> Positions:
    return np.array([hit.row for hit in hits], dtype=np.int64)


def _hit(snapshot: Snapshot, found: Candidate, position: int) -> Hit:
    article = snapshot.article(position)
    passage = snapshot.passage(found.row, article)
    return Hit(
        **ArticleRef.fields_of(article),
        passage_id=passage.id,
        role=passage.role,
        heading=passage.heading,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        score=found.score,
        strength=found.strength,
        cosine=found.cosine,
        passage_language=passage.language or article.language,
        words_only=found.row >= snapshot.row_count,
    )
