"""How long tests wait for what must come."""

from __future__ import annotations

from typing import Final

PATIENCE: Final = 120.0
"""Seconds. What is waited for comes in a fraction of one; on a machine that is busy with much else, in several.

Only a failure takes so long, so that no test passes or fails by the speed of the machine.
"""
