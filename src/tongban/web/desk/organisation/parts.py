"""What the directory's pages share: the region looked at, texts typed, what was refused, days as moments, names."""

import datetime as dt
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from litestar import Response
from litestar.response import Redirect
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.parties.actions import Signed
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Role, Subject
from tongban.parties.organisation.errors import unfit
from tongban.parties.organisation.models import Official, UnitKind
from tongban.parties.organisation.reading import find
from tongban.parties.organisation.rules import day_begins
from tongban.parties.rules import may
from tongban.web.desk.places import places_of
from tongban.web.language import mark
from tongban.web.problems import faults, sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

PATH = "/desk/directory"
ROLES: Mapping[Role, str] = {
    "handler": mark("经办"),
    "head": mark("负责人"),
    "clerk": mark("窗口"),
    "administrator": mark("管理员"),
    "supervisor": mark("监督"),
}
KINDS: Mapping[UnitKind, str] = {"department": mark("部门"), "office": mark("内设机构")}
LONGEST = 500


class Frame(Struct, frozen=True):
    """Where a page stands: the region, its name, and what the reader may change there."""

    region: str
    region_name: str
    regions: tuple[tuple[str, str], ...]
    administers: bool

    def address(self, path: str = "", **query: str) -> str:
        """An address of the directory in this region."""
        more = "".join(f"&{name}={value}" for name, value in query.items() if value)
        return f"{PATH}{path}?region={self.region}{more}"


def frame_of(request: WebRequest, signed: Signed) -> Frame:
    """The region that is asked for, else the reader's first. Raises ``NotAllowed`` for who serves nowhere."""
    actor, served = signed.actor, site_of(request).kernel.directory.regions
    if not actor.official:
        raise NotAllowed()
    wanted = request.query_params.get("region", "")
    known = [*[one for one in actor.regions if one in served], *served]
    region = wanted if wanted in served else known[0]
    named = tuple((code, served[code].name) for code in dict.fromkeys(known))
    return Frame(region, served[region].name, named, administers(actor, region))


def administers(actor: Actor, region: str) -> bool:
    """Whether ``actor`` governs the organisation of ``region``."""
    return may(actor, "unit.change", Subject(region=region))


async def typed_of(request: WebRequest) -> dict[str, str]:
    """The texts of a form, without blanks around them."""
    form = await request.form()
    return {
        name: value.replace("\x00", "").strip()[:LONGEST]
        for name, value in form.multi_items()
        if isinstance(value, str)
    }


def told(request: WebRequest, refused: TongbanError | None) -> dict[str, Any]:
    """What a page says of what was refused: the sentence, and each fault with its field."""
    words = site_of(request).words(request_language(request))
    listed = faults(refused, words) if refused else []
    if refused is not None and not listed:
        listed = [{"field": refused.field, "message": sentence(refused, words)}]
    return {"said": sentence(refused, words) if refused else None, "faults": listed}


def shared(signed: Signed, frame: Frame, here: str = PATH) -> dict[str, Any]:
    """What every page of the directory is handed."""
    return {"frame": frame, "places": places_of(signed.actor, frame.region, here), "roles": ROLES, "kinds": KINDS}


def passes(error: TongbanError) -> bool:
    """Whether a refusal is a page's own to tell, and not a fault or a closed door."""
    return error.status < 500 and error.status != 404 and not isinstance(error, NotAllowed)


def day(typed: str, field: str) -> dt.date | None:
    """A date as a form sends it, None when nothing was typed. Raises ``Unfit``."""
    try:
        return dt.date.fromisoformat(typed) if typed else None
    except ValueError:
        raise unfit(field, "日期不对，请按 2026-12-31 的样子填写", "Type the date like 2026-12-31") from None


def since_of(typed: Mapping[str, str], now: dt.datetime, name: str = "since") -> dt.datetime:
    """From when something is so: the beginning of the day typed, or now. Raises ``Unfit``."""
    found = day(typed.get(name, ""), name)
    return day_begins(found) if found else now


def until_of(typed: Mapping[str, str], name: str = "until") -> dt.datetime | None:
    """Until when, the last day included. Raises ``Unfit``."""
    found = day(typed.get(name, ""), name)
    return day_begins(found + dt.timedelta(days=1)) if found else None


async def official_of(connection: Connection, request: WebRequest, region: str, typed: str, field: str) -> Official:
    """Whom a log-in name or a name means. Raises ``Unfit`` when it is nobody, or several."""
    found = await find(connection, site_of(request).kernel.vault, region, typed)
    if not found:
        raise unfit(field, f"通讯录中没有“{typed}”，请填写登录名或姓名", f"Nobody is called “{typed}”")
    if len(found) > 1:
        named = "、".join(one.login for one in found)
        raise unfit(
            field, f"有 {len(found)} 位“{typed}”，请填写登录名：{named}", f"Several: give the log-in name: {named}"
        )
    return found[0]


def see(address: str) -> Redirect:
    """Go on to a page after something was done."""
    return Redirect(address, status_code=303)


def identifier(text: str) -> UUID | None:
    """An id as a form sends it."""
    try:
        return UUID(text)
    except ValueError:
        return None


async def do(
    request: WebRequest,
    act: Callable[[Connection, Signed, Frame], Awaitable[str]],
    again: Callable[[TongbanError], Awaitable[Response[str]]],
) -> Response[str] | Redirect:
    """Do what a form asks, then show the page; what is refused is told where it was typed."""
    signed = await signed_in(request)
    frame = frame_of(request, signed)
    try:
        async with site_of(request).kernel.database.connection() as connection:
            return see(await act(connection, signed, frame))
    except TongbanError as error:
        if not passes(error):
            raise
        return await again(error)
