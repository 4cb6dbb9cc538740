"""Promises that an applicant signs with an application: commitments, and materials that will follow.

Signed in the draft, word for word as shown; the text is kept sealed, its digest goes into the ledger when the
application is made. Called by the portal, the API and by submission.
"""

import datetime as dt
import hashlib
from collections.abc import Sequence
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.cases.actions.drafts import applicant_for, read_draft, readiness_of, version_of
from tongban.cases.actions.events import Event
from tongban.cases.actions.evidence import facts_of
from tongban.cases.errors import DraftSubmitted, NoticeNotRead
from tongban.cases.kernel import Kernel
from tongban.cases.models import Draft
from tongban.cases.path_errors import Barred, NoSuchPath, NotTolerable
from tongban.cases.paths import pledge_text, tolerance_text
from tongban.cases.readiness import english
from tongban.cases.rows import context
from tongban.parties.models import Actor
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Material
from tongban.services.paths import Commitment

_queries = load_queries("tongban.cases", "paths.sql")
PledgeKind = Literal["commitment", "tolerance"]
TOLERANCE = "materials"


class Pledge(Struct, frozen=True):
    """A signed promise. ``name`` is the commitment's id, or ``materials``; ``digest`` the SHA-256 of ``text``."""

    kind: PledgeKind
    name: str
    text: str
    digest: bytes
    account: UUID
    signed_at: dt.datetime


class Offer(Struct, frozen=True):
    """What may be promised in a draft now. ``texts``: what would be signed, by commitment id.

    ``barred`` is the reason of unrepaired bad credit, if there is any: then nothing is offered.
    """

    commitments: list[Commitment]
    texts: dict[str, str]
    tolerable: list[Material]
    barred: str | None = None


async def offered(kernel: Kernel, actor: Actor, now: dt.datetime, region: str, draft_id: UUID) -> Offer:
    """The promises open to this application as it stands. Raises ``CaseNotFound``, ``DraftSubmitted``."""
    draft = await read_draft(kernel, actor, region, draft_id)
    version = version_of(kernel, draft)
    async with kernel.database.connection() as connection:
        bad = await _queries.bad_credit(connection, region=region, person_key=draft.key)
    if bad is not None:
        return Offer([], {}, [], bad.reasons)
    facts = facts_of(kernel, version, draft, applicant_for(kernel, actor, draft), now)
    commitments = [c for c in version.journey.commitments if version.holds(c.when, facts)]
    return Offer(
        commitments=commitments,
        texts={c.id: pledge_text(c) for c in commitments},
        tolerable=_tolerable(kernel, actor, draft, now) if version.journey.tolerance else [],
    )


def _tolerable(kernel: Kernel, actor: Actor, draft: Draft, now: dt.datetime) -> list[Material]:
    statuses = readiness_of(kernel, actor, draft, now).materials
    return [s.material for s in statuses if s.state in ("missing", "tolerated") and s.material.tolerable]


async def sign_commitment(
    kernel: Kernel, actor: Actor, now: dt.datetime, region: str, draft_id: UUID, commitment: str
) -> Draft:
    """Sign ``commitment`` in one's own draft. Raises ``NoticeNotRead``, ``NoSuchPath``, ``Barred``."""
    draft, version = await _open(kernel, actor, region, draft_id)
    declared = version.journey.commitment(commitment)
    facts = facts_of(kernel, version, draft, applicant_for(kernel, actor, draft), now)
    if declared is None or not version.holds(declared.when, facts):
        raise _no_path(version, declared.name if declared else commitment)
    names = tuple(sorted({*draft.commitments, commitment}))
    changed = msgspec.structs.replace(draft, commitments=names)
    return await _sign(kernel, actor, now, changed, "commitment", commitment, pledge_text(declared))


async def sign_tolerance(
    kernel: Kernel, actor: Actor, now: dt.datetime, region: str, draft_id: UUID, materials: Sequence[str]
) -> Draft:
    """Sign that ``materials`` will follow. Raises ``NoticeNotRead``, ``NoSuchPath``, ``NotTolerable``, ``Barred``."""
    draft, version = await _open(kernel, actor, region, draft_id)
    if version.journey.tolerance is None:
        raise NoSuchPath(field="tolerance", path="容缺受理", path_en="tolerant acceptance")
    known = [material.id for material in _tolerable(kernel, actor, draft, now)]
    for name in materials:
        if name not in known:
            found = version.journey.material(name)
            said = found.name if found else name
            raise NotTolerable(field=name, material=said, material_en=english(version, said))
    changed = msgspec.structs.replace(draft, tolerated=tuple(m for m in known if m in materials))
    return await _sign(kernel, actor, now, changed, "tolerance", TOLERANCE, tolerance_text(version, changed.tolerated))


async def take_back(
    kernel: Kernel, actor: Actor, now: dt.datetime, region: str, draft_id: UUID, kind: PledgeKind, name: str
) -> Draft:
    """Take a promise back before submission; nothing happens for one that was not signed."""
    draft, _ = await _open(kernel, actor, region, draft_id)
    if kind == "commitment":
        draft = msgspec.structs.replace(draft, commitments=tuple(c for c in draft.commitments if c != name))
    else:
        draft = msgspec.structs.replace(draft, tolerated=())
    async with kernel.database.transaction() as connection:
        await _promise(connection, draft, now)
        await _queries.drop_pledge(connection, region=region, case_id=draft_id, kind=kind, name=name)
    return draft


async def _open(kernel: Kernel, actor: Actor, region: str, draft_id: UUID) -> tuple[Draft, JourneyVersion]:
    draft = await read_draft(kernel, actor, region, draft_id)
    if draft.noticed_at is None:
        raise NoticeNotRead()
    return draft, version_of(kernel, draft)


def _no_path(version: JourneyVersion, name: str) -> NoSuchPath:
    return NoSuchPath(field="commitment", path=name, path_en=english(version, name))


async def _promise(connection: Connection, draft: Draft, now: dt.datetime) -> None:
    row = await _queries.sign_commitments(
        connection,
        region=draft.region,
        id=draft.id,
        owner=draft.owner,
        commitments=list(draft.commitments),
        tolerated=list(draft.tolerated),
        now=now,
    )
    if row is None:
        raise DraftSubmitted()


async def _sign(
    kernel: Kernel, actor: Actor, now: dt.datetime, draft: Draft, kind: PledgeKind, name: str, text: str
) -> Draft:
    async with kernel.database.transaction() as connection:
        await _not_barred(connection, draft.region, draft.key)
        await _promise(connection, draft, now)
        await _queries.put_pledge(
            connection,
            region=draft.region,
            case_id=draft.id,
            kind=kind,
            name=name,
            account=actor.account,
            text=kernel.vault.seal(text.encode(), context(draft.region, draft.id)),
            digest=hashlib.sha256(text.encode()).digest(),
            now=now,
        )
    return draft


async def _not_barred(connection: Connection, region: str, person_key: bytes) -> None:
    bad = await _queries.bad_credit(connection, region=region, person_key=person_key)
    if bad is not None:
        raise Barred(reasons=bad.reasons)


async def pledges_of(connection: Connection, kernel: Kernel, region: str, case_id: UUID) -> list[Pledge]:
    """What was signed with one application, opened. Whether the reader may see it is decided before."""
    rows = [row async for row in _queries.pledges(connection, region=region, case_id=case_id)]
    bound = context(region, case_id)
    return [
        Pledge(row.kind, row.name, kernel.vault.open(row.text, bound).decode(), row.digest, row.account, row.signed_at)
        for row in rows
    ]


async def pledge_events(
    connection: Connection,
    kernel: Kernel,
    actor: Actor,
    draft: Draft,
    facts: dict[str, object],
    tolerated: Sequence[str],
) -> list[Event]:
    """What the ledger learns of the promises of an application that is made now: name, digest, basis.

    Raises ``Barred`` and ``NoSuchPath`` when what was signed is not open to the application any more.
    """
    version = version_of(kernel, draft)
    await _not_barred(connection, draft.region, draft.key)
    texts = {(p.kind, p.name): p.digest.hex() for p in await pledges_of(connection, kernel, draft.region, draft.id)}
    events = [_signed(version, facts, name, texts[("commitment", name)]) for name in draft.commitments]
    if tolerated and version.journey.tolerance is not None:
        detail = {"materials": list(tolerated), "digest": texts[("tolerance", TOLERANCE)]}
        events.append(Event("case.tolerance_promised", None, version.journey.tolerance.basis, detail))
    return events


def _signed(version: JourneyVersion, facts: dict[str, object], name: str, digest: str) -> Event:
    declared = version.journey.commitment(name)
    if declared is None or not version.holds(declared.when, facts):
        raise _no_path(version, declared.name if declared else name)
    return Event("case.commitment_signed", None, declared.basis, {"commitment": name, "digest": digest})


async def record_bad_credit(
    connection: Connection,
    *,
    region: str,
    person_key: bytes,
    kind: str,
    department: str,
    reasons: str,
    recorded_on: dt.date,
    repaired_on: dt.date | None = None,
) -> UUID:
    """Record bad credit that bars from promises in ``region`` until it is repaired; returns the record's id.

    ``person_key``: the keyed hash of the person's or enterprise's number. Called where credit records are loaded.
    """
    record = new_id()
    await _queries.put_credit_record(
        connection,
        region=region,
        id=record,
        person_key=person_key,
        kind=kind,
        department=department,
        reasons=reasons,
        case_id=None,
        recorded_on=recorded_on,
        repaired_on=repaired_on,
    )
    return record
