"""What pages and programs see of grants, from the side that gave them and the side that holds them; one checkpoint."""

import datetime as dt
from typing import Literal
from uuid import UUID

from msgspec import Struct

from tongban.basics.database import platform_now
from tongban.cases.kernel import Kernel
from tongban.cases.sharing.reading import name_of
from tongban.cases.sharing.standing import provider_of
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import DECIDERS, may
from tongban.resources.actions import grants as all_grants
from tongban.resources.definitions import Resource
from tongban.resources.errors import UnknownGrant
from tongban.resources.granting import giving
from tongban.resources.models import Grant


class GrantLine(Struct, frozen=True):
    """A grant in a list. ``state``: valid, over or revoked; ``may_open``: its tokens, which outlive it."""

    grant: Grant
    resource: Resource | None
    provider: str
    provider_name: str
    consumer_name: str
    state: Literal["valid", "over", "revoked"]
    days_left: int
    may_change: bool
    may_renew: bool
    may_open: bool


async def grants_of(
    kernel: Kernel, actor: Actor, region: str, side: Literal["given", "held"], theme: str | None = None
) -> list[GrantLine]:
    """Grants that one's departments gave, or hold; data administrators and supervisors see all as given.

    Those in force first, then the newest. Raises ``NotAllowed``.
    """
    departments = set(actor.departments(region, *DECIDERS))
    everywhere = may(actor, "grant.read", Subject(region=region))
    if not departments and not everywhere:
        raise NotAllowed()
    async with kernel.database.connection() as connection:
        found, now = await all_grants(connection, region), await platform_now(connection)
    lines = [_grant_line(kernel, actor, grant, now) for grant in found if theme is None or grant.theme == theme]
    wanted = [
        line
        for line in lines
        if (line.provider if side == "given" else line.grant.consumer) in departments
        or (everywhere and side == "given")
    ]
    return sorted(wanted, key=lambda line: line.state != "valid")


async def grant_line(kernel: Kernel, actor: Actor, region: str, grant: UUID) -> GrantLine:
    """One grant for either side. Raises ``UnknownGrant``."""
    async with kernel.database.connection() as connection:
        found, now = await giving.read(connection, region, grant), await platform_now(connection)
    line = _grant_line(kernel, actor, found, now)
    departments = (line.provider, found.consumer)
    if not may(actor, "grant.read", Subject(region=region, departments=departments)):
        raise UnknownGrant(grant=str(grant))
    return line


def _grant_line(kernel: Kernel, actor: Actor, grant: Grant, now: dt.datetime) -> GrantLine:
    provider = provider_of(kernel, grant)
    over = grant.valid_until <= now
    change = Subject(region=grant.region, department=provider)
    renew = Subject(region=grant.region, department=grant.consumer)
    return GrantLine(
        grant=grant,
        resource=kernel.resources.get(grant.resource),
        provider=provider,
        provider_name=name_of(kernel, grant.region, provider),
        consumer_name=name_of(kernel, grant.region, grant.consumer),
        state="revoked" if grant.revoked_at else "over" if over else "valid",
        days_left=max((grant.valid_until - now).days, 0),
        may_change=not grant.revoked_at and not over and may(actor, "grant.change", change),
        may_renew=not grant.revoked_at and grant.basket is not None and may(actor, "basket.change", renew),
        may_open=any(mask.kind == "token" for mask in grant.masks.values()) and may(actor, "token.open", change),
    )
