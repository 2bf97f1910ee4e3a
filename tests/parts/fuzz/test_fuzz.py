"""The fuzzer finds nothing, in a minute or in SECONDS_TO_FUZZ."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_readers_stand_what_a_fuzzer_makes() -> None:
    seconds = int(os.environ.get("SECONDS_TO_FUZZ", "60"))
    command = [sys.executable, "-m", "tests.parts.fuzz.fuzz", str(seconds)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=seconds + 300)
    assert run.returncode == 0, run.stderr[-4000:]
    (executed,) = re.findall(r"stat::number_of_executed_units: (\d+)", run.stderr)
    assert int(executed) > 0
