"""SM2 with SM3 (GB/T 32918) by Tongsuo's library, behind the face of ``signing``.

Called by ``signing`` only when a key of that kind is made or read.
"""

from tongsuopy.crypto import hashes
from tongsuopy.crypto.asymciphers import ec
from tongsuopy.crypto.exceptions import InternalError, InvalidSignature
from tongsuopy.crypto.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from tongban.resources.exchange import signing

_HASH = ec.ECDSA(hashes.SM3())


class _Public:
    algorithm = signing.SM2

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        self._key = key
        self.key_id = signing.key_id_of(self.pem())

    def verify(self, signature: bytes, text: bytes) -> bool:
        try:
            self._key.verify(signature, text, _HASH)
        except (InvalidSignature, InternalError):
            # What is no signature at all is told as an error of the library's own.
            return False
        return True

    def pem(self) -> bytes:
        encoded: bytes = self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        return encoded


class _Private:
    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self.public: signing.PublicKey = _Public(key.public_key())

    def sign(self, text: bytes) -> bytes:
        signature: bytes = self._key.sign(text, _HASH)
        return signature

    def pem(self) -> bytes:
        encoded: bytes = self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return encoded


def generate() -> signing.PrivateKey:
    """A new SM2 key."""
    return _Private(ec.generate_private_key(ec.SM2()))


def load_private(pem: bytes) -> signing.PrivateKey:
    """The SM2 key in ``pem``. Raises ``ValueError``."""
    return _Private(load_pem_private_key(pem, None))


def load_public(pem: bytes) -> signing.PublicKey:
    """The public SM2 key in ``pem``. Raises ``ValueError``."""
    return _Public(load_pem_public_key(pem))
