"""That the decoder's twins are written as servers do, and that nobody ever holds one."""

from __future__ import annotations

import copy
import pickle
import threading
from decimal import Decimal
from typing import Any

import pytest

import cds_context as c
from cds_context.codec.fast import REFERENCE, ROW
from cds_context.model.records import Record, twin_of
from cds_context.testing import examples, update

_IMAGE = c.Entity("account", attributes={"name": "Old", "revenue": c.Money(Decimal(2))})
_BODY = c.encode_context(
    update("account", after={"name": "New"}, pre_entity_images={"pre": _IMAGE, "none": None}, parent_context=None)
)


def _parsed() -> c.RemoteExecutionContext:
    return c.parse_context(_BODY)


def test_a_twin_has_the_members_of_its_class() -> None:
    for twin, cls in ((ROW, c.Entity), (REFERENCE, c.EntityReference)):
        assert twin is twin_of(cls)
        assert twin is not cls
        assert twin.__struct_fields__ == cls.__struct_fields__
        assert twin.__struct_encode_fields__ == cls.__struct_encode_fields__


def test_the_decoder_puts_twins_where_the_type_is_declared() -> None:
    raw: Any = _parsed()
    assert [pair.value.__class__ for pair in raw._raw_pre_entity_images] == [ROW, type(None)]
    assert raw._raw_owning_extension.__class__ is REFERENCE


def _read(context: c.RemoteExecutionContext) -> list[Any]:
    return [context.owning_extension, context.pre_image("pre"), *context.pre_entity_images.values()]


def _itself(context: c.RemoteExecutionContext) -> c.RemoteExecutionContext:
    return context


def _pickled(context: c.RemoteExecutionContext) -> c.RemoteExecutionContext:
    same: c.RemoteExecutionContext = pickle.loads(pickle.dumps(context))
    return same


_AGAIN: list[Any] = [_itself, copy.copy, copy.deepcopy, _pickled]


@pytest.mark.parametrize("again", _AGAIN)
def test_nobody_holds_a_twin(again: Any) -> None:
    parsed = again(_parsed())
    for _ in range(2):
        reference, image, same, none = _read(parsed)
        assert type(reference) is c.EntityReference
        assert type(image) is c.Entity
        assert image is same
        assert none is None
        assert image == _IMAGE
        assert repr(image).startswith("Entity(logical_name='account'")
        assert parsed.owning_extension is reference
        assert c.encode_context(parsed) == _BODY


def test_a_pattern_matches_what_was_a_twin() -> None:
    match _parsed():
        case c.RemoteExecutionContext(owning_extension=c.EntityReference(logical_name=table), pre_entity_images=images):
            assert table == "sdkmessageprocessingstep"
            assert [type(image) for image in images.values()] == [c.Entity, type(None)]
        case _:
            pytest.fail("no match")


def test_a_context_is_written_as_it_came_read_or_not() -> None:
    for body in [_BODY, *examples().values()]:
        context = c.parse_context(body)
        unread = c.encode_context(context)
        _look_into(context)
        assert c.encode_context(context) == unread


def _look_into(value: Any) -> None:
    if isinstance(value, Record):
        assert type(value) not in {ROW, REFERENCE}
        for name in type(value).__struct_fields__:
            _look_into(getattr(value, name))
    elif hasattr(value, "values"):
        for item in value.values():
            _look_into(item)


def test_threads_that_read_first_get_equal_answers() -> None:
    for _ in range(50):
        context, seen = _parsed(), list[Any]()
        start = threading.Barrier(4)

        def read(context: c.RemoteExecutionContext = context, start: Any = start, seen: Any = seen) -> None:
            start.wait(timeout=60)
            seen.append([*_read(context), context.record, dict(context.changes().columns)])

        threads = [threading.Thread(target=read) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=60)
        assert len(seen) == 4
        assert all(answer == seen[0] for answer in seen)
        assert c.encode_context(context) == _BODY
