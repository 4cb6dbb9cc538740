"""Leave out of a person's copy what is about somebody else. Pure.

A name, an identity number or a telephone number stands in the copy only if it is the person's own; whatever a form's
field declares to be about another (``of_another``) is left out; a number within a longer text is blotted.
"""

import re
from collections.abc import Set as AbstractSet

from tongban.services.definitions import Field

LEFT_OUT = "（涉及他人，不提供）"
BLOTTED = "（他人号码）"
OTHERS_FORMATS = ("name", "resident-id", "mobile")
"""Formats of form fields whose value tells who somebody is."""
_NUMBERS = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[\dXx]|\d{15}|1[3-9]\d{9})(?![0-9A-Za-z])")
_NAMED = re.compile(r"(姓名|名字)$")


class Own:
    """What is the person's own: name, identity number, telephone numbers."""

    def __init__(self, *texts: str | None) -> None:
        self._texts: AbstractSet[str] = frozenset(text for text in texts if text)

    def with_answers(self, form: dict[str, object], fields: list[Field]) -> "Own":
        """Also what was filled in as the applicant's own, and their telephone as browsers know it."""
        mine = [one.id for one in fields if (one.prefill or "").startswith("applicant.") or one.autocomplete == "tel"]
        return Own(*self._texts, *(str(form[name]) for name in mine if form.get(name)))

    def clean(self, text: str) -> str:
        """``text`` with every number that is not the person's own blotted."""
        return _NUMBERS.sub(lambda found: found[0] if found[0] in self._texts else BLOTTED, text)

    def answer(self, field: Field, text: str) -> str:
        """The answer to a form's field as the copy says it."""
        if field.of_another or (field.format in OTHERS_FORMATS and text not in self._texts):
            return LEFT_OUT
        return self.clean(text)

    def value(self, label: str, text: str) -> str:
        """A value that was looked up, or that a licence states: whose name it is shows by its label."""
        return LEFT_OUT if _NAMED.search(label) and text not in self._texts else self.clean(text)
