"""Labels of changes: beside the value that they belong to, from a documented view, and only for those who ask."""

from __future__ import annotations

import copy
import pickle
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from cds_context import (
    Change,
    ChangeStatus,
    Entity,
    EntityReference,
    OptionSetValue,
    RemoteExecutionContext,
    parse_context,
    to_plain,
)
from cds_context.event.changes import compare, compare_rows, same_value
from cds_context.testing import Formatted, assign, create, examples, update
from cds_context.testing.strategies import events

CAPTURES = Path(__file__).parents[3] / "shared" / "captures"
BODIES = {**examples(), **{path.name: path.read_bytes() for path in sorted(CAPTURES.glob("*.json"))}}
ONE, TWO = EntityReference("systemuser", UUID(int=1)), EntityReference("systemuser", UUID(int=2))
NAMED = EntityReference("systemuser", UUID(int=1), "Ines")


def row(value: Any, label: str | None = None) -> Entity:
    return Entity("account", attributes={"c": value}, formatted_values={} if label is None else {"c": label})


def choice(number: int) -> OptionSetValue:
    return OptionSetValue(number)


# before, after, submitted, its label: the labels of the old and of the new value
CASES: list[tuple[Entity | None, Entity | None, Any, str | None, tuple[str | None, str | None]]] = [
    (row(choice(1), "One"), row(choice(2), "Two"), choice(2), None, ("One", "Two")),
    (row(choice(1), "One"), None, choice(2), "Two", ("One", "Two")),
    (row(choice(1), "One"), None, choice(2), None, ("One", None)),
    # From another view, where the value is the same.
    (row(choice(1), "One"), None, choice(1), None, ("One", "One")),
    (row(choice(1)), None, choice(1), "One", ("One", "One")),
    (row(choice(1)), row(choice(1), "One"), choice(1), None, ("One", "One")),
    (row(choice(1)), row(choice(2)), choice(2), "Two", (None, "Two")),
    # A plug-in wrote another value than was submitted: its label is not that of the new value.
    (None, row(choice(2)), choice(1), "One", (None, None)),
    (row(choice(1)), row(choice(2)), choice(1), "One", ("One", None)),
    # The nearest view comes first.
    (row(choice(1), "Before"), row(choice(1), "After"), choice(1), "Sent", ("Before", "After")),
    (row(choice(1)), None, choice(1), "Sent", ("Sent", "Sent")),
    # Lookups.
    (row(NAMED), None, TWO, None, ("Ines", None)),
    (row(ONE), None, NAMED, None, ("Ines", "Ines")),
    (row(ONE, "Ines F."), None, NAMED, None, ("Ines F.", "Ines")),
    (row(EntityReference("account", key_attributes={"a": 1})), None, NAMED, None, (None, "Ines")),
    # Nothing is no value, and an empty text no label.
    (None, None, choice(1), "One", (None, "One")),
    (row(choice(1), "One"), None, None, "One", ("One", None)),
    (None, None, UNSET, "One", (None, None)),
    (row(choice(1), ""), None, choice(2), "", (None, None)),
]


@pytest.mark.parametrize(("before", "after", "submitted", "label", "expected"), CASES)
def test_a_label_stands_beside_its_value(
    before: Entity | None, after: Entity | None, submitted: Any, label: str | None, expected: tuple[str | None, ...]
) -> None:
    change = compare({"c": submitted}, before, after, row=row(submitted, label)).columns["c"]
    assert (change.old_label, change.new_label) == expected
    assert (change.old_label, change.new_label) == expected  # and again, when it has been found


def test_two_images_have_the_labels() -> None:
    changes = compare_rows(row(choice(1), "One"), row(choice(2), "Two"))
    assert (changes["c"].old_label, changes["c"].new_label) == ("One", "Two")


def test_an_event_has_the_labels() -> None:
    before, after = Formatted(choice(1), "Any"), Formatted(choice(2), "Email")
    event = update("contact", before={"kind": before}, after={"kind": after}, pre_image="Pre", post_image="Post")
    change = event.changes()["kind"]
    assert (change.old_label, change.new_label) == ("Any", "Email")
    assert (event.compare_images()["kind"].old_label, event.compare_images()["kind"].new_label) == ("Any", "Email")
    assert event.changes(row(choice(1), "Else"))["kind"].old_label is None  # the row says nothing of the column
    stored = Entity("contact", attributes={"kind": choice(1)}, formatted_values={"kind": "Else"})
    assert event.changes(stored)["kind"].old_label == "Else"
    assert create("contact", after={"kind": after}, post_image="Post").changes()["kind"].new_label == "Email"
    assigned = assign("account", assignee=TWO, before={"ownerid": NAMED}, pre_image="Pre").changes()["ownerid"]
    assert (assigned.old_label, assigned.new_label) == ("Ines", None)
    assert assign("account", assignee=NAMED).changes()["ownerid"].new_label == "Ines"


def changed() -> Change:
    return compare({"c": choice(2)}, row(choice(1), "One"), row=row(choice(2), "Two"))["c"]


LABELLED = Change("c", choice(1), choice(2), ChangeStatus.CHANGED, old_label="One", new_label="Two")


def test_labels_belong_to_a_change_in_every_way() -> None:
    assert changed() == LABELLED
    assert (changed() != LABELLED) is False
    assert changed() != msgspec.structs.replace(LABELLED, new_label=None)
    assert changed() != "c"
    assert hash(changed()) == hash(LABELLED)
    assert repr(changed()) == repr(LABELLED)
    assert repr(changed()).endswith("submitted=True, old_label='One', new_label='Two')")
    assert "label" not in repr(compare({"c": 1}, None)["c"])
    assert changed().__rich_repr__() == LABELLED.__rich_repr__()
    assert to_plain(changed())["old_label"] == "One"


def pickled(value: Any) -> Any:
    return pickle.loads(pickle.dumps(value))


COPIES: list[Any] = [copy.copy, copy.deepcopy, pickled]


@pytest.mark.parametrize("copied", COPIES)
def test_copies_have_the_labels(copied: Any) -> None:
    assert copied(changed()) == LABELLED
    assert copied(compare({"c": choice(2)}, row(choice(1), "One")))["c"].old_label == "One"


def test_a_pickle_holds_labels_and_no_images() -> None:
    image = Entity("account", attributes={"c": choice(1), "other": "kanari"}, formatted_values={"c": "One"})
    assert b"kanari" not in pickle.dumps(compare({"c": choice(2)}, image))


def test_nobody_looks_for_labels_before_somebody_asks() -> None:
    context = parse_context(examples()["update"])
    changes = context.changes()
    image: Any = context.pre_image(required=True)
    assert image._raw_formatted_values.__class__ is list  # not folded
    assert changes["preferredcontactmethodcode"].old_label
    assert image._raw_formatted_values.__class__ is not list


def views(context: RemoteExecutionContext) -> Iterator[Entity]:
    rows = [*context.targets, *context.input_parameters.values()]
    yield from (one for one in rows if isinstance(one, Entity))
    images = (*context.pre_entity_images.values(), *context.post_entity_images.values())
    yield from (image for image in images if image is not None)


def check(context: RemoteExecutionContext) -> int:
    """Look whether each label stands beside its value in the body; how many there are."""
    found = 0
    for target in context.targets or (None,):
        for change in context.changes(target=target).columns.values():
            for value, label in ((change.old, change.old_label), (change.new, change.new_label)):
                if label is not None:
                    found += 1
                    assert any(
                        one.formatted(change.column) == label and same_value(one[change.column], value)
                        for one in views(context)
                        if change.column in one
                    ) or (isinstance(value, EntityReference) and value.name == label)
    return found


@pytest.mark.parametrize("name", BODIES)
def test_labels_of_every_example_and_capture_are_of_their_values(name: str) -> None:
    context = parse_context(BODIES[name])
    if not context.is_truncated and len(context.pre_entity_images) < 2:
        check(context)


def test_examples_have_labels() -> None:
    assert sum(check(parse_context(examples()[name])) for name in ("update", "create", "assign")) > 3


@given(events(), st.data())
def test_labels_of_any_event_are_of_their_values(context: RemoteExecutionContext, data: st.DataObject) -> None:
    if not context.is_truncated and max(len(context.pre_entity_images), len(context.post_entity_images)) < 2:
        check(context)
