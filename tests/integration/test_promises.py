"""What users of the receivers rely on, as `tests/test_promises.py` has it for all else."""

from __future__ import annotations

import pytest

from ..promises import FOLDER, names, text
from ..test_documentation import RECEIVERS


@pytest.mark.parametrize("receiver", sorted(RECEIVERS))
def test_names_are_as_promised(receiver: str) -> None:
    pytest.importorskip("azure.functions" if receiver == "azure_functions" else receiver)
    door = f"cds_context.contrib.{receiver}"
    assert text(names(door)) == (FOLDER / f"{door}.txt").read_text("utf-8")
