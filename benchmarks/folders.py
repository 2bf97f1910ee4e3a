"""What it costs to validate a folder of bodies: `python -m benchmarks.folders`.

The command runs as a process of its own on files that are written for it. Bodies are counted by the second of its
processor time, which is what one core gives; memory is the most that the process held, beside what it holds for few.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from cds_context import encode_context
from cds_context.testing import update

_FILES = (10, 1_000, 10_000)
_RUN = """
import resource, sys
from cds_context.__main__ import main
sys.argv[1:] = ["validate", "--quiet", sys.argv[1]]
try:
    main()
finally:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    print(usage.ru_utime + usage.ru_stime, usage.ru_maxrss, file=sys.stderr)
"""


class _Run(NamedTuple):
    seconds: float
    memory: int


def main() -> None:
    body_size = len(_body(0))
    print(f"cds-context validate, files of {body_size:,} bytes, CPython {sys.version.split()[0]}")
    print(f"{'files':>8}{'a second':>12}{'memory / 10 files':>20}")
    with TemporaryDirectory() as name:
        folder = Path(name)
        written = 0
        few: _Run | None = None
        for count in _FILES:
            for index in range(written, count):
                (folder / f"{index:05}.json").write_bytes(_body(index))
            written = count
            run = _validate(folder)
            few = few or run
            rate = f"{(count - _FILES[0]) / (run.seconds - few.seconds):,.0f}" if run is not few else ""
            print(f"{count:>8,}{rate:>12}{run.memory / few.memory:>20.2f}", flush=True)


def _body(seed: int) -> bytes:
    """About as large as what servers post: a row of forty columns, with a pre-image of all of them."""
    row = {f"new_column{index}": f"value {index} of {seed}" for index in range(40)}
    after = dict(list(row.items())[::2])
    return encode_context(update("contact", before=row, after=after, pre_image="PreImage", seed=seed))


def _validate(folder: Path) -> _Run:
    # From byte code, as users run it.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    command = [sys.executable, "-c", _RUN, str(folder)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    seconds, memory = done.stderr.split()[-2:]
    return _Run(float(seconds), int(memory))


if __name__ == "__main__":
    main()
