"""What every receiver is asked, and what it must answer: one table for all frameworks, all clients and all servers.

The word "kanari" is in every key and in every body; `test_silence` and the fixture `shown` look for it.
"""

from __future__ import annotations

from typing import NamedTuple

from cds_context import encode_context
from cds_context.testing import Request, custom_api, examples, server_request, truncate, update
from cds_context.webhook import MAX_BYTES

KEY = "kanari-7mQz-r4Vd"
QUERY_KEY = "kanari+7mQz/ä €%&="
CANARIES = ("kanari", "Brandt", "Amélie")
"""Keys, and what is in the bodies."""

NOTE = {"note": "kanari"}  # stays when a server cuts
EVENT = update("contact", after={"lastname": "kanari"}, pre_image="PreImage", shared_variables=NOTE)
LARGE = update("contact", after={"description": "kanari " * 50_000}, shared_variables=NOTE)


class Case(NamedTuple):
    """One request and what becomes of it."""

    name: str
    request: Request
    status: int
    is_truncated: bool = False
    reason: str = ""
    """The beginning of the reason for a refusal."""


def _with_key(body: bytes) -> Request:
    return GOOD._replace(body=body)


def _with_key_of(key: str) -> Request:
    return GOOD._replace(headers=GOOD.headers | {"x-webhook-key": key})


GOOD = server_request(EVENT, http_headers={"X-Webhook-Key": KEY})
WITHOUT = server_request(EVENT)
CUT_BY_HEADER = GOOD._replace(
    headers=GOOD.headers | {"x-ms-dynamics-msg-size-exceeded": "true"},
    body=encode_context(truncate(custom_api("new_Ping", shared_variables=NOTE), absent=False)),
)
IN_QUERY = server_request(EVENT, webhook_key=QUERY_KEY)

TAKEN = [
    Case("the right key", GOOD, 204),
    Case("a header in capitals", GOOD._replace(headers={n.upper(): v for n, v in GOOD.headers.items()}), 204),
    Case("a body of exactly as many bytes as are allowed", _with_key(GOOD.body.ljust(MAX_BYTES)), 204),
    Case("a body that the server cut", server_request(LARGE, http_headers={"X-Webhook-Key": KEY}), 204, True),
    Case("a body with members left out", _with_key(encode_context(truncate(EVENT))), 204, True),
    Case("a body that looks whole, where the header says that it was cut", CUT_BY_HEADER, 204, True),
    Case("a body with members emptied", _with_key(encode_context(truncate(EVENT, absent=False))), 204, True),
]
REFUSED = [
    Case("a wrong key", _with_key_of("kanari-guess"), 401, reason="the request holds a wrong key"),
    Case("a key with more behind it", _with_key_of(f"{KEY}4"), 401, reason="the request holds a wrong key"),
    Case("an empty key", _with_key_of(""), 401, reason="the request holds a wrong key"),
    Case("no key", WITHOUT, 401, reason="the request lacks a key"),
    Case(
        "something in the query string",
        WITHOUT._replace(query="X-Webhook-Key=1"),
        401,
        reason="the request lacks a key",
    ),
    Case(
        "a wrong key and a body that is too large",
        _with_key_of("kanari-guess")._replace(body=b" " * 2**21),
        401,
        reason="the request holds a wrong key",
    ),
    Case(
        "a byte too many", _with_key(GOOD.body.ljust(MAX_BYTES + 1)), 413, reason="the body has more than 1048576 bytes"
    ),
    Case("many bytes too many", _with_key(b"kanari" * 500_000), 413, reason="the body has more than 1048576 bytes"),
    Case("nothing", _with_key(b""), 400, reason="the body is empty"),
    Case("another object", _with_key(b'{"kanari": "kanari"}'), 400, reason="the members `BusinessUnitId`, "),
    Case("an end too early", _with_key(GOOD.body[:-100]), 400, reason="malformed JSON: unterminated string"),
    Case("no JSON", _with_key(b"<kanari/>"), 400, reason="expected JSON, found XML"),
    Case("XML", _with_key(encode_context(EVENT, format="xml")), 400, reason="expected JSON, found XML"),
    Case(
        ".NET Binary", _with_key(encode_context(EVENT, format="binary")), 400, reason="expected JSON, found .NET Binary"
    ),
    Case("no UTF-8", _with_key(b'{"kanari": "\xff"}'), 400, reason="not UTF-8, at byte 12"),
    Case(
        "a wrong type",
        _with_key(GOOD.body.replace(b'"Depth":1', b'"Depth":"kanari"')),
        400,
        reason="expected an integer, found text - at `$.Depth`",
    ),
    Case("a deep nest", _with_key(b'{"kanari":' + b"[" * 100_000), 400, reason="nested deeper than "),
    Case("another method", GOOD._replace(method="PUT"), 405),
]
CASES = [*TAKEN, *REFUSED]
EXAMPLES = [Case(name, _with_key(body), 204, name == "update-too-large") for name, body in examples().items()]

KEYS_IN_QUERY = [
    Case("the right key", IN_QUERY, 204),
    Case("a form's plus", IN_QUERY._replace(query=IN_QUERY.query.replace("%20", "+")), 204),
    Case("among others", IN_QUERY._replace(query=f"a=1&{IN_QUERY.query}&b"), 204),
    Case("a wrong key", IN_QUERY._replace(query="code=kanari"), 401, reason="the request holds a wrong key"),
    Case(
        "a key that is not escaped",
        IN_QUERY._replace(query="code=kanari+7mQz/%C3%A4%20%E2%82%AC%&="),
        401,
        reason="the request holds a wrong key",
    ),
    Case(
        "the right key and a wrong one",
        IN_QUERY._replace(query=f"{IN_QUERY.query}&code=kanari"),
        401,
        reason="a key stands twice in the request",
    ),
    Case(
        "a wrong key and the right one",
        IN_QUERY._replace(query=f"code=kanari&{IN_QUERY.query}"),
        401,
        reason="a key stands twice in the request",
    ),
    Case("no key", IN_QUERY._replace(query=""), 401, reason="the request lacks a key"),
]
