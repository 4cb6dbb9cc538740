"""Who consents to look-ups about the young: a guardian below an age, from then on only who it is about.

The age, and how long a guardian's consent lasts after that birthday, are dated limits of packs (``own-consent``,
``guardian-consent-kept``); where no pack sets an age nobody is asked for it. Law followed: Personal Information
Protection Law 个人信息保护法 article 31. Called when a notice is read, and by the page that shows it.
"""

import datetime as dt

import msgspec
from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.basics.codes import resident_id
from tongban.basics.codes.errors import CodeError
from tongban.basics.database import Connection
from tongban.basics.sql import load_queries
from tongban.cases.clock.errors import LimitUnknown
from tongban.cases.clock.limits import Limits
from tongban.cases.errors import ChildDecides, GuardianDecides
from tongban.cases.kernel import Kernel
from tongban.cases.models import Draft
from tongban.messages.actions import tell
from tongban.parties.guarding.rules import ends_at, turns
from tongban.parties.models import Actor, Particulars
from tongban.resources.consenting import ageing

_queries = load_queries("tongban.cases")
AGE, KEPT = "own-consent", "guardian-consent-kept"


class Span(Struct, frozen=True):
    """``own_from``: when somebody begins to decide on their own data, at ``years``; ``until``: the last moment (not
    included) of what a guardian agreed to before.
    """

    years: int
    own_from: dt.datetime
    until: dt.datetime


def span_of(limits: Limits, region: str, birth: dt.date, now: dt.datetime) -> Span | None:
    """By the rule that binds ``region`` today; None where no pack sets an age. Pure."""
    day = local_day(now)
    try:
        years = limits.at(AGE, region, day).days
    except LimitUnknown:
        return None
    try:
        kept = limits.at(KEPT, region, day).days
    except LimitUnknown:
        kept = 0
    own_from = turns(birth, years)
    return Span(years, own_from, own_from + dt.timedelta(days=kept))


def span_for(kernel: Kernel, draft: Draft, now: dt.datetime) -> Span | None:
    """The span of the person who applies with ``draft``; None for an enterprise, where no birthday is known, and for
    who is of age: an adult's guardian consents while appointed.
    """
    if draft.enterprise is not None:
        return None
    whose = draft.principal
    theirs = msgspec.json.decode(kernel.vault.open(whose.sealed, whose.key), type=Particulars)
    try:
        birth = theirs.birth_date or resident_id.parse(theirs.id_number).birth
    except CodeError:  # A foreigner's document tells no birthday.
        return None
    return None if ends_at(birth) <= now else span_of(kernel.limits, draft.region, birth, now)


def decider(actor: Actor, draft: Draft, span: Span | None, now: dt.datetime) -> ChildDecides | GuardianDecides | None:
    """Why ``actor`` may not consent to look-ups about who applies with ``draft``; None if they may. Pure."""
    if span is None:
        return None
    guardian = any(hat.account == draft.owner and hat.capacity == "guardian" for hat in actor.represented)
    if guardian and now >= span.own_from:
        return ChildDecides(field="consents", years=span.years)
    if draft.owner == actor.account and now < span.own_from:
        return GuardianDecides(field="consents", years=span.years)
    return None


async def age(connection: Connection, now: dt.datetime) -> None:
    """Tell whoever is old enough now what their guardians agreed to, and end what has run out; each at most 100.

    The message waits in the child's account, also where it is only kept: with the matters it goes to who takes it over.
    """
    async with connection.transaction():
        for one in await ageing.grown(connection, now):
            await tell(
                connection, region=one.region, account=one.owner, event=one.id, kind="consent.own_now",
                subject=one.case_id, at=now,
                detail={"journey": one.journey, "material": one.material, "until": one.until.isoformat()},
            )  # fmt: skip
        for region, case_id, material in await ageing.run_out(connection, now):
            await _queries.consent_taken_back(connection, region=region, id=case_id, material=material)
