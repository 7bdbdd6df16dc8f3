"""Raise the hits whose articles hold the words of the query, in their texts or their headlines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from recommender.answers.archive import Archive
from recommender.answers.candidates import Candidates
from recommender.answers.hit_candidates import first_places
from recommender.answers.hit_query import HitQuery
from recommender.answers.word_coverage import coverage_of
from recommender.arrays import Mask, Numbers
from recommender.scoring.relevance import load_relevance

# The headlines of at most so many articles are compared with the query.
HEADLINES = 64
# A headline was typed if the query holds so much of it, or less if its article holds so much of the
# query's rare words. A word that more of the articles hold is not rare.
ASKED_SHARE = 0.5


def with_coverage(snapshot: Archive, query: HitQuery, hits: Candidates) -> Candidates:
    """Raise passages in the query's language whose article holds the query's rare words.

    So words decide between languages too: an article that holds few of them falls back. Then the
    best passage of each article rises if its headline was typed. It also rises if it holds all
    words and it is not known which of them are rare.
    """
    own_articles = coverage_of(snapshot).articles_in(query.language)
    coverage = coverage_for(snapshot, query, hits)
    bonus = load_relevance().search.bonus(coverage, own_articles)
    found = replace(hits, score=hits.score + bonus, bonus=bonus, coverage=coverage).best_first()
    return _with_best_raised(snapshot, query, found)


def coverage_for(snapshot: Archive, query: HitQuery, hits: Candidates) -> Numbers:
    """Return the share of the query's rare words that the article of each hit holds."""
    words, languages = coverage_of(snapshot), hits.language.tolist()
    return words.of_text(query.text, query.language, hits.article, languages)


def _with_best_raised(snapshot: Archive, query: HitQuery, hits: Candidates) -> Candidates:
    """Raise the best hit of each article by its headline, or by all words of the query."""
    firsts = first_places(hits.article)
    best, headline, more = hits.take(firsts), np.zeros(len(hits)), np.zeros(len(hits))
    shares, holds_all = _headlines(snapshot, query, best), _hold_all(snapshot, query, best)
    more[firsts] = load_relevance().search.bonus_of_best(best.bonus, shares, holds_all)
    is_asked = (shares >= ASKED_SHARE) | _hold_rare(snapshot, query, best, holds_all)
    headline[firsts] = np.where(is_asked, shares, 0.0)
    found = replace(hits, score=hits.score + more, bonus=hits.bonus + more, headline=headline)
    return found.best_first()


def _headlines(snapshot: Archive, query: HitQuery, best: Candidates) -> Numbers:
    """Return the share of its article's headline that the query is, for those with most words."""
    found = np.zeros(len(best))
    some = np.argsort(-best.words, kind="stable")[:HEADLINES]
    likely = best.article[: min(query.selection.k, HEADLINES)]
    found[some] = coverage_of(snapshot).headline_shares(query.text, best.article[some], likely)
    return found


def _hold_all(snapshot: Archive, query: HitQuery, best: Candidates) -> Mask:
    """Return which articles hold every word of the query; none if rare words are known."""
    words = coverage_of(snapshot)
    if load_relevance().search.knows_words(words.articles_in(query.language)):
        return np.zeros(len(best), np.bool_)
    return words.all_held(query.text, query.language, best.article, best.language.tolist())


def _hold_rare(snapshot: Archive, query: HitQuery, best: Candidates, holds_all: Mask) -> Mask:
    """Return which articles hold words of the query that few others of its language hold.

    A word of unknown rarity is rare if few articles hold all of these words.
    """
    found: Mask = best.coverage >= ASKED_SHARE
    own_articles = coverage_of(snapshot).articles_in(query.language)
    if np.count_nonzero(holds_all) > ASKED_SHARE * own_articles:
        return found
    return found | (holds_all & np.isnan(best.coverage))
