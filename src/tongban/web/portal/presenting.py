"""Show a licence: tick what to show, get a code that opens once within minutes, see who looked."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from tongban.basics.errors import TongbanError
from tongban.licences.models import Licence
from tongban.licences.presenting import actions, rules
from tongban.parties.models import Subject
from tongban.parties.rules import require
from tongban.web.pages import page
from tongban.web.portal.licences import own_licence
from tongban.web.portal.parts import choices, fault_of, kernel_of
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

FORM, CODE = "portal/present.html", "portal/presenting.html"
STATE, AFTER = "portal/presenting_state.html", "portal/presenting_after.html"


async def _shown_by_holder(request: WebRequest, region: str, licence_id: UUID) -> Licence:
    licence = await own_licence(request, region, licence_id)
    signed = await signed_in(request)
    owner = signed.actor.owner_behind(licence.holder_key)
    require(signed.actor, "licence.present", Subject(region=region, owner=owner))
    return licence


def _form(request: WebRequest, licence: Licence, chosen: list[str], fault: TongbanError | None = None) -> Response[str]:
    faults = [fault_of(request, fault)] if fault else []
    offered = rules.choosable(licence)
    status, seconds = fault.status if fault else 200, site_of(request).settings.shown_seconds
    return page(
        request, FORM, status=status, licence=licence, offered=offered, chosen=chosen, faults=faults, seconds=seconds
    )


@get("/licences/{region:str}/{licence_id:uuid}/present")
async def choose(request: WebRequest, region: FromPath[str], licence_id: FromPath[UUID]) -> Response[str]:
    """What may be shown, the least of it ticked."""
    licence = await _shown_by_holder(request, region, licence_id)
    return _form(request, licence, [one.id for one in rules.choosable(licence) if one.preselected])


@post("/licences/{region:str}/{licence_id:uuid}/present", status_code=200)
async def present(request: WebRequest, region: FromPath[str], licence_id: FromPath[UUID]) -> Response[str]:
    """The code, large, as picture and text. It is kept nowhere: this page is the only one that has it."""
    licence = await _shown_by_holder(request, region, licence_id)
    chosen, now = await choices(request, "fields"), (await signed_in(request)).now
    seconds = site_of(request).settings.shown_seconds
    try:
        async with kernel_of(request).database.connection() as connection:
            made = await actions.present(connection, licence, chosen, now, seconds)
            look = await actions.presentation(connection, region, licence_id, made.id)
    except TongbanError as error:
        if error.status >= 500:
            raise
        return _form(request, licence, chosen, error)
    address = f"{site_of(request).settings.base_url}/presented/{made.code}"
    labels = [one for one in rules.choosable(licence) if one.id in made.fields]
    return page(request, CODE, licence=licence, made=made, address=address, labels=labels, look=look)


@get("/licences/{region:str}/{licence_id:uuid}/presentations/{presentation_id:uuid}")
async def state(
    request: WebRequest, region: FromPath[str], licence_id: FromPath[UUID], presentation_id: FromPath[UUID]
) -> Response[str]:
    """Whether somebody looked, who and when: a part of the page that shows the code, or a page where no script runs."""
    await own_licence(request, region, licence_id)
    async with kernel_of(request).database.connection() as connection:
        look = await actions.presentation(connection, region, licence_id, presentation_id)
    template = STATE if "hx-request" in request.headers else AFTER
    return page(request, template, region=region, licence_id=licence_id, look=look)
