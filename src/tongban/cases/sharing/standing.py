"""Grants that stand: narrowed, revoked or renewed one by one, ended by theme. A change acts with the next question.

The provider narrows and revokes what it gave; the consumer renews, and may give back what it no longer needs. Who
heads the department that works in a theme's scene, or administers data, ends the theme.
"""

from uuid import UUID

from tongban.basics.database import platform_now
from tongban.cases.errors import ReasonsNeeded
from tongban.cases.kernel import Kernel
from tongban.cases.sharing.answering import LEAST_REASONS
from tongban.cases.sharing.asking import put_line
from tongban.cases.sharing.errors import ThemeUnknown
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may, require
from tongban.resources.errors import UnknownGrant
from tongban.resources.granting import giving
from tongban.resources.granting.definitions import Line, Theme
from tongban.resources.granting.giving import Narrowing
from tongban.resources.models import Grant


async def revoke_grant(kernel: Kernel, actor: Actor, region: str, grant: UUID, reasons: str) -> None:
    """Take a grant back at once (as its provider), or give it back (as its consumer).

    Raises ``UnknownGrant``, also when it is revoked already, ``NotAllowed``, ``ReasonsNeeded``.
    """
    reasons = need_reasons(reasons)
    async with kernel.database.transaction() as connection:
        found = await giving.locked(connection, region, grant)
        sides = (provider_of(kernel, found), found.consumer)
        may_see(actor, found, sides)
        if not any(may(actor, "grant.change", Subject(region=region, department=side)) for side in sides):
            raise NotAllowed()
        if not await giving.end(connection, [found], reasons, await platform_now(connection)):
            raise UnknownGrant(grant=str(grant))


async def narrow_grant(kernel: Kernel, actor: Actor, region: str, grant: UUID, change: Narrowing) -> Grant:
    """Give less from now on, as the provider.

    Raises ``UnknownGrant``, also for one that is revoked or over, ``NotAllowed``, ``ReasonsNeeded``, ``GrantUnfit``.
    """
    need_reasons(change.reasons)
    async with kernel.database.transaction() as connection:
        found = await giving.locked(connection, region, grant)
        provider = provider_of(kernel, found)
        may_see(actor, found, (provider, found.consumer))
        require(actor, "grant.change", Subject(region=region, department=provider))
        now = await platform_now(connection)
        if found.revoked_at is not None or found.valid_until <= now:
            raise UnknownGrant(grant=str(grant))
        return await giving.narrow(connection, found, change, now, kernel.resources[found.resource])


async def renew_grant(kernel: Kernel, actor: Actor, region: str, grant: UUID) -> str:
    """Put what a grant gives into one's basket to be asked for again; its consumer's department, for whom it is.

    When the new grant is given the old one ends. Raises ``UnknownGrant``, ``NotAllowed``, ``BasketUnfit``.
    """
    async with kernel.database.transaction() as connection:
        found = await giving.locked(connection, region, grant)
    may_see(actor, found, (found.consumer,))
    require(actor, "basket.change", Subject(region=region, department=found.consumer))
    if found.revoked_at is not None or found.resource not in kernel.resources:
        raise UnknownGrant(grant=str(grant))
    await put_line(kernel, actor, region, found.consumer, line_of_grant(found), renews=found.id)
    return found.consumer


def line_of_grant(grant: Grant) -> Line:
    """What must be asked to have ``grant`` once more, for as long. Pure."""
    return Line(
        resource=grant.resource,
        fields=grant.fields,
        purpose=grant.purpose,
        basis=grant.basis,
        days=min(max((grant.valid_until - grant.valid_from).days, 1), 1830),
        rows=grant.rows,
        masks=dict(grant.masks),
        quota=grant.quota,
        lists=grant.lists,
    )


async def end_theme(kernel: Kernel, actor: Actor, region: str, theme: str, reasons: str) -> int:
    """End a theme in ``region``: every grant given for it ends with it. How many were ended.

    Raises ``ThemeUnknown``, ``NotAllowed``, ``ReasonsNeeded``.
    """
    reasons = need_reasons(reasons)
    pinned = kernel.sharing.themes.get(theme)
    if pinned is None:
        raise ThemeUnknown()
    consumer = kernel.directory.department_for(region, pinned.theme.consumer).id
    if not may_end(kernel, actor, region, pinned.theme):
        raise NotAllowed()
    async with kernel.database.transaction() as connection:
        now = await platform_now(connection)
        ended = await giving.end(connection, await giving.of_theme(connection, region, theme), reasons, now)
        await giving.note_theme_ended(connection, region, theme, consumer, reasons, ended, now)
    return ended


def may_end(kernel: Kernel, actor: Actor, region: str, theme: Theme) -> bool:
    """Whether ``actor`` may end ``theme`` in ``region``."""
    consumer = kernel.directory.department_for(region, theme.consumer).id
    return may(actor, "theme.end", Subject(region=region, department=consumer))


def provider_of(kernel: Kernel, grant: Grant) -> str:
    """The department that owns what ``grant`` gives; '' when nothing here declares it any more."""
    resource = kernel.resources.get(grant.resource)
    return kernel.directory.department_for(grant.region, resource.provider).id if resource else ""


def need_reasons(text: str) -> str:
    """``text`` without blanks around it. Raises ``ReasonsNeeded`` when it says nothing."""
    if len(text.strip()) < LEAST_REASONS:
        raise ReasonsNeeded(field="reasons")
    return text.strip()


def may_see(actor: Actor, grant: Grant, departments: tuple[str, ...]) -> None:
    """Raise ``UnknownGrant`` unless ``actor`` may see ``grant``, whose sides are ``departments``."""
    if not may(actor, "grant.read", Subject(region=grant.region, departments=departments)):
        raise UnknownGrant(grant=str(grant.id))
