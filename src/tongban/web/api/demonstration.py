"""Demonstration time, for programs. The database refuses it in production, whatever is called."""

import datetime as dt
from typing import Annotated

from litestar import Response, post
from litestar.params import JSONBody
from msgspec import Meta, Struct

from tongban.basics.calendar import CST, WorkingCalendar, local_day
from tongban.basics.demonstration import NotDemonstration, move_time
from tongban.parties.models import Subject
from tongban.parties.rules import require
from tongban.web.api.once import once
from tongban.web.api.parameters import Key, RegionCode
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

OPENING = dt.time(9, 0)


class Move(Struct, forbid_unknown_fields=True):
    """Forward by working days, to nine in the morning. 0 means the next working morning."""

    region: RegionCode
    working_days: Annotated[int, Meta(ge=0, le=260)]


class Moved(Struct):
    """The platform's time now."""

    now: dt.datetime


@post("/demonstration/time", responses=answers(401, 403, 404, 422), tags=["demonstration"], **SIGNED_IN)
async def move(request: WebRequest, data: JSONBody[Move], key: Key) -> Response[Moved]:
    """Move demonstration time ahead. Needs an administrator's post."""
    site, signed = site_of(request), await signed_in(request)
    if not site.settings.demonstration:
        raise NotDemonstration()
    require(signed.actor, "time.move", Subject(region=data.region))

    async def act() -> Moved:
        ahead = _opening(site.kernel.calendar, signed.now, data.working_days) - signed.now
        async with site.kernel.database.connection() as connection:
            return Moved(await move_time(connection, ahead))

    return await once(request, key, act)


def _opening(calendar: WorkingCalendar, now: dt.datetime, working_days: int) -> dt.datetime:
    day = calendar.add_workdays(local_day(now), working_days).day
    opening = dt.datetime.combine(day, OPENING, CST)
    return opening if opening > now else dt.datetime.combine(calendar.add_workdays(day, 1).day, OPENING, CST)


ROUTES = [move]
