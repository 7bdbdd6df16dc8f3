"""Answers from a snapshot: passages that match, passages alike, articles related."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np

from recommender.errors import IndexForeign, NotFound, QueryError
from recommender.index import Mask
from recommender.passages import split
from recommender.segment import Vectors
from recommender.snapshot import Snapshot, current_name, open_live
from recommender.space import align, strength
from recommender.types import (
    Article,
    ArticleRef,
    Evidence,
    Hit,
    Passage,
    Recommendation,
    StoredArticle,
)

if TYPE_CHECKING:
    from recommender.encoders import Encoder

MAX_QUERY_CHARACTERS = 200_000
MAX_K = 1_000
# Neighbours fetched for each passage of an article, and articles then aligned in full.
NEIGHBOURS = 100
CANDIDATES = 200
SHOWN_PAIRS = 3

By = Literal["passage", "article"]


class Recommender:
    """Answers from one snapshot; safe to share between threads and forked processes.

    Every method raises `IndexDamaged` where a file of the snapshot cannot be read.
    """

    def __init__(self, snapshot: Snapshot, encoder: Encoder | None = None) -> None:
        self.snapshot = snapshot
        self._encoder = encoder
        self._encoder_lock = threading.Lock()

    @classmethod
    def open(cls, folder: str | Path = "vectors", *, encoder: Encoder | None = None) -> Self:
        """Open the live snapshot below `folder`.

        `encoder` is the one it was built with, where that was not named by a model. Raises
        `IndexMissing`, `IndexForeign` or `IndexDamaged`, each saying what to run.
        """
        return cls(open_live(Path(folder)), encoder)

    @property
    def name(self) -> str:
        """The name of the snapshot that answers."""
        return self.snapshot.name

    @property
    def encoder_name(self) -> str:
        """The name of the encoder that made the snapshot's vectors."""
        name: str = self.snapshot.manifest["encoder"]["name"]
        return name

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the encoder; the files are unmapped with the last answer that uses them."""
        self._encoder = None

    def reload(self) -> bool:
        """Move to the newest snapshot; tell whether there was a newer one."""
        if current_name(self.snapshot.folder) == self.snapshot.name:
            return False
        newest = open_live(self.snapshot.folder)
        if newest.manifest["encoder"] != self.snapshot.manifest["encoder"]:
            self._encoder = None
        self.snapshot = newest
        return True

    def search(self, text: str, *, k: int = 10, by: By = "passage") -> list[Hit]:
        """Return the `k` passages that match `text` best, or the best one of each article.

        A text over the encoder's limit is searched in parts, each passage by its best part.
        Raises `QueryError` for a blank or oversized text, `EncoderError` if the model is not
        there, `IndexForeign` if it is not the one that made the index.
        """
        snapshot = self.snapshot
        if not any(character.isprintable() and not character.isspace() for character in text):
            raise QueryError("the query is empty; give some words to search for")
        if len(text) > MAX_QUERY_CHARACTERS:
            raise QueryError(
                f"the query has {len(text):,} characters, the most is {MAX_QUERY_CHARACTERS:,}; "
                "give the part that matters"
            )
        encoder = self._load_encoder(snapshot)
        [spans] = split([text], encoder.count_tokens, encoder.max_tokens)
        queries = encoder.encode([text[slice(*span)] for span in spans], role="query")
        return _hits(snapshot, queries, _checked_k(k), by, snapshot.live_rows)

    def similar(self, passage_id: str, *, k: int = 10, by: By = "passage") -> list[Hit]:
        """Return the `k` passages of other articles that are most like a passage.

        The id of a paragraph that was split, or of an article, stands for all its passages.
        Raises `NotFound` for an id that is not in the index or was not encoded.
        """
        snapshot = self.snapshot
        position, rows = _rows_of(snapshot, passage_id)
        allowed = _without(snapshot, [position])
        return _hits(snapshot, snapshot.vectors(rows), _checked_k(k), by, allowed)

    def related(self, article_id: str, *, k: int = 5) -> list[Recommendation]:
        """Return the `k` articles most related to an article, itself never among them.

        Each is scored by aligning the passages of both articles (`space.align`), and carries the
        pairs that tie it. The id of a passage stands for its article. Raises `NotFound`.
        """
        snapshot = self.snapshot
        position = _position_of(snapshot, article_id)
        rows = snapshot.rows(position)
        if not rows:
            raise NotFound(f"{article_id}: this article has no text to compare; see: show")
        vectors = snapshot.vectors(rows)
        candidates = _candidates(snapshot, vectors, _without(snapshot, [position]))
        scored = []
        for candidate in candidates:
            score, pairs = align(vectors, snapshot.vectors(snapshot.rows(candidate)))
            scored.append((score, candidate, pairs))
        scored.sort(key=lambda found: (-found[0], found[1]))
        article = snapshot.article(position)
        return [
            _recommendation(snapshot, article, rows, candidate, score, pairs)
            for score, candidate, pairs in scored[: _checked_k(k)]
        ]

    def show(self, id: str) -> StoredArticle:
        """Return an article with its paragraphs; of a passage's id, only those it names."""
        snapshot = self.snapshot
        stored = snapshot.stored(_position_of(snapshot, id))
        if stored.article.id == id:
            return stored
        number, _ = _passage_number(id)
        named = tuple(paragraph for paragraph in stored.paragraphs if paragraph.number == number)
        if not named:
            raise NotFound(f"{id}: the article has no paragraph {number}; {_see(stored)}")
        return StoredArticle(stored.article, named)

    def article(self, id: str) -> ArticleRef:
        """Return what names an article in answers, of its own id or a passage's."""
        snapshot = self.snapshot
        return ArticleRef(**ArticleRef.fields_of(snapshot.article(_position_of(snapshot, id))))

    def status(self) -> dict[str, Any]:
        """Return what the live snapshot holds and how it was made."""
        manifest = self.snapshot.manifest
        names = ("created", "recommender", "articles", "passages", "languages", "roles", "recipe")
        facts = {name: manifest[name] for name in names}
        places = {entry["name"] for entry in manifest["segments"]}
        files = [
            file
            for place in places
            for file in (self.snapshot.folder / "segments" / place).iterdir()
        ]
        return {
            "index": str(self.snapshot.folder),
            "snapshot": self.snapshot.name,
            "encoder": manifest["encoder"],
            **facts,
            "bytes": sum(file.stat().st_size for file in files),
            "left_out": manifest["left_out"],
        }

    def _load_encoder(self, snapshot: Snapshot) -> Encoder:
        with self._encoder_lock:
            if self._encoder is None:
                from recommender.encoders import load_encoder

                self._encoder = load_encoder(snapshot.manifest["encoder"]["model"])
            found, expected = self._encoder.fingerprint, snapshot.manifest["encoder"]["fingerprint"]
            if found != expected:
                name = self._encoder.name
                self._encoder = None
                raise IndexForeign(
                    f"{snapshot.folder}: found encoder {name} ({found}), the index was made with "
                    f"{snapshot.manifest['encoder']['name']} ({expected}); "
                    "run: recommender build --full"
                )
            return self._encoder


def _hits(snapshot: Snapshot, vectors: Vectors, k: int, by: By, allowed: Mask | None) -> list[Hit]:
    """Return the best passages for any of `vectors`, each once."""
    wanted = k
    while True:
        scores, rows = snapshot.index.search(vectors, min(wanted, snapshot.row_count), allowed)
        best = _best_of_each(scores.ravel().tolist(), rows.ravel().tolist())
        if by == "article":
            best = _first_of_each_article(snapshot, best)
        if len(best) >= k or wanted >= snapshot.row_count:
            break
        wanted *= 4  # an article with many passages that match filled the list: look further
    unrelated = snapshot.manifest["unrelated"]["passages"]
    return [_hit(snapshot, row, score, unrelated) for row, score in best[:k]]


def _best_of_each(scores: Iterable[float], rows: Iterable[int]) -> list[tuple[int, float]]:
    best: dict[int, float] = {}
    for score, row in zip(scores, rows, strict=True):
        if row >= 0 and score > best.get(row, -np.inf):
            best[row] = score
    return sorted(best.items(), key=lambda found: (-found[1], found[0]))


def _first_of_each_article(
    snapshot: Snapshot, hits: Sequence[tuple[int, float]]
) -> list[tuple[int, float]]:
    articles = snapshot.articles_of(np.array([row for row, _ in hits], dtype=np.int64))
    first: dict[int, tuple[int, float]] = {}
    for article, hit in zip(articles.tolist(), hits, strict=True):
        first.setdefault(article, hit)
    return list(first.values())


def _hit(snapshot: Snapshot, row: int, score: float, unrelated: Sequence[float]) -> Hit:
    position = int(snapshot.articles_of(np.array([row]))[0])
    article = snapshot.article(position)
    passage = snapshot.passage(row, article)
    return Hit(
        **ArticleRef.fields_of(article),
        passage_id=passage.id,
        role=passage.role,
        heading=passage.heading,
        text=passage.text,
        start=passage.start,
        end=passage.end,
        score=score,
        strength=strength(score, unrelated),
    )


def _candidates(snapshot: Snapshot, vectors: Vectors, allowed: Mask) -> list[int]:
    """Return articles worth aligning: those whose passages are nearest to the most of ours."""
    k = min(NEIGHBOURS, snapshot.row_count)
    scores, rows = snapshot.index.search(vectors, k, allowed)
    if not rows.size:
        return []
    floor = scores[np.isfinite(scores)].min(initial=1.0)
    sums: dict[int, float] = {}
    for row_scores, row_rows in zip(scores, rows, strict=True):
        found = row_rows >= 0
        articles = snapshot.articles_of(row_rows[found])
        best: dict[int, float] = {}
        for article, score in zip(articles.tolist(), row_scores[found].tolist(), strict=True):
            best.setdefault(article, score)
        for article, score in best.items():
            sums[article] = sums.get(article, 0.0) + score - floor
    return sorted(sums, key=lambda article: (-sums[article], article))[:CANDIDATES]


def _recommendation(
    snapshot: Snapshot,
    article: Article,
    rows: range,
    candidate: int,
    score: float,
    pairs: Vectors,
) -> Recommendation:
    other = snapshot.article(candidate)
    other_rows = snapshot.rows(candidate)
    evidence = []
    for ours, theirs in _best_pairs(pairs):
        passage = snapshot.passage(rows[ours], article)
        match = snapshot.passage(other_rows[theirs], other)
        evidence.append(
            Evidence(passage.id, match.id, float(pairs[ours, theirs]), passage.text, match.text)
        )
    return Recommendation(
        **ArticleRef.fields_of(other),
        score=score,
        strength=strength(score, snapshot.manifest["unrelated"]["articles"]),
        relation="related",
        evidence=tuple(evidence),
    )


def _best_pairs(pairs: Vectors) -> list[tuple[int, int]]:
    """Return the best (row, column) pairs, no row and no column twice."""
    left = pairs.copy()
    found = []
    for _ in range(min(SHOWN_PAIRS, *left.shape)):
        ours, theirs = divmod(int(left.argmax()), left.shape[1])
        found.append((ours, theirs))
        left[ours, :] = left[:, theirs] = -np.inf
    return found


def _position_of(snapshot: Snapshot, id: str) -> int:
    """Return the position of the article that an article's or a passage's id names."""
    position = snapshot.find(id)
    if position is None and "#" in id:
        position = snapshot.find(id.rpartition("#")[0])
    if position is None:
        raise NotFound(f"{id}: no article in {snapshot.folder} has this id; try: search")
    return position


def _rows_of(snapshot: Snapshot, id: str) -> tuple[int, list[int]]:
    """Return the article and the rows that an id names."""
    position = _position_of(snapshot, id)
    stored = snapshot.stored(position)
    rows = list(snapshot.rows(position))
    if stored.article.id != id:
        number, part = _passage_number(id)
        passages = [(row, snapshot.passage(row, stored.article)) for row in rows]
        rows = [
            row
            for row, passage in passages
            if passage.number == number and part in (0, passage.part)
        ] or [row for row, passage in passages if _is_joined(passage, number, stored)]
        if not rows:
            raise NotFound(_why_no_passage(id, number, stored, [one for _, one in passages]))
    elif not rows:
        raise NotFound(f"{id}: this article has no text to compare; {_see(stored)}")
    return position, rows


def _is_joined(passage: Passage, number: int, stored: StoredArticle) -> bool:
    """Tell whether a short paragraph is part of a passage that has an earlier one's number."""
    return any(
        paragraph.number == number and passage.start < paragraph.end <= passage.end
        for paragraph in stored.paragraphs
        if paragraph.number and passage.number
    )


def _why_no_passage(
    id: str, number: int, stored: StoredArticle, passages: Sequence[Passage]
) -> str:
    there = ", ".join(dict.fromkeys(f"#{passage.number}" for passage in passages)) or "none"
    for paragraph in stored.paragraphs:
        if paragraph.number == number:
            return f"{id}: is a {paragraph.role} and is not encoded; the passages are {there}"
    return f"{id}: the article has no such passage; its passages are {there}"


def _passage_number(id: str) -> tuple[int, int]:
    """Return (number, part) of a passage id, part 0 where it names none."""
    number, _, part = id.rpartition("#")[2].partition(".")
    if not number.isascii() or not number.isdigit() or not (part or "0").isdigit():
        raise NotFound(f"{id}: after # stands a paragraph's number, as in #4 or #7.2")
    return int(number), int(part or 0)


def _without(snapshot: Snapshot, positions: Iterable[int]) -> Mask:
    """Return the rows that may be answered: the live ones but for these articles'."""
    live = snapshot.live_rows
    allowed = np.ones(snapshot.row_count, dtype=np.bool_) if live is None else live.copy()
    for position in positions:
        rows = snapshot.rows(position)
        allowed[rows.start : rows.stop] = False
    return allowed


def _see(stored: StoredArticle) -> str:
    return f"see: recommender show {stored.article.id}"


def _checked_k(k: int) -> int:
    if not 1 <= k <= MAX_K:
        raise QueryError(f"k is {k}; give a number from 1 to {MAX_K:,}")
    return k
