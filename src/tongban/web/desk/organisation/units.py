"""The tree: search it, look at a unit as it is or was, and change it from a day on."""

import datetime as dt
from typing import Any

import msgspec
from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.errors import TongbanError
from tongban.parties.actions import Signed
from tongban.parties.models import Subject
from tongban.parties.organisation import reading, units
from tongban.parties.organisation.errors import unfit
from tongban.parties.organisation.leaves import leaves
from tongban.parties.rules import require
from tongban.web.allowing import allowed
from tongban.web.desk.organisation.parts import (
    PATH,
    Frame,
    day,
    do,
    frame_of,
    shared,
    since_of,
    told,
    typed_of,
)
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

DONE = {"changed": mark("已保存，到日期自动生效。"), "merged": mark("已安排并入，到日期自动生效。")}


@get(PATH, guards=[allowed("search")])
async def show(request: WebRequest) -> Response[str]:
    """The tree, or who was searched for. Raises ``NotAllowed``."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    frame, query = frame_of(request, signed), request.query_params
    typed, after = query.get("q", "").strip()[:50].replace("\x00", ""), query.get("after")
    async with kernel.database.connection() as connection:
        branches = await reading.units_now(connection, signed.actor, frame.region, signed.now)
        found = None
        if typed:
            found = await reading.search(connection, kernel.vault, signed.actor, frame.region, typed, after=after)
        away = {one.account: one for one in await leaves(connection, frame.region) if one.runs_at(signed.now)}
    return page(
        request, "desk/organisation/directory.html", branches=branches, found=found, typed=typed, away=away,
        hit=_hits(branches, typed), **shared(signed, frame),
    )  # fmt: skip


def _hits(branches: Any, typed: str) -> list[Any]:
    """Units whose name holds what was typed."""
    words = typed.lower()
    found = [one.unit for one in reading.branches_of(branches)] if words else []
    return [unit for unit in found if words in f"{unit.name} {unit.short}".lower()]


@get(PATH + "/units/{unit:str}")
async def read(request: WebRequest, unit: FromPath[str]) -> Response[str]:
    """One unit, today or as it was on a day. Raises ``NotAllowed``, ``UnitUnknown``."""
    return await _one(request, unit)


async def _one(
    request: WebRequest, unit: str, *, typed: dict[str, str] | None = None, refused: TongbanError | None = None
) -> Response[str]:
    signed, kernel = await signed_in(request), site_of(request).kernel
    frame = frame_of(request, signed)
    on = day(request.query_params.get("on", ""), "on")
    at = min(since_of({"since": on.isoformat()}, signed.now) + dt.timedelta(hours=12), signed.now) if on else signed.now
    async with kernel.database.connection() as connection:
        found = await reading.unit_page(connection, signed.actor, frame.region, unit, at)
        others = await reading.units_now(connection, signed.actor, frame.region, signed.now)
    return page(
        request,
        "desk/organisation/unit.html",
        status=refused.status if refused else 200,
        one=found,
        on=on,
        moment_at=at,
        today=local_day(signed.now),
        units=[one.unit for one in reading.branches_of(others)],
        typed=typed or {},
        done=DONE.get(request.query_params.get("done", "")),
        **told(request, refused),
        **shared(signed, frame),
    )


@get(PATH + "/new")
async def new(request: WebRequest) -> Response[str]:
    """The form of a new unit. Raises ``NotAllowed``."""
    return await _new(request, {})


async def _new(request: WebRequest, typed: dict[str, str], refused: TongbanError | None = None) -> Response[str]:
    signed, kernel = await signed_in(request), site_of(request).kernel
    frame = frame_of(request, signed)
    require(signed.actor, "unit.change", Subject(region=frame.region))
    async with kernel.database.connection() as connection:
        branches = await reading.units_now(connection, signed.actor, frame.region, signed.now)
    return page(
        request,
        "desk/organisation/unit_new.html",
        status=refused.status if refused else 200,
        units=[one.unit for one in reading.branches_of(branches)],
        typed=typed,
        **told(request, refused),
        **shared(signed, frame),
    )


@post(PATH + "/new", status_code=200)
async def enter(request: WebRequest) -> Response[str] | Redirect:
    """Enter a unit; what is refused comes back with everything that was typed."""
    typed = await typed_of(request)

    async def act(connection: Connection, signed: Signed, frame: Frame) -> str:
        wish = _wish(typed, typed.get("id", ""))
        await units.put_unit(
            connection, signed.actor, frame.region, wish, since_of(typed, signed.now), signed.now, new=True
        )
        return frame.address(f"/units/{wish.id}", done="changed")

    return await do(request, act, lambda error: _new(request, typed, error))


@post(PATH + "/units/{unit:str}", status_code=200)
async def change(request: WebRequest, unit: FromPath[str]) -> Response[str] | Redirect:
    """Rename, move or otherwise change a unit from a day on."""
    typed = await typed_of(request)

    async def act(connection: Connection, signed: Signed, frame: Frame) -> str:
        wish = _wish(typed, unit)
        await units.put_unit(connection, signed.actor, frame.region, wish, since_of(typed, signed.now), signed.now)
        return frame.address(f"/units/{unit}", done="changed")

    return await do(request, act, lambda error: _one(request, unit, typed=typed, refused=error))


@post(PATH + "/units/{unit:str}/merger", status_code=200)
async def merge(request: WebRequest, unit: FromPath[str]) -> Response[str] | Redirect:
    """Merge a unit into another, or end it when it holds nothing any more."""
    typed = await typed_of(request)

    async def act(connection: Connection, signed: Signed, frame: Frame) -> str:
        since, successor = since_of(typed, signed.now, "merge_since"), typed.get("successor", "")
        if successor:
            basis = typed.get("merge_basis", "")
            await units.merge_unit(connection, signed.actor, frame.region, unit, successor, since, basis, signed.now)
        else:
            await units.end_unit(connection, signed.actor, frame.region, unit, since, signed.now)
        return frame.address(f"/units/{successor or unit}", done="merged")

    return await do(request, act, lambda error: _one(request, unit, typed=typed, refused=error))


@post(PATH + "/units/{unit:str}/positions", status_code=200)
async def seat(request: WebRequest, unit: FromPath[str]) -> Response[str] | Redirect:
    """Enter a position in a unit, or change one."""
    typed = await typed_of(request)

    async def act(connection: Connection, signed: Signed, frame: Frame) -> str:
        wish = {name: typed.get(f"position_{name}", "") for name in ("id", "title", "role")}
        rank = _rank(typed.get("position_rank", ""), "position_rank")
        position = _fitting({**wish, "unit": unit, "rank": rank}, units.PositionWish)
        await units.put_position(connection, signed.actor, frame.region, position, signed.now, signed.now)
        return frame.address(f"/units/{unit}", done="changed")

    return await do(request, act, lambda error: _one(request, unit, typed=typed, refused=error))


def _wish(typed: dict[str, str], unit: str) -> units.UnitWish:
    plain: dict[str, Any] = {name: typed.get(name, "") for name in ("kind", "name", "short")}
    plain |= {name: typed.get(name) or None for name in ("parent", "uscc", "address", "phone", "basis")}
    roles = typed.get("roles", "").replace("，", "、").replace(",", "、").split("、")
    plain |= {"id": unit, "roles": [one.strip() for one in roles if one.strip()]}
    wish: units.UnitWish = _fitting({**plain, "rank": _rank(typed.get("rank", ""), "rank")}, units.UnitWish)
    return wish


def _rank(text: str, field: str) -> int:
    if not text:
        return 100
    if not (text.isascii() and text.isdigit() and len(text) < 5):
        raise unfit(field, "排序填 0 到 9999 的整数，越小越靠前", "A whole number from 0 to 9999, smallest first")
    return int(text)


def _fitting(plain: dict[str, Any], shape: Any) -> Any:
    try:
        return msgspec.convert(plain, shape)
    except msgspec.ValidationError as error:
        field = str(error).rpartition("$.")[2].rstrip("`").split("[")[0]
        raise unfit(field, *_REPAIRS.get(field, ("填写内容不符合要求", "This does not fit"))) from error


_REPAIRS = {
    "id": ("编号用小写字母开头，只含小写字母、数字和连字符", "An id: lower-case letters, digits, hyphens"),
    "name": ("请填写名称，最多 100 字", "Give the name, at most 100 characters"),
    "title": ("请填写岗位名称，最多 100 字", "Give the title, at most 100 characters"),
    "kind": ("请选择类型", "Choose the kind"),
    "role": ("请选择角色", "Choose the role"),
    "roles": ("职责用英文编号，以顿号分隔", "Roles are ids, separated by commas"),
}


ROUTES = (show, read, new, enter, change, merge, seat)
