"""What the language offers and refuses stands in its page, and the page's examples are rules."""

import re
from pathlib import Path

import pytest
from rule_cast import SCHEMA

from tongban.basics import rules
from tongban.basics.rules.errors import SENTENCES
from tongban.basics.rules.reading import FUNCTIONS

PAGE = (Path(__file__).parents[3] / "docs" / "rule-language.md").read_text(encoding="utf-8")
AT_WORK = (
    rules.RuleValueRefused,
    rules.ColumnRefused,
    rules.ColumnTypeRefused,
    rules.TableMisfit,
    rules.TableTooWide,
)
EXAMPLES = PAGE.split("```sql\n")[1].split("```")[0].splitlines()


def test_every_function_and_every_fault_is_documented() -> None:
    assert [name for name in FUNCTIONS if f"{name}(" not in PAGE.lower()] == []
    assert [code for code in SENTENCES if f"`{code}`" not in PAGE] == []


def test_no_fault_is_documented_that_does_not_exist() -> None:
    assert set(re.findall(r"`(rule\.[a-z_]+)`", PAGE)) == {*SENTENCES, *(error.code for error in AT_WORK)}


@pytest.mark.parametrize("source", EXAMPLES)
def test_every_example_is_a_rule(source: str) -> None:
    assert rules.compile(source, SCHEMA).names
