"""Grants given, narrowed and ended one by one or by theme, each in the ledger. Called by ``cases.sharing``.

Whoever calls has asked the checkpoint and holds a transaction: a grant never stands without the act that gave it.
"""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection
from tongban.basics.ids import new_id
from tongban.basics.rules import RuleRefused, SchemaRefused, always_false
from tongban.ledger.actions import prepare, record
from tongban.resources.catalogue.definitions import ResourceContent
from tongban.resources.definitions import Resource, ResourceField
from tongban.resources.errors import GrantUnfit, UnknownGrant
from tongban.resources.granting.route import Offer
from tongban.resources.granting.rows import both, compile_rows
from tongban.resources.grants import insert, masks_column, queries
from tongban.resources.masks.definitions import Mask
from tongban.resources.masks.definitions import fault as mask_fault
from tongban.resources.models import Grant, grant_of


class Narrowing(Struct, frozen=True, forbid_unknown_fields=True):
    """What a grant gives from now on, where it is less than before. None leaves a part as it is.

    ``rows`` is a condition that must hold as well; ``masks`` are put on, never taken off; ``until`` ends it earlier.
    """

    reasons: str
    fields: list[str] | None = None
    rows: str | None = None
    masks: dict[str, Mask] = {}
    quota: int | None = None
    lists: bool | None = None
    until: dt.datetime | None = None


async def give(connection: Connection, grants: Sequence[Grant], now: dt.datetime) -> None:
    """Write new grants with their entries."""
    for grant in grants:
        await insert(connection, grant)
    if grants:
        await record(connection, *(prepare(g.region, "grant.created", g.id, facts(g), now) for g in grants))


def facts(grant: Grant) -> dict[str, Any]:
    """What the ledger says about a grant."""
    names = ("resource", "consumer", "purpose", "basis", "fields", "theme", "rows", "quota", "lists", "revision")
    return {
        **{name: getattr(grant, name) for name in names},
        "masks": msgspec.to_builtins(dict(grant.masks)),
        "basket": str(grant.basket) if grant.basket else None,
        "until": grant.valid_until.isoformat(),
    }


async def read(connection: Connection, region: str, grant: UUID) -> Grant:
    """One grant. Raises ``UnknownGrant``."""
    row = await queries.grant(connection, region=region, id=grant)
    if row is None:
        raise UnknownGrant(grant=str(grant))
    return grant_of(row)


async def locked(connection: Connection, region: str, grant: UUID) -> Grant:
    """One grant, locked until the transaction ends. Raises ``UnknownGrant``."""
    row = await queries.lock_grant(connection, region=region, id=grant)
    if row is None:
        raise UnknownGrant(grant=str(grant))
    return grant_of(row)


async def narrow(
    connection: Connection, grant: Grant, change: Narrowing, now: dt.datetime, resource: Resource
) -> Grant:
    """Give less under a locked ``grant`` from the next question on.

    Raises ``GrantUnfit`` for what would give more, or does not fit ``resource``.
    """
    _check_fit(change, resource)
    narrowed = msgspec.structs.replace(less(grant, change, now), revision=grant.revision + 1)
    names = ("region", "id", "fields", "rows", "quota", "lists", "valid_until")
    await queries.narrow_grant(
        connection, **{name: getattr(narrowed, name) for name in names}, masks=masks_column(narrowed.masks)
    )
    data = {**facts(narrowed), "reason": change.reasons}
    await record(connection, prepare(grant.region, "grant.narrowed", grant.id, data, now))
    return narrowed


def _check_fit(change: Narrowing, resource: Resource) -> None:
    try:
        never = change.rows is not None and always_false(compile_rows(change.rows, resource))
    except (RuleRefused, SchemaRefused) as error:
        raise GrantUnfit("rows") from error
    if never:
        raise GrantUnfit("rows")
    for name, mask in change.masks.items():
        field = resource.field(name)
        if field is None or mask_fault(mask, field.kind) is not None:
            raise GrantUnfit("masks")


async def note_theme_ended(
    connection: Connection, region: str, theme: str, consumer: str, reason: str, ended: int, now: dt.datetime
) -> None:
    """Record that a theme was ended, with how many grants."""
    data = {"theme": theme, "consumer": consumer, "reason": reason, "grants": ended}
    await record(connection, prepare(region, "theme.ended", new_id(), data, now))


def less(grant: Grant, change: Narrowing, now: dt.datetime) -> Grant:
    """``grant`` with ``change``. Pure. Raises ``GrantUnfit`` where it would not give less."""
    fields = grant.fields if change.fields is None else list(dict.fromkeys(change.fields))
    if not fields or not set(fields) <= set(grant.fields):
        raise GrantUnfit("fields")
    if change.quota is not None and grant.quota is not None and change.quota > grant.quota:
        raise GrantUnfit("quota")
    if change.lists and not grant.lists:
        raise GrantUnfit("lists")
    if change.until is not None and not now < change.until <= grant.valid_until:
        raise GrantUnfit("until")
    if any(mask.kind == "keep" or name not in fields for name, mask in change.masks.items()):
        raise GrantUnfit("masks")
    return msgspec.structs.replace(
        grant,
        fields=fields,
        rows=both(grant.rows, change.rows),
        masks={name: mask for name, mask in {**grant.masks, **change.masks}.items() if name in fields},
        quota=change.quota if change.quota is not None else grant.quota,
        lists=grant.lists if change.lists is None else change.lists,
        valid_until=change.until or grant.valid_until,
    )


async def end(connection: Connection, grants: Iterable[Grant], reason: str, now: dt.datetime) -> int:
    """Revoke locked grants that still stand; how many. The next question finds them gone."""
    ended = [g for g in grants if await queries.revoke_grant(connection, region=g.region, id=g.id, now=now) is not None]
    if ended:
        await record(
            connection,
            *(
                prepare(
                    grant.region,
                    "grant.revoked",
                    grant.id,
                    {"resource": grant.resource, "consumer": grant.consumer, "reason": reason},
                    now,
                )
                for grant in ended
            ),
        )
    return len(ended)


async def of_theme(connection: Connection, region: str, theme: str) -> list[Grant]:
    """The grants of a theme that still stand, locked."""
    return [grant_of(row) async for row in queries.grants_of_theme(connection, region=region, theme=theme)]


async def offers(connection: Connection, region: str, resources: Mapping[str, Resource]) -> dict[str, Offer]:
    """``resources`` as they are offered in ``region`` now: the published entry of the catalogue has the last word on
    sharing and may raise a grade; what is not published stays as its pack declares it."""
    rows = queries.offers(connection, region=region, resources=sorted(resources))
    found = {row.resource: row async for row in rows if row.published}
    return {
        name: Offer(_as_published(resource, found[name].content), True) if name in found else Offer(resource, False)
        for name, resource in resources.items()
    }


def _as_published(resource: Resource, content: Mapping[str, Any]) -> Resource:
    told = msgspec.convert(dict(content), ResourceContent)
    fields = {field.id: field for field in told.fields}
    return msgspec.structs.replace(
        resource,
        sharing=told.sharing,
        condition=told.condition or resource.condition,
        basis=told.basis or resource.basis,
        fields=[_higher(field, fields.get(field.id)) for field in resource.fields],
    )


_IMPORTANCE = ("general", "important", "core")


def _higher(field: ResourceField, told: ResourceField | None) -> ResourceField:
    if told is None:
        return field
    return msgspec.structs.replace(
        field,
        grade=max(field.grade, told.grade),
        importance=max(field.importance, told.importance, key=_IMPORTANCE.index),
    )
