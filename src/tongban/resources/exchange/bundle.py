"""The proof of one call for whoever has nothing but public keys: its intent and its grant's whole history, as receipts.

Called by ``tongban exchange proof``. It is checked by the ledger's single-file verifier, offline.
"""

from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.database import Connection
from tongban.ledger.models import Pending
from tongban.ledger.receipts import make_receipt
from tongban.ledger.statements import rows
from tongban.ledger.verify_receipt import BUNDLE_TYPE
from tongban.resources.exchange.errors import CallUnknown


async def make_bundle(connection: Connection, region: str, call: UUID) -> dict[str, Any]:
    """The bundle of the call with this id. Raises ``CallUnknown``, also while its entries wait to be sealed."""
    entries = await rows(connection, "entries_of_subject", region=region, subject=call)
    intended = next((entry for entry in entries if entry.kind == "exchange.intended"), None)
    if intended is None:
        raise CallUnknown(call=str(call))
    data = msgspec.json.decode(intended.data) if isinstance(intended.data, str) else intended.data
    history = await rows(connection, "entries_of_subject", region=region, subject=UUID(data["grant"]))
    return {
        "type": BUNDLE_TYPE,
        "intent": await _receipt(connection, region, intended.id),
        "grant": [await _receipt(connection, region, entry.id) for entry in history if entry.kind.startswith("grant.")],
    }


async def _receipt(connection: Connection, region: str, entry: UUID) -> Any:
    receipt = await make_receipt(connection, region, entry)
    if isinstance(receipt, Pending):
        raise CallUnknown(call=str(entry))
    return msgspec.to_builtins(receipt)
