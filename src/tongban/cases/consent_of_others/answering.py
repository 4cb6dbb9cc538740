"""Answer a request for one's own consent to a look-up for somebody else's application: give it or refuse it.

Only the person whose data it is, in a session of their own that is proved: neither an agent nor a guardian answers, and
who applies is told of a consent, never of a refusal. Taking it back is ``actions.consents``, as for any consent. Called
by "my data" on pages and by programs. Law followed: Personal Information Protection Law 个人信息保护法 articles 14 to
17, 23 and 29.
"""

import datetime as dt
from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct, to_builtins

from tongban.basics.database import Connection, platform_now
from tongban.basics.ids import new_id
from tongban.basics.second_wall import as_platform
from tongban.basics.sql import load_queries
from tongban.cases.consent_of_others.errors import RequestNotFound, RequestOver
from tongban.cases.kernel import Kernel
from tongban.cases.look_up_plans import LookUpPlan, plans_of
from tongban.ledger.actions import prepare, record
from tongban.messages.actions import tell
from tongban.parties.log_in.rules import require_assured
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may
from tongban.resources.consenting import actions as consenting
from tongban.resources.consenting.actions import Agreeing, Shown
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Material

_queries = load_queries("tongban.cases.consent_of_others")
_REASON = "a request for consent is answered by whom it is about, for another's application"
Answer = Literal["given", "refused"]


class Asked(Struct, frozen=True):
    """A request to oneself. ``asker``: the name of who applies; ``until``: when a consent given now would end.

    ``answer``: what was answered; ``open``: whether an answer still counts. ``plans``: what would be looked up.
    """

    region: str
    id: UUID
    case_id: UUID
    version: JourneyVersion
    material: Material
    asker: str
    asked_at: dt.datetime
    until: dt.datetime
    answer: Answer | None
    open: bool
    plans: Sequence[LookUpPlan]


async def asked_of_me(kernel: Kernel, actor: Actor) -> list[Asked]:
    """What waits for the actor's own answer, newest first, at most 20; nothing for who only says who they are."""
    if not actor.assured("real-name"):
        return []
    with as_platform(_REASON):
        async with kernel.database.connection() as connection:
            rows = [row async for row in _queries.waiting(connection, asked_key=actor.id_key)]
    return [_asked(kernel, row) for row in rows]


async def request(kernel: Kernel, actor: Actor, region: str, request_id: UUID) -> Asked:
    """One request to the actor. Raises ``AssuranceTooLow``, ``RequestNotFound``."""
    require_assured(actor, "real-name")
    with as_platform(_REASON):
        async with kernel.database.connection() as connection:
            return _asked(kernel, await _own(connection, actor, region, request_id))


async def answer(
    kernel: Kernel, actor: Actor, region: str, request_id: UUID, said: Answer, language: str = "zh-CN"
) -> Asked:
    """Give or refuse consent; harmless a second time. Returns the request as it stands then.

    ``language``: in which the text was shown. Raises ``AssuranceTooLow``, ``RequestNotFound``, ``RequestOver``.
    """
    require_assured(actor, "real-name")
    with as_platform(_REASON):
        async with kernel.database.transaction() as connection:
            await _queries.lock_request(connection, region=region, id=request_id)
            row = await _own(connection, actor, region, request_id)
            if row.answer != said:
                if row.answer is not None or not row.open:
                    raise RequestOver()
                await _answer(connection, kernel, actor, row, said, language)
            return _asked(kernel, await _queries.request(connection, region=region, id=request_id))


async def _own(connection: Connection, actor: Actor, region: str, request_id: UUID) -> Any:
    """The request, if it was put to the very person who is signed in; a hat makes nobody that person."""
    row = await _queries.request(connection, region=region, id=request_id)
    mine = row is not None and row.asked_key == actor.id_key
    subject = Subject(region=region, owner=actor.account if mine else None, service=row.journey if row else None)
    if not may(actor, "consent.answer", subject):
        raise RequestNotFound()
    return row


async def _answer(connection: Connection, kernel: Kernel, actor: Actor, row: Any, said: Answer, language: str) -> None:
    now = await platform_now(connection)
    await _queries.answer(connection, region=row.region, id=row.id, answer=said, now=now)
    if said == "refused":
        data = {"request": str(row.id), "material": row.material}
        entry = prepare(row.region, "consent.refused", row.case_id, data, now, person_key=actor.id_key)
        await record(connection, entry)
        return
    who = Agreeing(row.region, row.case_id, actor.account, actor.account, actor.id_key, until=row.until, request=row.id)
    shown = _shown(_asked(kernel, row), language)
    await consenting.agree_when_asked(connection, who, shown, row.material, now)
    await _queries.agreed_by_other(connection, region=row.region, case_id=row.case_id, material=row.material)
    await tell(
        connection, region=row.region, account=row.account, event=new_id(), kind="consent.given_by_other",
        subject=row.case_id, at=now, detail={"journey": row.journey, "material": row.material},
    )  # fmt: skip


def _shown(asked: Asked, language: str) -> Shown:
    """What the asked person was shown, as data; without any name."""
    plans = [
        {**{name: getattr(plan, name) for name in LookUpPlan.__struct_fields__ if name != "material"},
         "material": plan.material.id}
        for plan in asked.plans
    ]  # fmt: skip
    content = {
        "look_ups": to_builtins(plans), "asked": asked.material.id, "until": asked.until.isoformat(),
        "region": asked.region,
    }  # fmt: skip
    version = asked.version
    return Shown(version.journey.id, version.pack, version.version, language, content)


def _asked(kernel: Kernel, row: Any) -> Asked:
    version = kernel.catalogue.pinned(row.pack, row.version, row.journey)
    material = version.journey.material(row.material)
    assert material is not None  # The very version that asked.
    plans = [plan for plan in plans_of(kernel, version, row.region, material) if plan.legal == "consent"]
    return Asked(
        row.region, row.id, row.case_id, version, material, row.asker, row.asked_at, row.until, row.answer, row.open,
        plans,
    )  # fmt: skip
