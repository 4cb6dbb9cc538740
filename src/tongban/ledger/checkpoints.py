"""Checkpoints: the signed heads of the log (C2SP tlog-checkpoint in signed-note form).

Called by the sealer (make), the witness (cosign) and everything that reads one.
"""

import base64
from collections.abc import Sequence

from tongban.ledger.keys import Signer, signature_line
from tongban.ledger.verify_receipt import Checkpoint, VerifierKey, open_note


def checkpoint_text(origin: str, size: int, root: bytes) -> str:
    """The three lines that are signed."""
    return f"{origin}\n{size}\n{base64.b64encode(root).decode()}\n"


def sign_checkpoint(signer: Signer, size: int, root: bytes) -> str:
    """A checkpoint note for ``size`` leaves and ``root``, signed by the log's key."""
    text = checkpoint_text(signer.name, size, root)
    return f"{text}\n{signature_line(signer.name, signer.sign(text))}"


def cosignature_line(signer: Signer, checkpoint: Checkpoint, stamp: int) -> str:
    """A witness's signature line over ``checkpoint``; ``stamp`` is POSIX seconds."""
    return signature_line(signer.name, signer.cosign(checkpoint.text, stamp))


def add_cosignatures(note: str, lines: str, witnesses: Sequence[VerifierKey]) -> str | None:
    """``note`` with the lines among ``lines`` that a known witness signed; None when there is none.

    A wrong signature by a known witness raises `InvalidProof` (from the verifier).
    """
    text = note.rpartition("\n\n")[0]
    kept = ""
    for line in lines.splitlines(keepends=True):
        _, signed = open_note(f"{text}\n\n{line}", witnesses)
        if signed and line not in note:
            kept += line
    return note + kept if kept else None
