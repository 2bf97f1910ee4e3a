"""The columns of a table of rows: found in the values of a first pass, or read from a schema of an earlier run.

How it works: a column has the kind of the first value that is not null. A value of another kind has a column of its
own beside, `name__kind`, and what no kind holds is text, in `name__text`. What a column of a schema stands for is in
its metadata, so a schema that was written with Parquet is read back as it was; without metadata, type and name tell it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Literal, TypeAlias

from msgspec import Struct

from ..errors import ArgumentError, ColumnError
from .arrow import BOOL, INT64, MOMENT, TEXT, TEXTS, WORD, Field, Schema, fields_of
from .cells import TYPES, Cell, json_text

OnConflict: TypeAlias = Literal["variant", "error", "json"]
"""What to do with a column that has values of several kinds."""

FIXED = {
    "event_id": TEXT,
    "moment": MOMENT,
    "message": WORD,
    "id": TEXT,
    "deleted": BOOL,
    "row_version": INT64,
    "known": TEXTS,
    "unplaced": TEXT,
    "source": WORD,
    "position": INT64,
}
"""The columns that every row has."""

LABEL, TEXT_BESIDE, ANY = "label", "text_beside", "any"
"""Roles of a column beside the kinds: labels of a choice, values as text that no kind holds, any value as JSON."""

_ROLES = {**TYPES, LABEL: TEXT, TEXT_BESIDE: TEXT, ANY: TEXT}
_COLUMN, _ROLE = "cds_context.column", "cds_context.role"


class Layout:
    """The columns of one table of rows, each with its roles in the order in which they were found."""

    def __init__(self, on_conflict: OnConflict = "variant", known: Schema | None = None) -> None:
        self._on_conflict = on_conflict
        self._fields: list[Field] = [] if known is None else list(_fields_in(known))
        self._roles: dict[str, list[str]] = {}
        for field in self._fields:
            column, role = _meaning(field)
            self._roles.setdefault(column, []).append(role)
        self._known = {column: [*roles] for column, roles in self._roles.items()}

    def note(self, column: str, kind: str, *, is_beside: bool) -> None:
        """Make room for a value of a kind, as text beside if need be. Raises ColumnError for a conflict."""
        roles = self._roles.setdefault(column, [])
        if ANY in roles:
            return
        if kind not in roles and not (kind == "integer" and "fraction" in roles):
            if kind == "fraction" and "integer" in roles and "integer" not in self._known.get(column, ()):
                roles[roles.index("integer")] = kind  # a fraction holds every integer
            elif not roles:
                roles += [kind, LABEL] if kind == "choice" else [kind]
            elif self._on_conflict == "error":
                raise ColumnError(column, roles[0], kind)
            elif self._on_conflict == "json" and column not in self._known:
                roles[:] = [ANY]
                return
            else:
                new = [kind, LABEL] if kind == "choice" else [TEXT_BESIDE if kind == "text" else kind]
                roles += [role for role in new if role not in roles]
        if is_beside and TEXT_BESIDE not in roles:
            roles.append(TEXT_BESIDE)

    def schema(self) -> Schema:
        """The columns that every row has, those of an earlier run, and those that were found since."""
        fields = [*(Field(name, kind, nullable=True) for name, kind in FIXED.items()), *self._fields]
        names = {field.name for field in fields}
        for column, roles in self._roles.items():
            for role in roles:
                if role not in self._known.get(column, ()):
                    name = _name(column, role, names, is_first=role == roles[0])
                    names.add(name)
                    fields.append(_field(name, column, role))
        return Schema(fields)


def _field(name: str, column: str, role: str) -> Field:
    return Field(name, _ROLES[role], nullable=True, metadata={_COLUMN: column, _ROLE: role})


def _name(column: str, role: str, names: set[str], *, is_first: bool) -> str:
    name = column if is_first else f"{column}__{'text' if role == TEXT_BESIDE else role}"
    if name in names:
        name += "__column"
    while name in names:
        name += "_"
    return name


def _fields_in(schema: Schema) -> Iterator[Field]:
    """The fields of a schema beside the fixed ones. Raises ArgumentError for a schema that is of no such table."""
    fields = fields_of(schema)
    if [field.name for field in fields[: len(FIXED)]] != [*FIXED]:
        raise ArgumentError(f"a schema of rows begins with the columns {', '.join(FIXED)}")
    for field in fields[len(FIXED) :]:
        column, role = _meaning(field)
        yield _field(field.name, column, role)


def _meaning(field: Field) -> tuple[str, str]:
    """The column and the role that a field stands for, by its metadata, else by its name and type."""
    said = field.metadata_str
    if said.get(_ROLE) in _ROLES:
        return said[_COLUMN], said[_ROLE]
    column, _, suffix = field.name.rpartition("__")
    if column and suffix in (*TYPES, LABEL):
        return column, TEXT_BESIDE if suffix == "text" else suffix
    for role, kind in TYPES.items():
        if field.type == kind:
            return field.name, role
    raise ArgumentError(f"no kind of column has the type of {field.name!r}")


class Place(Struct, frozen=True):
    """A column behind those that every row has, as a file can keep it."""

    name: str
    """The name in the schema."""
    column: str
    """The name in Dataverse."""
    role: str
    """The kind of column, or another role."""


def places_of(schema: Schema) -> list[Place]:
    """The columns of a schema that a file keeps."""
    fields = fields_of(schema)[len(FIXED) :]
    return [Place(field.name, *_meaning(field)) for field in fields]


def schema_of(places: Iterable[Place]) -> Schema:
    """The schema of columns that a file kept. Raises ArgumentError for what is in no schema."""
    fields = [Field(name, kind, nullable=True) for name, kind in FIXED.items()]
    for place in places:
        if place.role not in _ROLES or place.name in {field.name for field in fields}:
            raise ArgumentError(f"no schema of rows has such a column {place.name!r}")
        fields.append(_field(place.name, place.column, place.role))
    return Schema(fields)


class Plan:
    """Where the cells of a row stand in a schema."""

    def __init__(self, schema: Schema) -> None:
        self._places: dict[str, dict[str, int]] = {}
        for index, field in enumerate(fields_of(schema)[len(FIXED) :], len(FIXED)):
            column, role = _meaning(field)
            self._places.setdefault(column, {})[role] = index

    def place(self, column: str, value: Any, cell: Cell) -> tuple[int, Any] | None:
        """The index of the field that holds a value, and what stands there; None if there is no such field."""
        roles = self._places.get(column)
        if roles is None or cell.lost:
            return None
        if ANY in roles:
            return roles[ANY], json_text(value)
        if cell.value is None:
            return (roles[TEXT_BESIDE], cell.text) if cell.text is not None and TEXT_BESIDE in roles else None
        if cell.kind in roles:
            return roles[cell.kind], cell.value
        if cell.kind == "integer" and "fraction" in roles:
            return roles["fraction"], str(cell.value)
        if cell.kind == "text" and TEXT_BESIDE in roles:
            return roles[TEXT_BESIDE], cell.value
        return None

    def place_of_label(self, column: str) -> int | None:
        """The index of the field for the labels of a choice."""
        return self._places.get(column, {}).get(LABEL)
