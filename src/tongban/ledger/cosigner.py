"""Ask a witness to cosign the newest head.

Runs in the jobs process beside the sealer. A witness that is away costs lateness only; a witness
that refuses says that history was changed.
"""

import base64
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import httpx

from tongban.basics.database import Connection
from tongban.ledger import proofs
from tongban.ledger.checkpoints import add_cosignatures
from tongban.ledger.errors import WitnessRefused, WitnessUnreachable
from tongban.ledger.statements import execute, row
from tongban.ledger.tiles import DEFAULT_LOG
from tongban.ledger.verify_receipt import InvalidProof, VerifierKey
from tongban.ledger.witness import SIZE, digest_of


class WitnessAddress(NamedTuple):
    """Where a witness answers, the key it must sign with, and how many seconds to wait for it."""

    url: str
    key: VerifierKey
    timeout: float = 2.0


async def cosign(conn: Connection, witness: WitnessAddress, log: int = DEFAULT_LOG) -> bool:
    """Have the newest head cosigned and keep the result; False when there is nothing new to cosign.

    No transaction is open while the witness is asked. Raises `WitnessUnreachable`, `WitnessRefused`.
    """
    head = await row(conn, "log_head", log=log)
    if head is None or head.size is None or head.cosigned_at is not None:
        return False
    last = await row(conn, "last_cosigned", log=log)
    old = last.size if last else 0
    async with httpx.AsyncClient(timeout=witness.timeout, trust_env=False) as client:
        answer = await _ask(client, witness, old, await proofs.consistency(conn, old, head.size, log), head.note)
        if answer.status_code == 409 and old != (known := _known_size(answer, head.size)):
            proof = await proofs.consistency(conn, known, head.size, log)
            answer = await _ask(client, witness, known, proof, head.note)
    note = _cosigned(answer, head.note, witness)
    await execute(conn, "put_cosigned", log=log, size=head.size, note=note, cosigned_at=datetime.now(UTC))
    return True


async def last_witnessed(witness: WitnessAddress, origin: str) -> str | None:
    """The last note that the witness cosigned for log ``origin``; raises `WitnessUnreachable`."""
    async with httpx.AsyncClient(timeout=witness.timeout, trust_env=False) as client:
        try:
            answer = await client.get(f"{witness.url.rstrip('/')}/checkpoint/{digest_of(origin)}")
        except httpx.HTTPError as error:
            raise WitnessUnreachable(reason=type(error).__name__) from error
    return answer.text if answer.status_code == 200 else None


async def _ask(
    client: httpx.AsyncClient, witness: WitnessAddress, old: int, proof: Sequence[bytes], note: str
) -> httpx.Response:
    lines = [f"old {old}", *(base64.b64encode(step).decode() for step in proof)]
    body = "\n".join(lines) + "\n\n" + note
    try:
        return await client.post(f"{witness.url.rstrip('/')}/add-checkpoint", content=body.encode())
    except httpx.HTTPError as error:
        raise WitnessUnreachable(reason=type(error).__name__) from error


def _known_size(answer: httpx.Response, size: int) -> int:
    text = answer.text.strip()
    if answer.headers.get("content-type") != SIZE or not text.isdigit():
        raise WitnessUnreachable(reason="409 without a size")
    if int(text) > size:
        raise WitnessRefused(reason=f"it has seen {text} leaves, the log has {size}")
    return int(text)


def _cosigned(answer: httpx.Response, note: str, witness: WitnessAddress) -> str:
    if answer.status_code in (409, 422):
        raise WitnessRefused(reason=f"{answer.status_code} {answer.text.strip()}")
    if answer.status_code != 200:
        raise WitnessUnreachable(reason=f"status {answer.status_code}: {answer.text.strip()[:200]}")
    try:
        cosigned = add_cosignatures(note, answer.text, [witness.key])
    except InvalidProof as error:
        raise WitnessUnreachable(reason=str(error)) from error
    if cosigned is None:
        raise WitnessUnreachable(reason="the answer is not signed by its key")
    return cosigned
