"""Intents, outcomes, refusals and uses as rows of JSON, and what the ledger says about them. Pure.

Called by ``log``. One JSON array a statement is what both ends do fastest.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import msgspec

from tongban.ledger.actions import prepare, prepare_plain
from tongban.ledger.models import Prepared
from tongban.resources.exchange.models import Intent, Outcome, Refusal, Signature
from tongban.resources.models import LookUp
from tongban.resources.rules import retain_until

Row = dict[str, Any]
_RENAMED = {"grant": "grant_id"}
_USE_LEFT_OUT = ("values",)


def packed(rows: list[Row]) -> str:
    """Rows as one parameter of a statement."""
    return msgspec.json.encode(rows).decode()


def intent_row(intent: Intent) -> Row:
    """The columns of ``exchange_intents``."""
    return _row(intent)


def outcome_row(outcome: Outcome) -> Row:
    """The columns of ``exchange_outcomes``."""
    return _row(outcome)


def intent_of_row(row: Any) -> Intent:
    """A row of ``exchange_intents`` as it was written."""
    columns = _signed(row._asdict())
    return Intent(grant=columns.pop("grant_id"), **columns)


def outcome_of_row(row: Any) -> Outcome:
    """A row of ``exchange_outcomes`` as it was written."""
    return Outcome(**_signed(row._asdict()))


def _signed(columns: dict[str, Any]) -> dict[str, Any]:
    algorithm, key_id, value = (columns.pop(name) for name in ("algorithm", "key_id", "signature"))
    columns["signature"] = None if value is None else Signature(algorithm, key_id, value)
    return columns


def refusal_row(refusal: Refusal) -> Row:
    """The columns of ``exchange_refusals``."""
    return _row(refusal)


def use_row(use: LookUp, sealed: bytes | None, at: datetime | None) -> Row:
    """The columns of ``look_ups``; ``at`` None lets the database say when."""
    row = {name: getattr(use, name) for name in LookUp.__struct_fields__ if name not in _USE_LEFT_OUT}
    return _hex(row | {"asked_at": at, "sealed": sealed})


def entry_row(entry: Prepared, at: datetime | None) -> Row:
    """The columns of ``ledger_entries``; ``at`` None lets the database say when."""
    names = ("region", "id", "kind", "subject", "salt", "digest", "person_key", "retain_until")
    return _hex({name: getattr(entry, name) for name in names} | {"at": at, "data": msgspec.Raw(entry.data.encode())})


def intent_entry(intent: Intent) -> Prepared:
    """``exchange.intended``: who is about to ask whom for what, under which grant; never what for whom."""
    data = {name: getattr(intent, name) for name in _INTENT_FACTS}
    data |= {
        "grant": str(intent.grant),
        "digest": intent.digest.hex(),
        "signed_at": intent.signed_at.astimezone(UTC).isoformat(timespec="microseconds"),
        "signature": signature_facts(intent.signature),
    }
    return _entry(intent.region, "exchange.intended", intent, data, intent.at)


def outcome_entry(intent: Intent, outcome: Outcome, person_key: bytes | None) -> Prepared:
    """``exchange.answered``: what came of an intent, and whose signature says so."""
    signed_at = outcome.signed_at.astimezone(UTC).isoformat(timespec="microseconds") if outcome.signed_at else None
    data = {
        "message": intent.message,
        "consumer": intent.consumer,
        "provider": intent.provider,
        "resource": intent.resource,
        "result": outcome.result,
        "reason": outcome.reason,
        "records": outcome.records,
        "digest": outcome.digest.hex() if outcome.digest else None,
        "signed_at": signed_at,
        "signature": signature_facts(outcome.signature),
        "there": outcome.there,
    }
    return _entry(intent.region, "exchange.answered", intent, data, outcome.at, person_key)


def refusal_entry(refusal: Refusal, now: datetime) -> Prepared:
    """``exchange.refused``: who tried what, and why not."""
    names = ("code", "reason", "known", "consumer", "resource", "officer", "issue", "message")
    data = {name: getattr(refusal, name) for name in names}
    return prepare(refusal.region, "exchange.refused", refusal.id, data, now, retain_until=retain_until(now))


def signature_facts(signature: Signature | None) -> Mapping[str, str] | None:
    """A signature as the ledger shows it: algorithm, key id, hexadecimal bytes."""
    if signature is None:
        return None
    return {"algorithm": signature.algorithm, "key": signature.key_id, "value": signature.value.hex()}


_INTENT_FACTS = (
    "side", "peer", "message", "consumer", "subsystem", "provider", "resource", "officer", "issue", "represented",
    "purpose", "basis", "revision", "fields", "records",
)  # fmt: skip


def _entry(
    region: str,
    kind: str,
    intent: Intent,
    data: Mapping[str, Any],
    at: datetime | None,
    person_key: bytes | None = None,
) -> Prepared:
    now = at or intent.signed_at
    return prepare_plain(region, kind, intent.id, data, now, person_key, retain_until(now))


def _row(struct: Intent | Outcome | Refusal) -> Row:
    row = {_RENAMED.get(name, name): getattr(struct, name) for name in struct.__struct_fields__}
    signature = row.pop("signature", None)
    if signature is not None:
        row |= {"algorithm": signature.algorithm, "key_id": signature.key_id, "signature": signature.value}
    return _hex(row)


def _hex(row: Row) -> Row:
    """Bytes as PostgreSQL writes them."""
    return {name: "\\x" + value.hex() if isinstance(value, bytes) else value for name, value in row.items()}
