"""What one agreed to be looked up, and taking it back at once; what one is asked to agree to for another's application.

The consents to applications (programs) are in ``applications``. Law followed: Personal Information Protection Law
个人信息保护法 articles 14 and 15.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath, JSONBody
from msgspec import Struct

from tongban.cases.actions.consents import Held, Stage, consent, my_consents, withdraw_consent
from tongban.cases.consent_of_others import answering
from tongban.cases.consent_of_others.answering import Answer, Asked
from tongban.cases.look_up_plans import LookUpPlan, plans_of
from tongban.web.api.once import once
from tongban.web.api.parameters import Identifier, Key, Region
from tongban.web.api.problems import SIGNED_IN, answers
from tongban.web.reading import request_language
from tongban.web.signed_in import signed_in
from tongban.web.site import WebRequest, site_of


class LookUpByConsent(Struct, frozen=True):
    """One look-up that rests on the consent: who asks whom for which fields, why and by which right."""

    source: str
    provider: str
    consumer: str
    fields: list[str]
    purpose: str
    basis: str


class LookUpConsent(Struct, frozen=True):
    """One consent. ``stage``: where its application stands; ``upload``: whether one brings the document once it is
    withdrawn. ``look_ups`` are those that rest on it; ``notice`` the SHA-256 (hex) of the text that was shown;
    ``until``: when a guardian's consent for a child, or one for another's application (``of_another``), ends by itself.
    """

    region: str
    case: UUID
    journey: str
    material: str
    name: str
    stage: Stage
    standing: bool
    upload: bool
    given_at: dt.datetime
    withdrawn_at: dt.datetime | None
    notice: str | None
    until: dt.datetime | None
    of_another: bool
    look_ups: list[LookUpByConsent]


class ConsentRequest(Struct, frozen=True):
    """What one is asked for another's application: ``asker`` names who applies, ``until`` is when a consent would end.

    ``answer``: what one said; ``open``: whether an answer still counts. ``look_ups`` would be made.
    """

    region: str
    id: UUID
    journey: str
    material: str
    name: str
    asker: str
    asked_at: dt.datetime
    until: dt.datetime
    answer: Answer | None
    open: bool
    look_ups: list[LookUpByConsent]


class ConsentAnswer(Struct, forbid_unknown_fields=True):
    """``given`` or ``refused``; who applies is told of neither reasons nor a refusal."""

    answer: Answer


def _look_ups(plans: Iterable[LookUpPlan]) -> list[LookUpByConsent]:
    return [
        LookUpByConsent(plan.name, plan.provider, plan.consumer, plan.fields, plan.purpose, plan.basis)
        for plan in plans
        if plan.legal == "consent"
    ]


def _asked(one: Asked) -> ConsentRequest:
    return ConsentRequest(
        region=one.region,
        id=one.id,
        journey=one.version.journey.id,
        material=one.material.id,
        name=one.material.name,
        asker=one.asker,
        asked_at=one.asked_at,
        until=one.until,
        answer=one.answer,
        open=one.open,
        look_ups=_look_ups(one.plans),
    )


def _consent(request: WebRequest, held: Held) -> LookUpConsent:
    one, plans = held.consent, plans_of(site_of(request).kernel, held.version, held.consent.region, held.material)
    return LookUpConsent(
        region=one.region,
        case=one.case_id,
        journey=one.journey,
        material=one.material,
        name=held.material.name,
        stage=held.stage,
        standing=held.standing,
        upload=held.uploads,
        given_at=one.given_at,
        withdrawn_at=one.withdrawn_at,
        notice=one.digest.hex() if one.digest else None,
        until=one.until,
        of_another=one.of_another,
        look_ups=_look_ups(plans),
    )


@get("/my-data/consents", responses=answers(401), tags=["my data"], **SIGNED_IN)
async def list_consents(request: WebRequest) -> list[LookUpConsent]:
    """What one agreed to be looked up, for oneself and for enterprises one may act for, newest first, at most 50."""
    signed = await signed_in(request)
    return [_consent(request, held) for held in await my_consents(site_of(request).kernel, signed.actor)]


@get(
    "/my-data/consents/{region:str}/{case:uuid}/{material:str}",
    responses=answers(401, 404),
    tags=["my data"],
    **SIGNED_IN,
)
async def read_consent(
    request: WebRequest, region: Region, case: FromPath[UUID], material: Identifier
) -> LookUpConsent:
    """One consent of one's own: the newest for this material."""
    signed = await signed_in(request)
    return _consent(request, await consent(site_of(request).kernel, signed.actor, region, case, material))


@post(
    "/my-data/consents/{region:str}/{case:uuid}/{material:str}/withdrawal",
    responses=answers(401, 404, 422),
    tags=["my data"],
    **SIGNED_IN,
)
async def withdraw(
    request: WebRequest, region: Region, case: FromPath[UUID], material: Identifier, key: Key
) -> Response[LookUpConsent]:
    """Take a consent back, at once: no further look-up is made by it. Harmless a second time."""
    signed, kernel = await signed_in(request), site_of(request).kernel

    async def act() -> LookUpConsent:
        return _consent(request, await withdraw_consent(kernel, signed.actor, region, case, material))

    return await once(request, key, act)


@get("/my-data/consent-requests", responses=answers(401), tags=["my data"], **SIGNED_IN)
async def list_requests(request: WebRequest) -> list[ConsentRequest]:
    """What one is asked to agree to for other people's applications, newest first, at most 20."""
    signed = await signed_in(request)
    return [_asked(one) for one in await answering.asked_of_me(site_of(request).kernel, signed.actor)]


@get(
    "/my-data/consent-requests/{region:str}/{asking:uuid}",
    responses=answers(401, 403, 404),
    tags=["my data"],
    **SIGNED_IN,
)
async def read_request(request: WebRequest, region: Region, asking: FromPath[UUID]) -> ConsentRequest:
    """One request to oneself, answered or not."""
    signed = await signed_in(request)
    return _asked(await answering.request(site_of(request).kernel, signed.actor, region, asking))


@post(
    "/my-data/consent-requests/{region:str}/{asking:uuid}/answer",
    responses=answers(401, 403, 404, 409, 422),
    tags=["my data"],
    **SIGNED_IN,
)
async def answer_request(
    request: WebRequest, region: Region, asking: FromPath[UUID], data: JSONBody[ConsentAnswer], key: Key
) -> Response[ConsentRequest]:
    """Give or refuse consent oneself; what was given is taken back like any consent."""
    signed, kernel, language = await signed_in(request), site_of(request).kernel, request_language(request)

    async def act() -> ConsentRequest:
        return _asked(await answering.answer(kernel, signed.actor, region, asking, data.answer, language))

    return await once(request, key, act)


ROUTES: list[Any] = [list_consents, read_consent, withdraw, list_requests, read_request, answer_request]
