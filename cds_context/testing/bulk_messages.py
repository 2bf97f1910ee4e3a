"""Builders of the messages about several rows of a table. `events` puts the context together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from cds_context import (
    EntityCollection,
    EntityReference,
    FetchExpression,
    QueryByAttribute,
    QueryExpression,
    RemoteExecutionContext,
    UnknownValue,
)

from ..errors import BuildError
from ..model.kinds import XRM
from .events import Event, context_of, subject_of
from .steps import Options, check_id, id_of, step_of
from .values import NO_ROW, Row, Subject, filled

if TYPE_CHECKING:
    from typing_extensions import Unpack

_UPSERT_RESPONSE = f"UpsertResponse:{XRM}"


class _Bulk:
    """The rows of one message, and the step that runs on it."""

    def __init__(
        self, message: str, table: str, count: int, ids: Sequence[UUID] | None, key: str | None, options: Options
    ) -> None:
        if ids is not None and len(ids) != count:
            raise BuildError("`ids`: one for each row")
        for each in ids or ():
            check_id("ids", each)
        self.table = table
        self.step = step_of(message, options, one_row=False)
        self.subjects = [self._subject(ids[row] if ids else self._id(row), key) for row in range(count)]

    def _id(self, row: int) -> UUID:
        return id_of("row", self.table, self.step.seed, row)

    def _subject(self, row_id: UUID, key: str | None) -> Subject:
        named: dict[str, Any] = {"id": row_id} if key is None else {"id": row_id, "primary_key": key}
        return subject_of(self.table, self.step, named)

    def context(self, asked: Any, completed: Any = None, **answered: Any) -> RemoteExecutionContext:
        """PrimaryEntityId is zeros: no row is the one."""
        event = Event(
            table=self.table,
            asked={"Targets": asked},
            completed=None if completed is None else {"Targets": completed},
            answered=answered,
        )
        return context_of(event, self.step)

    def targets(self, rows: Sequence[Row], stamp: Row = NO_ROW) -> EntityCollection:
        """The rows as sent, or with the columns that the platform adds."""
        sent = [
            subject.sent(filled(subject.keyed(row), stamp)) for subject, row in zip(self.subjects, rows, strict=True)
        ]
        # A client's collection has zero here; the default of the record, -1, is for the answer of a query.
        return EntityCollection(sent, self.table, total_record_count=0)


def create_multiple(
    table: str,
    *,
    after: Sequence[Row],
    ids: Sequence[UUID] | None = None,
    primary_key: str | None = None,
    **options: Unpack[Options],
) -> RemoteExecutionContext:
    """CreateMultiple: the rows in `after`, in one context; the server posts their single Creates too.

    OutputParameters hold `Ids` in stage 40.
    """
    bulk = _Bulk("CreateMultiple", table, len(after), ids, primary_key, options)
    stamp = bulk.step.stamp()
    stamp = {"createdon": stamp["modifiedon"], "createdby": stamp["modifiedby"], **stamp}
    found = [str(subject.id) for subject in bulk.subjects]
    return bulk.context(bulk.targets(after), bulk.targets(after, stamp), Ids=found)


def update_multiple(
    table: str,
    *,
    after: Sequence[Row],
    ids: Sequence[UUID] | None = None,
    primary_key: str | None = None,
    **options: Unpack[Options],
) -> RemoteExecutionContext:
    """UpdateMultiple: the columns that are sent for each row, in one context."""
    bulk = _Bulk("UpdateMultiple", table, len(after), ids, primary_key, options)
    return bulk.context(bulk.targets(after), bulk.targets(after, bulk.step.stamp()))


def upsert_multiple(
    table: str,
    *,
    after: Sequence[Row],
    created: Sequence[bool] | None = None,
    ids: Sequence[UUID] | None = None,
    primary_key: str | None = None,
    **options: Unpack[Options],
) -> RemoteExecutionContext:
    """UpsertMultiple: the columns that are sent for each row; `created` tells for each whether it is new (None: all).

    OutputParameters hold `Results` in stage 40, an `UpsertResponse` for each row, as `UnknownValue`s. Their shape
    follows the SDK's type, without a sample.
    """
    bulk = _Bulk("UpsertMultiple", table, len(after), ids, primary_key, options)
    flags = [True] * len(after) if created is None else [*created]
    if len(flags) != len(after):
        raise BuildError("`created`: one for each row")
    results = [_upserted(subject.reference(), new) for subject, new in zip(bulk.subjects, flags, strict=True)]
    return bulk.context(bulk.targets(after), Results=results)


def _upserted(row: EntityReference, new: bool) -> UnknownValue:  # noqa: FBT001
    pairs: list[Any] = [{"key": "RecordCreated", "value": new}, {"key": "Target", "value": row}]
    return UnknownValue(_UPSERT_RESPONSE, {"ResponseName": "Upsert", "Results": pairs})


def delete_multiple(table: str, *, ids: Sequence[UUID], **options: Unpack[Options]) -> RemoteExecutionContext:
    """DeleteMultiple, of elastic tables: the rows `ids`, in one context."""
    bulk = _Bulk("DeleteMultiple", table, len(ids), ids, None, options)
    return bulk.context([subject.reference() for subject in bulk.subjects])


def retrieve_multiple(
    table: str,
    *,
    rows: Sequence[Row] = (),
    query: QueryExpression | FetchExpression | QueryByAttribute | None = None,
    ids: Sequence[UUID] | None = None,
    primary_key: str | None = None,
    **options: Unpack[Options],
) -> RemoteExecutionContext:
    """RetrieveMultiple: `rows` are the result, in stage 40; the default query is FetchXML for all columns."""
    bulk = _Bulk("RetrieveMultiple", table, len(rows), ids, primary_key, options)
    found = [subject.stored(subject.keyed(row)) for subject, row in zip(bulk.subjects, rows, strict=True)]
    fetch = FetchExpression(query=f'<fetch><entity name="{table}"><all-attributes/></entity></fetch>')
    event = Event(
        table=table,
        asked={"Query": query or fetch},
        answered={"BusinessEntityCollection": EntityCollection(found, table)},
    )
    return context_of(event, bulk.step)
