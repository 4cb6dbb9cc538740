"""My licences: what I hold, how it is shown and checked, and its signed document."""

from uuid import UUID

from litestar import Response, get
from litestar.params import FromPath, FromQuery

from tongban.licences import actions
from tongban.licences.errors import LicenceUnknown
from tongban.licences.metadata import MEDIA, Form, write
from tongban.licences.models import Licence
from tongban.licences.presenting.actions import looks
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may
from tongban.web.allowing import allowed
from tongban.web.hats import hat_of
from tongban.web.pages import page
from tongban.web.portal.parts import kernel_of, uuid_of
from tongban.web.signed_in import is_shared, signed_in
from tongban.web.site import WebRequest, site_of

PAGE = 20


@get("/licences")
async def mine(request: WebRequest, before: FromQuery[str | None] = None) -> Response[str]:
    """One's licences and those of enterprises one may act for, newest first, in every state."""
    signed = await signed_in(request)
    kernel, last = kernel_of(request), uuid_of(before)
    async with kernel.database.connection() as connection:
        held = await actions.mine(connection, kernel.vault, _keys(request, signed.actor), last, PAGE + 1)
    more = str(held[PAGE - 1].id) if len(held) > PAGE else None
    return page(
        request, "portal/licences.html", licences=held[:PAGE], more=more, first=last is None, shared=is_shared(request)
    )


def _keys(request: WebRequest, actor: Actor) -> list[bytes]:
    """Whose licences are listed: everybody's that the actor may see, or of whom one acts for now."""
    hat = hat_of(request, actor)
    return actor.keys if hat is None else [hat.key] if hat.key in actor.keys else []


async def own_licence(request: WebRequest, region: str, licence_id: UUID) -> Licence:
    """One's own licence; anybody else's does not exist for the asker. Raises ``LicenceUnknown``."""
    signed = await signed_in(request)
    kernel = kernel_of(request)
    async with kernel.database.connection() as connection:
        licence = await actions.read(connection, kernel.vault, region, licence_id)
    owner = signed.actor.owner_behind(licence.holder_key)
    if not may(signed.actor, "licence.read", Subject(region=region, owner=owner)):
        raise LicenceUnknown
    return licence


@get("/licences/{region:str}/{licence_id:uuid}")
async def show(request: WebRequest, region: FromPath[str], licence_id: FromPath[UUID]) -> Response[str]:
    """One licence: its facts, its state, the code that verifies it, and who looked at it."""
    licence = await own_licence(request, region, licence_id)
    async with kernel_of(request).database.connection() as connection:
        looked = await looks(connection, region, licence_id)
    return page(request, "portal/licence.html", licence=licence, address=_address(request, licence), looked=looked)


def _address(request: WebRequest, licence: Licence) -> str:
    return f"{site_of(request).settings.base_url}/verify/{licence.code}"


@get("/licences/{region:str}/{licence_id:uuid}/metadata", guards=[allowed("copy")])
async def metadata(
    request: WebRequest, region: FromPath[str], licence_id: FromPath[UUID], form: FromQuery[Form] = "json"
) -> Response[bytes]:
    """The metadata of one's own licence for another system, as JSON or XML."""
    licence = await own_licence(request, region, licence_id)
    file = f'attachment; filename="{licence.type}-{licence.number[-8:]}.{form}"'
    content = write(licence, form, site_of(request).metadata)
    return Response(content, media_type=MEDIA[form], headers={"content-disposition": file})


@get("/licences/{region:str}/{licence_id:uuid}/document", guards=[allowed("copy")])
async def document(
    request: WebRequest, region: FromPath[str], licence_id: FromPath[UUID]
) -> Response[bytes] | Response[str]:
    """The signed PDF; while it is being made, a page that says so."""
    licence = await own_licence(request, region, licence_id)
    async with kernel_of(request).database.connection() as connection:
        made = await actions.document(connection, kernel_of(request).vault, region, licence_id)
        looked = await looks(connection, region, licence_id) if made is None else []
    if made is None:
        address = _address(request, licence)
        return page(request, "portal/licence.html", status=202, licence=licence, address=address, looked=looked)
    return Response(
        made.pdf,
        media_type="application/pdf",
        headers={"content-disposition": f'attachment; filename="{licence.type}-{licence.number[-8:]}.pdf"'},
    )
