"""Whether something may begin to be asked under a grant: by the statement that the exchange commits intents with."""

from datetime import datetime

from tongban.basics.database import Database
from tongban.basics.ids import new_id
from tongban.resources.exchange.errors import NotAllowed, QuotaSpent
from tongban.resources.exchange.log import ExchangeLog
from tongban.resources.exchange.models import Intent
from tongban.resources.models import Grant


async def begins(database: Database, grant: Grant, records: int, now: datetime) -> bool:
    """Commit an intent for ``records`` under ``grant``; False when it is refused."""
    intent = Intent(
        region=grant.region,
        id=new_id(),
        at=now,
        message=str(new_id()),
        consumer=grant.consumer,
        provider="d-provider",
        resource=grant.resource,
        purpose=grant.purpose,
        basis=grant.basis,
        grant=grant.id,
        revision=grant.revision,
        fields=list(grant.fields),
        digest=b"d",
        signed_at=now,
        records=records,
    )
    try:
        await ExchangeLog(database).intend(intent)
    except (NotAllowed, QuotaSpent):
        return False
    return True
