"""Everything, in one run: `python -m benchmarks`."""

from __future__ import annotations

import json
import platform
import statistics
from collections.abc import Iterator
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import orjson

from cds_context import (
    Entity,
    EntityCollection,
    RemoteExecutionContext,
    encode_context,
    parse_context,
    peek_context,
    validate,
)
from cds_context.codec.output import MessageFormat
from cds_context.webhook import HttpHeaderAuth, receive
from tests.formats import bodies, names, twin

from . import by_hand, folders, load, tables, timing
from .bodies import captures, imaged_body, long_body, main_body, update_body
from .measure import Task, import_microseconds, memory, seconds, seconds_kept
from .pydantic_model import Context

_PACKAGES = ("msgspec", "python-dateutil", "orjson", "pydantic")
_SIZES = {"4 KB": 4 << 10, "64 KB": 64 << 10, "1 MB": 1 << 20, "16 MB": 16 << 20}


class Row(NamedTuple):
    """One line of the table; no bar: for information."""

    what: str
    bar: float | None
    reached: float


def main() -> None:
    name, body = main_body()
    print(f"{platform.python_implementation()} {platform.python_version()}, {_processor()}, {platform.system()}")
    print(", ".join(f"{package} {version(package)}" for package in _PACKAGES))
    print(f"body: {name}, {len(body):,} bytes; captures: {len(captures())}")
    print()
    print(f"{'ratio':<64}{'bar':>6}{'reached':>9}")
    for row in _rows(body):
        bar = "" if row.bar is None else f"{row.bar:.2f}"
        print(f"{row.what:<64}{bar:>6}{row.reached:>9.2f}", flush=True)
    for other in (load, timing, folders, tables):
        print()
        other.main()


def _rows(body: bytes) -> Iterator[Row]:
    yield from _answers("body", 2.0, body)
    yield from _answers("40 columns with a pre-image", 2.0, imaged_body())
    if found := long_body():
        yield from _answers("14 KB", 1.5, found[1])
    yield from _parsing(body)
    yield from _reading(body)
    yield from _captures()
    yield from _formats()
    yield from _encoding(body)
    ours, msgspecs = import_microseconds("cds_context", "msgspec")
    yield Row("import cds_context / import msgspec", 1.4, ours / msgspecs)
    yield from _growth()
    yield from _growth_kept()
    yield from _memory("body", body)
    yield from _memory("1 MB", update_body(_SIZES["1 MB"]))


def _answers(name: str, bar: float, body: bytes) -> Iterator[Row]:
    """From the body to the record and the columns that changed, each with old and new; beside code by hand."""
    ours, by_hands, orjsons = seconds(lambda: _answer(body), lambda: by_hand.answer(body), lambda: orjson.loads(body))
    yield Row(f"record and changes / by hand, {name}", bar, ours / by_hands)
    yield Row(f"by hand / orjson.loads, {name}", 2.0, by_hands / orjsons)


def _answer(body: bytes) -> object:
    context = parse_context(body)
    return context.record, {column: (change.old, change.new) for column, change in context.changes().items()}


def _reading(body: bytes) -> Iterator[Row]:
    """What an endpoint does besides, beside parsing alone."""
    headers = {"X-Webhook-Key": _KEY, "x-ms-dynamics-entity-name": "contact", "x-ms-dynamics-request-name": "Update"}
    auth = HttpHeaderAuth({"X-Webhook-Key": _KEY})
    row = next((target for target in parse_context(body).targets if isinstance(target, Entity)), None)
    parse, received, validated, as_object = seconds(
        lambda: parse_context(body),
        lambda: receive(body, headers, auth=auth),
        lambda: validate(body),
        lambda: row and row.to(_LARGE),
    )
    yield Row("receive / parse_context", 1.4, received / parse)
    yield Row("validate / parse_context", 13.0, validated / parse)
    yield Row("row.to a class of 149 optional fields / parse_context", 4.6, as_object / parse)


_KEY = "7mQz-r4Vd-9xLp-2sWn"
_LARGE = msgspec.defstruct("Large", [(f"new_column{index}", str | None, None) for index in range(149)])


def _parsing(body: bytes) -> Iterator[Row]:
    parse, read, exact, peek, orjsons, standard, pydantics = seconds(
        lambda: parse_context(body),
        lambda: _read_all(parse_context(body)),
        lambda: parse_context(body, parse_float=Decimal),
        lambda: peek_context(body),
        lambda: orjson.loads(body),
        lambda: json.loads(body),
        lambda: Context.model_validate_json(body),
    )
    yield Row("parse_context / orjson.loads", 1.28, parse / orjsons)
    yield Row("parse_context / json.loads", 0.65, parse / standard)
    yield Row("parse_context / pydantic model", 0.2, parse / pydantics)
    yield Row("parse_context, then read every collection / orjson.loads", 4.5, read / orjsons)
    yield Row("parse_context(parse_float=Decimal) / json.loads, no fractions", 1.0, exact / standard)
    yield Row("peek_context / orjson.loads", 0.45, peek / orjsons)
    fractional = imaged_body().replace(b'"value":1}', b'"value":1.5}')
    exact, standard = seconds(
        lambda: parse_context(fractional, parse_float=Decimal), lambda: json.loads(fractional), rounds=20
    )
    yield Row("parse_context(parse_float=Decimal) / json.loads, with fractions", 1.6, exact / standard)


def _captures() -> Iterator[Row]:
    ratios = [_against_orjson(body) for body in captures()]
    if ratios:
        yield Row("parse_context / orjson.loads, captures, geometric mean", 1.5, statistics.geometric_mean(ratios))
        yield Row("parse_context / orjson.loads, captures, worst", None, max(ratios))


def _against_orjson(body: bytes) -> float:
    ours, orjsons = seconds(lambda: parse_context(body), lambda: orjson.loads(body), rounds=20)
    return ours / orjsons


def _formats() -> Iterator[Row]:
    """The other two message formats, beside the JSON of the same events."""
    messages = [name for name in names() if name.startswith("msg_") and 2 << 10 <= len(twin(name) or b"") <= 4 << 10]
    for form, of_messages, of_a_row in ((".NET Binary", 5.0, 25.0), ("XML", 6.0, 30.0)):
        mean = statistics.geometric_mean([_against_json(name, form) for name in messages])
        yield Row(f"parse_context, {form} / JSON, messages of 2 to 4 KB", of_messages, mean)
        yield Row(f"parse_context, {form} / JSON, a row of 2,000 columns", of_a_row, _against_json(_ROW, form))
        body = bodies(_ROW)[form]
        peak = memory(_parser(body)).peak / len(body)
        yield Row(f"memory, peak of parse_context / bytes of the body, {form}", 60.0, peak)
        yield from _growth_of(form)


def _growth_of(form: str) -> Iterator[Row]:
    """Time per byte by size, of bodies written from the same contexts as the JSON of `_growth`."""
    written: MessageFormat = "xml" if form == "XML" else "binary"
    bodies = [encode_context(parse_context(update_body(size)), format=written) for size in _SIZES.values()]
    times = seconds(*map(_parser, bodies), rounds=12)
    ours = [time / len(body) for time, body in zip(times, bodies, strict=True)]
    for size, our in list(zip(_SIZES, ours, strict=True))[1:]:
        bar = None if size == "16 MB" else 1.3
        yield Row(f"parse_context, {form}, time per byte, {size} / 4 KB", bar, our / ours[0])


_ROW = "big_2000_attrs"


def _against_json(name: str, form: str) -> float:
    json, other = seconds(_parser(twin(name) or b""), _parser(bodies(name)[form]), rounds=20)
    return other / json


def _encoding(body: bytes) -> Iterator[Row]:
    data = orjson.loads(body)
    unread = parse_context(body)
    read = _read_all(parse_context(body))
    ours, after_reading, standard = seconds(
        lambda: encode_context(unread),
        lambda: encode_context(read),
        lambda: json.dumps(data, separators=(",", ":")),
    )
    yield Row("encode_context / json.dumps", 0.5, ours / standard)
    yield Row("encode_context of a context that was read / json.dumps", 1.1, after_reading / standard)


def _growth() -> Iterator[Row]:
    """Time per byte by size; orjson's own beside ours, as large trees cost every parser more."""
    bodies = [update_body(size) for size in _SIZES.values()]
    tasks: list[Task] = []
    for body in bodies:
        tasks += [_parser(body), _loader(body)]
    times = seconds(*tasks, rounds=12)
    ours = [time / len(body) for time, body in zip(times[::2], bodies, strict=True)]
    orjsons = [time / len(body) for time, body in zip(times[1::2], bodies, strict=True)]
    for size, our, their in list(zip(_SIZES, ours, orjsons, strict=True))[1:]:
        bar = None if size == "16 MB" else 1.3
        yield Row(f"parse_context, time per byte, {size} / 4 KB", bar, our / ours[0])
        yield Row(f"orjson.loads, time per byte, {size} / 4 KB", None, their / orjsons[0])
    yield Row("parse_context / orjson.loads, 16 MB", 0.9, ours[-1] / orjsons[-1])


def _growth_kept() -> Iterator[Row]:
    """As `_growth`, but of each size 16 MB are read and every context is kept, so that all sizes take fresh memory."""
    bodies = [update_body(size) for size in _SIZES.values()]
    times = [seconds_kept(_parser(body), len(bodies[-1]) // len(body)) / len(body) for body in bodies]
    for size, time in list(zip(_SIZES, times, strict=True))[1:]:
        yield Row(f"parse_context, 16 MB kept, time per byte, {size} / 4 KB", 1.3, time / times[0])


def _parser(body: bytes) -> Task:
    return lambda: parse_context(body)


def _loader(body: bytes) -> Task:
    return lambda: orjson.loads(body)


def _memory(name: str, body: bytes) -> Iterator[Row]:
    ours = memory(lambda: parse_context(body))
    read = memory(lambda: _read_all(parse_context(body)))
    orjsons = memory(lambda: orjson.loads(body))
    # Against what the dicts hold, not against orjson's own peak, which has a buffer much larger than they are.
    yield Row(f"memory, peak of parse_context / orjson.loads' dicts, {name}", 1.0, ours.peak / orjsons.held)
    yield Row(f"memory, peak of parse_context / peak of orjson.loads, {name}", None, ours.peak / orjsons.peak)
    yield Row(f"memory, context / orjson.loads' dicts, {name}", None, ours.held / orjsons.held)
    yield Row(f"memory, context that was read / orjson.loads' dicts, {name}", None, read.held / orjsons.held)


def _read_all(context: RemoteExecutionContext) -> RemoteExecutionContext:
    """Reads every collection and every date, as what is read is kept in another form."""
    pending: list[Any] = [context]
    while pending:
        value = pending.pop()
        kind: Any = value.__class__  # by class, so that the walk itself takes little of the time
        if kind is RemoteExecutionContext:
            _ = value.operation_created_on
            pending.append(value.parent_context)
        elif kind is EntityCollection:
            pending += value.entities
        elif kind is list:
            pending += value
        for name in _FOLDED.get(kind, ()):
            pending += getattr(value, name).values()
    return context


_FOLDED: dict[Any, tuple[str, ...]] = {cls: cls.shape.folded for cls in (RemoteExecutionContext, Entity)}


def _processor() -> str:
    """The processor's name; platform does not know it on Linux."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text(encoding="utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


if __name__ == "__main__":
    main()
