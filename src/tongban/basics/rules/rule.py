"""A rule, compiled once: check its text, keep its closure, explain it in words.

Who calls: assembly compiles the conditions of packs; every noun evaluates the rules of its definitions.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.errors import ParseError
from sqlglot.parsers.postgres import PostgresParser
from sqlglot.tokenizer_core import Token

from tongban.basics.rules import meaning, trace, words
from tongban.basics.rules.errors import RuleRefused
from tongban.basics.rules.faults import Faults
from tongban.basics.rules.reading import UNKNOWN, Reader
from tongban.basics.rules.screen import DIALECT, screen
from tongban.basics.rules.trace import Explanation
from tongban.basics.rules.tree import Node, names
from tongban.basics.rules.types import Schema


class _Parser(PostgresParser):
    """PostgreSQL's grammar without its functions: synonyms stay what was written, for our own table."""

    FUNCTIONS: ClassVar[dict[str, Any]] = {}
    FUNCTION_PARSERS: ClassVar[dict[str, Any]] = {}


@dataclass(frozen=True)
class Rule:
    """One condition, checked against a schema. Equal when text and schema are equal.

    ``names`` are the inputs it reads. ``evaluate(values)`` decides it for one record (dotted name → value;
    an absent name is NULL) with SQL's three-valued answer: True, False, or None for unknown. It raises
    ``RuleValueRefused`` on a value of another type than declared. ISO dates as text, and JSON numbers, are
    taken as the date or exact decimal they spell.
    """

    source: str
    schema: Schema = field(repr=False)
    names: frozenset[str] = field(compare=False)
    tree: Node = field(compare=False, repr=False)
    evaluate: Callable[[Mapping[str, object]], bool | None] = field(compare=False, repr=False)

    def explain(self, language: str = "zh-CN") -> str:
        """The rule in words, with the schema's labels, in ``zh-CN`` or ``en``."""
        return words.words(self.tree, self.schema, language)

    def trace(self, values: Mapping[str, object], language: str = "zh-CN") -> Explanation:
        """Which parts decided the answer for ``values``, in words; for the person concerned."""
        return trace.trace(self.tree, self.schema, values, language)


@lru_cache(maxsize=4096)
def compile(source: str, schema: Schema) -> Rule:
    """The rule that ``source`` spells over the inputs of ``schema``; the same object for the same pair.

    Raises ``RuleRefused`` with every fault of the text at once.
    """
    faults = Faults(source)
    checked: Node = UNKNOWN
    tokens = screen(source, faults)
    if tokens is not None:
        # The parser spends some twenty frames a level of nesting: a thread of its own has its own stack, so
        # that what is accepted does not depend on how deeply the caller stands.
        with ThreadPoolExecutor(1) as own_stack:
            checked = own_stack.submit(_read, tokens, schema, faults).result()
    if faults:
        raise RuleRefused(source, faults.sorted())
    return Rule(source, schema, names(checked), checked, meaning.run(checked, schema))


def _read(tokens: list[Token], schema: Schema, faults: Faults) -> Node:
    try:
        parsed = _Parser(dialect=DIALECT).parse(tokens, faults.source)
    except (ParseError, RecursionError) as error:
        _syntax(error, faults)
        return UNKNOWN
    if len(parsed) != 1 or not isinstance(parsed[0], exp.Expr):
        faults.add("rule.syntax", 0, faults.source[:40])
        return UNKNOWN
    return Reader(schema, faults).rule(parsed[0])


def _syntax(error: ParseError | RecursionError, faults: Faults) -> None:
    """The parser's complaint as a fault; it gives the line and the last column of the word it stopped at."""
    if isinstance(error, RecursionError):
        faults.add("rule.too_deep", 0, faults.source[:40], limit="32")
        return
    detail = error.errors[0] if error.errors else {}
    found = str(detail.get("highlight") or faults.source[-20:])
    lines = faults.source.split("\n")[: int(detail.get("line") or 1) - 1]
    offset = sum(len(line) + 1 for line in lines) + int(detail.get("col") or len(found)) - len(found)
    faults.add("rule.syntax", max(offset, 0), found)
