"""Encryption at rest for what must not be readable in the database, a log or a lost disk.

Called by every noun that stores personal data, and by whoever looks a person up by number. Only this module
knows algorithms; the envelope names its own, so keys and algorithms can change while old data stays readable.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from tongban.basics.errors import TongbanError

Algorithm = Literal["AES-256-GCM", "SM4-GCM"]

_VERSION = 1
_NUMBERS: dict[Algorithm, int] = {"AES-256-GCM": 1, "SM4-GCM": 2}
_ALGORITHMS = {number: name for name, number in _NUMBERS.items()}
_KEY_BYTES: dict[Algorithm, int] = {"AES-256-GCM": 32, "SM4-GCM": 16}
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

    Each message gets a key of its own, derived by HMAC-SHA256 from the root key and 12 random bytes, and a
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
        self._keys = dict(keys)
        self._current = current
        self._lookup_key = lookup_key
        self._algorithm: Algorithm = algorithm

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """An envelope that opens only with the same ``context`` (say table, column and row id).

        Layout: version 1 byte, algorithm 1, key id length 1, key id, salt 12, nonce 12, ciphertext, tag 16.
        """
        key_id = self._current.encode()
        header = bytes((_VERSION, _NUMBERS[self._algorithm], len(key_id))) + key_id
        header += secrets.token_bytes(_SALT)
        nonce = secrets.token_bytes(_NONCE)
        key = _message_key(self._keys[self._current], self._algorithm, header)
        return header + nonce + _encrypt(self._algorithm, key, nonce, plaintext, header + context)

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """The plaintext of ``sealed``.

        Raises ``KeyMissing`` for an unknown key, ``SealBroken`` for everything else that does not fit.
        """
        algorithm, key_id, header, nonce, body = _split(sealed)
        root = self._keys.get(key_id)
        if root is None:
            raise KeyMissing(key_id=key_id)
        try:
            return _decrypt(algorithm, _message_key(root, algorithm, header), nonce, body, header + context)
        except InvalidTag as error:
            raise SealBroken from error

    def needs_resealing(self, sealed: bytes) -> bool:
        """Whether ``sealed`` uses another key or algorithm than new data would. Raises ``SealBroken``."""
        algorithm, key_id, *_ = _split(sealed)
        return (algorithm, key_id) != (self._algorithm, self._current)

    def keyed_hash(self, purpose: str, value: str) -> bytes:
        """32 bytes by which ``value`` can be found again but not recovered without the key (HMAC-SHA256).

        Hashes of different ``purpose`` cannot be joined. Callers pass the canonical spelling of a code.
        """
        name = purpose.encode()
        message = len(name).to_bytes(4, "big") + name + value.encode()
        return hmac.digest(self._lookup_key, message, hashlib.sha256)

    def __repr__(self) -> str:
        """Names of keys only, so that no log ever holds one."""
        return f"Vault(keys={sorted(self._keys)}, current={self._current!r})"


def _message_key(root: bytes, algorithm: Algorithm, header: bytes) -> bytes:
    # The header names version, algorithm and key id and ends in the salt: all separate the derived keys.
    return hmac.digest(root, b"tongban vault" + header, hashlib.sha256)[: _KEY_BYTES[algorithm]]


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


class _KeyFile(msgspec.Struct, forbid_unknown_fields=True):
    """The JSON key file: base64 of each root key by id, which one is current, and the look-up key."""

    current: str
    keys: dict[str, bytes]
    lookup_key: bytes
    algorithm: Algorithm = "AES-256-GCM"


def load_or_create(path: Path) -> Vault:
    """The vault of the key file at ``path``, which is made with fresh keys (mode 0600) when it is absent.

    Two processes that start at once end up with the same keys. Raises ``KeyFileFault``, naming the repair,
    for a file that cannot be read, is readable by others, or holds no keys; it is never overwritten.
    """
    try:
        if not path.exists():
            _create(path)
        content = _read_private(path)
    except OSError as error:
        raise _unreadable(path, error) from error
    try:
        file = msgspec.json.decode(content, type=_KeyFile)
        return Vault(file.keys, file.current, file.lookup_key, file.algorithm)
    except (msgspec.MsgspecError, UnicodeDecodeError, ValueError) as error:
        raise _malformed(path) from error


def _create(path: Path) -> None:
    first = _KeyFile("k1", {"k1": secrets.token_bytes(_ROOT_KEY)}, secrets.token_bytes(_ROOT_KEY))
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(first)))
            file.flush()
            os.fsync(file.fileno())
        _publish(draft, path)
    finally:
        draft.unlink()


def _publish(draft: Path, path: Path) -> None:
    # A link appears whole or not at all and never replaces the file of a process that was faster.
    try:
        os.link(draft, path)
    except FileExistsError:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def _read_private(path: Path) -> bytes:
    with path.open("rb") as file:
        mode = os.fstat(file.fileno()).st_mode & 0o777
        if mode & 0o077:
            raise _exposed(path, mode)
        return file.read()


def _unreadable(path: Path, error: OSError) -> KeyFileFault:
    reason = error.strerror or type(error).__name__
    return KeyFileFault(
        path=str(path),
        problem_zh=f"无法读取或创建（{reason}）",
        problem_en=f"it can be neither read nor made ({reason})",
        repair_zh="请检查所在文件夹是否存在，以及运行用户对它的权限",
        repair_en="See that its folder exists and that the user who runs this may use it",
    )


def _exposed(path: Path, mode: int) -> KeyFileFault:
    return KeyFileFault(
        path=str(path),
        problem_zh=f"其他用户可以访问（权限 {mode:04o}）",
        problem_en=f"other users have access to it (mode {mode:04o})",
        repair_zh=f"请执行 chmod 600 {path}，并考虑更换密钥",
        repair_en=f"Run chmod 600 {path}, and consider new keys",
    )


def _malformed(path: Path) -> KeyFileFault:
    return KeyFileFault(
        path=str(path),
        problem_zh="内容不是有效的密钥",
        problem_en="it does not hold valid keys",
        repair_zh="请从备份恢复；删除它会使已加密的数据永远无法解读",
        repair_en="Restore it from a backup; deleting it makes all sealed data unreadable for ever",
    )
