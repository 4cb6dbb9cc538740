"""What was typed into the forms of baskets, requests and grants, as the types that the verbs take."""

import datetime as dt
from collections.abc import Mapping
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.calendar import CST
from tongban.cases.sharing.answering import Answers, Consent
from tongban.cases.sharing.models import LineAnswer
from tongban.resources.granting.definitions import Line
from tongban.resources.granting.giving import Narrowing
from tongban.resources.masks.definitions import Mask
from tongban.web.desk.errors import ChoiceNeeded, NumberUnfit
from tongban.web.desk.sharing_words import MASKS
from tongban.web.site import WebRequest

LONGEST = 2000


class Typed(Struct, frozen=True):
    """A form as it was sent: each text by its name, and the several values of boxes that were ticked."""

    texts: Mapping[str, str] = {}
    several: Mapping[str, list[str]] = {}

    def text(self, name: str) -> str:
        """What was typed, without blanks around it."""
        return self.texts.get(name, "").strip()

    def number(self, name: str, most: int) -> int | None:
        """A whole number from one on, None when nothing was typed. Raises ``NumberUnfit``."""
        text = self.text(name)
        if not text:
            return None
        if not (text.isascii() and text.isdigit() and len(text) < 12 and 1 <= int(text) <= most):
            raise NumberUnfit(field=name)
        return int(text)

    def masks(self, prefix: str, fields: list[str]) -> dict[str, Mask]:
        """The masks that were chosen for ``fields``; what was left to the usual way is not among them."""
        chosen = {name: self.text(f"{prefix}{name}") for name in fields}
        return {name: MASKS[key][0] for name, key in chosen.items() if key in MASKS}


EMPTY = Typed()


async def typed_of(request: WebRequest) -> Typed:
    """The form of ``request``."""
    form = await request.form()
    several: dict[str, list[str]] = {}
    for name, value in form.multi_items():
        if isinstance(value, str):
            several.setdefault(name, []).append(value.replace("\r\n", "\n").replace("\x00", "")[:LONGEST])
    return Typed({name: values[-1] for name, values in several.items()}, several)


def line_typed(typed: Typed) -> Line:
    """What is asked of one resource. Raises ``NumberUnfit``, ``ChoiceNeeded``."""
    fields = typed.several.get("fields", [])
    days = typed.number("days", 1830)
    if days is None:
        raise NumberUnfit(field="days")
    made = {
        "resource": typed.text("resource"),
        "fields": fields,
        "purpose": typed.text("purpose"),
        "basis": typed.text("basis"),
        "days": days,
        "rows": typed.text("rows") or None,
        "masks": msgspec.to_builtins(typed.masks("mask:", fields)),
        "quota": typed.number("quota", 10**9),
        "lists": typed.text("lists") == "on",
    }
    try:
        return msgspec.convert(made, Line)
    except msgspec.ValidationError as error:
        raise ChoiceNeeded(field="fields") from error


def answers_typed(typed: Typed, lines: Mapping[UUID, list[str]]) -> Answers:
    """The provider's answer to every line that waits; ``lines`` maps its id to the fields asked for.

    Raises ``ChoiceNeeded``, ``NumberUnfit``.
    """
    return Answers(_revision(typed), {line: _answer(typed, str(line), fields) for line, fields in lines.items()})


def _answer(typed: Typed, line: str, fields: list[str]) -> LineAnswer:
    verdict = typed.text(f"{line}:verdict")
    reasons = typed.text(f"{line}:reasons")
    if verdict == "grant":
        return LineAnswer("grant", reasons)
    if verdict == "refuse":
        return LineAnswer("refuse", reasons)
    if verdict != "narrow":
        raise ChoiceNeeded(field=f"{line}:verdict")
    kept = [name for name in fields if name in typed.several.get(f"{line}:fields", [])]
    return LineAnswer(
        "narrow",
        reasons,
        fields=kept,
        rows=typed.text(f"{line}:rows") or None,
        masks=typed.masks(f"{line}:mask:", kept),
        quota=typed.number(f"{line}:quota", 10**9),
        days=typed.number(f"{line}:days", 1830),
        lists=False if typed.text(f"{line}:single") == "on" else None,
    )


def consent_typed(typed: Typed) -> Consent:
    """What the head says. Raises ``ChoiceNeeded``."""
    if typed.text("kind") not in ("agree", "return"):
        raise ChoiceNeeded(field="kind")
    return Consent(_revision(typed), typed.text("kind") == "agree", typed.text("text"))


def narrowing_typed(typed: Typed, fields: list[str]) -> Narrowing:
    """How a grant is to give less; ``fields`` are those it gives now. Raises ``NumberUnfit``."""
    kept = [name for name in fields if name in typed.several.get("fields", [])]
    return Narrowing(
        reasons=typed.text("reasons"),
        fields=kept,
        rows=typed.text("rows") or None,
        masks=typed.masks("mask:", kept),
        quota=typed.number("quota", 10**9),
        until=_end_of(typed.text("until")),
    )


def _end_of(day: str) -> dt.datetime | None:
    """The end of a day in China. Raises ``NumberUnfit`` for what is no day."""
    if not day:
        return None
    try:
        return dt.datetime.combine(dt.date.fromisoformat(day) + dt.timedelta(days=1), dt.time(), CST)
    except (ValueError, OverflowError) as error:
        raise NumberUnfit(field="until") from error


def _revision(typed: Typed) -> int:
    text = typed.text("revision")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
