"""A body in, a report out: whether it can be read, whether it is whole, and whether a server wrote it so.

The findings are put together here; `inspection` and `spelling` look for them, `findings` explains them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from msgspec.structs import replace

from ..codec.decoding import parse_context
from ..codec.encoding import encode_json
from ..errors import DecodeError, EncodeError, ParameterError, TruncatedContextError
from ..event.context import RemoteExecutionContext
from ..model.kinds import MEMBERS
from ..model.late import Late
from ..wire.body import Body, plain_body
from ..wire.formats import Format, format_of
from ..wire.garbling import repair
from ..wire.wrappings import name_of_text, no_context
from .findings import COMPLETE_IT, Finding, Report
from .inspection import Oddity, inspect
from .locating import KNOWN, Locator, read_path
from .places import Path, unquote
from .spelling import Difference, compare, kind

if TYPE_CHECKING:
    from . import respelling
else:
    respelling = Late(f"{__package__}.respelling")  # the readers of the two other formats


def validate(body: Body, *, repair_text: bool = False) -> Report:
    """The findings about a body: an error if `parse_context` refuses it, and all that no current server would write.

    A report without findings means that the body is whole, spelled as a server spells it, and fully known to this
    package. `repair_text` is as in `parse_context`; the report is then about the repaired text.

    Raises nothing but ArgumentTypeError, for an argument that is neither bytes nor text.
    """
    body = plain_body(body)
    form = format_of(body)
    if form is not Format.JSON:
        return _report_document(body, form)
    if isinstance(body, str):
        text = body
    else:
        try:
            text = body.decode()
        except UnicodeDecodeError as error:
            return _report_no_text(body, error.start)
    return _report(repair(text) if repair_text else text)


def _report_document(body: bytes | str, form: Format) -> Report:
    """The report about a body in another format than JSON.

    What there is to say of its context is said about its JSON. The paths are the same, but the lines are not.
    """
    locator = Locator("")
    try:
        context = parse_context(body)
    except DecodeError as error:
        finding = locator.about_value("CDS103", f"in {form.value}, {error.reason}", (), error.path)
        return Report(context=None, findings=(finding,))
    finding = locator.about_value("CDS308", f"in {form.value}", ())
    try:
        in_json = Locator(encode_json(context).decode())
    except EncodeError:
        return Report(context=context, findings=(finding,))
    found = [*_of_server(in_json, context), *_of_elements(body, form, context), *_of_content(in_json, context)]
    placed = [replace(one, line=finding.line, column=finding.column) for one in found]
    return Report(context=context, findings=(finding, *placed))


def _of_elements(body: bytes | str, form: Format, context: RemoteExecutionContext) -> Iterator[Finding]:
    """A finding about the first element that the platform's serializer spells otherwise."""
    octets = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    path = respelling.first_difference(octets, context, form)
    if path is not None:
        text = "an element in another spelling than a server gives it"
        yield Locator("").about_value("CDS306", text, (), path)


def _report_no_text(body: bytes, byte: int) -> Report:
    locator = Locator(body[:byte].decode())
    if (found := name_of_text(body)) is not None:
        finding = locator.about_value("CDS103", no_context(found), ())
    else:
        finding = locator.about_place("CDS101", f"not UTF-8, at byte {byte}", len(locator.document))
    return Report(context=None, findings=(finding,))


def _report(text: str) -> Report:
    locator = Locator(text)
    try:
        context = parse_context(text)
    except DecodeError as error:
        return Report(context=None, findings=(_refusal(locator, error),))
    found = [*_of_server(locator, context), *_of_form(locator, context), *_of_content(locator, context)]
    found.sort(key=lambda finding: (finding.line, finding.column, finding.code))
    return Report(context=context, findings=tuple(found))


# What is found


def _refusal(locator: Locator, error: DecodeError) -> Finding:
    places = locator.places
    if places.fault is None or name_of_text(locator.document):
        advice = COMPLETE_IT if _can_be_completed(error) else None
        return locator.about_value("CDS103", error.reason, read_path(error.path), error.path, advice)
    if places.ends_early:
        return locator.about_place("CDS102", f"the text ends where {places.awaited} should follow", places.fault)
    return locator.about_place("CDS101", f"malformed JSON: expected {places.awaited}", places.fault)


def _can_be_completed(error: DecodeError) -> bool:
    """Whether a context lacks members that `cds_context.testing` can make up."""
    is_context = error.path.removeprefix("$").replace(".ParentContext", "") == ""
    return is_context and bool(error.missing) and "MessageName" not in error.missing


def _of_server(locator: Locator, context: RemoteExecutionContext) -> Iterator[Finding]:
    """Findings about a server's cut or garbling of the body."""
    try:
        context.require_complete()
    except TruncatedContextError as error:
        missing = [member.wire for member in MEMBERS[RemoteExecutionContext] if member.field in error.members]
        yield locator.about_value("CDS201", f"without {', '.join(missing)}, which the server took out", ())
    except ParameterError as error:
        yield _about_parameter(locator, error, 0)
    for depth, parent in enumerate(context.parents, 1):
        try:
            _ = parent.targets  # only `targets`: a parent can have the name of one message and be another
        except ParameterError as error:
            yield _about_parameter(locator, error, depth)
    if _is_garbled(locator.text):
        first = _FOREIGN.search(locator.document)
        offset = first.start() if first else 0  # a wrapper may be garbled around its escapes
        yield locator.about_place("CDS202", "UTF-8 that was read as CP1252 and encoded again", offset)


def _about_parameter(locator: Locator, error: ParameterError, depth: int) -> Finding:
    path = "$" + ".ParentContext" * depth + error.path[1:]
    return locator.about_value("CDS505", f"{error.reason}{error.cause and f': {error.cause}'}", read_path(path), path)


_FOREIGN = re.compile(r"[^\x00-\x7f]+")


def _is_garbled(text: str) -> bool:
    """Whether `repair` would change the text.

    All that was garbled lies in what is not ASCII, which is repaired bit by bit: in no time if it was not garbled, and
    without a copy of the whole.
    """
    if text.isascii():
        return False
    found = False
    runs = _FOREIGN.finditer(text)
    while bit := " ".join(run[0] for run in islice(runs, 1000)):
        if repair(bit) == bit:
            return False
        found = True
    return found


def _of_form(locator: Locator, context: RemoteExecutionContext) -> Iterator[Finding]:
    """Findings about spelling that differs from a server's."""
    try:
        written = _written(locator.text, context)
    except (DecodeError, EncodeError) as error:
        steps = read_path(error.path)
        yield locator.about_value("CDS306", f"cannot be written back: {error.reason}", steps, error.path)
        return
    locator.is_as_written = written == locator.text
    if locator.is_as_written:
        return
    if locator.text.startswith("\ufeff"):
        yield locator.about_value("CDS303", "a byte order mark", ())
    if locator.is_wrapped:
        yield locator.about_value("CDS304", "the JSON stands in a JSON string", ())
    spelling = compare(locator.document, written)
    if spelling.spaces:
        yield locator.about_place("CDS301", f"white space{_in_places(len(spelling.spaces))}", spelling.spaces[0])
    if spelling.escapes:
        text = f"text that a server escapes otherwise{_in_places(len(spelling.escapes))}"
        yield locator.about_place("CDS302", text, spelling.escapes[0])
    if spelling.difference:
        repeated = locator.places.repeated()
        if repeated is None:
            yield _difference(locator, spelling.difference)
        else:
            yield locator.about_node("CDS305", "a member that stands twice: only the last one counts", repeated)


def _written(text: str, context: RemoteExecutionContext) -> str:
    """The body as a server would write it. If it differs, it is read again exactly, with fractions as spelled."""
    written = encode_json(context).decode()
    return written if written == text else encode_json(parse_context(text, parse_float=Decimal)).decode()


def _difference(locator: Locator, difference: Difference) -> Finding:
    found, wanted = difference.found, difference.wanted
    if difference.in_members:
        text = f"{_member(found)} stands where a server writes {_member(wanted)}"
        return locator.about_place("CDS305", text, difference.offset)
    same = kind(found) == kind(wanted)
    text = f"{kind(found)} {'in another spelling than a server gives it' if same else f'in place of {kind(wanted)}'}"
    return locator.about_place("CDS306", text, difference.offset)


def _member(token: str) -> str:
    if token in _PUNCTUATION:
        return _PUNCTUATION[token]
    name = unquote(token)
    return f"`{name}`" if name in KNOWN else "another member"


_PUNCTUATION = {",": "another member", "}": "the end of the object"}

SAID: dict[Oddity, tuple[str, str]] = {
    Oddity.UNKNOWN_TYPE: ("CDS401", "the type {} is not known"),
    Oddity.UNKNOWN_MEMBER: ("CDS402", "the member {} is not known"),
    Oddity.NEWER_ABSENT: ("CDS403", "without {}, which newer servers write"),
    Oddity.ABSENT: ("CDS307", "without {}, which every server writes"),
    Oddity.CONTRADICTION: ("CDS203", "the parameters are another message's than the name says"),
    Oddity.NO_MESSAGE: ("CDS204", "no name of a message, which every server writes"),
    Oddity.ISO_DATE: ("CDS501", "a date and time in ISO 8601"),
    Oddity.WRAPPED: ("CDS502", "a value in an object with `__value`"),
    Oddity.NO_DATE: ("CDS503", "text that begins as a date and is none that can be held"),
    Oddity.NO_TYPE: ("CDS504", "an object without `__type`"),
    Oddity.OUT_OF_RANGE: ("CDS506", "a number out of the range of {}"),
}
"""For each oddity, the code and the message, in which `{}` stands for the name."""


_Kind: TypeAlias = tuple[Oddity, str | None]
"""An oddity and the name it is about, or None for all names beyond the first hundred."""
_OTHERS: dict[Oddity, str] = {
    Oddity.UNKNOWN_TYPE: "other types are not known",
    Oddity.UNKNOWN_MEMBER: "other members are not known",
}
_MOST = 100
"""The most names that are told for one oddity, because nobody reads a thousand findings."""


def _of_content(locator: Locator, context: RemoteExecutionContext) -> Iterator[Finding]:
    """Findings about the values; each oddity and name once, at its first place."""
    counts: dict[_Kind, int] = {}
    first: dict[_Kind, Path] = {}
    for one, path in _kinds(context):
        counts[one] = counts.get(one, 0) + 1
        first.setdefault(one, path)
    if locator.is_as_written and len(first) <= _FEW and not any(kind[0] in _DISORDERED for kind in first):
        for kind, path in first.items():
            yield locator.about_path(SAID[kind[0]][0], _message(*kind) + _in_places(counts[kind]), path)
        return
    nodes: dict[_Kind, int] = {}
    for one, path in _kinds(context):
        node = 0 if path.above is None else locator.places.follow(path)
        nodes[one] = min(node, nodes.get(one, node))
    for kind, node in nodes.items():
        yield locator.about_node(SAID[kind[0]][0], _message(*kind) + _in_places(counts[kind]), node)


def _kinds(context: RemoteExecutionContext) -> Iterator[tuple[_Kind, Path]]:
    """The kind and the path of each oddity, in the server's order, but with unknown members after known ones."""
    names: dict[Oddity, set[str]] = {}
    for oddity, name, path in inspect(context):
        known = names.setdefault(oddity, set())
        if name not in known and len(known) < _MOST:
            known.add(name)
        yield (oddity, name if name in known else None), path


_FEW = 10
"""The most kinds whose places are sought one by one, each from the beginning of the document."""
_DISORDERED = {Oddity.UNKNOWN_MEMBER, Oddity.UNKNOWN_TYPE, Oddity.NO_TYPE, Oddity.WRAPPED}
"""Oddities that occur with unknown members, which the walk does not meet in the order of the document."""


def _message(oddity: Oddity, name: str | None) -> str:
    return _OTHERS[oddity] if name is None else SAID[oddity][1].format(_shown(name))


def _in_places(count: int) -> str:
    return f", in {count} places" if count > 1 else ""


def _shown(name: str) -> str:
    """A name in a message: not too long, and nothing in it that a terminal obeys."""
    visible = name[:_LONGEST]
    if not visible.isprintable():
        visible = "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in visible)
    return f"`{visible}{'…' if name[_LONGEST:] else ''}`"


_LONGEST = 120
