"""Find a case, ticket or request for data by its number, however it was typed; one that is not ours is as unknown as
one that is nobody's."""

from contextlib import suppress

from litestar import Response, get
from litestar.params import FromQuery
from litestar.response import Redirect

from tongban.basics.codes import case as case_number
from tongban.basics.codes.case import CaseNumber
from tongban.basics.errors import TongbanError
from tongban.cases.errors import CaseNotFound
from tongban.cases.kernel import Kernel
from tongban.cases.oversight.clocks import find_clock
from tongban.cases.oversight.views import find_ticket
from tongban.cases.sharing.errors import RequestNotFound
from tongban.cases.sharing.reading import find_request
from tongban.cases.views.desk import find_case
from tongban.parties.models import Actor
from tongban.web.allowing import allowed
from tongban.web.desk.inbox import page_without_desk
from tongban.web.desk.listing import desks_of, listing_of, task_path
from tongban.web.desk.places import regions_of
from tongban.web.pages import page
from tongban.web.problems import sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

LONGEST = 80


@get("/desk/search", guards=[allowed("search")])
async def search(request: WebRequest, number: FromQuery[str] = "") -> Response[str] | Redirect:
    """To the task of the case with ``number`` that concerns the reader; else the form with what went wrong."""
    site, signed = site_of(request), await signed_in(request)
    desks = desks_of(site.kernel, signed.actor)
    own = regions_of(site.kernel, signed.actor)
    if not own:
        return page_without_desk(request, signed, 403)
    typed, refused = number.strip()[:LONGEST], None
    if typed:
        try:
            return Redirect(await _found(site.kernel, signed.actor, case_number.parse(typed)), status_code=303)
        except TongbanError as error:
            if error.status >= 500:
                raise
            refused = error
    said = sentence(refused, site.words(request_language(request))) if refused else None
    return page(
        request,
        "desk/search.html",
        status=refused.status if refused else 200,
        typed=typed,
        said=said,
        listing=listing_of(request, desks[0].region if desks else own[0]),
    )


async def _found(kernel: Kernel, actor: Actor, number: CaseNumber) -> str:
    """The page that has a number: one's task in the case, the ticket, the request for data, or for a supervisor the
    case's clock. Raises ``CaseNotFound``.
    """
    region, code = number.region, number.code
    with suppress(CaseNotFound):
        case_id, task = await find_case(kernel, actor, region, code)
        return task_path(region, case_id, task)
    with suppress(CaseNotFound):
        return f"/desk/tickets/{region}/{await find_ticket(kernel, actor, region, code)}"
    with suppress(RequestNotFound):
        return f"/desk/requests/{region}/{await find_request(kernel, actor, region, code)}"
    return f"/desk/clock/{region}/{await find_clock(kernel, actor, region, code)}"
