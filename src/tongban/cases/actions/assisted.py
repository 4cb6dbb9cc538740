"""A clerk takes in the application of somebody who is present: the draft is that person's, the steps are the same.

Called by the window's pages (``web.desk.window``) and calls (``web.api.window``) and, for what a case says of it, by
submission.
"""

import datetime as dt
from typing import Any
from uuid import UUID

from msgspec import Struct

from tongban.basics.codes import mobile as mobiles
from tongban.basics.codes.errors import CodeError
from tongban.basics.ids import new_id
from tongban.basics.second_wall import as_platform
from tongban.basics.sql import load_queries
from tongban.cases.actions.drafts import read_draft
from tongban.cases.errors import CaseNotFound, DraftWaits, ForEnterprises
from tongban.cases.kernel import Kernel
from tongban.cases.models import WAITING, Draft, Window
from tongban.cases.rows import seal_json
from tongban.parties.assisting import actions as assisting
from tongban.parties.assisting.errors import ConfirmationMissing
from tongban.parties.errors import NotAllowed
from tongban.parties.models import Actor, Assistance, Assurance, Confirmation, Subject
from tongban.parties.rules import may
from tongban.services.catalogue import JourneyVersion

_queries = load_queries("tongban.cases")


class AssistedLine(Struct, frozen=True):
    """One matter that a clerk took in today. ``number``: the case's, once it is submitted; ``waits``: for what its
    applicant shall supply or mend."""

    held: Assistance
    name: str
    number: str | None
    waits: bool = False


def window_of(actor: Actor) -> Subject:
    """The first window at which ``actor`` receives people. Raises ``NotAllowed``."""
    posts = [Subject(region=post.region, department=post.department) for post in actor.posts]
    found = next((one for one in posts if may(actor, "identity.assist", one)), None)
    if found is None:
        raise NotAllowed()
    return found


async def take_in(
    kernel: Kernel, clerk: Actor, window: Subject, journey: str, name: str, id_number: str, seen: bool, now: dt.datetime
) -> UUID:
    """Open a draft of ``journey`` for whoever is present, in the window's region; returns its id.

    A draft that lies with an account nobody signs in to is gone on with; one's own at home stays one's own.
    Raises ``UnknownJourney``, ``ForEnterprises``, ``DraftWaits``, ``TooManyAttempts``, and what ``identify`` raises.
    """
    version = kernel.catalogue.journey(journey)
    if version.journey.audience == "enterprise":
        raise ForEnterprises(field="journey")
    async with kernel.database.connection() as connection:
        await assisting.throttle(connection, clerk)
    async with kernel.database.transaction() as connection:
        found = await assisting.identify(connection, kernel.vault, clerk, window, name, id_number, seen, now)
        matter = new_id()
        with as_platform("a draft is opened for whoever stands at the window"):
            row = await _queries.open_draft(
                connection, region=window.region, id=matter, account=found.account, enterprise=None,
                pack=version.pack, version=version.version, journey=journey,
                form=seal_json(kernel.vault, window.region, matter, {}), now=now,
            )  # fmt: skip
        if row is None or not (row.made or found.kept):
            raise DraftWaits("journey")
        await assisting.begin(connection, clerk, window, found, row.id, journey, now)
    opened: UUID = row.id
    return opened


def assistance(actor: Actor, region: str, matter: UUID) -> Assistance:
    """By what ``actor`` sees to ``matter`` today. Raises ``CaseNotFound``."""
    held = actor.assists(region, matter)
    if held is None:
        raise CaseNotFound()
    return held


async def send_code(kernel: Kernel, clerk: Actor, region: str, matter: UUID, mobile: str) -> None:
    """Send a code to the telephone of who is present. Raises ``CaseNotFound``, ``CodeError``, ``TooManyAttempts``."""
    held = assistance(clerk, region, matter)
    try:
        number = mobiles.parse(mobile).code
    except CodeError as error:
        raise type(error)("mobile", **error.data) from None
    async with kernel.database.connection() as connection:
        await assisting.send_own_code(connection, kernel.vault, held, number)


async def confirm_draft(
    kernel: Kernel,
    clerk: Actor,
    region: str,
    matter: UUID,
    revision: int,
    how: Confirmation,
    code: str,
    now: dt.datetime,
) -> None:
    """As ``confirm``, for who has not read the draft: it is read first. Raises as that does."""
    assistance(clerk, region, matter)
    draft = await read_draft(kernel, clerk, region, matter)
    await confirm(kernel, clerk, draft, revision, how, code, now)


async def confirm(
    kernel: Kernel, clerk: Actor, draft: Draft, revision: int, how: Confirmation, code: str, now: dt.datetime
) -> None:
    """The person confirmed ``draft`` as it stood at ``revision``. Raises ``ConfirmationMissing`` when it was changed
    since, ``CodeWrong``, ``CaseNotFound``.
    """
    held = assistance(clerk, draft.region, draft.id)
    if revision != draft.revision:
        raise ConfirmationMissing()
    async with kernel.database.connection() as connection:
        await assisting.confirm(connection, kernel.vault, clerk, held, revision, how, code, now)


async def taken_in_today(kernel: Kernel, clerk: Actor) -> list[AssistedLine]:
    """What ``clerk`` took in today, in the order it was."""
    async with kernel.database.connection() as connection:
        rows = _queries.numbers_of(
            connection, regions=[one.region for one in clerk.assisting], matters=[one.matter for one in clerk.assisting]
        )
        cases = {(row.region, row.id): row async for row in rows}
    return [_line(kernel, one, cases.get((one.region, one.matter))) for one in clerk.assisting]


def _line(kernel: Kernel, held: Assistance, case: Any) -> AssistedLine:
    name = kernel.catalogue.journey(held.service).journey.name
    return AssistedLine(held, name, case and case.number, case is not None and case.state in WAITING)


def offered(kernel: Kernel) -> list[JourneyVersion]:
    """The journeys for which a person may apply at a window."""
    persons = (one for one in kernel.catalogue.active.values() if one.journey.audience != "enterprise")
    return sorted(persons, key=lambda one: one.journey.name)


def taken_in(actor: Actor, draft: Draft) -> Window | None:
    """Of a draft that ``actor`` took in at a window: who helped. Raises ``ConfirmationMissing``."""
    held = actor.assists(draft.region, draft.id)
    if held is None:
        return None
    if held.confirmed_as is None or held.revision != draft.revision:
        raise ConfirmationMissing()
    return Window(actor.name, actor.account, held.department, held.confirmed_as)


def asked_of(actor: Actor, draft: Draft, asked: Assurance) -> Assurance:
    """How sure the session must be that sends ``draft``, of whose items the strictest asks ``asked``.

    Of a clerk who took it in, no passkey: an official saw the person and the card, and the person confirmed the sheet
    (without which it is not sent), which proves the applicant at least as well.
    """
    return asked if actor.assists(draft.region, draft.id) is None else "real-name"


def by_window(actor: Actor, draft: Draft) -> dict[str, Any]:
    """What the entry of a submission says when a clerk filled it in for whoever was present."""
    window = taken_in(actor, draft)
    if window is None:
        return {}
    clerk = {"name": window.clerk, "account": str(window.account), "department": window.department}
    return {"channel": "window", "clerk": clerk, "card": "seen", "confirmed_as": window.confirmed_as}
