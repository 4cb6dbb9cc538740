"""Turn a token back into the value that it stands for: the head of the department that gave it, with reasons."""

from uuid import UUID

from tongban.basics.database import platform_now
from tongban.basics.vault import KeyMissing, SealBroken
from tongban.cases.kernel import Kernel
from tongban.cases.sharing.errors import TokenUnfit
from tongban.cases.sharing.standing import may_see, need_reasons, provider_of
from tongban.ledger.actions import prepare, record
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import require
from tongban.resources.granting import giving
from tongban.resources.granting.compiled import scope_of
from tongban.resources.masks.keys import MaskKeys


async def open_token(kernel: Kernel, actor: Actor, region: str, grant: UUID, token: str, reasons: str) -> str:
    """What ``token``, given under ``grant``, stands for; the opening is committed before the value is returned.

    Raises ``UnknownGrant``, ``NotAllowed``, ``ReasonsNeeded``, ``TokenUnfit``.
    """
    reasons = need_reasons(reasons)
    async with kernel.database.transaction() as connection:
        found = await giving.read(connection, region, grant)
        provider = provider_of(kernel, found)
        may_see(actor, found, (provider, found.consumer))
        require(actor, "token.open", Subject(region=region, department=provider))
        try:
            value = MaskKeys(kernel.vault).open(token, scope_of(found))
        except (SealBroken, KeyMissing) as error:
            raise TokenUnfit() from error
        data = {"resource": found.resource, "consumer": found.consumer, "department": provider, "reason": reasons}
        await record(connection, prepare(region, "token.opened", grant, data, await platform_now(connection)))
    return value
