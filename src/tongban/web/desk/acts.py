"""Special acts on the desk: what may be done besides deciding, a form for each, the act itself.

Suspension, extension, hearing, transfer, delivery, shared visits, commitments, correction, revocation: whatever the
table of acts declares and the reader may do on this case now.
"""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from tongban.basics.errors import TongbanError
from tongban.cases.actions.procedures.performing import perform
from tongban.cases.errors import CaseNotFound
from tongban.cases.views.acts import Offer, Offers, offers
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor
from tongban.web.acting import act_of, form_of, typed_of
from tongban.web.desk.listing import identifier, task_path
from tongban.web.pages import page
from tongban.web.problems import sentence
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of

PLACE = "/desk/tasks/{region:str}/{case_id:uuid}/{task_id:str}/acts"
WHOLE = "case"
"""In an address: the act is on the whole case. No task is called so."""


async def _seen(request: WebRequest, region: str, case_id: UUID, task_id: str) -> tuple[Actor, Offers]:
    signed, kernel = await signed_in(request), site_of(request).kernel
    if region not in kernel.directory.regions or identifier(task_id) is None:
        raise CaseNotFound()
    if not signed.actor.official:
        raise CaseNotFound()
    return signed.actor, await offers(kernel, signed.actor, region, case_id)


@get(PLACE)
async def mine(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], task_id: FromPath[str]
) -> Response[str]:
    """Everything one may do on the case now, by task. Raises ``CaseNotFound``."""
    _, seen = await _seen(request, region, case_id, task_id)
    path = task_path(region, case_id, task_id)
    groups: dict[str | None, list[Offer]] = {}
    for offer in seen.offers:
        groups.setdefault(offer.task_name, []).append(offer)
    return page(request, "desk/acts.html", groups=groups, case=seen.page, path=path, whole=WHOLE)


@get(PLACE + "/{kind:str}/{on:str}")
async def form(
    request: WebRequest,
    region: FromPath[str],
    case_id: FromPath[UUID],
    task_id: FromPath[str],
    kind: FromPath[str],
    on: FromPath[str],
) -> Response[str]:
    """The form of one act. Raises ``CaseNotFound`` for what is not offered."""
    _, seen = await _seen(request, region, case_id, task_id)
    return _form(request, seen, seen.find(kind, _task(on)), task_path(region, case_id, task_id))


@post(PLACE + "/{kind:str}/{on:str}", status_code=200)
async def make(
    request: WebRequest,
    region: FromPath[str],
    case_id: FromPath[UUID],
    task_id: FromPath[str],
    kind: FromPath[str],
    on: FromPath[str],
) -> Response[str] | Redirect:
    """Do the act; what is refused comes back with everything that was typed. Raises ``CaseNotFound``."""
    typed, ticked = await typed_of(request)
    actor, seen = await _seen(request, region, case_id, task_id)
    offer, path = seen.find(kind, _task(on)), task_path(region, case_id, task_id)
    try:
        await perform(site_of(request).kernel, actor, region, case_id, act_of(offer, typed, ticked, _revision(typed)))
    except (CaseNotFound, NotAllowed):
        raise
    except TongbanError as error:
        if error.status >= 500:
            raise
        return _form(request, seen, offer, path, typed=typed, ticked=ticked, refused=error)
    return Redirect(f"{path}/acts/{kind}/{on}/done", status_code=303)


@get(PLACE + "/{kind:str}/{on:str}/done")
async def made(
    request: WebRequest,
    region: FromPath[str],
    case_id: FromPath[UUID],
    task_id: FromPath[str],
    kind: FromPath[str],
    on: FromPath[str],
) -> Response[str]:
    """What was just done stands; and where to go on, also for whoever has handed the case away with it."""
    signed, kernel = await signed_in(request), site_of(request).kernel
    if region not in kernel.directory.regions or identifier(task_id) is None:
        raise CaseNotFound()
    try:
        seen = await offers(kernel, signed.actor, region, case_id)
    except CaseNotFound:
        seen = None
    path = task_path(region, case_id, task_id)
    return page(request, "desk/acted.html", seen=seen, case=seen and seen.page, path=path, kind=kind)


def _form(
    request: WebRequest,
    seen: Offers,
    offer: Offer,
    path: str,
    *,
    typed: dict[str, str] | None = None,
    ticked: list[str] | None = None,
    refused: TongbanError | None = None,
) -> Response[str]:
    words = site_of(request).words(request_language(request))
    said: dict[str, Any] | None = None
    if refused is not None:
        said = {"field": refused.field or "", "message": sentence(refused, words)}
    return page(
        request, "desk/act.html", status=refused.status if refused else 200, seen=seen, case=seen.page, offer=offer,
        fields=form_of(offer, words), path=path, whole=WHOLE, typed=typed or {}, ticked=ticked or [], fault=said,
    )  # fmt: skip


def _task(on: str) -> str | None:
    return None if on == WHOLE else on


def _revision(typed: dict[str, str]) -> int:
    given = typed.get("revision", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 10 else -1
