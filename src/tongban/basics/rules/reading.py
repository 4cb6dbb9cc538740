"""From sqlglot's tree to ours, by an allow-list of exact node types, checking names and types on the way.

sqlglot's own type annotation checks nothing, so types are checked here. Every fault is collected; a part at
fault gets the kind ``unknown``, which fits everywhere and so raises no second fault. Called by
``rule.compile`` only.
"""

import datetime
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from sqlglot import exp

from tongban.basics.rules import tree
from tongban.basics.rules.faults import Faults
from tongban.basics.rules.parsed import chain, near, spelled, too_deep
from tongban.basics.rules.screen import MAX_DEPTH
from tongban.basics.rules.types import KINDS, Schema, Type

NUMBERS = frozenset({"integer", "decimal"})
TEXTS = frozenset({"text", "code"})
UNKNOWN = tree.Const(None, "unknown")
OPERATORS: dict[type[exp.Expr], str] = {
    exp.EQ: "=",
    exp.NEQ: "<>",
    exp.LT: "<",
    exp.LTE: "<=",
    exp.GT: ">",
    exp.GTE: ">=",
}
SUMS: dict[type[exp.Expr], str] = {exp.Add: "+", exp.Sub: "-", exp.Mul: "*"}
PREDICATES = (*OPERATORS, exp.In, exp.Between, exp.Like, exp.Is, exp.Not, exp.And, exp.Or)
FUNCTIONS: dict[str, str] = {
    "age_years": "age_years(birth_date, today)",
    "coalesce": "COALESCE(name, 0)",
    "length": "length(name)",
    "starts_with": "starts_with(name, 'text')",
}
KIND_WORDS = {**KINDS, "null": ("NULL", "NULL"), "unknown": ("未知", "unknown")}


class Reader:
    """Reads one parsed rule against one schema; faults go to ``faults``."""

    def __init__(self, schema: Schema, faults: Faults) -> None:
        self.schema = schema
        self.faults = faults
        self.screened = bool(faults)

    def rule(self, node: exp.Expr) -> tree.Node:
        """The whole rule, which must be a yes/no value; UNKNOWN when it nests too deeply to look at."""
        if too_deep(node):
            self.faults.add("rule.too_deep", 0, self.faults.source[:40], limit=str(MAX_DEPTH))
            return UNKNOWN
        return self._need(node, frozenset({"boolean", "null"}), "boolean")

    def read(self, node: exp.Expr) -> tree.Node:
        """Our node for sqlglot's; a type that is not on the list, or an extra argument, is a fault."""
        reader = READERS.get(type(node))
        allowed = ARGUMENTS.get(type(node), frozenset())
        if reader is None or any(value and key not in allowed for key, value in node.args.items()):
            self._fault("rule.construct", node)
            return UNKNOWN
        return reader(self, node)

    def _fault(self, code: str, node: exp.Expr, found: str = "", **data: str) -> tree.Node:
        if code == "rule.construct" and self.screened:
            return UNKNOWN  # the operator itself is already at fault, at its exact place
        starts = [part.meta["start"] for part in node.walk() if "start" in part.meta]
        self.faults.add(code, min(starts, default=0), found or spelled(node), **data)
        return UNKNOWN

    def _need(self, node: exp.Expr, kinds: frozenset[str], wanted: str) -> tree.Node:
        """Reads ``node`` and faults it unless its kind is one of ``kinds``."""
        part = self.read(node)
        if part.kind == "unknown" or part.kind in kinds:
            return part
        (found_zh, found_en), (wanted_zh, wanted_en) = KIND_WORDS[part.kind], KIND_WORDS[wanted]
        if part.kind == "null":
            return self._fault("rule.null", node.parent or node)
        return self._fault(
            "rule.type", node, found_zh=found_zh, found_en=found_en, wanted_zh=wanted_zh, wanted_en=wanted_en
        )

    def _operand(self, node: exp.Expr) -> tree.Node:
        """An operand of a comparison or calculation; a bare predicate there reads differently in engines."""
        if isinstance(node, PREDICATES):
            self._fault("rule.parentheses", node.parent or node)
            self.read(node)
            return UNKNOWN
        return self.read(node)

    def _fixed(self, node: exp.Expr) -> tree.Const | None:
        """A fixed value that is not NULL, or None with a fault."""
        part = self.read(node)
        if part.kind == "unknown":
            return None
        if part.kind == "null":
            self._fault("rule.null", node.parent or node)
        elif isinstance(part, tree.Const):
            return part
        else:
            self._fault("rule.literal", node)
        return None

    # ---- leaves -------------------------------------------------------------------------------------

    def paren(self, node: exp.Expr) -> tree.Node:
        return self.read(node.this)

    def literal(self, node: exp.Expr) -> tree.Node:
        if node.is_string:
            return tree.Const(node.this, "text")
        if not re.fullmatch(r"[0-9]+(\.[0-9]+)?", node.this) or len(node.this.replace(".", "")) > 38:
            return self._fault("rule.number", node)
        return tree.Const(Decimal(node.this), "decimal") if "." in node.this else tree.Const(int(node.this), "integer")

    def boolean(self, node: exp.Expr) -> tree.Node:
        return tree.Const(bool(node.this), "boolean")

    def null(self, node: exp.Expr) -> tree.Node:
        return tree.Const(None, "null")

    def date(self, node: exp.Cast) -> tree.Node:
        if not (node.to.is_type("date") and isinstance(node.this, exp.Literal) and node.this.is_string):
            return self._fault("rule.construct", node)
        try:
            if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", node.this.this):
                raise ValueError
            return tree.Const(datetime.date.fromisoformat(node.this.this), "date")
        except ValueError:
            return self._fault("rule.date", node, f"'{node.this.this}'")

    def column(self, node: exp.Column) -> tree.Node:
        if any(isinstance(part, exp.Star) for part in node.parts):
            return self._fault("rule.construct", node)
        if any(part.args.get("quoted") for part in node.parts):
            inside = ".".join(part.name for part in node.parts)
            return self._fault("rule.double_quotes", node, repair="'" + inside.replace("'", "''") + "'")
        return self._named(".".join(part.name for part in node.parts), node)

    def dot(self, node: exp.Expr) -> tree.Node:
        return self._named(spelled(node), node)

    def _named(self, name: str, node: exp.Expr) -> tree.Node:
        if name in self.schema:
            return tree.Name(name, self.schema[name].kind)
        repair_zh, repair_en = near(name, list(self.schema))
        return self._fault("rule.unknown_name", node, name, repair_zh=repair_zh, repair_en=repair_en)

    # ---- logic --------------------------------------------------------------------------------------

    def negation(self, node: exp.Expr) -> tree.Node:
        return tree.Not(self._need(node.this, frozenset({"boolean", "null"}), "boolean"))

    def connector(self, node: exp.Expr) -> tree.Node:
        shape = tree.And if type(node) is exp.And else tree.Or
        terms: list[tree.Node] = []
        for part in chain(node):
            term = self._need(part, frozenset({"boolean", "null"}), "boolean")
            terms.extend(term.terms if isinstance(term, shape) else (term,))
        return shape(tuple(terms))

    # ---- tests --------------------------------------------------------------------------------------

    def comparison(self, node: exp.Expr) -> tree.Node:
        if type(node.expression) is exp.Any:
            return self._any(node)
        left, right = self._operand(node.this), self._operand(node.expression)
        pair = self._pair(OPERATORS[type(node)], left, right, node)
        return tree.Compare(OPERATORS[type(node)], *pair) if pair else UNKNOWN

    def _pair(self, op: str, left: tree.Node, right: tree.Node, node: exp.Expr) -> tuple[tree.Node, tree.Node] | None:
        """Both sides when they may be compared by ``op``; texts beside a code are held to its list."""
        kinds = {left.kind, right.kind}
        if "unknown" in kinds:
            return None
        if "null" in kinds:
            self._fault("rule.null", node)
        elif not (kinds <= NUMBERS or kinds <= TEXTS or (len(kinds) == 1 and kinds <= {"boolean", "date"})):
            self._mismatch(left, right, node)
        elif op not in ("=", "<>") and not (kinds <= NUMBERS or kinds == {"date"}):
            found_zh, found_en = KIND_WORDS[left.kind]
            self._fault("rule.order", node, found_zh=found_zh, found_en=found_en)
        else:
            return self._coded(left, right, node)
        return None

    def _mismatch(self, left: tree.Node, right: tree.Node, node: exp.Expr) -> tree.Node:
        (left_zh, left_en), (right_zh, right_en) = KIND_WORDS[left.kind], KIND_WORDS[right.kind]
        return self._fault(
            "rule.mismatch", node, left_zh=left_zh, left_en=left_en, right_zh=right_zh, right_en=right_en
        )

    def _coded(self, left: tree.Node, right: tree.Node, node: exp.Expr) -> tuple[tree.Node, tree.Node] | None:
        one, other = self._code_name(left), self._code_name(right)
        if one and other and not self.schema[one].values & self.schema[other].values:
            self._mismatch(left, right, node)
            return None
        if one and isinstance(right, tree.Const):
            place = node.expressions[-1] if isinstance(node, exp.Anonymous) else node.expression or node
            right = self._in_list(right, one, place)
        elif other and isinstance(left, tree.Const):
            left = self._in_list(left, other, node.this)
        return None if UNKNOWN in (left, right) else (left, right)

    def _code_name(self, part: tree.Node) -> str | None:
        """The input whose closed list governs ``part``."""
        if isinstance(part, tree.Coalesce):
            return self._code_name(part.term)
        return part.name if isinstance(part, tree.Name) and self.schema[part.name].codes else None

    def _in_list(self, const: tree.Const, name: str, node: exp.Expr) -> tree.Const:
        declared: Type = self.schema[name]
        if const.value in declared.values:
            return tree.Const(const.value, "text", name)
        repair_zh, repair_en = near(str(const.value), sorted(declared.values))
        self._fault("rule.outside_code", node, f"'{const.value}'", name=name, repair_zh=repair_zh, repair_en=repair_en)
        return UNKNOWN

    def _any(self, node: exp.Expr) -> tree.Node:
        choice, texts = self._fixed(node.this), self.read(node.expression.this)
        if choice is None or texts.kind == "unknown":
            return UNKNOWN
        if type(node) is not exp.EQ or not isinstance(texts, tree.Name) or texts.kind != "texts":
            return self._fault("rule.construct", node)
        if choice.kind != "text":
            return self._mismatch(choice, texts, node)
        if self.schema[texts.name].codes:
            choice = self._in_list(choice, texts.name, node.this)
        return tree.Has(texts, choice) if choice.kind == "text" else UNKNOWN

    def among(self, node: exp.Expr) -> tree.Node:
        term = self._operand(node.this)
        if not node.expressions:
            return self._fault("rule.empty_list", node)
        choices = [self._choice(term, choice) for choice in node.expressions]
        found = tuple(choice for choice in choices if choice is not None)
        return tree.Among(term, found) if len(found) == len(choices) and term.kind != "unknown" else UNKNOWN

    def _choice(self, term: tree.Node, node: exp.Expr) -> tree.Const | None:
        choice = self._fixed(node)
        pair = self._pair("=", term, choice, node) if choice else None
        return pair[1] if pair and isinstance(pair[1], tree.Const) else None

    def between(self, node: exp.Expr) -> tree.Node:
        term, low, high = (self._operand(node.args[key]) for key in ("this", "low", "high"))
        fits = [self._pair("<=", term, bound, node) for bound in (low, high)]
        return tree.Between(term, low, high) if all(fits) else UNKNOWN

    def is_null(self, node: exp.Expr) -> tree.Node:
        if type(node.expression) is not exp.Null:
            return self._fault("rule.construct", node)
        test = tree.IsNull(self._operand(node.this))
        return tree.Not(test) if node.args.get("negate") else test

    def like(self, node: exp.Expr) -> tree.Node:
        if isinstance(node.this, PREDICATES):
            return self._fault("rule.parentheses", node)
        term = self._need(node.this, TEXTS, "text")
        pattern = self._pattern(node.expression)
        if pattern is None:
            return UNKNOWN
        test = tree.Like(term, pattern)
        return tree.Not(test) if node.args.get("negate") else test

    def _pattern(self, node: exp.Expr) -> str | None:
        node = node.unnest()
        if isinstance(node, exp.Literal) and node.is_string and "\\" not in node.this:
            return str(node.this)
        self._fault("rule.pattern", node)
        return None

    # ---- values -------------------------------------------------------------------------------------

    def calculation(self, node: exp.Expr) -> tree.Node:
        op, left, right = SUMS[type(node)], self._operand(node.this), self._operand(node.expression)
        kinds = (left.kind, right.kind)
        if "unknown" in kinds:
            return UNKNOWN
        if "null" in kinds:
            return self._fault("rule.null", node)
        if {*kinds} <= NUMBERS:
            return tree.Sum(op, left, right, "decimal" if "decimal" in kinds else "integer")
        if (kinds == ("date", "integer") and op in "+-") or (kinds == ("integer", "date") and op == "+"):
            return tree.Sum(op, left, right, "date")
        return self._mismatch(left, right, node)

    def negative(self, node: exp.Expr) -> tree.Node:
        term = self._need(node.this, NUMBERS, "decimal")
        if isinstance(term, tree.Const) and term.kind != "unknown":
            return tree.Const(-term.value, term.kind)  # type: ignore[operator]
        return tree.Negative(term, term.kind)

    def function(self, node: exp.Expr) -> tree.Node:
        name, given = str(node.this).lower(), node.expressions
        if name not in FUNCTIONS:
            repair_zh, repair_en = near(name, list(FUNCTIONS))
            for argument in given:
                self.read(argument)
            found = f"{node.this}()"
            return self._fault("rule.unknown_function", node, found, repair_zh=repair_zh, repair_en=repair_en)
        if len(given) != FUNCTIONS[name].count(",") + 1:
            return self._fault("rule.arguments", node, repair=FUNCTIONS[name])
        return CALLS[name](self, node, given)

    def age_years(self, node: exp.Expr, given: list[exp.Expr]) -> tree.Node:
        birth, on = (self._need(argument, frozenset({"date"}), "date") for argument in given)
        return tree.AgeYears(birth, on)

    def length(self, node: exp.Expr, given: list[exp.Expr]) -> tree.Node:
        return tree.Length(self._need(given[0], TEXTS, "text"))

    def starts_with(self, node: exp.Expr, given: list[exp.Expr]) -> tree.Node:
        term, prefix = self._need(given[0], TEXTS, "text"), self._pattern(given[1])
        return UNKNOWN if prefix is None else tree.StartsWith(term, prefix)

    def coalesce(self, node: exp.Expr, given: list[exp.Expr]) -> tree.Node:
        term, default = self.read(given[0]), self._fixed(given[1])
        pair = self._pair("=", term, default, node) if default else None
        if pair is None or not isinstance(pair[1], tree.Const):
            return UNKNOWN
        kind = "decimal" if {term.kind, pair[1].kind} == NUMBERS else term.kind
        return tree.Coalesce(pair[0], pair[1], kind)


BINARY = frozenset({"this", "expression"})
# The allow-list: sqlglot's exact node type → how it is read, and which of its arguments may be present.
READERS: dict[type[exp.Expr], Callable[[Reader, Any], tree.Node]] = {
    exp.Paren: Reader.paren,
    exp.Literal: Reader.literal,
    exp.Boolean: Reader.boolean,
    exp.Null: Reader.null,
    exp.Cast: Reader.date,
    exp.Column: Reader.column,
    exp.Dot: Reader.dot,
    exp.Not: Reader.negation,
    exp.And: Reader.connector,
    exp.Or: Reader.connector,
    **dict.fromkeys(OPERATORS, Reader.comparison),
    exp.In: Reader.among,
    exp.Between: Reader.between,
    exp.Is: Reader.is_null,
    exp.Like: Reader.like,
    **dict.fromkeys(SUMS, Reader.calculation),
    exp.Neg: Reader.negative,
    exp.Anonymous: Reader.function,
}
ARGUMENTS: dict[type[exp.Expr], frozenset[str]] = {
    exp.Paren: frozenset({"this"}),
    exp.Literal: frozenset({"this", "is_string"}),
    exp.Boolean: frozenset({"this"}),
    exp.Cast: frozenset({"this", "to"}),
    exp.Column: frozenset({"this", "table", "db", "catalog"}),
    exp.Dot: BINARY,
    exp.Not: frozenset({"this"}),
    exp.And: BINARY,
    exp.Or: BINARY,
    **dict.fromkeys(OPERATORS, BINARY),
    exp.In: frozenset({"this", "expressions"}),
    exp.Between: frozenset({"this", "low", "high"}),
    exp.Is: BINARY | {"negate"},
    exp.Like: BINARY | {"negate"},
    **dict.fromkeys(SUMS, BINARY),
    exp.Neg: frozenset({"this"}),
    exp.Anonymous: frozenset({"this", "expressions"}),
}
CALLS: dict[str, Callable[[Reader, exp.Expr, list[exp.Expr]], tree.Node]] = {
    "age_years": Reader.age_years,
    "coalesce": Reader.coalesce,
    "length": Reader.length,
    "starts_with": Reader.starts_with,
}
