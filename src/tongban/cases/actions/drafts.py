"""Drafts: opened once, saved as one goes, resumed on any device, given up without a trace of the values.

The existing draft of a journey is offered first. Nothing is looked up before the notice was read.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.cases.actions.evidence import by_consent, gather
from tongban.cases.actions.young import decider, span_for
from tongban.cases.consent_of_others.asking import ask_others
from tongban.cases.errors import (
    CaseNotFound,
    DraftSubmitted,
    ForEnterprises,
    ForPersons,
    NoticeNotRead,
    StalePage,
)
from tongban.cases.facts import Agent, applicant_of, enterprise_applicant, known_facts
from tongban.cases.kernel import Kernel
from tongban.cases.look_up_plans import shown_notice
from tongban.cases.models import Applicant, Draft
from tongban.cases.readiness import Readiness, assess, with_prefill
from tongban.cases.rows import seal_json, to_draft
from tongban.parties.actions import particulars
from tongban.parties.enterprises import enterprise_particulars, mandate_of
from tongban.parties.errors import MayNotActForPerson
from tongban.parties.log_in.rules import require_assured
from tongban.parties.models import Actor, Particulars, Subject
from tongban.parties.rules import may
from tongban.resources import actions as resources
from tongban.resources.consenting import actions as consenting
from tongban.services.catalogue import JourneyVersion

_queries = load_queries("tongban.cases")


class Opened(Struct, frozen=True):
    """A draft, and whether it was opened now or had been waiting."""

    draft: Draft
    made: bool


class DraftLine(Struct, frozen=True):
    """One open draft in a list. ``enterprise``, ``principal`` (a person's account): for whom, if not for oneself."""

    region: str
    id: UUID
    pack: str
    version: str
    journey: str
    opened_at: dt.datetime
    updated_at: dt.datetime
    enterprise: UUID | None = None
    enterprise_name: str | None = None
    principal: UUID | None = None
    principal_name: str | None = None


async def open_draft(
    kernel: Kernel,
    actor: Actor,
    now: dt.datetime,
    region: str,
    journey: str,
    enterprise: UUID | None = None,
    principal: UUID | None = None,
) -> Opened:
    """Open a draft of ``journey`` in ``region``, or return the one that is open: for oneself, for ``enterprise``, or
    for the person whose account ``principal`` is.

    Raises ``UnknownJourney``, ``UnknownRegion``, ``ForEnterprises``, ``ForPersons``, ``MayNotActFor``.
    """
    version = kernel.catalogue.journey(journey)
    kernel.directory.region(region)
    _fitting(version, actor, enterprise)
    if principal is not None and (enterprise is not None or not actor.covers(principal, journey)):
        raise MayNotActForPerson(field="principal")
    draft_id = new_id()
    async with kernel.database.connection() as connection:
        row = await _queries.open_draft(
            connection,
            region=region,
            id=draft_id,
            account=principal or actor.account,
            enterprise=enterprise,
            pack=version.pack,
            version=version.version,
            journey=journey,
            form=seal_json(kernel.vault, region, draft_id, {}),
            now=now,
        )
        if row is None:  # Opened and submitted elsewhere within this very statement.
            raise StalePage()
        return Opened(await _load(connection, kernel, actor, region, row.id), row.made)


def _fitting(version: JourneyVersion, actor: Actor, enterprise: UUID | None) -> None:
    """Whether the journey is for this kind of applicant, and the actor may act for the enterprise now."""
    if enterprise is not None:
        mandate_of(actor, enterprise, version.journey.id)
    if (version.journey.audience == "enterprise") != (enterprise is not None):
        raise ForPersons(field="enterprise") if enterprise else ForEnterprises(field="enterprise")


async def _load(connection: Connection, kernel: Kernel, actor: Actor, region: str, draft_id: UUID) -> Draft:
    row = await _queries.draft(connection, region=region, id=draft_id)
    if row is None:
        raise CaseNotFound()
    if not may(actor, "draft.read", Subject(region=region, owner=row.owner, service=row.journey, matter=draft_id)):
        raise CaseNotFound()
    if row.submitted_at is not None:
        raise DraftSubmitted()
    if row.abandoned_at is not None:
        raise CaseNotFound()
    return to_draft(kernel.vault, row, row.account)


async def read_draft(kernel: Kernel, actor: Actor, region: str, draft_id: UUID) -> Draft:
    """One's own open draft. Raises ``CaseNotFound``, ``DraftSubmitted``."""
    async with kernel.database.connection() as connection:
        return await _load(connection, kernel, actor, region, draft_id)


def version_of(kernel: Kernel, draft: Draft) -> JourneyVersion:
    """The journey version a draft is pinned to."""
    return kernel.catalogue.pinned(draft.pack, draft.version, draft.journey)


def applicant_for(kernel: Kernel, actor: Actor, draft: Draft) -> Applicant:
    """Who applies with ``draft``: the person whose it is, for whom ``actor`` may act, or the enterprise."""
    own = particulars(kernel.vault, actor)
    if draft.enterprise is None and draft.account == actor.account:
        return applicant_of(actor.name, own)
    if draft.enterprise is None:
        whose = draft.principal
        theirs = msgspec.json.decode(kernel.vault.open(whose.sealed, whose.key), type=Particulars)
        if actor.assists(draft.region, draft.id) is not None:  # Who is present speaks for themself.
            return applicant_of(whose.name, theirs)
        return applicant_of(whose.name, theirs, Agent(actor.name, own.mobile))
    registered = enterprise_particulars(kernel.vault, draft.enterprise)
    return enterprise_applicant(draft.enterprise, registered, actor, own)


def readiness_of(kernel: Kernel, actor: Actor, draft: Draft, now: dt.datetime) -> Readiness:
    """What is still missing before the draft can be submitted."""
    applicant = applicant_for(kernel, actor, draft)
    return assess(version_of(kernel, draft), draft, applicant, kernel.resources, local_day(now))


async def my_drafts(kernel: Kernel, actor: Actor, only: UUID | None = None) -> list[DraftLine]:
    """One's own open drafts and those of everybody one may act for (or of ``only`` one), newest first, at most 50."""
    owners, within = actor.reaching(only)
    async with kernel.database.connection() as connection:
        rows = [row async for row in _queries.drafts_of(connection, owners=owners, within=within)]
    return [_draft_line(actor, row) for row in rows]


def _draft_line(actor: Actor, row: Any) -> DraftLine:
    names = {hat.owner: hat.name for hat in actor.hats}
    known = row._asdict()
    principal = known.pop("account") if row.enterprise is None and row.account != actor.account else None
    known.pop("account", None)
    return DraftLine(
        **known,
        enterprise_name=names.get(row.enterprise),
        principal=principal,
        principal_name=names.get(principal) if principal else None,
    )


async def read_notice(
    kernel: Kernel,
    actor: Actor,
    now: dt.datetime,
    region: str,
    draft_id: UUID,
    consents: list[str],
    language: str = "zh-CN",
) -> Draft:
    """The notice was read. ``consents``: materials whose look-up rests on consent, ticked by the person.

    What was shown in which ``language`` is kept with the consents that rest on it.

    Only now the first look-ups happen; what they find is filled in. Returns the draft. Who only says who they are
    has nothing looked up: it might be somebody else's. Raises ``AssuranceTooLow``, ``ChildDecides``,
    ``GuardianDecides``.
    """
    require_assured(actor, "real-name")
    draft = await read_draft(kernel, actor, region, draft_id)
    version, span = version_of(kernel, draft), span_for(kernel, draft, now)
    # Whom somebody lets act does not agree in that person's place: only what stands already goes on.
    ticked = draft.consents if by_another(actor, draft) else consents
    others = [m.id for m in version.journey.materials if m.consent_of]
    known = [m.id for m in version.journey.materials if m.id in ticked and by_consent(m) and not m.consent_of]
    barred = decider(actor, draft, span, now)
    if barred is not None:
        if not set(known) <= set(draft.consents):
            raise barred
        # What stands goes on as the rule says; the page offers no tick.
        known = [one for one in draft.consents if one not in others]
    async with kernel.database.transaction() as connection:
        row = await _queries.notice_read(
            connection, region=region, id=draft_id, owner=draft.owner, now=now, consents=known, others=others
        )
        if row is None:
            raise DraftSubmitted()
        who = consenting.Agreeing(region, draft_id, draft.owner, actor.account, draft.key)
        if span is not None and draft.owner != actor.account and now < span.own_from:
            who = msgspec.structs.replace(who, own_from=span.own_from, until=span.until)
        await consenting.agree(connection, who, shown_notice(kernel, version, region, language), known, now, others)
    draft = msgspec.structs.replace(draft, noticed_at=draft.noticed_at or now, consents=tuple(row.consents))
    return await save(kernel, actor, now, draft, draft.form)


def by_another(actor: Actor, draft: Draft) -> bool:
    """Whether ``actor`` is an agent of the person whose draft it is. A parent or guardian speaks for a child."""
    return any(hat.account == draft.owner and hat.capacity == "agent" for hat in actor.represented)


async def save_form(
    kernel: Kernel,
    actor: Actor,
    now: dt.datetime,
    region: str,
    draft_id: UUID,
    revision: int,
    changes: Mapping[str, Any],
) -> Draft:
    """Save ``changes`` (field → value; None empties it) into the draft, whatever their faults, and look up
    what has become possible. Raises ``StalePage`` when ``revision`` is not the draft's."""
    draft = await read_draft(kernel, actor, region, draft_id)
    if draft.noticed_at is None:
        raise NoticeNotRead()
    if draft.revision != revision:
        raise StalePage()
    fields = {f.id for f in version_of(kernel, draft).form.fields}
    merged = {**draft.form, **{k: v for k, v in changes.items() if k in fields}}
    return await save(kernel, actor, now, draft, merged)


async def save(kernel: Kernel, actor: Actor, now: dt.datetime, draft: Draft, form: Mapping[str, Any]) -> Draft:
    """Store ``form``, gather evidence for it and fill in what was found; at most three rounds.

    What one look-up finds (a spouse's name) may make the next possible, hence the rounds.
    """
    version, applicant = version_of(kernel, draft), applicant_for(kernel, actor, draft)
    # Save first: a slow look-up must not cost what the person typed.
    draft = await _store(kernel, now, draft, dict(form))
    for _ in range(3):
        draft = await ask_others(kernel, version, draft, applicant, now)
        draft = msgspec.structs.replace(draft, evidence=await gather(kernel, version, draft, applicant, now))
        known = known_facts(version, applicant, draft.evidence, kernel.resources, local_day(now))
        filled = with_prefill(version, draft.form, known)
        if filled == draft.form:
            break
        draft = await _store(kernel, now, draft, filled)
    return draft


async def _store(kernel: Kernel, now: dt.datetime, draft: Draft, form: dict[str, Any]) -> Draft:
    if form == draft.form:
        return draft
    async with kernel.database.connection() as connection:
        row = await _queries.save_draft(
            connection,
            region=draft.region,
            id=draft.id,
            owner=draft.owner,
            revision=draft.revision,
            now=now,
            form=seal_json(kernel.vault, draft.region, draft.id, form),
        )
    if row is None:
        raise StalePage()
    return msgspec.structs.replace(draft, form=form, revision=row.revision, updated_at=now)


async def abandon(kernel: Kernel, actor: Actor, now: dt.datetime, region: str, draft_id: UUID) -> None:
    """Give a draft up: what was fetched and uploaded for it is purged, its uses stay visible to the person."""
    draft = await read_draft(kernel, actor, region, draft_id)
    async with kernel.database.transaction() as connection:
        await purge_draft(connection, draft.region, draft.id, draft.owner, now)


async def purge_draft(connection: Connection, region: str, draft_id: UUID, owner: UUID, now: dt.datetime) -> None:
    """Give a draft of ``owner`` up in the caller's transaction; nothing happens where it was submitted or given up."""
    gone = await _queries.abandon_draft(connection, region=region, id=draft_id, owner=owner, now=now)
    if gone is None:
        return
    await _queries.purge_evidence(connection, region=region, case_id=draft_id)
    await _queries.purge_files(connection, region=region, case_id=draft_id, now=now)
    await resources.purge(connection, region, draft_id, now)
    await consenting.withdraw(connection, region, draft_id, now, kept=())


async def purge_old_drafts(kernel: Kernel, now: dt.datetime, days: int) -> int:
    """Purge drafts untouched for ``days`` calendar days, at most 100 a call; returns how many."""
    async with kernel.database.connection() as connection:
        rows = [r async for r in _queries.old_drafts(connection, before=now - dt.timedelta(days=days))]
        for row in rows:
            async with connection.transaction():
                await purge_draft(connection, row.region, row.id, row.owner, now)
    return len(rows)
