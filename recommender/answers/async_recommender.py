"""Ask questions from a program with an event loop: each runs in a thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, Self, TypeVar

from recommender.answers.recommender import Recommender

if TYPE_CHECKING:
    from recommender.answers.answer import ListAnswer, RelatedAnswer, SearchAnswer
    from recommender.answers.group_answers import BeforeAnswer, DuplicatesAnswer, StoriesAnswer
    from recommender.answers.news import NewsAnswer
    from recommender.answers.options import Named
    from recommender.encoders.base import Encoder
    from recommender.types import ArticleRef, Hit, Recommendation, StoredArticle

P = ParamSpec("P")
T = TypeVar("T")

# How many questions are answered at a time; the others wait.
THREADS = 4


class AsyncRecommender:
    """The questions of a `Recommender`, each to be awaited; the loop never blocks.

    Options are keyword arguments as there. If a task is cancelled, its thread still ends its work.
    """

    def __init__(self, recommender: Recommender, threads: int = THREADS) -> None:
        """Take a recommender, and the number of questions that are answered at a time."""
        self.recommender = recommender
        self._is_closed = False
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="recommender")

    @classmethod
    async def open(
        cls,
        folder: str | Path = "vectors",
        *,
        encoder: Encoder | None = None,
        threads: int = THREADS,
        **keywords: Any,
    ) -> Self:
        """Open the live snapshot below `folder` as `Recommender.open` does."""
        opening = partial(Recommender.open, folder, encoder=encoder, **keywords)
        return cls(await asyncio.to_thread(opening), threads)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Wait for the running questions, then close the recommender for further ones."""
        self._is_closed = True
        await asyncio.to_thread(self._threads.shutdown)
        self.recommender.close()

    async def search(self, text: str, **keywords: Any) -> list[Hit]:
        """Return what `Recommender.search` does."""
        return await self._run(self.recommender.search, text, **keywords)

    async def answer_search(self, text: str, **keywords: Any) -> SearchAnswer:
        """Return what `Recommender.answer_search` does."""
        return await self._run(self.recommender.answer_search, text, **keywords)

    async def similar(self, passage_id: str, **keywords: Any) -> list[Hit]:
        """Return what `Recommender.similar` does."""
        return await self._run(self.recommender.similar, passage_id, **keywords)

    async def related(self, article: Named, **keywords: Any) -> list[Recommendation]:
        """Return what `Recommender.related` does."""
        return await self._run(self.recommender.related, article, **keywords)

    async def answer_related(self, article: Named, **keywords: Any) -> RelatedAnswer:
        """Return what `Recommender.answer_related` does."""
        return await self._run(self.recommender.answer_related, article, **keywords)

    async def show(self, id: str) -> StoredArticle:
        """Return what `Recommender.show` does."""
        return await self._run(self.recommender.show, id)

    async def article(self, id: str) -> ArticleRef:
        """Return what `Recommender.article` does."""
        return await self._run(self.recommender.article, id)

    async def list_articles(self, words: str = "", **keywords: Any) -> ListAnswer:
        """Return what `Recommender.list_articles` does."""
        return await self._run(self.recommender.list_articles, words, **keywords)

    async def stories(self, **keywords: Any) -> StoriesAnswer:
        """Return what `Recommender.stories` does."""
        return await self._run(self.recommender.stories, **keywords)

    async def duplicates(self, **keywords: Any) -> DuplicatesAnswer:
        """Return what `Recommender.duplicates` does."""
        return await self._run(self.recommender.duplicates, **keywords)

    async def before(self, article: Named, **keywords: Any) -> BeforeAnswer:
        """Return what `Recommender.before` does."""
        return await self._run(self.recommender.before, article, **keywords)

    async def news(
        self, watchlist: str | Path | None = None, *, remember: bool = True
    ) -> NewsAnswer | None:
        """Return what `Recommender.news` does."""
        return await self._run(partial(self.recommender.news, watchlist, remember=remember))

    async def reload(self) -> bool:
        """Move to the newest snapshot, as `Recommender.reload` does."""
        return await self._run(self.recommender.reload)

    async def status(self) -> dict[str, Any]:
        """Return what `Recommender.status` does."""
        return await self._run(self.recommender.status)

    async def _run(self, ask: Callable[P, T], *args: P.args, **keywords: P.kwargs) -> T:
        if self._is_closed:
            raise RuntimeError("this AsyncRecommender is closed; open another one")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._threads, partial(ask, *args, **keywords))
