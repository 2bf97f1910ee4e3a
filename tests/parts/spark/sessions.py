"""Sessions of Spark in this process, which talk over loopback only."""

from __future__ import annotations

import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from importlib import import_module
from typing import Any

# The type checkers run where PySpark is not installed.
_sql: Any = import_module("pyspark.sql")


@contextmanager
def session(master: str, **settings: str) -> Generator[Any, None, None]:
    """A session, which is stopped in the end."""
    # The workers are to run in the environment of the tests, whatever `python3` is on PATH.
    os.environ["PYSPARK_PYTHON"] = sys.executable
    builder = _sql.SparkSession.builder.master(master)
    fixed = {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2",
    }
    for name, value in (fixed | settings).items():
        builder = builder.config(name, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    try:
        yield spark
    finally:
        spark.stop()
