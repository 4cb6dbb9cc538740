"""Take a consent to look-ups back, at once, with what follows told beforehand.

Before an application is made what was found goes and the material is asked for. Afterwards too, as long as a decision
that needs it is still to be taken; what was decided before stands, and no further look-up is made either way. Law
followed: Personal Information Protection Law 个人信息保护法 article 15 (taking back is as easy as giving; what was done
before stays valid). Called by "my data" on pages and by programs.
"""

from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from tongban.basics.database import Connection, platform_now
from tongban.basics.second_wall import as_platform
from tongban.basics.sql import load_queries
from tongban.cases.actions.events import Event, by_agent
from tongban.cases.actions.evidence import by_consent
from tongban.cases.actions.locked import LockedCase, locked_case
from tongban.cases.errors import CaseNotFound
from tongban.cases.kernel import Kernel
from tongban.cases.models import EDITABLE, INTAKE, OPEN, PLATFORM, Task
from tongban.parties.models import Actor, Subject
from tongban.parties.rules import may
from tongban.resources.consenting import actions as consenting
from tongban.resources.consenting.actions import Consent
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Material

_queries = load_queries("tongban.cases")
BASIS = "个人信息保护法 第十五条"
Stage = Literal["draft", "open", "decided", "over"]
"""Where the application stands to a consent: not made yet; a decision needs the material; none does; it has ended."""


class Held(Struct, frozen=True):
    """A consent of one's own, with the application it was given for: one's own too, or that of who asked for it.

    ``files``: names of what was uploaded for the material; none are shown of another's application.
    """

    consent: Consent
    version: JourneyVersion
    material: Material
    stage: Stage
    files: tuple[str, ...] = ()

    @property
    def standing(self) -> bool:
        """Whether look-ups may still be made by it."""
        return self.consent.withdrawn_at is None

    @property
    def uploads(self) -> bool:
        """Whether the person brings the document now that it is not looked up; for another's application never."""
        return (
            not self.consent.of_another
            and self.stage in ("draft", "open")
            and any(source.upload for source in self.material.sources)
        )


async def my_consents(kernel: Kernel, actor: Actor) -> list[Held]:
    """What one agreed to, for oneself and for enterprises one may act for, newest first, at most 50."""
    async with kernel.database.connection() as connection:
        given = await consenting.consents_of(connection, actor.owners)
        with _reading(given):
            return await _held(connection, kernel, actor, given)


async def consent(kernel: Kernel, actor: Actor, region: str, case_id: UUID, material: str) -> Held:
    """The newest consent of one's own to look-ups for ``material``. Raises ``CaseNotFound``."""
    async with kernel.database.connection() as connection:
        return await _newest(connection, kernel, actor, region, case_id, material)


async def withdraw_consent(kernel: Kernel, actor: Actor, region: str, case_id: UUID, material: str) -> Held:
    """Take the consent back; harmless a second time. Returns what stands then. Raises ``CaseNotFound``."""
    held = await consent(kernel, actor, region, case_id, material)
    if not may(actor, "consent.withdraw", await _subject(kernel, held)):
        raise CaseNotFound()
    with _reading([held.consent]):
        if held.stage not in ("draft", "over") or not await _from_draft(kernel, held):
            async with locked_case(kernel, region, case_id) as case:
                case.actor, case.agent = "applicant", by_agent(actor, case.case.owner)
                if held.consent.of_another:
                    case.actor, case.agent = PLATFORM, {}  # The case says that it ended, not who that was.
                await _from_case(case, held)
    return await consent(kernel, actor, region, case_id, material)


def _reading(consents: Sequence[Consent]) -> AbstractContextManager[None]:
    """What was agreed to for another's application is read, and ended, behind that person's wall."""
    if any(one.of_another for one in consents):
        return as_platform("whoever agreed for another's application sees how it stands to it, and takes it back")
    return nullcontext()


async def _subject(kernel: Kernel, held: Held) -> Subject:
    """Whose the consent is: of whoever agreed when asked, else of whose application it is."""
    one = held.consent
    if one.of_another:
        return Subject(region=one.region, owner=one.owner, service=one.journey)
    async with kernel.database.connection() as connection:
        row = await _queries.holder(connection, region=one.region, id=one.case_id)
    if row is None:
        return Subject(region=one.region)
    return Subject(region=one.region, owner=row.owner, service=row.journey)


async def _newest(
    connection: Connection, kernel: Kernel, actor: Actor, region: str, case_id: UUID, material: str
) -> Held:
    about = await consenting.consents_about(connection, region, case_id)
    newest = [one for one in about if one.material == material][-1:]
    with _reading(newest):
        held = await _held(connection, kernel, actor, newest)
    if not held:
        raise CaseNotFound()
    return held[0]


async def _held(connection: Connection, kernel: Kernel, actor: Actor, consents: Sequence[Consent]) -> list[Held]:
    """``consents`` without what is not the actor's (any more), or was given for a draft that was given up."""
    rows = _queries.consented_to(
        connection,
        regions=[one.region for one in consents],
        cases=[one.case_id for one in consents],
        materials=[one.material for one in consents],
    )
    found = [_opened(kernel, actor, consents[row.n - 1], row) async for row in rows]
    return [one for one in found if one is not None]


def _opened(kernel: Kernel, actor: Actor, one: Consent, row: Any) -> Held | None:
    """None for what is not the actor's (any more)."""
    if one.of_another and one.owner != actor.account:
        return None  # Neither who asked nor whoever acts for the person.
    owner = one.owner if one.of_another else row.owner
    if owner is None or not may(actor, "consent.read", Subject(region=one.region, owner=owner, service=row.journey)):
        return None
    version = kernel.catalogue.pinned(row.pack, row.version, row.journey)
    material = version.journey.material(one.material)
    if material is None:
        return None
    awaited = not set(_using(material)).isdisjoint(row.open_tasks)
    stage: Stage = "draft" if row.state is None else _stage(row.state, awaited=awaited)
    return Held(one, version, material, stage, () if one.of_another else tuple(row.files))


def _using(material: Material) -> list[str]:
    """The tasks that look at a material; the lead department looks at all of them when it accepts."""
    return [*material.tasks, INTAKE]


def _stage(state: str, *, awaited: bool) -> Stage:
    """``awaited``: whether a task that looks at the material is still to come."""
    if state not in OPEN:
        return "over"
    return "open" if state in EDITABLE or awaited else "decided"


async def _from_draft(kernel: Kernel, held: Held) -> bool:
    """Whether it was taken back here: a draft that was submitted in the meantime is a case."""
    async with kernel.database.transaction() as connection:
        if held.stage == "draft":
            place = {"region": held.consent.region, "id": held.consent.case_id}
            if await _queries.lock_draft(connection, **place) is None:
                return False
        await _end(connection, held)
        if held.stage == "draft":
            await _drop(connection, held)
    return True


async def _end(connection: Connection, held: Held) -> None:
    """The consent ends, and no further look-up is made by it."""
    one = held.consent
    about = await consenting.consents_about(connection, one.region, one.case_id)
    kept = [other.material for other in about if other.withdrawn_at is None and other.material != one.material]
    await consenting.withdraw(connection, one.region, one.case_id, await platform_now(connection), kept)
    await _queries.consent_taken_back(connection, region=one.region, id=one.case_id, material=one.material)


async def _drop(connection: Connection, held: Held) -> None:
    """What was found by the consent serves no more, and its values are destroyed."""
    one = held.consent
    place = {"region": one.region, "case_id": one.case_id}
    sources = list(by_consent(held.material))
    await _queries.drop_sources(connection, **place, material=one.material, sources=sources)
    now = await platform_now(connection)
    await consenting.destroy(connection, one.region, one.case_id, [one.material], now)


async def _from_case(case: LockedCase, held: Held) -> None:
    """Under the case's lock: once, however often it is asked."""
    material = held.material
    about = await consenting.consents_about(case.connection, case.case.region, case.case.id)
    if not any(one.material == material.id and one.withdrawn_at is None for one in about):
        return
    await _end(case.connection, held)
    tasks = [task for name in _using(material) if (task := case.tasks.get(name)) is not None]
    awaited = any(task.state in ("waiting", "ready") for task in tasks)
    upload = _stage(case.case.state, awaited=awaited) == "open"
    if upload:
        await _drop(case.connection, held)
        _without(case, material, tasks)
    kind = "case.consent_of_other_ended" if held.consent.of_another else "case.consent_withdrawn"
    case.events.append(Event(kind, None, BASIS, {"materials": [material.id], "upload": upload}))


def _without(case: LockedCase, material: Material, tasks: Sequence[Task]) -> None:
    """The dossier without what was found by the consent; whoever was about to decide on it reads the case again."""
    sources = by_consent(material)
    evidence = tuple(e for e in case.dossier.evidence if e.material != material.id or e.source not in sources)
    case.replace_dossier(msgspec.structs.replace(case.dossier, evidence=evidence))
    case.put([task for task in tasks if task.state == "ready"])
