"""Check single entries against their own digest, erasure and promise. Called by `audit`."""

import base64
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from tongban.basics.database import Connection
from tongban.ledger.models import leaf_bytes, person_mark, sealed_payload
from tongban.ledger.report import SHOWN, Report
from tongban.ledger.statements import row, rows
from tongban.ledger.tiles import HASH, WIDTH
from tongban.ledger.verify_receipt import InvalidProof, VerifierKey, leaf_hash, payload_digest, verify_promise

PAGE = 2000
NIL = "00000000-0000-0000-0000-000000000000"


def entry_hash(entry: Any) -> bytes:
    """The leaf hash that an entry's row gives today."""
    return leaf_hash(leaf_bytes(entry.region, entry_id(entry), entry.at, entry.kind, entry.digest))


def entry_id(entry: Any) -> Any:
    """The entry's id, whichever statement the row is from."""
    return entry.entry_id if hasattr(entry, "entry_id") else entry.id


def payload_holds(entry: Any) -> bool:
    """Whether data, person key, retention and subject still have the digest that was sealed."""
    if entry.data is None or entry.salt is None:
        return False
    mark = person_mark(entry.salt, entry.person_key)
    payload = sealed_payload(json.loads(entry.data), mark, entry.retain_until, entry.subject)
    return payload_digest(entry.salt, payload) == bytes(entry.digest)


def check_payload(entry: Any, index: int | None, report: Report) -> None:
    """Name an entry whose payload was changed, or whose erasure left something behind."""
    where = {"region": entry.region, "entry": entry_id(entry)}
    if entry.erased_at is None:
        if not payload_holds(entry):
            report.add("entry.changed", index=index, **where)
    elif entry.data is not None or entry.salt is not None or entry.person_key is not None:
        report.add("erasure.incomplete", **where)


async def check_unsealed(conn: Connection, now: datetime, report: Report) -> None:
    """Check entries that wait for the sealer; a promise that ran out meanwhile is broken."""
    after: Any = NIL
    while found := await rows(conn, "audit_unsealed", after=after, limit=PAGE):
        after = found[-1].id
        report.unsealed += len(found)
        for entry in found:
            check_payload(entry, None, report)
            if entry.include_by is not None and entry.include_by < now:
                report.add("promise.broken", region=entry.region, entry=entry.id, include_by=entry.include_by)


async def check_strays(conn: Connection, log: int, report: Report) -> set[int]:
    """Name entries without leaf, promises without entry, erasures without record.

    Returns the places whose leaf row is gone while its entry stands.
    """
    lost: set[int] = set()
    for entry in await rows(conn, "audit_inserted", log=log, limit=SHOWN):
        sealed = await _sealed_hash(conn, log, entry.leaf_index)
        code = "leaf.deleted" if sealed == entry_hash(entry) else "entry.inserted"
        report.add(code, index=entry.leaf_index, region=entry.region, entry=entry.id)
        lost |= {entry.leaf_index} if code == "leaf.deleted" else set()
    for promise in await rows(conn, "audit_orphan_promises", limit=SHOWN):
        report.add("promise.entry_missing", region=promise.region, entry=promise.entry_id)
    for entry in await rows(conn, "audit_unrecorded_erasures", limit=SHOWN):
        report.add("erasure.unrecorded", region=entry.region, entry=entry.id)
    return lost


async def _sealed_hash(conn: Connection, log: int, index: int) -> bytes | None:
    tile = await row(conn, "tiles", log=log, level=[0], tile=[index // WIDTH])
    start = index % WIDTH * HASH
    return tile.hashes[start : start + HASH] if tile else None


async def check_promise(
    conn: Connection,
    promise: Mapping[str, Any],
    keys: Sequence[VerifierKey],
    now: datetime,
    log: int,
    report: Report,
) -> None:
    """Check a promise that its holder brings along, so that deleting the node's own copy hides nothing."""
    where = {name: promise.get(name) for name in ("region", "include_by")} | {"entry": promise.get("id")}
    try:
        include_by = datetime.fromisoformat(str(verify_promise(promise, keys).include_by))
        leaf = base64.b64decode(promise["leaf"])
        kept = await row(conn, "kept_promise", log=log, region=promise["region"], id=promise["id"])
    except (InvalidProof, KeyError, TypeError, ValueError) as error:
        report.add("promise.invalid", reason=str(error), **where)
        return
    sealed_at = kept.sealed_at if kept and kept.leaf == leaf else None
    if (sealed_at or now) > include_by:
        report.add("promise.broken", **where)
