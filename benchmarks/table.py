"""Write the stored figures as a table between two markers of the README."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

README = Path(__file__).parent.parent / "README.md"
RESULTS = Path(__file__).with_name("results")
START, END = "<!-- bench:encoding -->", "<!-- /bench -->"


def fill_readme(readme: Path = README) -> None:
    """Put the tables between the markers; a README without them is left as it is."""
    fill(readme, START, END, tables())


def fill(page: Path, start: str, end: str, content: str) -> None:
    """Replace what stands between two markers; a page without them is left as it is."""
    before, found, rest = page.read_text(encoding="utf-8").partition(start)
    _, ended, after = rest.partition(end)
    if found and ended:
        page.write_text(f"{before}{start}\n{content}{end}{after}", encoding="utf-8")


def tables() -> str:
    """Return the tables of the stored figures as Markdown."""
    writers = {"encoding": _encoding, "cold": _cold, "scale": _scale, "export": _export}
    return "\n".join(
        write(json.loads(path.read_text(encoding="utf-8")))
        for name, write in writers.items()
        if (path := RESULTS / f"{name}.json").exists()
    )


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
        "![Milliseconds against passages](benchmarks/results/scale.svg)",
        "",
        "The same vectors in other libraries, each searched the least hard that finds 0.99 of the "
        "ten best; vectors alone, without texts or records.",
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
