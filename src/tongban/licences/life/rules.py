"""Which changes fit which state, and which take effect at once: pure decisions, no I/O."""

from collections.abc import Mapping

from tongban.licences.errors import ReasonMissing
from tongban.licences.life.errors import BasisMissing, NothingCorrected
from tongban.licences.life.models import ChangeKind, Wish
from tongban.licences.models import Licence, StoredState
from tongban.licences.rules import check_change

AT_ONCE: frozenset[ChangeKind] = frozenset({"suspend"})
"""What cannot wait for a second person: danger. Everything else that is taken or given needs one."""
BECOMES: Mapping[ChangeKind, StoredState] = {
    "suspend": "suspended",
    "resume": "valid",
    "revoke": "revoked",
    "withdraw": "withdrawn",
    "cancel": "cancelled",
    "correct": "cancelled",
    "reissue": "cancelled",
}
"""The state of the licence afterwards; a correction and a reissue bring a successor."""
LONGEST_REASON, LONGEST_BASIS = 2000, 200


def possible(licence: Licence) -> list[ChangeKind]:
    """What may be asked for while the licence is in its present state, in the order of a form."""
    if licence.state == "valid":
        return ["suspend", "correct", "reissue", "revoke", "withdraw", "cancel"]
    if licence.state == "suspended":
        return ["resume", "revoke", "withdraw", "cancel"]
    return ["cancel"] if licence.state == "expired" else []


def check_wish(licence: Licence, wish: Wish) -> Wish:
    """``wish`` with texts trimmed and only what a correction changes.

    Raises ``StateUnfit``, ``ReasonMissing``, ``BasisMissing``, ``NothingCorrected``.
    """
    check_change(licence.state, BECOMES[wish.kind])
    reasons, basis = _plain(wish.reasons)[:LONGEST_REASON], _plain(wish.basis)[:LONGEST_BASIS]
    if not reasons:
        raise ReasonMissing("reasons")
    if not basis:
        raise BasisMissing("basis")
    facts = _corrected(licence, wish.facts) if wish.kind == "correct" else {}
    return Wish(wish.kind, reasons, basis, facts)


def _plain(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\0", "").strip()


def _corrected(licence: Licence, facts: Mapping[str, str]) -> dict[str, str]:
    stated = {one.id: one.value for one in licence.fields}
    changed = {name: _plain(text) for name, text in facts.items() if name in stated and _plain(text) != stated[name]}
    if not changed or not all(changed.values()):
        raise NothingCorrected("facts")
    return changed
