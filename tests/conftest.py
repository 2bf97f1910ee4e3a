"""How property tests run.

`HYPOTHESIS_PROFILE=long` looks further, and elsewhere on each run; without it, each run is the same.
"""

from __future__ import annotations

import os
from typing import Any

from hypothesis import HealthCheck, settings

_ALWAYS: dict[str, Any] = {
    "deadline": None,
    "suppress_health_check": [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much],
}
settings.register_profile("ci", max_examples=60, derandomize=True, database=None, **_ALWAYS)
settings.register_profile("long", max_examples=3000, **_ALWAYS)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))
