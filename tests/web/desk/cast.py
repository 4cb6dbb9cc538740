"""The cast of the desk's tests: people sign in, apply and read pages as they would in a browser."""

import dataclasses
import datetime as dt
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from tongban.assembly.record_provider import RecordProvider
from tongban.basics.calendar import local_day
from tongban.cases.actions.decisions import Decision, DecisionKind, decide
from tongban.cases.models import INTAKE
from tongban.cases.views.desk import task_page
from tongban.cli.kernel_stage import KernelStage, people_by_name
from tongban.cli.stories import Rehearsal
from tongban.parties.actions import open_session, register, who_is
from tongban.parties.models import Actor, Particulars
from tongban.web.cached import FrontDoor
from tongban.web.signed_in import SESSION_COOKIE

PACKS = Path(__file__).parents[3] / "packs"
BASE = "http://tongban.test"
REGION = "330103"
OPENING = dt.date(2026, 11, 23)
FORM: dict[str, Any] = {
    "applicant_role": "mother",
    "mobile": "19900002001",
    "marital_status": "unmarried",
    "has_other_parent": False,
    "child_count": "1",
    "child_name": "王小满",
    "child_sex": "女",
    "birth_date": "2026-10-20",
    "birth_hospital": "下城区东新医院（演示）",
    "birth_weight": 3250,
    "child_ethnicity": "汉族",
    "settle_with": "applicant",
    "household_region": REGION,
    "household_address": "东新路 1 号（演示地址）",
    "relation_to_head": "子女",
    "pays_insurance": False,
    "claims_reimbursement": False,
    "wants_guidance": False,
    "card_delivery": "electronic",
}
UPLOADS = ("identity", "household_book", "birth_record")
TOKEN = re.compile(r'name="_csrf_token" value="([^"]+)"')
REVISION = re.compile(r'name="revision" value="(\d+)"')


class Cast:
    """Everybody who takes part: cases are made through the kernel, decisions by people with posts."""

    def __init__(self, rehearsal: Rehearsal, app: FrontDoor) -> None:
        records = {one.resource: RecordProvider(one) for one in rehearsal.platform.seeds.records}
        self.kernel = dataclasses.replace(rehearsal.kernel, providers=records)
        self.app = app
        self.accounts: dict[str, UUID] = dict(rehearsal.accounts)
        self._people = people_by_name(rehearsal.platform.seeds.people)
        self._numbers = 0

    def stage(self) -> KernelStage:
        """A stage for one case."""
        version = self.kernel.catalogue.journey("birth")
        return KernelStage(self.kernel, version, REGION, self.accounts, self._people)

    async def newcomer(self, name: str) -> str:
        """Register somebody without any post; a second person of a name is another one."""
        self._numbers += 1
        known = f"{name} {self._numbers}" if name in self.accounts else name
        number = valid_number(f"33010319900101{self._numbers:03d}")
        particulars = Particulars(number, dt.date(1990, 1, 1), "female", "CN", REGION)
        async with self.kernel.database.connection() as connection:
            account = await register(
                connection,
                self.kernel.vault,
                name=known,
                particulars=particulars,
                login=f"newcomer{self._numbers}",
                password_hash="none",
            )
        assert account is not None
        self.accounts[known] = account
        return known

    async def apply(self, name: str = "林晓", **form: Any) -> tuple[str, KernelStage]:
        """A new person applies for a birth. Returns the name under which the case is listed, and its stage."""
        person, stage = await self.newcomer(name), self.stage()
        await stage.submit(person, {**FORM, "applicant_name": "林晓", **form}, UPLOADS, ())
        return person, stage

    async def at_the_police(self, name: str = "林晓") -> tuple[str, KernelStage]:
        """A case accepted by the health bureau and through its certificate: 李伟 has it now."""
        person, stage = await self.apply(name)
        await stage.decide("周敏", INTAKE, "accept", "")
        await stage.decide("周敏", "birth_certificate", "approve", "")
        return person, stage

    async def actor(self, name: str) -> Actor:
        """Who ``name`` is."""
        async with self.kernel.database.connection() as connection:
            secret = await open_session(connection, self.accounts[name], "browser")
            return (await who_is(connection, secret, "browser")).actor

    async def decide(self, name: str, case: UUID, task: str, kind: DecisionKind, reasons: str = "") -> None:
        """Decide through the kernel, as somebody at another window would."""
        actor = await self.actor(name)
        seen = await task_page(self.kernel, actor, REGION, case, task)
        await decide(self.kernel, actor, REGION, case, task, Decision(kind, seen.task.revision, reasons))

    async def browser(self, name: str | None) -> "Browser":
        """A browser in which ``name`` is signed in; nobody with None."""
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app=self.app, raise_app_exceptions=False),  # type: ignore[arg-type]
            base_url=BASE,
        )
        if name is not None:
            async with self.kernel.database.connection() as connection:
                secret = await open_session(connection, self.accounts[name], "browser")
            client.cookies.set(SESSION_COOKIE, secret)
        return Browser(client)

    async def today(self) -> dt.date:
        """The platform's day."""
        return local_day(await self.stage().now())


def valid_number(first: str) -> str:
    """A resident number with its check character (GB 11643) after 17 digits."""
    weights = [pow(2, 17 - place, 11) for place in range(17)]
    total = sum(int(digit) * weight for digit, weight in zip(first, weights, strict=True))
    return first + "10X98765432"[total % 11]


class Browser:
    """Pages read and forms sent, hidden fields included."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self.client = client
        self.page = httpx.Response(200, text="")

    async def get(self, address: str) -> httpx.Response:
        """Open a page; it stays open."""
        self.page = await self.client.get(address)
        return self.page

    async def send(self, address: str, fields: Mapping[str, str | Sequence[str]]) -> httpx.Response:
        """Send a form of the open page to ``address``."""
        token = TOKEN.search(self.page.text)
        assert token is not None, "the open page has no form"
        self.page = await self.client.post(address, data={"_csrf_token": token[1], **fields})
        return self.page

    def revision(self) -> str:
        """The hidden revision of the open decision form."""
        found = REVISION.search(self.page.text)
        assert found is not None, "the open page has no decision form"
        return found[1]


def task_path(stage: KernelStage, task: str) -> str:
    """The address of one task of the stage's case."""
    return f"/desk/tasks/{REGION}/{stage.case}/{task}"
