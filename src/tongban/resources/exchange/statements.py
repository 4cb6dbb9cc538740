"""What is signed, word for word, and the keyed digests that stand in it.

Called by the gateway, by both nodes of a call, and by whoever checks a log years later: everything a statement
says is in the row of its intent or outcome, so that a signature can be checked from the log alone.
"""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from uuid import UUID

import msgspec

from tongban.basics.vault import Vault
from tongban.resources.exchange.models import Intent, Outcome

REQUEST, ANSWER = b"tongban-exchange-request/v1\n", b"tongban-exchange-answer/v1\n"
_encoder = msgspec.json.Encoder()


def salt_of(vault: Vault, region: str, intent: UUID) -> bytes:
    """Thirty-two bytes that only this node can make again, so that no digest in a log can be guessed back.

    They are handed to the other node with the call, and to whoever must prove what was asked or answered.
    """
    return vault.keyed_hash("exchange-salt", f"{region} {intent}")


def digest_of(salt: bytes, content: bytes) -> bytes:
    """HMAC-SHA-256 of a message under its salt."""
    return hmac.digest(salt, content, hashlib.sha256)


def question(match: Mapping[str, str], fields: Sequence[str]) -> bytes:
    """What is asked, in the one form whose digest both nodes make."""
    return _encoder.encode((sorted(match.items()), list(fields)))


def request_text(intent: Intent) -> bytes:
    """What the consumer's side signs: who asks whom for which fields, for whom and what, and the question's digest."""
    return REQUEST + _encoder.encode(
        (
            intent.message,
            instant(intent.signed_at),
            intent.consumer,
            intent.subsystem,
            intent.provider,
            intent.resource,
            intent.officer,
            intent.issue,
            intent.represented,
            intent.purpose,
            intent.fields,
            intent.records,
            intent.digest.hex(),
        )
    )


def answer_text(intent: Intent, outcome: Outcome) -> bytes:
    """What the provider's side signs: to which question, what came of it, and the answer's digest."""
    assert outcome.signed_at is not None
    return ANSWER + _encoder.encode(
        (
            intent.message,
            intent.consumer,
            intent.provider,
            intent.digest.hex(),
            instant(outcome.signed_at),
            outcome.result,
            outcome.records,
            outcome.digest.hex() if outcome.digest else None,
        )
    )


def instant(at: datetime) -> str:
    """A moment as a statement writes it: UTC, microseconds."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
