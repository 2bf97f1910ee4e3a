"""Builders of the data events of finance and operations apps, whose rows are those of virtual tables.

The platform keeps no row of a virtual table, and makes no images. An event is raised when the other system has written
the row, in stage 40.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from cds_context import RemoteExecutionContext, Stage, Value

from ..errors import BuildError
from .events import Event, context_of
from .steps import Options, Step, check_id, id_of, step_of
from .values import NO_ROW, Row, Subject

if TYPE_CHECKING:
    from typing_extensions import Unpack


def on_external_created(
    table: str, *, after: Row = NO_ROW, id: UUID | None = None, company: str = "usmf", **options: Unpack[Options]
) -> RemoteExecutionContext:
    """OnExternalCreated: the virtual table has a new row `after`, such as one of `mserp_vendorv2entity`.

    `company` is the legal entity, in the row's column `mserp_dataareaid`, if `after` does not hold that column.
    PrimaryEntityId is zeros: only Target names the row.
    """
    step = _step("OnExternalCreated", options)
    return _told(table, step, _row_of(table, step, id).sent({"mserp_dataareaid": company, **after}))


def on_external_updated(
    table: str, *, after: Row = NO_ROW, id: UUID | None = None, company: str = "usmf", **options: Unpack[Options]
) -> RemoteExecutionContext:
    """OnExternalUpdated: as `on_external_created`, when a row of the virtual table has other values.

    There are no images, so every column may have changed.
    """
    step = _step("OnExternalUpdated", options)
    return _told(table, step, _row_of(table, step, id).sent({"mserp_dataareaid": company, **after}))


def on_external_deleted(table: str, *, id: UUID | None = None, **options: Unpack[Options]) -> RemoteExecutionContext:
    """OnExternalDeleted: a row of the virtual table is gone. PrimaryEntityId is zeros: only Target names the row."""
    step = _step("OnExternalDeleted", options)
    return _told(table, step, _row_of(table, step, id).reference())


def _step(message: str, options: Options) -> Step:
    given: dict[str, Any] = {
        "shared_variables": {"IsAutoTransact": True, "DefaultsAddedFlag": True},
        "parent_context": None,  # the platform does nothing itself that could be the cause
        **options,
    }
    step = step_of(message, given, one_row=False)
    if step.stage != Stage.POST_OPERATION:
        raise BuildError(f"`stage`: {message} is raised when the other system is done, in stage 40")
    return step


def _row_of(table: str, step: Step, row_id: UUID | None) -> Subject:
    known = _row_id(table, step.seed) if row_id is None else check_id("id", row_id)
    return Subject(table, known, f"{table}id", "mserp_name")


def _row_id(table: str, seed: int) -> UUID:
    """An id as these apps make it: the number of the table, and that of the row in little-endian bytes."""
    number = id_of("table", table).int % 0x10000
    return UUID(bytes=number.to_bytes(8, "big")[4:] + bytes(4) + (_FIRST_ROW + seed).to_bytes(8, "little"))


_FIRST_ROW = 0x150001A5E
"""These apps number rows from 5637144576 on."""


def _told(table: str, step: Step, target: Value) -> RemoteExecutionContext:
    return context_of(Event(table=table, asked={"Target": target}), step)
