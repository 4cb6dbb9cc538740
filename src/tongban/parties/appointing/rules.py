"""What an appointment must be like: pure decisions, all faults at once."""

import datetime as dt
from collections.abc import Collection

from tongban.basics.calendar import CST, local_day
from tongban.basics.codes import mobile as mobiles
from tongban.basics.codes import resident_id
from tongban.basics.codes.errors import CodeError
from tongban.basics.faults import Fault
from tongban.parties.appointing.errors import WishUnfit
from tongban.parties.appointing.models import Wish

LONGEST_NAME = 50
LONGEST_AGENT = dt.timedelta(days=365)
"""How long an agent may be let act for a person at most; a rule of this platform, no legal limit."""


def checked(wish: Wish, known: Collection[str], now: dt.datetime) -> Wish:
    """``wish`` in one spelling. ``known``: the journeys that may be named. Raises ``WishUnfit`` with every fault."""
    name, faults = "".join(wish.name.split()), []
    if not 2 <= len(name) <= LONGEST_NAME or "\x00" in name:
        faults.append(Fault("name", "请填写对方登记的姓名", "Give the person's registered name"))
    id_number, mobile, code_faults = _number(wish)
    faults += code_faults + _services_faults(wish, known) + _last_day_faults(wish, local_day(now))
    if faults:
        raise WishUnfit(faults)
    services = tuple(sorted(set(wish.services)))
    return Wish(name, wish.capacity, id_number, mobile, services, wish.last_day)


def _number(wish: Wish) -> tuple[str, str, list[Fault]]:
    """The number in one spelling, by which the person is known: of the card, else of the telephone."""
    try:
        if wish.id_number.strip():
            return resident_id.parse(wish.id_number).code, "", []
        if wish.mobile.strip():
            return "", mobiles.parse(wish.mobile).code, []
    except CodeError as error:
        field = "id_number" if wish.id_number.strip() else "mobile"
        return "", "", [Fault(field, error.message("zh-CN"), error.message("en"))]
    asked = "请填写身份证号码或者手机号码"
    return "", "", [Fault("id_number", asked, "Give the identity number or the mobile number")]


def _services_faults(wish: Wish, known: Collection[str]) -> list[Fault]:
    if wish.capacity == "agent" and not wish.services:
        return [Fault("services", "请至少选择一个事项", "Choose at least one service")]
    if set(wish.services) - set(known):
        return [Fault("services", "选择的事项已经停办，请重新选择", "A chosen service is not offered: choose again")]
    return []


def _last_day_faults(wish: Wish, today: dt.date) -> list[Fault]:
    if wish.last_day is None:
        agent = Fault("last_day", "请填写授权到哪一天", "Say until which day")
        return [agent] if wish.capacity == "agent" else []
    if wish.last_day < today:
        return [Fault("last_day", "最后一天不能早于今天", "The last day must not lie in the past")]
    latest = today + LONGEST_AGENT
    if wish.capacity == "agent" and wish.last_day > latest:
        return [Fault("last_day", f"最晚到 {latest.isoformat()}", f"{latest.isoformat()} at the latest")]
    return []


def ends_at(last_day: dt.date | None) -> dt.datetime | None:
    """The moment at which an appointment with this last day ends: midnight in China."""
    return dt.datetime.combine(last_day + dt.timedelta(days=1), dt.time(), CST) if last_day else None
