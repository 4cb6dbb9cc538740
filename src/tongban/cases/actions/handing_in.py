"""What a case waits for is handed in at a window: a clerk enters it for who is present, and they confirm just that.

Nothing that was entered is kept before it is confirmed. The sheet that the person reads carries a digest of the whole
form as it would stand and of the files that go with it; a signature stands under that digest, a code from the person's
telephone is good for that digest alone, and what is sent must have it. Called by the window's pages and calls.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct

from tongban.basics.codes import case as case_numbers
from tongban.basics.codes import mobile as mobiles
from tongban.basics.codes.errors import CodeError
from tongban.basics.second_wall import as_platform
from tongban.basics.sql import load_queries
from tongban.basics.vault import Vault
from tongban.cases.actions.applicant import PreparedChange, make_change, prepare_change
from tongban.cases.actions.assisted import assistance
from tongban.cases.errors import CaseNotFound
from tongban.cases.kernel import Kernel
from tongban.cases.models import WAITING, CaseState, File
from tongban.cases.views.reading import read_case
from tongban.ledger.models import Promise
from tongban.ledger.verify_receipt import canonical
from tongban.parties.access import trail
from tongban.parties.assisting import actions as assisting
from tongban.parties.assisting.errors import ConfirmationMissing, DecidesIt, NothingWaits
from tongban.parties.log_in.codes import check_code, send_code
from tongban.parties.models import Actor, Confirmation, Subject

ACTION = "case.hand_in"
_queries = load_queries("tongban.cases")


class Entered(Struct, frozen=True):
    """What was entered, checked and not yet confirmed. ``digest``: of all of it, 64 hexadecimal digits."""

    change: PreparedChange
    digest: str

    @property
    def short(self) -> str:
        """The digest as people compare it on paper: its first twelve digits in groups of four."""
        return " ".join(self.digest[at : at + 4].upper() for at in (0, 4, 8))


class Wanted(Struct, frozen=True):
    """What a case waits for: the materials ``asked`` for, why, and its form and files as they are."""

    number: str
    journey: str
    state: CaseState
    revision: int
    asked: tuple[str, ...]
    reasons: str
    form: dict[str, Any]
    files: tuple[File, ...]


async def take_up(
    kernel: Kernel, clerk: Actor, window: Subject, number: str, name: str, id_number: str, seen: bool, now: dt.datetime
) -> UUID:
    """Go on with the case ``number`` of whoever is present, until the end of the day; returns its id.

    Raises ``NothingWaits``, ``DecidesIt``, ``TooManyAttempts``, and what ``identify`` raises.
    """
    async with kernel.database.connection() as connection:
        await assisting.throttle(connection, clerk)
    async with kernel.database.transaction() as connection:
        found = await assisting.identify(connection, kernel.vault, clerk, window, name, id_number, seen, now)
        with as_platform("a case is looked for by its number and by whoever stands at the window"):
            row = await _queries.waiting_of(
                connection, region=window.region, number=_number(number), account=found.account, states=list(WAITING)
            )
        if row is None:
            trail.note(clerk, ACTION, window, "relation")
            raise NothingWaits("number")
        _apart(clerk, window.region, row.departments)
        await assisting.begin(connection, clerk, window, found, row.id, row.journey, now)
    taken: UUID = row.id
    return taken


def _number(text: str) -> str:
    try:
        return case_numbers.parse(text).code
    except CodeError as error:
        raise type(error)("number", **error.data) from None


def _apart(clerk: Actor, region: str, departments: list[str]) -> None:
    """Whoever decides on a case, or stands in for who does, hands nothing in for its applicant."""
    if set(clerk.departments(region, "handler", "head")) & set(departments):
        raise DecidesIt()


async def wanted(kernel: Kernel, clerk: Actor, region: str, case_id: UUID) -> Wanted:
    """What the case waits for, and what it says now. Raises ``CaseNotFound``."""
    async with kernel.database.connection() as connection:
        read = await read_case(connection, kernel, clerk, region, case_id, ACTION)
    if read.case.state not in WAITING:
        raise CaseNotFound()
    told = [event for event in read.row.events if event["kind"] in ("case.supplement_asked", "case.returned")]
    detail = told[-1]["detail"] if told else {}
    return Wanted(
        number=read.case.number,
        journey=read.case.journey,
        state=read.case.state,
        revision=read.case.revision,
        asked=tuple(detail.get("materials", ())),
        reasons=str(detail.get("reasons", "")),
        form=read.dossier.form,
        files=read.files,
    )


async def enter(
    kernel: Kernel, clerk: Actor, region: str, case_id: UUID, revision: int, changes: Mapping[str, Any]
) -> Entered:
    """What the case would be decided on, checked as an applicant's own change is; nothing is kept.

    Raises ``CaseNotFound``, ``DecidesIt``, ``StalePage``, ``FormIncomplete``, ``NotEligible``, ``MaterialsMissing``.
    """
    assistance(clerk, region, case_id)
    async with kernel.database.connection() as connection:
        row = await _queries.case(connection, region=region, id=case_id)
    if row is None or row.state not in WAITING:
        raise CaseNotFound()
    _apart(clerk, region, list(row.departments))
    change = await prepare_change(kernel, clerk, region, case_id, revision, changes, ACTION)
    return Entered(change, _digest(kernel.vault, change))


def _digest(vault: Vault, change: PreparedChange) -> str:
    """Keyed, because a plain digest in the ledger would tell who guesses what was entered."""
    files = sorted(str(file.id) for file in change.files)
    whole = {"case": str(change.case_id), "revision": change.revision, "form": change.dossier.form, "files": files}
    return vault.keyed_hash("handed in", canonical(whole).decode()).hex()


async def send_own_code(
    kernel: Kernel, clerk: Actor, region: str, case_id: UUID, revision: int, changes: Mapping[str, Any], mobile: str
) -> Entered:
    """Send a code that is good for this alone to the telephone of who is present.

    Raises what ``enter`` raises, ``CodeError``, ``TooManyAttempts``.
    """
    held = assistance(clerk, region, case_id)
    try:
        number = mobiles.parse(mobile).code
    except CodeError as error:
        raise type(error)("mobile", **error.data) from None
    entered = await enter(kernel, clerk, region, case_id, revision, changes)
    async with kernel.database.connection() as connection:
        bound = bytes.fromhex(entered.digest)
        await send_code(connection, kernel.vault, mobile=number, bound_to=bound, use="confirm", account=held.account)
    return entered


async def confirmed(
    kernel: Kernel,
    clerk: Actor,
    region: str,
    case_id: UUID,
    revision: int,
    changes: Mapping[str, Any],
    digest: str,
    how: Confirmation,
    code: str,
) -> Entered:
    """What the person confirmed, if it is what is sent now. Raises what ``enter`` raises, ``ConfirmationMissing`` when
    something changed since they read it, ``CodeWrong``."""
    entered = await enter(kernel, clerk, region, case_id, revision, changes)
    if digest != entered.digest:
        raise ConfirmationMissing()
    if how == "code":
        async with kernel.database.connection() as connection:
            await check_code(connection, kernel.vault, bound_to=bytes.fromhex(entered.digest), use="confirm", code=code)
    return entered


async def hand_in(kernel: Kernel, clerk: Actor, entered: Entered, how: Confirmation) -> list[Promise]:
    """Put what the person ``confirmed`` before the lead department, in their name; the event names the clerk.

    Raises ``CaseNotFound``, ``WrongState``, ``StalePage`` when the case or its files changed in between.
    """
    region, case_id = entered.change.region, entered.change.case_id
    held = assistance(clerk, region, case_id)
    window = {
        "clerk": clerk.name, "account": str(clerk.account), "department": held.department, "card": "seen",
        "confirmed_as": how, "digest": entered.digest,
    }  # fmt: skip
    return await make_change(kernel, clerk, entered.change, ACTION, {"window": window})
