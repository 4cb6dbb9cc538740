"""What somebody agreed that applications may know, and how it is taken back: at once."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.parties.applications import consents
from tongban.parties.applications.reading import find
from tongban.web.identity.words import scope_words
from tongban.web.pages import page
from tongban.web.portal.parts import department_name, goto, kernel_of, uuid_of, words_of
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

PATH = "/account/applications"


@get(PATH)
async def show(request: WebRequest) -> Response[str]:
    """The applications that one signed in to, with what each may know."""
    known, kernel, words = await signed_in(request), kernel_of(request), words_of(request)
    taken = uuid_of(request.query_params.get("withdrawn"))
    async with kernel.database.connection() as connection:
        found = await consents.mine(connection, known.actor)
        gone = await find(connection, taken) if taken else None
    return page(
        request,
        "identity/mine.html",
        consents=found,
        departments={one.application: department_name(kernel, one.region, one.department) for one in found},
        words={one.application: [scope_words(name, words) for name in one.scopes] for one in found},
        gone=gone.stated.name if gone else None,
    )


@post(PATH + "/{application:uuid}/withdrawal")
async def withdraw(request: WebRequest, application: FromPath[UUID]) -> Redirect:
    """Take an agreement back: every sign-in there ends now. Raises ``ApplicationUnknown``."""
    known, kernel = await signed_in(request), kernel_of(request)
    async with kernel.database.connection() as connection:
        await consents.withdraw(connection, kernel.vault, known.actor, application, known.now)
    return goto(f"{PATH}?withdrawn={application}")


ROUTES = (show, withdraw)
