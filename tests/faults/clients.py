"""The load: people who apply and officials who decide, through the HTTP API alone, whatever happens to the node.

Whoever gets no answer, or is told that the platform recovers (503), repeats the very same call with the same
key until there is an answer. Everything acknowledged is written into ``Told``.
"""

import asyncio
import itertools
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from .told import Decided, Saved, Submitted, Told

REGION, JOURNEY = "330103", "permit"
STEPS = (("intake", "accept"), ("site_check", "approve"), ("permit", "approve"))
ANSWER_SECONDS = 15.0
THINKING_SECONDS = 0.05


class NoAnswer(Exception):
    """The load ended before the call was answered: nobody knows what came of it."""


class Refused(Exception):
    """A definite refusal (4xx)."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem)
        self.code = problem.get("code")


@dataclass
class Applicant:
    """One person with an account and a token."""

    account: str
    token: str


class Load:
    """All clients of one round. ``handlers``: task → token of somebody who decides it."""

    def __init__(self, url: str, told: Told, handlers: Mapping[str, str]) -> None:
        self.told, self.handlers = told, handlers
        self.stopping = asyncio.Event()
        limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
        self.client = httpx.AsyncClient(
            base_url=f"{url}/api/v1", timeout=ANSWER_SECONDS, trust_env=False, limits=limits
        )

    async def run(self, applicants: Sequence[Applicant]) -> None:
        """Let everybody apply again and again until ``stopping`` is set."""
        self.told.accounts |= {one.account for one in applicants}
        async with self.client, asyncio.TaskGroup() as group:
            for number, one in enumerate(applicants):
                group.create_task(self._live(one, number))

    async def _live(self, who: Applicant, number: int) -> None:
        for turn in itertools.count(number):
            if self.stopping.is_set():
                return
            try:
                await self._apply(who, turn)
            except Refused as refusal:  # nothing that these clients ask is to be refused
                self.told.wrong.append(f"refused: {refusal}")
            except NoAnswer:
                self.told.unanswered += 1
                return

    async def _apply(self, who: Applicant, turn: int) -> None:
        """One application; every third is decided to its end, every third only accepted."""
        draft = await self.call(who.token, "POST", "/drafts", {"region": REGION, "journey": JOURNEY})
        place = f"/drafts/{REGION}/{draft['id']}"
        self.told.drafts.add(draft["id"])
        await self.call(who.token, "PUT", f"{place}/notice", {"consents": []})
        revision = await self._fill_in(who, draft["id"], place, turn)
        case = await self._submit(who, place, revision)
        if turn % 4 == 0:
            again = await self.call(who.token, "POST", f"{place}/submission", {"revision": revision})
            self._heard(who, again)
        for task, kind in STEPS[: (3, 1, 0)[turn % 3]]:
            await self._decide(case, task, kind)

    async def _fill_in(self, who: Applicant, draft: str, place: str, turn: int) -> int:
        values = {"full_name": "钱演练", "reason": f"第 {turn} 次", "days": 1 + turn % 9}
        while True:
            revision = (await self.call(who.token, "GET", place))["revision"]
            try:
                saved = await self.call(who.token, "PUT", f"{place}/form", {"revision": revision, "values": values})
            except Refused as refusal:
                if refusal.code == "cases.stale":  # an earlier try was stored though its answer was lost
                    continue
                raise
            self.told.saved[draft] = Saved(draft, saved["revision"], values)
            revision = saved["revision"]
            return revision

    async def _submit(self, who: Applicant, place: str, revision: int) -> str:
        answer = await self.call(who.token, "POST", f"{place}/submission", {"revision": revision})
        self._heard(who, answer)
        return str(answer["id"])

    def _heard(self, who: Applicant, answer: Mapping[str, Any]) -> None:
        self.told.submitted.append(
            Submitted(who.account, answer["id"], answer["number"], answer["entry"], answer.get("promise"))
        )

    async def _decide(self, case: str, task: str, kind: str) -> None:
        token, place = self.handlers[task], f"/desk/{REGION}/tasks/{case}/{task}"
        page = await self.call(token, "GET", place)
        decision = {"kind": kind, "revision": page["task"]["revision"], "reasons": "", "materials": []}
        answer = await self.call(token, "POST", f"{place}/decision", decision)
        self.told.decided.append(Decided(case, task, kind, tuple(answer["promises"])))

    async def call(self, token: str, method: str, path: str, body: Any = None) -> dict[str, Any]:
        """One call until it is answered. Raises ``Refused``, ``NoAnswer``."""
        headers = {"authorization": f"Bearer {token}"}
        if method == "POST":
            headers["idempotency-key"] = uuid.uuid4().hex
        await asyncio.sleep(THINKING_SECONDS)
        while True:
            try:
                answer = await self.client.request(method, path, json=body, headers=headers)
            except httpx.HTTPError:
                await self._pause()
                continue
            if answer.status_code >= 500:
                self._unwell(answer, method, path)
                await self._pause()
            elif answer.status_code >= 400:
                raise Refused(answer.json())
            else:
                found: dict[str, Any] = answer.json()
                return found

    def _unwell(self, answer: httpx.Response, method: str, path: str) -> None:
        if answer.status_code == 503 and answer.headers.get("retry-after"):
            self.told.refused_while_down += 1
        else:
            self.told.wrong.append(f"{answer.status_code} to {method} {path}: {answer.text[:200]}")

    async def _pause(self) -> None:
        if self.stopping.is_set():
            raise NoAnswer
        await asyncio.sleep(0.2)
