"""How sure it must be who acts: pure decisions, asked by what looks data up and by what is submitted."""

from collections.abc import Mapping

from tongban.parties.errors import AssuranceTooLow
from tongban.parties.models import Actor, Assurance

NEEDED: Mapping[Assurance, tuple[str, str]] = {
    "declared": ("注册", "an account"),
    "real-name": ("实名认证", "proof of your identity"),
    "strong": ("通行密钥确认", "confirmation with a passkey"),
}


def require_assured(actor: Actor, level: Assurance) -> None:
    """Raise ``AssuranceTooLow`` unless it is at least as sure as ``level`` who acts."""
    if not actor.assured(level):
        # Who is not proved yet is sent to that first, whatever else is asked.
        needed: Assurance = "real-name" if actor.assurance == "declared" else level
        zh, en = NEEDED[needed]
        raise AssuranceTooLow(needed=needed, zh=zh, en=en)
