"""The room `cli.send`: events are sent, and what the server makes of the answers is told."""

from __future__ import annotations

import re
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import Result

from cds_context import tools
from cds_context.testing import examples
from cds_context.tools import Answers, Outcome, Sent, listening
from cds_context.webhook import HttpHeaderAuth, HttpQueryStringAuth, WebhookKeyAuth

from .. import command_line
from ..patience import PATIENCE
from ..processes import PIPE, started


def run(*arguments: str, **environment: str) -> Result:
    return command_line.run(*arguments, stdin=None, **{"COLUMNS": "200", **environment})


def test_examples_are_sent_by_name() -> None:
    with listening() as inbox:
        result = run("send", "update", "win*", inbox.url)
        assert [post.body for post in inbox.posts] == [examples()[name] for name in ("update", "win", "win-quote")]
    assert result.exit_code == 0
    assert re.search(r"success +3 \(200\)\n", result.stdout)
    assert re.search(r"latency +median \d+ ms, 95 % \d+ ms, slowest \d+ ms", result.stdout)


def test_files_and_folders_are_sent(tmp_path: Path) -> None:
    for name in ("create", "delete"):
        (tmp_path / f"{name}.json").write_bytes(examples()[name])
    with listening() as inbox:
        assert run("send", str(tmp_path), str(tmp_path / "create.json"), inbox.url).exit_code == 0
        assert [post.context.message_name for post in inbox.posts] == ["Create", "Delete", "Create"]


@pytest.mark.parametrize(("to", "said"), [("xml", "example.xml: XML"), ("binary", "example.bin: .NET Binary")])
def test_other_message_formats_are_posted_as_json(to: str, said: str, tmp_path: Path) -> None:
    assert run("format", "--to", to, "--output", str(tmp_path), str(command_line.EXAMPLE)).exit_code == 0
    with listening() as inbox:
        result = run("send", str(tmp_path), inbox.url)
        assert [post.body for post in inbox.posts] == [command_line.EXAMPLE.read_bytes()]
    assert result.exit_code == 0
    assert f"{said}, which no webhook gets: posted as the JSON of the event" in result.stderr


@pytest.mark.parametrize(
    ("options", "auth"),
    [
        (["--webhook-key", "s3cret"], WebhookKeyAuth("s3cret")),
        (
            ["--http-header", "X-Key=s3=cret", "--http-header", "x-other=1"],
            HttpHeaderAuth({"x-key": "s3=cret", "x-other": "1"}),
        ),
        (["--query", "key=s3cret"], HttpQueryStringAuth({"key": "s3cret"})),
    ],
    ids=["WebhookKey", "HttpHeader", "HttpQueryString"],
)
def test_keys_are_sent(options: list[str], auth: Any) -> None:
    with listening(auth=auth) as inbox:
        result = run("send", "update", inbox.url, *options)
    assert result.exit_code == 0
    assert "cret" not in result.output


def test_a_key_can_come_from_the_environment() -> None:
    with listening(auth=WebhookKeyAuth("s3cret")) as inbox:
        assert run("send", "update", inbox.url, CDS_CONTEXT_WEBHOOK_KEY="s3cret").exit_code == 0


def test_failures_are_told_and_counted() -> None:
    with listening(answers=Answers(statuses=(500,))) as inbox:
        result = run("send", "update", "update-asynchronous", inbox.url, "--repeat", "2")
    assert result.exit_code == 1
    assert "update: answered 500 2 times: rolled back" in result.stdout
    assert "update-asynchronous: answered 500 2 times: failed job" in result.stdout
    assert re.search(r"rolled back +2 \(500\)\n", result.stdout)
    assert re.search(r"failed job +2 \(500\)\n", result.stdout)
    with listening(answers=Answers(statuses=(503,))) as inbox:
        result = run("send", "update", inbox.url)
    assert "update: answered 503, twice: rolled back" in result.stdout
    assert re.search(r"retries +1\n", result.stdout)
    result = run("send", "update", inbox.url)
    assert "update: connection refused: nobody listens there: rolled back" in result.stdout
    assert re.search(r"rolled back +1 \(no answer\)\n", result.stdout)
    with listening(answers=Answers(statuses=(302,))) as inbox:
        result = run("send", "update", inbox.url)
    assert "update: answered 302, which no server follows: rolled back" in result.stdout


def test_statuses_are_counted_where_there_are_several() -> None:
    with listening(answers=Answers(statuses=(200, 204, 500, 204, 404))) as inbox:
        result = run("send", "update", inbox.url, "--repeat", "5")
    assert re.search(r"success +3 \(204: 2, 200: 1\)\n", result.stdout)
    assert re.search(r"rolled back +2 \(500: 1, 404: 1\)\n", result.stdout)
    with listening(answers=Answers(statuses=(503, 202))) as inbox:
        result = run("send", "update", inbox.url)
    assert re.search(r"success +1 \(202\)\nretries +1\n", result.stdout)  # the status of the retry


def test_options_vary_what_is_sent() -> None:
    with listening() as inbox:
        options = ["--repeat", "3", "--concurrency", "2", "--rate", "1000", "--delay", "0.01", "--timeout", "60"]
        assert run("send", "update", inbox.url, *options, "--fresh-ids", "--garble").exit_code == 0
        assert len({post.context.idempotency_key for post in inbox.posts}) == 3
        assert "AmÃ©lie".encode() in inbox.posts[0].body
        assert run("send", "update", inbox.url, "--truncate").exit_code == 0
        assert inbox.posts[-1].context.is_truncated


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["update", "ftp://x/"], "error: an address begins with http:// or https://"),
        (["nothing.json", "http://127.0.0.1:1/"], "nothing.json unreadable: no such file or directory"),
        (["update", "http://127.0.0.1:70000/"], "error: a host of an address has a name, and a port from 1 to 65535"),
        (["update", "http://127.0.0.1:1/", "--http-header", "x key=k"], "error: a header with a key"),
        (["update", "http://127.0.0.1:1/", "--http-header", "x-key"], "given as NAME=KEY"),
        (["update", "http://127.0.0.1:1/", "--http-header", "=x"], "given as NAME=KEY"),
        (["update", "http://127.0.0.1:1/", "--http-header", "a=1", "--query", "b=1"], "authenticates in one way"),
        (["update", "http://127.0.0.1:1/?code=s3cret", "--webhook-key", "k"], "the address holds a key where"),
        (["http://127.0.0.1:1/?code=s3cret", "update"], "error: one address is given, after all that is sent to it"),
        (["update", "http://a b/"], "error: a host of an address has a name"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_what_cannot_be_sent_is_told(arguments: list[str], said: str) -> None:
    result = run("send", *arguments)
    assert result.exit_code == 2
    assert said in result.stderr
    assert "s3cret" not in result.output


def test_a_file_that_is_no_event_is_not_sent(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text("{}")
    with listening() as inbox:
        result = run("send", "update", str(tmp_path / "a.json"), inbox.url)
        assert inbox.received == 0
    assert result.exit_code == 2
    assert re.search(r"a\.json error\n  CDS103 error: .*, at 1:1 \$\n", result.stderr, re.DOTALL)


def test_nothing_to_send_is_no_success(tmp_path: Path) -> None:
    result = run("send", str(tmp_path), "http://127.0.0.1:1/")
    assert result.exit_code == 2
    assert "error: there is nothing to send" in result.stderr


def test_an_interrupt_tells_what_was_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, on_sent: Callable[[Sent], object], **__: object) -> None:
        on_sent(Sent(event=0, status=200, attempts=1, seconds=1, outcome=Outcome.SUCCESS))
        raise KeyboardInterrupt

    monkeypatch.setattr(tools, "send", interrupted)
    result = run("send", "*", "http://127.0.0.1:1/")
    assert result.exit_code == 130
    assert re.search(r"success +1 \(200\)\n", result.stdout)
    assert f"interrupted: after 1 of {len(examples())}" in result.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other signals")
def test_sending_ends_cleanly() -> None:
    with listening(answers=Answers(delay=3600)) as inbox:
        command = [sys.executable, "-m", "cds_context", "send", "update", inbox.url]
        with started(command, stdout=PIPE, stderr=PIPE) as process:
            inbox.wait(PATIENCE)
            process.send_signal(signal.SIGINT)
            out, err = process.communicate()
    assert process.returncode == 130
    assert b"latency" in out
    assert err == b"interrupted: after 0 of 1\n"


@pytest.fixture
def without_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("send", "listening"):
        monkeypatch.delattr(tools, name, raising=False)
    for module in ("httpx2", "uvicorn"):
        monkeypatch.setitem(sys.modules, module, None)
    for room in ("sending", "listener", "page"):
        monkeypatch.delitem(sys.modules, f"cds_context.tools.{room}", raising=False)
        monkeypatch.delattr(tools, room, raising=False)


@pytest.mark.parametrize("name", ["send", "listening"])
def test_without_the_extra_an_import_says_so(name: str, without_the_extra: None) -> None:
    with pytest.raises(ModuleNotFoundError) as caught:
        getattr(tools, name)
    assert str(caught.value) == 'cds_context.tools comes with an extra: pip install "cds-context[tools]"'
    assert caught.value.name in {"httpx2", "uvicorn"}


@pytest.mark.parametrize("command", ["send", "listen"])
def test_without_the_extra_a_command_says_so(command: str, without_the_extra: None) -> None:
    result = run(*([command, "update", "http://127.0.0.1:1/"] if command == "send" else [command]))
    assert result.exit_code == 2
    assert 'pip install "cds-context[tools]"' in result.stderr
