"""Are rules over a table as quick as SQL written by hand? Twenty eligibility rules over a million enterprises.

DuckDB, in memory, answers the same questions twice in the same run: as the compiled rules, and as a hand-written
query that an analyst would write for speed (ages as date bounds, no casts). Both count how many enterprises each
rule finds; first the answers are compared row by row. The figure is the ratio of the median times; it may be 1.3 at
most, by the clock; processor time is told beside it, the one-time check of the table's values apart. Run by
``make bench``.
"""

import argparse
import datetime
import json
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
from rich.console import Console
from rich.table import Table

from tongban.basics import rules
from tongban.basics.rules import duckdb as tables
from tongban.basics.rules import layout

VAR = Path(__file__).parents[1] / "var"
LIMIT = 1.3
TODAY = datetime.date(2026, 11, 22)
console = Console(highlight=False, soft_wrap=True, width=150)

SECTORS = ("A", "C", "E", "F", "G", "H", "I", "L", "M", "N", "O", "R")
FORMS = ("limited", "joint_stock", "partnership", "sole", "cooperative")
SCHEMA = rules.Schema(
    {
        "today": rules.date(),
        "e.founded": rules.date(),
        "e.region": rules.text(),
        "e.name": rules.text(),
        "e.sector": rules.code(SECTORS),
        "e.form": rules.code(FORMS),
        "e.employees": rules.integer(),
        "e.graduates": rules.integer(),
        "e.revenue": rules.decimal(),
        "e.tax": rules.decimal(),
        "e.research": rules.decimal(),
        "e.area": rules.decimal(),
        "e.listed": rules.boolean(),
        "e.licence_until": rules.date(),
        "e.penalties": rules.integer(),
    }
)
LAYOUT = layout.Layout(
    SCHEMA,
    {
        "e.founded": layout.days("founded"),
        "e.region": layout.plain("region"),
        "e.name": layout.plain("name"),
        "e.sector": layout.plain("sector"),
        "e.form": layout.plain("form"),
        "e.employees": layout.whole("employees", 0, 10_000_000),
        "e.graduates": layout.whole("graduates", 0, 10_000_000),
        "e.revenue": layout.exact("revenue", 15, 2),
        "e.tax": layout.exact("tax", 15, 2),
        "e.research": layout.exact("research", 15, 2),
        "e.area": layout.exact("area", 12, 2),
        "e.listed": layout.plain("listed"),
        "e.licence_until": layout.days("licence_until"),
        "e.penalties": layout.whole("penalties", 0, 10_000),
    },
    {"today": TODAY},
)
CONTENT = """
CREATE MACRO pick(i, salt, many) AS ((hash(i, salt) >> 1)::BIGINT % many);
CREATE TABLE enterprises AS SELECT
    DATE '1980-01-01' + (pick(i, 1, 17000))::INT AS founded,
    CASE WHEN pick(i, 2, 50) = 0 THEN NULL ELSE (330000 + pick(i, 3, 12000))::VARCHAR END AS region,
    (['杭州', '上城', '西湖', '江南'])[1 + pick(i, 4, 4)] || i || (['餐饮', '科技', '贸易'])[1 + pick(i, 5, 3)]
        || '有限公司' AS name,
    ([{sectors}])[1 + pick(i, 6, {sector_count})] AS sector,
    ([{forms}])[1 + pick(i, 7, {form_count})] AS form,
    CASE WHEN pick(i, 8, 40) = 0 THEN NULL ELSE (pick(i, 9, 600))::INT END AS employees,
    (pick(i, 10, 60))::INT AS graduates,
    CASE WHEN pick(i, 11, 30) = 0 THEN NULL ELSE ((pick(i, 12, 9000000000)) / 100)::DECIMAL(15, 2) END AS revenue,
    ((pick(i, 13, 200000000)) / 100)::DECIMAL(15, 2) AS tax,
    ((pick(i, 14, 500000000)) / 100)::DECIMAL(15, 2) AS research,
    ((pick(i, 15, 500000)) / 100)::DECIMAL(12, 2) AS area,
    CASE WHEN pick(i, 16, 20) = 0 THEN NULL ELSE pick(i, 17, 10) = 0 END AS listed,
    CASE WHEN pick(i, 18, 3) = 0 THEN NULL ELSE DATE '2024-01-01' + (pick(i, 19, 2000))::INT END AS licence_until,
    (pick(i, 20, 5))::INT AS penalties
FROM range({rows}) AS r(i)
"""
# The rule as a pack would write it → the same question as an analyst would write it.
QUESTIONS: dict[str, tuple[str, str]] = {
    "small": ("e.employees < 300 AND e.revenue < 20000000", "employees < 300 AND revenue < 20000000"),
    "micro": ("e.employees <= 10 OR e.revenue <= 1000000", "employees <= 10 OR revenue <= 1000000"),
    "young": ("age_years(e.founded, today) < 3", "founded > DATE '2023-11-22'"),
    "old": ("age_years(e.founded, today) >= 30", "founded <= DATE '1996-11-22'"),
    "in_province": ("e.region LIKE '33%' AND NOT e.listed", "region LIKE '33%' AND NOT listed"),
    "in_districts": (
        "e.region IN ('330102', '330105', '330106', '330110')",
        "region IN ('330102', '330105', '330106', '330110')",
    ),
    "manufacture": (
        "e.sector = 'C' AND e.employees BETWEEN 20 AND 300",
        "sector = 'C' AND employees BETWEEN 20 AND 300",
    ),
    "services": ("e.sector IN ('F', 'G', 'H', 'I', 'L')", "sector IN ('F', 'G', 'H', 'I', 'L')"),
    "research": ("e.research * 100 >= e.revenue * 5", "research * 100 >= revenue * 5"),
    "high_tech": (
        "e.sector IN ('C', 'I', 'M') AND e.graduates * 10 >= e.employees * 3 AND e.research > 100000",
        "sector IN ('C', 'I', 'M') AND graduates * 10 >= employees * 3 AND research > 100000",
    ),
    "taxed": ("e.tax > 500000 AND e.penalties = 0", "tax > 500000 AND penalties = 0"),
    "tax_share": ("e.tax * 20 > e.revenue", "tax * 20 > revenue"),
    "licence_ends": (
        "e.licence_until BETWEEN today AND today + 30",
        "licence_until BETWEEN DATE '2026-11-22' AND DATE '2026-12-22'",
    ),
    "licence_missing": ("e.licence_until IS NULL AND e.sector = 'H'", "licence_until IS NULL AND sector = 'H'"),
    "catering": ("e.name LIKE '%餐饮%' AND e.area > 100", "name LIKE '%餐饮%' AND area > 100"),
    "named": ("starts_with(e.name, '西湖')", "starts_with(name, '西湖')"),
    "spacious": ("e.area - 10.5 > e.employees * 3", "area - 10.5 > employees * 3"),
    "unpunished": (
        "COALESCE(e.penalties, 0) = 0 AND COALESCE(e.listed, FALSE) = FALSE",
        "coalesce(penalties, 0) = 0 AND coalesce(listed, FALSE) = FALSE",
    ),
    "partners": (
        "e.form IN ('partnership', 'sole') AND (e.revenue < 5000000 OR e.employees < 20)",
        "form IN ('partnership', 'sole') AND (revenue < 5000000 OR employees < 20)",
    ),
    "grown": (
        "age_years(e.founded, today) >= 5 AND e.revenue > 10000000 AND e.form <> 'sole' AND e.penalties < 2",
        "founded <= DATE '2021-11-22' AND revenue > 10000000 AND form <> 'sole' AND penalties < 2",
    ),
}


def fill(connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    """Make the enterprises, the same ones in every run."""
    connection.execute(
        CONTENT.format(
            rows=rows,
            sectors=", ".join(f"'{value}'" for value in SECTORS),
            sector_count=len(SECTORS),
            forms=", ".join(f"'{value}'" for value in FORMS),
            form_count=len(FORMS),
        )
    )


def compiled() -> dict[str, rules.Rule]:
    """The rules, as a pack's would be compiled."""
    return {name: rules.compile(source, SCHEMA) for name, (source, _) in QUESTIONS.items()}


def by_hand() -> str:
    """The same answers, written by hand."""
    return f"SELECT {', '.join(f'({sql}) AS {name}' for name, (_, sql) in QUESTIONS.items())} FROM enterprises"


def counting(answers: str) -> str:
    """How many rows each answer is true in; so every answer is computed and none is moved to Python."""
    counts = ", ".join(f"count(*) FILTER (WHERE {name}) AS {name}" for name in QUESTIONS)
    return f"SELECT {counts} FROM ({answers})"


def different(connection: duckdb.DuckDBPyConnection, ours: str, hand: str) -> int:
    """In how many rows any answer differs, unknowns included."""
    apart = " OR ".join(f"o.{name} IS DISTINCT FROM h.{name}" for name in QUESTIONS)
    query = f"SELECT count(*) FROM ({ours}) o POSITIONAL JOIN ({hand}) h WHERE {apart}"
    return int(connection.execute(query).fetchall()[0][0])


def spent(work: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    began = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - began)


def worked(work: Callable[[], object]) -> float:
    """Milliseconds of processor time of one call, all threads together: what other work here does not disturb."""
    began = time.process_time()
    work()
    return 1000 * (time.process_time() - began)


def measure(calls: dict[str, Callable[[], object]], times: int, by: Callable[..., float]) -> dict[str, list[float]]:
    """What each call took, in turn, so that other work on the machine meets all alike; two rounds to get warm."""
    rounds = [[by(call) for call in calls.values()] for _ in range(times + 2)]
    return dict(zip(calls, map(list, zip(*rounds[2:], strict=True)), strict=True))


def ratio(times: dict[str, list[float]]) -> float:
    """Of the medians."""
    return statistics.median(times["compiled rules"]) / statistics.median(times["by hand"])


def told(times: dict[str, list[float]], work: dict[str, list[float]]) -> Table:
    """Median, least and most of each."""
    table = Table("20 rules", "ms", "processor ms")
    for name in times:
        table.add_row(name, _spread(times[name]), _spread(work[name]))
    return table


def _spread(values: list[float]) -> str:
    return f"{statistics.median(values):.0f} ({min(values):.0f}–{max(values):.0f})"


def main() -> int:
    """Fill, compare, measure in turn, tell; 0 when the answers agree and the ratio holds."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=1_000_000)
    options.add_argument("--times", type=int, default=15)
    chosen = options.parse_args()
    connection = duckdb.connect()
    fill(connection, chosen.rows)
    ours, hand = tables.select("enterprises", compiled(), LAYOUT), by_hand()
    apart = different(connection, ours, hand)
    calls: dict[str, Callable[[], object]] = {
        "by hand": lambda: connection.execute(counting(hand)).fetchall(),
        "compiled rules": lambda: connection.execute(counting(ours)).fetchall(),
        "check of the table": lambda: tables.check(connection, "enterprises", LAYOUT),
    }
    times, work = measure(calls, chosen.times, spent), measure(calls, chosen.times, worked)
    console.print(told(times, work))
    console.print(f"{chosen.rows:,} enterprises; rows answered differently: {apart}")
    console.print(f"ratio {ratio(times):.2f}, of processor time {ratio(work):.2f}; {LIMIT} at most")
    VAR.mkdir(exist_ok=True)
    (VAR / "bench-rules.json").write_text(json.dumps({"apart": apart, "ms": times, "processor_ms": work}), "utf-8")
    return 0 if ratio(times) <= LIMIT and apart == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
