"""The error tree, and how an error learns its place.

    CdsContextError
    ├── DecodeError (ValueError)      a body that is no RemoteExecutionContext
    ├── EncodeError (ValueError)      a value that the wire has no form for
    ├── ColumnError (ValueError)      a column that is not of the type asked for
    ├── ParameterError (ValueError)   a row that was named or written, and is no row any more
    ├── TruncatedContextError         a question about what the server cut from a large post
    ├── MissingImageError             an image that was asked for as required, and is not registered
    ├── AmbiguousImageError           "the" image, where several are registered
    ├── AmbiguousTargetError          "the" row, where a bulk message is about several
    ├── AuthenticationError           a request whose keys are not the expected ones
    ├── PayloadTooLargeError          a body of more bytes than allowed
    └── ArgumentError (ValueError)    an argument that nobody can mean
        ├── ArgumentTypeError (TypeError)  an argument of a type that is not taken, such as an object for a body
        └── BuildError                a context for a test that no server would send

No message holds content of a payload or of a key: a place is told by member names and positions, a value by its kind.
"""

from __future__ import annotations

from typing import ClassVar


class CdsContextError(Exception):
    """The root of every error this package raises on purpose."""

    status: ClassVar[int] = 500
    """The HTTP status to answer when the error ends a request: 500 unless the request is at fault."""


class _PlacedError(CdsContextError, ValueError):
    """An error at one place of a body: `path` says where, `reason` what is wrong there."""

    def __init__(self, reason: str, path: str = "$") -> None:
        super().__init__(reason, path)
        self.reason = reason
        self.path = path

    def __str__(self) -> str:
        return f"{self.reason} - at `{self.path}`"


class DecodeError(_PlacedError):
    """The body is not a RemoteExecutionContext, or not one that can be read without loss.

    `path` is a JSONPath such as ``$.InputParameters[0].value.Id``; `reason` says what was expected and
    what kind of thing was found. Neither holds content of the body. `missing` are the members that the object at the
    path lacks, if that is what is wrong: all of them, by their names on the wire.
    """

    status: ClassVar[int] = 400

    def __init__(self, reason: str, path: str = "$", missing: tuple[str, ...] = ()) -> None:
        super().__init__(reason, path)
        self.missing = missing
        if missing:
            self.args += (missing,)  # for copies and pickles


class EncodeError(_PlacedError):
    """A value that the server's serializer has no form for: a naive datetime, a foreign object, a key that is no text.

    `path` and `reason` are as in `DecodeError`.
    """


class ColumnError(CdsContextError, ValueError):
    """A column is not of the type that was asked for, is null where null is none of its values, or is missing.

    `column` is its logical name; ``to.partyid`` is one of a row in a column. `wanted` is the type asked for, as text.
    `found` is the class of the value, ``null``, or ``nothing`` for a missing column; never the value. It ends in
    ``that does not fit`` where the class would do, as for a number that an IntEnum does not have.
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

    No server writes such a body: a tool on its way turned a row into text, null, or something else. The body can be
    read, and no answer that needs the parameter could be right. `parameter` is its name. `path` is as in `DecodeError`,
    from the context that was asked; `reason` says what was expected and what kind of thing was found, and `cause` what
    kind of tool does such a thing, empty where nothing hints at one. None of these holds content of the body.

    What to do: have the body passed on as it came. See "What tools do to a body" of the page "Errors".
    """

    status: ClassVar[int] = 400

    def __init__(self, parameter: str, reason: str, path: str, cause: str = "") -> None:
        super().__init__(reason, path)
        self.args = (parameter, reason, path, cause)
        self.parameter = parameter
        self.cause = cause

    def __str__(self) -> str:
        return f"{self.reason}{self.cause and f': {self.cause}'} - at `{self.path}`"


class TruncatedContextError(CdsContextError):
    """The server cut the context, because the post was too large; `members` are what it took out, by their names.

    What to do: read the row from Dataverse, by `record`, or register the step with fewer columns in its images. A
    repeat of the post would be cut the same way.
    """

    def __init__(self, members: tuple[str, ...]) -> None:
        super().__init__(members)
        self.members = members

    def __str__(self) -> str:
        return (
            f"the server cut this context, which was too large, and took out {', '.join(self.members)}: "
            "read the row from Dataverse, or register images with fewer columns"
        )


class MissingImageError(CdsContextError):
    """An image that is required is not there: it was deleted from the step's registration, or has another name.

    `kind` is ``pre`` or ``post``, `name` the one that was asked for, None for any, and `names` are those that are
    registered. What to do: register the image again; events until then lack it.
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
    """No image was named, and several are registered; `names` are theirs. Name one."""

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
    """The request does not hold the keys that it must hold. Says whether one is missing, wrong or twice, not which."""

    status: ClassVar[int] = 401


class PayloadTooLargeError(CdsContextError):
    """The body has more bytes than the receiver allows; it was not read."""

    status: ClassVar[int] = 413


class ArgumentError(CdsContextError, ValueError):
    """An argument that nobody can mean: an empty key, a second handler for the same events, text that is no id.

    Also the name of an image, asked about a context whose images have other names.
    Also a value to be made plain or redacted that no context holds: of a foreign type, or nested without end. And a
    type to read a column as, or a class to read a row into, whose annotations cannot be read.
    """


class ArgumentTypeError(ArgumentError, TypeError):
    """An argument of a type that is not taken: JSON that was parsed, a file or a request, where a body's bytes belong.

    The message names the type that was found, and where such an object has the bytes; nothing of what is in it.
    """


class BuildError(ArgumentError):
    """A builder of `cds_context.testing` was asked for a context that no server would send; the message says why."""


class Fault(Exception):  # noqa: N818 - it never leaves the package: reader and writer turn it into one of the above
    """A reason on its way out, collecting its path from the inside outward."""

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
