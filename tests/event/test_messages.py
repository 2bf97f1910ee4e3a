"""The room `messages`: the table is whole, and the documentation, the builders and the examples agree with it.

What each message answers is the table of `test_context`.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from cds_context import Entity, EntityReference, RemoteExecutionContext, parse_context
from cds_context.event.messages import MESSAGES, ROW_PARAMETERS, How, Message, Primary
from cds_context.testing import examples, set_state

from ..conformance import serialized

ANSWERS = Path(__file__).parents[2] / "docs" / "answers.md"

STAMP = MESSAGES["Update"].sets_along


def _row(message: Message) -> str:
    rows = " or ".join(parameter.name for parameter in message.rows if parameter.how is not How.QUERY) or "–"
    cells = (
        f"{message.record.name}; {rows} is where it goes" if message.record else rows,
        _PRIMARY[message.primary],
        _written(message),
        _along(message),
        " and ".join(when for when, made in (("pre", message.pre_image), ("post", message.post_image)) if made) or "–",
        ", ".join(f"`{name}`" for name in message.answers) or "–",
    )
    return " | ".join(cells)


_PRIMARY = {Primary.ROW: "the row", Primary.ZEROS: "zeros", Primary.OTHER: "another row"}


def _written(message: Message) -> str:
    columns = ["the row's columns"] * message.submits_rows
    columns += [
        f"`{each.column}` ({each.name})" if each.column else f"{each.name}'s columns" for each in message.columns
    ]
    return ", ".join(columns) or "–"


def _along(message: Message) -> str:
    own = [f"`{column}`" for column in message.sets_along if column not in STAMP]
    return ", ".join(own + ["*stamp*"] * set(STAMP).issubset(message.sets_along)) or "–"


def test_the_documentation_has_the_table() -> None:
    lines: dict[str, list[str]] = {}
    for message in MESSAGES.values():
        lines.setdefault(_row(message), []).append(message.name)
    table = "\n".join(f"| {', '.join(names)} | {cells} |" for cells, names in lines.items())
    text = ANSWERS.read_text("utf-8")
    assert table in text, f"the table of messages should be\n{table}"
    assert f"*stamp*: {', '.join(f'`{column}`' for column in STAMP)}" in text


CONTEXTS = [parse_context(body) for name, body in examples().items() if name != "update-too-large"]


@pytest.mark.parametrize("name", MESSAGES)
def test_the_examples_are_as_the_table_says(name: str) -> None:
    message = MESSAGES[name]
    found = [context for context in CONTEXTS if context.message_name == name]
    assert found
    for context in found:
        _check_names(context, message)
        if context.stage == 40:
            assert set(message.answers) <= context.output_parameters.keys()
        assert message.pre_image or not context.pre_entity_images
        assert message.post_image or not context.post_entity_images


def _check_names(context: RemoteExecutionContext, message: Message) -> None:
    assert len(message.marks & context.input_parameters.keys()) == 1
    assert {column.name for column in message.columns} <= context.input_parameters.keys()
    if message.is_of_many:
        return
    target = context.target
    assert isinstance(target, Entity if message.submits_rows else EntityReference)
    has_primary = context.primary_entity_id.int != 0
    if message.primary is Primary.ROW:
        # Before a Create the row need not have an id.
        assert has_primary or (message.creates and context.stage < 30)
        assert not has_primary or (context.record and context.record.id == context.primary_entity_id)
    else:
        assert has_primary == (message.primary is Primary.OTHER)
        assert context.record
        assert context.record.id != context.primary_entity_id


def test_the_platforms_own_bodies_name_their_rows_as_the_table_says() -> None:
    contexts = [parse_context(body) for name, body in serialized().items() if name.startswith("msg_")]
    for context in contexts:
        message = MESSAGES.get(context.message_name or "")
        if message:
            assert len(message.marks & context.input_parameters.keys()) == 1
            assert {column.name for column in message.columns} <= context.input_parameters.keys()


def test_a_parameter_means_the_same_in_every_message() -> None:
    parameters = [parameter for message in MESSAGES.values() for parameter in message.rows]
    assert all(
        parameter == ROW_PARAMETERS[parameter.name] for parameter in parameters if parameter.how is not How.QUERY
    )


def test_images_exist_for_a_message_under_another_name() -> None:
    context = set_state("account", state=1, status=2, pre_image="PreImage", message_name="SetStateDynamicEntity")
    assert MESSAGES["SetStateDynamicEntity"].pre_image
    assert context.pre_image()
