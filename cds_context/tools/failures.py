"""Why a post got no answer, in words that tell what to look at. Connects to nothing.

The words hold nothing of the address, and nothing of what came back.
"""

from __future__ import annotations

import errno
import socket
import ssl
from collections.abc import Iterator

import httpx2

_CERTIFICATES = {
    9: "the certificate is not valid yet",
    10: "the certificate has expired",
    18: "the certificate is not trusted: it is signed by itself",
    23: "the certificate is revoked",
    62: "the certificate is for another host",
    64: "the certificate is for another host",
}
"""By the numbers of OpenSSL, `x509_vfy.h`."""
_NO_TLS = frozenset(
    {"HTTP_REQUEST", "PACKET_LENGTH_TOO_LONG", "RECORD_LAYER_FAILURE", "UNKNOWN_PROTOCOL", "WRONG_VERSION_NUMBER"}
)
"""What one version or another of OpenSSL calls an answer that is no TLS."""
_ALERT = r"illegal status line: bytearray(b'\x15\x03"
"""How h11 calls the answer of a server that wants TLS: the head of an alert. Source: RFC 8446, 5.1."""
_CUT = "peer closed connection without sending complete message body"
_SILENT = "Server disconnected without sending a response."
_UNREACHABLE = frozenset({errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EADDRNOTAVAIL})


def explain(error: Exception, *, is_tls: bool) -> str:
    """Why there was no answer; `is_tls` says that the address is one of https."""
    if isinstance(error, httpx2.LocalProtocolError):
        return "HTTP has no form for its headers"
    causes = [*_causes(error)]
    for each in causes:
        if told := _of_system(each):
            return told
    if isinstance(error, httpx2.ConnectError):
        return "the connection broke" if _is_broken(causes) else "no connection"
    if _CUT in str(error):
        return "the answer broke off"
    if any(type(each).__module__.startswith("h11") for each in causes):
        return "it speaks TLS: use https" if _ALERT in str(error) else "the answer is not HTTP"
    return "the connection was closed without an answer" + ("" if is_tls else "; perhaps it wants https")


def is_silence(error: httpx2.TransportError) -> bool:
    """Whether the connection ended or broke before the head of an answer was there."""
    return isinstance(error, httpx2.NetworkError) or str(error) == _SILENT


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    """An error and all that is behind it; several addresses of a host fail in a group."""
    while error is not None:
        yield error
        for each in getattr(error, "exceptions", ()):
            yield from _causes(each)
        error = error.__cause__ or error.__context__


def _of_system(error: BaseException) -> str:
    """What the system says of a connection, or OpenSSL."""
    match error:
        case ssl.SSLCertVerificationError():
            code = getattr(error, "verify_code", 0)  # which not every system gives
            return _CERTIFICATES.get(code, "the certificate is not trusted: who signed it is unknown")
        case ssl.SSLEOFError():
            return ""
        case ssl.SSLError():
            reason = getattr(error, "reason", None)
            return "it speaks no TLS: use http" if reason in _NO_TLS else f"TLS failed: {_words(reason)}"
        case socket.gaierror(errno=number):
            return "the host's name cannot be looked up" if number == socket.EAI_AGAIN else "no host has this name"
        case ConnectionRefusedError():
            return "connection refused: nobody listens there"
        case OSError(errno=number) if number in _UNREACHABLE:
            return "there is no way to the host"
        case _:
            return ""


def _words(reason: str | None) -> str:
    return (reason or "no reason given").lower().replace("_", " ")


def _is_broken(causes: list[BaseException]) -> bool:
    return any(isinstance(each, ConnectionError | ssl.SSLEOFError) for each in causes)
