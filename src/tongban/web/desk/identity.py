"""The window: a clerk who sees person and card proves an identity, or begins a recovery that another confirms."""

from typing import Any, Literal
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromQuery

from tongban.basics.codes.errors import CodeError
from tongban.basics.errors import TongbanError
from tongban.parties.actions import Signed
from tongban.parties.errors import NotAllowed
from tongban.parties.log_in import proving, recovering
from tongban.parties.log_in.errors import (
    HasAccount,
    NotDeclared,
    ProofsDiffer,
    RecoveryRefused,
    RecoveryUnfit,
    SecondPersonNeeded,
)
from tongban.parties.models import Subject
from tongban.parties.rules import may, require
from tongban.web.desk.places import places_of
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts, uuid_of
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

TEMPLATE = "desk/identity.html"
DONE = {
    "proved": mark("已当面核验，账号完成实名认证。"),
    "asked": mark("已登记。请另一位同事在这个页面复核，然后把链接交给本人。"),
}


def _window(actor_signed: Signed, action: Literal["identity.prove", "recovery.ask", "recovery.confirm"]) -> Subject:
    """The first department at which the actor may receive people. Raises ``NotAllowed``."""
    posts = [Subject(region=post.region, department=post.department) for post in actor_signed.actor.posts]
    found = next((one for one in posts if may(actor_signed.actor, action, one)), None)
    if found is None:
        raise NotAllowed()
    return found


@get("/desk/identity")
async def show(request: WebRequest, done: FromQuery[str] = "") -> Response[str]:
    """The two forms, and what waits for a second official."""
    return await _page(request, await signed_in(request), {}, None, done=done)


async def _page(
    request: WebRequest,
    signed: Signed,
    typed: dict[str, str],
    error: TongbanError | None,
    *,
    done: str = "",
    link: str | None = None,
) -> Response[str]:
    here = _window(signed, "recovery.confirm")
    places = places_of(signed.actor, here.region, "/desk/identity")
    async with kernel_of(request).database.connection() as connection:
        waiting = await recovering.at_window(connection, signed.actor, here.region)
    return page(
        request, TEMPLATE, status=error.status if error else 200, typed=typed, waiting=waiting, link=link,
        places=places, receives=may(signed.actor, "recovery.ask", here), done=DONE.get(done),
        fault=fault_of(request, error) if error else None,
    )  # fmt: skip


@post("/desk/identity", status_code=200)
async def enter(request: WebRequest) -> Response[Any]:
    """``go`` prove: the account is this person's. ``go`` recover: the account was lost, another is to confirm."""
    signed, typed, kernel = await signed_in(request), await texts(request), kernel_of(request)
    typed = {name: text.strip()[:100] for name, text in typed.items()}
    given = {name: typed.get(name, "") for name in ("login", "name", "id_number")}
    go = "proved" if typed.get("go") == "prove" else "asked"
    try:
        if not typed.get("seen"):
            raise ProofsDiffer("seen")
        async with kernel.database.connection() as connection:
            if go == "proved":
                here = _window(signed, "identity.prove")
                require(signed.actor, "identity.prove", here)
                await proving.prove_in_person(connection, kernel.vault, signed.actor, **given)
            else:
                here = _window(signed, "recovery.ask")
                await recovering.ask_at_window(connection, kernel.vault, signed.actor, here, **given)
    except CodeError as error:
        return await _page(request, signed, typed, type(error)("id_number", **error.data))
    except (NotDeclared, ProofsDiffer, HasAccount, RecoveryRefused) as error:
        return await _page(request, signed, typed, error)
    return goto(f"/desk/identity?done={go}")


@post("/desk/identity/confirm", status_code=200)
async def confirm(request: WebRequest) -> Response[Any]:
    """Another official confirms: the link is shown once, to be printed or scanned by the person."""
    signed, typed = await signed_in(request), await texts(request)
    recovery = uuid_of(typed.get("recovery"))
    try:
        async with kernel_of(request).database.connection() as connection:
            secret = await recovering.confirm_at_window(connection, signed.actor, recovery or UUID(int=0))
    except (RecoveryUnfit, SecondPersonNeeded) as error:
        return await _page(request, signed, {}, error)
    return await _page(request, signed, {}, None, link=f"{site_of(request).settings.base_url}/invitation/{secret}")


ROUTES = (show, enter, confirm)
