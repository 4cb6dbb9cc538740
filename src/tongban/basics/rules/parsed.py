"""Small looks at sqlglot's tree, and the nearest name to a wrong one. Used by ``reading`` only."""

import difflib

from sqlglot import exp

from tongban.basics.rules.screen import MAX_DEPTH


def too_deep(node: exp.Expr) -> bool:
    """Whether the tree nests deeper than allowed; a chain of ANDs or ORs counts once, parentheses do not."""
    waiting: list[tuple[exp.Expr, int]] = [(node, 1)]
    while waiting:
        part, depth = waiting.pop()
        if depth > MAX_DEPTH + 1:
            return True
        for child in part.iter_expressions():
            flat = isinstance(part, exp.Paren) or (type(part) in (exp.And, exp.Or) and type(child) is type(part))
            waiting.append((child, depth + (not flat)))
    return False


def chain(node: exp.Expr) -> list[exp.Expr]:
    """The terms of ``a AND b AND c`` left to right, without recursion."""
    terms: list[exp.Expr] = []
    part = node
    while type(part) is type(node):
        terms.append(part.expression)
        part = part.this
    return [part, *reversed(terms)]


def spelled(node: exp.Expr) -> str:
    """The node written out as SQL, for messages."""
    return node.sql(dialect="postgres", normalize_functions=False)


def near(found: str, known: list[str]) -> tuple[str, str]:
    """The repair for a name that does not exist: the nearest that does, or what there is."""
    nearest = difflib.get_close_matches(found.lower(), known, 1, 0.6)
    if nearest:
        return f"是否想写 {nearest[0]}？", f"did you mean {nearest[0]}?"
    listed = ", ".join(known[:12]) + (" …" if len(known) > 12 else "")
    return f"可用的有：{listed}", f"there are: {listed}"
