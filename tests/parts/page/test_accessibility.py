"""In every state of the page, in both schemes and on both widths, axe-core finds nothing."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from selenium.webdriver import Chrome
from selenium.webdriver.support.ui import WebDriverWait

from cds_context.testing import examples, garble
from cds_context.tools import Answers, Inbox, listening, send

from ...browser.chromium import chromium, command, evaluate
from ...patience import PATIENCE

AXE = "axe-core@4.14.1"
RUN = """
const done = arguments[arguments.length - 1];
const say = (each) => each.nodes.map((node) => `${each.id}: ${node.html} ${node.failureSummary}`);
axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] }).then(
  (found) => done(found.violations.flatMap(say)),
  (error) => done([String(error)]),
);
"""


@pytest.fixture(name="axe", scope="module")
def script_from_npm() -> str:
    folder = Path(sys.prefix) / "npm"
    folder.mkdir(exist_ok=True)
    install = ["npm", "install", "--no-audit", "--no-fund", "--no-package-lock", "--loglevel=error", AXE]
    subprocess.run(install, cwd=folder, check=True, timeout=PATIENCE)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")


@pytest.fixture(name="driver", scope="module")
def browser() -> Generator[Chrome]:
    with chromium() as driver:
        yield driver


@pytest.fixture(name="inbox", scope="module")
def filled_inbox() -> Generator[Inbox]:
    answers = Answers(statuses=(200, 503, 200))
    with listening() as elsewhere, listening(answers=answers, forward_to=elsewhere.url) as inbox:
        send([*examples().values()], inbox.url)
        send([examples()["update"]], inbox.url, garble=True)
        send([examples()["update"]], inbox.url, truncate=True)
        assert garble(examples()["update"]) in [post.body for post in inbox.posts]
        yield inbox


def seen(driver: Chrome, axe: str, width: int, scheme: str) -> list[str]:
    command(driver, "Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=False)
    command(driver, "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    # Through the protocol, as the page's policy runs no script but its own.
    command(driver, "Runtime.evaluate", expression=axe)
    found: list[str] = driver.execute_async_script(RUN)  # pyright: ignore[reportUnknownMemberType] - it has no annotations
    return found


def until(driver: Chrome, is_so: Callable[[], Any]) -> None:
    WebDriverWait(driver, PATIENCE, 0.05).until(lambda _: is_so())


LOOKS = [(390, "light"), (390, "dark"), (1280, "light"), (1280, "dark")]


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_the_empty_page(driver: Chrome, axe: str, width: int, scheme: str) -> None:
    with listening() as inbox:
        driver.get(inbox.url)
        until(driver, lambda: evaluate(driver, "return document.querySelector('#nothing').hidden === false"))
        found = seen(driver, axe, width, scheme)
        driver.get("about:blank")
    assert found == []


@pytest.mark.parametrize(("width", "scheme"), LOOKS)
def test_events(driver: Chrome, axe: str, inbox: Inbox, width: int, scheme: str) -> None:
    newest, refused, garbled, cut = "", "#2", f"#{inbox.received - 1}", f"#{inbox.received}"
    for picked in (newest, refused, garbled, cut):
        driver.get("about:blank")
        driver.get(f"{inbox.url}{picked}")
        until(driver, lambda: evaluate(driver, "return document.querySelector('article') !== null"))
        evaluate(driver, "document.querySelectorAll('details').forEach((each) => { each.open = true; })")
        assert seen(driver, axe, width, scheme) == []


def test_it_would_be_told(driver: Chrome, axe: str) -> None:
    driver.get("data:text/html,<html><body><img src=x><button></button></body></html>")
    assert {each.partition(":")[0] for each in seen(driver, axe, 1280, "light")} >= {"button-name", "image-alt"}
