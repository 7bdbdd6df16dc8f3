"""Builds a snapshot: files -> articles -> passages -> vectors -> index, then publishes it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from pathlib import Path
from typing import Any, TypeVar

import numpy as np

from recommender.articles import read_articles
from recommender.derive import derive
from recommender.encoders import Encoder, load_encoder
from recommender.errors import SourceError
from recommender.language import detect_language
from recommender.paragraphs import cut
from recommender.passages import ENCODED_ROLES, make_passages
from recommender.publish import new_segment_name, publish, workplace
from recommender.segment import Segment, SegmentWriter, Vectors, text_hash
from recommender.types import UNKNOWN_LANGUAGE, Article, BuildReport, Refusal, Role
from recommender.version import __version__

T = TypeVar("T")

# How many passages are held in memory at a time, and how many are encoded between two reports.
CHUNK = 8_192
SLICE = 256
# Bump when passages or vectors come out differently for the same source and encoder.
RECIPE = {"passages": 1, "encoded_roles": sorted(ENCODED_ROLES)}

# Called with the stage ("read" or "encode"), how many are done, and of how many, if known.
OnProgress = Callable[[str, int, int | None], None]


@dataclass
class _Counts:
    articles: int = 0
    passages: int = 0
    encoded: int = 0
    languages: Counter[str] = field(default_factory=Counter)
    roles: Counter[str] = field(default_factory=Counter)
    left_out: list[Refusal] = field(default_factory=list)


def build(
    source: str | Path | Sequence[str | Path],
    *,
    into: str | Path = "vectors",
    model: str | Encoder | None = None,
    on_progress: OnProgress | None = None,
) -> BuildReport:
    """Encode the articles below `source` and publish them as the live snapshot of `into`.

    `model` is the name or folder of a sentence-transformers model, or an encoder of your own, to
    be given again to `Recommender.open`; None is the bundled model.
    Raises `SourceError` where nothing can be built, `EncoderError` for the model, `IndexLocked`
    while another build runs, `StorageError` where `into` cannot be written. Whatever is raised,
    the snapshot that was live stays live.
    """
    started = time.monotonic()
    sources = [Path(source)] if isinstance(source, str | Path) else [Path(one) for one in source]
    report = on_progress or (lambda stage, done, total: None)
    into = Path(into)
    with workplace(into) as building:
        encoder = load_encoder(model) if model is None or isinstance(model, str) else model
        counts = _Counts()
        name = new_segment_name()
        writer = SegmentWriter(building / name)
        _add_articles(writer, sources, encoder, counts, report)
        vectors = _encoded(writer, encoder, counts, report)
        writer.write_vectors(vectors, encoder.dim)
        writer.close(encoder.dim)
        facts = _facts(encoder, model if isinstance(model, str) else None, counts) | derive(
            [Segment(building / name)]
        )
        snapshot = publish(into, building, name, facts)
    return BuildReport(
        snapshot=snapshot,
        encoder=encoder.name,
        articles=counts.articles,
        passages=counts.passages,
        encoded=counts.encoded,
        seconds=round(time.monotonic() - started, 3),
        languages=dict(counts.languages.most_common()),
        roles=dict(counts.roles.most_common()),
        left_out=tuple(counts.left_out),
    )


def _add_articles(
    writer: SegmentWriter,
    sources: Sequence[Path],
    encoder: Encoder,
    counts: _Counts,
    report: OnProgress,
) -> None:
    for found in read_articles(sources):
        if isinstance(found, Refusal):
            counts.left_out.append(found)
            continue
        article = _with_language(found)
        paragraphs = cut(article)
        passages = make_passages(article, paragraphs, encoder.count_tokens, encoder.max_tokens)
        writer.add(article, paragraphs, passages)
        roles = Counter(str(paragraph.role) for paragraph in paragraphs)
        counts.articles += 1
        counts.passages += len(passages)
        counts.languages[article.language] += 1
        counts.roles += roles
        if not any(passage.role is not Role.TITLE for passage in passages):
            only = ", ".join(f"{count} {role}" for role, count in roles.items())
            counts.left_out.append(Refusal(article.path, f"has no text to compare, only: {only}"))
        report("read", counts.articles, None)
    if not counts.passages:
        places = ", ".join(map(str, sources))
        why = "".join(f"\n  {refusal.place}: {refusal.reason}" for refusal in counts.left_out[:10])
        raise SourceError(f"{places}: no article to build from (.txt or .jsonl){why}")
    writer.close_articles()


def _with_language(article: Article) -> Article:
    if article.language != UNKNOWN_LANGUAGE:
        return article
    return replace(article, language=detect_language(article.text))


def _encoded(
    writer: SegmentWriter, encoder: Encoder, counts: _Counts, report: OnProgress
) -> Iterator[Vectors]:
    """Yield the vectors of the writer's texts in row order, each distinct text encoded once."""
    rows: dict[bytes, int] = {}
    done = 0
    for texts in _chunks(writer.texts(), CHUNK):
        text_of = {text_hash(text): text for text in texts}
        hashes = [text_hash(text) for text in texts]
        known = [digest for digest in text_of if digest in rows]
        earlier = writer.read_vectors([rows[digest] for digest in known], encoder.dim)
        found = dict(zip(known, earlier, strict=True))
        fresh = sorted(text_of.keys() - rows.keys(), key=lambda digest: len(text_of[digest]))
        for batch in _chunks(fresh, SLICE):
            vectors = encoder.encode([text_of[digest] for digest in batch], role="passage")
            found.update(zip(batch, vectors, strict=True))
            counts.encoded += len(batch)
            report("encode", done + len(found), counts.passages)
        for row, digest in enumerate(hashes, done):
            rows.setdefault(digest, row)
        done += len(texts)
        report("encode", done, counts.passages)
        yield np.stack([found[digest] for digest in hashes])


def _facts(encoder: Encoder, model: str | None, counts: _Counts) -> dict[str, Any]:
    """Return the manifest's fields that say how and from what the snapshot was made."""
    return {
        "recommender": __version__,
        "encoder": {
            "name": encoder.name,
            "model": model,
            "fingerprint": encoder.fingerprint,
            "dim": encoder.dim,
        },
        "recipe": RECIPE | {"max_tokens": encoder.max_tokens},
        "articles": counts.articles,
        "passages": counts.passages,
        "languages": dict(counts.languages.most_common()),
        "roles": dict(counts.roles.most_common()),
        "left_out": [[refusal.place, refusal.reason] for refusal in counts.left_out],
    }


def _chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    iterator = iter(items)
    while chunk := list(islice(iterator, size)):
        yield chunk
