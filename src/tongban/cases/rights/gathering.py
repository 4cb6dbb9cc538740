"""Gather what the node holds about one person, through the same reads that show it to them, and nothing else.

Whatever they see as an official, for an enterprise or for another person stays out: the reads are asked as the bare
person. Called by the job that makes a copy.
"""

import datetime as dt
from collections.abc import AsyncIterator, Sequence
from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.actions.drafts import my_drafts, read_draft, version_of
from tongban.cases.kernel import Kernel
from tongban.cases.oversight.objections import objections
from tongban.cases.rights.asking import my_requests
from tongban.cases.rights.copied import (
    AccountCopy,
    ActingCopy,
    Answer,
    AskedCopy,
    CaseCopy,
    ConsentCopy,
    Copy,
    DraftCopy,
    EventCopy,
    LicenceCopy,
    MaterialCopy,
    MessageCopy,
    SessionCopy,
    UseCopy,
)
from tongban.cases.rights.scrubbing import Own
from tongban.cases.views.reading import my_cases, page_of, read_case, shown_value
from tongban.cases.views.shapes import CaseLine, EventLine, MaterialLine
from tongban.licences import actions as licences
from tongban.messages import actions as messages
from tongban.parties.actions import particulars
from tongban.parties.appointing.reading import agents_of
from tongban.parties.guarding.appointed import guardians_of
from tongban.parties.log_in.sessions import sessions_of
from tongban.parties.models import Actor
from tongban.resources.actions import uses
from tongban.resources.consenting.actions import consents_of
from tongban.resources.models import Use
from tongban.services.definitions import Form

_queries = load_queries("tongban.cases.rights")
A_READ = 100
MOST_CONSENTS = 10_000
AT_WORK = ("sharing.", "grant.", "ticket.", "task.due_moved")
"""Messages that an official gets by office: about others' matters."""


async def gather(kernel: Kernel, actor: Actor, now: dt.datetime) -> Copy:
    """Everything about ``actor`` as a person, at ``now``."""
    acting = [ActingCopy(False, one.capacity, one.name, one.until) for one in actor.mandates]
    acting += [ActingCopy(False, one.capacity, None, one.until) for one in actor.represented]
    actor = msgspec.structs.replace(actor, posts=(), mandates=(), represented=(), assisting=())
    own_facts = particulars(kernel.vault, actor)
    own = Own(actor.name, own_facts.id_number, own_facts.mobile)
    found = [use async for use in _uses(kernel, actor)]
    about = frozenset(use.id for use in found)
    drafts = [await _draft(kernel, actor, own, line.region, line.id) for line in await my_drafts(kernel, actor)]
    cases = [await _case(kernel, actor, own, line, about) async for line in _cases(kernel, actor)]
    async with kernel.database.connection() as connection:
        opened = await _queries.account_opened(connection, account=actor.account)
        return Copy(
            made_at=now,
            account=AccountCopy(actor.login, actor.name, **_facts(own_facts), opened_at=opened),
            sessions=[
                SessionCopy(one.created_at, one.used_at, one.agent, one.source)
                for one in await sessions_of(connection, actor.account)
            ],
            drafts=drafts,
            cases=cases,
            licences=[one async for one in _licences(connection, kernel, actor, own)],
            uses=[_use(kernel, use) for use in found],
            consents=await _consents(connection, kernel, actor),
            messages=[one async for one in _messages(connection, actor, own)],
            asked=await _asked(connection, kernel, actor, own, list(about)),
            acting=[*acting, *await _acting_for(connection, actor)],
        )


async def _acting_for(connection: Connection, actor: Actor) -> list[ActingCopy]:
    """Who acts for the person now: agents whom they let, parents and guardians; without their names."""
    agents = [one for one in await agents_of(connection, actor) if one.state == "standing"]
    guardians = await guardians_of(connection, actor.account)
    return [
        *(ActingCopy(True, one.capacity, None, one.until) for one in agents),
        *(ActingCopy(True, one.relation, None, one.until) for one in guardians),
    ]


def _facts(known: Any) -> dict[str, Any]:
    return {n: getattr(known, n) for n in ("id_number", "birth_date", "sex", "nationality", "household", "mobile")}


async def _uses(kernel: Kernel, actor: Actor) -> AsyncIterator[Use]:
    last: UUID | None = None
    while True:
        async with kernel.database.connection() as connection:
            some = await uses(connection, [actor.id_key], last, A_READ)
        for use in some:
            yield use
        if len(some) < A_READ:
            return
        last = some[-1].id


async def _cases(kernel: Kernel, actor: Actor) -> AsyncIterator[CaseLine]:
    place = None
    while True:
        some, place = await my_cases(kernel, actor, place)
        for line in some:
            yield line
        if place is None:
            return


async def _draft(kernel: Kernel, actor: Actor, own: Own, region: str, draft_id: UUID) -> DraftCopy:
    draft = await read_draft(kernel, actor, region, draft_id)
    version = version_of(kernel, draft)
    form = _answers(version.form, draft.form, own)
    return DraftCopy(version.journey.name, draft.opened_at, draft.updated_at, form)


def _answers(form: Form, values: dict[str, Any], own: Own) -> list[Answer]:
    knowing = own.with_answers(values, form.fields)
    return [
        Answer(field.id, field.label, knowing.answer(field, shown_value(field, values[field.id])))
        for field in form.fields
        if values.get(field.id) not in (None, "")
    ]


async def _case(kernel: Kernel, actor: Actor, own: Own, line: CaseLine, about: frozenset[UUID]) -> CaseCopy:
    async with kernel.database.connection() as connection:
        read = await read_case(connection, kernel, actor, line.region, line.id, "case.read")
    page = page_of(read, actor, ())
    return CaseCopy(
        number=line.number,
        journey=line.name,
        region=line.region,
        state=line.state,
        outcome=line.outcome,
        submitted_at=line.submitted_at,
        closed_at=line.closed_at,
        form=_answers(read.version.form, dict(read.dossier.form), own),
        materials=[_material(one, own, about) for one in page.materials],
        questions=[Answer("question", own.clean(one.text), own.clean(one.answer or "")) for one in page.questions],
        events=[_event(one, own) for one in page.events],
    )


def _material(one: MaterialLine, own: Own, about: frozenset[UUID]) -> MaterialCopy:
    """Values only of look-ups that were about the person: what was found about a spouse is the spouse's."""
    shown = one.shown if one.look_up in about else []
    values = [Answer(value.id, value.label, own.value(value.label, value.value)) for value in shown]
    return MaterialCopy(one.name, one.state, one.provider, values, [own.clean(file.name) for file in one.files])


def _event(one: EventLine, own: Own) -> EventCopy:
    said = one.detail.get("reasons") or one.detail.get("text")
    text = own.clean(said) if isinstance(said, str) else None
    return EventCopy(one.at, one.kind, one.actor_name, one.task_name, one.basis, text)


async def _licences(connection: Connection, kernel: Kernel, actor: Actor, own: Own) -> AsyncIterator[LicenceCopy]:
    last: UUID | None = None
    while held := await licences.mine(connection, kernel.vault, [actor.id_key], last, A_READ):
        for one in held:
            yield LicenceCopy(
                type=one.type_name,
                number=own.clean(one.number),
                issuer=one.issuer.name,
                issued_at=one.issued_at,
                valid_until=one.valid_until,
                state=one.state,
                fields=[Answer(field.id, field.label, own.value(field.label, field.value)) for field in one.fields],
            )
        last = held[-1].id


def _use(kernel: Kernel, use: Use) -> UseCopy:
    kind, _, name = use.source.partition(":")
    title = kernel.resources[name].name if kind == "resource" and name in kernel.resources else name
    if name in kernel.licence_types:
        title = kernel.licence_types[name].name
    return UseCopy(
        id=use.id,
        at=use.asked_at,
        consumer=_department(kernel, use.region, use.consumer),
        provider=_department(kernel, use.region, use.provider),
        source=title,
        purpose=use.purpose,
        legal=use.legal,
        basis=use.basis,
        fields=list(use.fields),
        outcome=use.outcome,
        destroyed_at=use.purged_at,
    )


def _department(kernel: Kernel, region: str, department: str) -> str:
    found = kernel.directory.department(region, department) if region in kernel.directory.regions else None
    return found.name if found else department


async def _consents(connection: Connection, kernel: Kernel, actor: Actor) -> list[ConsentCopy]:
    given = await consents_of(connection, [actor.account], MOST_CONSENTS)
    names = {journey: version.journey for journey, version in kernel.catalogue.active.items()}
    found = []
    for one in given:
        journey = names.get(one.journey)
        material = journey.material(one.material) if journey else None
        title = material.name if material else one.material
        called = journey.name if journey else one.journey
        found.append(ConsentCopy(called, title, one.given_at, one.withdrawn_at, one.language))
    return found


async def _messages(connection: Connection, actor: Actor, own: Own) -> AsyncIterator[MessageCopy]:
    place: messages.Place | None = None
    while some := await messages.mine(connection, actor.account, place):
        for one in some:
            if not one.kind.startswith(AT_WORK):
                said = (one.detail.get("detail") or {}).get("reasons")
                yield MessageCopy(one.at, one.kind, one.detail.get("number"), own.clean(said) if said else None)
        place = some[-1].at, some[-1].id


async def _asked(
    connection: Connection, kernel: Kernel, actor: Actor, own: Own, about: Sequence[UUID]
) -> list[AskedCopy]:
    said = await objections(connection, [actor.id_key], about)
    found = [AskedCopy(one.at, one.kind, one.number, one.answered_at, one.answer_text) for one in said]
    for one in await my_requests(kernel, actor):
        found.append(AskedCopy(one.at, one.kind, one.number, one.answered_at, one.answer_text))
    cleaned = [msgspec.structs.replace(one, answer=own.clean(one.answer)) if one.answer else one for one in found]
    return sorted(cleaned, key=lambda one: one.at)
