"""The fuzzer: `python -m tests.parts.fuzz.fuzz SECONDS FOLDER`, in the environment of the part.

A body in, a context or a DecodeError out, and nothing else; and where a fast pass answers, the complete pass gives the
same. atheris counts the branches of both readers and keeps what reaches new ones. The bodies that it begins with are a
part of the conformance set, and what it cannot guess: `seeds` has those.
"""

from __future__ import annotations

import importlib
import sys
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

# atheris is there in the environment of the part only, and has no annotations.
atheris: Any = importlib.import_module("atheris")

with atheris.instrument_imports(include=["cds_context.codec", "cds_context.wire"], enable_loader_override=False):
    from cds_context import DecodeError, RemoteExecutionContext, parse_context
    from cds_context.codec.documents import FAST, READERS, read_complete, read_spliced
    from cds_context.errors import Fault
    from cds_context.wire.formats import Format, format_of

from . import seeds  # noqa: E402 - what is instrumented has to come first


def one(body: bytes) -> None:
    """What must hold for any bytes."""
    try:
        context = parse_context(body)
    except DecodeError:
        context = None
    assert context is None or isinstance(context, RemoteExecutionContext)
    form = format_of(body)
    if form is not Format.JSON:
        spliced = FAST[form](body)
        fast = None if spliced is None else read_spliced(spliced, Decimal)
        if fast is not None:
            try:
                complete = read_complete(body, form, Decimal)
            except Fault as fault:
                raise AssertionError(fault.reason) from None
            assert repr(fast) == repr(complete)  # by which `NaN` equals itself
        with suppress(Fault):
            for _ in READERS[form](body, with_namespaces=True):  # as a context is read to be written
                pass


def main() -> None:
    """Fuzz for so many seconds; ends with an error, and the body that is at fault, if something is found.

    The folder keeps the bodies that reach new branches, and one at fault as `crash-` and its hash.
    """
    _, seconds, folder = sys.argv
    seeds.let_short_bodies_be_cut()
    for number, body in enumerate(seeds.all_of_them()):
        (Path(folder) / f"{number}").write_bytes(body)
    options = [f"-max_total_time={seconds}", f"-max_len={seeds.LONGEST}", "-timeout=10", "-print_final_stats=1"]
    options += [f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *options, folder], one)
    atheris.Fuzz()  # which ends the process


if __name__ == "__main__":
    main()
