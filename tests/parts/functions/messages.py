"""The messages that the host and the worker exchange, as protobuf has compiled them.

The package index has them only among the tests of the worker for older apps. The wheel is not installed, because it
would bring a package of the name `tests`: its folder is put into the environment as `functions_protos`, once.
"""

from __future__ import annotations

import importlib
import subprocess
import sys
import sysconfig
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any
from zipfile import ZipFile

WHEEL = "azure-functions-runtime-v1==1.2.0"
SECONDS = 120


def _fetch(target: Path) -> None:
    with TemporaryDirectory() as name:
        folder = Path(name)
        download = ["pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps", "--dest", name, WHEEL]
        subprocess.run([sys.executable, "-m", *download], check=True, timeout=SECONDS)
        [wheel] = folder.glob("*.whl")
        ZipFile(wheel).extractall(folder)
        # Copied beside it first, so that it is there as a whole or not at all.
        copied = copytree(folder / "tests" / "protos", target.with_name(f"{target.name}_"), dirs_exist_ok=True)
        copied.rename(target)


def load() -> Any:
    """The module of the messages."""
    target = Path(sysconfig.get_path("purelib")) / "functions_protos"
    if not target.exists():
        _fetch(target)
        importlib.invalidate_caches()
    return importlib.import_module(target.name)
