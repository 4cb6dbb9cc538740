"""What may be chosen, what is preselected and what a verifier sees: pure decisions, no I/O."""

from collections.abc import Collection, Sequence

from tongban.basics.calendar import local_day
from tongban.basics.text import mask_name
from tongban.licences.models import Licence, PublicFact
from tongban.licences.presenting.errors import FieldNotThere, NothingToShow
from tongban.licences.presenting.models import Choosable, Presented
from tongban.licences.rules import STATE_NAMES
from tongban.licences.verification_code import plain_of

NAME, NUMBER = "@holder", "@number"
"""What every licence states beside its fields; a field's id never begins with @."""
RANDOM = 11
"""Random characters of a code: 54 bits, for some minutes and a bounded number of tries."""
SECONDS, USUAL_SECONDS = (30, 600), 120
"""How long a code may hold: less nobody can read out, longer it is kept and passed on."""
_LENGTH = 6 + RANDOM + 1


def choosable(licence: Licence) -> list[Choosable]:
    """What the holder of ``licence`` may show, in the order of the licence. Public facts are preselected.

    Type, issuer, dates and state are always shown: without them nothing is verified.
    """
    first = [Choosable(NAME, "持有人全名")] if licence.holder_kind == "person" else []
    stated = [Choosable(one.id, one.label, one.public, one.sensitive) for one in licence.fields]
    return [*first, *stated, Choosable(NUMBER, "证照编号")]


def check_choice(licence: Licence, chosen: Collection[str]) -> list[str]:
    """``chosen`` without repeats, in the licence's order. Raises ``FieldNotThere``, ``NothingToShow``."""
    if licence.state != "valid":
        raise NothingToShow(state=STATE_NAMES[licence.state])
    offered = [one.id for one in choosable(licence)]
    unknown = sorted(set(chosen) - set(offered))
    if unknown:
        raise FieldNotThere("fields", name=unknown[0][:60])
    return [one for one in offered if one in set(chosen)]


def presented(licence: Licence, chosen: Sequence[str]) -> Presented:
    """What the verifier sees of ``licence``: the least and what was chosen, nothing else."""
    masked = licence.holder_kind == "person" and NAME not in chosen
    return Presented(
        type_name=licence.type_name,
        holder=mask_name(licence.holder_name) if masked else licence.holder_name,
        issuer_name=licence.issuer.name,
        issued_on=local_day(licence.issued_at),
        valid_until=licence.valid_until,
        state=licence.state,
        facts=[PublicFact(one.label, one.value) for one in licence.fields if one.id in chosen],
        number=licence.number if NUMBER in chosen else None,
    )


def is_presentation_code(typed: str) -> bool:
    """Whether ``typed`` has the length of a presentation's code, and not of a licence's verification code."""
    return len(plain_of(typed)) == _LENGTH
