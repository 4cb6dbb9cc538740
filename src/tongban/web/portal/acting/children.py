"""Prove to be a child's parent, to act for the child until it is of age."""

from typing import Any

from litestar import Response, get, post

from tongban.basics.codes.errors import CodeError
from tongban.basics.errors import TongbanError
from tongban.parties.errors import TooManyAttempts
from tongban.parties.guarding.actions import WAYS, prove_child
from tongban.parties.guarding.errors import OfAge, ParentageUnproved, RegisterNotConnected
from tongban.resources.verifying import verifiers_of
from tongban.web.pages import page
from tongban.web.portal.acting.overview import PATH
from tongban.web.portal.parts import fault_of, goto, kernel_of, texts
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

NEW = f"{PATH}/children/new"


@get(NEW)
async def new(request: WebRequest) -> Response[str]:
    """The form. Raises ``NotSignedIn``."""
    await signed_in(request)
    return _page(request, {}, None)


def _page(request: WebRequest, typed: dict[str, str], error: TongbanError | None) -> Response[str]:
    faults = [fault_of(request, error, error.field or "id_number")] if error else []
    return page(
        request, "portal/acting/child_new.html", status=error.status if error else 200, typed=typed, faults=faults
    )


@post(NEW, status_code=200)
async def prove(request: WebRequest) -> Response[Any]:
    """Ask the register; what is refused is told beside the form. Raises ``AssuranceTooLow``."""
    signed, kernel, typed = await signed_in(request), kernel_of(request), await texts(request)
    register = verifiers_of(kernel.registers(), WAYS)
    name, number = (typed.get(field, "").replace("\x00", "")[:100] for field in ("name", "id_number"))
    try:
        await prove_child(kernel.database, kernel.vault, register, signed.actor, name, number, signed.now)
    except (CodeError, OfAge, ParentageUnproved, RegisterNotConnected, TooManyAttempts) as error:
        return _page(request, typed, error)
    return goto(f"{PATH}?done=child")


ROUTES = (new, prove)
