"""The page of a listener in Chromium: what comes is there at once, can be found, read, sent again and saved."""

from __future__ import annotations

import json
from collections.abc import Callable, Generator
from pathlib import Path

import pytest

from cds_context import parse_context
from cds_context.testing import examples, update
from cds_context.tools import Answers, Inbox, listening, send

pytest.importorskip("selenium", reason="missing: the extra `browser`")

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.support.ui import WebDriverWait

from ..patience import PATIENCE
from ..posting import post_all
from . import pictures
from .chromium import BROWSER, DRIVER, chromium, command, console, evaluate, resize

pytestmark = pytest.mark.skipif(not BROWSER or not DRIVER, reason="missing: chromium and chromedriver")

MARKUP = "<img src=x onerror=alert(1)>&amp;"
RIGHT_TO_LEFT = "محمد עברית"
EMOJI = "Zoë 👩‍👩‍👧‍👦 \U0001f600"


@pytest.fixture(name="downloads", scope="module")
def downloads_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("downloads")


@pytest.fixture(name="driver", scope="module")
def browser(downloads: Path) -> Generator[Chrome]:
    with chromium("--window-size=1280,900", downloads=str(downloads)) as driver:
        yield driver


@pytest.fixture(name="inbox")
def opened_inbox(driver: Chrome) -> Generator[Inbox]:
    """A listener whose page is open; after the test there must be nothing on the console."""
    driver.get("about:blank")
    console(driver)
    with listening() as inbox:
        driver.get(inbox.url)
        until(driver, lambda: text(driver, "#state") == "live")
        yield inbox
        log = console(driver)
        driver.get("about:blank")
    assert log == []


def until(driver: Chrome, is_so: Callable[[], object]) -> None:
    WebDriverWait(driver, PATIENCE, 0.05).until(lambda _: is_so())


def text(driver: Chrome, selector: str) -> str:
    """What is seen of the first element, read at once: the page may replace it at any moment."""
    seen: str = evaluate(driver, "return document.querySelector(arguments[0])?.innerText ?? ''", selector)
    return seen.strip()


def texts(driver: Chrome, selector: str) -> list[str]:
    found: list[str] = evaluate(
        driver, "return [...document.querySelectorAll(arguments[0])].map((each) => each.textContent)", selector
    )
    return found


def rows(driver: Chrome) -> list[int]:
    found: list[int] = evaluate(
        driver, "return [...document.querySelectorAll('#rows li')].map((row) => Number(row.dataset.number))"
    )
    return found


def press(driver: Chrome, *keys: str) -> None:
    driver.switch_to.active_element.send_keys(*keys)


def open_post(driver: Chrome, number: int) -> None:
    until(driver, lambda: number in rows(driver))
    # A row moves down when another event comes, maybe while the mouse is on its way.
    evaluate(driver, "document.querySelector(arguments[0]).click()", f'#rows a[href="#{number}"]')
    until(driver, lambda: driver.find_elements(By.CSS_SELECTOR, f'article[data-number="{number}"]'))


def test_the_empty_page_says_what_to_do(driver: Chrome, inbox: Inbox) -> None:
    assert text(driver, "#nothing").startswith("Nothing yet")
    assert f"cds-context send update {inbox.url}" in text(driver, "#nothing")
    assert not driver.find_element(By.ID, "none").is_displayed()


def test_a_thousand_events_are_there_as_they_come(driver: Chrome, inbox: Inbox) -> None:
    post_all(inbox.url, [*examples().values()] * 24)
    until(driver, lambda: len(rows(driver)) == 1000)
    count = 24 * len(examples())
    assert inbox.received == count
    assert rows(driver) == list(range(count, count - 1000, -1))  # the last ones, the latest first
    assert text(driver, "#count") == f"{count:,}"
    messages = {parse_context(body).message_name for body in examples().values()}
    assert set(texts(driver, "#rows .what b")) == messages
    assert set(texts(driver, "#rows .badge:last-child")) == {"200"}
    assert not driver.find_element(By.ID, "nothing").is_displayed()
    # The newest event was asked for while they came, and may have been gone by then.
    assert all("/-/posts/" in entry["message"] and " 404 " in entry["message"] for entry in console(driver))


def test_an_event_in_detail(driver: Chrome, inbox: Inbox) -> None:
    send([examples()["update-asynchronous"]], inbox.url)
    open_post(driver, 1)
    assert text(driver, "article h2") == "Update contact"
    assert "Amélie Brandt" in texts(driver, "article header .record")
    cells = texts(driver, ".changes tr:first-child td, .changes tr:first-child th[scope=row]")
    assert cells == ["emailaddress1", "a.brandt@example.com", "amelie.brandt@example.com", "changed"]
    titles = [title.split(" ")[0] for title in texts(driver, "article summary")]
    assert titles == ["Changes", "before:", "after:", "input", "shared", "Event", "Parents", "Headers", "Body"]
    assert driver.current_url.endswith("#1")
    driver.back()
    until(driver, lambda: not driver.current_url.endswith("#1"))
    assert text(driver, "article h2") == "Update contact"  # the newest


def test_text_is_text(driver: Chrome, inbox: Inbox) -> None:
    names = [MARKUP, RIGHT_TO_LEFT, EMOJI, "a\u202eb"]
    send([update("contact", after={"fullname": name}, post_image="New") for name in names], inbox.url)
    for number, name in enumerate(names, 1):
        open_post(driver, number)
        shown = name.replace("\u202e", "\\u202e")
        assert texts(driver, "article header .record")[0] in (name, shown)
        assert shown in [cell.strip() for cell in texts(driver, "article td")]
        assert name in texts(driver, "#rows .record")
    assert driver.find_elements(By.CSS_SELECTOR, "main img") == []


def test_a_search_finds_in_lines_and_bodies_and_goes_on(driver: Chrome, inbox: Inbox) -> None:
    send([update("contact", after={"fullname": name}) for name in ("Zoë/Ann", "Bo")], inbox.url)
    until(driver, lambda: len(rows(driver)) == 2)
    press(driver, "/")
    press(driver, "zoë/ann")
    until(driver, lambda: rows(driver) == [1])
    assert text(driver, "#count") == "1 of 2"
    send([update("contact", after={"fullname": "Zoë/Ann Li"}), update("contact")], inbox.url)
    until(driver, lambda: text(driver, "#count") == "2 of 4")
    assert rows(driver) == [3, 1]
    press(driver, " nobody")
    until(driver, lambda: driver.find_element(By.ID, "none").is_displayed())
    press(driver, Keys.ESCAPE)
    until(driver, lambda: rows(driver) == [4, 3, 2, 1])


def test_the_keyboard_is_enough(driver: Chrome, inbox: Inbox) -> None:
    send(examples().values(), inbox.url)
    until(driver, lambda: len(rows(driver)) == len(examples()))
    until(driver, lambda: text(driver, "article h2") == "Win quote")
    press(driver, Keys.ARROW_DOWN)
    until(driver, lambda: text(driver, "article h2") == "Win opportunity")
    assert driver.switch_to.active_element.get_attribute("aria-current") == "true"
    press(driver, "j")
    until(driver, lambda: text(driver, "article h2") == "UpsertMultiple new_reading")
    press(driver, "k")
    until(driver, lambda: text(driver, "article h2") == "Win opportunity")
    press(driver, Keys.ENTER)
    press(driver, Keys.TAB)
    assert driver.switch_to.active_element.text == "Copy body"
    press(driver, Keys.ESCAPE)
    until(driver, lambda: text(driver, "article h2") == "Win quote")
    assert driver.switch_to.active_element.get_attribute("aria-current") == "true"


def shown(driver: Chrome) -> int:
    """The number of the event that is shown; 0 for none."""
    number: int = evaluate(driver, "return Number(document.querySelector('article')?.dataset.number ?? 0)")
    return number


def test_the_newest_event_is_shown_until_somebody_picks_one(driver: Chrome, inbox: Inbox) -> None:
    for number in (1, 2):
        send([examples()["update"]], inbox.url)
        until(driver, lambda number=number: shown(driver) == number)  # type: ignore[misc]
    assert texts(driver, "#rows [aria-current]")
    open_post(driver, 1)
    send([examples()["create"]], inbox.url)
    until(driver, lambda: rows(driver) == [3, 2, 1])
    assert shown(driver) == 1
    assert text(driver, "#follow[aria-pressed=false]") == "Newest"
    driver.find_element(By.ID, "follow").click()
    until(driver, lambda: shown(driver) == 3)
    assert text(driver, "#follow[aria-pressed=true]") == "Newest"
    driver.find_element(By.ID, "follow").click()  # keep this one
    send([examples()["create"]], inbox.url)
    until(driver, lambda: rows(driver) == [4, 3, 2, 1])
    assert shown(driver) == 3


def test_an_event_is_sent_again(driver: Chrome, inbox: Inbox) -> None:
    send([examples()["create"]], inbox.url)
    open_post(driver, 1)
    with listening() as elsewhere:
        driver.find_element(By.NAME, "url").send_keys(elsewhere.url, Keys.ENTER)
        assert elsewhere.wait(PATIENCE).body == examples()["create"]
        until(driver, lambda: text(driver, ".again output").endswith(": success"))
        assert text(driver, ".again output").startswith("200 in ")
    driver.find_element(By.NAME, "url").send_keys(Keys.ENTER)
    until(driver, lambda: text(driver, ".again output") == "connection refused: nobody listens there: rolled back")


def test_what_was_passed_on_shows_its_answer(driver: Chrome) -> None:
    with listening(answers=Answers(statuses=(503, 404))) as elsewhere, listening(forward_to=elsewhere.url) as inbox:
        driver.get(inbox.url)
        send([examples()["create"]], inbox.url)
        until(driver, lambda: text(driver, "#rows [data-forwarded='1'] .badge") == "404")
        until(driver, lambda: "404" in text(driver, "article [data-forwarded='1']"))
        assert "tried twice" in text(driver, "article .passed")
        driver.get("about:blank")


def test_a_body_is_copied_and_saved(driver: Chrome, inbox: Inbox, downloads: Path) -> None:
    body = examples()["update"]
    send([body], inbox.url)
    open_post(driver, 1)
    origin = inbox.url.rstrip("/")
    granted = ["clipboardReadWrite", "clipboardSanitizedWrite"]
    command(driver, "Browser.grantPermissions", permissions=granted, origin=origin)
    press(driver, "c")
    until(driver, lambda: text(driver, "#said") == "Copied")
    copied: str = evaluate(driver, "return navigator.clipboard.readText()")
    assert copied.encode() == body
    whole, fixture = driver.find_elements(By.CSS_SELECTOR, ".actions a")
    whole.click()
    until(driver, lambda: saved(downloads) == [body])
    fixture.click()
    until(driver, lambda: len(saved(downloads)) == 2)
    (redacted,) = [content for content in saved(downloads) if content != body]
    assert parse_context(redacted).message_name == "Update"
    assert "Amélie" not in redacted.decode()


def saved(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in folder.glob("*.json")]


def test_a_page_that_lost_its_listener_comes_back(driver: Chrome) -> None:
    with listening() as inbox:
        driver.get(inbox.url)
        send([examples()["create"]], inbox.url)
        until(driver, lambda: rows(driver) == [1])
        port = int(inbox.url.rstrip("/").rpartition(":")[2])
    until(driver, lambda: text(driver, "#state") == "reconnecting")
    with listening(port=port) as inbox:
        send([examples()["win"], examples()["update"]], inbox.url)
        until(driver, lambda: rows(driver) == [2, 1])
        assert text(driver, "#state") == "live"
        driver.get("about:blank")


def test_a_narrow_screen_shows_one_of_both(driver: Chrome, inbox: Inbox) -> None:
    send([examples()["update"]], inbox.url)
    try:
        resize(driver, 390, 844)
        until(driver, lambda: rows(driver) == [1])
        assert driver.find_element(By.CSS_SELECTOR, ".list").is_displayed()  # until somebody picks an event
        open_post(driver, 1)
        assert not driver.find_element(By.CSS_SELECTOR, ".list").is_displayed()
        assert driver.switch_to.active_element.get_attribute("id") == "detail"  # a click of no mouse, as that of Enter
        wide: int = evaluate(driver, "return document.documentElement.scrollWidth")
        inner: int = evaluate(driver, "return innerWidth")
        assert wide <= inner
        driver.find_element(By.CSS_SELECTOR, ".back").click()
        until(driver, lambda: driver.find_element(By.CSS_SELECTOR, ".list").is_displayed())
    finally:
        resize(driver, 1280, 900)


def test_the_pictures_are_of_this_page() -> None:
    # If this fails: python -m tests.browser.pictures, and look at them.
    assert (pictures.FOLDER / "taken-of.txt").read_text("utf-8").strip() == pictures.sources()


def test_the_log_can_tell(driver: Chrome) -> None:
    # If the console could not be read, none of the tests above would notice an error.
    driver.get("data:text/html,<script>console.error('seen')</script>")
    assert "seen" in json.dumps(console(driver))
