"""Issue, find, verify and end licences.

A licence exists when it is decided: ``cases`` calls ``prepare_issue`` while it decides and ``insert`` inside
the decision's transaction. The document follows from the outbox. The web floor calls the rest.
"""

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.second_wall import as_platform
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare
from tongban.ledger.models import Prepared
from tongban.licences import rules
from tongban.licences.definitions import LicenceType
from tongban.licences.errors import CodeMistyped, LicenceUnknown, NotTheRecord, ReasonMissing
from tongban.licences.models import (
    Document,
    DocumentVerification,
    Ending,
    Holder,
    Licence,
    PreparedLicence,
    SignatureReport,
    StatedField,
    StoredState,
    Verification,
)
from tongban.licences.statements import DOCUMENT, QUERIES, document_context, execute, opened, rows, seal_context
from tongban.licences.verification_code import make_code, parse_code
from tongban.parties.definitions import Department
from tongban.parties.enterprises import party_key

_LICENCE_COLUMNS = (
    "id", "type", "type_name", "number", "version", "code", "holder_key", "holder_name", "holder_kind",
    "issuer", "issuer_name", "issuer_uscc", "issued_at", "valid_until", "data", "source", "outbox_id", "payload",
)  # fmt: skip
_ENTRY_COLUMNS = ("id", "at", "kind", "subject", "data", "salt", "digest", "person_key", "retain_until")
_LONGEST_REASON = 2000


def prepare_issue(
    region: str,
    kind: LicenceType,
    holder: Holder,
    issuer: Department,
    data: Mapping[str, Any],
    now: dt.datetime,
    vault: Vault,
    source: UUID,
) -> PreparedLicence:
    """Make a licence ready to be written in the decision's transaction. Touches no database.

    ``region`` six digits; ``data`` maps the type's field ids to values (text, ``date`` or ISO date, integer);
    ``now`` the platform's time; ``source`` an opaque reference to what caused the issue.
    Raises ``DataUnfit``, and ``CodeError`` when the type's or the issuer's code is not well formed.
    """
    licence_id, message_id = new_id(), new_id()
    holder_key = party_key(vault, holder.kind, holder.id_number)
    number = rules.make_number(kind, issuer.uscc, now)
    valid_until = rules.last_day(kind, now)
    facts = {
        "type": kind.id,
        "number": number,
        "issuer": issuer.id,
        "source": str(source),
        "valid_until": valid_until and valid_until.isoformat(),
    }
    return PreparedLicence(
        region=region,
        id=licence_id,
        type=kind.id,
        type_name=kind.name,
        number=number,
        version=1,
        code=make_code(region),
        holder_key=holder_key,
        holder_name=holder.name,
        holder_kind=holder.kind,
        issuer=issuer.id,
        issuer_name=issuer.name,
        issuer_uscc=issuer.uscc,
        issued_at=now,
        valid_until=valid_until,
        data=_sealed(vault, region, licence_id, rules.state_fields(kind, data)),
        source=source,
        entry=prepare(region, "licence.issued", licence_id, facts, now, holder_key),
        outbox_id=message_id,
        payload=_payload(region, licence_id, kind.id, source),
    )


def _sealed(vault: Vault, region: str, licence_id: UUID, fields: list[StatedField]) -> bytes:
    return vault.seal(msgspec.json.encode(fields), seal_context(region, licence_id))


def _payload(region: str, licence_id: UUID, kind: str, source: UUID) -> str:
    facts = {"region": region, "id": str(licence_id), "type": kind, "source": str(source)}
    return msgspec.json.encode(facts).decode()


def insert_parameters(*prepared: PreparedLicence) -> dict[str, Any]:
    """The parameters of the statement ``insert_licences``, for a caller that embeds it in its own.

    All licences must be of one region (``ValueError``): a statement stays on one shard.
    """
    if len({licence.region for licence in prepared}) != 1:
        raise ValueError("one statement issues licences of exactly one region")
    columns = {name: [getattr(licence, name) for licence in prepared] for name in _LICENCE_COLUMNS}
    entries = {f"entry_{name}": [getattr(licence.entry, name) for licence in prepared] for name in _ENTRY_COLUMNS}
    return {"region": prepared[0].region, **columns, **entries}


async def insert(connection: Connection, *prepared: PreparedLicence) -> None:
    """Write licences with their ledger entries and outbox messages in one statement.

    To be called inside the decision's transaction; nothing is done for none.
    """
    if prepared:
        await execute(connection, QUERIES.insert_licences, **insert_parameters(*prepared))


async def read(connection: Connection, vault: Vault, region: str, licence_id: UUID) -> Licence:
    """The licence, opened. Whether the reader may see it is decided before. Raises ``LicenceUnknown``."""
    found = await rows(connection, QUERIES.licence, region=region, id=licence_id)
    if not found:
        raise LicenceUnknown
    return opened(found[0], vault)


async def find(connection: Connection, vault: Vault, holder_key: bytes, kind: str) -> Licence | None:
    """The holder's newest licence of type ``kind`` that is in force today, in any region, or None.

    ``holder_key`` is the keyed hash of the holder (``parties.enterprises.party_key``).
    """
    with as_platform("evidence of whom an application names, whose notice was read"):
        found = await rows(connection, QUERIES.licence_in_force, holder_key=holder_key, type=kind)
    return opened(found[0], vault) if found else None


async def mine(
    connection: Connection, vault: Vault, holders: Sequence[bytes], before: UUID | None = None, limit: int = 20
) -> list[Licence]:
    """The licences of several holders (their keyed hashes), newest first, in every state.

    ``before`` is the last id of the page before.
    """
    held = await rows(connection, QUERIES.licences_held, holders=list(holders), before=before, limit=limit)
    return [opened(row, vault) for row in held]


async def of_source(connection: Connection, vault: Vault, region: str, source: UUID) -> list[Licence]:
    """The licences that came from ``source``, oldest first."""
    found = await rows(connection, QUERIES.licences_from, region=region, source=source)
    return [opened(row, vault) for row in found]


async def documents_of(connection: Connection, region: str, sources: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """How many documents of each licence type were made out of each of ``sources``; nothing is opened."""
    found: dict[UUID, dict[str, int]] = {}
    for row in await rows(connection, QUERIES.documents_made, region=region, sources=list(sources)):
        found.setdefault(row.source, {})[row.type] = row.made
    return found


async def document(connection: Connection, vault: Vault, region: str, licence_id: UUID) -> Document | None:
    """The signed PDF, or None while it is not made. Raises ``LicenceUnknown``, ``SealBroken``."""
    found = await rows(connection, QUERIES.document, region=region, id=licence_id)
    if not found:
        raise LicenceUnknown
    row = found[0]
    if row.pdf is None:
        return None
    return Document(DOCUMENT.opened(vault, row.pdf, row), row.pdf_sha256, row.pdf_made_at)


async def verify(connection: Connection, vault: Vault, code: str) -> Verification:
    """The minimum about the licence with verification code ``code``, as a person may type it.

    Raises ``CodeMistyped`` without asking the register, and ``LicenceUnknown``.
    """
    return rules.minimum(await _by_code(connection, vault, code))


async def _by_code(connection: Connection, vault: Vault, code: str) -> Licence:
    region, canonical = parse_code(code)
    with as_platform("whoever is shown a licence's code may verify it"):
        found = await rows(connection, QUERIES.licence_by_code, region=region, code=canonical)
    if not found:
        raise LicenceUnknown
    return opened(found[0], vault)


async def verify_document(
    connection: Connection, vault: Vault, pdf: bytes, report: SignatureReport
) -> DocumentVerification:
    """What may be known of a genuine document: signed by the issuer, unchanged, the one on record.

    ``report`` is what its signature says, read before: no connection waits for that. Raises a subclass of
    ``DocumentRefused`` that says what is wrong, or ``LicenceUnknown``.
    """
    rules.check_signature(report)
    try:
        licence = await _by_code(connection, vault, report.contact.rpartition("/")[2])
    except CodeMistyped:
        # A trusted body signs other papers too; only a licence names its verification code.
        raise NotTheRecord from None
    rules.check_document(licence, report, pdf)
    return DocumentVerification(rules.minimum(licence), report.signer_name, report.signed_at)


async def store_document(connection: Connection, vault: Vault, licence: Licence, pdf: bytes, at: dt.datetime) -> bool:
    """Keep the signed document of ``licence``, sealed, and record it; False when one is kept already, which stays."""
    digest = hashlib.sha256(pdf).digest()
    facts = {"number": licence.number, "sha256": digest.hex()}
    entry = prepare(licence.region, "licence.document_made", licence.id, facts, at, licence.holder_key)
    sealed = vault.seal(pdf, document_context(licence.region, licence.id))
    values = {**_entry_parameters(entry), "id": licence.id, "pdf": sealed, "sha256": digest, "at": at}
    return await execute(connection, QUERIES.store_document, **values) == 1


def _entry_parameters(entry: Prepared) -> dict[str, Any]:
    return {"region": entry.region, **{f"entry_{name}": getattr(entry, name) for name in _ENTRY_COLUMNS}}


async def revoke(
    connection: Connection,
    vault: Vault,
    region: str,
    licence_id: UUID,
    reasons: str,
    at: dt.datetime,
    *,
    by: str,
    how: Ending = "revoked",
) -> Licence:
    """End a licence for good: ``revoked`` (吊销), ``withdrawn`` (撤销) or ``cancelled`` (注销).

    ``reasons`` are told to the holder; ``by`` names who decided (an opaque reference). Returns the licence
    as it is now. Raises ``ReasonMissing``, ``LicenceUnknown``, ``StateUnfit``.
    """
    return await put_state(connection, vault, region, licence_id, how, reasons, at, by)


async def suspend(
    connection: Connection,
    vault: Vault,
    region: str,
    licence_id: UUID,
    reasons: str,
    at: dt.datetime,
    *,
    by: str,
) -> Licence:
    """Take a licence out of force until it is resumed. Arguments and errors as for ``revoke``."""
    return await put_state(connection, vault, region, licence_id, "suspended", reasons, at, by)


async def resume(
    connection: Connection,
    vault: Vault,
    region: str,
    licence_id: UUID,
    reasons: str,
    at: dt.datetime,
    *,
    by: str,
) -> Licence:
    """Put a suspended licence back into force. Arguments and errors as for ``revoke``."""
    return await put_state(connection, vault, region, licence_id, "valid", reasons, at, by)


_EVENTS: Mapping[StoredState, str] = {
    "valid": "licence.resumed",
    "suspended": "licence.suspended",
    "revoked": "licence.revoked",
    "withdrawn": "licence.withdrawn",
    "cancelled": "licence.cancelled",
}


async def put_state(
    connection: Connection,
    vault: Vault,
    region: str,
    licence_id: UUID,
    wanted: StoredState,
    reasons: str,
    at: dt.datetime,
    by: str,
) -> Licence:
    """Give a licence another state, as ``revoke``, ``suspend`` and ``resume`` do. Their arguments and errors."""
    told = reasons.strip()[:_LONGEST_REASON]
    if not told:
        raise ReasonMissing("reasons")
    async with connection.transaction():
        found = await rows(connection, QUERIES.licence_to_change, region=region, id=licence_id)
        if not found:
            raise LicenceUnknown
        licence = opened(found[0], vault)
        rules.check_change(licence.state, wanted)
        facts = {"number": licence.number, "reasons": told, "by": by}
        entry = prepare(region, _EVENTS[wanted], licence_id, facts, at, licence.holder_key)
        values = {"id": licence_id, "state": wanted, "at": at, "reason": told, "outbox_id": new_id()}
        payload = _payload(region, licence_id, licence.type, licence.source)
        await execute(connection, QUERIES.change_state, **_entry_parameters(entry), **values, payload=payload)
    return msgspec.structs.replace(licence, state=wanted, state_at=at, state_reason=told)
