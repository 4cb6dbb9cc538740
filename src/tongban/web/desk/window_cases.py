"""What a case waits for is handed in at the window: files are taken, the form is changed, the person confirms it all.

Nothing entered in the form is kept before it is confirmed; the sheet carries it from one step to the next.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath

from tongban.basics.codes.errors import CodeError
from tongban.basics.errors import TongbanError
from tongban.cases.actions import assisted, files, handing_in
from tongban.cases.errors import FormIncomplete, MaterialsMissing, NotEligible, StalePage, WrongState
from tongban.cases.models import WAITING
from tongban.parties.assisting.errors import ConfirmationMissing, DecidesIt
from tongban.parties.errors import TooManyAttempts
from tongban.parties.log_in import codes
from tongban.parties.log_in.errors import CodeWrong
from tongban.parties.models import Confirmation
from tongban.web.desk.places import places_of
from tongban.web.desk.window import PATH, telephone_of
from tongban.web.pages import page
from tongban.web.portal.amending import appeared, faults_of, filling_of, uploads_in
from tongban.web.portal.filling import Filling, values_of
from tongban.web.portal.materials import MOST_BODY, file_answer, keep_files
from tongban.web.portal.parts import fault_of, goto, kernel_of, revision_of, texts, words_of
from tongban.web.portal.progress import read_matter
from tongban.web.portal.review import section_of
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest

HERE = PATH + "/cases/{region:str}/{case_id:uuid}"
_FAULTY = (FormIncomplete, NotEligible, MaterialsMissing, StalePage, WrongState)
_UNCONFIRMED = (CodeError, CodeWrong, TooManyAttempts, ConfirmationMissing, DecidesIt)


@get(HERE)
async def show(request: WebRequest, region: FromPath[str], case_id: FromPath[UUID]) -> Response[Any]:
    """What is asked for, and where it is entered. Raises ``CaseNotFound``."""
    return await _page(request, region, case_id, {})


async def _page(
    request: WebRequest,
    region: str,
    case_id: UUID,
    typed: Mapping[str, str],
    error: TongbanError | None = None,
    fault: dict[str, Any] | None = None,
    more: bool = False,
) -> Response[Any]:
    signed, words = await signed_in(request), words_of(request)
    held = assisted.assistance(signed.actor, region, case_id)
    case, progress = await read_matter(kernel_of(request), signed.actor, region, case_id, handing_in.ACTION)
    if case.case.state not in WAITING:
        return goto(f"{PATH}?done=moved-on")
    filling, revision = await filling_of(request, region, case_id, typed, handing_in.ACTION)
    faults = faults_of(request, error) if error else []
    status = error.status if error else int(fault["status"]) if fault else 200
    brought = await files.brought(kernel_of(request), signed.actor, region, case_id)
    return page(
        request, "desk/window_case.html", status=status, case=case, progress=progress, held=held, revision=revision,
        sections=[(step, filling.views(step, words, faults=faults)) for step in filling.steps()],
        asked=" ".join(field.id for step in filling.steps() for field in filling.asked(step)),
        faults=faults, warnings=filling.warnings(words), fault=fault, appeared=more, here=_here(region, case_id),
        uploads_of=uploads_in(filling, progress), brought=brought, places=places_of(signed.actor, region, PATH),
        wanted={material.id for material in progress.asked} if case.case.state == "supplementing" else set(),
    )  # fmt: skip


def _here(region: str, case_id: UUID) -> str:
    return f"{PATH}/cases/{region}/{case_id}"


@post(HERE, status_code=200)
async def enter(request: WebRequest, region: FromPath[str], case_id: FromPath[UUID]) -> Response[Any]:
    """``go``: check (make the sheet), back, code (send one), by-code or by-signature (hand it in).

    What is refused is told on the page or sheet with everything that was typed. Raises ``CaseNotFound``.
    """
    typed = await texts(request)
    go = typed.get("go", "check")
    filling, _ = await filling_of(request, region, case_id, typed, handing_in.ACTION)
    if go == "back":
        return await _page(request, region, case_id, typed)
    if appeared(filling, typed):
        return await _page(request, region, case_id, typed, more=True)
    try:
        return await _gone_on(request, filling, typed, go)
    except _FAULTY as error:
        return await _page(request, region, case_id, typed, error)


async def _gone_on(request: WebRequest, filling: Filling, typed: dict[str, str], go: str) -> Response[Any]:
    signed, kernel, draft = await signed_in(request), kernel_of(request), filling.draft
    what = (draft.region, draft.id, revision_of(typed), values_of(filling.version, None, typed))
    try:
        if go == "code":
            entered = await handing_in.send_own_code(kernel, signed.actor, *what, typed.get("mobile", "")[:40])
        elif go in ("by-code", "by-signature"):
            how: Confirmation = "code" if go == "by-code" else "signature"
            if how == "signature" and typed.get("signed") != "1":
                raise ConfirmationMissing("signed")
            digest, code = typed.get("digest", "")[:64], typed.get("code", "")[:40]
            confirmed = await handing_in.confirmed(kernel, signed.actor, *what, digest, how, code)
            await handing_in.hand_in(kernel, signed.actor, confirmed, how)
            return goto(f"{PATH}?done=handed-in")
        else:
            entered = await handing_in.enter(kernel, signed.actor, *what)
    except _UNCONFIRMED as error:
        return await _sheet(request, filling, typed, await handing_in.enter(kernel, signed.actor, *what), go, error)
    return await _sheet(request, filling, typed, entered, go)


async def _sheet(
    request: WebRequest,
    filling: Filling,
    typed: dict[str, str],
    entered: handing_in.Entered,
    go: str,
    error: TongbanError | None = None,
) -> Response[Any]:
    signed, words, draft = await signed_in(request), words_of(request), filling.draft
    held = assisted.assistance(signed.actor, draft.region, draft.id)
    case, progress = await read_matter(kernel_of(request), signed.actor, draft.region, draft.id, handing_in.ACTION)
    telephone: codes.Text | None = await telephone_of(request, kernel_of(request), held) if go == "code" else None
    fields = {field.id for field in filling.version.form.fields} | {"asked", "revision"}
    return page(
        request, "desk/window_change.html", status=error.status if error else 200, typed=typed, held=held, case=case,
        progress=progress, entered=entered, here=_here(draft.region, draft.id), telephone=telephone,
        carried=[(name, text) for name, text in typed.items() if name in fields],
        sections=[section_of(filling, step, words) for step in filling.steps()],
        uploaded=[one for one in filling.readiness.materials if one.files],
        fault=fault_of(request, error) if error else None, places=places_of(signed.actor, draft.region, PATH),
    )  # fmt: skip


@post(HERE + "/files/{material:str}", request_max_body_size=MOST_BODY, status_code=200)
async def upload(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], material: FromPath[str]
) -> Response[Any]:
    """Take files that the person brought; refused ones are told at their material. Raises ``CaseNotFound``."""
    signed = await signed_in(request)
    assisted.assistance(signed.actor, region, case_id)
    try:
        await keep_files(request, signed, region, case_id, material)
    except TongbanError as error:
        if error.status == 404:
            raise
        fault = {**fault_of(request, error, f"file-{material}"), "status": error.status}
        return await _page(request, region, case_id, {}, fault=fault)
    return goto(f"{_here(region, case_id)}#material-{material}")


@post(HERE + "/files/{file_id:uuid}/remove")
async def remove(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Response[Any]:
    """Take one file off again. Raises ``CaseNotFound``."""
    signed = await signed_in(request)
    assisted.assistance(signed.actor, region, case_id)
    await files.remove(kernel_of(request), signed.actor, signed.now, region, case_id, file_id)
    return goto(_here(region, case_id))


@get(HERE + "/files/{file_id:uuid}")
async def content(
    request: WebRequest, region: FromPath[str], case_id: FromPath[UUID], file_id: FromPath[UUID]
) -> Response[bytes]:
    """A file of the case as it is kept."""
    assisted.assistance((await signed_in(request)).actor, region, case_id)
    return await file_answer(request, region, case_id, file_id)


ROUTES = (show, enter, upload, remove, content)
