"""A new official's first day: what is done and what is open, worked out from what is so."""

from litestar import Response, get

from tongban.parties.organisation.reading import first_day
from tongban.web.desk.listing import desks_of
from tongban.web.desk.organisation.parts import frame_of, shared
from tongban.web.pages import page
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

PATH = "/desk/welcome"


@get(PATH)
async def show(request: WebRequest) -> Response[str]:
    """The first day's list. Raises ``NotAllowed``, ``OfficialUnknown``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    frame = frame_of(request, signed)
    async with kernel.database.connection() as connection:
        found = await first_day(connection, kernel.vault, signed.actor, frame.region)
    return page(
        request,
        "desk/organisation/welcome.html",
        day=found,
        desks=[one for one in desks_of(kernel, signed.actor) if one.region == frame.region],
        own=[p for p in signed.actor.posts if p.region == frame.region],
        account=signed.actor.account,
        **shared(signed, frame, PATH),
    )


ROUTES = (show,)
