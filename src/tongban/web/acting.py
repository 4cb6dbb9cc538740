"""The form of a special act, for desk and portal alike: made from what the act needs, read back into an ``Act``.

Called by ``web.desk.acts`` and ``web.portal.acts``. The verb checks everything again; here only what no act can
hold at all is refused, at its field.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tongban.cases.actions.procedures.shapes import Act
from tongban.cases.errors import ActNeeds
from tongban.cases.views.acts import Choice, Offer
from tongban.services.definitions import Choice as FieldChoice
from tongban.services.definitions import Field
from tongban.web.language import Words, mark
from tongban.web.site import WebRequest

LONGEST = 2000
MOST_DAYS = 250
LABELS: Mapping[str, str] = {
    "reasons": mark("理由（申请人会看到）"),
    "cause": mark("情形"),
    "days": mark("工作日天数"),
    "department": mark("移交给哪个部门"),
    "region": mark("移送哪个地区"),
    "until": mark("预计到哪一天"),
    "basis": mark("法律依据"),
    "at": mark("几点"),
    "people": mark("谁去"),
}
_KINDS: Mapping[str, str] = {"reasons": "long-text", "days": "integer", "until": "date"}


def form_of(offer: Offer, words: Words) -> list[Field]:
    """The fields of the act's form, in the reader's words; materials are ticked apart."""
    names = [need for need in offer.needs if need != "materials"]
    if "reasons" not in names:
        names.append("reasons")
    fields = [_field(name, name in offer.needs, offer, words) for name in names]
    if offer.kind == "arrange_visit":
        fields += [_field("at", False, offer, words), _field("people", False, offer, words)]
    return fields + [
        Field(id=f"detail-{one.value}", label=_said(one, words), kind="text", required=False, max=200)
        for one in offer.choices.get("detail", [])
    ]


def _field(name: str, required: bool, offer: Offer, words: Words) -> Field:
    choices = [FieldChoice(one.value, _said(one, words)) for one in offer.choices.get(name, [])]
    kind: Any = "choice" if choices else _KINDS.get(name, "text")
    longest = LONGEST if name == "reasons" else 200 if kind == "text" else None
    return Field(id=name, label=words.say(LABELS[name]), kind=kind, required=required, choices=choices, max=longest)


def _said(choice: Choice, words: Words) -> str:
    return choice.en if words.language == "en" else choice.zh


def act_of(offer: Offer, typed: Mapping[str, str], ticked: list[str], revision: int) -> Act:
    """The act as typed. Raises ``ActNeeds`` at the field whose text can not be one."""
    detail: dict[str, Any] = {
        name.removeprefix("detail-"): text.strip()[:200]
        for name, text in typed.items()
        if name.startswith("detail-") and text.strip()
    }
    detail |= {name: typed[name].strip()[:200] for name in ("at", "people") if typed.get(name, "").strip()}
    return Act(
        kind=offer.kind,
        revision=revision,
        task=offer.task,
        reasons=_plain(typed.get("reasons", ""))[:LONGEST],
        cause=typed.get("cause") or None,
        days=_days(typed.get("days", "")),
        department=typed.get("department") or None,
        region=typed.get("region") or None,
        materials=ticked,
        until=_day(typed.get("until", "")),
        basis=_plain(typed.get("basis", ""))[:200],
        detail=detail,
    )


def _plain(text: str) -> str:
    # Browsers send CR LF; PostgreSQL takes no NUL.
    return text.replace("\r\n", "\n").replace("\x00", "").strip()


def _days(text: str) -> int | None:
    plain = text.strip()
    if not plain:
        return None
    if not plain.isascii() or not plain.isdigit() or not 1 <= int(plain[:9]) <= MOST_DAYS:
        raise ActNeeds("days", what="天数", name="days", repair=f"请填 1 至 {MOST_DAYS}", repair_en=f"1 to {MOST_DAYS}")
    return int(plain)


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text.strip()) if text.strip() else None
    except ValueError:
        raise ActNeeds(
            "until",
            what="日期",
            name="until",
            repair="请按“2026-01-31”的样子填写",
            repair_en="write it like 2026-01-31",
        ) from None


async def typed_of(request: WebRequest) -> tuple[dict[str, str], list[str]]:
    """The texts of the sent form, and the materials ticked in it."""
    form = await request.form()
    texts = {name: value for name, value in form.multi_items() if isinstance(value, str)}
    return texts, [value for value in form.getall("materials", []) if isinstance(value, str)]
