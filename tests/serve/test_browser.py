"""A browser drives every page: in three scripts, by keyboard, without scripts, narrow and dark."""

from __future__ import annotations

import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.browser import Browser, find_browser, open_browser
from support.process import Running, start
from support.project import USERS_ARTICLE
from support.service import DESK_TOKEN

pytestmark = [pytest.mark.process, pytest.mark.model]

ARTICLE = f"/article?id={USERS_ARTICLE}"
COMPARE = f"/compare?a={USERS_ARTICLE}&b=en-bakhmut-battle"
PAGES = (
    "/",
    "/?q=Bachmoet",
    ARTICLE,
    COMPARE,
    "/draft",
    "/stories",
    "/duplicates",
    "/health",
    "/desk",
    f"/desk?preview={USERS_ARTICLE}",
    "/docs",
    "/nowhere",
)
ENTER = "\ue007"


@pytest.fixture(scope="module")
def running(seeds_index: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A service whose rules may be changed."""
    find_browser()
    folder = tmp_path_factory.mktemp("browser")
    shutil.copytree(seeds_index, folder / "vectors", symlinks=True)
    token = folder / "token"
    token.write_text(DESK_TOKEN, "ascii")
    token.chmod(0o600)
    found = start(folder / "vectors", "--desk-token-file", str(token))
    yield found
    found.process.send_signal(signal.SIGTERM)
    found.process.wait(30)


@pytest.fixture(scope="module")
def shared(running: Running) -> Iterator[Browser]:
    """One browser for all tests, signed in at the desk."""
    with open_browser() as found:
        found.open(f"{running.url}/login?to=/desk")
        found.one("#token").send_keys(DESK_TOKEN + ENTER)
        yield found


@pytest.fixture
def browser(shared: Browser, running: Running) -> Browser:
    """The browser as it is at first; the pages are in English."""
    shared.show(1440)
    shared.open(f"{running.url}/language?to=en")
    return shared


@pytest.mark.parametrize(
    ("text", "id"),
    [
        ("gevechten om Bachmoet", USERS_ARTICLE),
        ("معارك باخموت", "ar-bakhmut-maarik"),
        ("克里米纳的战斗", "zh-kreminna-zhanshi"),
    ],
)
def test_a_search_in_any_script_finds_and_opens_an_article(
    browser: Browser, running: Running, text: str, id: str
) -> None:
    browser.open(running.url + "/")
    with browser.to_another_page():
        browser.one("#q").send_keys(text + ENTER)
    assert browser.one("#q").get_attribute("value") == text
    assert browser.every("mark")
    link = browser.one(f'.found h2 a[href$="={id}"]')
    title = link.text
    with browser.to_another_page():
        link.click()
    assert browser.one("h1").text == title
    assert browser.every(".rail li")


def test_two_articles_are_compared_from_the_rail(browser: Browser, running: Running) -> None:
    browser.open(running.url + ARTICLE)
    with browser.to_another_page():
        browser.one(".rail a.button").click()
    assert len(browser.every(".columns article")) == 2
    assert browser.every(".overlap line:not(.column)")
    tie = browser.one("a.tie")
    tie.click()
    assert browser.ask("location.hash") == f"#b{tie.text}"


def test_a_pasted_draft_shows_what_was_published(browser: Browser, running: Running) -> None:
    browser.open(running.url + "/draft")
    text = "Het Russische leger valt Bachmoet aan. De strijd om de stad duurt al maanden."
    browser.one("#text").send_keys(text)
    with browser.to_another_page():
        browser.one(".ask button").click()
    assert browser.one("#text").get_attribute("value").strip() == text
    assert "000_1010306ca34bd51d" in browser.one(".found a").get_attribute("href")
    assert browser.one("#html").get_attribute("value").startswith("<ul>")


def test_a_draft_is_read_from_a_file(browser: Browser, running: Running, tmp_path: Path) -> None:
    browser.open(running.url + "/draft")
    page = tmp_path / "draft.html"
    text = "Het Russische leger valt Bachmoet aan. De strijd om de stad duurt al maanden."
    page.write_text(f"<p>{text}</p><script>document.title = 'no'</script>", "utf-8")
    browser.one("#file").send_keys(str(page))
    browser.wait_for("document.getElementById('text').value.trim()")
    assert text in browser.one("#text").get_attribute("value")
    assert browser.ask("document.title") != "no"
    with browser.to_another_page():
        browser.one(".ask button").click()
    assert browser.every(".found a")


def test_the_language_of_a_question_can_be_changed(browser: Browser, running: Running) -> None:
    browser.open(running.url + "/?q=gevechten+om+Bachmoet")
    assert "nl" in browser.one("#query_language option").text
    browser.one('#query_language option[value="en"]').click()
    with browser.to_another_page():
        browser.one(".ask button").click()
    assert browser.one("#query_language").get_attribute("value") == "en"
    assert browser.every(".found li")


def test_pins_are_put_in_order_by_dragging(browser: Browser, running: Running) -> None:
    others = ["fr-finale-lusail", "ar-bakhmut-maarik"]
    for other in others:
        browser.open(f"{running.url}/desk?kind=pin&one={USERS_ARTICLE}&other={other}")
        with browser.to_another_page():
            browser.one(".ask button").click()
    pins = browser.every("li[data-line]")
    assert others[0] in pins[0].find_element("css selector", "li + li a").get_attribute("href")
    with browser.to_another_page():
        browser.drag(pins[1], pins[0])
    first = browser.one("li[data-line] li + li a").get_attribute("href")
    assert others[1] in first
    browser.open(f"{running.url}/desk?preview={USERS_ARTICLE}")
    assert others[1] in browser.one(".preview a").get_attribute("href")
    browser.open(running.url + "/desk")
    while not browser.lacks(".rules li"):
        with browser.to_another_page():
            browser.one('form[action="/desk/undo"] button').send_keys(ENTER)


def test_an_editor_pins_an_article_and_takes_it_back(browser: Browser, running: Running) -> None:
    browser.open(running.url + "/desk")
    for field, value in (("one", USERS_ARTICLE), ("other", "fr-finale-lusail"), ("who", "Ann")):
        browser.one(f"#{field}").send_keys(value)
    with browser.to_another_page():
        browser.one(".ask button").click()
    assert "Ann" in browser.one(".rules .facts").text
    browser.open(running.url + ARTICLE)
    assert "fr-finale-lusail" in browser.one(".rail h3 a").get_attribute("href")
    browser.open(running.url + "/desk")
    with browser.to_another_page():
        browser.one(".rules button").send_keys(ENTER)
    assert browser.lacks(".rules li")
    browser.open(running.url + ARTICLE)
    assert "fr-finale-lusail" not in browser.one(".rail h3 a").get_attribute("href")


def test_the_keyboard_is_enough(browser: Browser, running: Running) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    def press(keys: str) -> None:
        ActionChains(browser.driver).send_keys(keys).perform()

    browser.open(running.url + "/")
    press("/")
    with browser.to_another_page():
        press("Bachmoet" + ENTER)
    assert browser.every(".found li")
    browser.open(running.url + ARTICLE)
    press("\ue004")
    assert browser.ask("document.activeElement.className") == "skip"
    press(ENTER)
    assert browser.ask("document.activeElement.id") == "content"
    press("j")
    assert browser.ask("document.activeElement.dataset.pair")
    assert browser.every(".lit")
    before = browser.ask("document.activeElement.href + document.activeElement.dataset.pair")
    press("j")
    press("k")
    again = browser.ask("document.activeElement.href + document.activeElement.dataset.pair")
    assert again == before


def test_keys_can_be_switched_off(browser: Browser, running: Running) -> None:
    from selenium.webdriver.common.action_chains import ActionChains

    def focused_by(key: str) -> str:
        browser.ask("document.activeElement.blur()")
        ActionChains(browser.driver).send_keys(key).perform()
        return str(browser.ask("document.activeElement.id"))

    browser.open(running.url + "/")
    assert focused_by("/") == "q"
    browser.one("#keys").click()
    assert focused_by("/") == ""
    browser.open(running.url + "/")
    assert focused_by("/") == ""
    browser.one("#keys").click()
    assert focused_by("/") == "q"
    browser.show(1440, scripts=False)
    browser.open(running.url + "/")
    assert not browser.one("#keys").is_displayed()


def test_the_pages_work_without_scripts(browser: Browser, running: Running) -> None:
    browser.show(1440, scripts=False)
    browser.open(running.url + "/")
    with browser.to_another_page():
        browser.one("#q").send_keys("Bachmoet" + ENTER)
    with browser.to_another_page():
        browser.one(".found h2 a").click()
    with browser.to_another_page():
        browser.one(".rail a.button").click()
    assert len(browser.every(".columns article")) == 2


def test_what_hinders_is_found(browser: Browser, running: Running) -> None:
    browser.open(running.url + "/")
    browser.driver.execute_script("document.documentElement.removeAttribute('lang')")
    assert "html-has-lang" in browser.hindrances()[0]


@pytest.mark.parametrize("language", ["en", "ar", "zh"])
def test_the_pages_hinder_nobody_and_ask_nobody_else(
    browser: Browser, running: Running, language: str
) -> None:
    browser.open(f"{running.url}/language?to={language}")
    browser.complaints()
    browser.addresses()
    for path in PAGES:
        for width, dark in ((320, True), (1440, False)):
            browser.show(width, dark=dark)
            browser.open(running.url + path)
            assert browser.ask("document.documentElement.scrollWidth") <= width, path
            assert browser.hindrances() == [], (path, width)
    missing = [one for one in browser.complaints() if "404" not in one]
    assert missing == []
    assert {one for one in browser.addresses() if not one.startswith(running.url)} == set()
