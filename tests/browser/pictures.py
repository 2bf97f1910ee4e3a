"""The pictures of the page in the documentation: `python -m tests.browser.pictures` takes them."""

from __future__ import annotations

import base64
import hashlib
import os
import time
from decimal import Decimal
from pathlib import Path
from uuid import UUID

from selenium.webdriver import Chrome
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

import cds_context
from cds_context import EntityReference, Money, OptionSetValue
from cds_context.testing import (
    Formatted,
    Row,
    assign,
    associate,
    close_incident,
    create,
    custom_api,
    delete,
    qualify_lead,
    update,
    update_multiple,
    win,
)
from cds_context.tools import Answers, listening, send

from .chromium import chromium, command

FOLDER = Path(__file__).parents[2] / "docs" / "images"
PORT = 9000

_NORA, _TOMAS = (
    EntityReference("systemuser", UUID(int=number, version=4), name)
    for number, name in ((0x7A31 << 112, "Nora Haddad"), (0x51D0 << 112, "Tomás Reyes"))
)
_BEFORE: Row = {
    "fullname": "Amélie Brandt",
    "emailaddress1": "a.brandt@example.com",
    "telephone1": "+49 30 555 0134",
    "preferredcontactmethodcode": Formatted(OptionSetValue(1), "Any"),
    "creditlimit": Formatted(Money(Decimal("12500.0000")), "€12,500.00"),
    "parentcustomerid": EntityReference("account", UUID(int=0xA9 << 120, version=4), "Fabrikam Optik"),
    "ownerid": _NORA,
}
_AFTER: Row = {
    "emailaddress1": "amelie.brandt@example.com",
    "telephone1": None,
    "preferredcontactmethodcode": Formatted(OptionSetValue(2), "Email"),
    "creditlimit": Formatted(Money(Decimal("15000.0000")), "€15,000.00"),
}


EVENTS = [
    create(
        "lead",
        after={"fullname": "Ida Sørensen", "ownerid": _TOMAS},
        post_image="PostImage",
        initiating_user_id=_TOMAS.id,
    ),
    qualify_lead(initiating_user_id=_TOMAS.id),
    create(
        "account", after={"name": "Contoso Glas", "ownerid": _NORA}, post_image="PostImage", initiating_user_id=_NORA.id
    ),
    update_multiple("new_reading", after=[{"new_value": 21.5}, {"new_value": 22.0}, {"new_value": 19.8}]),
    win(initiating_user_id=_NORA.id),
    associate("account", relationship="account_leads", related=[EntityReference("lead", UUID(int=7))]),
    delete("task", before={"subject": "Rückruf"}, pre_image="PreImage", primary_key="activityid"),
    custom_api("new_CloseDay", inputs={"Day": "2026-03-02"}),
    close_incident(),
    assign("contact", before=_BEFORE, assignee=_TOMAS, pre_image="PreImage", initiating_user_id=_NORA.id),
    update(
        "contact",
        before=_BEFORE,
        after=_AFTER,
        pre_image="PreImage",
        post_image="PostImage",
        initiating_user_id=_NORA.id,
        asynchronous=True,
    ),
]


def _shoot(driver: Chrome, name: str, width: int, height: int, scheme: str) -> None:
    metrics = {"width": width, "height": height, "deviceScaleFactor": 2, "mobile": False}
    command(driver, "Emulation.setDeviceMetricsOverride", **metrics)
    command(driver, "Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": scheme}])
    time.sleep(0.5)  # until the browser has drawn it
    taken = command(driver, "Page.captureScreenshot", format="webp", quality=72)
    (FOLDER / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))


def sources() -> str:
    """What the pictures are taken of, as a digest."""
    files = sorted([*(Path(cds_context.__file__).parent / "tools" / "web").iterdir(), Path(__file__)])
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def main() -> None:
    """Take all of them."""
    os.environ["TZ"] = "UTC"
    time.tzset()
    FOLDER.mkdir(exist_ok=True)
    statuses = (200,) * 4 + (503,) + (200,) * 6
    with listening(port=PORT, answers=Answers(statuses=statuses)) as inbox, chromium() as driver:
        send(EVENTS, inbox.url)
        driver.get(f"{inbox.url}#{inbox.received}")
        WebDriverWait(driver, 30).until(lambda _: driver.find_elements(By.TAG_NAME, "article"))
        _shoot(driver, "listen-light", 1180, 760, "light")
        _shoot(driver, "listen-dark", 1180, 760, "dark")
        _shoot(driver, "listen-phone-event-dark", 390, 760, "dark")
        driver.get(inbox.url)
        WebDriverWait(driver, 30).until(lambda _: len(driver.find_elements(By.CSS_SELECTOR, "#rows li")) > 10)
        _shoot(driver, "listen-phone-light", 390, 760, "light")
    (FOLDER / "taken-of.txt").write_text(f"{sources()}\n", "utf-8", newline="\n")


if __name__ == "__main__":
    main()
