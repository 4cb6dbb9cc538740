"""The stage on which ``tongban pack test`` plays: the kernel itself, on a real database, rolled back afterwards.

Each story is one transaction of its own, with its own demonstration time, so stories neither see nor disturb
each other. Departmental systems are the pack's own records.
"""

import datetime as dt
import io
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec
from PIL import Image

from tongban.assembly.definitions import Person
from tongban.assembly.playing import NO_PROMISES, Promises
from tongban.assembly.stories import whose_turn
from tongban.assembly.vocabulary import licence_name
from tongban.basics.calendar import CST, local_day
from tongban.basics.database import Connection, platform_now
from tongban.basics.errors import TongbanError
from tongban.basics.outbox import Message
from tongban.basics.sql import load_queries
from tongban.cases.actions import applicant, drafts, files, pledges
from tongban.cases.actions.decisions import Decision, DecisionKind, decide
from tongban.cases.actions.elsewhere import relays
from tongban.cases.actions.procedures.performing import perform
from tongban.cases.actions.procedures.shapes import Act
from tongban.cases.actions.submission import submit
from tongban.cases.actions.timers import look_at_due
from tongban.cases.consent_of_others import answering
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, Task
from tongban.cases.views.desk import task_page
from tongban.cases.views.reading import case_page
from tongban.cases.views.shapes import CasePage
from tongban.parties.actions import open_session, who_is
from tongban.parties.models import Actor, Factor
from tongban.services.catalogue import JourneyVersion

OPENING = dt.time(9, 0)
_queries = load_queries("tongban.cli")


class Nobody(TongbanError):
    """A story names somebody without an account, or a department without a handler."""

    code = "story.nobody"
    zh = "{who} 没有可用的演示账号，请在 seed/people.yaml 中补充。"
    en = "{who} has no demonstration account: add one in seed/people.yaml."


class NotAsked(TongbanError):
    """A story has somebody agree whom nobody asked for their consent."""

    code = "story.not_asked"
    zh = "没有征求 {who} 的同意：请核对表单里的号码，以及材料的 consent_of。"
    en = "Nobody asks {who} for consent: check the number in the form, and the material's consent_of."


def photo() -> bytes:
    """A small real photograph-like picture for uploads."""
    picture = Image.linear_gradient("L").resize((640, 480)).convert("RGB")
    held = io.BytesIO()
    picture.save(held, "JPEG", quality=80)
    return held.getvalue()


class KernelStage:
    """One story's stage. ``accounts`` maps names to account ids, ``people`` to who they are declared to be."""

    def __init__(
        self,
        kernel: Kernel,
        version: JourneyVersion,
        region: str,
        accounts: Mapping[str, UUID],
        people: Mapping[str, Person],
    ) -> None:
        self.kernel, self.version, self.region = kernel, version, region
        self._accounts, self._people = accounts, people
        self._applicant: str = ""
        self._case: UUID | None = None
        self.home = region  # where the person applied; region is where the case is handled now
        self._told: set[UUID] = set()

    @property
    def case(self) -> UUID:
        """The case of the story."""
        if self._case is None:
            raise Nobody(who="case")
        return self._case

    async def now(self) -> dt.datetime:
        """The story's time."""
        async with self.kernel.database.connection() as connection:
            return await platform_now(connection)

    @property
    def _factors(self) -> Sequence[Factor]:
        """By what the story's people signed in: as surely as the journey asks."""
        return ("passkey",) if self.version.assurance == "strong" else ()

    async def _actor(self, name: str) -> tuple[Actor, str]:
        if name not in self._accounts:
            raise Nobody(who=name)
        async with self.kernel.database.connection() as connection:
            secret = await open_session(connection, self._accounts[name], "token", factors=self._factors)
            return (await who_is(connection, secret, "token")).actor, secret

    def _handler(self, task: str, *posts: str) -> str:
        """The first declared handler (or holder of one of ``posts``) of the department that has ``task``."""
        definition = self.version.journey.task(task)
        role = definition.department if definition else self.version.journey.lead
        department = self.kernel.directory.department_for(self.region, role).id
        wanted = posts or ("handler", "head")
        found = (p.name for p in self._people.values() if p.posts.get(department) in wanted)
        name = next(found, None)
        if name is None:
            raise Nobody(who=department)
        return name

    async def submit(
        self,
        person: str,
        form: Mapping[str, Any],
        uploads: Sequence[str],
        consents: Sequence[str],
        promises: Promises = NO_PROMISES,
        enterprise: str | None = None,
        asked: str | None = None,
    ) -> None:
        """As a person would: notice first, then the form, then files, then what is promised, then submit."""
        (actor, secret), now = await self._actor(person), await self.now()
        self._applicant = person
        party = await self._enterprise(enterprise) if enterprise else None
        opened = await drafts.open_draft(self.kernel, actor, now, self.region, self.version.journey.id, party)
        agreed = self._materials(consents)
        draft = await drafts.read_notice(self.kernel, actor, now, self.region, opened.draft.id, agreed)
        draft = await drafts.save(self.kernel, actor, now, draft, {**draft.form, **form})
        if asked is not None:
            await self._agrees(asked)
            draft = await drafts.read_draft(self.kernel, actor, self.region, draft.id)
            draft = await drafts.save(self.kernel, actor, now, draft, draft.form)
        for material in uploads:
            await self._upload(actor, now, draft.id, material)
        for commitment in promises.commitments:
            await pledges.sign_commitment(self.kernel, actor, now, self.region, draft.id, commitment)
        if promises.tolerated:
            await pledges.sign_tolerance(self.kernel, actor, now, self.region, draft.id, promises.tolerated)
        self._case = (await submit(self.kernel, secret, "token", self.region, draft.id)).id

    async def _agrees(self, name: str) -> None:
        """``name`` gives every consent that they are asked for. Raises ``NotAsked`` where nobody asks them."""
        actor, _ = await self._actor(name)
        waiting = await answering.asked_of_me(self.kernel, actor)
        if not waiting:
            raise NotAsked(who=name)
        for one in waiting:
            await answering.answer(self.kernel, actor, one.region, one.id, "given")

    async def _enterprise(self, name: str) -> UUID:
        """The enterprise called ``name``, whoever may act for it."""
        async with self.kernel.database.connection() as connection:
            row = await (await connection.execute("SELECT id FROM enterprises WHERE name = %s", [name])).fetchone()
        if row is None:
            raise Nobody(who=name)
        found: UUID = row[0]
        return found

    def _materials(self, consents: Sequence[str]) -> list[str]:
        """Consent is given to a resource; the notice ticks the material that it serves."""
        materials = self.version.journey.materials
        return [m.id for m in materials if any(s.resource in consents for s in m.sources if s.legal == "consent")]

    async def _upload(self, actor: Actor, now: dt.datetime, case: UUID, material: str) -> None:
        await files.upload(
            self.kernel, actor, now, self.region, case, material, f"{material}.jpg", "image/jpeg", photo()
        )

    async def change(self, person: str, form: Mapping[str, Any], uploads: Sequence[str]) -> None:
        """Upload first, then change: as the page does."""
        (actor, _), now = await self._actor(person), await self.now()
        self._applicant = person
        for material in uploads:
            await self._upload(actor, now, self.case, material)
        page = await case_page(self.kernel, actor, self.region, self.case)
        await applicant.change(self.kernel, actor, self.region, self.case, page.revision, form)
        await self._tell_home()

    async def withdraw(self, person: str, reason: str) -> None:
        """Withdraw."""
        actor, _ = await self._actor(person)
        await applicant.withdraw(self.kernel, actor, self.region, self.case, reason)
        await self._tell_home()

    async def decide(
        self, person: str | None, task: str, kind: str, reason: str, materials: Sequence[str] = ()
    ) -> None:
        """Read the task, decide it."""
        actor, _ = await self._actor(person or self._handler(task))
        page = await task_page(self.kernel, actor, self.region, self.case, task)
        word: DecisionKind = kind  # type: ignore[assignment]
        decision = Decision(word, page.task.revision, reason, list(materials))
        await decide(self.kernel, actor, self.region, self.case, task, decision)
        await self._tell_home()

    async def ask(self, person: str, text: str) -> None:
        """Ask."""
        actor, _ = await self._actor(person)
        await applicant.ask(self.kernel, actor, self.region, self.case, text)

    async def answer(self, person: str | None, text: str, task: str | None) -> None:
        """Answer the oldest open question."""
        actor, _ = await self._actor(person or self._handler(task or INTAKE))
        page = await case_page(self.kernel, actor, self.region, self.case)
        open_ones = [q for q in page.questions if q.answer is None]
        await applicant.answer(self.kernel, actor, self.region, self.case, open_ones[0].id, text)

    async def act(self, person: str | None, kind: str, said: Mapping[str, Any]) -> None:
        """Read the case or the task, do the act; what an applicant brings with it is uploaded first."""
        task = said.get("task")
        posts = ("head",) if whose_turn(kind) == "head" else ()
        actor, _ = await self._actor(person or self._handler(task or INTAKE, *posts))
        for material in said.get("materials", ()) if whose_turn(kind) == "applicant" else ():
            await self._upload(actor, await self.now(), self.case, material)
        if task is None:
            revision = (await case_page(self.kernel, actor, self.region, self.case)).revision
        else:
            revision = (await task_page(self.kernel, actor, self.region, self.case, task)).task.revision
        act = msgspec.convert({"kind": kind, "revision": revision, **said}, Act)
        await perform(self.kernel, actor, self.region, self.case, act)
        if kind == "hand_over":
            await self._relay()
            self.region = said["region"]
            await self._look()
        await self._tell_home()

    async def _tell_home(self) -> None:
        if self.region != self.home:
            await self._relay()

    async def _relay(self) -> None:
        """What the jobs process does with the case's messages; they stay for whoever looks at the outbox afterwards."""

        async def same(_: Connection) -> Kernel:
            return self.kernel

        follow, now = relays(same), await self.now()
        async with self.kernel.database.connection() as connection:
            rows = [row async for row in _queries.messages_of_case(connection, case=str(self.case))]
            for row in rows:
                if row.topic in follow and row.id not in self._told:
                    self._told.add(row.id)
                    await follow[row.topic](connection, Message(row.region, row.id, row.topic, row.payload, 0, now))

    async def wait(self, days: int) -> None:
        """Move the story's time to nine o'clock ``days`` working days later, and do what then is due."""
        day = self.kernel.calendar.add_workdays(local_day(await self.now()), days).day
        await self.go_to(day)
        await self._look()
        await self._tell_home()

    async def _look(self) -> None:
        while await look_at_due(self.kernel, self.region):
            continue

    async def go_to(self, day: dt.date) -> None:
        """Set the story's time to nine o'clock of ``day``; possible only in a demonstration database."""
        target = dt.datetime.combine(day, OPENING, CST)
        async with self.kernel.database.connection() as connection:
            await connection.execute(
                "INSERT INTO demonstration_time (ahead) VALUES (%(to)s - clock_timestamp())"
                " ON CONFLICT (single) DO UPDATE SET ahead = excluded.ahead",
                {"to": target},
            )

    async def observe(self) -> dict[str, object]:
        """What a reader of the case sees now, under the names of ``then``."""
        if self._case is None:
            return {}
        actor, _ = await self._actor(self._applicant)
        page = await case_page(self.kernel, actor, self.region, self.case)
        home = page if self.region == self.home else await case_page(self.kernel, actor, self.home, self.case)
        handler, _ = await self._actor(self._handler(INTAKE))
        seen = observed_cases(home, page)
        for name in (INTAKE, *(t.id for t in self.version.journey.tasks)):
            shown = await task_page(self.kernel, handler, self.region, self.case, name)
            seen |= observed_task(name, shown.task, shown.light, page)
        return seen


def observed_cases(home: CasePage, there: CasePage) -> dict[str, object]:
    """``case.*`` where the person applied, ``elsewhere.*`` and what came of it where it was handed over to."""
    if home is there:
        return observed_case(home)
    told = home.paths.elsewhere
    return {
        **observed_case(there),
        **{name: value for name, value in observed_case(home).items() if name.startswith("case.")},
        "case.progress_told": told and told.progress,
        "elsewhere.state": there.case.state,
        "elsewhere.outcome": there.case.outcome,
        "elsewhere.finish_code": there.finish_code,
        "elsewhere.accepted_on": there.accepted_at and local_day(there.accepted_at),
        "elsewhere.due_on": there.case.due_on,
    }


def observed_task(name: str, task: Task, light: str, page: CasePage) -> dict[str, object]:
    """``<task>.*`` of one task, with the light that its page shows and what the case's page says of its clock."""
    return {
        f"{name}.state": task.state,
        f"{name}.decision": task.decision,
        f"{name}.due_on": task.due_on,
        f"{name}.light": light,
        f"{name}.started": task.started_at and local_day(task.started_at),
        f"{name}.finished": task.decided_at and local_day(task.decided_at),
        f"{name}.department": task.department,
        f"{name}.suspended": any(one.task == name for one in page.clock.standing),
    }


def observed_case(page: CasePage) -> dict[str, object]:
    """``case.*`` and ``licences.*`` of one page."""
    used = page.used_days
    seen: dict[str, object] = {
        "case.state": page.case.state,
        "case.outcome": page.case.outcome,
        "case.finish_code": page.finish_code,
        "case.light": page.case.light,
        "case.submitted_on": local_day(page.case.submitted_at),
        "case.accepted_on": page.accepted_at and local_day(page.accepted_at),
        "case.due_on": page.case.due_on,
        "case.closed_on": page.case.closed_at and local_day(page.case.closed_at),
        "case.licences": len(page.licences),
        "case.days_used": used,
        "case.materials_asked": page.count.materials_asked,
        "case.materials_not_asked": page.count.materials_not_asked,
        "case.fields_prefilled": page.count.fields_prefilled,
        "case.questions_open": sum(q.answer is None for q in page.questions),
        "case.appeal_told": any("appeal" in event.detail for event in page.events),
    }
    for material in page.materials:
        seen[f"evidence.{material.id}.found"] = material.state == "found"
        seen[f"evidence.{material.id}.asked"] = material.state in ("uploaded", "missing")
    for licence in page.licences:
        name = licence_name(licence.type)
        seen[name] = int(str(seen.get(name, 0))) + (licence.state == "valid")
    return seen | observed_paths(page) | observed_clock(page)


def observed_clock(page: CasePage) -> dict[str, object]:
    """What the page says of the law's clock."""
    clock, last_days = page.clock, {one.period.name: one.period.due_on for one in page.clock.periods}
    return {
        "case.suspended": any(one.task is None for one in clock.standing),
        "case.suspended_days": clock.suspended_days,
        "case.extension": clock.extension,
        "case.hearing": clock.hearing,
        "case.deemed_accepted": clock.deemed_accepted is not None,
        "case.delivered_on": clock.delivered_on,
        "case.statutory_due_on": last_days.get("decision"),
        "case.delivery_due_on": last_days.get("delivery"),
    }


def observed_paths(page: CasePage) -> dict[str, object]:
    """What the page says of the paths beside the plain one."""
    paths = page.paths
    seen: dict[str, object] = {
        "case.fast_lane": paths.fast_lane is not None,
        "case.tolerance": paths.tolerance.state,
        "case.handled_in": paths.elsewhere.region if paths.elsewhere and paths.elsewhere.role == "to" else None,
    }
    seen |= {f"commitments.{one.commitment}": one.state for one in paths.commitments}
    return seen | {f"visits.{one.now.visit}": one.now.result for one in paths.visits}


def people_by_name(people: Sequence[Person]) -> dict[str, Person]:
    """Declared people by name."""
    return {person.name: person for person in people}
