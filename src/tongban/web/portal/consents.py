"""What one agreed to be looked up, and taking it back: what follows is read first, the document may be sent after.

Part of "my data". Law followed: Personal Information Protection Law 个人信息保护法 article 15.
"""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from tongban.basics.errors import TongbanError
from tongban.cases.actions.consents import Held, consent, my_consents, withdraw_consent
from tongban.cases.consent_of_others.answering import asked_of_me
from tongban.cases.look_up_plans import LookUpPlan, plans_of
from tongban.web.pages import page
from tongban.web.portal.materials import MOST_BODY, keep_files
from tongban.web.portal.parts import fault_of, goto, kernel_of
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

HERE = "/my-data/consents"


@get(HERE)
async def mine(request: WebRequest) -> Response[str]:
    """Every consent of one's own and of enterprises one may act for, newest first, below what one is asked."""
    signed = await signed_in(request)
    held = await my_consents(kernel_of(request), signed.actor)
    asked = await asked_of_me(kernel_of(request), signed.actor)
    return page(request, "portal/consents.html", held=held, asked=asked)


def _address(region: str, case_id: UUID, material: str) -> str:
    return f"{HERE}/{region}/{case_id}/{material}"


def _plans(request: WebRequest, held: Held) -> list[LookUpPlan]:
    """The look-ups that rest on the consent."""
    plans = plans_of(kernel_of(request), held.version, held.consent.region, held.material)
    return [plan for plan in plans if plan.legal == "consent"]


def _page(request: WebRequest, held: Held, fault: dict[str, Any] | None = None, status: int = 200) -> Response[str]:
    one = held.consent
    return page(
        request, "portal/consent.html", status=status, held=held, plans=_plans(request, held), fault=fault,
        here=_address(one.region, one.case_id, one.material),
        matter=f"/{'drafts' if held.stage == 'draft' else 'matters'}/{one.region}/{one.case_id}"
        + ("/materials" if held.stage == "draft" else ""),
    )  # fmt: skip


@get(HERE + "/{region:str}/{case_id:uuid}/{material:str}")
async def show(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], material: FromPath[str]
) -> Response[str]:
    """One consent: what it allows, what follows when it is taken back, and how to go on. Raises ``CaseNotFound``."""
    signed = await signed_in(request)
    return _page(request, await consent(kernel_of(request), signed.actor, region, case_id, material))


@post(HERE + "/{region:str}/{case_id:uuid}/{material:str}", status_code=200)
async def withdraw(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], material: FromPath[str]
) -> Response[Any]:
    """Take it back at once. Raises ``CaseNotFound``."""
    signed = await signed_in(request)
    await withdraw_consent(kernel_of(request), signed.actor, region, case_id, material)
    return goto(_address(region, case_id, material))


@post(HERE + "/{region:str}/{case_id:uuid}/{material:str}/files", request_max_body_size=MOST_BODY, status_code=200)
async def upload(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], material: FromPath[str]
) -> Response[Any]:
    """Send the document instead; a refused file is told here, the others stay. Raises ``CaseNotFound``."""
    signed = await signed_in(request)
    held = await consent(kernel_of(request), signed.actor, region, case_id, material)
    try:
        await keep_files(request, signed, region, case_id, material)
    except TongbanError as error:
        if error.status == 404:
            raise
        return _page(request, held, fault_of(request, error, f"file-{material}"), error.status)
    return goto(_address(region, case_id, material))


ROUTES = (mine, show, withdraw, upload)
