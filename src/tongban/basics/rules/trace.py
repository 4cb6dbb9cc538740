"""Why a rule came out as it did for one record, in words a person understands. Called by ``Rule.trace``.

A part *decided* when the answer hangs on it: the false terms of a false AND, all terms of a true one, and
so on. The values of the record appear in the words: show an explanation only to whom the record concerns.
"""

from collections.abc import Mapping

import msgspec

from tongban.basics.rules import meaning, tree
from tongban.basics.rules.types import Schema
from tongban.basics.rules.words import Words

RESULTS: dict[bool | None, tuple[str, str]] = {
    True: ("符合：{0}", "Met: {0}"),
    False: ("不符合：{0}", "Not met: {0}"),
    None: ("无法判断：{0}", "Cannot be decided: {0}"),
}
FOUND = ("（{0}）", " ({0})")
NOW = ("{0} 现为 {1}", "{0} is now {1}")


class Found(msgspec.Struct, frozen=True):
    """An input that a deciding part read: its name, its label, and its value in words."""

    name: str
    label: str
    value: str


class Explanation(msgspec.Struct, frozen=True):
    """A part of a rule, its answer for one record, and what decided it.

    ``words`` is the part itself, ``text`` the sentence with answer and values found. ``because`` holds the
    deciding parts below, empty for a single test.
    """

    result: bool | None
    words: str
    text: str
    found: tuple[Found, ...] = ()
    because: tuple["Explanation", ...] = ()

    @property
    def reasons(self) -> tuple["Explanation", ...]:
        """The single tests that decided, in reading order."""
        if not self.because:
            return (self,)
        return tuple(reason for part in self.because for reason in part.reasons)

    @property
    def unknown(self) -> tuple[str, ...]:
        """The inputs without which the answer stays unknown; empty when there is an answer."""
        if self.result is not None:
            return ()
        missing = (found.name for reason in self.reasons for found in reason.found if found.value in NONE)
        return tuple(dict.fromkeys(missing))


NONE = ("未填写", "not given")


def trace(node: tree.Node, schema: Schema, values: Mapping[str, object], language: str) -> Explanation:
    """The explanation of ``node`` for ``values``; raises ``RuleValueRefused`` as evaluating does."""
    say = Words(schema, language)
    result: bool | None = meaning.run(node, schema)(values)
    because = tuple(trace(part, schema, values, language) for part in _deciding(node, schema, values, result))
    said = say.say(node)
    found = () if because else _found(node, say, values)
    return Explanation(result, said, _sentence(result, said, found, say), found, because)


def _deciding(
    node: tree.Node, schema: Schema, values: Mapping[str, object], result: bool | None
) -> tuple[tree.Node, ...]:
    """The parts of a connective that share its answer: they are the ones that made it so."""
    if isinstance(node, tree.Not) and isinstance(node.term, tree.And | tree.Or | tree.Not):
        return (node.term,)
    if isinstance(node, tree.And | tree.Or):
        return tuple(term for term in node.terms if meaning.run(term, schema)(values) is result)
    return ()


def _found(node: tree.Node, say: Words, values: Mapping[str, object]) -> tuple[Found, ...]:
    return tuple(
        Found(name, say.schema.label(name, say.language), say.value(values.get(name), name))
        for name in sorted(tree.names(node))
    )


def _sentence(result: bool | None, said: str, found: tuple[Found, ...], say: Words) -> str:
    now = say.phrase("list").join(NOW[say.column].format(part.label, part.value) for part in found)
    return RESULTS[result][say.column].format(said) + (FOUND[say.column].format(now) if now else "")
