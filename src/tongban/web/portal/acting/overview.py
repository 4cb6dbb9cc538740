"""For whom one may act, what waits for one's answer, and whom one lets act: one page, found in the header."""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from tongban.parties.appointing import actions, reading
from tongban.parties.errors import MayNotActFor
from tongban.parties.guarding.appointed import guardians_of
from tongban.web.hats import hat_cookie
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.portal.acting.parts import CAPACITIES, STATES, last_day, said
from tongban.web.portal.parts import goto, kernel_of, texts, uuid_of
from tongban.web.signed_in import local_path, signed_in
from tongban.web.site import WebRequest, site_of

PATH = "/acting"
DONE = {
    "accepted": mark("已同意，现在可以代为办理了。"),
    "declined": mark("已告诉对方您没有同意。"),
    "ended": mark("已结束，马上生效；没办完的草稿和办件仍归原来的一方。"),
    "enterprise": mark("已核对，现在可以以企业名义办事了：在页面顶部选择为谁办事。"),
    "child": mark("已核对，现在可以替孩子办事了。"),
    "offered": mark("已发出，对方同意后才生效。"),
}
"""What was just done, told at the head of the page."""


@get(PATH)
async def overview(request: WebRequest, done: FromQuery[str] = "") -> Response[str]:
    """The page. Raises ``NotSignedIn``."""
    signed = await signed_in(request)
    kernel, actor = kernel_of(request), signed.actor
    async with kernel.database.connection() as connection:
        offers = await reading.offered_to(connection, kernel.vault, actor)
        held = await reading.held_by(connection, actor)
        agents = await reading.agents_of(connection, actor)
        guardians = await guardians_of(connection, actor.account)
    return page(
        request, "portal/acting/overview.html", actor=actor, offers=offers, agents=agents,
        guardians=guardians, done=DONE.get(done),
        resignable={one.enterprise or one.principal: one for one in held},
        capacities=CAPACITIES, states=STATES, last_day=last_day, said=lambda one: said(kernel, one),
    )  # fmt: skip


@post(PATH + "/{appointment:uuid}/answer")
async def answer(request: WebRequest, appointment: FromPath[UUID]) -> Response[Any]:
    """Accept or decline. Raises ``AppointmentUnknown``, ``AssuranceTooLow``."""
    signed = await signed_in(request)
    kernel, typed = kernel_of(request), await texts(request)
    accept = typed.get("accept") == "yes"
    async with kernel.database.connection() as connection:
        await actions.answer(connection, kernel.vault, signed.actor, appointment, accept, signed.now)
    return goto(f"{PATH}?done={'accepted' if accept else 'declined'}")


@post(PATH + "/{appointment:uuid}/end")
async def end(request: WebRequest, appointment: FromPath[UUID]) -> Response[Any]:
    """End an appointment or take an offer back, then go on to ``next``. Raises ``AppointmentUnknown``."""
    signed = await signed_in(request)
    kernel, typed = kernel_of(request), await texts(request)
    async with kernel.database.connection() as connection:
        await actions.end(connection, signed.actor, appointment, signed.now)
    target = local_path(typed.get("next"), PATH).partition("?")[0]
    return goto(f"{target}?done=ended")


@post(PATH + "/hat")
async def wear(request: WebRequest) -> Response[Any]:
    """Act for somebody from now on in this browser, with ``hat`` empty for oneself. Raises ``MayNotActFor``."""
    signed = await signed_in(request)
    typed = await texts(request)
    wanted = uuid_of(typed.get("hat"))
    if wanted is not None and wanted not in {hat.owner for hat in signed.actor.hats}:
        raise MayNotActFor()
    response = goto(local_path(typed.get("next")))
    response.set_cookie(hat_cookie(site_of(request), str(wanted) if wanted else ""))
    return response


ROUTES = (overview, answer, end, wear)
