"""The room `tools.variations`: the request for an event, varied."""

from __future__ import annotations

from hypothesis import given
from msgspec import UNSET
from msgspec.structs import replace

from cds_context import RemoteExecutionContext, parse_context
from cds_context.testing import examples, garble, server_request, truncate, update
from cds_context.testing.strategies import contexts, events
from cds_context.tools.variations import Variation, fresh

EVENT = update("contact", before={"fullname": "Amélie"}, after={"fullname": "Zoë"}, pre_image="PreImage")
IDS = ("correlation_id", "operation_id", "request_id")


def test_nothing_varied_is_the_request_of_a_server() -> None:
    assert Variation(webhook_key="k").request(EVENT) == server_request(EVENT, webhook_key="k")


def test_text_is_garbled() -> None:
    assert Variation(garbled=True).request(EVENT).body == garble(server_request(EVENT).body)


def test_members_are_cut_and_a_header_says_so() -> None:
    request = Variation(truncated=True).request(EVENT)
    assert request.body == server_request(truncate(EVENT)).body
    assert request.headers["x-ms-dynamics-msg-size-exceeded"] == "true"


def test_a_header_says_that_an_event_was_cut_before() -> None:
    event = parse_context(examples()["update-too-large"])
    assert Variation().request(event).headers["x-ms-dynamics-msg-size-exceeded"] == "true"


def test_fresh_ids_make_another_delivery() -> None:
    event = fresh(EVENT)
    assert event.idempotency_key not in (EVENT.idempotency_key, fresh(EVENT).idempotency_key)
    assert Variation(fresh_ids=True).request(EVENT).body != server_request(EVENT).body


@given(contexts() | events())
def test_fresh_ids_are_equal_where_ids_were_and_all_else_stays(event: RemoteExecutionContext) -> None:
    before, after = ([each, *each.parents] for each in (event, fresh(event)))
    pairs = {(getattr(old, name), getattr(new, name)) for old, new in zip(before, after, strict=True) for name in IDS}
    assert len(pairs) == len({old for old, _ in pairs}) == len({new for _, new in pairs})
    assert all((old == new) == (old is None or old.int == 0) for old, new in pairs)
    restored = [
        replace(new, parent_context=UNSET, **{name: getattr(old, name) for name in IDS})
        for old, new in zip(before, after, strict=True)
    ]
    assert restored == [replace(old, parent_context=UNSET) for old in before]
    assert after[-1].parent_context == before[-1].parent_context
