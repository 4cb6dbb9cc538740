"""The departments' exchange keys of this node: files outside the database, read once, noticed when they change.

Called by the composition root. ``<folder>/<member>.pem`` is a department's private key (mode 0600);
``<folder>/public/<member>.<key id>.pem`` every public key it ever had, and those of departments that other nodes
speak for: what was signed under a retired key stays checkable.
"""

import os
import time
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm

from tongban.ledger.keys import sync_folder, write_durably
from tongban.resources.exchange import signing
from tongban.resources.exchange.errors import KeyUnfit, SignatureWrong
from tongban.resources.exchange.models import Signature

LOOK_AGAIN = 1.0
"""Seconds for which a key is used before its file is looked at again."""


class KeyRing:
    """Signs for the departments of this node and checks what any department signed.

    ``algorithm``: of keys that have to be made. ``makes`` False: a missing private key is a fault, as in a deployment
    whose keys come from its own authority.
    """

    def __init__(self, folder: Path, algorithm: str = signing.ED25519, makes: bool = True) -> None:
        self._folder, self._algorithm, self._makes = folder, algorithm, makes
        self._private: dict[str, tuple[int, float, signing.PrivateKey]] = {}
        self._public: dict[tuple[str, str], signing.PublicKey] = {}

    def holds(self, member: str) -> bool:
        """Whether this node speaks for ``member``."""
        return self._makes or self._file(member).exists()

    def sign(self, member: str, text: bytes) -> Signature:
        """``member``'s signature over ``text``. Raises ``KeyUnfit``."""
        return signing.signed(self._key(member), text)

    def check(self, member: str, signature: Signature, text: bytes) -> None:
        """Raise ``SignatureWrong`` unless ``member`` signed ``text`` with a key that is registered for it."""
        signing.check(self._registered(member, signature.key_id), signature, text)

    def public(self, member: str) -> signing.PublicKey:
        """``member``'s public key as of now. Raises ``KeyUnfit``."""
        return self._key(member).public

    def register(self, member: str, pem: bytes) -> str:
        """Keep another node's department's public key; returns its id. Raises ``KeyUnfit``."""
        try:
            key = signing.load_public(pem)
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise KeyUnfit(member=member, reason=str(error)) from error
        self._keep_public(member, key)
        return key.key_id

    def _key(self, member: str) -> signing.PrivateKey:
        held = self._private.get(member)
        now = time.monotonic()
        if held is not None and now - held[1] < LOOK_AGAIN:
            return held[2]
        path = self._file(member)
        try:
            changed = path.stat().st_mtime_ns
        except FileNotFoundError:
            changed = self._make(member, path)
        key = held[2] if held is not None and held[0] == changed else self._read(member, path)
        self._private[member] = (changed, now, key)
        if held is None or held[2] is not key:
            self._keep_public(member, key.public)
        return key

    def _read(self, member: str, path: Path) -> signing.PrivateKey:
        try:
            if path.stat().st_mode & 0o077:
                raise KeyUnfit(member=member, reason=f"others may read {path.name}: chmod 600")
            return signing.load_private(path.read_bytes())
        except (OSError, ValueError, TypeError, UnsupportedAlgorithm, ImportError) as error:
            raise KeyUnfit(member=member, reason=str(error)) from error

    def _make(self, member: str, path: Path) -> int:
        if not self._makes:
            raise KeyUnfit(member=member, reason=f"{path.name} is missing")
        self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = path.with_name(f".{path.name}.{os.getpid()}")
        write_durably(draft, signing.generate(self._algorithm).pem())
        try:
            os.link(draft, path)  # whoever is first wins, and both use its key
        except FileExistsError:
            pass
        finally:
            draft.unlink()
        sync_folder(self._folder)
        return path.stat().st_mtime_ns

    def _registered(self, member: str, key_id: str) -> signing.PublicKey:
        known = self._public.get((member, key_id))
        if known is None:
            path = self._folder / "public" / f"{_safe(member)}.{_safe(key_id)}.pem"
            try:
                known = signing.load_public(path.read_bytes())
            except (OSError, ValueError, TypeError, UnsupportedAlgorithm, ImportError) as error:
                raise SignatureWrong(reason="a key that is not registered") from error
            self._public[(member, key_id)] = known
        return known

    def _keep_public(self, member: str, key: signing.PublicKey) -> None:
        folder = self._folder / "public"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        path = folder / f"{_safe(member)}.{key.key_id}.pem"
        if not path.exists():
            draft = path.with_name(f".{path.name}.{os.getpid()}")
            write_durably(draft, key.pem())
            draft.replace(path)
            sync_folder(folder)
        self._public[(member, key.key_id)] = key

    def _file(self, member: str) -> Path:
        return self._folder / f"{_safe(member)}.pem"


def _safe(name: str) -> str:
    """A name that can not leave its folder. Raises ``SignatureWrong``."""
    if not name or len(name) > 100 or not all(sign.isalnum() or sign in "-_" for sign in name):
        raise SignatureWrong(reason="a name that no key has")
    return name
