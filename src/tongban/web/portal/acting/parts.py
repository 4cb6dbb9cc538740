"""What the pages about acting for others share: the words of capacities and states, and what a form wishes."""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from tongban.basics.calendar import local_day
from tongban.basics.errors import TongbanError
from tongban.cases.kernel import Kernel
from tongban.parties.appointing.errors import unfit
from tongban.parties.appointing.models import AppointedAs, Appointment, Wish
from tongban.parties.errors import NotAllowed
from tongban.services.catalogue import JourneyVersion
from tongban.web.language import mark
from tongban.web.portal.parts import choices, texts, words_of
from tongban.web.problems import faults, sentence
from tongban.web.site import WebRequest

CAPACITIES: Mapping[str, str] = {
    "legal-representative": mark("法定代表人"),
    "administrator": mark("管理员"),
    "handler": mark("经办人"),
    "agent": mark("受托人"),
    "guardian": mark("监护人"),
}
RELATIONS: Mapping[str, str] = {**CAPACITIES, "mother": mark("母亲"), "father": mark("父亲")}
"""As which somebody acts for a person or an enterprise."""
STATES: Mapping[str, tuple[str, str]] = {
    "offered": ("yellow", mark("等待对方同意")),
    "standing": ("green", mark("生效中")),
    "declined": ("grey", mark("对方没有同意")),
    "ended": ("grey", mark("已结束")),
}
"""How each state of an appointment is lit and said."""


def services_for(kernel: Kernel, audience: str) -> list[JourneyVersion]:
    """The journeys that may be named in an appointment: those for enterprises, or for persons."""
    found = [version for version in kernel.catalogue.active.values() if version.journey.audience == audience]
    return sorted(found, key=lambda version: version.journey.id)


def said(kernel: Kernel, appointment: Appointment) -> list[str]:
    """The names of the services that an appointment covers; none for all matters."""
    active = kernel.catalogue.active
    return [active[one].journey.name if one in active else one for one in appointment.services or ()]


def last_day(appointment: Appointment) -> dt.date | None:
    """The last day of an appointment that ends by itself."""
    return local_day(appointment.until - dt.timedelta(microseconds=1)) if appointment.until else None


async def wish_of(request: WebRequest, capacity: AppointedAs | None = None) -> Wish:
    """What a form wishes. Raises ``WishUnfit`` for what is no day or no capacity at all."""
    typed, ticked = await texts(request), await choices(request, "services")
    given: AppointedAs = "administrator" if typed.get("capacity") == "administrator" else "handler"
    known_by = typed.get("known_by", "id_number")
    return Wish(
        name=_plain(typed.get("name", "")),
        capacity=capacity or given,
        id_number=_plain(typed.get("id_number", "")) if known_by == "id_number" else "",
        mobile=_plain(typed.get("mobile", "")) if known_by == "mobile" else "",
        services=tuple(ticked) if capacity == "agent" or typed.get("scope") == "some" else (),
        last_day=_day(typed.get("last_day", "").strip()),
    )


def _plain(text: str) -> str:
    return text.replace("\x00", "").strip()[:100]


def _day(text: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(text) if text else None
    except ValueError:
        raise unfit("last_day", "日期不对，请按 2026-12-31 的样子填写", "Type the date like 2026-12-31") from None


def passes(error: TongbanError) -> bool:
    """Whether a refusal is the page's own to tell, beside the form, and not a closed door."""
    return error.status in (409, 422, 429) and not isinstance(error, NotAllowed)


def refusal(request: WebRequest, error: TongbanError | None) -> list[dict[str, Any]]:
    """Each fault with its field, in the reader's words."""
    if error is None:
        return []
    words = words_of(request)
    return faults(error, words) or [{"field": error.field, "message": sentence(error, words)}]
