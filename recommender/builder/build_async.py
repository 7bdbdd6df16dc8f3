"""Build from a program whose event loop must not wait."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterable
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Unpack

from recommender.articles.handed import take_sources_async
from recommender.builder.build import build
from recommender.builder.given import Sources
from recommender.builder.options import BuildKeywords, BuildOptions
from recommender.encoders.base import Encoder
from recommender.types import BuildReport, OnProgress


async def build_async(
    source: Sources,
    *,
    into: str | Path = "vectors",
    model: str | Encoder | None = None,
    on_progress: OnProgress | None = None,
    options: BuildOptions | None = None,
    **keywords: Unpack[BuildKeywords],
) -> BuildReport:
    """Build in another thread, as `build` does; an async iterable is read in this loop.

    `on_progress` is called in that thread. If the task is cancelled, the build goes on to its end.
    """
    run = partial(
        build, into=into, model=model, on_progress=on_progress, options=options, **keywords
    )
    if not isinstance(source, AsyncIterable):
        return await asyncio.to_thread(run, source)
    folder = Path(mkdtemp(prefix="recommender-"))
    try:
        taken = await take_sources_async(source, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return await asyncio.to_thread(_run_and_remove, partial(run, taken), folder)


def _run_and_remove(run: partial[BuildReport], folder: Path) -> BuildReport:
    """Build, then delete the folder with the collected sources, but not before the build ends."""
    try:
        return run()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
