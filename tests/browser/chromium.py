"""A Chromium for tests: the machine's own, with nothing kept and nothing fetched."""

from __future__ import annotations

import shutil
from collections.abc import Generator
from contextlib import contextmanager
from tempfile import TemporaryDirectory
from typing import Any

from selenium.webdriver import Chrome, ChromeOptions
from selenium.webdriver.chrome.service import Service

BROWSER = shutil.which("chromium") or shutil.which("google-chrome")
DRIVER = shutil.which("chromedriver")

_FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-dev-shm-usage"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"),
)


@contextmanager
def chromium(*flags: str, downloads: str | None = None) -> Generator[Chrome]:
    """A browser with a profile of its own."""
    assert BROWSER
    assert DRIVER
    with TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        options = ChromeOptions()
        options.binary_location = BROWSER
        for flag in (*_FLAGS, f"--user-data-dir={profile}", *flags):
            options.add_argument(flag)
        options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
        if downloads:
            options.add_experimental_option("prefs", {"download.default_directory": downloads})  # pyright: ignore[reportUnknownMemberType] - a dict of anything
        driver = Chrome(options=options, service=Service(DRIVER))
        try:
            yield driver
        finally:
            driver.quit()


def command(driver: Chrome, name: str, **arguments: Any) -> dict[str, Any]:
    """Ask for something of the DevTools protocol."""
    answer: dict[str, Any] = driver.execute_cdp_cmd(name, arguments)  # pyright: ignore[reportUnknownMemberType] - a dict of anything
    return answer


def console(driver: Chrome) -> list[dict[str, Any]]:
    """What was written to the console since this was asked last."""
    log: list[dict[str, Any]] = driver.get_log("browser")  # type: ignore[no-untyped-call] # pyright: ignore[reportUnknownMemberType] - it has no annotations
    return log


def evaluate(driver: Chrome, script: str, *arguments: object) -> Any:
    """What a script returns."""
    return driver.execute_script(script, *arguments)  # pyright: ignore[reportUnknownMemberType] - it has no annotations


def resize(driver: Chrome, width: int, height: int) -> None:
    """Give the window another size."""
    driver.set_window_size(width, height)  # pyright: ignore[reportUnknownMemberType] - it has no annotations
