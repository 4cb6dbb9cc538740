"""The working folder of a node: where keys, lists and states lie in it.

Called by whoever puts a process together, by ``run`` and ``serve``, and by the doctor.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tongban.basics.key_file import PLAIN, is_sealed, load_or_create, read_ring
from tongban.basics.vault import Vault
from tongban.connectors.backup.records import LOG_MEMORY
from tongban.ledger.keys import Signer, log_signer
from tongban.ledger.verify_receipt import VerifierKey
from tongban.parties.applications.keys import SigningKeys

if TYPE_CHECKING:
    from tongban.connectors.authority import FileKeys
    from tongban.resources.exchange.keys import KeyRing


@dataclass(frozen=True)
class Home:
    """The working folder and where things lie in it."""

    path: Path

    @property
    def keys(self) -> Path:
        """Keys of this node; never leaves the machine."""
        return self.path / "keys"

    @property
    def connectors(self) -> Path:
        """Where departmental systems answer: this deployment's, no pack's."""
        return self.path / "connectors.yaml"

    @property
    def witnesses(self) -> Path:
        """Public keys of the witnesses, one a line."""
        return self.keys / "witnesses.txt"

    def vault(self) -> Vault:
        """The keys that encrypt at rest: sealed ones opened by the master key, others made at the first start.

        Raises ``MasterMissing`` while those who hold its parts have not assembled it, and ``KeyFileFault``.
        """
        self.keys.mkdir(parents=True, exist_ok=True, mode=0o700)
        return read_ring(self.keys).vault() if is_sealed(self.keys) else load_or_create(self.keys / PLAIN)

    def signer(self, origin: str) -> Signer:
        """The log's key, made at the first start."""
        return log_signer(self.keys / "log.pem", origin)

    def log_key(self, origin: str) -> VerifierKey | None:
        """The public half of the log's key; None where there is no key yet, or not at hand."""
        return self.signer(origin).verifier if (self.keys / "log.pem").exists() else None

    @property
    def log_memory(self) -> Path:
        """How far the signed log of the backups reaches, as this node remembers."""
        return self.path / LOG_MEMORY

    def authority(self, demonstration: bool) -> "FileKeys":
        """The departments' signing keys: given in production, made by themselves in a demonstration."""
        # Imported here because signing PDFs needs large libraries, and most commands sign none.
        from tongban.connectors.authority import DemonstrationAuthority, FileKeys

        folder = self.keys / "departments"
        return DemonstrationAuthority(folder) if demonstration else FileKeys(folder)

    def exchange_keys(self, demonstration: bool) -> "KeyRing":
        """The departments' exchange keys: given in production, made by themselves in a demonstration."""
        from tongban.resources.exchange.keys import KeyRing

        return KeyRing(self.keys / "exchange", makes=demonstration)

    @property
    def identity(self) -> Path:
        """Where the upper level's identity answers: this deployment's (see docs/sign-in.md)."""
        return self.path / "identity.yaml"

    @property
    def licence_metadata(self) -> Path:
        """What this deployment calls the metadata of licences (see docs/licences.md)."""
        return self.path / "licence-metadata.yaml"

    def identity_keys(self) -> SigningKeys:
        """The keys that sign what other applications are told, made when the first of them asks."""
        return SigningKeys(self.keys / "identity")

    def web_secret(self) -> str:
        """What signs form tokens; the same in every worker."""
        return secret_file(self.keys / "web-secret")


def secret_file(path: Path) -> str:
    """The secret in ``path``, made now (mode 0600) if there is none."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with open(path, "x", encoding="ascii", opener=_private) as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text("ascii").strip()


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
