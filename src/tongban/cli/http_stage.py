"""The stage on which ``tongban run`` plays: the running server, through its HTTP API, as programs use it.

Whoever acts signs in with a demonstration account; nothing here knows the database.
"""

import asyncio
import uuid
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import httpx
import msgspec

from tongban.assembly.definitions import Person
from tongban.assembly.playing import NO_PROMISES, Promises
from tongban.assembly.stories import whose_turn
from tongban.basics.errors import TongbanError
from tongban.cases.actions.elsewhere import TOLD_BACK
from tongban.cases.actions.procedures.table import PROCEDURES
from tongban.cases.models import INTAKE, Task
from tongban.cases.views.shapes import CasePage
from tongban.cli.kernel_stage import Nobody, observed_cases, observed_task, photo
from tongban.cli.seeding import PASSWORD
from tongban.parties.directory import Directory
from tongban.services.definitions import Journey

DECIDED = {
    "accept": "受理",
    "refuse": "不予受理",
    "supplement": "一次告知补正",
    "return": "退回",
    "approve": "准予",
    "decline": "不予准予",
}


class Refused(TongbanError):
    """The server refused a call; its problem details are kept."""

    zh = "服务器拒绝：{detail}"
    en = "The server refused: {detail}"

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(detail=problem.get("detail", problem))
        self.code = str(problem.get("code", "http"))  # type: ignore[misc]
        self.faults = problem.get("errors", [])


def roles_of(directory: Directory) -> dict[str, dict[str, str]]:
    """Region → role → the department that plays it."""
    return {
        code: {role: department.id for department in region.departments for role in department.roles}
        for code, region in directory.regions.items()
    }


class HttpStage:
    """One story's stage over ``client`` (its base address is the server's)."""

    def __init__(
        self,
        client: httpx.AsyncClient,
        journey: Journey,
        region: str,
        people: Mapping[str, Person],
        roles: Mapping[str, Mapping[str, str]],
        say: Callable[[str], None] = lambda _: None,
    ) -> None:
        """``roles`` maps regions to role → department id; ``say`` is told each act as it is made."""
        self.client, self.journey = client, journey
        self.home = self.region = region  # where the person applied, and where the case is handled now
        self._people, self._departments = people, roles
        self._say = say
        self._tokens: dict[str, str] = {}
        self.applicant = ""
        self.case = ""
        self.submitted: dict[str, Any] = {}

    async def call(self, person: str, method: str, path: str, **arguments: Any) -> Any:
        """One call as ``person``; creating calls carry a key of their own. Raises ``Refused``."""
        headers = {"authorization": f"Bearer {await self.token(person)}", "accept-language": "zh-CN"}
        if method == "POST":
            headers["idempotency-key"] = uuid.uuid4().hex
        answer = await self.client.request(method, f"/api/v1{path}", headers=headers, **arguments)
        if answer.status_code >= 400:
            raise Refused(answer.json())
        return answer.json() if answer.content else None

    async def token(self, person: str) -> str:
        """A bearer token of ``person``, signed in once."""
        if person not in self._tokens:
            account = self._people[person].account if person in self._people else None
            if account is None:
                raise Nobody(who=person)
            answer = await self.client.post("/api/v1/sessions", json={"login": account, "password": PASSWORD})
            if answer.status_code >= 400:
                raise Refused(answer.json())
            self._tokens[person] = answer.json()["token"]
        return self._tokens[person]

    def handler(self, task: str, *posts: str) -> str:
        """A handler (or holder of one of ``posts``) of the department that has ``task``."""
        definition = self.journey.task(task)
        department = self._departments[self.region][definition.department if definition else self.journey.lead]
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
        """Open, read the notice, fill in, upload, sign, submit."""
        self.applicant = person
        wish = {"region": self.region, "journey": self.journey.id}
        if enterprise is not None:
            wish["enterprise"] = await self._enterprise(person, enterprise)
        draft = await self.call(person, "POST", "/drafts", json=wish)
        if not draft["made"]:  # An earlier run was cut off: begin with an empty form.
            await self.call(person, "DELETE", f"/drafts/{self.region}/{draft['id']}")
            draft = await self.call(person, "POST", "/drafts", json=wish)
        place = f"/drafts/{self.region}/{draft['id']}"
        agreed = [m.id for m in self.journey.materials if any(s.resource in consents for s in m.sources)]
        draft = await self.call(person, "PUT", f"{place}/notice", json={"consents": agreed})
        change = {"revision": draft["revision"], "values": dict(form)}
        draft = await self.call(person, "PUT", f"{place}/form", json=change)
        if asked is not None:
            await self._agrees(asked)
            change = {"revision": draft["revision"], "values": {}}
            draft = await self.call(person, "PUT", f"{place}/form", json=change)
        await self._upload(person, draft["id"], uploads)
        for commitment in promises.commitments:
            await self.call(person, "PUT", f"{place}/commitments/{commitment}")
        if promises.tolerated:
            await self.call(person, "PUT", f"{place}/tolerance", json={"materials": list(promises.tolerated)})
        self.submitted = await self.call(person, "POST", f"{place}/submission", json={"revision": draft["revision"]})
        self.case = self.submitted["id"]
        self._say(f"{person} 提交申请，办件编号 {self.submitted['number']}")

    async def _agrees(self, name: str) -> None:
        """``name`` gives every consent that they are asked for."""
        for one in await self.call(name, "GET", "/my-data/consent-requests"):
            place = f"/my-data/consent-requests/{one['region']}/{one['id']}"
            await self.call(name, "POST", f"{place}/answer", json={"answer": "given"})
        self._say(f"{name} 同意查询本人的数据")

    async def _enterprise(self, person: str, name: str) -> str:
        """The id of the enterprise called ``name``; of none where ``person`` may not act for it."""
        known = await self.call(person, "GET", "/enterprises")
        return next((str(one["id"]) for one in known if one["name"] == name), str(uuid.uuid4()))

    async def _upload(self, person: str, case: str, uploads: Sequence[str]) -> None:
        for material in uploads:
            files = {"file": (f"{material}.jpg", photo(), "image/jpeg")}
            await self.call(person, "POST", f"/drafts/{self.region}/{case}/materials/{material}/files", files=files)

    def identity_numbers(self) -> list[str]:
        """The identity numbers of everybody on the stage: what no public page may show."""
        return [person.id_number for person in self._people.values()]

    async def page(self, person: str, region: str | None = None) -> CasePage:
        """The case as ``person`` sees it, where it is handled unless ``region`` is named."""
        answer = await self.call(person, "GET", f"/cases/{region or self.region}/{self.case}")
        return msgspec.convert(answer, CasePage)

    async def change(self, person: str, form: Mapping[str, Any], uploads: Sequence[str]) -> None:
        """Upload, then change."""
        await self._upload(person, self.case, uploads)
        body = {"revision": (await self.page(person)).revision, "values": dict(form)}
        await self.call(person, "POST", f"/cases/{self.region}/{self.case}/changes", json=body)
        self._say(f"{person} 修改或补充材料")

    async def withdraw(self, person: str, reason: str) -> None:
        """Withdraw."""
        await self.call(person, "POST", f"/cases/{self.region}/{self.case}/withdrawal", json={"text": reason})
        self._say(f"{person} 撤回申请")

    async def decide(
        self, person: str | None, task: str, kind: str, reason: str, materials: Sequence[str] = ()
    ) -> None:
        """Read the task, decide it."""
        who, place = person or self.handler(task), f"/desk/{self.region}/tasks/{self.case}/{task}"
        page = await self.call(who, "GET", place)
        decision = {
            "kind": kind,
            "revision": page["task"]["revision"],
            "reasons": reason,
            "materials": list(materials),
        }
        await self.call(who, "POST", f"{place}/decision", json=decision)
        self._say(f"{page['department_name']} {who} {DECIDED.get(kind, kind)}：{page['task_name']}")

    async def ask(self, person: str, text: str) -> None:
        """Ask."""
        await self.call(person, "POST", f"/cases/{self.region}/{self.case}/questions", json={"text": text})
        self._say(f"{person} 提问：{text}")

    async def answer(self, person: str | None, text: str, task: str | None) -> None:
        """Answer the oldest open question."""
        who = person or self.handler(task or INTAKE)
        question = next(q for q in (await self.page(who)).questions if q.answer is None)
        place = f"/cases/{self.region}/{self.case}/questions/{question.id}/answer"
        await self.call(who, "POST", place, json={"text": text})
        self._say(f"{who} 答复：{text}")

    async def act(self, person: str | None, kind: str, said: Mapping[str, Any]) -> None:
        """Read the case or the task, do the act; what an applicant brings with it is uploaded first."""
        task = said.get("task")
        posts = ("head",) if whose_turn(kind) == "head" else ()
        who, place = person or self.handler(task or INTAKE, *posts), f"/cases/{self.region}/{self.case}"
        if whose_turn(kind) == "applicant":
            await self._upload(who, self.case, said.get("materials", ()))
        if task is None:
            revision = (await self.call(who, "GET", place))["revision"]
        else:
            seen = await self.call(who, "GET", f"/desk/{self.region}/tasks/{self.case}/{task}")
            revision = seen["task"]["revision"]
        body = msgspec.to_builtins({"kind": kind, "revision": revision, **said})
        await self.call(who, "POST", f"{place}/acts", json=body)
        self._say(f"{who} {PROCEDURES[kind].zh}")
        if kind == "hand_over":
            await self._until(self._taken_over)
            self.region = said["region"]

    async def wait(self, days: int) -> None:
        """Move demonstration time by working days, as an administrator, until the platform has done what is due."""
        if days and self.case:
            await self._until(self._documents_made)
        body = {"region": self.home, "working_days": days}
        await self.call(self._administrator(), "POST", "/demonstration/time", json=body)
        if days:
            self._say(f"演示时间前进 {days} 个工作日")
        if days and self.case:
            await self._until(self._nothing_pending)

    async def _until(self, holds: Callable[[], Awaitable[bool]]) -> None:
        """Wait for what the jobs process does, at most ten seconds."""
        for _ in range(40):
            if await holds():
                return
            await asyncio.sleep(0.25)

    async def _documents_made(self) -> bool:
        """Days that are skipped must not make a department late whose document takes seconds."""
        return all(one.document for one in (await self.page(self.applicant)).licences)

    async def _nothing_pending(self) -> bool:
        return not (await self.page(self.applicant)).clock.pending

    async def _taken_over(self) -> bool:
        elsewhere = (await self.page(self.applicant, self.home)).paths.elsewhere
        return elsewhere is not None and elsewhere.number is not None

    async def _told_home(self) -> bool:
        """Whether the newest event there that is told back is known where the person applied."""
        there, home = await self.page(self.applicant), await self.page(self.applicant, self.home)
        newest = [event.kind for event in there.events if event.kind in TOLD_BACK][-1:]
        return home.paths.elsewhere is not None and newest in ([], [home.paths.elsewhere.progress])

    def _administrator(self) -> str:
        found = (p.name for p in self._people.values() if "administrator" in p.posts.values())
        name = next(found, None)
        if name is None:
            raise Nobody(who="administrator")
        return name

    async def observe(self) -> dict[str, object]:
        """The case as the applicant sees it, its tasks as the department sees them that took it in."""
        if not self.case:
            return {}
        if self.region != self.home:
            await self._until(self._told_home)
        page = await self.page(self.applicant)
        home = page if self.region == self.home else await self.page(self.applicant, self.home)
        seen = observed_cases(home, page)
        for name in (INTAKE, *(task.id for task in self.journey.tasks)):
            place = f"/desk/{self.region}/tasks/{self.case}/{name}"
            answer = await self.call(self.handler(INTAKE), "GET", place)
            seen |= observed_task(name, msgspec.convert(answer["task"], Task), answer["light"], page)
        return seen
