"""What one agreed to be looked up, and taking it back at once. The consents to applications are in ``applications``.

Law followed: Personal Information Protection Law 个人信息保护法 article 15.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from litestar import Response, get, post
from litestar.params import FromPath
from msgspec import Struct

from tongban.cases.actions.consents import Held, Stage, consent, my_consents, withdraw_consent
from tongban.cases.look_up_plans import plans_of
from tongban.web.api.once import once
from tongban.web.api.parameters import Identifier, Key, Region
from tongban.web.api.problems import SIGNED_IN, answers
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
    ``until``: when a guardian's consent for a child ends by itself.
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
    look_ups: list[LookUpByConsent]


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
        look_ups=[
            LookUpByConsent(plan.name, plan.provider, plan.consumer, plan.fields, plan.purpose, plan.basis)
            for plan in plans
            if plan.legal == "consent"
        ],
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


ROUTES: list[Any] = [list_consents, read_consent, withdraw]
