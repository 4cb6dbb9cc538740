"""The platform's own look-ups as calls of the exchange: the intent they begin with, the outcome they end with. Pure.

Called by ``resources.actions``. The use that the person sees has the intent's id, so one leads to the other.
"""

from datetime import datetime

import msgspec

from tongban.basics.ids import new_id
from tongban.basics.vault import Vault
from tongban.resources.exchange import rows, statements
from tongban.resources.exchange.keys import KeyRing
from tongban.resources.exchange.log import Concluded
from tongban.resources.exchange.models import Intent, Outcome, Signature
from tongban.resources.granting.compiled import Compiled
from tongban.resources.models import LookUpRequest
from tongban.resources.provider import Answer, CallContext, Found, Missing, Proof, Provider, SignedQuestion
from tongban.resources.recording import Written


def intent_of(
    request: LookUpRequest,
    compiled: Compiled,
    now: datetime,
    vault: Vault,
    keys: KeyRing | None = None,
    peer: str | None = None,
) -> Intent:
    """What is committed before the provider of ``request`` hears of it. ``peer``: the node that has to be asked."""
    grant, identifier = compiled.grant, new_id()
    salt = statements.salt_of(vault, request.region, identifier)
    intent = Intent(
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
        digest=statements.digest_of(salt, statements.question(request.match, request.fields)),
        signed_at=now,
        side="both" if peer is None else "consumer",
        peer=peer,
        officer=request.officer,
        issue=str(request.case_id) if request.case_id else None,
        subject=request.person_key,
    )
    if keys is None or not keys.holds(intent.consumer):
        return intent
    return msgspec.structs.replace(intent, signature=keys.sign(intent.consumer, statements.request_text(intent)))


def context_of(intent: Intent, provider: Provider, vault: Vault) -> CallContext:
    """What the provider is told; a node also gets what it needs to check and record the call itself."""
    signed = None
    if intent.signature is not None and getattr(provider, "takes_signed", False):
        signed = signed_question(intent, statements.salt_of(vault, intent.region, intent.id))
    case = intent.issue or str(intent.id)
    return CallContext(case, intent.purpose, intent.basis, intent.consumer, str(intent.id), signed)


def signed_question(intent: Intent, salt: bytes) -> SignedQuestion:
    """A signed intent as another node needs it."""
    assert intent.signature is not None
    return SignedQuestion(
        region=intent.region,
        message=intent.message,
        subsystem=intent.subsystem,
        provider=intent.provider,
        resource=intent.resource,
        officer=intent.officer,
        issue=intent.issue,
        represented=intent.represented,
        fields=intent.fields,
        records=intent.records,
        signed_at=intent.signed_at,
        salt=salt,
        algorithm=intent.signature.algorithm,
        key_id=intent.signature.key_id,
        signature=intent.signature.value,
    )


def concluded_of(intent: Intent, written: Written, answer: Answer, keys: KeyRing | None = None) -> Concluded:
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
        signed_at=use.asked_at,
    )
    proof = answer.proof if isinstance(answer, Found | Missing) else None
    if proof is not None:
        outcome = proven(outcome, proof)
    elif keys is not None and intent.peer is None and keys.holds(intent.provider):
        signature = keys.sign(intent.provider, statements.answer_text(intent, outcome))
        outcome = msgspec.structs.replace(outcome, signature=signature)
    return Concluded(outcome, written.entry, rows.use_row(use, written.sealed, use.asked_at))


def proven(outcome: Outcome, proof: Proof) -> Outcome:
    """``outcome`` under the provider's own signature, which its node made and the connector checked."""
    signature = Signature(proof.algorithm, proof.key_id, proof.signature)
    return msgspec.structs.replace(outcome, digest=proof.digest, signed_at=proof.signed_at, signature=signature)
