"""A body in, a report out: whether it can be read, whether it is whole, and whether a server wrote it so.

Puts the findings together; `inspection` and `spelling` look for them, `findings` says what they mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sized
from decimal import Decimal
from functools import cached_property

from .context import RemoteExecutionContext
from .decoding import Body, parse_context
from .encoding import encode_context
from .errors import DecodeError, EncodeError, TruncatedContextError
from .findings import RULES, Finding, Report, Severity
from .garbling import repair
from .inspection import Oddity, inspect
from .members import MEMBERS
from .places import Places, Step, Steps, unquote
from .spelling import Difference, compare, kind

__all__ = ["Finding", "Report", "Severity", "validate"]


def validate(body: Body, *, repair_text: bool = False) -> Report:
    """What is to be said of a body: an error if `parse_context` refuses it, and what no server of today writes.

    A report without findings means that the body is whole, in the server's own form, and known to this package in all
    its parts. `repair_text` is as in `parse_context`; the report is then about the repaired text.

    Raises nothing but TypeError, for an argument that is neither bytes nor text.
    """
    if isinstance(body, str):
        text = body
    else:
        try:
            text = str(body, "utf-8")
        except UnicodeDecodeError as error:
            return _report_no_text(bytes(body)[: error.start].decode(), error.start)
    return _report(repair(text) if repair_text else text)


def _report_no_text(before: str, byte: int) -> Report:
    sheet = _Sheet(before)
    return Report(context=None, findings=(sheet.finding("CDS101", f"not UTF-8, at byte {byte}", len(sheet.document)),))


def _report(text: str) -> Report:
    sheet = _Sheet(text)
    try:
        context = parse_context(text)
    except DecodeError as error:
        return Report(context=None, findings=(_refusal(sheet, error),))
    found = [*_of_server(sheet, context), *_of_form(sheet), *_of_content(sheet, context)]
    found.sort(key=lambda finding: (finding.line, finding.column, finding.code))
    return Report(context=context, findings=tuple(found))


class _Sheet:
    """A body's text and the JSON document in it, which are two things if a relay put the one into the other."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._outer = text.removeprefix("\ufeff")
        inner = self._outer.strip(_BLANK)
        self._wrapper = Places(self._outer) if inner.startswith('"') else None
        self.is_wrapped = self._wrapper is not None and self._wrapper.fault is None
        self.document = unquote(inner).removeprefix("\ufeff") if self.is_wrapped else self._outer

    @cached_property
    def places(self) -> Places:
        """The places in the document. Most bodies give no finding, and need none."""
        return Places(self.document)

    def finding(self, code: str, message: str, offset: int = 0, path: str | None = None) -> Finding:
        """What is said about the place at an offset in the document."""
        line, column = self._position(offset)
        rule = RULES[code]
        return Finding(
            code=code,
            severity=rule.severity,
            message=message,
            advice=rule.advice,
            path=_path(self.places.steps_at(offset)) if path is None else path,
            line=line,
            column=column,
        )

    def _position(self, offset: int) -> tuple[int, int]:
        if self._wrapper is None or not self.is_wrapped:
            return self.places.position(offset)
        return self._wrapper.position(self._origins[offset])

    @cached_property
    def _origins(self) -> list[int]:
        """Where in the text around it each character of the document stands, and its end."""
        start, end = self._outer.index('"') + 1, self._outer.rindex('"')
        origins = [match.start() for match in _CHARACTER.finditer(self._outer, start, end)]
        return [*origins[len(origins) - len(self.document) :], end]


_BLANK = " \t\r\n"
_CHARACTER = re.compile(r"(?s)\\u[dD][89abAB]..\\u[dD][c-fC-F]..|\\u....|\\.|.")


# What is found


def _refusal(sheet: _Sheet, error: DecodeError) -> Finding:
    places = sheet.places
    if places.fault is None:
        return sheet.finding("CDS103", error.reason, places.find(_steps(error.path)), error.path)
    if places.ends_early:
        return sheet.finding("CDS102", f"the text ends where {places.awaited} should follow", places.fault)
    return sheet.finding("CDS101", f"malformed JSON: expected {places.awaited}", places.fault)


def _of_server(sheet: _Sheet, context: RemoteExecutionContext) -> Iterator[Finding]:
    """What a server did to it."""
    try:
        context.require_complete()
    except TruncatedContextError as error:
        missing = [member.wire for member in MEMBERS[RemoteExecutionContext] if member.field in error.members]
        yield sheet.finding("CDS201", f"without {', '.join(missing)}, which the server took out")
    if repair(sheet.text) != sheet.text:
        first = next(offset for offset, each in enumerate(sheet.document) if not each.isascii())
        yield sheet.finding("CDS202", "UTF-8 that was read as CP1252 and encoded again", first)


def _of_form(sheet: _Sheet) -> Iterator[Finding]:
    """How it is written otherwise than a server would."""
    try:
        written = encode_context(parse_context(sheet.text, parse_float=Decimal)).decode()
    except (DecodeError, EncodeError) as error:
        offset = sheet.places.find(_steps(error.path))
        yield sheet.finding("CDS306", f"cannot be written back: {error.reason}", offset, error.path)
        return
    if written == sheet.text:
        return
    if sheet.text.startswith("\ufeff"):
        yield sheet.finding("CDS303", "a byte order mark")
    if sheet.is_wrapped:
        yield sheet.finding("CDS304", "the JSON stands in a JSON string")
    spelling = compare(sheet.document, written)
    if spelling.spaces:
        yield sheet.finding("CDS301", f"white space{_in_places(spelling.spaces)}", spelling.spaces[0])
    if spelling.escapes:
        text = f"text that a server escapes otherwise{_in_places(spelling.escapes)}"
        yield sheet.finding("CDS302", text, spelling.escapes[0])
    if spelling.difference:
        yield _difference(sheet, spelling.difference)


def _difference(sheet: _Sheet, difference: Difference) -> Finding:
    found, wanted = difference.found, difference.wanted
    if difference.in_members:
        text = f"{_member(found)} stands where a server writes {_member(wanted)}"
        return sheet.finding("CDS305", text, difference.offset)
    same = kind(found) == kind(wanted)
    text = f"{kind(found)} {'in another spelling than a server gives it' if same else f'in place of {kind(wanted)}'}"
    return sheet.finding("CDS306", text, difference.offset)


def _member(token: str) -> str:
    if token[0] != '"':
        return kind(token)
    name = unquote(token)
    return f"`{name}`" if name in _KNOWN else "another member"


_SAID: dict[Oddity, tuple[str, str]] = {
    Oddity.UNKNOWN_TYPE: ("CDS401", "the type {} is not known"),
    Oddity.UNKNOWN_MEMBER: ("CDS402", "the member {} is not known"),
    Oddity.NEWER_ABSENT: ("CDS403", "without {}, which newer servers write"),
    Oddity.ABSENT: ("CDS307", "a row without {}, which every server writes"),
    Oddity.CONTRADICTION: ("CDS203", "the parameters are another message's than the name says"),
    Oddity.ISO_DATE: ("CDS501", "a date and time in ISO 8601"),
    Oddity.WRAPPED: ("CDS502", "a value in an object with `__value`"),
    Oddity.NO_DATE: ("CDS503", "text that begins as a date and is none that can be held"),
    Oddity.NO_TYPE: ("CDS504", "an object without `__type`"),
}


def _of_content(sheet: _Sheet, context: RemoteExecutionContext) -> Iterator[Finding]:
    """What is odd in it; each kind and name once, where it stands first."""
    seen: dict[tuple[Oddity, str], list[Steps]] = {}
    for sight in inspect(context):
        seen.setdefault((sight.oddity, sight.name), []).append(sight.steps)
    for (oddity, name), all_steps in seen.items():
        code, text = _SAID[oddity]
        message = text.format(_shown(name)) + _in_places(all_steps)
        yield sheet.finding(code, message, sheet.places.find(all_steps[0]), _path(all_steps[0]))


def _in_places(places: Sized) -> str:
    return f", in {len(places)} places" if len(places) > 1 else ""


def _shown(name: str) -> str:
    """A name in a message: not too long, and nothing in it that a terminal obeys."""
    visible = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in name[:_LONGEST])
    return f"`{visible}{'…' if name[_LONGEST:] else ''}`"


_LONGEST = 120


# Paths

_KNOWN = {member.wire for members in MEMBERS.values() for member in members} | {"__type"}
_STEP = re.compile(r"\.(\w+)|\[([0-9]+)\]|(\[…\])")


def _path(steps: Steps) -> str:
    """As in errors: a name that this package does not know could be content."""
    return "$" + "".join(map(_spelled, steps))


def _spelled(step: Step) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step}" if step in _KNOWN else "[…]"


def _steps(path: str) -> Iterator[Step]:
    """The steps of an error's path, as far as they are known."""
    for name, index, unknown in _STEP.findall(path):
        if unknown:
            return
        yield name or int(index)
