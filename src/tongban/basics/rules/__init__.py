"""The one rule language: SQL boolean expressions over declared inputs, checked, compiled once, explained.

``compile(source, schema)`` gives a ``Rule`` or refuses with every fault. ``always_false`` and
``never_together`` find conditions that can never hold.
For tables of many records: ``layout`` and ``duckdb`` or ``spark``.
``docs/rule-language.md`` describes the language for pack authors.
"""

from tongban.basics.rules.errors import (
    ColumnRefused,
    ColumnTypeRefused,
    RuleFault,
    RuleRefused,
    RuleValueRefused,
    SchemaRefused,
    TableMisfit,
    TableTooWide,
)
from tongban.basics.rules.reach import always_false, never_together
from tongban.basics.rules.rule import Rule, compile
from tongban.basics.rules.trace import Explanation, Found
from tongban.basics.rules.types import Code, Schema, Type, boolean, code, date, decimal, integer, text, texts

__all__ = [
    "Code",
    "ColumnRefused",
    "ColumnTypeRefused",
    "Explanation",
    "Found",
    "Rule",
    "RuleFault",
    "RuleRefused",
    "RuleValueRefused",
    "Schema",
    "SchemaRefused",
    "TableMisfit",
    "TableTooWide",
    "Type",
    "always_false",
    "boolean",
    "code",
    "compile",
    "date",
    "decimal",
    "integer",
    "never_together",
    "text",
    "texts",
]
