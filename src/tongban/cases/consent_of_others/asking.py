"""Ask whoever an application names for their own consent, once their number is known and the notice was read.

Called with every saving of a draft, before anything is looked up. Whether the number belongs to anybody here, whether
somebody was asked, and what they said, is told to nobody who applies: the request is made for the number alone. Law
followed: Personal Information Protection Law 个人信息保护法 articles 13, 23 and 29 (each person's own consent).
"""

import datetime as dt
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tongban.basics.codes import resident_id
from tongban.basics.codes.errors import CodeError
from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.second_wall import as_platform
from tongban.basics.sql import load_queries
from tongban.cases.actions.evidence import facts_of
from tongban.cases.actions.young import span_of
from tongban.cases.kernel import Kernel
from tongban.cases.models import Applicant, Draft
from tongban.ledger.actions import prepare, record
from tongban.messages.actions import tell
from tongban.parties.actions import person_key
from tongban.resources.consenting import actions as consenting
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Material

_queries = load_queries("tongban.cases.consent_of_others")
LASTS = dt.timedelta(days=90)
MOST_A_DAY, MOST_OF_ONE = 5, 3
_DAY, _MONTH = dt.timedelta(days=1), dt.timedelta(days=30)
"""How long such a consent lasts, and how many requests one applicant makes in a day and to one person in thirty days.

Rules of this platform; no law states them.
"""


class _Wanted(Struct, frozen=True):
    """Of whom a material asks consent: the keyed hash of the person."""

    material: Material
    key: bytes


def asks_others(version: JourneyVersion) -> bool:
    """Whether any material of the journey needs another person's consent."""
    return any(material.consent_of for material in version.journey.materials)


async def ask_others(
    kernel: Kernel, version: JourneyVersion, draft: Draft, applicant: Applicant, now: dt.datetime
) -> Draft:
    """Ask whom the draft names by now; what was asked of, or given by, somebody it names no more ends.

    Returns the draft with the consents that stand. One statement where nothing changes.
    """
    if not asks_others(version):
        return draft
    wanted = _wanted(kernel, version, draft, applicant, now)
    with as_platform("whoever is asked for consent is hidden from who applies"):
        async with kernel.database.connection() as connection:
            place = {"region": draft.region, "case_id": draft.id}
            known = [row async for row in _queries.asked_for(connection, **place, now=now)]
            gone = [row for row in known if row.counts and _another(row, wanted)]
            asked = {(row.material, row.asked_key) for row in known if row.counts}
            new = [one for one in wanted if (one.material.id, one.key) not in asked]
            if gone or new:
                async with connection.transaction():
                    draft = await _end(connection, draft, gone, now)
                    await _ask(connection, draft, new, now)
    return draft


def _wanted(
    kernel: Kernel, version: JourneyVersion, draft: Draft, applicant: Applicant, now: dt.datetime
) -> list[_Wanted]:
    """Whose consent the draft needs as it is filled in: never the applicant's own, nor a child's."""
    facts = facts_of(kernel, version, draft, applicant, now)
    found = []
    for material in version.journey.materials:
        number = facts.get(material.consent_of) if material.consent_of else None
        if not isinstance(number, str) or not version.holds(material.when, facts):
            continue
        if number.upper() != applicant.id_number.upper() and _decides(kernel, draft.region, number, now):
            found.append(_Wanted(material, person_key(kernel.vault, number)))
    return found


def _decides(kernel: Kernel, region: str, number: str, now: dt.datetime) -> bool:
    """Whether whoever has ``number`` is old enough to consent for themself."""
    try:
        birth = resident_id.parse(number).birth
    except CodeError:
        return False
    span = span_of(kernel.limits, region, birth, now)
    return span is None or span.own_from <= now


def _another(row: Any, wanted: list[_Wanted]) -> bool:
    return any(one.material.id == row.material and one.key != row.asked_key for one in wanted)


async def _end(connection: Connection, draft: Draft, gone: list[Any], now: dt.datetime) -> Draft:
    """The draft names somebody else: requests end, and with them what was agreed to."""
    given = set()
    for row in gone:
        ended = await _queries.end_request(connection, region=row.region, id=row.id, now=now)
        if ended is None:
            continue
        given |= {row.material} if ended.answer == "given" else set()
        data = {"request": str(row.id), "material": row.material}
        entry = prepare(row.region, "consent.request_ended", draft.id, data, now, person_key=row.asked_key)
        await record(connection, entry)
    if given:
        about = await consenting.consents_about(connection, draft.region, draft.id)
        kept = [one.material for one in about if one.withdrawn_at is None and one.material not in given]
        await consenting.withdraw(connection, draft.region, draft.id, now, kept)
        await consenting.destroy(connection, draft.region, draft.id, sorted(given), now)
        for material in sorted(given):
            await _queries.not_agreed_by_other(connection, region=draft.region, case_id=draft.id, material=material)
    return replace(draft, consents=tuple(one for one in draft.consents if one not in given))


async def _ask(connection: Connection, draft: Draft, new: list[_Wanted], now: dt.datetime) -> None:
    """Requests within the bounds, each with its ledger entry and a message; beyond them silently none."""
    if new:
        await _queries.one_asker_at_a_time(connection, asker=str(draft.owner))
    for one in new:
        await _queries.close_past(connection, region=draft.region, case_id=draft.id, material=one.material.id, now=now)
        row = await _queries.ask(
            connection, region=draft.region, id=new_id(), case_id=draft.id, material=one.material.id, pack=draft.pack,
            version=draft.version, journey=draft.journey, asker=draft.owner, asked_key=one.key, now=now,
            until=now + LASTS, day=now - _DAY, month=now - _MONTH, most_a_day=MOST_A_DAY, most_of_one=MOST_OF_ONE,
        )  # fmt: skip
        if row is not None:
            await _asked(connection, draft, one, row.id, now)


async def _asked(connection: Connection, draft: Draft, one: _Wanted, request: Any, now: dt.datetime) -> None:
    data = {"request": str(request), "material": one.material.id, "journey": draft.journey}
    await record(connection, prepare(draft.region, "consent.asked", draft.id, data, now, person_key=one.key))
    async for account in _queries.asked_accounts(connection, asked_key=one.key):
        await tell(
            connection, region=draft.region, account=account.id, event=request, kind="consent.asked",
            subject=draft.id, at=now, detail=data,
        )  # fmt: skip
