"""Licences on the desk of who issued them: found by number or code, changed with reasons, confirmed by another."""

from collections.abc import Mapping
from typing import Any, get_args
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery
from litestar.response import Redirect

from tongban.basics.errors import TongbanError
from tongban.licences.life import actions, rules
from tongban.licences.life.errors import ChangeOver
from tongban.licences.life.models import ChangeKind, Wish
from tongban.licences.models import Licence
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Subject
from tongban.parties.rules import may
from tongban.web.allowing import allowed
from tongban.web.desk.places import places_of
from tongban.web.desk.tickets import region_asked
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

HERE = "/desk/licences"
KINDS: Mapping[ChangeKind, str] = {
    "suspend": mark("暂停证照"),
    "resume": mark("恢复证照"),
    "revoke": mark("吊销证照"),
    "withdraw": mark("撤销证照"),
    "cancel": mark("注销证照"),
    "correct": mark("更正内容"),
    "reissue": mark("换发新版本"),
}
ABOUT: Mapping[ChangeKind, str] = {
    "suspend": mark("马上生效，不用复核"),
    "resume": mark("暂停的原因已经消除"),
    "revoke": mark("持证人违法，作为处罚"),
    "withdraw": mark("当初不该颁发"),
    "cancel": mark("到期、不再需要或持证人已不存在"),
    "correct": mark("证照上有错：发新版本，旧的失效"),
    "reissue": mark("内容不变：旧文件遗失或外泄时发新版本"),
}
DONE = {
    "done": mark("已生效，持证人会收到消息"),
    "asked": mark("已提出，等待本部门另一位负责人复核"),
    "declined": mark("已退回，没有变更"),
}


@get(HERE, guards=[allowed("search")])
async def show(request: WebRequest, typed: FromQuery[str] = "") -> Response[str] | Redirect:
    """The search, and what waits for a second person. Raises ``NotAllowed``."""
    signed, kernel = await signed_in(request), kernel_of(request)
    region, fault = region_asked(request, signed), None
    async with kernel.database.connection() as connection:
        waiting = await actions.waiting(connection, signed.actor, region)
        if typed.strip():
            try:
                found = await actions.find(connection, kernel.vault, signed.actor, region, typed[:120])
                return goto(f"{HERE}/{found.region}/{found.id}")
            except TongbanError as error:
                fault = error
    return page(
        request, "desk/licences.html", status=fault.status if fault else 200, typed=typed[:120], waiting=waiting,
        kinds=KINDS, places=places_of(signed.actor, region, HERE), me=signed.actor.account, region=region,
        fault=fault_of(request, fault, "typed") if fault else None,
    )  # fmt: skip


@get(HERE + "/{region:str}/{licence_id:uuid}")
async def read(
    request: WebRequest, region: FromPath[str], licence_id: FromPath[UUID], done: FromQuery[str] = ""
) -> Response[str]:
    """One licence, what was asked for it, and the form. Raises ``LicenceUnknown``."""
    return await _one(request, region, licence_id, {}, None, done)


async def _one(
    request: WebRequest,
    region: str,
    licence_id: UUID,
    typed: Mapping[str, str],
    fault: TongbanError | None,
    done: str = "",
) -> Response[str]:
    signed, kernel = await signed_in(request), kernel_of(request)
    async with kernel.database.connection() as connection:
        licence = await actions.read(connection, kernel.vault, signed.actor, region, licence_id)
        changes = await actions.changes(connection, kernel.vault, region, licence_id)
    waits = next((one for one in changes if one.outcome is None), None)
    confirms = may(signed.actor, "licence.confirm_change", _subject(licence)) if waits else False
    return page(
        request, "desk/licence.html", status=fault.status if fault else 200, licence=licence, changes=changes,
        waits=waits, confirms=confirms, own=waits is not None and waits.asked_by == signed.actor.account,
        possible=[] if waits else rules.possible(licence), kinds=KINDS, about=ABOUT, typed=typed, done=DONE.get(done),
        places=places_of(signed.actor, region, HERE), fault=fault_of(request, fault) if fault else None,
        labels={one.id: one.label for one in licence.fields}, today=signed.now,
    )  # fmt: skip


def _subject(licence: Licence) -> Subject:
    return Subject(region=licence.region, department=licence.issuer.id)


@post(HERE + "/{region:str}/{licence_id:uuid}/changes", status_code=200)
async def ask(request: WebRequest, region: FromPath[str], licence_id: FromPath[UUID]) -> Response[Any]:
    """Ask for a change; what is refused comes back with everything that was typed."""
    signed, kernel, typed = await signed_in(request), kernel_of(request), await texts(request)
    kind = typed.get("kind", "")
    if kind not in get_args(ChangeKind):
        return await _one(request, region, licence_id, typed, ChangeOver("kind"))
    facts = {name.removeprefix("fact-"): text for name, text in typed.items() if name.startswith("fact-")}
    wish = Wish(kind, typed.get("reasons", ""), typed.get("basis", ""), facts)  # type: ignore[arg-type]
    try:
        async with kernel.database.connection() as connection:
            licence = await actions.read(connection, kernel.vault, signed.actor, region, licence_id)
            types = kernel.licence_types
            await actions.ask(connection, kernel.vault, types, signed.actor, licence, wish, signed.now)
    except TongbanError as error:
        return await _refused(request, region, licence_id, typed, error)
    return goto(f"{HERE}/{region}/{licence_id}?done={'done' if kind in rules.AT_ONCE else 'asked'}")


@post(HERE + "/{region:str}/{licence_id:uuid}/changes/{change_id:uuid}", status_code=200)
async def answer(
    request: WebRequest, region: FromPath[str], licence_id: FromPath[UUID], change_id: FromPath[UUID]
) -> Response[Any]:
    """Confirm or decline what a colleague asked."""
    signed, kernel, typed = await signed_in(request), kernel_of(request), await texts(request)
    agreed = typed.get("go") == "confirm"
    try:
        async with kernel.database.connection() as connection:
            await actions.answer(
                connection, kernel.vault, kernel.licence_types, signed.actor, region, change_id, agreed,
                typed.get("answer", ""), signed.now,
            )  # fmt: skip
    except TongbanError as error:
        return await _refused(request, region, licence_id, typed, error)
    return goto(f"{HERE}/{region}/{licence_id}?done={'done' if agreed else 'declined'}")


async def _refused(
    request: WebRequest, region: str, licence_id: UUID, typed: Mapping[str, str], error: TongbanError
) -> Response[Any]:
    if error.status >= 500 or isinstance(error, NotAllowed):
        raise error
    return await _one(request, region, licence_id, typed, error)


ROUTES = (show, read, ask, answer)
