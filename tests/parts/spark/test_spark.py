"""Real Spark with two cores: the rows are those of the local tables, whatever fails on the way."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from cds_context.contrib import spark as events
from cds_context.tables import changes_table, events_table, read_bodies, row_schemas, rows_tables
from cds_context.tables.arrow import microseconds_of

from .checks import BODIES, TABLES, check_rows, loaded, pyarrow, rows, stored
from .sessions import session

# The type checkers run where PySpark is not installed.
pyspark: Any = import_module("pyspark")
functions: Any = import_module("pyspark.sql.functions")
col = functions.col

PAGE = Path(__file__).parents[3] / "docs" / "spark.md"


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    # A task is tried twice. The clock of the session is one that is no hour of UTC away from ours.
    with session("local[2,2]", **{"spark.sql.session.timeZone": "Asia/Kathmandu"}) as found:
        events.register(found)
        yield found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stored(tmp_path_factory.mktemp("stored"))


@pytest.mark.parametrize("name", TABLES)
def test_the_rows_are_those_of_the_local_table(spark: Any, folder: Path, name: str) -> None:
    check_rows(spark, folder, name)


def test_a_moment_is_the_same_whatever_the_clock_of_the_session(spark: Any, folder: Path) -> None:
    wanted = {moment for batch in events_table(BODIES) for moment in microseconds_of(batch, "moment")}
    bodies = spark.createDataFrame([(body,) for body in BODIES], "value binary")
    for frame in (loaded(spark, folder / "a.jsonl"), events.events_frame(bodies, "value")):
        found = frame.select(functions.unix_micros("moment").alias("moment")).distinct().collect()
        assert {row["moment"] for row in found} == wanted


def test_nothing_is_lost(spark: Any, folder: Path) -> None:
    table = changes_table(read_bodies(folder))
    wrong = loaded(spark, folder, table="changes", errors="true")
    assert rows(wrong) == rows(table.errors)
    assert wrong.count() == 4
    assert rows(loaded(spark, folder, table="rows", errors="with_bodies")) == rows(
        rows_tables(read_bodies(folder)).errors.with_bodies()
    )
    list(table)
    assert loaded(spark, folder).count() + wrong.count() == table.counts.read


@pytest.mark.parametrize("size", [1000, 8191, 1 << 20])
def test_wherever_files_are_cut_there_are_the_same_events(spark: Any, folder: Path, size: int) -> None:
    path = folder / "a.jsonl"
    assert rows(loaded(spark, path, part_size=size)) == rows(events_table(read_bodies(path)))


def test_a_frame_is_whole_after_a_query_that_filtered_it(spark: Any, folder: Path) -> None:
    # A reader that took filters would still apply them here: that is why none is pushed down.
    frame = loaded(spark, folder, table="changes")
    table = changes_table(read_bodies(folder), statuses="changed")
    spark.conf.set("spark.sql.python.filterPushdown.enabled", "true")
    assert rows(frame.where(col("status") == "changed")) == rows(table) != []
    assert rows(frame) == rows(changes_table(read_bodies(folder)))
    assert rows(loaded(spark, folder, table="changes", statuses="changed")) == rows(table)


def test_a_task_that_fails_is_tried_again_without_loss_or_repetition(spark: Any, folder: Path) -> None:
    task = pyspark.TaskContext

    def flaky(batches: Iterator[Any]) -> Iterator[Any]:
        yield from batches
        if task.get().attemptNumber() == 0 and task.get().partitionId() % 3 == 0:
            raise RuntimeError("fails once, when all its rows were given")

    frame = loaded(spark, folder)
    assert rows(frame.mapInArrow(flaky, frame.schema)) == rows(events_table(read_bodies(folder)))


def test_a_file_that_is_gone_fails_the_job(spark: Any, tmp_path: Path) -> None:
    (tmp_path / "a.json").write_bytes(BODIES[0])
    (tmp_path / "b.jsonl").write_bytes(b"\n".join(BODIES))
    frame = loaded(spark, tmp_path)
    frame.rdd.getNumPartitions()  # the files are listed
    (tmp_path / "b.jsonl").unlink()
    with pytest.raises(Exception, match="FileNotFoundError"):
        frame.collect()
    with pytest.raises(Exception, match="there is no file and no folder"):
        loaded(spark, tmp_path / "none").collect()


def test_several_paths_are_read_and_a_view_in_sql_too(spark: Any, folder: Path) -> None:
    paths = [str(folder / "a.jsonl"), str(folder / "b.json")]
    assert rows(spark.read.format("cds_context").load(paths)) == rows(events_table(read_bodies(*paths)))
    spark.sql(f"CREATE TEMPORARY VIEW stored USING cds_context OPTIONS (path '{folder}', table 'changes')")
    assert rows(spark.table("stored")) == rows(changes_table(read_bodies(folder)))


def test_columns_of_rows_are_taken_from_an_earlier_run(spark: Any, folder: Path, tmp_path: Path) -> None:
    options = {"table": "rows", "logical_name": "contact", "part_size": 40_000}
    known = events.spark_schema(row_schemas(BODIES)["contact"])
    frame = spark.read.format("cds_context").options(**options).schema(known).load(str(folder))
    assert frame.schema == known
    frame.write.parquet(str(tmp_path / "rows"))
    written = spark.read.parquet(str(tmp_path / "rows"))
    again = spark.read.format("cds_context").options(**options).schema(written.schema).load(str(folder))
    assert rows(again) == rows(written) == rows(frame)
    with pytest.raises(Exception, match="the schema is not that of the table"):
        spark.read.format("cds_context").schema(known).load(str(folder)).collect()


def test_a_column_of_bodies_is_a_table(spark: Any) -> None:
    data = [(body, "topic", 7 + index) for index, body in enumerate([*BODIES, b"no body", None])]
    frame = spark.createDataFrame(data, "value binary, topic string, offset long").repartition(3)
    assert rows(events.changes_frame(frame, "value", statuses="changed")) == rows(
        changes_table(BODIES, statuses="changed")
    )
    found = events.events_frame(frame, "value", source="topic", position="offset")
    arrow = pyarrow.table(events_table(BODIES))
    assert rows(found.drop("source", "position")) == rows(arrow.drop_columns(["source", "position"]))
    assert {row["position"] for row in found.select("position").collect()} == {*range(7, 7 + len(BODIES))}
    wrong = (
        events.changes_frame(frame, "value", source="topic", position="offset", errors="with_bodies")
        .orderBy("position")
        .collect()
    )
    assert [(row["source"], row["position"] - len(BODIES), row["body"]) for row in wrong] == [
        ("topic", 7, b"no body"),
        ("topic", 8, None),
    ]
    text = spark.createDataFrame([(body.decode(),) for body in BODIES], "body string")
    contacts = events.rows_frame(text, "body", "contact", schema=row_schemas(BODIES)["contact"])
    assert rows(contacts.drop("source", "position")) == rows(
        pyarrow.table(rows_tables(BODIES)["contact"]).drop_columns(["source", "position"])
    )


def test_a_stream_of_bodies_is_a_stream_of_events(spark: Any, folder: Path, tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_bytes(b"\n".join(BODIES))
    lines = spark.readStream.text(str(tmp_path))
    query = events.events_frame(lines, "value").writeStream.format("memory").queryName("events")
    running = query.trigger(availableNow=True).start()
    assert running.awaitTermination(120)
    ids = pyarrow.table(events_table(BODIES)).column("event_id").to_pylist()
    assert sorted(row["event_id"] for row in spark.table("events").collect()) == sorted(ids)


@pytest.mark.parametrize(
    ("options", "said"),
    [({"table": "x"}, "the table is events"), ({"statsues": "changed"}, "there is no option `statsues`")],
)
def test_options_without_meaning_are_refused(spark: Any, folder: Path, options: dict[str, str], said: str) -> None:
    with pytest.raises(Exception, match=said):
        loaded(spark, folder, **options)


def test_the_code_of_the_page_runs(spark: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    blocks = re.findall(r"^```py\n(.*?)^```$", PAGE.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "monday.jsonl").write_bytes(b"\n".join(BODIES))
    (tmp_path / "events" / "tuesday.jsonl").write_bytes(b"\n".join(BODIES[:9]))  # delivered twice
    messages = [(body, "events", offset) for offset, body in enumerate([*BODIES, b"{}"])]
    space: dict[str, Any] = {"kafka": spark.createDataFrame(messages, "value binary, topic string, offset long")}
    for block in blocks:
        exec(compile(block.replace("/lake/", f"{tmp_path}/"), PAGE, "exec", dont_inherit=True), space)  # noqa: S102
    assert "lastname" in capsys.readouterr().out
    for name, number in {"renamed": 1, "seen": len(BODIES), "refused": 1, "lost": 0, "contacts": 8}.items():
        assert space[name].count() >= number, name
    changes = pyarrow.table(changes_table(BODIES)).to_pylist()
    assert space["distinct"].count() == len(changes) < space["changes"].count()
    known = {(row["record_id"], row["column"]) for row in changes if row["table"] == "contact" and row["new_known"]}
    now = [(row["record_id"], row["column"]) for row in space["now"].collect()]
    assert {*now} == known
    assert len(now) == len(known)
    query = space["query"]
    query.processAllAvailable()
    query.stop()
    assert spark.table("seen").count() == len(BODIES) + 9
