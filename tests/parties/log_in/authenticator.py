"""An authenticator in software: makes keys and signs challenges as Web Authentication asks, rightly or wrongly."""

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


def text(content: bytes) -> str:
    """Base64url without padding."""
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()


@dataclass
class Authenticator:
    """One key for one site. ``verifies``: it asks finger or face; ``count``: how often it has signed."""

    site: str
    origin: str
    verifies: bool = True
    count: int = 0
    id: bytes = field(default_factory=lambda: secrets.token_bytes(16))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    user: bytes = b""

    def _client(self, kind: str, options: bytes) -> bytes:
        asked = json.loads(options)
        return json.dumps({"type": kind, "challenge": asked["challenge"], "origin": self.origin}).encode()

    def _head(self, flags: int) -> bytes:
        self.count += 1
        flags |= PRESENT | (VERIFIED if self.verifies else 0)
        return hashlib.sha256(self.site.encode()).digest() + bytes([flags]) + self.count.to_bytes(4, "big")

    def make(self, options: bytes) -> bytes:
        """What a browser sends after a key was made."""
        numbers = self.key.public_key().public_numbers()
        public = {1: 2, 3: -7, -1: 1, -2: numbers.x.to_bytes(32, "big"), -3: numbers.y.to_bytes(32, "big")}
        user = json.loads(options)["user"]["id"]
        self.user = base64.urlsafe_b64decode(user + "=" * (-len(user) % 4))
        about = bytes(16) + len(self.id).to_bytes(2, "big") + self.id + cbor2.dumps(public)
        attestation = {"fmt": "none", "attStmt": {}, "authData": self._head(ATTESTED) + about}
        response = {
            "clientDataJSON": text(self._client("webauthn.create", options)),
            "attestationObject": text(cbor2.dumps(attestation)),
        }
        return self._sent(response)

    def sign(self, options: bytes) -> bytes:
        """What a browser sends after a key was used."""
        client, head = self._client("webauthn.get", options), self._head(0)
        signature = self.key.sign(head + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        response = {
            "clientDataJSON": text(client), "authenticatorData": text(head), "signature": text(signature),
            "userHandle": text(self.user),
        }  # fmt: skip
        return self._sent(response)

    def _sent(self, response: dict[str, str]) -> bytes:
        sent = {"id": text(self.id), "rawId": text(self.id), "type": "public-key", "response": response}
        return json.dumps({**sent, "clientExtensionResults": {}}).encode()
