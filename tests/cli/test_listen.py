"""The room `cli.listen`: what comes is told, and what goes wrong in the server."""

from __future__ import annotations

import errno
import logging
import os
import re
import signal
import sys
import threading
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import Future, wait
from contextlib import contextmanager
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, cast

import pytest
from typer.testing import Result

from cds_context import tools
from cds_context.cli import listen, signals
from cds_context.cli.listen import Keys, complained, replay_folder, replaying
from cds_context.cli.terminal import Screen
from cds_context.testing import examples
from cds_context.tools import Answers, Inbox, Post, listening
from cds_context.webhook import HttpHeaderAuth

from .. import command_line
from ..patience import PATIENCE
from ..processes import PIPE, Process, started, text


def run(*arguments: str, **environment: str) -> Result:
    return command_line.run(*arguments, stdin=None, **{"COLUMNS": "200", **environment})


@contextmanager
def command(*arguments: str, **environment: str) -> Generator[tuple[Process, str]]:
    """`cds-context listen` in a process of its own, and its address."""
    words = [sys.executable, "-m", "cds_context", "listen", "--port", "0", *arguments]
    around = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    around |= {"PYTHONIOENCODING": "utf-8", **environment}
    with started(words, stdout=PIPE, stderr=PIPE, env=around) as process:
        assert process.stdout
        yield process, text(process.stdout.readline()).rpartition(" ")[2].strip()


NOON = datetime(2026, 1, 2, 12, tzinfo=timezone.utc)


class SlowInbox:
    """One post, whose line takes a while."""

    def __init__(self, ending: signals.Ending, line: Future[None]) -> None:
        self._ending, self._line = ending, line
        self._posts = [Post(number=1, received_on=NOON, path="/", query="", headers={}, body=b"", status=200)]

    def answers_after(self, turn: int) -> list[Any]:
        assert turn == 0
        return []

    def wait(self, seconds: float) -> Post:
        assert seconds
        if self._posts:
            return self._posts.pop()
        self._ending.ask()
        raise TimeoutError

    def overview(self, post: Post) -> Future[None]:
        assert post.number == 1
        return self._line


@pytest.mark.parametrize("comes", [True, False])
def test_a_line_that_takes_a_while_is_waited_for(
    comes: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    line: Future[None] = Future()
    ending = signals.Ending()
    second: Callable[[], None] = (lambda: line.set_result(None)) if comes else ending.ask
    glances: Iterator[Callable[[], None]] = iter([lambda: None, second])

    def glance(asked: list[Future[None]], seconds: float) -> Any:
        next(glances)()
        return wait(asked, min(seconds, 0.001))

    monkeypatch.setattr(listen, "wait", glance)
    listen._follow(cast("Any", SlowInbox(ending, line)), ending, Screen())  # pyright: ignore[reportPrivateUsage]
    assert " 200 " in capsys.readouterr().out
    assert next(glances, None) is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_listening_ends_cleanly(number: signal.Signals, tmp_path: Path) -> None:
    with command("--folder", str(tmp_path)) as (process, url):
        assert run("send", "update", url).exit_code == 0
        assert process.stdout
        assert re.fullmatch(r"\d\d:\d\d:\d\d 200 Update contact Amélie Brandt\n", text(process.stdout.readline()))
        process.send_signal(number)
        out, err = process.communicate()
        assert (process.returncode, out, err) == (0, b"received 1\n", b"")
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [examples()["update"]]


@contextmanager
def one_post(monkeypatch: pytest.MonkeyPatch, *sent: str) -> Generator[list[dict[str, Any]]]:
    """Have `listen` receive what is sent, and then a signal; gives the options with which it listened."""
    asked: list[dict[str, Any]] = []
    listen = tools.listening

    @contextmanager
    def patched(**options: Any) -> Generator[Inbox]:
        asked.append({**options})
        options["port"] = 0
        with listen(**options) as inbox:
            for source in sent:
                run("send", *source.split(), inbox.url)
            wait = inbox.wait

            def until_empty(timeout: float) -> Any:
                try:
                    return wait(0.01)
                except TimeoutError:
                    signal.raise_signal(signal.SIGINT)
                    raise

            monkeypatch.setattr(inbox, "wait", until_empty)
            yield inbox

    monkeypatch.setattr(tools, "listening", patched)
    monkeypatch.setattr(signals, "GRACE", 3600)  # this process goes on
    yield asked


def test_listening_prints_what_comes(monkeypatch: pytest.MonkeyPatch) -> None:
    with one_post(monkeypatch, "update --webhook-key s3cret", "update"):
        result = run("listen", "--webhook-key", "s3cret")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[0].startswith("listening, and showing a page: http://127.0.0.1:")
    assert lines[1].endswith(" 200 Update contact Amélie Brandt")
    assert lines[2].endswith(" 401 the request lacks a key")
    assert lines[3] == "received 2"


def test_listening_tells_what_it_could_not_save(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with one_post(monkeypatch, "update"):
        result = run("listen", "--folder", str(tmp_path))
    assert result.stdout.splitlines()[1].endswith(
        " 200 Update contact Amélie Brandt, not saved: no space left on device"
    )


def test_output_that_is_closed_is_no_fault_of_the_endpoint(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = OSError(errno.EBADF, "Bad file descriptor")

    def fail(*_: object) -> None:
        raise closed

    monkeypatch.setattr("cds_context.cli.terminal.Screen.show", fail)
    result = run("listen", "--port", "0")
    assert (result.exception, result.output) == (closed, "")


def test_options_of_listening(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with one_post(monkeypatch, "update --http-header a=b") as asked:
        answers = [
            "--status",
            "503",
            "--status",
            "200",
            "--fail-share",
            "0.5",
            "--fail-status",
            "500",
            "--delay",
            "0.01",
        ]
        others = ["--keep", "7", "--folder", str(tmp_path), "--http-header", "a=b", "--page-key", "p"]
        result = run("listen", *answers, *others)
    assert result.exit_code == 0
    assert "password" not in result.stdout
    (given,) = asked
    assert given["answers"] == Answers(statuses=(503, 200), fail_share=0.5, fail_status=500, delay=0.01)
    assert (given["keep"], given["folder"], given["page_key"]) == (7, str(tmp_path), "p")
    assert isinstance(given["auth"], HttpHeaderAuth)


def test_what_is_replayed_is_passed_on(tmp_path: Path) -> None:
    saved = tmp_path / "saved"
    saved.mkdir()
    (saved / "a.json").write_bytes(examples()["create"])
    (saved / "b.json").write_bytes(b"{")
    (saved / "c.json").write_bytes(examples()["update"])
    with listening() as elsewhere:
        options = ["--replay", str(saved), "--forward-to", f"{elsewhere.url}hook", "--webhook-key", "s3cret"]
        with command(*options, COLUMNS="300") as (process, _):
            assert [elsewhere.wait(PATIENCE).body for _ in "ac"] == [examples()["create"], examples()["update"]]
            assert process.stdout
            lines = [text(process.stdout.readline()) for _ in range(4)]
            process.send_signal(signal.SIGINT)
            _, err = process.communicate()
    assert [line[9:] for line in lines if "forwarded" not in line] == [
        "200 Create contact Amélie Brandt\n",
        "200 Update contact Amélie Brandt\n",
    ]
    assert all(re.fullmatch(r" +forwarded [12]: 200 in \d+ ms\n", line) for line in lines if "forwarded" in line)
    assert "b.json" in text(err)
    assert "s3cret" not in text(err) + "".join(lines)
    assert {post.query for post in elsewhere.posts} == {"code=•••"}


def test_a_folder_is_replayed_until_the_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.json").write_bytes(b"{")
    (tmp_path / "b.json").write_bytes(examples()["create"])
    keys, over = Keys(None, None, None), threading.Event()
    with listening() as inbox:
        with replaying(str(tmp_path), inbox.url, keys, Screen()):
            assert inbox.wait(PATIENCE).body == examples()["create"]
        over.set()
        replay_folder(str(tmp_path), inbox.url, keys, Screen(), over)
        assert inbox.received == 1
    assert "CDS102" in capsys.readouterr().err


def test_a_retry_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = Answers(statuses=(503, 500))
    with listening(answers=answers) as elsewhere, one_post(monkeypatch, "update"):
        result = run("listen", "--forward-to", elsewhere.url, "--delay", "0.1")
    assert elsewhere.received == 2
    assert re.search(r"forwarded 1: 500 in \d+ ms, tried twice\n", result.stdout)


def test_a_folder_is_not_replayed_into_itself(tmp_path: Path) -> None:
    result = run("listen", "--replay", str(tmp_path), "--folder", f"{tmp_path}/.")
    assert result.exit_code == 2
    assert "needs another folder" in result.stderr


def test_a_page_that_others_reach_gets_a_key(monkeypatch: pytest.MonkeyPatch) -> None:
    with one_post(monkeypatch, "update --query a=b") as asked:
        result = run("listen", "--host", "0.0.0.0", "--query", "a=b")  # noqa: S104 - this is what is tested
    (given,) = asked
    assert len(given["page_key"]) > 20
    assert f"the page asks for a password: {given['page_key']}" in result.stdout


def test_two_kinds_of_keys_are_refused() -> None:
    result = run("listen", "--http-header", "a=1", "--webhook-key", "b")
    assert result.exit_code == 2
    assert "authenticates in one way" in result.stderr


def test_a_key_after_a_blank_is_not_said_again() -> None:
    result = run("listen", "--http-header", "X-Key:", "s3cret")
    assert result.exit_code == 2
    assert "as NAME=KEY" in result.stderr
    assert "s3cret" not in result.output


def test_others_reach_it_only_with_keys() -> None:
    result = run("listen", "--host", "0.0.0.0")  # noqa: S104 - this is what is refused
    assert result.exit_code == 2
    assert "needs `auth` and `page_key`" in result.stderr


def test_a_port_that_is_taken_is_told() -> None:
    with listening() as inbox:
        result = run("listen", "--port", inbox.url.rstrip("/").rpartition(":")[2])
    assert result.exit_code == 1
    assert "error: address already in use" in result.stderr


def test_an_error_without_a_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(**_: Any) -> None:
        raise ConnectionError

    monkeypatch.setattr(tools, "listening", fail)
    assert "error: connectionerror" in run("listen").stderr


ERRORS = logging.getLogger("uvicorn.error")
LOOP = logging.getLogger("asyncio")


def test_what_goes_wrong_is_one_line_without_content() -> None:
    said: list[str] = []
    with complained(said.append):
        for _ in range(3):
            ERRORS.warning("Invalid HTTP request received.")
        ERRORS.warning("Unsupported upgrade request.")
        ERRORS.info("Invalid HTTP request received.")
        try:
            raise ValueError("s3cret")
        except ValueError:
            ERRORS.exception("Exception in ASGI application\n")
        for _ in range(2):
            LOOP.error("socket.accept() out of system resource", exc_info=OSError(errno.EMFILE, "Too many open files"))
        LOOP.error("never raised", exc_info=RuntimeError("s3cret"))
    ERRORS.warning("Invalid HTTP request received.")
    first, second, *others = said
    assert first == "what came is not HTTP; perhaps it is meant for https"
    assert re.fullmatch(r"ValueError in test_listen\.py, line \d+", second)
    assert others == ["too many open files", "RuntimeError"]


def test_what_is_deep_is_told_where_it_was_raised() -> None:
    said: list[str] = []

    def deep() -> None:
        raise KeyError("s3cret")

    with complained(said.append):
        try:
            deep()
        except KeyError:
            LOOP.exception("s3cret")
    (only,) = said
    assert only == f"KeyError in test_listen.py, line {deep.__code__.co_firstlineno + 1}"
