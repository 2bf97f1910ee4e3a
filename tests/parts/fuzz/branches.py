"""How many branches of the readers the bodies reach that the fuzzer begins with: `python -m tests.parts.fuzz.branches`.

Prints a line for each file of the readers with the branches that are not reached, by their two lines, and one for all.
Every body is read twice, because the fast passes remember what they met.
"""

from __future__ import annotations

import importlib
import json
import sys
import tempfile
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

READERS = (
    "binary_fast",
    "binary_records",
    "binary_tokens",
    "building",
    "scopes",
    "spellings",
    "xml_fast",
    "xml_tokens",
)


def main() -> None:
    """Read the bodies, and print the branches."""
    # coverage is there in the environment of the part, and has no annotations.
    coverage: Any = importlib.import_module("coverage")
    measured = coverage.Coverage(
        branch=True, data_file=None, config_file=False, include=[f"*/codec/{name}.py" for name in READERS]
    )
    measured.start()
    package: Any = importlib.import_module("cds_context")  # now, so that it is measured
    formats: Any = importlib.import_module("cds_context.wire.formats")
    documents: Any = importlib.import_module("cds_context.codec.documents")
    seeds: Any = importlib.import_module("tests.parts.fuzz.seeds")
    seeds.let_short_bodies_be_cut()
    for body in seeds.all_of_them():
        for parse_float in (float, Decimal):
            with suppress(package.DecodeError):
                package.parse_context(body, parse_float=parse_float)
        if (read := documents.READERS.get(formats.format_of(body))) is not None:
            with suppress(documents.Fault):
                for _ in read(body, with_namespaces=True):  # as a context is read to be written
                    pass
    measured.stop()
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        measured.json_report(outfile=str(report))
        found = json.loads(report.read_text(encoding="utf-8"))
    for name, file in found["files"].items():
        sys.stdout.write(f"{Path(name).stem} {_of(file['summary'])} {file['missing_branches'] or ''}\n")
    sys.stdout.write(f"branches {_of(found['totals'])}\n")


def _of(summary: dict[str, Any]) -> str:
    return f"{summary['covered_branches']} of {summary['num_branches']}"


if __name__ == "__main__":
    main()
