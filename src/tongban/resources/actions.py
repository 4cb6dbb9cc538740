"""Ask a departmental system, believe only what can be checked, and record before anything is shown.

Called by ``cases`` when it gathers evidence, by the portal for "my data", and by the purge of abandoned
drafts. Grants are kept in ``grants``; both are offered here.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

import msgspec

from tongban.basics.database import Connection, Database
from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare, record
from tongban.resources import rules
from tongban.resources.consenting import actions as consenting
from tongban.resources.errors import NotGranted
from tongban.resources.exchange.errors import NotAllowed, QuotaSpent
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.exchange.log import ExchangeLog
from tongban.resources.exchange.looking_up import concluded_of, context_of, intent_of
from tongban.resources.exchange.models import Intent
from tongban.resources.exchange.outages import Trust
from tongban.resources.granting.compiled import Ask, Compiled, Denial, compile_grant, decide
from tongban.resources.grants import grants, propose_grants, queries, restore, revoke
from tongban.resources.masks.keys import MaskKeys
from tongban.resources.models import Grant, LicenceUse, LookUp, LookUpRequest, Use, grant_of
from tongban.resources.provider import Answer, CallContext, Found, Invalid, Missing, Provider, Unavailable
from tongban.resources.recording import open_use, open_values, record_use, written

__all__ = [
    "EVERY_USE",
    "Narrowed",
    "consumers",
    "evidence",
    "fetched",
    "grants",
    "look_up",
    "open_values",
    "propose_grants",
    "purge",
    "record_licence_use",
    "released",
    "restore",
    "revoke",
    "uses",
]

log = logging.getLogger(__name__)
NO_CONSENT = "no consent stands"
"""Why a look-up by consent was refused: none was given, it was taken back, or it was not of whom it is about."""


async def look_up(
    database: Database,
    provider: Provider | None,
    request: LookUpRequest,
    now: datetime,
    vault: Vault,
    keys: KeyRing | None = None,
) -> LookUp:
    """Ask ``provider`` for one record under a grant: an intent is committed before, the use before values are returned.

    ``provider`` None means that no connector is configured: unavailable. A provider that is slow, wrong or
    broken never raises here; see ``outcome``. ``keys`` sign for both departments, where this node speaks for them;
    without any nothing is signed, and no other node can be asked.
    Raises ``NotGranted`` (the attempt is recorded as refused, and nothing was asked) and ``StoreUnavailable`` (the
    values are dropped).
    """
    compiled = await _admitted(database, request, now, MaskKeys(vault))
    if isinstance(compiled, Denial):
        await _write(database, _refused(request, compiled.reason, now), vault)
        raise NotGranted(resource=request.resource.name, reason=compiled.reason)
    peer = getattr(provider, "peer", None)
    intent, exchange = intent_of(request, compiled, now, vault, keys, peer), ExchangeLog(database)
    try:
        await exchange.intend(intent)
    except (NotAllowed, QuotaSpent) as refusal:
        reason = str(refusal.data.get("reason", "its day is used up"))
        await _write(database, _refused(request, reason, now), vault)
        raise NotGranted(resource=request.resource.name, reason=reason) from refusal
    waiting = await Trust(database).waits(request.resource, compiled.wanted)
    if waiting is None:
        answer, milliseconds = await _ask(provider, request, compiled, intent, vault)
    else:
        answer, milliseconds = Unavailable(waiting), 0
    use = _looked_up(request, compiled.grant, answer, now, milliseconds)
    use = msgspec.structs.replace(use, id=intent.id, case_id=request.case_id or intent.id)
    ready = written(use, vault, kept=request.kept)
    await exchange.conclude(concluded_of(intent, ready, answer, keys))
    return ready.use


async def _admitted(database: Database, request: LookUpRequest, now: datetime, keys: MaskKeys) -> Compiled | Denial:
    """The grant that covers ``request`` as the database knows it now, or why none.

    A look-up by consent also needs one that stands at this very moment, of the person whose data it is.
    """
    ask = Ask(
        request.region,
        request.resource.id,
        request.consumer,
        request.purpose,
        request.journey,
        request.fields,
        request.match,
    )
    async with database.connection() as connection:
        if request.legal == "consent" and not await _consented(connection, request):
            return Denial(NO_CONSENT)
        rows = queries.grants_for(connection, region=ask.region, resource=ask.resource, consumer=ask.consumer)
        return decide([compile_grant(grant_of(row), request.resource, keys) async for row in rows], ask, now)


async def _consented(connection: Connection, request: LookUpRequest) -> bool:
    return request.case_id is not None and await consenting.stands(
        connection, request.region, request.case_id, request.material, request.person_key
    )


async def record_licence_use(connection: Connection, use: LicenceUse, now: datetime, vault: Vault) -> LookUp:
    """Record that an own licence served as evidence; its values are kept like those of a look-up."""
    return await record_use(connection, _presented(use, now), vault)


class Narrowed(msgspec.Struct, frozen=True):
    """Which uses are wanted: those by one department, from a moment on, up to another moment."""

    consumer: str | None = None
    since: datetime | None = None
    until: datetime | None = None


EVERY_USE = Narrowed()


async def uses(
    connection: Connection,
    subjects: Sequence[bytes],
    before: UUID | None = None,
    limit: int = 20,
    narrowed: Narrowed = EVERY_USE,
) -> list[Use]:
    """What was asked about persons or enterprises (their keyed hashes), newest first, in everybody's cases.

    ``before`` is the last id seen.
    """
    rows = queries.uses_of(
        connection,
        subjects=list(subjects),
        before=before,
        consumer=narrowed.consumer,
        since=narrowed.since,
        until=narrowed.until,
        limit=limit,
    )
    return [Use(*row) async for row in rows]


async def consumers(connection: Connection, subjects: Sequence[bytes]) -> list[tuple[str, str]]:
    """The departments (region, id) that ever asked about some persons or enterprises."""
    return [(row.region, row.consumer) async for row in queries.consumers_of(connection, subjects=list(subjects))]


async def evidence(connection: Connection, region: str, case_id: UUID, vault: Vault) -> list[LookUp]:
    """The latest use of each material, source and person of a case, opened. Raises the vault's errors."""
    return [open_use(vault, row) async for row in queries.evidence_of(connection, region=region, case_id=case_id)]


async def purge(connection: Connection, region: str, case_id: UUID, now: datetime) -> int:
    """Destroy the values fetched for an abandoned draft; the uses stay visible. Returns how many."""
    async with connection.transaction():
        rows = [row async for row in queries.purge_case(connection, region=region, case_id=case_id, now=now)]
        if rows:
            data = {"look_ups": sorted(str(row.id) for row in rows)}
            await record(connection, prepare(region, "resource.purged", case_id, data, now))
    return len(rows)


async def _ask(
    provider: Provider | None, request: LookUpRequest, compiled: Compiled, intent: Intent, vault: Vault
) -> tuple[Answer, int]:
    """The provider's answer, checked and masked, whatever it does; and how long it took in milliseconds."""
    began = time.perf_counter()
    answer: Answer = Unavailable("no connector is configured")
    if provider is not None:
        wanted = msgspec.structs.replace(request, fields=compiled.wanted)
        answer = released(compiled, await fetched(provider, wanted, context_of(intent, provider, vault)))
    return answer, round((time.perf_counter() - began) * 1000)


def released(compiled: Compiled, answer: Answer) -> Answer:
    """A checked ``answer`` as it may leave; a record outside the grant's rows is as if there were none."""
    if not isinstance(answer, Found):
        return answer
    fields = compiled.release({**answer.echo, **answer.fields})
    if fields is None:
        return Missing()
    return Found(fields, answer.echo, answer.proof) if fields else Invalid("no asked field in the answer")


async def fetched(provider: Provider, request: LookUpRequest, context: CallContext) -> Answer:
    """What ``provider`` answers within the request's time, checked; whatever it raises is an answer too."""
    try:
        async with asyncio.timeout(request.timeout):
            answer = await provider.fetch(request.match, request.fields, request.timeout, context)
        return rules.check_answer(request, answer)
    except TimeoutError:
        return Unavailable("no answer in time")
    except Exception as fault:
        # The message may hold what was asked; only the kind of fault is safe to write down.
        log.error("provider of %s failed: %s", request.resource.id, type(fault).__name__)
        return Unavailable(f"the connector failed ({type(fault).__name__})")


def _blank(request: LookUpRequest, now: datetime) -> LookUp:
    identifier = new_id()
    return LookUp(
        region=request.region,
        id=identifier,
        case_id=request.case_id or identifier,
        material=request.material,
        person_key=request.person_key,
        person_account=request.person_account,
        consumer=request.consumer,
        provider=request.provider,
        source=f"resource:{request.resource.id}",
        purpose="",
        basis=request.basis or "",
        legal=request.legal,
        fields=list(request.fields),
        outcome="missing",
        reason=None,
        digest=None,
        asked_at=now,
        answered_ms=0,
        fresh_until=None,
        values={},
    )


def _refused(request: LookUpRequest, reason: str, now: datetime) -> LookUp:
    return msgspec.structs.replace(_blank(request, now), outcome="refused", reason=reason)


def _looked_up(request: LookUpRequest, grant: Grant, answer: Answer, now: datetime, milliseconds: int) -> LookUp:
    asked = msgspec.structs.replace(
        _blank(request, now),
        purpose=grant.purpose,
        basis=request.basis or grant.basis,
        answered_ms=milliseconds,
    )
    if isinstance(answer, Found):
        fresh_until = now + timedelta(days=request.resource.fresh_days)
        return msgspec.structs.replace(asked, outcome="found", values=dict(answer.fields), fresh_until=fresh_until)
    if isinstance(answer, Missing):
        return asked
    outcome = "unavailable" if isinstance(answer, Unavailable) else "invalid"
    return msgspec.structs.replace(asked, outcome=outcome, reason=answer.reason)


def _presented(use: LicenceUse, now: datetime) -> LookUp:
    return LookUp(
        region=use.region,
        id=new_id(),
        case_id=use.case_id,
        material=use.material,
        person_key=use.person_key,
        person_account=use.person_account,
        consumer=use.consumer,
        provider=use.provider,
        source=f"licence:{use.licence_type}",
        purpose=use.purpose,
        basis=use.basis,
        legal=use.legal,
        fields=list(use.values),
        outcome="found",
        reason=None,
        digest=None,
        asked_at=now,
        answered_ms=0,
        fresh_until=use.fresh_until,
        values=dict(use.values),
    )


async def _write(database: Database, use: LookUp, vault: Vault) -> LookUp:
    async with database.connection() as connection:
        return await record_use(connection, use, vault)
