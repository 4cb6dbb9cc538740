"""Show a licence once: the holder chooses, a code lives two minutes, the first who opens it sees, nobody after.

Called by portal, the public page and the API. Every look is an entry of the ledger and is shown to the holder.
"""

import datetime as dt
import hashlib
from collections.abc import Collection
from typing import Any
from uuid import UUID

from tongban.basics.database import Connection, Database
from tongban.basics.ids import new_id
from tongban.basics.second_wall import as_platform
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare, record
from tongban.licences import actions
from tongban.licences.models import Licence
from tongban.licences.presenting import rules
from tongban.licences.presenting.errors import PresentationOver, PresentationUnknown, PresentationUsed
from tongban.licences.presenting.models import Look, MadePresentation, Presented
from tongban.licences.statements import rows
from tongban.licences.verification_code import make_code, parse_code
from tongban.parties.log_in.throttling import Limit, attempt, subject

PER_ASKER = 30
"""Tries at codes within a quarter of an hour, right or wrong, of one official or one address."""
_LOOKS = 20
_queries = load_queries("tongban.licences.presenting")


def _digest(code: str) -> bytes:
    return hashlib.sha256(f"presentation {code}".encode()).digest()


async def present(
    connection: Connection,
    licence: Licence,
    chosen: Collection[str],
    now: dt.datetime,
    seconds: int = rules.USUAL_SECONDS,
) -> MadePresentation:
    """Begin to show ``chosen`` of ``licence``; an earlier presentation of it is over.

    Whether the asker holds the licence is decided before. ``now`` the platform's time; ``seconds``: how long the code
    holds. Raises ``FieldNotThere``,
    ``NothingToShow``.
    """
    fields = rules.check_choice(licence, chosen)
    code = make_code(licence.region, random=rules.RANDOM)
    made = MadePresentation(new_id(), licence.region, code, fields, seconds)
    async with connection.cursor() as cursor:
        await cursor.execute(
            _queries.present.sql,
            {
                "region": licence.region, "id": made.id, "licence": licence.id, "holder_key": licence.holder_key,
                "digest": _digest(made.code), "fields": fields, "at": now, "lasts": dt.timedelta(seconds=seconds),
            },
        )  # fmt: skip
    return made


async def look(
    database: Database, vault: Vault, code: str, now: dt.datetime, *, asker: str, office: str | None = None
) -> Presented:
    """Open what is shown under ``code``, as a person may type it: once, and recorded.

    ``asker``: under whom tries are counted, an account or an address. ``office``: the department for which an official
    looks. Raises ``CodeMistyped``, ``TooManyAttempts``, ``PresentationUnknown``, ``PresentationUsed``,
    ``PresentationOver``.
    """
    region, canonical = parse_code(code, rules.RANDOM)
    async with database.apart() as connection:
        await attempt(connection, [Limit(subject("present", asker), PER_ASKER)])
    values = {"region": region, "digest": _digest(canonical)}
    with as_platform("whoever is shown a licence by its holder may look once"):
        async with database.transaction() as connection:
            taken = await rows(connection, _queries.look, **values, at=now, office=office)
            if taken:
                return await _opened(connection, vault, region, taken[0], now, office)
            standing = await rows(connection, _queries.standing, **values)
    if not standing:
        raise PresentationUnknown("code")
    raise PresentationUsed("code") if standing[0].used else PresentationOver("code")


async def _opened(
    connection: Connection, vault: Vault, region: str, taken: Any, now: dt.datetime, office: str | None
) -> Presented:
    licence = await actions.read(connection, vault, region, taken.licence)
    facts = {"number": licence.number, "fields": list(taken.fields), "office": office, "presentation": str(taken.id)}
    await record(connection, prepare(region, "licence.shown", licence.id, facts, now, taken.holder_key))
    return rules.presented(licence, taken.fields)


async def looks(connection: Connection, region: str, licence: UUID) -> list[Look]:
    """Who looked at a licence, newest first, at most 20. Whether the reader holds it is decided before."""
    return [Look(*row) for row in await rows(connection, _queries.looks, region=region, licence=licence, limit=_LOOKS)]


async def presentation(connection: Connection, region: str, licence: UUID, presented: UUID) -> Look:
    """How one presentation stands. Raises ``PresentationUnknown``."""
    found = await rows(connection, _queries.presentation, region=region, licence=licence, id=presented)
    if not found:
        raise PresentationUnknown
    return Look(*found[0])
