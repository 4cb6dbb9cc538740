"""Python, DuckDB and Spark SQL give one answer: many random rules at once over random rows, on a small Spark cluster.

The cluster is a master and two workers, each its own process with its own executor (``local-cluster``), so plans and
rows really travel. Skipped, saying so, where there is no Java or no PySpark.
"""

import importlib.util
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from rule_expressions import SCHEMA, booleans
from table_rows import LAYOUT, TYPES, Row, accepted, expected, rows

from tongban.basics import rules
from tongban.basics.rules import duckdb as in_duckdb
from tongban.basics.rules import layout
from tongban.basics.rules import spark as in_spark

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(shutil.which("java") is None, reason="no Java here: Spark cannot run"),
    pytest.mark.skipif(importlib.util.find_spec("pyspark") is None, reason="no PySpark: make test-long fetches it"),
]
COLUMNS = {name: kind.replace("TEXT[]", "ARRAY<STRING>").replace("TEXT", "STRING") for name, kind in TYPES.items()}
SCHEMA_TEXT = "place INT, " + ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())


@pytest.fixture(scope="module")
def spark() -> Iterator[Any]:
    import pyspark
    from pyspark.sql import SparkSession

    os.environ["SPARK_HOME"] = str(Path(pyspark.__file__).parent)
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    settings = {
        "spark.ui.enabled": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.memory": "1g",
        "spark.sql.shuffle.partitions": "2",
        "spark.log.level": "ERROR",
        "spark.sql.codegen.wholeStage": "false",
        "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    }
    builder = SparkSession.builder.master("local-cluster[2,1,1024]").appName("rules")
    session = builder.config(map=settings).getOrCreate()
    yield session
    session.stop()


def _spark_answers(spark: Any, found: dict[str, rules.Rule], records: list[Row]) -> list[tuple[bool | None, ...]]:
    frame = spark.createDataFrame(
        [(place, *map(record.get, SCHEMA)) for place, record in enumerate(records)], SCHEMA_TEXT
    )
    frame.repartition(4).createOrReplaceTempView("found")
    in_spark.check(spark, "found", LAYOUT)
    answers = spark.sql(in_spark.select("found", found, LAYOUT, ["place"])).collect()
    return [tuple(row)[1:] for row in sorted(answers)]


def _duckdb_answers(found: dict[str, rules.Rule], records: list[Row]) -> list[tuple[bool | None, ...]]:
    with duckdb.connect() as connection:
        columns = ", ".join(f"{name} {kind}" for name, kind in TYPES.items())
        connection.execute(f"CREATE TABLE found (place INT, {columns})")
        for place, record in enumerate(records):
            marks = ", ".join("?" * (len(TYPES) + 1))
            connection.execute(f"INSERT INTO found VALUES ({marks})", [place, *map(record.get, SCHEMA)])
        return in_duckdb.decide(connection, "(FROM found ORDER BY place)", found, LAYOUT).fetchall()


def test_random_rules_answer_alike_in_all_three_engines(spark: Any) -> None:
    tally = []

    # A failure is not made smaller: each attempt costs seconds, and the rules are told one by one below.
    @settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
    @given(sources=st.lists(booleans(), min_size=60, max_size=60), records=st.lists(rows(), min_size=60, max_size=60))
    def same(sources: list[str], records: list[Row]) -> None:
        found = accepted(sources, in_spark.expression)
        tally.append(len(found))
        closures = expected(found, records)
        assert _duckdb_answers(found, records) == closures
        by_spark = _spark_answers(spark, found, records)
        columns = zip(found.values(), zip(*closures, strict=True), zip(*by_spark, strict=True), strict=True)
        assert [rule.source for rule, closure, column in columns if closure != column] == []

    same()
    assert sum(tally) > 600


def test_a_text_that_looks_like_a_setting_stays_a_text(spark: Any) -> None:
    found = {"r": rules.compile("f.s = '${spark.app.name}' OR f.s LIKE '$%a'", SCHEMA)}
    records = [dict.fromkeys(SCHEMA, None) | {"f.s": text} for text in ("${spark.app.name}", "rules", "$xa", "xa")]
    assert _spark_answers(spark, found, records) == expected(found, records)


@pytest.mark.parametrize(("column", "value"), [("k", "z"), ("i", 1001), ("l", ["a", None])])
def test_a_table_with_a_value_that_a_record_may_not_have_is_refused_whole(spark: Any, column: str, value: Any) -> None:
    row = (0, *(value if name == column else None for name in TYPES))
    spark.createDataFrame([row], SCHEMA_TEXT).createOrReplaceTempView("misfit")
    with pytest.raises(rules.TableMisfit):
        in_spark.check(spark, "misfit", LAYOUT)


def test_a_list_with_a_text_outside_its_choices_is_refused(spark: Any) -> None:
    listed = layout.Layout(rules.Schema({"l": rules.texts(["a", "b"])}), {"l": layout.plain("l")})
    spark.sql("SELECT array('a', 'b') AS l UNION ALL SELECT NULL UNION ALL SELECT array()").createOrReplaceTempView(
        "fit"
    )
    in_spark.check(spark, "fit", listed)
    spark.sql("SELECT array('a', 'c') AS l").createOrReplaceTempView("unfit")
    with pytest.raises(rules.TableMisfit):
        in_spark.check(spark, "unfit", listed)


def test_a_column_of_another_type_is_refused_and_never_converted(spark: Any) -> None:
    held = layout.Layout(rules.Schema({"d": rules.decimal()}), {"d": layout.exact("v", 12, 2)})
    spark.sql("SELECT CAST(1 AS DOUBLE) AS v").createOrReplaceTempView("double")
    with pytest.raises(rules.ColumnTypeRefused):
        in_spark.check(spark, "double", held)
