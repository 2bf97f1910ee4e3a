"""The room `wrappings`, by the errors of the reader: what is no context is called by its name, with the way out."""

from __future__ import annotations

import json
from base64 import b64encode
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from cds_context import DecodeError, parse_context, peek_context, validate
from cds_context.wire.wrappings import FORM, MULTIPART

from ..bodies import EXAMPLE, SMALL
from .test_dotnet_string import STRING
from .test_unwrapping import BUSINESS_EVENT, LAYERS, as_text, dotnet

EXPECTED = "expected an object with the members of a RemoteExecutionContext"
TAKES_OUT = "holds the body: `cds_context.unwrap` takes it out"
CLOUD_EVENT = f"a CloudEvents event, whose `data` or `data_base64` {TAKES_OUT}"
CONNECTOR = f"a message of Logic Apps' Service Bus connector, whose `ContentData` {TAKES_OUT}"
BASE64 = "Base64: `cds_context.unwrap` decodes it"
DOTNET = "a .NET string around the body: `cds_context.unwrap` takes it off, as `receive_message` does"
BUSINESS = "a business event of finance and operations (BusinessEventId, ControlNumber, …), which is no context"

BOUNDARY = b"--" + b"b" * 70  # as long as can be
PART = b'\r\nContent-Disposition: form-data; name="payload"\r\n\r\n'

NAMED: list[tuple[bytes, str]] = [
    (LAYERS["connector"](EXAMPLE), CONNECTOR),
    (LAYERS["connector, in lower case"](EXAMPLE), CONNECTOR),
    (LAYERS["CloudEvents"](EXAMPLE), CLOUD_EVENT),
    (LAYERS["CloudEvents, in Base64"](EXAMPLE), CLOUD_EVENT),
    (LAYERS["Event Grid"](EXAMPLE), f"an Event Grid event, whose `data` {TAKES_OUT}"),
    (LAYERS["Logic Apps"](EXAMPLE), f"a content of Logic Apps, whose `$content` {TAKES_OUT}"),
    (LAYERS["export"](EXAMPLE), f"an exported message, whose `body` {TAKES_OUT}"),
    (LAYERS["byte order mark"](EXAMPLE), f"an exported message, whose `body` {TAKES_OUT}"),
    (LAYERS["array"](EXAMPLE), "an array of contexts: `cds_context.unwrap` takes them apart"),
    (b"[" + LAYERS["CloudEvents"](EXAMPLE) + b"]", f"an array with {CLOUD_EVENT}"),
    (as_text(LAYERS["CloudEvents"](EXAMPLE)), CLOUD_EVENT),
    (b64encode(EXAMPLE), BASE64),
    (b64encode(b64encode(EXAMPLE)), BASE64),
    (b64encode(dotnet(EXAMPLE)), BASE64),
    (b64encode(b"\xef\xbb\xbf\r\n" + EXAMPLE), BASE64),
    (b64encode(as_text(EXAMPLE)), BASE64),
    (b64encode(as_text(b64encode(EXAMPLE))), BASE64),
    (as_text(b64encode(EXAMPLE)), BASE64),
    (dotnet(EXAMPLE), DOTNET),
    (dotnet(EXAMPLE).decode("utf-8", "replace").encode(), DOTNET),
    (dotnet(b"\xff"), DOTNET),
    (STRING, DOTNET),
    (json.dumps(BUSINESS_EVENT).encode(), BUSINESS),
    (json.dumps([BUSINESS_EVENT]).encode(), f"an array with {BUSINESS}"),
    (urlencode({"payload": EXAMPLE}).encode(), FORM),
    (urlencode({"id": 7, "payload": EXAMPLE}).encode(), FORM),
    (b"\xef\xbb\xbf\npayload=" + EXAMPLE, FORM),
    (b"payload=7", FORM),
    (quote(EXAMPLE).encode(), FORM),
    (quote(EXAMPLE).lower().encode() + b"=", FORM),
    (as_text(urlencode({"payload": EXAMPLE}).encode()), FORM),
    (BOUNDARY + PART + EXAMPLE + b"\r\n" + BOUNDARY + b"--\r\n", MULTIPART),
    (b"\r\n--b\ncontent-type: application/json\n\n" + EXAMPLE + b"\n--b--", MULTIPART),
    (b"--b" + PART + b"\xff\xd8\xff", MULTIPART),
    (b"------WebKitFormBoundary7MA4YWxkTrZu0gW" + PART + EXAMPLE, MULTIPART),
]


@pytest.mark.parametrize(("raw", "found"), NAMED)
def test_what_a_relay_made_of_a_body_is_named(raw: bytes, found: str) -> None:
    for read in (parse_context, peek_context):
        with pytest.raises(DecodeError) as caught:
            read(raw)
        assert (caught.value.reason, caught.value.path) == (f"{EXPECTED}, found {found}", "$")
    (finding,) = validate(raw).findings
    assert (finding.code, finding.message, finding.path) == ("CDS103", f"{EXPECTED}, found {found}", "$")


NOT_NAMED = [
    *(b"a = {}", b"=a", b"aGVsbG8=", b"level=info msg=started", b"%7D"),  # no form data
    *(b"--", b"--b\r\n", b"-- select\nfrom", b"-\ncontent-type: text/plain"),  # no parts
    *(b"--b\nc", b"--\ncon", b"---\ncontent-type: text/plain", b"--- \r\nContent-Length: 7"),
]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"{}", "the members `BusinessUnitId`, `CorrelationId`, `Depth`, "),
        (b'{"a":1}', "the members `BusinessUnitId`, `CorrelationId`, `Depth`, "),
        (b'{"MessageName":1,"body":{}}', "the members `BusinessUnitId`, `CorrelationId`, `Depth`, "),
        (b'{"specversion":"1.0","OrganizationId":""}', "the members `BusinessUnitId`, `CorrelationId`, `Depth`, "),
        (b"[]", EXPECTED),
        (b"[1]", EXPECTED),
        (b'[{"a":1}]', EXPECTED),
        (b'["e"]', EXPECTED),
        (b"7", EXPECTED),
        (b'"\\"a\\""', EXPECTED),
        (b"", "the body is empty"),
        *((raw, "malformed JSON: ") for raw in NOT_NAMED),
        (b"@\x06string", "malformed JSON: expecting value, at line 1 column 1"),
        (b"Even this sentence is Base64", "malformed JSON: expecting value, at line 1 column 1"),
        (b"In the beginning it was too", "malformed JSON: expecting value, at line 1 column 1"),
        (b"eyJhIjox\xff", "not UTF-8, at byte 8"),
        (b"A===", "malformed JSON: expecting value, at line 1 column 1"),
        (b"====", "malformed JSON: expecting value, at line 1 column 1"),
        (b"=", "malformed JSON: expecting value, at line 1 column 1"),
    ],
)
def test_what_nobody_knows_is_told_as_before(raw: bytes, reason: str) -> None:
    with pytest.raises(DecodeError) as caught:
        parse_context(raw)
    assert caught.value.reason.startswith(reason)


def test_a_context_may_have_members_that_a_wrapping_has() -> None:
    more: dict[str, Any] = {"body": 1, "specversion": "1.0", "data": {}, "eventType": "x", "ContentData": "x"}
    context = parse_context(json.dumps(SMALL | more))
    assert set(context.unknown_members) == set(more)
