"""The secrets that masks need: one key a scope, derived from the node's vault; tokens sealed by it.

A scope is one consumer and one purpose: what two consumers hold can not be joined by their hashes.
"""

import base64
import binascii

from tongban.basics.vault import SealBroken, Vault

PREFIX = "tb1."
_BLOCK = 64  # bytes: lengths of tokens tell nothing finer than this


class MaskKeys:
    """What ``masks`` may ask of the vault."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault

    def key(self, scope: str) -> bytes:
        """The 32-byte key of ``scope`` for hashes and shifts."""
        return self._vault.keyed_hash("mask", scope)

    def seal(self, text: str, scope: str) -> str:
        """A token for ``text``; another one at each call, and of the same length for all texts of a block."""
        content = text.encode("utf-8", "surrogatepass") + b"\x80"
        padded = content + bytes(-len(content) % _BLOCK)
        return PREFIX + base64.urlsafe_b64encode(self._vault.seal(padded, _place(scope))).decode()

    def open(self, token: str, scope: str) -> str:
        """What ``token`` stands for. Raises ``SealBroken`` for what was not sealed in ``scope``, ``KeyMissing``."""
        if not token.startswith(PREFIX):
            raise SealBroken
        try:
            sealed = base64.b64decode(token[len(PREFIX) :], altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:  # ValueError: characters beyond ASCII
            raise SealBroken from error
        padded = self._vault.open(sealed, _place(scope))
        return padded[: padded.rindex(b"\x80")].decode("utf-8", "surrogatepass")


def _place(scope: str) -> bytes:
    return f"mask token {scope}".encode()
