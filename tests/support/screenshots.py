"""Take the pictures of the pages in docs/pictures from the demo archive.

    PYTHONPATH=.:tests python tests/support/screenshots.py INDEX
    PYTHONPATH=.:tests python tests/support/screenshots.py INDEX --every FOLDER

The second takes every page at three widths, light and dark, to look at. INDEX is copied, since the
desk writes into it.
"""

from __future__ import annotations

import argparse
import base64
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode

from support.browser import Browser, open_browser
from support.process import start
from support.project import ROOT, USERS_ARTICLE
from support.service import DESK_TOKEN

PICTURES = ROOT / "docs" / "pictures"
RULES = f"""# 2023-05-10T09:30Z Ann: the same day
pin\t{USERS_ARTICLE}\ten-bakhmut-battle
# 2023-05-10T09:31Z Ann: the answer of the other side
pin\t{USERS_ARTICLE}\tar-bakhmut-maarik
# 2023-05-11T14:02Z Bas: withdrawn
ban\tfr-finale-lusail
"""
DRAFT = "Het Russische leger valt Bachmoet aan. De strijd om de stad duurt al maanden."
PAGES = {
    "search": "/?" + urlencode({"q": "gevechten om Bachmoet"}),
    "article": f"/article?id={USERS_ARTICLE}",
    "compare": f"/compare?a={USERS_ARTICLE}&b=en-bakhmut-battle",
    "draft": "/draft",
    "stories": "/stories",
    "duplicates": "/duplicates",
    "health": "/health",
    "desk": f"/desk?preview={USERS_ARTICLE}",
    "docs": "/docs",
    "arabic": "/?" + urlencode({"q": "معارك باخموت"}),
    "error": "/nowhere",
}
SHOWN = ("search", "article", "compare", "draft", "desk")
QUALITY = 70


@contextmanager
def browser_at(index: Path) -> Iterator[tuple[Browser, str]]:
    """Serve a copy of an index with rules, and yield a browser that is signed in at the desk."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        shutil.copytree(index, folder / "vectors", symlinks=True)
        (folder / "vectors" / "editorial.txt").write_text(RULES, "utf-8")
        token = folder / "token"
        token.write_text(DESK_TOKEN)
        token.chmod(0o600)
        running = start(folder / "vectors", "--desk-token-file", str(token))
        try:
            with open_browser() as browser:
                browser.open(f"{running.url}/login?token={DESK_TOKEN}")
                yield browser, running.url
        finally:
            running.process.terminate()
            running.process.wait(60)


def open_page(browser: Browser, url: str, name: str) -> None:
    """Open a page; a draft is filled in and sent."""
    language = "ar" if name == "arabic" else "en"
    browser.open(f"{url}/language?to={language}")
    browser.open(url + PAGES[name])
    if name == "draft":
        browser.one("#text").send_keys(DRAFT)
        with browser.to_another_page():
            browser.one(".ask button").click()


def take(browser: Browser, path: Path, height: int = 0) -> None:
    """Write what the browser shows to a file; `height` bounds the picture, 0 takes all."""
    size = browser.ask("[document.documentElement.scrollWidth, document.body.scrollHeight]")
    clip = {"x": 0, "y": 0, "width": size[0], "height": min(size[1], height or 6_000), "scale": 1}
    kind = path.suffix[1:]
    found = browser.driver.execute_cdp_cmd(
        "Page.captureScreenshot",
        {"format": kind, "captureBeyondViewport": True, "clip": clip}
        | ({"quality": QUALITY} if kind == "webp" else {}),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(base64.b64decode(found["data"]))


def main() -> None:
    """Take the pictures."""
    parser = argparse.ArgumentParser()
    parser.add_argument("index", type=Path)
    parser.add_argument("--every", type=Path)
    asked = parser.parse_args()
    with browser_at(asked.index) as (browser, url):
        for name in PAGES if asked.every else SHOWN:
            open_page(browser, url, name)
            if not asked.every:
                browser.show(1_000)
                take(browser, PICTURES / f"{name}.webp", 900)
                continue
            for width in (320, 768, 1440):
                for dark in (False, True):
                    browser.show(width, dark=dark)
                    look = "dark" if dark else "light"
                    take(browser, asked.every / f"{name}-{width}-{look}.png")


if __name__ == "__main__":
    main()
