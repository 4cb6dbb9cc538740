"""The window: guardians who are no parents, entered by one official and confirmed by another; ended by either."""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from tongban.basics.codes.errors import CodeError
from tongban.basics.errors import TongbanError
from tongban.parties.actions import Signed
from tongban.parties.assisting.errors import CardNotSeen, NameDiffers
from tongban.parties.errors import NotAllowed, TooManyAttempts
from tongban.parties.guarding import appointed
from tongban.parties.guarding.errors import Concerned, GuardianStands, GuardianUnknown, WardUnfit
from tongban.parties.log_in.errors import SecondPersonNeeded
from tongban.parties.models import Subject
from tongban.parties.rules import may
from tongban.web.desk.places import places_of
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

PATH = "/desk/guardians"
BASES: Mapping[appointed.Basis, str] = {
    "court-order": mark("法院判决或者裁定"),
    "certificate": mark("有权组织出具的监护证明"),
}
REASONS: Mapping[appointed.Reason, str] = {
    "capacity": mark("本人恢复行为能力"),
    "replaced": mark("换了监护人"),
    "mistaken": mark("登记有误"),
}
DONE = {
    "proposed": mark("已登记。请同一窗口的另一位同事在这个页面核对文书后复核。"),
    "confirmed": mark("已复核，监护人现在可以代为办理。"),
    "ended": mark("已结束，马上生效。"),
}
ENTERED = (CardNotSeen, CodeError, NameDiffers, WardUnfit, Concerned, TooManyAttempts)
REFUSED = (GuardianUnknown, GuardianStands, Concerned, SecondPersonNeeded)


def _window(signed: Signed) -> Subject:
    """The first window at which the actor receives people. Raises ``NotAllowed``."""
    posts = [Subject(region=post.region, department=post.department) for post in signed.actor.posts]
    found = next((one for one in posts if may(signed.actor, "guardian.propose", one)), None)
    if found is None:
        raise NotAllowed()
    return found


@get(PATH)
async def show(request: WebRequest, done: FromQuery[str] = "") -> Response[str]:
    """The form, what waits for a second official, and who stands. Raises ``NotAllowed``."""
    return await _page(request, await signed_in(request), {}, None, done=DONE.get(done))


async def _page(
    request: WebRequest, signed: Signed, typed: dict[str, str], error: TongbanError | None, done: str | None = None
) -> Response[str]:
    window, kernel = _window(signed), kernel_of(request)
    async with kernel.database.connection() as connection:
        found = await appointed.at_window(connection, kernel.vault, signed.actor, window.region)
    return page(
        request, "desk/guardians.html", status=error.status if error else 200, typed=typed, done=done,
        waiting=[one for one in found if not one.stands], standing=[one for one in found if one.stands],
        bases=BASES, reasons=REASONS, fault=fault_of(request, error) if error else None,
        places=places_of(signed.actor, window.region, PATH),
    )  # fmt: skip


@post(PATH, status_code=200)
async def propose(request: WebRequest) -> Response[Any]:
    """Cards and document were seen: enter it. What is refused is told where it was typed. Raises ``NotAllowed``."""
    signed, typed, kernel = await signed_in(request), await texts(request), kernel_of(request)
    typed = {name: text.replace("\x00", "").strip()[:100] for name, text in typed.items()}
    window = _window(signed)
    try:
        async with kernel.database.connection() as connection:
            await appointed.propose(connection, kernel.vault, signed.actor, window, _said(typed), signed.now)
    except ENTERED as error:
        return await _page(request, signed, typed, error)
    return goto(f"{PATH}?done=proposed")


def _said(typed: Mapping[str, str]) -> appointed.Proposal:
    """What was typed. Raises ``WardUnfit`` for what is no day or no basis at all."""
    basis = next((one for one in BASES if one == typed.get("basis")), None)
    if basis is None:
        raise WardUnfit("basis", zh="请选择依据", en="Choose what appoints the guardian")
    try:
        last_day = dt.date.fromisoformat(typed.get("last_day", ""))
    except ValueError:
        raise WardUnfit("last_day", zh="日期请按 2026-12-31 的样子填写", en="Type the day like 2026-12-31") from None
    given = {name: typed.get(name, "") for name in ("ward_name", "ward_number", "guardian_name", "guardian_number")}
    return appointed.Proposal(
        **given, basis=basis, document=typed.get("document", ""), last_day=last_day, seen=typed.get("seen") == "1"
    )


@post(PATH + "/{guardian:uuid}/confirmation", status_code=200)
async def confirm(request: WebRequest, guardian: FromPath[UUID]) -> Response[Any]:
    """Another official of the window confirms. Raises ``NotAllowed``."""
    signed = await signed_in(request)
    try:
        async with kernel_of(request).database.connection() as connection:
            await appointed.confirm(connection, signed.actor, guardian, signed.now)
    except REFUSED as error:
        return await _page(request, signed, {}, error)
    return goto(f"{PATH}?done=confirmed")


@post(PATH + "/{guardian:uuid}/end", status_code=200)
async def end(request: WebRequest, guardian: FromPath[UUID]) -> Response[Any]:
    """An official of the window ends it, or takes back what waits. Raises ``NotAllowed``."""
    signed, typed = await signed_in(request), await texts(request)
    reason = next((one for one in REASONS if one == typed.get("reason")), None)
    try:
        if reason is None:
            raise WardUnfit(zh="请选择为什么结束", en="Say why it ends")
        async with kernel_of(request).database.connection() as connection:
            await appointed.end(connection, signed.actor, guardian, reason, signed.now)
    except (*REFUSED, WardUnfit) as error:
        return await _page(request, signed, {}, error)
    return goto(f"{PATH}?done=ended")


ROUTES = (show, propose, confirm, end)
