"""The error tree, and how an error learns its path.

    CdsContextError
    ├── DecodeError (ValueError)      a body that is no RemoteExecutionContext
    ├── EncodeError (ValueError)      a value that the server's serializer cannot write
    ├── ColumnError (ValueError)      a column that is not of the type asked for
    ├── ParameterError (ValueError)   a parameter that should hold a row, and holds none
    ├── UnknownMomentError            a question about the moment of an operation that the body does not tell
    ├── TruncatedContextError         a question about members that the server cut from a large post
    ├── MissingImageError             a required image that is not registered
    ├── AmbiguousImageError           "the" image, where several are registered
    ├── AmbiguousTargetError          "the" row, where a bulk message is about several
    ├── AuthenticationError           a request without the expected keys
    ├── PayloadTooLargeError          a body of more bytes than allowed
    └── ArgumentError (ValueError)    an argument without a possible meaning
        ├── ArgumentTypeError (TypeError)  an argument of a wrong type, such as an object for a body
        └── BuildError                a context for a test that no server would send

No message holds content of a payload or of a key. Messages name members, positions and kinds of values.
"""

from __future__ import annotations

from typing import ClassVar


class CdsContextError(Exception):
    """The root of every error this package raises on purpose."""

    status: ClassVar[int] = 500
    """The HTTP status to answer when the error ends a request: 500 unless the request is at fault."""


class _PlacedError(CdsContextError, ValueError):
    """An error at one place of a body: `path` names the place, `reason` the fault."""

    def __init__(self, reason: str, path: str = "$") -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path

    def __str__(self) -> str:
        return f"{self.reason} - at `{self.path}`"


class DecodeError(_PlacedError):
    """The body is not a RemoteExecutionContext, or cannot be read without loss.

    `path` is a JSONPath such as ``$.InputParameters[0].value.Id``; `reason` names the expected and the found kind of
    value. Neither holds content of the body. `missing` holds the wire names of all members that the object at the path
    lacks; it is empty for every other fault.
    """

    status: ClassVar[int] = 400

    def __init__(self, reason: str, path: str = "$", missing: tuple[str, ...] = ()) -> None:
        super().__init__(reason, path)
        self.missing = missing

    def __reduce__(self) -> tuple[type[DecodeError], tuple[object, ...]]:
        return self.__class__, (self.reason, self.path, self.missing)


class EncodeError(_PlacedError):
    """A value that the server's serializer cannot write: a naive datetime, a foreign object, a key that is no text.

    `path` and `reason` are as in `DecodeError`.
    """


class ColumnError(CdsContextError, ValueError):
    """A column is not of the wanted type, is null where the wanted type excludes null, or is missing.

    `column` is the logical name; ``to.partyid`` is the column `partyid` of the rows in the column `to`. `wanted` is the
    wanted type, as text. `found` is the class of the value, ``null``, or ``nothing`` for a missing column; never the
    value. `found` ends in ``that does not fit`` if the class is right and the value is not, such as a number that an
    IntEnum lacks.
    """

    def __init__(self, column: str, wanted: str, found: str) -> None:
        super().__init__(column, wanted, found)
        self.column = column
        self.wanted = wanted
        self.found = found

    def __str__(self) -> str:
        return f"expected {self.wanted}, found {self.found} - in column `{self.column}`"


class ParameterError(_PlacedError):
    """An input parameter of one of the platform's own messages is not of its kind, or is missing.

    No server writes such a body: a tool between server and reader turned a row into text, null, or something else. The
    body can be read, but no answer that needs the parameter could be right. `parameter` is the parameter's name. `path`
    is as in `DecodeError`, from the context that was asked; `reason` names the expected and the found kind of value.
    `cause` names the kind of tool that makes such a change, and is empty where nothing hints at a tool. None of these
    holds content of the body.

    Remedy: have the tool pass the body on unchanged. See "What tools do to a body" of the page "Errors".
    """

    status: ClassVar[int] = 400

    def __init__(self, parameter: str, reason: str, path: str, cause: str = "") -> None:
        super().__init__(reason, path)
        self.parameter = parameter
        self.cause = cause

    def __reduce__(self) -> tuple[type[ParameterError], tuple[object, ...]]:
        return self.__class__, (self.parameter, self.reason, self.path, self.cause)

    def __str__(self) -> str:
        return f"{self.reason}{self.cause and f': {self.cause}'} - at `{self.path}`"


class TruncatedContextError(CdsContextError):
    """The server cut the context, because the post was too large; `members` names the members that were removed.

    Remedy: read the row from Dataverse, by `record`, or register the step with fewer columns in its images. A repeat
    of the post would be cut the same way.
    """

    def __init__(self, members: tuple[str, ...]) -> None:
        super().__init__(members)
        self.members = members

    def __str__(self) -> str:
        return (
            f"the server cut this context, which was too large, and took out {', '.join(self.members)}: "
            "read the row from Dataverse, or register images with fewer columns"
        )


class UnknownMomentError(CdsContextError):
    """The body does not tell when the operation was created.

    In asynchronous steps the server writes a moment that is wrong by the offset of its zone, and .NET Binary leaves
    that offset out; so what arrives cannot be put right, and no other moment would be more than a guess. The same holds
    for a moment out of the years 1 to 9999.

    Remedy: have the service endpoint write JSON or XML, or take `createdon` of the system job.
    """

    def __init__(self) -> None:
        super().__init__("the body does not tell when the operation was created: .NET Binary leaves out the offset")


class MissingImageError(CdsContextError):
    """A required image is missing: the image was deleted from the step's registration, or has another name.

    `kind` is ``pre`` or ``post``. `name` is the wanted name, None for any; `names` are the registered names. Remedy:
    register the image again; events until then lack it.
    """

    def __init__(self, kind: str, name: str | None, names: tuple[str, ...]) -> None:
        super().__init__(kind, name, names)
        self.kind = kind
        self.name = name
        self.names = names

    def __str__(self) -> str:
        called = "" if self.name is None else f" called {self.name!r}"
        others = f", but {', '.join(map(repr, self.names))}" if self.names else ""
        return f"the step has no {self.kind}-image{called}{others}: register it again"


class AmbiguousImageError(CdsContextError):
    """No image was named, and several are registered. Remedy: ask for one of `names`."""

    def __init__(self, names: tuple[str, ...]) -> None:
        super().__init__(names)
        self.names = names

    def __str__(self) -> str:
        return f"several images are registered, name one of them: {', '.join(map(repr, self.names))}"


class AmbiguousTargetError(CdsContextError):
    """The event is about several rows, `count` of them. Ask about each of `targets`."""

    def __init__(self, count: int) -> None:
        super().__init__(count)
        self.count = count

    def __str__(self) -> str:
        return f"the event is about {self.count} rows: pass one of `targets` as `target`"


class AuthenticationError(CdsContextError):
    """The request lacks a required key, or holds a wrong or a repeated one; the message does not say which key."""

    status: ClassVar[int] = 401


class PayloadTooLargeError(CdsContextError):
    """The body has more bytes than the receiver allows, and was not read."""

    status: ClassVar[int] = 413


class ArgumentError(CdsContextError, ValueError):
    """An argument without a possible meaning: an empty key, a second handler for the same events, text that is no id.

    Further cases: the name of an image, for a context whose images have other names; a value for `to_plain` or `redact`
    that no context can hold, because its type is foreign or it nests without end; a type for a column, or a class for a
    row, with annotations that cannot be read.
    """


class ArgumentTypeError(ArgumentError, TypeError):
    """An argument of a wrong type: parsed JSON, a file or a request, where a body's bytes belong.

    The message names the found type, and the member of such an object that has the bytes, but none of its content.
    """


class BuildError(ArgumentError):
    """A builder of `cds_context.testing` was asked for a context that no server would send; the message says why."""


class Fault(Exception):  # noqa: N818 - internal: reader and writer turn each fault into an error of the tree above
    """A reason that collects its path while it is raised: each level adds its own step, from the inside outward."""

    def __init__(self, reason: str, missing: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.missing = missing
        self.steps: list[str] = []

    def within(self, step: str) -> Fault:
        """Add one step, outward: `.Member` or `[index]`."""
        self.steps.append(step)
        return self

    @property
    def path(self) -> str:
        """The whole path, from the root."""
        return "$" + "".join(reversed(self.steps))
