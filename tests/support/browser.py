"""A browser without a window for tests of the pages, or a skip that says how to get one.

With RECOMMENDER_NEEDS_BROWSER=1 a test fails where it would be skipped.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from typing import Any

from support.needed import skip_without

ADVICE = "tests in a browser: not run; apt install chromium chromium-driver"
# Seconds that a page may take on a busy machine.
PATIENCE = 20
ARGUMENTS = (
    *("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", "--hide-scrollbars"),
    *("--disable-background-networking", "--disable-component-update", "--no-first-run"),
)


def find_browser() -> tuple[str, str]:
    """Return the browser and its driver; skip the test, or fail it, if either is missing."""
    browser = shutil.which("chromium") or shutil.which("chromium-browser")
    driver = shutil.which("chromedriver")
    if browser and driver:
        return browser, driver
    return skip_without("BROWSER", ADVICE)


@contextmanager
def open_browser() -> Iterator[Browser]:
    """Start a browser for some tests."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    browser, driver = find_browser()
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for one in ARGUMENTS:
        options.add_argument(one)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    found = webdriver.Chrome(options=options, service=Service(driver))
    found.implicitly_wait(PATIENCE)
    try:
        yield Browser(found)
    finally:
        found.quit()


class Browser:
    """A browser, with what tests of pages ask of it."""

    def __init__(self, driver: Any) -> None:
        self.driver = driver

    def show(self, width: int, *, dark: bool = False, scripts: bool = True) -> None:
        """Set the width of the window, the colours and whether scripts run."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
        colours = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self._tell("Emulation.setDeviceMetricsOverride", **size)
        self._tell("Emulation.setEmulatedMedia", features=colours)
        self._tell("Emulation.setScriptExecutionDisabled", value=not scripts)

    def _tell(self, command: str, **values: Any) -> None:
        self.driver.execute_cdp_cmd(command, values)

    def open(self, address: str) -> None:
        """Open a page and wait until it is there."""
        self.driver.get(address)

    @contextmanager
    def to_another_page(self) -> Iterator[None]:
        """Do what leads to another page, and wait until the page that was there is gone."""
        from selenium.common.exceptions import WebDriverException
        from selenium.webdriver.support.wait import WebDriverWait

        page = self.one("html")
        yield

        def is_gone(_: Any) -> bool:
            try:
                page.is_enabled()
            except WebDriverException:  # stale, or no node of this document while it changes
                return True
            return False

        WebDriverWait(self.driver, PATIENCE).until(is_gone)

    def one(self, selector: str) -> Any:
        """Return the first element that a selector finds; wait for it."""
        return self.driver.find_element("css selector", selector)

    def every(self, selector: str) -> list[Any]:
        """Return the elements that a selector finds; wait for the first."""
        found: list[Any] = self.driver.find_elements("css selector", selector)
        return found

    def lacks(self, selector: str) -> bool:
        """Return whether a selector finds nothing on the page."""
        return bool(self.ask(f"document.querySelector({json.dumps(selector)}) === null"))

    def ask(self, script: str) -> Any:
        """Return what a script returns."""
        return self.driver.execute_script(f"return {script}")

    def wait_for(self, script: str) -> None:
        """Wait until a script returns something."""
        from selenium.webdriver.support.wait import WebDriverWait

        WebDriverWait(self.driver, PATIENCE).until(lambda _: self.ask(script))

    def drag(self, one: Any, to: Any) -> None:
        """Drag an element to another, by the events that a mouse makes."""
        self.driver.execute_script(
            "const [one, to] = arguments, data = new DataTransfer();"
            "const send = (at, kind) => at.dispatchEvent(new DragEvent(kind,"
            " {bubbles: true, cancelable: true, dataTransfer: data}));"
            "send(one, 'dragstart'); if (!send(to, 'dragover')) send(to, 'drop');",
            one,
            to,
        )

    def complaints(self) -> list[str]:
        """Return what the browser complained of since it was asked last, as of its policy."""
        return [one["message"] for one in self.driver.get_log("browser")]

    def addresses(self) -> set[str]:
        """Return what the pages have asked for since this was asked last."""
        found = set()
        for entry in self.driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            if message["method"] == "Network.requestWillBeSent":
                found.add(message["params"]["request"]["url"])
        return found

    def hindrances(self) -> list[str]:
        """Return which rules of accessibility the page breaks, and where."""
        self.driver.execute_script((files("axe_core_python") / "axe.min.js").read_text("utf-8"))
        found = self.driver.execute_async_script(
            "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']})"
            ".then((it) => done(it.violations))"
        )
        return [
            f"{one['id']}: {one['help']}: {[node['target'] for node in one['nodes'][:3]]}"
            for one in found
        ]
