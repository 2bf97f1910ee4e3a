"""The room `dotnet_string`: the wrapper of .NET senders comes off whole, or is an error."""

from __future__ import annotations

import codecs
from collections.abc import Callable

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cds_context import DecodeError
from cds_context.wire.dotnet_string import take_off

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
            assert take_off(head + record(inner, kind + 2 * step, size)) == inner


@given(st.text(max_size=100))
def test_utf_16_comes_out_as_utf_8(inner: str) -> None:
    raw = inner.encode("utf-16-le")
    for step, size in enumerate(SIZES):
        assert take_off(STRING + record(raw, 0xB7 + 2 * step, size)) == inner.encode()


@given(st.lists(st.binary(max_size=20), min_size=1))
def test_text_in_several_records_comes_out_as_one(pieces: list[bytes]) -> None:
    *firsts, last = pieces
    records = [record(piece, 0x98, 1) for piece in firsts] + [record(last, 0x99, 1)]
    assert take_off(STRING + b"".join(records)) == b"".join(pieces)


ENDS = [0x98, 0x9A, 0x9C, 0x9E, 0xA0, 0xA2]


@pytest.mark.parametrize("kind", ENDS)
@given(inner=st.binary(max_size=200))
def test_the_element_may_end_behind_its_last_record(kind: int, inner: bytes) -> None:
    size = SIZES[(kind - 0x98) // 2 % 3]
    assert take_off(STRING + record(inner, kind, size) + b"\x01") == inner
    assert take_off(STRING + record(b"{}", kind, size) + record(inner, kind, size) + b"\x01") == b"{}" + inner


def test_a_text_in_utf_16_may_end_behind_its_last_record() -> None:
    assert take_off(STRING + record("{é}".encode("utf-16-le"), 0xB6, 1) + b"\x01") == "{é}".encode()


def test_a_long_body_of_a_real_sender() -> None:
    inner = b'{"a":"' + b"x" * 70_000 + b'"}'
    assert take_off(STRING + b"\x9d" + b"\x78\x11\x01\x00" + inner) == inner


@given(st.binary())
def test_what_is_not_wrapped_stays(body: bytes) -> None:
    assert take_off(body) == body


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
    b"\x98\x02{}\x01\x01",
    b"\x98\x02{}\x01{}",
    b"\x98\x02{}\x02",
    b"\x01",
]


@pytest.mark.parametrize("rest", BROKEN)
@pytest.mark.parametrize("head", [STRING, BINARY])
def test_a_broken_wrapper_is_an_error(head: bytes, rest: bytes) -> None:
    with pytest.raises(DecodeError, match=r"a \.NET string around the body"):
        take_off(head + rest)


def test_no_error_behind_a_broken_wrapper_holds_the_payload() -> None:
    with pytest.raises(DecodeError) as caught:
        take_off(STRING + b"\xb7\x07secret!")
    assert caught.value.__context__ is None


def _apart(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "\ufffd" * (error.end - error.start), error.end


def _kept(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return error.object[error.start : error.end].decode("latin-1"), error.end


codecs.register_error("tests.apart", _apart)
codecs.register_error("tests.kept", _kept)

Decode = Callable[[bytes], str]
LOSSY: dict[str, Decode] = {
    "UTF-8": lambda raw: raw.decode("utf-8", "replace"),
    "UTF-8, a character a byte": lambda raw: raw.decode("utf-8", "tests.apart"),
}
WAYS: dict[str, Decode] = {
    **LOSSY,
    "UTF-8, reversible": lambda raw: raw.decode("utf-8", "surrogateescape"),
    "Latin-1": lambda raw: raw.decode("latin-1"),
    "CP1252": lambda raw: raw.decode("cp1252", "tests.kept"),
}
"""How tools decode bytes that are no text."""


@pytest.mark.parametrize(
    ("way", "ending"),
    [
        (way, ending)
        for way in WAYS
        for ending in ("in the record", "apart", "stripped")
        if ending[0] != "s" or way in LOSSY
    ],
)
@given(inner=st.text("{}éa€😀", max_size=80).map(lambda text: "{" + text), size=st.sampled_from(SIZES))
def test_a_wrapper_that_was_decoded_to_text_comes_off(way: str, ending: str, inner: str, size: int) -> None:
    raw = inner.encode()
    assume(len(raw) < 256**size)
    kind = (0x98 if ending != "in the record" else 0x99) + 2 * SIZES.index(size)
    text = WAYS[way](STRING + record(raw, kind, size) + (b"\x01" if ending == "apart" else b""))
    assert take_off(text.encode("utf-8", "surrogatepass")) == raw


LENGTHS = [*range(1, 300), 0x1914, 0xC3A9, 0xA4C3, 0x9F80, 0x80E1, 0x70000, 0xE280E]
"""Lengths whose bytes are text, are none, and are text together with each other."""


@pytest.mark.parametrize("size", SIZES)
def test_whatever_becomes_of_a_length_the_wrapper_comes_off(size: int) -> None:
    for length in (length for length in LENGTHS if length < 256**size):
        raw = b"{".ljust(length)
        for kind in (0x98, 0x99):
            for decode in LOSSY.values():
                text = decode(STRING + record(raw, kind + 2 * SIZES.index(size), size))
                assert take_off(text.encode()) == raw


@pytest.mark.parametrize("way", WAYS)
def test_a_cut_in_what_was_decoded_to_text_is_noticed(way: str) -> None:
    # A length of which no byte is lost. Of others a part is, and a reader of JSON must notice.
    text = WAYS[way](STRING + record(b'{"a":"'.ljust(0x0712, b"x") + b'"}', 0x9B, 2)).encode("utf-8", "surrogatepass")
    assert take_off(text).endswith(b'"}')
    for broken in (text[:-1], text[:-100], text[:-100] + b'"}', text + b"}", text.replace(b"xx", b"x", 1)):
        with pytest.raises(DecodeError):
            take_off(broken)


def test_several_records_that_were_decoded_to_text_are_an_error() -> None:
    raw = record(b'{"a":', 0x98, 1) + record(b'"b"}', 0x99, 1)
    with pytest.raises(DecodeError):
        take_off((STRING + raw).decode("utf-8", "replace").encode())
    assert take_off((STRING + raw).decode("latin-1").encode()) == b'{"a":"b"}'


@given(st.binary(max_size=50))
def test_garbage_after_the_head_is_text_or_an_error(rest: bytes) -> None:
    try:
        inner = take_off(STRING + rest)
    except DecodeError:
        return
    assert len(inner) < len(rest) * 2


@pytest.mark.parametrize("near", [STRING[1:], STRING.replace(b"\x06", b"\x05"), STRING[:-1] + b"\x99\x02{}"])
def test_what_merely_looks_like_a_wrapper_stays(near: bytes) -> None:
    assert take_off(near) == near
