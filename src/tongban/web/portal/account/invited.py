"""A one-time link is taken up: a password is set, and its owner is signed in.

The secret is part of the address and never leaves it: no log holds these addresses (``problems.path_of``), and no
other site learns them (the referrer policy). Opening the page uses nothing up, so a program that looks at links in
messages does no harm.
"""

from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from tongban.parties.actions import open_session, who_is
from tongban.parties.log_in.errors import InvitationUnfit, PasswordUnfit
from tongban.parties.log_in.invitations import Invitation, read_invitation, take_up
from tongban.web.pages import page
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts
from tongban.web.signed_in import session_cookie, source_of
from tongban.web.site import WebRequest, site_of

TEMPLATE = "account/invitation.html"


@get("/invitation/{secret:str}")
async def form(request: WebRequest, secret: FromPath[str]) -> Response[str]:
    """Whom the link is for, and the form for a password; a link that is no longer good says what to do."""
    async with kernel_of(request).database.connection() as connection:
        try:
            return _page(request, await read_invitation(connection, secret))
        except InvitationUnfit as error:
            return _page(request, None, error.status)


def _page(
    request: WebRequest, invitation: Invitation | None, status: int = 200, fault: dict[str, Any] | None = None
) -> Response[str]:
    return page(request, TEMPLATE, status=status, invitation=invitation, fault=fault)


@post("/invitation/{secret:str}", status_code=200)
async def take(request: WebRequest, secret: FromPath[str]) -> Response[Any]:
    """Set the password and sign in. A password that is refused leaves the link as good as before."""
    typed, kernel, site = await texts(request), kernel_of(request), site_of(request)
    password = typed.get("password", "")[:500]
    async with kernel.database.connection() as connection:
        try:
            invitation = await read_invitation(connection, secret)
            if typed.get("again", "") != password:
                raise PasswordUnfit("again", reason="两次填写的密码不一样。", reason_en="The two passwords differ.")
            account = await take_up(connection, secret, password, kernel.vault)
            agent = request.headers.get("user-agent", "")
            opened = await open_session(
                connection, account, "browser", agent, factors=("invitation", "password"), source=source_of(request)
            )
            official = (await who_is(connection, opened, "browser")).actor.official
        except InvitationUnfit as error:
            return _page(request, None, error.status)
        except PasswordUnfit as error:
            return _page(request, invitation, error.status, fault_of(request, error))
    response = goto(_onward(invitation, official))
    response.set_cookie(session_cookie(site, opened))
    return response


def _onward(invitation: Invitation, official: bool) -> str:
    """Where the first sign-in leads: an official's first day, everybody else's account."""
    if invitation.purpose == "recovery":
        return "/account?done=password"
    return "/desk/welcome" if official else "/account?done=welcome"
