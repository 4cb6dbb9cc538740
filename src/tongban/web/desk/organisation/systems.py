"""Institutions' systems that keep the directory up to date (SCIM): add one, see its token once, stop one."""

from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.parties.actions import Signed
from tongban.parties.organisation import provisioning
from tongban.web.desk.organisation.parts import PATH, Frame, do, frame_of, passes, shared, told, typed_of
from tongban.web.pages import page
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


@get(PATH + "/systems")
async def show(request: WebRequest) -> Response[str]:
    """The systems of the region. Raises ``NotAllowed``."""
    return await _page(request)


async def _page(
    request: WebRequest, refused: TongbanError | None = None, token: str | None = None, name: str = ""
) -> Response[str]:
    signed, site = await signed_in(request), site_of(request)
    frame = frame_of(request, signed)
    async with site.kernel.database.connection() as connection:
        found = await provisioning.provisioners(connection, signed.actor, frame.region)
    return page(
        request,
        "desk/organisation/systems.html",
        status=refused.status if refused else 200,
        systems=found,
        token=token,
        name=name,
        address=f"{site.settings.base_url}/scim/v2",
        **told(request, refused),
        **shared(signed, frame),
    )


@post(PATH + "/systems", status_code=200)
async def add(request: WebRequest) -> Response[str]:
    """Add a system; the page that follows shows its token, once."""
    typed, signed = await typed_of(request), await signed_in(request)
    frame, name = frame_of(request, signed), typed.get("name", "")
    try:
        async with site_of(request).kernel.database.connection() as connection:
            token = await provisioning.add_provisioner(connection, signed.actor, frame.region, name, signed.now)
    except TongbanError as error:
        if not passes(error):
            raise
        return await _page(request, error, name=name)
    return await _page(request, token=token)


@post(PATH + "/systems/{system:uuid}/end", status_code=200)
async def stop(request: WebRequest, system: FromPath[UUID]) -> Response[str] | Redirect:
    """Stop a system at once. Raises ``NotAllowed``, ``ProvisionerUnknown``."""

    async def act(connection: Connection, signed: Signed, frame: Frame) -> str:
        await provisioning.revoke_provisioner(connection, signed.actor, frame.region, system, signed.now)
        return frame.address("/systems")

    return await do(request, act, lambda error: _page(request, error))


ROUTES = (show, add, stop)
