"""Write one use of data: the row, its sealed values and its ledger entry, all or nothing.

Called by ``actions``, and by ``cases`` to open the values that it reads together with its own rows.
"""

import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec

from tongban.basics.database import Connection
from tongban.basics.sealed_columns import SealedColumn
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.ledger.actions import prepare
from tongban.ledger.models import Prepared
from tongban.ledger.verify_receipt import canonical, payload_digest
from tongban.resources import rules
from tongban.resources.models import LookUp

_queries = load_queries("tongban.resources")


class _Sealed(msgspec.Struct, frozen=True):
    """What lies encrypted beside a use; without the salt its digest points to nothing."""

    salt: bytes
    values: dict[str, Any]


class Written(msgspec.Struct, frozen=True):
    """A use as it will be written: with its digest, its sealed values if it has any, its ledger entry."""

    use: LookUp
    sealed: bytes | None
    entry: Prepared


def written(use: LookUp, vault: Vault, *, kept: bool = True) -> Written:
    """``use`` ready to be written by whoever has a statement for it; touches no database.

    Without ``kept`` its values and the salt of their digest are written nowhere.
    """
    salt = secrets.token_bytes(16)
    found = use.outcome == "found"
    sealed = _seal(use, salt, vault) if found and kept else None
    if found:
        use = msgspec.structs.replace(use, digest=payload_digest(salt, canonical(dict(use.values))))
    entry = prepare(
        use.region,
        "resource.looked_up",
        use.case_id,
        _facts(use),
        use.asked_at,
        person_key=use.person_key,
        retain_until=rules.retain_until(use.asked_at),
    )
    return Written(use, sealed, entry)


async def record_use(connection: Connection, use: LookUp, vault: Vault) -> LookUp:
    """Write ``use`` in one statement and return it with its digest. Raises what the database raises."""
    ready = written(use, vault)
    left_out = ("values", "purged_at")
    columns = {name: getattr(ready.use, name) for name in LookUp.__struct_fields__ if name not in left_out}
    await _queries.record_use(connection, **columns, sealed=ready.sealed, **ready.entry.parameters())
    return ready.use


def open_values(vault: Vault, region: str, look_up: UUID, sealed: bytes) -> dict[str, Any]:
    """The values of one use. Raises the vault's errors when ``sealed`` is not what was written for it."""
    return msgspec.json.decode(vault.open(sealed, _place(region, look_up)), type=_Sealed).values


def open_use(vault: Vault, row: Any) -> LookUp:
    """A row of ``look_ups`` with its values opened; none after a purge."""
    columns = row._asdict()
    sealed = columns.pop("sealed")
    values = open_values(vault, row.region, row.id, sealed) if sealed is not None else {}
    return LookUp(**columns, values=values)


def _facts(use: LookUp) -> Mapping[str, Any]:
    """What the ledger says about a use: everything but values, match and names."""
    names = ("consumer", "provider", "source", "purpose", "basis", "legal", "fields", "outcome", "reason")
    return {
        **{name: getattr(use, name) for name in names},
        "look_up": str(use.id),
        "digest": use.digest.hex() if use.digest else None,
    }


def _seal(use: LookUp, salt: bytes, vault: Vault) -> bytes:
    content = msgspec.json.encode(_Sealed(salt, dict(use.values)))
    return vault.seal(content, _place(use.region, use.id))


def _place(region: str, look_up: UUID) -> bytes:
    return f"look_ups.sealed {region} {look_up}".encode()


SEALED = SealedColumn("look_ups", "sealed", ("region", "id"), lambda row: _place(row.region, row.id))
