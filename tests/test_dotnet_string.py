"""The room `dotnet_string`: the wrapper of .NET senders comes off whole, or is an error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_context import DecodeError
from cds_context.dotnet_string import unwrap

NAMESPACE = b"http://schemas.microsoft.com/2003/10/Serialization/"
STRING = b"@\x06string\x08\x33" + NAMESPACE
BINARY = b"@\x0cbase64Binary\x08\x33" + NAMESPACE
SIZES = [1, 2, 4]


def record(text: bytes, kind: int, size: int) -> bytes:
    return bytes([kind]) + len(text).to_bytes(size, "little") + text


@given(st.binary(max_size=300), st.sampled_from([(STRING, 0x99), (BINARY, 0x9F)]))
def test_what_is_wrapped_comes_out(inner: bytes, form: tuple[bytes, int]) -> None:
    head, kind = form
    for step, size in enumerate(SIZES):
        if len(inner) < 256**size:
            assert unwrap(head + record(inner, kind + 2 * step, size)) == inner


@given(st.text(max_size=100))
def test_utf_16_comes_out_as_utf_8(inner: str) -> None:
    raw = inner.encode("utf-16-le")
    for step, size in enumerate(SIZES):
        assert unwrap(STRING + record(raw, 0xB7 + 2 * step, size)) == inner.encode()


@given(st.lists(st.binary(max_size=20), min_size=1))
def test_text_in_several_records_comes_out_as_one(pieces: list[bytes]) -> None:
    *firsts, last = pieces
    records = [record(piece, 0x98, 1) for piece in firsts] + [record(last, 0x99, 1)]
    assert unwrap(STRING + b"".join(records)) == b"".join(pieces)


def test_a_long_body_of_a_real_sender() -> None:
    inner = b'{"a":"' + b"x" * 70_000 + b'"}'
    assert unwrap(STRING + b"\x9d" + b"\x78\x11\x01\x00" + inner) == inner


@given(st.binary())
def test_what_is_not_wrapped_stays(body: bytes) -> None:
    assert unwrap(body) == body


BROKEN = [
    b"",
    b"\x99",
    b"\x99\x05abcd",
    b"\x99\x03abcd",
    b"\x98\x04abcd",
    b"\x9d\x04",
    b"\x9d\xff\xff\xff\x7f{}",
    b"\x42\x04abcd",
    b"\xb7\x03abc",
    b"\x99\x02{}\x01",
]


@pytest.mark.parametrize("rest", BROKEN)
@pytest.mark.parametrize("head", [STRING, BINARY])
def test_a_broken_wrapper_is_an_error(head: bytes, rest: bytes) -> None:
    with pytest.raises(DecodeError, match=r"a \.NET string around the body"):
        unwrap(head + rest)


def test_no_error_behind_a_broken_wrapper_holds_the_payload() -> None:
    with pytest.raises(DecodeError) as caught:
        unwrap(STRING + b"\xb7\x07secret!")
    assert caught.value.__context__ is None


@given(st.binary(max_size=50))
def test_garbage_after_the_head_is_text_or_an_error(rest: bytes) -> None:
    try:
        inner = unwrap(STRING + rest)
    except DecodeError:
        return
    assert len(inner) < len(rest) * 2


@pytest.mark.parametrize("near", [STRING[1:], STRING.replace(b"\x06", b"\x05"), STRING[:-1] + b"\x99\x02{}"])
def test_what_merely_looks_like_a_wrapper_stays(near: bytes) -> None:
    assert unwrap(near) == near
