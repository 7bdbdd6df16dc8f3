"""An export holds what `related` answers, writes only what changed, and nothing outside."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from support.clock import set_clock
from support.project import ROOT, USERS_ARTICLE, Run
from support.stand_in import HashEncoder

from recommender import Article, Recommender, build
from recommender.answers.records import record_of
from recommender.cli.export import summary
from recommender.errors import FolderForeign, IndexLocked, QueryError, StorageError
from recommender.export import folder, run
from recommender.export.folder import name_of, path_of
from recommender.export.run import ExportOptions, export
from recommender.store.lock import writer_lock
from recommender.types import ExportReport, Filters

pytestmark = pytest.mark.slow

Source = Callable[[Mapping[str, str | bytes]], Path]


def record(place: Path, article_id: str) -> dict[str, Any]:
    path = place / path_of("articles", name_of(article_id))
    found: dict[str, Any] = json.loads(path.read_bytes())
    return found


def files_below(place: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(place)): path.read_bytes()
        for path in place.rglob("*")
        if path.is_file() and not path.name.startswith(".lock")
    }


def times_below(place: Path) -> dict[str, tuple[int, int]]:
    return {
        name: ((place / name).stat().st_mtime_ns, (place / name).stat().st_ino)
        for name in files_below(place)
        if not name.startswith(".export/")
    }


def rows(*articles: Mapping[str, Any]) -> bytes:
    return b"".join(json.dumps(article).encode() + b"\n" for article in articles)


def index_of(source: Path, into: Path) -> Recommender:
    build(source, into=into, model=HashEncoder())
    return Recommender.open(into)


@pytest.fixture(scope="module")
def exported(seeds: Recommender, tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("export") / "related"
    export(seeds, place)
    return place


@pytest.mark.parametrize("place", ["", "public/related"])
def test_an_export_among_the_articles_is_not_read_as_articles(
    source: Source, tmp_path: Path, place: str
) -> None:
    own = "articles/our-bridge.html"
    articles = source({"a.txt": "Bridge\n\nThe old bridge is closed.", "b.txt": "Dike\n\nIt held."})
    with index_of(articles, tmp_path / "index") as recommender:
        if place:
            export(recommender, articles / place)
        else:
            export(recommender, tmp_path / "related")
            shutil.copytree(tmp_path / "related", articles, dirs_exist_ok=True)
    (articles / place / own).write_text("<article><h1>Our bridge</h1><p>It is open.</p></article>")
    report = build(articles, into=tmp_path / "index", model=HashEncoder())
    assert (report.articles, report.added) == (3, 1)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"k": 2, "include_copies": True},
        {"filters": Filters(languages="same")},
        {"filters": Filters(languages="other", since="2022")},
        {"filters": Filters(where={"section": "sport"})},
        {"min_strength": 0, "half_life": 30, "diverse": True},
    ],
    ids=str,
)
def test_every_list_is_what_related_answers(
    seeds: Recommender, tmp_path: Path, options: dict[str, Any]
) -> None:
    export(seeds, tmp_path / "related", options=ExportOptions(**options))
    for article_id in seeds.snapshot.ids():
        expected = [record_of(found) for found in seeds.related(article_id, **options)]
        for found in expected:
            found["score"], found["strength"] = round(found["score"], 3), round(found["strength"])
            found["probability"] = round(found["probability"], 2)
            for pair in found["evidence"]:
                pair["score"] = round(pair["score"], 3)
        stored = record(tmp_path / "related", article_id)["recommendations"]
        assert stored == json.loads(json.dumps(expected))


def test_the_combined_file_has_a_line_an_article_sorted_by_id_and_names_its_files(
    seeds: Recommender, exported: Path
) -> None:
    lines = [json.loads(line) for line in (exported / "related.jsonl").read_bytes().splitlines()]
    ids = [line["article"]["article_id"] for line in lines]
    assert ids == sorted(seeds.snapshot.ids())
    for line in lines:
        own = json.loads((exported / line.pop("articles")).read_bytes())
        assert (exported / line.pop("html")).suffix == ".html"
        assert line == own


def test_a_file_is_found_from_the_id_by_its_digest(exported: Path) -> None:
    digest = hashlib.sha256(USERS_ARTICLE.encode()).hexdigest()[:32]
    assert (exported / "articles" / digest[:2] / f"{digest}.json").is_file()


def test_two_exports_are_the_same_byte_for_byte(
    seeds: Recommender, exported: Path, tmp_path: Path
) -> None:
    export(seeds, tmp_path / "again")
    assert files_below(tmp_path / "again") == files_below(exported)


def test_a_second_export_asks_and_writes_nothing(seeds: Recommender, tmp_path: Path) -> None:
    export(seeds, tmp_path)
    before = times_below(tmp_path)
    report = export(seeds, tmp_path)
    assert (report.asked, report.written, report.removed) == (0, 0, 0)
    assert times_below(tmp_path) == before


def test_what_was_damaged_is_written_again(seeds: Recommender, tmp_path: Path) -> None:
    export(seeds, tmp_path)
    whole = files_below(tmp_path)
    (tmp_path / path_of("articles", name_of(USERS_ARTICLE))).write_bytes(b"{")
    (tmp_path / path_of("html", name_of("en-bakhmut-battle"))).unlink()
    (tmp_path / "related.jsonl").write_bytes(b"")
    assert export(seeds, tmp_path).asked == 2
    assert files_below(tmp_path) == whole


def test_after_a_rebuild_only_lists_that_changed_are_written(tmp_path: Path) -> None:
    articles = [{"id": str(n), "text": f"Alinea {n} over iets."} for n in range(8)]
    source, place, index = tmp_path / "source", tmp_path / "out", tmp_path / "vectors"
    source.mkdir()
    (source / "a.jsonl").write_bytes(rows(*articles))
    export(index_of(source, index), place, options=ExportOptions(k=2))
    before, times = files_below(place), times_below(place)
    articles[3]["section"] = "sport"
    (source / "a.jsonl").write_bytes(rows(*articles))
    report = export(index_of(source, index), place, options=ExportOptions(k=2))
    after, times_after = files_below(place), times_below(place)
    changed = {name for name in times if before[name] != after[name]}
    assert {name for name in times if times[name] != times_after[name]} == changed
    assert path_of("articles", name_of("3")) in changed
    assert report.asked == 8
    assert report.written == len(changed) < 16


def test_files_of_an_article_that_is_gone_are_deleted(source: Source, tmp_path: Path) -> None:
    place, index = tmp_path / "out", tmp_path / "vectors"
    texts = {f"{number}.txt": f"Alinea {number} over iets." for number in range(4)}
    export(index_of(source(texts), index), place)
    (tmp_path / "source" / "3.txt").unlink()
    report = export(index_of(tmp_path / "source", index), place)
    assert report.removed == 1
    assert not [name for name in files_below(place) if name_of("3") in name]
    assert b'"3"' not in (place / "hugo" / "data" / "related.json").read_bytes()


@pytest.mark.process
def test_several_processes_write_the_same(
    seeds: Recommender, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "BATCH", 4)
    monkeypatch.setattr(run, "WORTH_PROCESSES", 1)
    export(seeds, tmp_path, processes=2)
    assert files_below(tmp_path) == files_below(exported)


HOSTILE = [
    "../../etc/passwd",
    "CON",
    "a" * 5_000,
    "Straße",
    "strasse",
    "STRASSE",
    "naïve é",
    "naïve e\u0301",
    "<script>alert(1)</script>",
    'x" onmouseover="alert(1)',
]


def hostile_index(tmp_path: Path) -> Recommender:
    source = tmp_path / "source"
    source.mkdir()
    articles = [
        {
            "id": name,
            "title": "<img src=x onerror=alert(1)> {{ 7*7 }} {% raw %}",
            "text": f"Iets </script><script>alert({number})</script> \u202e gewoons.",
            "url": "javascript:alert(1)" if number % 2 else "java\tscript:alert(1)",
            "language": "nl",
        }
        for number, name in enumerate(HOSTILE)
    ]
    (source / "a.jsonl").write_bytes(rows(*articles))
    return index_of(source, tmp_path / "vectors")


def test_a_file_that_is_deleted_meanwhile_leaves_no_hole_in_the_combined_file(
    seeds: Recommender, tmp_path: Path
) -> None:
    gone = tmp_path / path_of("articles", name_of(USERS_ARTICLE))

    def delete(stage: str, done: int, total: int) -> None:
        if done == total:
            gone.unlink()

    with pytest.raises(StorageError, match=f"{gone}: No such file.*run the same export again"):
        export(seeds, tmp_path, on_progress=delete)
    assert not (tmp_path / "related.jsonl").exists()
    assert export(seeds, tmp_path).written
    for line in (tmp_path / "related.jsonl").read_bytes().splitlines():
        json.loads(line)


def test_any_id_gets_a_file_of_its_own_inside_the_folder(tmp_path: Path) -> None:
    index = hostile_index(tmp_path)
    place = tmp_path / "deep" / "out"
    export(index, place)
    ids = set(index.snapshot.ids())
    found = list((place / "articles").rglob("*.json"))
    assert {json.loads(path.read_bytes())["article"]["article_id"] for path in found} == ids
    assert len({str(path).casefold() for path in found}) == len(ids) >= 8
    assert all(len(path.name) == 37 for path in found)
    assert {path.name for path in (tmp_path / "deep").iterdir()} == {"out"}


def test_nothing_of_an_article_is_markup_or_code_on_a_page(tmp_path: Path) -> None:
    export(
        hostile_index(tmp_path), tmp_path / "out", options=ExportOptions(link='/a/{id}"><script>')
    )
    for path in (tmp_path / "out" / "html").rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert "<script" not in html
        assert "<img" not in html
        assert "script:" not in html
        assert "\u202e" not in html
        assert html.count('"') == html.count('lang="nl"') * 2 + html.count('dir="auto"') * 2 + (
            html.count("href=") * 2 + html.count("class=") * 2
        )


def test_an_address_is_the_articles_own_or_made_of_its_id(tmp_path: Path) -> None:
    (tmp_path / "source").mkdir()
    articles = [
        {"id": "a b/c", "title": "Eerste", "text": "Een."},
        {"id": "2", "title": "Tweede", "text": "Twee.", "url": "https://example.org/2?a=1&b=2"},
    ]
    (tmp_path / "source" / "a.jsonl").write_bytes(rows(*articles))
    index = index_of(tmp_path / "source", tmp_path / "vectors")
    export(index, tmp_path / "out", options=ExportOptions(link="/news/{id}.html"))
    pages = {
        name: (tmp_path / "out" / path_of("html", name_of(name))).read_text("utf-8")
        for name in ("a b/c", "2")
    }
    assert '<a href="https://example.org/2?a=1&amp;b=2">Tweede</a>' in pages["a b/c"]
    assert '<a href="/news/a%20b/c.html">Eerste</a>' in pages["2"]


@pytest.mark.parametrize("name", ["articles", "html", "related.jsonl", "hugo", "pelican"])
def test_a_folder_with_other_files_in_the_way_is_refused_untouched(
    seeds: Recommender, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(FolderForeign, match=rf"{name}: no export made this"):
        export(seeds, tmp_path)
    assert files_below(tmp_path) == {name: b"mine"}


def test_other_files_beside_an_export_stay(seeds: Recommender, tmp_path: Path) -> None:
    (tmp_path / "index.html").write_text("mine")
    export(seeds, tmp_path, options=ExportOptions(k=1))
    (tmp_path / "articles" / "00").mkdir(exist_ok=True)
    (tmp_path / "articles" / "00" / "notes.txt").write_text("mine")
    export(seeds, tmp_path, options=ExportOptions(k=2))
    assert (tmp_path / "index.html").read_text() == "mine"
    assert (tmp_path / "articles" / "00" / "notes.txt").read_text() == "mine"


def test_a_file_that_another_put_at_an_articles_place_is_refused(
    source: Source, tmp_path: Path
) -> None:
    place, index = tmp_path / "out", tmp_path / "vectors"
    export(index_of(source({"a.txt": "Een.", "b.txt": "Twee."}), index), place)
    other = place / path_of("articles", name_of("c"))
    other.parent.mkdir(exist_ok=True)
    other.write_text("mine")
    (tmp_path / "source" / "c.txt").write_text("Drie.")
    with pytest.raises(FolderForeign, match=other.name):
        export(index_of(tmp_path / "source", index), place)
    assert other.read_text() == "mine"


def test_no_link_leads_out_of_the_folder(seeds: Recommender, tmp_path: Path) -> None:
    place, outside = tmp_path / "out", tmp_path / "outside"
    export(seeds, place, options=ExportOptions(k=1))
    outside.mkdir()
    name = name_of(USERS_ARTICLE)
    inside = (place / path_of("articles", name)).parent
    for path in inside.iterdir():
        path.unlink()
    inside.rmdir()
    inside.symlink_to(outside, target_is_directory=True)
    with pytest.raises(FolderForeign, match="no export made this"):
        export(seeds, place, options=ExportOptions(k=2))
    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("kind", ["link", "pipe"])
@pytest.mark.parametrize("path", ["article", ".export/manifest.jsonl", ".export/.lock", ".export"])
def test_a_received_folder_of_an_export_leads_to_no_other_file(
    source: Source, tmp_path: Path, path: str, kind: str
) -> None:
    place, outside = tmp_path / "out", tmp_path / "outside"
    index = index_of(source({"a.txt": "Een.", "b.txt": "Twee."}), tmp_path / "vectors")
    export(index, place)
    victim = place / (path_of("articles", name_of("a")) if path == "article" else path)
    victim.rename(outside)
    before = files_below(outside) if outside.is_dir() else outside.read_bytes()
    if kind == "link":
        victim.symlink_to(outside)
    else:
        os.mkfifo(victim)
    with pytest.raises((FolderForeign, StorageError)):
        export(index, place, options=ExportOptions(link="/{id}"))
    assert (files_below(outside) if outside.is_dir() else outside.read_bytes()) == before


def test_an_export_deletes_nothing_through_a_link(source: Source, tmp_path: Path) -> None:
    place, outside = tmp_path / "out", tmp_path / "outside"
    index = index_of(source({"a.txt": "Een.", "b.txt": "Twee."}), tmp_path / "vectors")
    export(index, place)
    inside = (place / path_of("html", name_of("a"))).parent
    inside.rename(outside)
    inside.symlink_to(outside)
    before = files_below(outside)
    (tmp_path / "source" / "a.txt").unlink()
    export(index_of(tmp_path / "source", tmp_path / "vectors"), place)
    assert files_below(outside) == before


def test_a_site_may_be_read_by_its_server_although_the_index_may_not(
    source: Source, tmp_path: Path
) -> None:
    before = os.umask(0o022)
    try:
        index = index_of(source({"a.txt": "Een.", "b.txt": "Twee."}), tmp_path / "vectors")
        export(index, tmp_path / "out")
    finally:
        os.umask(before)
    for path in (tmp_path / "out").rglob("*"):
        if ".export" not in path.parts:
            assert path.stat().st_mode & 0o044 == 0o044, path


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b'{"format":99,"key":null}\n', "found format 99, expected 1"),
        (b"not json\n", "is not a list of an export"),
        (b'{"format":1,"key":null}\n{"writing":["../../etc"]}\n', "is not a list of an export"),
        (b'{"format":1,"key":null}\n[1]\n', "is not a list of an export"),
    ],
)
def test_a_list_that_is_not_ours_is_named(
    seeds: Recommender, tmp_path: Path, content: bytes, reason: str
) -> None:
    (tmp_path / ".export").mkdir()
    (tmp_path / ".export" / "manifest.jsonl").write_bytes(content)
    with pytest.raises(FolderForeign, match=reason):
        export(seeds, tmp_path)


def test_one_export_at_a_time(seeds: Recommender, tmp_path: Path) -> None:
    (tmp_path / ".export").mkdir()
    with writer_lock(tmp_path / ".export"), pytest.raises(IndexLocked):
        export(seeds, tmp_path)


def test_a_wrong_filter_makes_no_folder(seeds: Recommender, tmp_path: Path) -> None:
    with pytest.raises(QueryError):
        export(seeds, tmp_path / "out", options=ExportOptions(filters=Filters(since="gisteren")))
    assert not (tmp_path / "out").exists()


KILLED = """
import sys
from recommender import Recommender
from recommender.export import run
run.BATCH = 2
def slow(stage, done, total):
    print(done, flush=True)
    sys.stdin.readline()
run.export(Recommender.open(sys.argv[1]), sys.argv[2], on_progress=slow)
"""


@pytest.mark.process
@pytest.mark.parametrize("batches", [1, 4])
def test_an_export_that_was_killed_goes_on_where_it_was(
    seeds: Recommender, seeds_index: Path, exported: Path, tmp_path: Path, batches: int
) -> None:
    place = tmp_path / "out"
    process = subprocess.Popen(
        [sys.executable, "-c", KILLED, str(seeds_index), str(place)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert process.stdin
    assert process.stdout
    for _ in range(batches):
        process.stdout.readline()
        process.stdin.write("\n")
        process.stdin.flush()
    done = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert done == 2 * batches
    report = export(seeds, place)
    assert report.asked == report.articles - done
    assert files_below(place) == files_below(exported)


def test_files_of_a_batch_that_was_not_finished_are_known_again(
    seeds: Recommender, exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(folder.ExportFolder, "note_done", fail)
        with pytest.raises(KeyboardInterrupt):
            export(seeds, tmp_path, options=ExportOptions(k=1))
    assert list((tmp_path / "articles").rglob("*.json"))
    with (tmp_path / ".export" / "progress.jsonl").open("ab") as stream:
        stream.write(b'{"name":"3f')  # cut off as by a power loss
    export(seeds, tmp_path)
    assert files_below(tmp_path) == files_below(exported)


def test_one_article_and_one_file_are_called_so() -> None:
    one = ExportReport("out", "now", articles=1, asked=1, written=1, removed=0, seconds=1)
    assert "out: 1 article (1 asked, 0 removed), 1 file written, " in summary(one)
    assert summary(replace(one, written=0)) == "nothing changed: out has 1 article"


def test_the_command_says_what_it_did_and_then_that_nothing_changed(
    run: Run, seeds_index: Path, tmp_path: Path
) -> None:
    first = run("export", "out", "--top", "2", "--index", seeds_index, "--quiet")
    assert (first.returncode, first.stderr) == (0, "")
    assert "27 articles (27 asked, 0 removed)" in first.stdout
    again = run("export", "out", "--top", "2", "--index", seeds_index, "--format", "json")
    assert json.loads(again.stdout)["written"] == 0
    assert len(record(tmp_path / "out", USERS_ARTICLE)["recommendations"]) == 2
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "html").write_text("mine")
    refused = run("export", "other", "--index", seeds_index)
    assert refused.returncode == 1
    assert "no export made this" in refused.stderr


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
@pytest.mark.process
def test_ctrl_c_stops_it_and_the_next_goes_on(
    seeds_index: Path, seeds: Recommender, exported: Path, tmp_path: Path
) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "recommender", "export", tmp_path / "out", "-i", seeds_index],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),
    )
    while not (tmp_path / "out").exists() and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode in (0, 130)  # 0: it was done before it heard
    assert "Traceback" not in errors
    export(seeds, tmp_path / "out")
    assert files_below(tmp_path / "out") == files_below(exported)


@pytest.mark.parametrize("date", ["", "2022-12-28"])
def test_articles_without_a_date_are_asked_again_on_another_day(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, date: str
) -> None:
    articles = [
        Article("asked", "One", "The first text.", date=date),
        Article("other", "Two", "The second text.", date="2022-12-29"),
    ]
    build(articles, into=tmp_path / "vectors", model=HashEncoder())
    recommender = Recommender.open(tmp_path / "vectors", encoder=HashEncoder())

    def asked(day: str, **options: Any) -> int:
        set_clock(monkeypatch, f"{day}T12:00:00+00:00")
        chosen = ExportOptions(min_strength=0, **options)
        return export(recommender, tmp_path / "related", options=chosen).asked

    assert asked("2023-01-01", half_life=30) == 2
    assert asked("2023-01-01", half_life=30) == 0
    assert asked("2023-01-02", half_life=30) == (0 if date else 2)
    fixed = Filters(as_of="2023-01-03")
    assert asked("2023-01-03", half_life=30, filters=fixed) == 2
    assert asked("2023-01-04", half_life=30, filters=fixed) == 0
