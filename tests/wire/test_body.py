"""The room `body`: what is taken for one, and what is said of anything else."""

from __future__ import annotations

import io
from array import array
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cds_context import ArgumentError, ArgumentTypeError
from cds_context.wire.body import is_longer, plain_body


class Text(str):
    __slots__ = ()


class Request:
    """What a framework has."""

    def get_data(self) -> bytes:
        raise AssertionError

    def read(self) -> bytes:
        raise AssertionError


class Message:
    """What a client has."""

    @property
    def body(self) -> bytes:
        raise AssertionError


def released() -> memoryview:
    view = memoryview(b"confidential")
    view.release()
    return view


@pytest.mark.parametrize("body", [b"ab", bytearray(b"ab"), memoryview(b"a-b-")[::2], array("B", b"ab")])
def test_bytes_of_any_kind_are_bytes(body: Any) -> None:
    plain = plain_body(body)
    assert type(plain) is bytes
    assert plain == b"ab"


def test_text_of_any_class_is_text() -> None:
    assert type(plain_body(Text("ab"))) is str
    assert plain_body(Text("ab")) == "ab"


PARSED = "JSON that was parsed has lost how its numbers were spelled and which keys stood twice"


@pytest.mark.parametrize(
    ("wrong", "found"),
    [
        (None, "None"),
        (7, "int"),
        ({"confidential": 1}, f"a dict: {PARSED}, so pass the bytes that it was parsed from"),
        (["confidential"], f"a list: {PARSED}, so pass the bytes that it was parsed from"),
        (io.BytesIO(b"confidential"), "BytesIO: pass what its `read()` has"),
        (Path("confidential"), f"{type(Path()).__name__}: pass what its `read_bytes()` has"),
        (Request(), "Request: pass what its `get_data()` has"),
        (Message(), "Message: pass what its `body` has"),
        (SimpleNamespace(body=b""), "SimpleNamespace"),
        (released(), "memoryview"),
    ],
)
def test_anything_else_is_refused_and_not_looked_into(wrong: Any, found: str) -> None:
    looks: list[Callable[[Any], object]] = [plain_body, partial(is_longer, most=1)]
    for look in looks:
        with pytest.raises(ArgumentTypeError) as caught:
            look(wrong)
        assert str(caught.value) == f"expected the body as bytes or text, found {found}"
        assert isinstance(caught.value, ArgumentError)
        assert isinstance(caught.value, TypeError)
        assert caught.value.__context__ is None


@given(st.text(max_size=20), st.integers(0, 90))
def test_a_text_is_as_long_as_its_bytes(text: str, most: int) -> None:
    assert is_longer(text, most) is (len(text.encode("utf-8", "surrogatepass")) > most)
