"""Verify a receipt, a promise or a call of the exchange alone: this one file, the standard library, `cryptography`.

Called by citizens, lawyers and auditors as ``python verify_receipt.py RECEIPT.json KEYS``. The ledger
itself imports the same functions, so what seals an entry and what checks it cannot drift apart.
It opens no network connection and no database: receipt and public keys are all it needs.

KEYS is a file with one verifier key a line (``name+hash+base64``, C2SP signed-note). Keys of type 1
sign the log's checkpoints; keys of type 4 belong to witnesses and cosign them.
Hashes follow RFC 6962 section 2.1, proofs RFC 9162 section 2.1.3.2, notes C2SP signed-note v1,
checkpoints C2SP tlog-checkpoint v1, cosignatures C2SP tlog-cosignature v1.
"""

import base64
import binascii
import hashlib
import hmac
import json
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

RECEIPT_TYPE = "tongban-ledger-receipt/v1"
PROMISE_TYPE = "tongban-ledger-promise/v1"
BUNDLE_TYPE = "tongban-exchange-bundle/v1"
LEAF_FIELDS = ("at", "id", "kind", "region")
PAYLOAD_FIELDS = ("data", "person", "retain_until", "subject")
LOG_KEY = 1
WITNESS_KEY = 4


class InvalidProof(Exception):
    """What was handed in does not prove what it claims; the message says which step failed."""


class VerifierKey(NamedTuple):
    """A public Ed25519 key with its name and its C2SP signature type (1 log, 4 witness)."""

    name: str
    kind: int
    public: bytes

    @property
    def key_id(self) -> bytes:
        """Four bytes: SHA-256 of name, newline, type and key, shortened."""
        return hashlib.sha256(self.name.encode() + b"\n" + bytes([self.kind]) + self.public).digest()[:4]

    def __str__(self) -> str:
        encoded = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.key_id.hex()}+{encoded}"


class Checkpoint(NamedTuple):
    """The signed head of a log: its name, its number of leaves, its 32-byte root, the signed text."""

    origin: str
    size: int
    root: bytes
    text: str


class Verdict(NamedTuple):
    """What was proven: ``kind`` is receipt, promise or exchange, ``erased`` means the payload is gone by right."""

    kind: str
    leaf_index: int | None
    size: int | None
    erased: bool
    witnesses: tuple[tuple[str, int], ...]
    include_by: str | None


_canonical = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> bytes:
    """UTF-8 JSON with sorted keys (by code point) and no white space, after RFC 8785."""
    return _canonical.encode(value).encode()


def leaf_hash(leaf: bytes) -> bytes:
    """SHA-256 of a leaf, prefixed by 0x00 (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """SHA-256 of an inner node, prefixed by 0x01 (RFC 6962 section 2.1)."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def payload_digest(salt: bytes, payload: bytes) -> bytes:
    """HMAC-SHA256 of a canonical payload under the entry's own 16-byte salt."""
    return hmac.digest(salt, payload, "sha256")


def root_from_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes]) -> bytes:
    """The root that ``proof`` leads to from leaf hash ``leaf`` at ``index`` in a tree of ``size`` leaves.

    Raises `InvalidProof` when the proof's length does not fit. RFC 9162 section 2.1.3.2.
    """
    if not 0 <= index < size:
        raise InvalidProof("leaf index lies outside the tree")
    node, last, current = index, size - 1, leaf
    for step in proof:
        if last == 0:
            raise InvalidProof("inclusion proof is too long")
        if node & 1 or node == last:
            current = node_hash(step, current)
            while node and not node & 1:
                node, last = node >> 1, last >> 1
        else:
            current = node_hash(current, step)
        node, last = node >> 1, last >> 1
    if last:
        raise InvalidProof("inclusion proof is too short")
    return current


def parse_key(text: str) -> VerifierKey:
    """Read a verifier key ``name+hash+base64``; raises `InvalidProof` when any part is wrong."""
    try:
        name, shown, encoded = text.strip().split("+", 2)
        material = base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error) as error:
        raise InvalidProof(f"not a verifier key: {text.strip()!r}") from error
    if len(material) != 33 or material[0] not in (LOG_KEY, WITNESS_KEY):
        raise InvalidProof(f"unknown key type or length: {text.strip()!r}")
    key = VerifierKey(name, material[0], material[1:])
    if not name or key.key_id.hex() != shown:
        raise InvalidProof(f"key hash does not fit its key: {text.strip()!r}")
    return key


def parse_keys(text: str) -> list[VerifierKey]:
    """Read verifier keys, one a line; empty lines and lines that begin with ``#`` are skipped."""
    lines = [line.strip() for line in text.splitlines()]
    return [parse_key(line) for line in lines if line and not line.startswith("#")]


def _check_signature(key: VerifierKey, text: str, signature: bytes) -> int:
    message, stamp = text.encode(), 0
    if key.kind == WITNESS_KEY:
        stamp = int.from_bytes(signature[:8], "big")
        message, signature = f"cosignature/v1\ntime {stamp}\n{text}".encode(), signature[8:]
    try:
        Ed25519PublicKey.from_public_bytes(key.public).verify(signature, message)
    except InvalidSignature as error:
        raise InvalidProof(f"signature of {key.name} does not verify") from error
    return stamp


def open_note(note: str, keys: Sequence[VerifierKey]) -> tuple[str, list[tuple[VerifierKey, int]]]:
    """Split a signed note and verify every signature by a known key.

    Returns the text and the keys that signed, each with its cosignature time (POSIX seconds; 0 for a
    log key). Unknown keys are ignored; a wrong signature by a known key raises `InvalidProof`.
    """
    text, gap, block = note.rpartition("\n\n")
    if not gap or not block.endswith("\n"):
        raise InvalidProof("not a signed note")
    known, signed = {(key.name, key.key_id): key for key in keys}, []
    for line in block.splitlines():
        dash, _, rest = line.partition(" ")
        name, _, encoded = rest.partition(" ")
        if dash != "—" or not name:
            raise InvalidProof("a signature line is malformed")
        blob = decode(encoded, "signature")
        key = known.get((name, blob[:4]))
        if key:
            signed.append((key, _check_signature(key, text + "\n", blob[4:])))
    return text + "\n", signed


def parse_checkpoint(text: str) -> Checkpoint:
    """Read the text of a checkpoint (origin, size, root); raises `InvalidProof` when malformed."""
    lines = text.split("\n")
    if len(lines) < 4 or not all(lines[:-1]) or lines[-1]:
        raise InvalidProof("checkpoint text is malformed")
    size, root = lines[1], decode(lines[2], "root")
    if not (size.isascii() and size.isdigit()) or str(int(size)) != size or len(root) != 32:
        raise InvalidProof("checkpoint size or root is malformed")
    return Checkpoint(lines[0], int(size), root, text)


def decode(text: Any, what: str) -> bytes:
    """Standard base64 to bytes; raises `InvalidProof` naming ``what``."""
    try:
        return base64.b64decode(text, validate=True)
    except (ValueError, TypeError) as error:
        raise InvalidProof(f"{what} is not base64") from error


def open_checkpoint(
    note: str, origin: str, keys: Sequence[VerifierKey]
) -> tuple[Checkpoint, tuple[tuple[str, int], ...]]:
    """Verify a checkpoint note of log ``origin``: the log's key must have signed it.

    Returns the checkpoint and the witnesses that cosigned it (name, POSIX seconds).
    """
    text, signed = open_note(note, keys)
    checkpoint = parse_checkpoint(text)
    if checkpoint.origin != origin:
        raise InvalidProof(f"checkpoint belongs to {checkpoint.origin}, not to {origin}")
    if not any(key.kind == LOG_KEY and key.name == origin for key, _ in signed):
        raise InvalidProof("checkpoint carries no signature of the log's key")
    return checkpoint, tuple((key.name, stamp) for key, stamp in signed if key.kind == WITNESS_KEY)


def check_leaf(leaf: bytes, entry: Mapping[str, Any]) -> bytes:
    """Check that ``leaf`` describes ``entry`` and is canonical; returns the salted digest it holds."""
    try:
        fields = json.loads(leaf)
        digest = decode(fields["digest"], "digest")
        wrong = [name for name in LEAF_FIELDS if fields[name] != entry[name]]
    except (ValueError, KeyError, TypeError) as error:
        raise InvalidProof("leaf is malformed") from error
    if wrong or canonical(fields) != leaf:
        raise InvalidProof(f"leaf does not fit the entry: {', '.join(wrong) or 'not canonical'}")
    return digest


def verify_receipt(receipt: Mapping[str, Any], keys: Sequence[VerifierKey]) -> Verdict:
    """Prove that the entry of ``receipt`` stands in the log, and that its payload is unchanged.

    ``keys`` must hold the log's key; when it holds witness keys, at least one of them must have
    cosigned. A receipt without salt is of an erased entry: its place is proven, its payload is gone.
    Raises `InvalidProof`.
    """
    entry, leaf = receipt["entry"], decode(receipt["leaf"], "leaf")
    digest, erased = check_leaf(leaf, entry), receipt["salt"] is None
    if not erased:
        payload = canonical({name: entry[name] for name in PAYLOAD_FIELDS})
        if payload_digest(decode(receipt["salt"], "salt"), payload) != digest:
            raise InvalidProof("the payload was changed: its salted digest differs")
    elif entry["data"] is not None:
        raise InvalidProof("a payload without its salt cannot be checked")
    checkpoint, witnesses = open_checkpoint(receipt["checkpoint"], receipt["origin"], keys)
    proof = [decode(step, "inclusion proof") for step in receipt["inclusion_proof"]]
    index = int(receipt["leaf_index"])
    if root_from_inclusion(leaf_hash(leaf), index, checkpoint.size, proof) != checkpoint.root:
        raise InvalidProof("the inclusion proof does not lead to the signed root")
    if any(key.kind == WITNESS_KEY for key in keys) and not witnesses:
        raise InvalidProof("no known witness has cosigned this checkpoint yet")
    return Verdict("receipt", index, checkpoint.size, erased, witnesses, None)


def promise_text(promise: Mapping[str, Any]) -> str:
    """What the node signs: a line of its own for this purpose, then the promise without signature."""
    claims = {name: value for name, value in promise.items() if name != "signature"}
    return f"{PROMISE_TYPE}\n{canonical(claims).decode()}\n"


def verify_promise(promise: Mapping[str, Any], keys: Sequence[VerifierKey]) -> Verdict:
    """Prove that the node signed this promise to include; raises `InvalidProof`."""
    check_leaf(decode(promise["leaf"], "leaf"), promise)
    blob = decode(promise["signature"], "signature")
    for key in keys:
        if key.kind == LOG_KEY and key.name == promise["origin"] and key.key_id == blob[:4]:
            _check_signature(key, promise_text(promise), blob[4:])
            return Verdict("promise", None, None, False, (), promise["include_by"])
    raise InvalidProof("promise carries no signature of a known log key")


def _opened(receipt: Mapping[str, Any], keys: Sequence[VerifierKey], kind: str) -> Mapping[str, Any]:
    """The entry of a proven receipt whose kind begins with ``kind`` and whose payload still stands."""
    if verify_receipt(receipt, keys).erased or not receipt["entry"]["kind"].startswith(kind):
        raise InvalidProof(f"not the receipt of a standing {kind} entry")
    entry: Mapping[str, Any] = receipt["entry"]
    return entry


def _grant_at(history: Sequence[Mapping[str, Any]], revision: int) -> tuple[dict[str, Any], bool]:
    """What a grant said at ``revision`` (its creation is the first, every later entry one more), and if it stood."""
    said: dict[str, Any] = {}
    stands = False
    for entry in history[:revision]:
        said |= entry["data"]
        stands = entry["kind"] != "grant.revoked"
    return said, stands


def verify_bundle(bundle: Mapping[str, Any], keys: Sequence[VerifierKey]) -> Verdict:
    """Prove that a call of the exchange was made under a grant that was valid at that time.

    ``intent`` is the receipt of the call's ``exchange.intended``; ``grant`` are the receipts of the grant's entries, in
    the order of their times, at least up to the revision that the call names. Raises `InvalidProof`.
    """
    asked = _opened(bundle["intent"], keys, "exchange.intended")
    call, at = asked["data"], datetime.fromisoformat(asked["at"])
    history = [_opened(receipt, keys, "grant.") for receipt in bundle["grant"]]
    times = [datetime.fromisoformat(entry["at"]) for entry in history]
    if any(entry["subject"] != call["grant"] for entry in history) or times != sorted(times):
        raise InvalidProof("the entries are not this grant's, or not in order")
    if len(history) < call["revision"] or not history or history[0]["kind"] != "grant.created":
        raise InvalidProof("the grant's entries do not reach the revision that the call names")
    said, stands = _grant_at(history, call["revision"])
    if not stands or not times[0] <= at < datetime.fromisoformat(said["until"]):
        raise InvalidProof("the grant was not valid when the call was made")
    if any(said[name] != call[name] for name in ("consumer", "resource", "purpose")):
        raise InvalidProof("the call is another department's, of other data or for another purpose than the grant")
    if not set(call["fields"]) <= set(said["fields"]):
        raise InvalidProof("the call asked for fields that the grant does not give")
    first = verify_receipt(bundle["intent"], keys)
    return Verdict("exchange", first.leaf_index, first.size, False, first.witnesses, None)


def verify(document: Mapping[str, Any], keys: Sequence[VerifierKey]) -> Verdict:
    """Verify a receipt, a promise or a call's bundle, whichever ``document`` says it is; raises `InvalidProof`."""
    checks = {RECEIPT_TYPE: verify_receipt, PROMISE_TYPE: verify_promise, BUNDLE_TYPE: verify_bundle}
    try:
        return checks[document["type"]](document, keys)
    except (KeyError, TypeError, ValueError) as error:
        raise InvalidProof(f"document is incomplete or malformed ({error})") from error


def describe(verdict: Verdict) -> str:
    """The verdict in two sentences, Chinese first."""
    if verdict.kind == "promise":
        return f"承诺有效：须在 {verdict.include_by} 前封存。\nValid promise: include by {verdict.include_by}."
    who = ", ".join(name for name, _ in verdict.witnesses) or "-"
    if verdict.kind == "exchange":
        return (
            f"调用有据：第 {verdict.leaf_index} 条，当时的共享授权有效，用途和字段都在授权之内，见证：{who}。\n"
            f"Lawful call: leaf {verdict.leaf_index}; its grant was valid and covers it, witnesses: {who}."
        )
    state_zh, state_en = ("内容已依法删除", "payload erased") if verdict.erased else ("内容未改", "unchanged")
    return (
        f"回执有效：第 {verdict.leaf_index} 条，检查点 {verdict.size} 条，{state_zh}，见证：{who}。\n"
        f"Valid receipt: leaf {verdict.leaf_index} of {verdict.size}, {state_en}, witnesses: {who}."
    )


def main(arguments: Sequence[str]) -> int:
    """Exit 0 when proven, 1 when not, 2 when called wrongly."""
    if len(arguments) != 2:
        print("用法 usage: python verify_receipt.py RECEIPT.json KEYS", file=sys.stderr)
        return 2
    try:
        keys = parse_keys(Path(arguments[1]).read_text("utf-8"))
        print(describe(verify(json.loads(Path(arguments[0]).read_text("utf-8")), keys)))
    except OSError as error:
        print(f"无法读取文件 cannot read: {error}", file=sys.stderr)
        return 2
    except (InvalidProof, ValueError) as error:
        print(f"验证失败 NOT VALID: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
