"""The room `tools.failures`: a failed connection is told for what it is."""

from __future__ import annotations

import errno
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import datetime

import httpx2
import pytest
import trustme

from cds_context.testing import update
from cds_context.tools import send, sending
from cds_context.tools.failures import explain

from ..patience import PATIENCE

EVENT = update("contact")
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"
CA = trustme.CA()


@contextmanager
def serving(talk: Callable[[socket.socket], None]) -> Generator[int]:
    """A server that has one conversation; its port."""

    def serve() -> None:
        with suppress(OSError):  # what the other side does to it
            connection, _ = bound.accept()
            with connection:
                connection.settimeout(PATIENCE)
                talk(connection)

    with socket.create_server(("127.0.0.1", 0)) as bound:
        bound.settimeout(PATIENCE)
        thread = threading.Thread(target=serve)
        thread.start()
        yield bound.getsockname()[1]
        thread.join(PATIENCE)


def problem(url: str) -> str:
    (sent,) = send([EVENT], url, timeout=PATIENCE).sent
    return sent.problem or str(sent.status)


def context_of(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    certificate.configure_cert(context)  # pyright: ignore[reportUnknownMemberType] - it also takes what is not installed
    return context


def over_tls(context: ssl.SSLContext) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        with context.wrap_socket(connection, server_side=True) as secured:
            plain(OK)(secured)

    return talk


def plain(answer: bytes) -> Callable[[socket.socket], None]:
    def talk(connection: socket.socket) -> None:
        received = b""
        while not received.endswith(b"}") and (more := connection.recv(65536)):
            received += more
        connection.sendall(answer)

    return talk


def resetting(connection: socket.socket) -> None:
    connection.recv(1)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


@pytest.fixture(name="trusted")
def trusted_authority(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the tests' authority trusted."""
    context = ssl.create_default_context()
    CA.configure_trust(context)  # pyright: ignore[reportUnknownMemberType] - it also takes what is not installed

    def connections(_: httpx2.URL, most: int = 1) -> httpx2.AsyncHTTPTransport:
        return httpx2.AsyncHTTPTransport(verify=context, trust_env=False, limits=httpx2.Limits(max_connections=most))

    monkeypatch.setattr(sending, "connections", connections)


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("certificate", "said"),
    [
        (CA.issue_cert("127.0.0.1"), "200"),
        (CA.issue_cert("192.0.2.1"), "the certificate is for another host"),
        (CA.issue_cert("example.com"), "the certificate is for another host"),
        (
            CA.issue_cert("127.0.0.1", not_before=datetime(2000, 1, 1), not_after=datetime(2001, 1, 1)),  # noqa: DTZ001
            "the certificate has expired",
        ),
        (
            CA.issue_cert("127.0.0.1", not_before=datetime(2090, 1, 1), not_after=datetime(2091, 1, 1)),  # noqa: DTZ001
            "the certificate is not valid yet",
        ),
        (trustme.CA().issue_cert("127.0.0.1"), "the certificate is not trusted: who signed it is unknown"),
    ],
    ids=lambda value: value if isinstance(value, str) else "certificate",
)
def test_a_certificate_is_told_for_what_it_is(certificate: trustme.LeafCert, said: str) -> None:
    with serving(over_tls(context_of(certificate))) as port:
        assert problem(f"https://127.0.0.1:{port}/") == said


def test_a_certificate_that_nobody_trusts_is_no_lack_of_a_connection() -> None:
    with serving(over_tls(context_of(CA.issue_cert("127.0.0.1")))) as port:
        assert problem(f"https://127.0.0.1:{port}/") == "the certificate is not trusted: who signed it is unknown"


@pytest.mark.usefixtures("trusted")
def test_tls_that_does_not_come_about_is_told_in_words_of_openssl() -> None:
    context = context_of(CA.issue_cert("127.0.0.1"))
    context.set_ciphers("ECDHE-RSA-AES128-GCM-SHA256")  # which needs another kind of certificate
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with serving(over_tls(context)) as port:
        assert problem(f"https://127.0.0.1:{port}/").startswith("TLS failed: ")


def test_http_where_tls_is_meant() -> None:
    def talk(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\n\r\n")
        connection.recv(65536)  # until the other side has read it

    with serving(talk) as port:
        assert problem(f"https://127.0.0.1:{port}/") == "it speaks no TLS: use http"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        (b"\x15\x03\x01\x00\x02\x02\x46\r\n\r\n", "it speaks TLS: use https"),
        (b"", "the connection was closed without an answer; perhaps it wants https"),
        (b"nonsense\r\n\r\n", "the answer is not HTTP"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", "the answer broke off"),
        (OK, "200"),
    ],
    ids=ascii,
)
def test_answers_that_are_none(answer: bytes, said: str) -> None:
    with serving(plain(answer)) as port:
        assert problem(f"http://127.0.0.1:{port}/") == said


def test_a_connection_that_breaks() -> None:
    with serving(resetting) as port:
        assert problem(f"http://127.0.0.1:{port}/").startswith("the connection ")
    with serving(resetting) as port:
        assert problem(f"https://127.0.0.1:{port}/") == "the connection broke"


def test_nobody_listens() -> None:
    with socket.create_server(("127.0.0.1", 0)) as bound:
        port = bound.getsockname()[1]
    assert problem(f"http://127.0.0.1:{port}/") == "connection refused: nobody listens there"


def test_a_host_that_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert problem("http://unknown.example/") == "no host has this name"


def caused(error: httpx2.HTTPError, cause: BaseException) -> httpx2.HTTPError:
    error.__cause__ = cause
    return error


class SeveralError(OSError):
    """As the error of several addresses is, in one version of Python or another."""

    def __init__(self, *errors: Exception) -> None:
        self.exceptions = errors


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (caused(httpx2.ConnectError(""), socket.gaierror(socket.EAI_AGAIN, "")), "the host's name cannot be looked up"),
        (caused(httpx2.ConnectError(""), OSError(errno.ENETUNREACH, "")), "there is no way to the host"),
        (caused(httpx2.ConnectError(""), OSError(errno.EMFILE, "")), "no connection"),
        (
            caused(httpx2.ConnectError(""), SeveralError(ConnectionRefusedError())),
            "connection refused: nobody listens there",
        ),
        (httpx2.ConnectError("secret"), "no connection"),
        (caused(httpx2.ConnectError(""), ssl.SSLEOFError("secret")), "the connection broke"),
        (
            caused(httpx2.ConnectError(""), ssl.SSLCertVerificationError("secret")),
            "the certificate is not trusted: who signed it is unknown",
        ),
        (ssl.SSLError("secret"), "TLS failed: no reason given"),
        (httpx2.LocalProtocolError("secret"), "HTTP has no form for its headers"),
        (httpx2.ReadError("secret"), "the connection was closed without an answer"),
    ],
    ids=repr,
)
def test_words_are_of_ours(error: Exception, said: str) -> None:
    assert explain(error, is_tls=True) == said
