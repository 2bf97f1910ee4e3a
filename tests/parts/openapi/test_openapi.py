"""Schemathesis reads the description of the page's FastAPI receiver, and posts what is valid by it and what is not."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from cds_context.webhook import UncheckedAuth
from tests.integration.cases import KEY
from tests.integration.pages import run_page
from tests.integration.servers import uvicorn

HERE = Path(__file__).parent
PAGE = (HERE.parents[2] / "docs" / "schema-tools.md").read_text("utf-8")
BUDGET = 40
"""The seconds that a run of schemathesis gives itself; it would list broken bodies of a schema like ours for hours."""
SECONDS = 300


def outcome(app: Any, *options: str) -> tuple[int, str]:
    """The exit code of schemathesis and what it prints, of a running app."""
    with uvicorn(app) as port:
        done = subprocess.run(
            [
                *(str(Path(sys.executable).with_name("schemathesis")), "run", f"http://127.0.0.1:{port}/openapi.json"),
                *("--header", f"X-Webhook-Key: {KEY}", "--max-time", str(BUDGET), "--max-examples", "20"),
                # Says that bodies are made slowly, which hangs on the machine.
                *("--suppress-health-check=all", "--continue-on-failure", "--no-color", "--seed=1", *options),
            ],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=SECONDS,
            check=False,
        )
    return done.returncode, done.stdout.decode()


def test_the_receiver_does_as_its_description_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WEBHOOK_KEY", KEY)
    code, told = outcome(run_page("fastapi").app)
    assert (code, "No issues found" in told) == (0, True), told
    assert "Tested: 1" in told


def test_a_receiver_that_takes_everything_is_found_out() -> None:
    receivers: Any = importlib.import_module("cds_context.contrib.fastapi")
    app: Any = importlib.import_module("fastapi").FastAPI()
    receivers.add_schemas(app)
    webhook = receivers.Webhook(UncheckedAuth(because="nothing is checked"))

    async def receive() -> None: ...

    extra = webhook.openapi_extra
    app.add_api_route("/dataverse", receive, methods=["POST"], status_code=204, openapi_extra=extra)
    code, told = outcome(app, "--phases=fuzzing", "--mode=negative", "--max-failures=1")
    assert (code, "accepted" in told) == (1, True), told


def test_the_page_has_the_version_that_is_tested() -> None:
    (version,) = re.findall(r"^schemathesis==(\S+)$", (HERE / "requirements.txt").read_text("utf-8"), re.MULTILINE)
    assert f"| `schemathesis` | {version} |" in PAGE
