"""Finds conditions that can never hold, so that a pack's dead tasks are seen before anyone waits for them.

Who calls: the pack check. The answer "never" is certain; "perhaps" promises nothing.

How: each term that is only compared with fixed values becomes a variable. A few representatives stand for
all its values (each fixed value, its neighbours, something between, something else, and unknown), because
no comparison in the rule can tell the others apart from these. Tests of another form become free yes/no
variables. If no combination makes the rule true, nothing does. Terms that share no variable are examined
apart; where there are still too many combinations, pairs of terms are examined.
"""

import datetime
import itertools
import math
from collections.abc import Iterable
from decimal import Decimal

from tongban.basics.rules import meaning, tree
from tongban.basics.rules.rule import Rule
from tongban.basics.rules.types import Schema, Type

LIMIT = 4096
PAIR_LIMIT = 256
PAIR_TERMS = 40


def always_false(rule: Rule) -> bool:
    """Whether ``rule`` is provably never true, whatever the inputs."""
    return _Reach(rule.schema).never(rule.tree)


def never_together(one: Rule, other: Rule) -> bool:
    """Whether two rules over the same schema are provably never true for the same record."""
    return _Reach(one.schema).never(tree.And((one.tree, other.tree)))


class _Reach:
    def __init__(self, schema: Schema) -> None:
        self.schema = schema
        self.variables: dict[tree.Node, str] = {}
        self.fixed: dict[str, set[tree.Value]] = {}
        self.prefixes: dict[str, set[str]] = {}

    def never(self, node: tree.Node) -> bool:
        abstract = self._abstract(node)
        self.types = Schema({name: Type(_plain(term.kind)) for term, name in self.variables.items()})
        self.domains = {name: self._domain(term, name) for term, name in self.variables.items()}
        return self._never(abstract)

    # ---- from the rule to a rule over variables ------------------------------------------------------

    def _variable(self, term: tree.Node, fixed: Iterable[tree.Value] = ()) -> tree.Node:
        name = self.variables.setdefault(term, f"v{len(self.variables)}")
        self.fixed.setdefault(name, set()).update(fixed)
        return tree.Name(name, _plain(term.kind))

    def _abstract(self, node: tree.Node) -> tree.Node:
        if not tree.names(node):
            return node
        match node:
            case tree.Not(term):
                return tree.Not(self._abstract(term))
            case tree.And(terms) | tree.Or(terms):
                shape = type(node)
                parts = [self._abstract(term) for term in terms]
                return shape(tuple(p for part in parts for p in (part.terms if isinstance(part, shape) else (part,))))
            case tree.Coalesce(term, default, "boolean"):
                return tree.Coalesce(self._abstract(term), default, "boolean")
            case tree.IsNull(term):
                return tree.IsNull(self._abstract(term) if term.kind == "boolean" else self._variable(term))
            case tree.Among(term, choices) if term.kind != "boolean":
                return tree.Among(self._variable(term, (choice.value for choice in choices)), choices)
            case tree.Between(term, low, high):
                bounds = tree.Compare(">=", term, low), tree.Compare("<=", term, high)
                return tree.And((self._abstract(bounds[0]), self._abstract(bounds[1])))
            case tree.Like(term, like):
                return self._prefix(node, term, like)
            case tree.StartsWith(term, prefix):
                return self._prefix(node, term, prefix + "%", prefix)
            case tree.Compare():
                return self._compare(node)
        return self._variable(node)

    def _prefix(self, node: tree.Node, term: tree.Node, like: str, prefix: str | None = None) -> tree.Node:
        """A prefix test keeps its term as a variable; any other pattern only where the values are listed."""
        if prefix is None and like.endswith("%") and not set(like[:-1]) & {"%", "_"}:
            prefix = like[:-1]
        if prefix is not None:
            variable = self._variable(term)
            self.prefixes.setdefault(self.variables[term], set()).add(prefix)
            return tree.StartsWith(variable, prefix)
        return tree.Like(self._variable(term), like) if self._listed(term) else self._variable(node)

    def _compare(self, node: tree.Compare) -> tree.Node:
        op, left, right = node.op, node.left, node.right
        if left.kind == "boolean":
            return tree.Compare(op, self._abstract(left), self._abstract(right))
        if isinstance(right, tree.Const):
            return tree.Compare(op, self._variable(left, (right.value,)), right)
        if isinstance(left, tree.Const):
            return tree.Compare(op, left, self._variable(right, (left.value,)))
        return tree.Compare(op, self._variable(left), self._variable(left)) if left == right else self._variable(node)

    # ---- representatives -----------------------------------------------------------------------------

    def _listed(self, term: tree.Node) -> frozenset[str]:
        """The closed list of a code, empty for any other term."""
        if isinstance(term, tree.Coalesce):
            return self._listed(term.term)
        is_code = isinstance(term, tree.Name) and term.kind == "code"
        return self.schema[term.name].values if is_code else frozenset()  # type: ignore[union-attr]

    def _domain(self, term: tree.Node, name: str) -> tuple[tree.Value, ...]:
        fixed = self.fixed.get(name, set())
        if term.kind == "boolean":
            return (True, False, None)
        if term.kind in ("integer", "decimal"):
            return (*_numbers(term.kind, fixed), None)  # type: ignore[arg-type]
        if term.kind == "date":
            return (*_dates(fixed), None)  # type: ignore[arg-type]
        return (*(self._listed(term) or _texts(fixed, self.prefixes.get(name, set()))), None)  # type: ignore[arg-type]

    # ---- search --------------------------------------------------------------------------------------

    def _never(self, node: tree.Node) -> bool:
        if isinstance(node, tree.Or):
            return all(self._never(term) for term in node.terms)
        if isinstance(node, tree.And):
            return any(self._none(group) for group in _groups(node.terms))
        return self._none([node])

    def _none(self, terms: list[tree.Node]) -> bool:
        """Whether the terms, which hang together, are never all true."""
        answer = self._search(terms, LIMIT)
        if answer is not None or len(terms) == 1:
            return bool(answer)
        pairs = itertools.combinations(terms[:PAIR_TERMS], 2)
        return any(self._never(term) for term in terms) or any(self._search(list(p), PAIR_LIMIT) for p in pairs)

    def _search(self, terms: list[tree.Node], limit: int) -> bool | None:
        """True when no combination of representatives makes all terms true; None when there are too many."""
        names = sorted(frozenset[str]().union(*(tree.names(term) for term in terms)))
        if math.prod(len(self.domains[name]) for name in names) > limit:
            return None
        holds = meaning.run(tree.And(tuple(terms)), self.types)
        combinations = itertools.product(*(self.domains[name] for name in names))
        return not any(holds(dict(zip(names, values, strict=True))) is True for values in combinations)


def _plain(kind: str) -> str:
    """The kind of a variable: representatives of a code are not held to its list."""
    return "text" if kind == "code" else "boolean" if kind in ("null", "texts") else kind


def _groups(terms: tuple[tree.Node, ...]) -> list[list[tree.Node]]:
    """The terms parted so that different groups share no variable."""
    groups: list[tuple[frozenset[str], list[tree.Node]]] = []
    for term in terms:
        names, members = tree.names(term), [term]
        for group in [group for group in groups if group[0] & names]:
            groups.remove(group)
            names, members = names | group[0], group[1] + members
        groups.append((names, members))
    return [members for _, members in groups]


def _numbers(kind: str, fixed: set[int | Decimal]) -> set[int | Decimal]:
    if not fixed:
        return {0}
    if kind == "integer":
        floors = {math.floor(value) for value in fixed}
        return {floor + step for floor in floors for step in (-1, 0, 1, 2)}
    points = sorted(Decimal(value) for value in fixed)
    half, exact = Decimal("0.5"), meaning.EXACT
    between = {exact.multiply(exact.add(low, high), half) for low, high in itertools.pairwise(points)}
    return {*points, *between, exact.subtract(points[0], 1), exact.add(points[-1], 1)}


def _dates(fixed: set[datetime.date]) -> set[datetime.date]:
    days = {value.toordinal() + step for value in fixed for step in (-1, 0, 1)} or {1}
    last = datetime.date.max.toordinal()
    return {datetime.date.fromordinal(day) for day in days if 1 <= day <= last}


def _texts(fixed: set[str], prefixes: set[str]) -> set[str]:
    """Each fixed text, each prefix alone and with a fresh character, and a text unlike all of them."""
    used = set("".join(fixed | prefixes))
    fresh = next(chr(point) for point in range(0xE000, 0xF8FF) if chr(point) not in used)
    return fixed | prefixes | {prefix + fresh for prefix in prefixes} | {fresh}
