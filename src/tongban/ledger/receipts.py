"""What a person takes home: a promise at once, a proof soon after.

Called by the portal and the API. Whoever calls has checked that the reader is entitled to the data.
"""

import base64
import json
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.database import Connection
from tongban.ledger import proofs
from tongban.ledger.errors import EntryUnknown
from tongban.ledger.keys import Signer
from tongban.ledger.models import Pending, Prepared, Promise, Receipt, instant, person_mark
from tongban.ledger.statements import row
from tongban.ledger.tiles import DEFAULT_LOG
from tongban.ledger.verify_receipt import parse_checkpoint, promise_text

PROMISED = timedelta(seconds=10)


def make_promise(prepared: Prepared, now: datetime, signer: Signer) -> Promise:
    """Sign that ``prepared`` will be sealed within 10 s of ``now`` (real wall clock, never moved).

    The caller writes region, id and include_by into ``ledger_promises`` together with the entry.
    """
    promise = Promise(
        origin=signer.name,
        region=prepared.region,
        id=prepared.id,
        at=instant(prepared.at),
        kind=prepared.kind,
        leaf=_base64(prepared.leaf),
        include_by=instant(now + PROMISED),
    )
    signature = signer.sign(promise_text(msgspec.to_builtins(promise)))
    return msgspec.structs.replace(promise, signature=_base64(signature))


async def make_receipt(conn: Connection, region: str, entry_id: UUID, log: int = DEFAULT_LOG) -> Receipt | Pending:
    """The receipt of an entry, or `Pending` while it waits to be sealed; raises `EntryUnknown`.

    Prefers the first checkpoint that a witness has cosigned; before that, one by the log alone.
    """
    entry = await row(conn, "entry", region=region, id=entry_id, log=log)
    if entry is None:
        raise EntryUnknown(region=region, entry=str(entry_id))
    if entry.leaf is None:
        return Pending(region, entry_id, entry.include_by)
    head = await row(conn, "checkpoint_covering", log=log, leaf_index=entry.leaf_index)
    if head is None:
        return Pending(region, entry_id, entry.include_by)
    proof = await proofs.inclusion(conn, entry.leaf_index, head.size, log)
    return Receipt(
        origin=parse_checkpoint(head.note.rpartition("\n\n")[0] + "\n").origin,
        entry=readable(entry),
        salt=None if entry.salt is None else _base64(entry.salt),
        leaf=_base64(entry.leaf),
        leaf_index=entry.leaf_index,
        inclusion_proof=[_base64(step) for step in proof],
        checkpoint=head.note,
    )


def readable(entry: Any) -> dict[str, Any]:
    """A row of an entry as a receipt shows it; what was erased is null."""
    return {
        "region": entry.region,
        "id": str(entry.id),
        "at": instant(entry.at),
        "kind": entry.kind,
        "subject": str(entry.subject),
        "data": None if entry.data is None else json.loads(entry.data),
        "person": None if entry.salt is None else person_mark(entry.salt, entry.person_key),
        "retain_until": None if entry.retain_until is None else entry.retain_until.isoformat(),
    }


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()
