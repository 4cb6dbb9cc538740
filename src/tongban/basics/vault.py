"""Encryption at rest for what must not be readable in the database, a log or a lost disk.

Called by every noun that stores personal data, and by whoever looks a person up by number. Only this module
knows algorithms; the envelope names its own, so keys and algorithms can change while old data stays readable.
"""

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from typing import Literal, NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from cryptography.hazmat.primitives.hashes import SM3
from cryptography.hazmat.primitives.hmac import HMAC

from tongban.basics.errors import TongbanError

Algorithm = Literal["AES-256-GCM", "SM4-GCM", "SM4-GCM-SM3"]
"""How an envelope is sealed. ``SM4-GCM-SM3`` is of the national algorithms alone; the other two derive with SHA-256."""

_VERSION = 1
_NUMBERS: dict[Algorithm, int] = {"AES-256-GCM": 1, "SM4-GCM": 2, "SM4-GCM-SM3": 3}
_ALGORITHMS = {number: name for name, number in _NUMBERS.items()}
_KEY_BYTES: dict[Algorithm, int] = {"AES-256-GCM": 32, "SM4-GCM": 16, "SM4-GCM-SM3": 16}
_SALT, _NONCE, _TAG, _ROOT_KEY = 12, 12, 16, 32


class VaultError(TongbanError):
    """The vault refused. Never says anything about the content."""

    code = "vault.refused"
    status = 500
    zh = "数据保护模块拒绝了操作。"
    en = "The vault refused."


class SealBroken(VaultError):
    """The sealed bytes were changed, cut, or belong to another context."""

    code = "vault.seal_broken"
    zh = "加密数据已损坏、被改动或不属于此处，未予解密。"
    en = "The sealed data is damaged, altered or out of place, and was not opened."


class KeyMissing(VaultError):
    """The data was sealed with a key that this vault does not hold."""

    code = "vault.key_missing"
    zh = "缺少密钥“{key_id}”，无法解密。请把该密钥放回密钥文件。"
    en = "Key “{key_id}” is missing, so the data cannot be opened. Put that key back into the key file."


class KeyFileFault(VaultError):
    """The key file cannot be used as it is."""

    code = "vault.key_file"
    zh = "密钥文件 {path} 不能使用：{problem_zh}。{repair_zh}。"
    en = "Key file {path} cannot be used: {problem_en}. {repair_en}."


class Vault:
    """Seals and opens bytes, and makes keyed hashes for look-ups.

    Each message gets a key of its own, derived by HMAC (SHA-256 or SM3) from the root key and 12 random bytes, and a
    random 12-byte nonce; so a root key may seal far more than the 2^32 messages that GCM allows one key.
    """

    def __init__(
        self,
        keys: Mapping[str, bytes],
        current: str,
        lookup_key: bytes,
        algorithm: Algorithm = "AES-256-GCM",
    ) -> None:
        """``keys`` maps ids (1–255 ASCII characters) to 32-byte roots; new data is sealed with ``current``.

        ``lookup_key`` (32 bytes) makes the keyed hashes. It stays when ``current`` changes, because a new one
        would orphan every stored hash. Raises ``ValueError`` for keys of any other shape.
        """
        for key_id, key in (*keys.items(), ("lookup", lookup_key)):
            if not (key_id.isascii() and 1 <= len(key_id) <= 255 and len(key) == _ROOT_KEY):
                raise ValueError(f"key {key_id!r} must have an ASCII id and {_ROOT_KEY} bytes")
        if current not in keys:
            raise ValueError(f"the current key {current!r} is not among the keys")
        self._held = _Held(dict(keys), current, lookup_key, algorithm)

    def take_up(self, newer: "Vault") -> None:
        """Hold the keys of ``newer`` from now on: how a running process learns a key without pausing.

        One assignment, so that whoever seals or opens at this moment sees the old keys or the new ones, never a
        mixture. Raises ``ValueError`` when the look-up key differs: every stored hash would be orphaned.
        """
        if not hmac.compare_digest(self._held.lookup_key, newer._held.lookup_key):
            raise ValueError("the look-up key never changes")
        self._held = newer._held

    @property
    def current(self) -> str:
        """Id of the key that seals."""
        return self._held.current

    @property
    def key_ids(self) -> tuple[str, ...]:
        """Ids of every key that opens, sorted."""
        return tuple(sorted(self._held.keys))

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """An envelope that opens only with the same ``context`` (say table, column and row id).

        Layout: version 1 byte, algorithm 1, key id length 1, key id, salt 12, nonce 12, ciphertext, tag 16.
        """
        held = self._held
        header = _prefix(held) + secrets.token_bytes(_SALT)
        nonce = secrets.token_bytes(_NONCE)
        key = _message_key(held.keys[held.current], held.algorithm, header)
        return header + nonce + _encrypt(held.algorithm, key, nonce, plaintext, header + context)

    @property
    def prefix(self) -> bytes:
        """With what every envelope begins that is sealed now: how a store finds those that are sealed otherwise."""
        return _prefix(self._held)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The plaintext of ``sealed``.

        Raises ``KeyMissing`` for an unknown key, ``SealBroken`` for everything else that does not fit.
        """
        algorithm, key_id, header, nonce, body = _split(sealed)
        root = self._held.keys.get(key_id)
        if root is None:
            raise KeyMissing(key_id=key_id)
        try:
            return _decrypt(algorithm, _message_key(root, algorithm, header), nonce, body, header + context)
        except InvalidTag as error:
            raise SealBroken from error

    def needs_resealing(self, sealed: bytes) -> bool:
        """Whether ``sealed`` uses another key or algorithm than new data would. Raises ``SealBroken``."""
        algorithm, key_id, *_ = _split(sealed)
        return (algorithm, key_id) != (self._held.algorithm, self._held.current)

    def keyed_hash(self, purpose: str, value: str) -> bytes:
        """32 bytes by which ``value`` can be found again but not recovered without the key (HMAC-SHA256).

        Hashes of different ``purpose`` cannot be joined. Callers pass the canonical spelling of a code.
        """
        name = purpose.encode()
        message = len(name).to_bytes(4, "big") + name + value.encode()
        return hmac.digest(self._held.lookup_key, message, hashlib.sha256)

    def __repr__(self) -> str:
        """Names of keys only, so that no log ever holds one."""
        return f"Vault(keys={sorted(self._held.keys)}, current={self._held.current!r})"


class _Held(NamedTuple):
    keys: Mapping[str, bytes]
    current: str
    lookup_key: bytes
    algorithm: Algorithm


def _prefix(held: _Held) -> bytes:
    key_id = held.current.encode()
    return bytes((_VERSION, _NUMBERS[held.algorithm], len(key_id))) + key_id


def _message_key(root: bytes, algorithm: Algorithm, header: bytes) -> bytes:
    # The header names version, algorithm and key id and ends in the salt: all separate the derived keys.
    bound = b"tongban vault" + header
    if algorithm != "SM4-GCM-SM3":
        return hmac.digest(root, bound, hashlib.sha256)[: _KEY_BYTES[algorithm]]
    derived = HMAC(root, SM3())
    derived.update(bound)
    return derived.finalize()[: _KEY_BYTES[algorithm]]


def _split(sealed: bytes) -> tuple[Algorithm, str, bytes, bytes, bytes]:
    if len(sealed) < 3 or sealed[0] != _VERSION or sealed[1] not in _ALGORITHMS:
        raise SealBroken
    body = 3 + sealed[2] + _SALT + _NONCE
    key_id = sealed[3 : 3 + sealed[2]]
    if len(sealed) < body + _TAG or not key_id.isascii():
        raise SealBroken
    header, nonce = sealed[: body - _NONCE], sealed[body - _NONCE : body]
    return _ALGORITHMS[sealed[1]], key_id.decode("ascii"), header, nonce, sealed[body:]


def _encrypt(algorithm: Algorithm, key: bytes, nonce: bytes, plaintext: bytes, bound: bytes) -> bytes:
    if algorithm == "AES-256-GCM":
        return AESGCM(key).encrypt(nonce, plaintext, bound)
    cipher = Cipher(SM4(key), modes.GCM(nonce)).encryptor()
    cipher.authenticate_additional_data(bound)
    return cipher.update(plaintext) + cipher.finalize() + cipher.tag


def _decrypt(algorithm: Algorithm, key: bytes, nonce: bytes, body: bytes, bound: bytes) -> bytes:
    if algorithm == "AES-256-GCM":
        return AESGCM(key).decrypt(nonce, body, bound)
    cipher = Cipher(SM4(key), modes.GCM(nonce, body[-_TAG:])).decryptor()
    cipher.authenticate_additional_data(bound)
    return cipher.update(body[:-_TAG]) + cipher.finalize()
