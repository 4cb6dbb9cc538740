"""Begin an application: the draft that waits is offered first, and nothing is looked up before the notice."""

import datetime as dt
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, FromQuery

from tongban.basics.calendar import local_day
from tongban.basics.errors import TongbanError
from tongban.cases.actions import drafts, young
from tongban.cases.actions.drafts import DraftLine
from tongban.cases.errors import ForEnterprises
from tongban.cases.look_up_plans import all_plans
from tongban.cases.models import Draft
from tongban.parties.actions import Signed, particulars
from tongban.parties.errors import MayNotActFor, MayNotActForPerson
from tongban.parties.models import Actor, Mandate, Representation
from tongban.resources.consenting.restricting import restricted_since
from tongban.services.catalogue import JourneyVersion
from tongban.web.pages import page
from tongban.web.portal.filling import fill
from tongban.web.portal.parts import choices, explain, fault_of, goto, kernel_of, region_here, texts, uuid_of, words_of
from tongban.web.problems import sentence
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest


async def _waiting(request: WebRequest, signed: Signed, journey: str) -> list[DraftLine]:
    return [draft for draft in await drafts.my_drafts(kernel_of(request), signed.actor) if draft.journey == journey]


@get("/apply/{journey:str}")
async def begin(request: WebRequest, journey: FromPath[str], region: FromQuery[str | None] = None) -> Response[Any]:
    """Offer the drafts that wait, or a new one, for which an enterprise is chosen where one must apply.

    Raises ``NotSignedIn``, ``UnknownJourney``.
    """
    return await _page(request, journey, region)


async def _page(
    request: WebRequest, journey: str, region: str | None, *, error: TongbanError | None = None
) -> Response[Any]:
    signed = await signed_in(request)
    kernel = kernel_of(request)
    version = kernel.catalogue.journey(journey)
    place = region_here(kernel, region, particulars(kernel.vault, signed.actor).household)
    waiting = await _waiting(request, signed, journey)
    begun = {draft.enterprise for draft in waiting if draft.region == place}
    return page(
        request, "portal/apply.html", status=error.status if error else 200, version=version, waiting=waiting,
        place=place, mandates=[(one, _last_day(one)) for one in signed.actor.mandates if one.enterprise not in begun],
        fault=fault_of(request, error) if error else None, people=_people(signed.actor, version, waiting, place),
        regions=sorted(kernel.directory.regions.values(), key=lambda one: one.code),
    )  # fmt: skip


def _people(actor: Actor, version: JourneyVersion, waiting: list[DraftLine], place: str) -> list[Representation | None]:
    """For whom a person's matter may be begun: oneself (None) and others, without those who have one begun already.

    Empty where there is nobody but oneself, or where enterprises apply.
    """
    others = [one for one in actor.represented if actor.covers(one.account, version.journey.id)]
    if version.journey.audience == "enterprise" or not others:
        return []
    begun = {draft.principal for draft in waiting if draft.region == place}
    choice: list[Representation | None] = [None, *others]
    return [one for one in choice if (one.account if one else None) not in begun]


def _last_day(mandate: Mandate) -> dt.date | None:
    """The last day of a mandate that was given an end."""
    return mandate.until and local_day(mandate.until - dt.timedelta(microseconds=1))


@post("/apply/{journey:str}", status_code=200)
async def start(request: WebRequest, journey: FromPath[str]) -> Response[Any]:
    """Open a draft, for ``enterprise`` or the person ``principal`` if one is chosen, and go to its notice.

    With ``over`` (a draft's id) that one is given up first.
    """
    signed = await signed_in(request)
    kernel, typed = kernel_of(request), await texts(request)
    place = region_here(kernel, typed.get("region"), particulars(kernel.vault, signed.actor).household)
    over = uuid_of(typed.get("over"))
    if over is not None:
        await drafts.abandon(kernel, signed.actor, signed.now, place, over)
    enterprise, principal = uuid_of(typed.get("enterprise")), uuid_of(typed.get("principal"))
    try:
        opened = await drafts.open_draft(kernel, signed.actor, signed.now, place, journey, enterprise, principal)
    except (ForEnterprises, MayNotActFor, MayNotActForPerson) as error:
        return await _page(request, journey, place, error=error)
    if not opened.made:
        return goto(f"/apply/{journey}")
    return goto(f"/drafts/{place}/{opened.draft.id}/notice")


@get("/notice")
async def notice(request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID]) -> Response[str]:
    """What will be looked up, from whom, why and by which right. Nothing was looked up yet."""
    signed = await signed_in(request)
    kernel = kernel_of(request)
    draft = await drafts.read_draft(kernel, signed.actor, region, draft_id)
    version = drafts.version_of(kernel, draft)
    plans = all_plans(kernel, version, region)
    asked = any(plan.legal == "consent" and not plan.material.consent_of for plan in plans)
    return page(
        request,
        "portal/notice.html",
        version=version,
        draft=draft,
        duties=[(plan, _when(request, version, plan)) for plan in plans if plan.legal == "duty"],
        consents=[
            (plan, _when(request, version, plan))
            for plan in plans
            if plan.legal == "consent" and not plan.material.consent_of
        ],
        others=[(plan, _when(request, version, plan)) for plan in plans if plan.material.consent_of],
        by_another=drafts.by_another(signed.actor, draft),
        barred=_barred(request, signed, draft),
        restricted=await _restricted(request, draft) if asked else None,
        own=draft.owner == signed.actor.account,
    )


def _barred(request: WebRequest, signed: Signed, draft: Draft) -> str | None:
    """Why who is signed in may not consent for whose draft it is, in the reader's language."""
    span = young.span_for(kernel_of(request), draft, signed.now)
    why = young.decider(signed.actor, draft, span, signed.now)
    return sentence(why, words_of(request)) if why else None


async def _restricted(request: WebRequest, draft: Draft) -> dt.datetime | None:
    """Since when look-ups by consent about whose draft it is are off, at their own wish."""
    async with kernel_of(request).database.connection() as connection:
        return await restricted_since(connection, draft.key)


def _when(request: WebRequest, version: Any, plan: Any) -> str | None:
    when = plan.material.when
    return explain(version.rules[when], words_of(request)) if when else None


@post("/notice")
async def read(request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID]) -> Response[Any]:
    """The notice was read; now the first look-ups happen, and the form opens with what they found."""
    signed = await signed_in(request)
    kernel = kernel_of(request)
    ticked = await choices(request, "consents")
    draft = await drafts.read_notice(
        kernel, signed.actor, signed.now, region, draft_id, ticked, words_of(request).language
    )
    filling = fill(kernel, draft, drafts.applicant_for(kernel, signed.actor, draft), signed.now)
    return goto(f"/drafts/{region}/{draft_id}/steps/{filling.steps()[0].id}")


@post("/abandon")
async def abandon(request: WebRequest, region: FromPath[str], draft_id: FromPath[UUID]) -> Response[Any]:
    """Give the draft up: its values are destroyed, what was looked up stays visible in "my data"."""
    signed = await signed_in(request)
    await drafts.abandon(kernel_of(request), signed.actor, signed.now, region, draft_id)
    return goto("/matters?abandoned=1")
