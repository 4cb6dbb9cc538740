"""Signatures of departments: one face for Ed25519, ECDSA on P-256, and SM2.

Called by ``keys`` and by whoever checks a log. Ed25519 after RFC 8032; P-256 with SHA-256 after FIPS 186-5 (DER);
SM2 with SM3 after GB/T 32918, by a library of its own that a deployment installs when it must (``tongban[sm2]``).
"""

import hashlib
from typing import Any, Protocol

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
    load_pem_public_key,
)

from tongban.resources.exchange.errors import SignatureWrong
from tongban.resources.exchange.models import Signature

ED25519, P256, SM2 = "Ed25519", "ECDSA-P256-SHA256", "SM2-SM3"
ALGORITHMS = (ED25519, P256, SM2)
_P256_HASH = ec.ECDSA(hashes.SHA256())


class PublicKey(Protocol):
    """What verifies."""

    algorithm: str
    key_id: str

    def verify(self, signature: bytes, text: bytes) -> bool:
        """Whether ``signature`` over ``text`` is this key's."""
        ...

    def pem(self) -> bytes:
        """SubjectPublicKeyInfo, PEM."""
        ...


class PrivateKey(Protocol):
    """What signs."""

    public: PublicKey

    def sign(self, text: bytes) -> bytes:
        """The signature over ``text``, as the algorithm writes it."""
        ...

    def pem(self) -> bytes:
        """PKCS #8, unencrypted PEM: for a file of mode 0600."""
        ...


def signed(key: PrivateKey, text: bytes) -> Signature:
    """A detached signature of ``key`` over ``text``."""
    return Signature(key.public.algorithm, key.public.key_id, key.sign(text))


def check(key: PublicKey, signature: Signature, text: bytes) -> None:
    """Raise ``SignatureWrong`` unless ``signature`` over ``text`` is ``key``'s, by its own algorithm."""
    if (signature.algorithm, signature.key_id) != (key.algorithm, key.key_id):
        raise SignatureWrong(reason="another key than the registered one")
    if not key.verify(signature.value, text):
        raise SignatureWrong(reason="the signed text differs")


def generate(algorithm: str) -> PrivateKey:
    """A new key of one of ``ALGORITHMS``. Raises ``ValueError``, and ``ImportError`` where SM2's library is missing."""
    if algorithm == ED25519:
        return _Ed25519Private(ed25519.Ed25519PrivateKey.generate())
    if algorithm == P256:
        return _P256Private(ec.generate_private_key(ec.SECP256R1()))
    if algorithm == SM2:
        made: PrivateKey = _sm2().generate()
        return made
    raise ValueError(f"unknown algorithm {algorithm!r}")


def load_private(pem: bytes) -> PrivateKey:
    """The key in ``pem``. Raises ``ValueError`` for any other kind of key."""
    try:
        key = load_pem_private_key(pem, None)
    except UnsupportedAlgorithm:
        private: PrivateKey = _sm2().load_private(pem)
        return private
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return _Ed25519Private(key)
    if isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        return _P256Private(key)
    raise ValueError("neither Ed25519 nor P-256 nor SM2")


def load_public(pem: bytes) -> PublicKey:
    """The key in ``pem``. Raises ``ValueError`` for any other kind of key."""
    try:
        key = load_pem_public_key(pem)
    except UnsupportedAlgorithm:
        public: PublicKey = _sm2().load_public(pem)
        return public
    if isinstance(key, ed25519.Ed25519PublicKey):
        return _Ed25519Public(key)
    if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1):
        return _P256Public(key)
    raise ValueError("neither Ed25519 nor P-256 nor SM2")


def key_id_of(pem: bytes) -> str:
    """Sixteen hexadecimal digits of SHA-256 over a public key's PEM."""
    return hashlib.sha256(pem).hexdigest()[:16]


def _sm2() -> Any:
    # Loaded only where a deployment signs with it: a C library that most nodes do not have.
    from tongban.resources.exchange import sm2

    return sm2


class _Ed25519Public:
    algorithm = ED25519

    def __init__(self, key: ed25519.Ed25519PublicKey) -> None:
        self._key = key
        self.key_id = key_id_of(self.pem())

    def verify(self, signature: bytes, text: bytes) -> bool:
        try:
            self._key.verify(signature, text)
        except InvalidSignature:
            return False
        return True

    def pem(self) -> bytes:
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class _Ed25519Private:
    def __init__(self, key: ed25519.Ed25519PrivateKey) -> None:
        self._key = key
        self.public: PublicKey = _Ed25519Public(key.public_key())
        self.sign = key.sign

    def pem(self) -> bytes:
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


class _P256Public:
    algorithm = P256

    def __init__(self, key: ec.EllipticCurvePublicKey) -> None:
        self._key = key
        self.key_id = key_id_of(self.pem())

    def verify(self, signature: bytes, text: bytes) -> bool:
        try:
            self._key.verify(signature, text, _P256_HASH)
        except InvalidSignature:
            return False
        return True

    def pem(self) -> bytes:
        return self._key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class _P256Private:
    def __init__(self, key: ec.EllipticCurvePrivateKey) -> None:
        self._key = key
        self.public: PublicKey = _P256Public(key.public_key())

    def sign(self, text: bytes) -> bytes:
        return self._key.sign(text, _P256_HASH)

    def pem(self) -> bytes:
        return self._key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
