"""Print how a build went: what it did, what it left out, what it noticed."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from recommender.articles.files import ADVICE
from recommender.cli.app import print_answer, print_text, reporting_what_is_done
from recommender.cli.news_report import print_news
from recommender.cli.progress import event_line, progress
from recommender.render.facts import Facts
from recommender.render.formats import Format
from recommender.render.text_layout import counted, one_line
from recommender.types import (
    BuildReport,
    LanguageDoubt,
    NoticeCount,
    NoticeKind,
    OnProgress,
    Refusal,
)

if TYPE_CHECKING:
    from recommender.answers.news import NewsAnswer

# The exit code of a command that did its work, but left articles out.
EXIT_LEFT_OUT = 3
# So many rows of one file are named for one reason; the rest are counted.
NAMED_ROWS = 3
# Articles that are named because they are in another language than they declare.
NAMED_DOUBTS = 20

NOTICE_WORDS = {
    NoticeKind.UNPUBLISHED: "not published",
    NoticeKind.REPLACED: "replaced",
    NoticeKind.DATE: "dates",
    NoticeKind.FIELD: "fields",
    NoticeKind.STATUS: "status",
    NoticeKind.ENCODING: "encoding",
    NoticeKind.FORMAT: "other formats",
}


@dataclass(frozen=True, slots=True)
class BuildOutput:
    """Print the report on standard output, progress and problems on standard error.

    If `as_json`, each line on standard error is a JSON object.
    """

    quiet: bool
    as_json: bool
    format: Format

    def progress(self) -> AbstractContextManager[OnProgress]:
        """Return a context that yields what is called with the progress."""
        return progress(self.quiet, self.as_json)

    def report(self, report: BuildReport, news: NewsAnswer | None = None) -> None:
        """Print what a build did, and what is new for saved searches."""
        # News that could not be printed are an error: the next look then reports them.
        has_news = news is not None and news.items
        with nullcontext() if has_news else reporting_what_is_done():
            self._print(report, news)
        for line in self._problems(report):
            print(line, file=sys.stderr)

    def _print(self, report: BuildReport, news: NewsAnswer | None) -> None:
        if self.format is not Format.TEXT:
            more = {} if news is None else {"news": news.rows()}
            print_answer(Facts(asdict(report) | more), self.format)
            return
        print_text(f"{summary(report)}\n")
        if report.published and not self.quiet:
            print_answer(Facts(_details(report)), self.format)
        print_news(news)

    def stopped(self) -> None:
        """Print that the build was interrupted."""
        if self.as_json:
            line = event_line("stopped")
        else:
            line = "stopped; the old index is unchanged; the same command continues from here"
        print(line, file=sys.stderr)

    def _problems(self, report: BuildReport) -> Iterator[str]:
        if not self.as_json:
            yield from left_out_lines(report.left_out)
            yield from notice_lines(report.notices)
            yield from _doubt_lines(report.language_doubts)
            return
        yield from (event_line("left out", **asdict(one)) for one in report.left_out)
        yield from (event_line("notice", **asdict(one)) for one in report.notices)
        yield from (event_line("language doubted", **asdict(one)) for one in report.language_doubts)


def summary(report: BuildReport) -> str:
    """Return in one line what a build did."""
    if not report.published and not report.refused:
        return f"nothing changed: {report.snapshot} has {counted(report.articles, 'article')}"
    verb = "refused" if report.refused else "published"
    unpublished = sum(report.unpublished.values())
    return (
        f"{verb} {report.snapshot}: {counted(report.articles, 'article')} ({report.added:,} added, "
        f"{report.changed:,} changed, {report.removed:,} removed), "
        f"{counted(report.passages, 'passage')} ({counted(report.encoded, 'text')} encoded, "
        f"{report.reused:,} reused), "
        f"{len(report.left_out):,} left out, "
        + (f"{unpublished:,} not published, " if unpublished else "")
        + f"{report.seconds:.1f} s"
    )


def _details(report: BuildReport) -> dict[str, Any]:
    """Return the facts that a person is shown below the summary; empty ones are left out."""
    always = {"encoder": report.encoder, "languages": report.languages, "roles": report.roles}
    others = {
        "words only": report.words_only,
        "not published": report.unpublished,
        "cut again": report.reasons,
    }
    return always | {name: value for name, value in others.items() if value}


def left_out_lines(refusals: Iterable[Refusal]) -> Iterator[str]:
    """Yield a line for each refusal; rows of a file beyond the first few share one line."""
    counts: Counter[tuple[str, str]] = Counter()
    for refusal in refusals:
        file, _, row = refusal.place.rpartition(":")
        if row.isdigit():
            counts[file, refusal.reason] += 1
            if counts[file, refusal.reason] > NAMED_ROWS:
                continue
        yield f"left out: {one_line(refusal.place)}: {one_line(refusal.reason)}"
    for (file, reason), count in counts.items():
        if more := max(count - NAMED_ROWS, 0):
            rows = "row" if more == 1 else "rows"
            yield f"left out: {one_line(file)}: {more:,} more {rows}: {one_line(reason)}"


def notice_lines(counts: Sequence[NoticeCount]) -> Iterator[str]:
    """Yield a line for each thing that was counted and not refused, one for all other formats."""
    for one in counts:
        if one.kind is NoticeKind.FORMAT:
            continue
        places = ", ".join(map(one_line, one.places))
        more = ", …" if one.count > len(one.places) else ""
        example = f", for example {one_line(one.example)!r}" if one.example else ""
        what = f"{NOTICE_WORDS[one.kind]}: {one.count:,} {one_line(one.reason)}{example}"
        yield f"{what} ({places}{more})"

    if formats := [one for one in counts if one.kind is NoticeKind.FORMAT]:
        yield _passed_over_line(formats)


def _passed_over_line(formats: Sequence[NoticeCount]) -> str:
    """Return how many files of other formats were passed over, and what to do with some."""
    count = sum(one.count for one in formats)
    files = "1 file" if count == 1 else f"{count:,} files"
    suffixes = ", ".join(f"{one.count:,} {one_line(one.reason)}" for one in formats)
    advice: dict[str, list[str]] = {}
    for one in formats:
        if one.reason in ADVICE:
            advice.setdefault(ADVICE[one.reason], []).append(one.reason)
    help = "".join(f"; {', '.join(names)}: {what}" for what, names in advice.items())
    return f"other formats: {files} passed over: {suffixes}{help}"


def _doubt_lines(doubts: Sequence[LanguageDoubt]) -> Iterator[str]:
    """Yield a line for each of the first declared languages that were rejected."""
    for one in doubts[:NAMED_DOUBTS]:
        yield f"language: {one_line(one.article_id)}: {one_line(one.reason)}"
    if (more := len(doubts) - NAMED_DOUBTS) > 0:
        yield f"language: {more:,} more articles; all of them with --format json"
