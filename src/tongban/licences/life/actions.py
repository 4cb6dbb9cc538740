"""Suspend, resume, end, correct and reissue a licence: asked by the issuing department, confirmed by its head.

Called by the desk. A suspension takes effect at once; everything else waits for a head who is another person than
whoever asked. Each change is an entry of the ledger, is told to the holder, and shows at every verification at once.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
import psycopg

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.sealed_columns import SealedColumn
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare, record
from tongban.licences import actions
from tongban.licences.correcting import prepare_correction
from tongban.licences.definitions import LicenceType
from tongban.licences.errors import LicenceUnknown
from tongban.licences.life import rules
from tongban.licences.life.errors import AnswerMissing, ChangeOver, ChangeWaits, SecondPersonNeeded
from tongban.licences.life.models import Change, Waiting, Wish
from tongban.licences.models import Licence
from tongban.licences.rules import state_fields
from tongban.licences.statements import QUERIES, execute, opened, rows
from tongban.licences.verification_code import parse_code
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import another, may, require, scope_of

_MOST = 50
_queries = load_queries("tongban.licences.life")


def _context(region: str, change: UUID) -> bytes:
    return f"licence_changes.corrected {region} {change}".encode()


SEALED = SealedColumn("licence_changes", "corrected", ("region", "id"), lambda row: _context(row.region, row.id))


def _change(row: Any, vault: Vault) -> Change:
    sealed = row.corrected
    facts = msgspec.json.decode(vault.open(sealed, _context(row.region, row.id)), type=dict[str, str]) if sealed else {}
    return Change(
        row.region, row.id, row.licence, row.department, row.kind, row.reasons, row.basis, facts, row.asked_by,
        row.asked_person, row.asked_at, row.outcome, row.answer, row.decided_at, row.successor,
    )  # fmt: skip


def _subject(licence: Licence) -> Subject:
    return Subject(region=licence.region, department=licence.issuer.id)


async def find(connection: Connection, vault: Vault, actor: Actor, region: str, typed: str) -> Licence:
    """A licence of one's department by its number or verification code. Raises ``LicenceUnknown``, ``CodeMistyped``."""
    text = typed.strip()
    if text.startswith("1.2.156."):
        found = await rows(connection, _queries.by_number, region=region, number=text[:120])
    else:
        place, code = parse_code(text)
        found = await rows(connection, QUERIES.licence_by_code, region=place, code=code)
    licence = opened(found[0], vault) if found else None
    if licence is None or not may(actor, "licence.oversee", _subject(licence)):
        raise LicenceUnknown
    return licence


async def read(connection: Connection, vault: Vault, actor: Actor, region: str, licence_id: UUID) -> Licence:
    """A licence that one's department issued; any other does not exist for the asker. Raises ``LicenceUnknown``."""
    licence = await actions.read(connection, vault, region, licence_id)
    if not may(actor, "licence.oversee", _subject(licence)):
        raise LicenceUnknown
    return licence


async def changes(connection: Connection, vault: Vault, region: str, licence: UUID) -> list[Change]:
    """What was asked for a licence, newest first. Whether the reader may see it is decided before."""
    found = await rows(connection, _queries.changes_of, region=region, licence=licence, limit=_MOST)
    return [_change(row, vault) for row in found]


async def waiting(connection: Connection, actor: Actor, region: str) -> list[Waiting]:
    """What waits for a second person in one's departments, oldest first. Raises ``NotAllowed``."""
    departments = list(scope_of(actor, "licence.oversee", region).departments)
    found = await rows(connection, _queries.waiting, region=region, departments=departments, limit=_MOST)
    return [Waiting(*row) for row in found]


async def ask(
    connection: Connection,
    vault: Vault,
    types: Mapping[str, LicenceType],
    actor: Actor,
    licence: Licence,
    wish: Wish,
    now: dt.datetime,
) -> Change:
    """Ask for a change; a suspension is done at once. ``types``: licence types by id, for a correction.

    Raises ``NotAllowed``, ``StateUnfit``, ``ReasonMissing``, ``BasisMissing``, ``NothingCorrected``, ``DataUnfit``,
    ``ChangeWaits``.
    """
    require(actor, "licence.suspend" if wish.kind in rules.AT_ONCE else "licence.ask_change", _subject(licence))
    checked = rules.check_wish(licence, wish)
    if checked.facts:
        state_fields(types[licence.type], _facts(licence, checked.facts))
    change = Change(
        licence.region, new_id(), licence.id, licence.issuer.id, checked.kind, checked.reasons, checked.basis,
        dict(checked.facts), actor.account, actor.person, now, None, None, None, None,
    )  # fmt: skip
    try:
        async with connection.transaction():
            await _put(connection, vault, change)
            await _note(connection, "licence.change_asked", licence, change, now)
            if change.kind in rules.AT_ONCE:
                await _carry_out(connection, vault, types, licence, change, actor, now)
    except psycopg.errors.UniqueViolation:
        raise ChangeWaits from None
    return change


async def _put(connection: Connection, vault: Vault, change: Change) -> None:
    sealed = vault.seal(msgspec.json.encode(change.facts), _context(change.region, change.id)) if change.facts else None
    await execute(
        connection, _queries.ask, region=change.region, id=change.id, licence=change.licence,
        department=change.department, kind=change.kind, reasons=change.reasons, basis=change.basis, corrected=sealed,
        asked_by=change.asked_by, asked_person=change.asked_person, asked_at=change.asked_at,
    )  # fmt: skip


async def _note(connection: Connection, kind: str, licence: Licence, change: Change, now: dt.datetime) -> None:
    """The ledger's entry: who (an account's id), what, why, by which provision; no facts of the licence."""
    facts = {
        "number": licence.number, "change": str(change.id), "kind": change.kind, "reasons": change.reasons,
        "basis": change.basis, "department": change.department, "by": str(change.asked_by),
    }  # fmt: skip
    await record(connection, prepare(licence.region, kind, licence.id, facts, now, licence.holder_key))


async def answer(
    connection: Connection,
    vault: Vault,
    types: Mapping[str, LicenceType],
    actor: Actor,
    region: str,
    change_id: UUID,
    agreed: bool,
    said: str,
    now: dt.datetime,
) -> Change:
    """Confirm or decline what somebody else asked. ``said``: why it is declined.

    Raises ``ChangeOver``, ``NotAllowed``, ``SecondPersonNeeded``, ``AnswerMissing``, ``StateUnfit``.
    """
    async with connection.transaction():
        found = await rows(connection, _queries.change_to_answer, region=region, id=change_id)
        if not found or found[0].outcome is not None:
            raise ChangeOver
        change = _change(found[0], vault)
        licence = await actions.read(connection, vault, region, change.licence)
        subject = _subject(licence)
        require(actor, "licence.confirm_change", subject)
        if not another(actor, "licence.confirm_change", subject, change.asked_by, change.asked_person):
            raise SecondPersonNeeded
        if agreed:
            await _carry_out(connection, vault, types, licence, change, actor, now)
        else:
            await _decline(connection, licence, change, actor, said.replace("\0", "").strip(), now)
    return change


async def _decline(
    connection: Connection, licence: Licence, change: Change, actor: Actor, said: str, now: dt.datetime
) -> None:
    if not said:
        raise AnswerMissing("answer")
    await _answered(connection, change, "declined", said[: rules.LONGEST_REASON], actor, now, None)
    await _note(connection, "licence.change_declined", licence, change, now)


async def _answered(
    connection: Connection,
    change: Change,
    outcome: str,
    said: str | None,
    actor: Actor,
    now: dt.datetime,
    successor: UUID | None,
) -> None:
    await execute(
        connection, _queries.answer, region=change.region, id=change.id, outcome=outcome, answer=said,
        decided_by=actor.account, decided_at=now, successor=successor,
    )  # fmt: skip


async def _carry_out(
    connection: Connection,
    vault: Vault,
    types: Mapping[str, LicenceType],
    licence: Licence,
    change: Change,
    actor: Actor,
    now: dt.datetime,
) -> None:
    told = f"{change.reasons}（{change.basis}）"
    becomes = rules.BECOMES[change.kind]
    changed = await actions.put_state(
        connection, vault, licence.region, licence.id, becomes, told, now, str(actor.account)
    )
    successor = None
    if change.kind in ("correct", "reissue"):
        kind, facts = types[licence.type], _facts(changed, change.facts)
        prepared = prepare_correction(kind, licence, facts, licence.holder_name, now, vault)
        await actions.insert(connection, prepared)
        successor = prepared.id
    await _answered(connection, change, "done", None, actor, now, successor)


def _facts(licence: Licence, corrected: Mapping[str, str]) -> dict[str, str]:
    return {one.id: one.value for one in licence.fields} | dict(corrected)


async def accounts_of(connection: Connection, holder_key: bytes) -> Sequence[UUID]:
    """Who is told what happened to a licence: the holder, or everybody who may act for the enterprise now."""
    return [row.id for row in await rows(connection, _queries.holders_accounts, holder_key=holder_key)]
