"""The window applies for somebody who is present: a clerk sees person and card, fills in, and they confirm it.

The steps are those of the portal; here a matter is taken in, printed to be signed, and sent once confirmed.
"""

from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from tongban.basics.codes.errors import CodeError
from tongban.basics.errors import TongbanError
from tongban.cases.actions import assisted, handing_in
from tongban.cases.actions.submission import submit
from tongban.cases.errors import DraftWaits, FormIncomplete, MaterialsMissing, NotEligible, StalePage
from tongban.cases.kernel import Kernel
from tongban.parties.actions import Signed
from tongban.parties.assisting.errors import (
    CardNotSeen,
    ConfirmationMissing,
    DecidesIt,
    NameDiffers,
    NothingWaits,
    Oneself,
    Underage,
)
from tongban.parties.errors import NotSignedIn, TooManyAttempts
from tongban.parties.log_in import codes
from tongban.parties.log_in.errors import CodeWrong
from tongban.parties.models import Assistance, Confirmation
from tongban.web.desk.places import places_of
from tongban.web.language import mark
from tongban.web.pages import page
from tongban.web.portal.filling import Filling
from tongban.web.portal.parts import fault_of, goto, kernel_of, revision_of, texts, words_of
from tongban.web.portal.receipts import remember_promise
from tongban.web.portal.review import missing_in, section_of
from tongban.web.portal.steps import own
from tongban.web.signed_in import secret_of, signed_in
from tongban.web.site import WebRequest, site_of

PATH = "/desk/window"
TAKE_UP = PATH + "/cases"
DONE = {
    "handed-in": mark("已提交给受理部门，本人的办件页上写明由窗口代交。"),
    "moved-on": mark("这件办件已经受理或办结，不能再补正。"),
}
REFUSED = (CardNotSeen, CodeError, NameDiffers, Oneself, Underage, DraftWaits, TooManyAttempts)


@get(PATH)
async def show(request: WebRequest, done: FromQuery[str] = "") -> Response[str]:
    """The forms, and what was taken in today. Raises ``NotAllowed``."""
    return await _page(request, await signed_in(request), {}, None, DONE.get(done))


async def _page(
    request: WebRequest, signed: Signed, typed: dict[str, str], error: TongbanError | None, done: str | None = None
) -> Response[str]:
    window, kernel = assisted.window_of(signed.actor), kernel_of(request)
    return page(
        request, "desk/window.html", status=error.status if error else 200, typed=typed,
        journeys=assisted.offered(kernel), lines=await assisted.taken_in_today(kernel, signed.actor),
        places=places_of(signed.actor, window.region, PATH), fault=fault_of(request, error) if error else None,
        done=done,
    )  # fmt: skip


@post(TAKE_UP, status_code=200)
async def take_up(request: WebRequest) -> Response[Any]:
    """Person and card were seen: go on with a case of theirs that waits. Raises ``NotAllowed``."""
    signed, typed, kernel = await signed_in(request), await texts(request), kernel_of(request)
    typed = {name: text.replace("\x00", "").strip()[:100] for name, text in typed.items()}
    window = assisted.window_of(signed.actor)
    try:
        case = await handing_in.take_up(
            kernel, signed.actor, window, typed.get("number", ""), typed.get("name", ""), typed.get("id_number", ""),
            typed.get("seen") == "1", signed.now,
        )  # fmt: skip
    except (*REFUSED, NothingWaits, DecidesIt) as error:
        return await _page(request, signed, {**typed, "go": "take-up"}, error)
    return goto(f"{TAKE_UP}/{window.region}/{case}")


@post(PATH, status_code=200)
async def take_in(request: WebRequest) -> Response[Any]:
    """Person and card were seen: open the application, and go on to its notice. Raises ``NotAllowed``."""
    signed, typed, kernel = await signed_in(request), await texts(request), kernel_of(request)
    typed = {name: text.replace("\x00", "").strip()[:100] for name, text in typed.items()}
    window = assisted.window_of(signed.actor)
    try:
        matter = await assisted.take_in(
            kernel, signed.actor, window, typed.get("journey", ""), typed.get("name", ""), typed.get("id_number", ""),
            typed.get("seen") == "1", signed.now,
        )  # fmt: skip
    except REFUSED as error:
        return await _page(request, signed, typed, error)
    return goto(f"/drafts/{window.region}/{matter}/notice")


@get(PATH + "/{region:str}/{draft_id:uuid}")
async def sheet(request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID]) -> Response[str]:
    """What was filled in, to be read and signed by the person. Raises ``CaseNotFound``."""
    assisted.assistance((await signed_in(request)).actor, region, draft_id)
    signed, filling = await own(request, region, draft_id)
    return await _sheet(request, signed, filling, {}, None)


async def _sheet(
    request: WebRequest, signed: Signed, filling: Filling, typed: dict[str, str], error: TongbanError | None
) -> Response[str]:
    draft, words, kernel = filling.draft, words_of(request), kernel_of(request)
    held = assisted.assistance(signed.actor, draft.region, draft.id)
    return page(
        request, "desk/window_sheet.html", status=error.status if error else 200, typed=typed, held=held, draft=draft,
        filling=filling, sections=[section_of(filling, step, words) for step in filling.steps()],
        missing=missing_in(filling, words), fault=fault_of(request, error) if error else None,
        places=places_of(signed.actor, draft.region, PATH),
        address=f"{site_of(request).settings.base_url}/matters/{draft.region}/{draft.id}/receipt",
        telephone=await telephone_of(request, kernel, held) if typed.get("go") == "code" else None,
    )  # fmt: skip


async def telephone_of(request: WebRequest, kernel: Kernel, held: Assistance) -> codes.Text | None:
    """What a demonstration shows in place of the person's telephone."""
    if not site_of(request).settings.demonstration:
        return None
    async with kernel.database.connection() as connection:
        return await codes.last_text(connection, kernel.vault, held.account)


@post(PATH + "/{region:str}/{draft_id:uuid}", status_code=200)
async def send(request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID]) -> Response[Any]:
    """``go`` code: send one to the person's telephone. Otherwise the person confirmed: the application is made.

    What is refused is told on the sheet, and nothing is lost. Raises ``CaseNotFound``.
    """
    typed = await texts(request)
    typed = {name: text.replace("\x00", "").strip()[:40] for name, text in typed.items()}
    assisted.assistance((await signed_in(request)).actor, region, draft_id)
    signed, filling = await own(request, region, draft_id)
    try:
        if typed.get("go") == "code":
            await assisted.send_code(kernel_of(request), signed.actor, region, draft_id, typed.get("mobile", ""))
            return await _sheet(request, signed, filling, typed, None)
        return await _confirmed(request, signed, filling, typed)
    except (
        CodeError, CodeWrong, TooManyAttempts, ConfirmationMissing, FormIncomplete, NotEligible, MaterialsMissing,
        StalePage,
    ) as error:  # fmt: skip
        return await _sheet(request, signed, filling, typed, error)


async def _confirmed(request: WebRequest, signed: Signed, filling: Filling, typed: dict[str, str]) -> Response[Any]:
    how: Confirmation = "code" if typed.get("go") == "by-code" else "signature"
    if how == "signature" and typed.get("signed") != "1":
        raise ConfirmationMissing("signed")
    draft, carried = filling.draft, secret_of(request)
    if carried is None:
        raise NotSignedIn()
    revision, code = revision_of(typed), typed.get("code", "")
    await assisted.confirm(kernel_of(request), signed.actor, draft, revision, how, code, signed.now)
    made = await submit(kernel_of(request), *carried, draft.region, draft.id, revision)
    return remember_promise(request, goto(f"/matters/{made.region}/{made.id}/receipt"), made)


ROUTES = (show, take_up, take_in, sheet, send)
