"""The platform's own look-ups as calls of the exchange: the intent they begin with, the outcome they end with. Pure.

Called by ``resources.actions``. The use that the person sees has the intent's id, so one leads to the other.
"""

from datetime import datetime

from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.resources.exchange import rows, statements
from tongban.resources.exchange.log import Concluded
from tongban.resources.exchange.models import Intent, Outcome
from tongban.resources.granting.compiled import Compiled
from tongban.resources.models import LookUpRequest
from tongban.resources.recording import Written


def intent_of(request: LookUpRequest, compiled: Compiled, now: datetime, vault: Vault) -> Intent:
    """What is committed before the provider of ``request`` hears of it."""
    grant, identifier = compiled.grant, new_id()
    question = statements.question(request.match, request.fields)
    salt = statements.salt_of(vault, request.region, identifier)
    return Intent(
        region=request.region,
        id=identifier,
        at=now,
        message=str(identifier),
        consumer=request.consumer,
        provider=request.provider,
        resource=request.resource.id,
        purpose=grant.purpose,
        basis=request.basis or grant.basis,
        grant=grant.id,
        revision=grant.revision,
        fields=list(request.fields),
        digest=statements.digest_of(salt, question),
        signed_at=now,
        officer=request.officer,
        issue=str(request.case_id),
        subject=request.person_key,
    )


def concluded_of(intent: Intent, written: Written) -> Concluded:
    """The outcome of a look-up, with the use that the person sees and that use's ledger entry."""
    use = written.use
    assert use.outcome != "refused"
    outcome = Outcome(
        region=intent.region,
        id=intent.id,
        at=use.asked_at,
        result=use.outcome,
        reason=use.reason,
        records=1 if use.outcome == "found" else 0,
        milliseconds=use.answered_ms,
        digest=use.digest,
    )
    return Concluded(outcome, written.entry, rows.use_row(use, written.sealed, use.asked_at))
