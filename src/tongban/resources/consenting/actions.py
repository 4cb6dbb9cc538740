"""Keep what was shown and agreed to, take it back at once, and say at the checkpoint whether a consent stands.

Law followed: Personal Information Protection Law 个人信息保护法 articles 14 to 17 (informed, for a purpose, withdrawn
as easily as given, told beforehand), 23 and 29 (separately, where the pack says so by material). Called by ``cases``
when a notice was read and when a consent is taken back, and by every look-up that rests on one.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sql import load_queries
from tongban.ledger.actions import prepare, record
from tongban.ledger.verify_receipt import canonical

_queries = load_queries("tongban.resources.consenting")


class Shown(Struct, frozen=True):
    """A notice as it was shown: of which journey's version, in which language; ``content`` is the notice as data."""

    journey: str
    pack: str
    version: str
    language: str
    content: Mapping[str, Any]

    @property
    def digest(self) -> bytes:
        """SHA-256 of the canonical content: the version of the text."""
        return hashlib.sha256(canonical(msgspec.to_builtins(self.content))).digest()


class Agreeing(Struct, frozen=True):
    """Who agrees for which application: ``owner`` whose it is, ``account`` who signed in, ``subject_key`` whose data
    it is. ``own_from``, ``until``: of a guardian's consent, from when the child decides and when it ends. ``request``:
    by which somebody was asked for another's application; ``until`` is then the last moment (not included).
    """

    region: str
    case_id: UUID
    owner: UUID
    account: UUID
    subject_key: bytes
    own_from: dt.datetime | None = None
    until: dt.datetime | None = None
    request: UUID | None = None


class Consent(Struct, frozen=True):
    """One consent. ``withdrawn_at`` None: it stands. ``digest`` None: given before texts were kept. ``until``: when a
    guardian's consent, or another person's, ends by itself. ``owner``: whose it is; ``request``: by which another
    person was asked for somebody else's application.
    """

    region: str
    id: UUID
    case_id: UUID
    material: str
    journey: str
    account: UUID
    given_at: dt.datetime
    withdrawn_at: dt.datetime | None
    language: str | None
    digest: bytes | None
    until: dt.datetime | None = None
    owner: UUID | None = None
    request: UUID | None = None

    @property
    def of_another(self) -> bool:
        """Whether somebody agreed for another's application, being asked for it."""
        return self.request is not None


async def agree(
    connection: Connection,
    who: Agreeing,
    shown: Shown,
    materials: Sequence[str],
    now: dt.datetime,
    others: Sequence[str] = (),
) -> None:
    """The notice was shown and ``materials`` were agreed to; what was agreed to before and is not any more ends.

    ``others``: materials to which other persons agree or not; theirs stand as they are. In the caller's transaction,
    with a ledger entry for each consent given or taken back.
    """
    await _read(connection, who, shown, now)
    await withdraw(connection, who.region, who.case_id, now, kept=[*materials, *others])
    for material in materials:
        await _give(connection, who, shown, material, now)


async def agree_when_asked(
    connection: Connection, who: Agreeing, shown: Shown, material: str, now: dt.datetime
) -> None:
    """Somebody who was asked agrees to look-ups for one material of another's application; nothing else changes.

    In the caller's transaction, with its ledger entry.
    """
    await _read(connection, who, shown, now)
    await _give(connection, who, shown, material, now)


async def _read(connection: Connection, who: Agreeing, shown: Shown, now: dt.datetime) -> None:
    """Keep what was shown, and that it was."""
    content = msgspec.json.encode(shown.content).decode()
    await _queries.put_notice(
        connection, digest=shown.digest, journey=shown.journey, pack=shown.pack, version=shown.version, content=content
    )
    await _queries.put_reading(
        connection, region=who.region, case_id=who.case_id, now=now, id=new_id(), account=who.account,
        digest=shown.digest, language=shown.language,
    )  # fmt: skip


async def _give(connection: Connection, who: Agreeing, shown: Shown, material: str, now: dt.datetime) -> None:
    given = await _queries.give(
        connection,
        **msgspec.structs.asdict(who),
        id=new_id(),
        material=material,
        journey=shown.journey,
        digest=shown.digest,
        language=shown.language,
        now=now,
    )
    if given is None:
        return
    data = {"consent": str(given.id), "material": material, "notice": shown.digest.hex(), "journey": shown.journey}
    await record(connection, prepare(who.region, "consent.given", who.case_id, data, now, person_key=who.subject_key))


async def withdraw(
    connection: Connection,
    region: str,
    case_id: UUID,
    now: dt.datetime,
    kept: Sequence[str],
    owner: UUID | None = None,
) -> list[str]:
    """Take back every consent of an application (of ``owner`` alone, if named) but those to the materials ``kept``;
    returns the others.
    """
    rows = _queries.withdraw(connection, region=region, case_id=case_id, now=now, kept=list(kept), owner=owner)
    ended = [row async for row in rows]
    for row in ended:
        data = {"consent": str(row.id), "material": row.material}
        entry = prepare(region, "consent.withdrawn", case_id, data, now, person_key=row.subject_key)
        await record(connection, entry)
    return [row.material for row in ended]


async def carry(connection: Connection, here: tuple[str, UUID], there: tuple[str, UUID]) -> None:
    """What stands for an application goes on for the same one elsewhere; both are (region, case)."""
    await _queries.carry(connection, region=there[0], case_id=there[1], from_region=here[0], from_case=here[1])


async def stands(connection: Connection, region: str, case_id: UUID, material: str, subject_key: bytes) -> bool:
    """Whether the person or enterprise whose data it is agreed to look-ups for ``material``, up to this moment.

    Somebody else's consent never counts: an applicant does not agree for a spouse.
    """
    place = {"region": region, "case_id": case_id, "material": material}
    return bool(await _queries.stands(connection, **place, subject_key=subject_key))


async def holds(connection: Connection, region: str, case_id: UUID, material: str, subject_key: bytes) -> bool:
    """As ``stands``, for a transaction that writes what rests on the consent: nobody takes it back before its end."""
    place = {"region": region, "case_id": case_id, "material": material}
    return bool(await _queries.holds(connection, **place, subject_key=subject_key))


async def destroy(
    connection: Connection, region: str, case_id: UUID, materials: Sequence[str], now: dt.datetime
) -> list[UUID]:
    """Destroy the values looked up by consent for ``materials``; the uses stay. Returns their ids, recorded."""
    rows = _queries.destroy_values(connection, region=region, case_id=case_id, materials=list(materials), now=now)
    gone = [row.id async for row in rows]
    if gone:
        data = {"look_ups": sorted(str(one) for one in gone), "cause": "consent withdrawn"}
        await record(connection, prepare(region, "resource.purged", case_id, data, now))
    return gone


async def consents_of(connection: Connection, owners: Sequence[UUID], limit: int = 50) -> list[Consent]:
    """What somebody agreed to for oneself or for enterprises, newest first."""
    return [
        Consent(**row._asdict()) async for row in _queries.consents_of(connection, owners=list(owners), limit=limit)
    ]


async def consents_about(connection: Connection, region: str, case_id: UUID) -> list[Consent]:
    """What was agreed to for one application, oldest first. Who may read is decided before."""
    return [
        Consent(**row._asdict()) async for row in _queries.consents_about(connection, region=region, case_id=case_id)
    ]
