"""A rule in words, for people: labels for names, phrases for operators. Called by ``rule`` and ``trace``."""

import datetime
from collections.abc import Callable
from typing import Any

from tongban.basics.rules import tree
from tongban.basics.rules.types import Schema

# A phrase per construct: (Simplified Chinese, English).
PHRASES: dict[str, tuple[str, str]] = {
    "true": ("是", "yes"),
    "false": ("否", "no"),
    "null": ("未知", "unknown"),
    "none": ("未填写", "not given"),
    "and": (" 并且 ", " and "),
    "or": (" 或者 ", " or "),
    "list": ("、", ", "),
    "group": ("（{0}）", "({0})"),
    "not": ("并非（{0}）", "not ({0})"),
    "yes": ("{0} 为“是”", "{0}: yes"),
    "no": ("{0} 为“否”", "{0}: no"),
    "among": ("{0} 是 {1} 之一", "{0} is one of {1}"),
    "not among": ("{0} 不是 {1} 中的任何一个", "{0} is none of {1}"),
    "between": ("{0} 在 {1} 到 {2} 之间（含两端）", "{0} is between {1} and {2} inclusive"),
    "not between": ("{0} 不在 {1} 到 {2} 之间", "{0} is not between {1} and {2}"),
    "is null": ("{0} 未填写", "{0} is not given"),
    "not is null": ("{0} 已填写", "{0} is given"),
    "starts": ("{0} 以“{1}”开头", "{0} starts with “{1}”"),
    "not starts": ("{0} 不以“{1}”开头", "{0} does not start with “{1}”"),
    "ends": ("{0} 以“{1}”结尾", "{0} ends with “{1}”"),
    "not ends": ("{0} 不以“{1}”结尾", "{0} does not end with “{1}”"),
    "contains": ("{0} 包含“{1}”", "{0} contains “{1}”"),
    "not contains": ("{0} 不包含“{1}”", "{0} does not contain “{1}”"),
    "like": (
        "{0} 符合样式“{1}”（_ 代表一个字，% 代表任意内容）",
        "{0} fits the pattern “{1}” (_ one character, % anything)",
    ),
    "not like": ("{0} 不符合样式“{1}”", "{0} does not fit the pattern “{1}”"),
    "has": ("{0} 选了 {1}", "{0} includes {1}"),
    "not has": ("{0} 没有选 {1}", "{0} does not include {1}"),
    "+": ("{0} 加 {1}", "{0} plus {1}"),
    "-": ("{0} 减 {1}", "{0} minus {1}"),
    "*": ("{0} 乘以 {1}", "{0} times {1}"),
    "+ days": ("{0} 之后 {1} 天", "{1} day(s) after {0}"),
    "- days": ("{0} 之前 {1} 天", "{1} day(s) before {0}"),
    "negative": ("负的 {0}", "minus {0}"),
    "coalesce": ("{0}（未填写时按 {1}）", "{0} (or {1} when not given)"),
    "age": ("从 {0} 到 {1} 的周岁数", "full years from {0} to {1}"),
    "length": ("{0} 的字数", "the number of characters of {0}"),
}
# op → phrase for numbers, for dates, for everything else
COMPARISONS: dict[str, tuple[tuple[str, str], tuple[str, str], tuple[str, str]]] = {
    "=": (("等于", "equals"), ("是", "is"), ("是", "is")),
    "<>": (("不等于", "does not equal"), ("不是", "is not"), ("不是", "is not")),
    "<": (("小于", "is less than"), ("早于", "is before"), ("", "")),
    "<=": (("不大于", "is at most"), ("不晚于", "is not after"), ("", "")),
    ">": (("大于", "is greater than"), ("晚于", "is after"), ("", "")),
    ">=": (("不小于", "is at least"), ("不早于", "is not before"), ("", "")),
}


def words(node: tree.Node, schema: Schema, language: str) -> str:
    """``node`` as a phrase in ``language`` (``zh-CN`` or ``en``)."""
    return Words(schema, language).say(node)


class Words:
    """Puts nodes and values in the words of one language."""

    def __init__(self, schema: Schema, language: str) -> None:
        self.schema = schema
        self.language = language
        self.column = 1 if language.startswith("en") else 0

    def phrase(self, key: str, *parts: str) -> str:
        """The phrase for ``key``, filled."""
        return PHRASES[key][self.column].format(*parts)

    def value(self, value: object, name: str = "") -> str:
        """A value as people write it; ``name`` is the input whose code list names it."""
        if value is None:
            return self.phrase("none")
        if isinstance(value, bool):
            return self.phrase("true" if value else "false")
        if isinstance(value, tuple | list):
            return self.phrase("list").join(self.value(part, name) for part in value)
        if isinstance(value, datetime.date):
            return value.isoformat()
        return self.schema[name].label(str(value), self.language) if name else format(value)

    def say(self, node: tree.Node) -> str:
        """Any node in words."""
        return SAYINGS[type(node)](self, node)

    def joined(self, node: tree.And | tree.Or) -> str:
        parts = [self.say(term) for term in node.terms]
        grouped = [
            self.phrase("group", part) if isinstance(term, tree.And | tree.Or) else part
            for term, part in zip(node.terms, parts, strict=True)
        ]
        return self.phrase("and" if isinstance(node, tree.And) else "or").join(grouped)

    def negated(self, node: tree.Not) -> str:
        term = node.term
        if isinstance(term, tree.Name):
            return self.phrase("no", self.schema.label(term.name, self.language))
        saying = NEGATIVES.get(type(term))
        return saying(self, term, "not ") if saying else self.phrase("not", self.say(term))

    def name(self, node: tree.Name) -> str:
        label = self.schema.label(node.name, self.language)
        return self.phrase("yes", label) if node.kind == "boolean" else label

    def _plain(self, node: tree.Node) -> str:
        """A node as the subject of a phrase: a yes/no input by its label alone."""
        is_name = isinstance(node, tree.Name)
        return self.schema.label(node.name, self.language) if is_name else self.say(node)  # type: ignore[union-attr]

    def const(self, node: tree.Const) -> str:
        return self.phrase("null") if node.kind == "null" else self.value(node.value, node.of)

    def compare(self, node: tree.Compare) -> str:
        kinds = {node.left.kind, node.right.kind}
        column = 1 if kinds == {"date"} else 0 if kinds <= {"integer", "decimal"} else 2
        verb = COMPARISONS[node.op][column][self.column]
        return f"{self._plain(node.left)} {verb} {self._plain(node.right)}"

    def among(self, node: tree.Among, negation: str = "") -> str:
        listed = self.phrase("list").join(self.const(choice) for choice in node.choices)
        return self.phrase(negation + "among", self._plain(node.term), listed)

    def between(self, node: tree.Between, negation: str = "") -> str:
        return self.phrase(negation + "between", *(self._plain(part) for part in (node.term, node.low, node.high)))

    def is_null(self, node: tree.IsNull, negation: str = "") -> str:
        return self.phrase(negation + "is null", self._plain(node.term))

    def like(self, node: tree.Like, negation: str = "") -> str:
        core = node.pattern.strip("%")
        key = "like"
        if core and not set(core) & {"%", "_"}:
            shape = (node.pattern.startswith("%"), node.pattern.endswith("%"))
            key = {(False, True): "starts", (True, False): "ends", (True, True): "contains"}.get(shape, "like")
        return self.phrase(negation + key, self._plain(node.term), node.pattern if key == "like" else core)

    def starts_with(self, node: tree.StartsWith, negation: str = "") -> str:
        return self.phrase(negation + "starts", self._plain(node.term), node.prefix)

    def has(self, node: tree.Has, negation: str = "") -> str:
        return self.phrase(negation + "has", self._plain(node.texts), self.const(node.choice))

    def sum(self, node: tree.Sum) -> str:
        left, right = self._grouped(node.left), self._grouped(node.right)
        if node.kind != "date":
            return self.phrase(node.op, left, right)
        day, days = (left, right) if node.left.kind == "date" else (right, left)
        return self.phrase(node.op + " days", day, days)

    def _grouped(self, node: tree.Node) -> str:
        said = self._plain(node)
        return self.phrase("group", said) if isinstance(node, tree.Sum) else said

    def negative(self, node: tree.Negative) -> str:
        return self.phrase("negative", self._grouped(node.term))

    def coalesce(self, node: tree.Coalesce) -> str:
        said = self.phrase("coalesce", self._plain(node.term), self.const(node.default))
        return self.phrase("yes", said) if node.kind == "boolean" else said

    def age_years(self, node: tree.AgeYears) -> str:
        return self.phrase("age", self._plain(node.birth), self._plain(node.on))

    def length(self, node: tree.Length) -> str:
        return self.phrase("length", self._plain(node.term))


SAYINGS: dict[type, Callable[[Words, Any], str]] = {
    tree.Const: Words.const,
    tree.Name: Words.name,
    tree.Not: Words.negated,
    tree.And: Words.joined,
    tree.Or: Words.joined,
    tree.Compare: Words.compare,
    tree.Among: Words.among,
    tree.Between: Words.between,
    tree.IsNull: Words.is_null,
    tree.Like: Words.like,
    tree.StartsWith: Words.starts_with,
    tree.Has: Words.has,
    tree.Sum: Words.sum,
    tree.Negative: Words.negative,
    tree.Coalesce: Words.coalesce,
    tree.AgeYears: Words.age_years,
    tree.Length: Words.length,
}
NEGATIVES: dict[type, Callable[[Words, Any, str], str]] = {
    tree.Among: Words.among,
    tree.Between: Words.between,
    tree.IsNull: Words.is_null,
    tree.Like: Words.like,
    tree.StartsWith: Words.starts_with,
    tree.Has: Words.has,
}
