"""One task: evidence, form and history on one side, the decision on the other. And on to the next."""

from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.calendar import local_day
from tongban.parties.errors import NotAllowed
from tongban.web.desk.inbox import Onward, next_address
from tongban.web.desk.listing import desks_of, listing_of
from tongban.web.desk.task_view import opened, task_answer
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


@get("/desk/tasks/{region:str}/{case_id:uuid}/{task_id:str}")
async def show(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], task_id: FromPath[str]
) -> Response[str]:
    """One task of a case in which one's departments take part. Raises ``CaseNotFound``."""
    return await task_answer(request, await opened(request, region, case_id, task_id))


@get("/desk/next")
async def onward(request: WebRequest) -> Redirect:
    """The task after the one in ``after``; leaves that one as it is. Raises ``NotAllowed``, ``PlaceUnfit``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    desks = desks_of(kernel, signed.actor)
    if not desks:
        raise NotAllowed()
    listing = listing_of(request, desks[0].region)
    left = listing.place()
    if left is None:
        return Redirect(listing.address(), status_code=303)
    address = await next_address(kernel, signed.actor, local_day(signed.now), listing, Onward(*left))
    return Redirect(address, status_code=303)
