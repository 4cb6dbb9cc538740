"""The list as text: made, signed, opened and asked, with nothing but public keys.

A C2SP signed note under the log's key. Its lines: what it is, region, version, moments, the log's head when it was
made, how many it lists; then base64 of 17 bytes each: 16 of SHA-256 over the verification code, one for the state. The
codes themselves are not in it: who has a licence finds it, nobody else learns which exist.
"""

import base64
import datetime as dt
import hashlib
from collections.abc import Iterable, Sequence

from msgspec import Struct

from tongban.ledger.keys import Signer, signature_line
from tongban.ledger.verify_receipt import InvalidProof, VerifierKey, open_note
from tongban.licences.listing.errors import ListElsewhere, ListOld, ListUnfit
from tongban.licences.models import StoredState
from tongban.licences.verification_code import parse_code

TITLE = "tongban-licence-list/1"
LASTS = dt.timedelta(days=7)
_SIZE = 16
_LINE = 76
_STATES: tuple[StoredState, ...] = ("suspended", "revoked", "withdrawn", "cancelled")
_FIELDS = ("region", "version", "made", "until", "log", "listed")


class Listed(Struct, frozen=True):
    """An opened list. ``log``: size and root of the log when it was made, empty before the first seal."""

    region: str
    version: int
    made: dt.datetime
    until: dt.datetime
    log: str
    states: dict[bytes, StoredState]
    signers: tuple[str, ...]


def mark_of(code: str) -> bytes:
    """How the list knows a licence: 16 bytes out of its verification code (canonical spelling)."""
    return hashlib.sha256(f"tongban licence {code}".encode()).digest()[:_SIZE]


def pack(codes: Iterable[tuple[str, StoredState]]) -> bytes:
    """The sorted records of a list."""
    return b"".join(sorted(mark_of(code) + bytes([_STATES.index(state)]) for code, state in codes))


def sign_list(signer: Signer, region: str, version: int, made: dt.datetime, log: str, packed: bytes) -> str:
    """The signed list. ``made`` the platform's time; it holds for a week."""
    facts = (region, version, _spelt(made), _spelt(made + LASTS), log or "-", len(packed) // (_SIZE + 1))
    head = [TITLE, *(f"{name} {value}" for name, value in zip(_FIELDS, facts, strict=True))]
    body = base64.b64encode(packed).decode()
    lines = [body[at : at + _LINE] for at in range(0, len(body), _LINE)]
    text = "\n".join([*head, *lines]) + "\n"
    return f"{text}\n{signature_line(signer.name, signer.sign(text))}"


def _spelt(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def open_list(note: str, keys: Sequence[VerifierKey]) -> Listed:
    """The list that one of ``keys`` signed. Raises ``ListUnfit``."""
    try:
        text, signed = open_note(note, keys)
    except InvalidProof as error:
        raise ListUnfit("list", reason_zh="签名有误", reason_en=f"its signature is wrong ({error})") from error
    if not signed:
        raise ListUnfit("list", reason_zh="没有已知密钥的签名", reason_en="none of the known keys signed it")
    try:
        return _parsed(text, tuple(key.name for key, _ in signed))
    except (ValueError, IndexError) as error:
        raise ListUnfit("list", reason_zh="内容不是清单", reason_en="it does not read like a list") from error


def _parsed(text: str, signers: tuple[str, ...]) -> Listed:
    title, *lines = text.splitlines()
    facts = dict(line.split(" ", 1) for line in lines[: len(_FIELDS)])
    packed = base64.b64decode("".join(lines[len(_FIELDS) :]), validate=True)
    step = _SIZE + 1
    if title != TITLE or tuple(facts) != _FIELDS or len(packed) != int(facts["listed"]) * step:
        raise ValueError(title)
    states = {packed[at : at + _SIZE]: _STATES[packed[at + _SIZE]] for at in range(0, len(packed), step)}
    made, until = dt.datetime.fromisoformat(facts["made"]), dt.datetime.fromisoformat(facts["until"])
    return Listed(facts["region"], int(facts["version"]), made, until, facts["log"].strip("-"), states, signers)


def ask(listed: Listed, code: str, now: dt.datetime) -> StoredState:
    """What the list says of the licence with ``code``: a state, ``valid`` where it is not listed.

    What is listed is said also by an old list. Raises ``CodeMistyped``, ``ListElsewhere``, ``ListOld``.
    """
    region, canonical = parse_code(code)
    if region != listed.region:
        raise ListElsewhere("list", region=region, listed=listed.region)
    found = listed.states.get(mark_of(canonical))
    if found is None and now > listed.until:
        raise ListOld("list", until=_spelt(listed.until))
    return found or "valid"
