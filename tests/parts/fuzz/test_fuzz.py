"""The fuzzer begins at every branch of the readers, and finds nothing in a minute or in SECONDS_TO_FUZZ."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from base64 import b64encode
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def test_the_bodies_to_begin_with_reach_every_branch() -> None:
    # What the fuzzer finds differs from run to run, so a branch counts only if a body of ours leads there.
    command = [sys.executable, "-m", "tests.parts.fuzz.branches"]
    measured = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=600)
    ((reached, branches),) = re.findall(r"^branches (\d+) of (\d+)", measured.stdout, re.MULTILINE)
    assert 0 < int(branches) == int(reached), measured.stdout


def test_readers_stand_what_a_fuzzer_makes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    seconds = int(os.environ.get("SECONDS_TO_FUZZ", "60"))
    command = [sys.executable, "-m", "tests.parts.fuzz.fuzz", str(seconds), str(tmp_path)]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=seconds + 300)
    faults = [b64encode(path.read_bytes()).decode() for path in tmp_path.glob("crash-*")]
    assert run.returncode == 0, f"{run.stderr[-4000:]}\nthe body at fault, in Base64: {faults}"
    (executed,) = re.findall(r"stat::number_of_executed_units: (\d+)", run.stderr)
    assert int(executed) > 0
    with capsys.disabled():
        sys.stdout.write(f"\nexecutions {int(executed):,}\n")
