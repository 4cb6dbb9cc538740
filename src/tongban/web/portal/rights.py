"""What one asks about all of one's data or a ward's, and the copy: a page, a file for programs, a workbook."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast
from uuid import UUID

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath

from tongban.basics.calendar import local_day
from tongban.basics.errors import TongbanError
from tongban.cases.rights.asking import ask, my_requests, regions_to_ask, stop_restricting
from tongban.cases.rights.copying import read_copy
from tongban.cases.rights.models import Asked, Kind
from tongban.parties.actions import particulars
from tongban.parties.models import Actor, Representation
from tongban.resources.consenting.restricting import restricted_since
from tongban.web.allowing import allowed
from tongban.web.desk.errors import ChoiceNeeded
from tongban.web.desk.export import excel_file
from tongban.web.desk.oversight_words import WHAT
from tongban.web.hats import hat_of
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.portal.acting.parts import RELATIONS
from tongban.web.portal.parts import department_name, fault_of, goto, kernel_of, texts, words_of
from tongban.web.portal.rights_book import workbook
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

HERE = "/my-data/rights"
LONGEST = 1000
KINDS: Mapping[str, str] = {
    "copy": mark("要一份副本"),
    "deletion": mark("删除我的数据"),
    "restriction": mark("限制使用"),
}


@get(HERE)
async def mine(request: WebRequest) -> Response[str]:
    """What one asked and where it stands, and the form to ask for something."""
    return await _shown(request)


def ward_worn(request: WebRequest, actor: Actor) -> Representation | None:
    """Whose guardian the reader is acting as in this browser now; None: they ask for themselves."""
    hat = hat_of(request, actor)
    return hat if isinstance(hat, Representation) and hat.capacity == "guardian" else None


async def _shown(
    request: WebRequest, typed: Mapping[str, str] | None = None, fault: dict[str, Any] | None = None, status: int = 200
) -> Response[str]:
    signed, kernel = await signed_in(request), kernel_of(request)
    ward = ward_worn(request, signed.actor)
    requests = await my_requests(kernel, signed.actor)
    if ward is not None:
        requests = [one for one in requests if one.ward == ward.account]
    async with kernel.database.connection() as connection:
        restricted = await restricted_since(connection, ward.key if ward else signed.actor.id_key)
    regions = regions_to_ask(kernel)
    household = particulars(kernel.vault, signed.actor).household
    here = household if household in regions else next(iter(regions), "")
    return page(
        request,
        "portal/rights.html",
        status=status,
        requests=[(one, department_name(kernel, one.region, one.department)) for one in requests],
        restricted=restricted,
        ward=ward,
        regions=[kernel.directory.region(region) for region in regions],
        kinds=KINDS,
        what=WHAT,
        typed={"kind": "", "text": "", "region": here, **(typed or {})},
        fault=fault,
        done=request.query_params.get("done"),
    )


@post(HERE, status_code=200)
async def asked(request: WebRequest) -> Response[Any]:
    """Ask for something; what is refused comes back with everything that was typed."""
    signed, typed = await signed_in(request), await texts(request)
    try:
        if typed.get("kind") not in KINDS:
            raise ChoiceNeeded(field="kind")
        text = typed.get("text", "").replace("\0", "")[:LONGEST]
        ward = ward_worn(request, signed.actor)
        said = Asked(cast(Kind, typed["kind"]), typed.get("region", ""), text, ward.account if ward else None)
        made = await ask(kernel_of(request), signed.actor, said)
    except TongbanError as error:
        if error.status >= 500:
            raise
        return await _shown(request, typed, fault_of(request, error), error.status)
    return goto(f"{HERE}?done=1#asked-{made.id}")


@post(HERE + "/lift", status_code=200)
async def lifted(request: WebRequest) -> Response[Any]:
    """One's data may be looked up by consent again."""
    signed = await signed_in(request)
    ward = ward_worn(request, signed.actor)
    await stop_restricting(kernel_of(request), signed.actor, ward.account if ward else None)
    return goto(HERE)


@get(HERE + "/{region:str}/{asked_id:uuid}/copy")
async def copy(request: WebRequest, region: FromPath[str], asked_id: FromPath[UUID]) -> Response[str]:
    """The copy to read. Raises ``NoCopy``."""
    signed = await signed_in(request)
    found = await read_copy(kernel_of(request), signed.actor, region, asked_id)
    return page(request, "portal/rights_copy.html", copy=found, relations=RELATIONS, here=f"{HERE}/{region}/{asked_id}")


@get(HERE + "/{region:str}/{asked_id:uuid}/copy.json", guards=[allowed("copy")])
async def copy_json(request: WebRequest, region: FromPath[str], asked_id: FromPath[UUID]) -> Response[bytes]:
    """The copy as a file for programs. Raises ``NoCopy``."""
    signed = await signed_in(request)
    found = await read_copy(kernel_of(request), signed.actor, region, asked_id)
    name = f"my-data-{local_day(found.made_at):%Y%m%d}.json"
    headers = {"content-disposition": f'attachment; filename="{name}"', "cache-control": "no-store"}
    content = msgspec.json.format(msgspec.json.encode(found), indent=2)
    return Response(content, media_type="application/json", headers=headers)


@get(HERE + "/{region:str}/{asked_id:uuid}/copy.xlsx", guards=[allowed("copy")])
async def copy_book(request: WebRequest, region: FromPath[str], asked_id: FromPath[UUID]) -> Response[bytes]:
    """The copy as a workbook. Raises ``NoCopy``."""
    signed = await signed_in(request)
    found = await read_copy(kernel_of(request), signed.actor, region, asked_id)
    content = await asyncio.to_thread(workbook, found, words_of(request))
    return excel_file(content, f"my-data-{local_day(found.made_at):%Y%m%d}.xlsx")


ROUTES = (mine, asked, lifted, copy, copy_json, copy_book)
