"""Every threat that the documents name has a control whose test exists."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
ROW = re.compile(r"^\| (?P<threat>[^|]+) \| (?P<control>[^|]+) \| (?P<default>[^|]+) \| `(?P<test>test_\w+)` \|$")
LEAST = 40


def rows() -> list[re.Match[str]]:
    """The rows of the table."""
    lines = (ROOT / "docs" / "threats.md").read_text("utf-8").splitlines()
    table = [line for line in lines if line.startswith("| ") and not line.startswith("| threat ")]
    found = [ROW.match(line) for line in table]
    assert [line for line, row in zip(table, found, strict=True) if row is None] == []
    return [row for row in found if row]


def test_every_threat_has_a_control_and_a_test_that_exists() -> None:
    names = {
        name
        for file in (ROOT / "tests").rglob("test_*.py")
        for name in re.findall(r"^(?:async )?def (test_\w+)", file.read_text("utf-8"), re.MULTILINE)
    }
    assert [row["test"] for row in rows() if row["test"] not in names] == []


def test_the_table_is_long_enough_and_names_no_threat_twice() -> None:
    threats = [row["threat"] for row in rows()]
    assert len(threats) == len(set(threats)) >= LEAST
