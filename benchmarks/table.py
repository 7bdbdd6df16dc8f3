"""Write the stored figures as tables between the markers of benchmarks/README.md."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.circumstances import RESULTS

BENCHMARKS = Path(__file__).parent
PAGE = BENCHMARKS / "README.md"

LABELLED_SETS = ("itn", "wikinews_en", "xquad")
END = "<!-- /table -->"


def fill_page(page: Path = PAGE) -> None:
    """Put each table between its markers; a page without markers stays as it is."""
    for name, table in tables():
        fill(page, name, table)


def fill(page: Path, name: str, content: str) -> None:
    """Replace the content between the two markers of a table."""
    start = f"<!-- table:{name} -->"
    before, found, rest = page.read_text(encoding="utf-8").partition(start)
    _, ended, after = rest.partition(END)
    if found and ended:
        page.write_text(f"{before}{start}\n{content}{END}{after}", encoding="utf-8")


def tables() -> Iterable[tuple[str, str]]:
    """Yield the name and the Markdown of each table that has stored figures."""
    yield (
        "answers",
        _answers([_stored(BENCHMARKS / f"evaluation/{name}.json") for name in LABELLED_SETS]),
    )
    yield "rebuilds", _rebuilds(_stored(BENCHMARKS / "rebuilds.json"))
    writers = {
        "encoding": _encoding,
        "cold": _cold,
        "scale": _scale,
        "export": _export,
        "tries": _tries,
        "sources": _sources,
    }
    for name, write in writers.items():
        if (path := RESULTS / f"{name}.json").exists():
            yield name, write(_stored(path))


def _stored(path: Path) -> dict[str, Any]:
    stored: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return stored


def _answers(sets: Sequence[dict[str, Any]]) -> str:
    """Return a line for each ranking of each set, over the questions of all languages."""
    lines = [
        "| set | ranking | answers in | questions | nDCG | 95% interval | recall | first hit |",
        "|---|---|---|--:|--:|--:|--:|--:|",
    ]
    among = {"any": "any language", "same": "the question's language", "other": "other languages"}
    lines += [
        f"| `{one['name']}` | {result['ranking']} | {among[result['among']]} | "
        f"{result['questions']:,} | {result['ndcg']['value']:.3f} | "
        f"{result['ndcg']['low']:.3f}-{result['ndcg']['high']:.3f} | "
        f"{result['recall']['value']:.3f} | {result['first_hit']['value']:.3f} |"
        for one in sets
        for result in one["results"]
        if result["language"] == "all"
    ]
    lines += ["", *(f"- `{one['name']}`: {_size(one)}, {_where(one)}." for one in sets)]
    return "\n".join(lines) + "\n"


def _size(one: dict[str, Any]) -> str:
    passages = f"{one['articles']:,} articles, {one['passages']:,} passages"
    return f"{passages}, the first {one['k']} answers"


def _rebuilds(result: dict[str, Any]) -> str:
    lines = [
        f"{result['processors']} x {result['processor']}, {result['date']}, "
        f"commit {result['commit']}.",
        "",
        "| build | passages | texts encoded | seconds | processor seconds | peak MB |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {name} | {one['passages']:,} | {one['encoded']:,} | {one['seconds']:,.1f} | "
        f"{one['processor_seconds']:,.1f} | {one['peak_megabytes']:,} |"
        for name, one in result.items()
        if name in ("full", "unchanged", "one article changed")
    ]
    return "\n".join(lines) + "\n"


def _tries(result: dict[str, Any]) -> str:
    lines = [
        f"{result['texts']} passages of `seeds/`, {result['tokens']:,} tokens, {_where(result)}.",
        "",
        "| way | work in the same processor time | padding | least cosine to float32 |",
        "|---|--:|--:|--:|",
    ]
    lines += [
        f"| {way['way']} | {way['cpu_ratio']:.2f} | {way['padding_share']:.1%} | "
        f"{way['cosine_min']:.5f} |"
        for way in result["ways"]
    ]
    return "\n".join(lines) + "\n"


def _sources(result: dict[str, Any]) -> str:
    lines = [
        f"{result['reference']}: {result['reference_articles_a_second']:,} a second, "
        f"{_where(result)}.",
        "",
        "| format | articles/s |",
        "|---|--:|",
    ]
    lines += [
        f"| {name} | {one['articles_a_second']:,} |" for name, one in result["formats"].items()
    ]
    return "\n".join(lines) + "\n"


def _encoding(result: dict[str, Any]) -> str:
    lines = [
        f"Encoding {result['texts']:,} passages ({result['tokens']:,} tokens), {_where(result)}.",
        "",
        "| way | texts/s | tokens/s | times the first | the same, of processor time "
        "| least cosine | peak MB |",
        "|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {way['way']} | {way['texts_per_second']:.1f} | {way['tokens_per_second']:,.0f} | "
        f"{way['ratio']:.2f} | {way['cpu_ratio']:.2f} | {way['cosine_min']:.4f} | "
        f"{way['peak_mb']:,.0f} |"
        for way in result["ways"]
    ]
    return "\n".join(lines) + "\n"


def _cold(result: dict[str, Any]) -> str:
    lines = [
        f"A command as a process of its own, median of {result['rounds']}, {_where(result)}.",
        "",
        "| command | seconds | processor seconds | share of the first | peak MB |",
        "|---|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {one['command']} | {one['seconds']:.2f} | {one['cpu_seconds']:.2f} | "
        f"{one['share']:.2f} | {one['peak_mb']:,.0f} |"
        for one in result["commands"]
    ]
    return "\n".join(lines) + "\n"


def _scale(result: dict[str, Any]) -> str:
    sizes = result["sizes"].values()
    lines = [
        "Answers as an archive grows; milliseconds are the median and the 99th in a hundred.",
        "",
        "| passages | index s | disk MB | open s | `similar` | `search` beyond encoding "
        "| `related` | recall@10 | `similar`/s, 1, 2, 4 threads | resident MB, own + files "
        "| cold `related` s |",
        "|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [_scale_line(one) for one in sizes]
    lines += [
        "",
        "![Milliseconds against passages](results/scale.svg)",
        "",
        "The same vectors in other libraries. Each searches with the least effort that finds 0.99 "
        "of the ten best. These libraries hold the vectors alone, without texts or records.",
        "",
        "| passages | library | build s | ms | recall@10 | resident MB "
        "| our index alone, to it | `similar`, with texts, to it |",
        "|--:|---|--:|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {one['passages']:,} | {other['name']} | {other['build_seconds']:,.0f} | "
        f"{_spread(other)} | {other['recall']:.3f} | {other['resident_mb']:,.0f} | "
        f"{one['index_search']['p50'] / other['p50']:.2f} | "
        f"{one['similar']['p50'] / other['p50']:.2f} |"
        for one in sizes
        for other in one["others"]
    ]
    lines += ["", *(f"- {one['passages']:,} passages: {_where(one)}." for one in sizes)]
    return "\n".join(lines) + "\n"


def _scale_line(one: dict[str, Any]) -> str:
    rates = ", ".join(f"{rate:,.0f}" for rate in one["similar_per_second"].values())
    cells = [
        f"{one['passages']:,}",
        f"{one['deriving_seconds'] + one.get('words_seconds', 0):,.0f}",
        f"{sum(one['disk_mb'].values()):,.0f}",
        f"{one['open_seconds']:.2f}",
        *(_spread(one[name]) for name in ("similar", "search", "related")),
        f"{min(one['recall_similar'], one['recall_search']):.3f}",
        rates,
        f"{one['own_mb']:,.0f} + {one['files_mb']:,.0f}",
        f"{one['cold_related_seconds']:.2f}",
    ]
    return f"| {' | '.join(cells)} |"


def _export(result: dict[str, Any]) -> str:
    runs = (
        ("all", result["first"]),
        ("again, nothing changed", result["second"]),
        (f"killed after {result['killed']['done']:,}, the rest", result["killed"]["went_on"]),
    )
    lines = [
        f"The related articles of all {result['first']['articles']:,} articles of an index as "
        f"{result['files']:,} files of {result['megabytes']:,} MB, {_where(result)}.",
        "",
        "| export | articles asked | files written | seconds | articles/s "
        "| articles/s of processor time |",
        "|---|--:|--:|--:|--:|--:|",
    ]
    lines += [
        f"| {name} | {run['asked']:,} | {run['written']:,} | {run['seconds']:,.0f} | "
        f"{run['asked_per_second']:.0f} | {run['asked_per_processor_second']:.0f} |"
        for name, run in runs
    ]
    return "\n".join(lines) + "\n"


def _spread(figures: dict[str, float]) -> str:
    return f"{figures['p50']:,.1f} ({figures['p99']:,.1f})"


def _where(result: dict[str, Any]) -> str:
    return (
        f"{result['processors']} x {result['processor']}, load {result['load_before']} at the "
        f"start, {result['date']}, commit {result['commit']}"
    )
