"""Commitments to be verified: what one's departments decided on a signed promise, and by when they check it."""

import datetime as dt
from urllib.parse import urlencode
from uuid import UUID

from litestar import Response, get

from tongban.basics.calendar import local_day
from tongban.cases.views.verifications import Place, verifications
from tongban.web.desk.errors import PlaceUnfit
from tongban.web.desk.listing import identifier, task_path
from tongban.web.desk.places import places_of
from tongban.web.desk.tickets import region_asked
from tongban.web.pages import page
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

HERE = "/desk/verifications"


@get(HERE)
async def show(request: WebRequest) -> Response[str]:
    """The list, nearest day first, each with the acts that end it. Raises ``NotAllowed``, ``PlaceUnfit``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    region, today = region_asked(request, signed), local_day(signed.now)
    found = await verifications(kernel, signed.actor, region, today, _place(request))
    after = found.after and "~".join(map(str, found.after))
    return page(
        request,
        "desk/verifications.html",
        places=places_of(signed.actor, region, HERE),
        found=found,
        today=today,
        task_path=task_path,
        next_href=after and f"{HERE}?{urlencode({'region': region, 'after': after})}",
        first_href=f"{HERE}?{urlencode({'region': region})}" if "after" in request.query_params else None,
    )


def _place(request: WebRequest) -> Place | None:
    asked = request.query_params.get("after")
    if not asked:
        return None
    try:
        day, case, task = asked.split("~")
        return dt.date.fromisoformat(day), UUID(case), identifier(task) or ""
    except ValueError as error:
        raise PlaceUnfit() from error
