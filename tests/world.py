"""What a test stands on: a real database with the packs installed, the fixed cast, and short ways to act as them.

王芳 applies, 李伟 decides at the police, 周敏 at the health department that leads, 陈静 belongs elsewhere.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from tongban.assembly.definitions import Person
from tongban.assembly.platform import Platform
from tongban.assembly.record_provider import RecordProvider
from tongban.basics.calendar import CST
from tongban.basics.database import Database, platform_now
from tongban.cases.actions import drafts, submission
from tongban.cases.actions.decisions import Decided, Decision, DecisionKind, decide
from tongban.cases.kernel import Kernel
from tongban.cases.models import INTAKE, Draft
from tongban.cases.views.desk import task_page
from tongban.cases.views.reading import case_page
from tongban.cases.views.shapes import CasePage
from tongban.parties.actions import open_session, who_is
from tongban.parties.models import Actor

PACKS = Path(__file__).parents[1] / "packs"
REGION = "330103"
MONDAY = dt.date(2026, 11, 23)
REASONS = "材料与登记信息不一致"
FANG = "王芳"
WEI = "李伟"
JING = "陈静"
LEAD = "周敏"
CHILD = "张小宝"
BANK_ACCOUNT = "6222020200112233445"
MOBILE = "19900002001"
FORM: Mapping[str, Any] = {
    "applicant_role": "mother",
    "mobile": MOBILE,
    "marital_status": "married",
    "other_parent_document": "resident-id",
    "child_name": CHILD,
    "child_ethnicity": "汉族",
    "settle_with": "applicant",
    "relation_to_head": "子女",
    "pays_insurance": False,
    "claims_reimbursement": False,
    "wants_guidance": False,
    "card_delivery": "electronic",
}
"""What 王芳 types; everything else is looked up and filled in."""

CLAIM: Mapping[str, Any] = {"claims_reimbursement": True, "bank_name": "演示银行", "bank_account": BANK_ACCOUNT}
"""What she types to claim her expenses: an account number, which must never lie about in the clear."""


@dataclass
class World:
    """One test's platform. ``people`` are the declared ones by name, ``accounts`` their accounts."""

    kernel: Kernel
    platform: Platform
    people: Mapping[str, Person]
    accounts: Mapping[str, UUID]
    secrets: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Database:
        """The test's own database."""
        return self.kernel.database

    def provider(self, resource: str) -> RecordProvider:
        """The departmental system that answers for ``resource``."""
        found = self.kernel.providers[resource]
        assert isinstance(found, RecordProvider)
        return found

    async def rows(self, statement: str, **values: Any) -> list[Any]:
        """What the database answers to ``statement``."""
        async with self.database.connection() as connection:
            cursor = await connection.execute(statement, values)
            return await cursor.fetchall() if cursor.description else []

    async def one(self, statement: str, **values: Any) -> Any:
        """The first column of the first row."""
        return (await self.rows(statement, **values))[0][0]

    async def now(self) -> dt.datetime:
        """The platform's time."""
        async with self.database.connection() as connection:
            return await platform_now(connection)

    async def go_to(self, day: dt.date, hour: int = 9) -> None:
        """Set the platform's time; only a demonstration database lets it be set."""
        to = dt.datetime.combine(day, dt.time(hour), CST)
        await self.rows(
            "INSERT INTO demonstration_time (ahead) VALUES (%(to)s - clock_timestamp())"
            " ON CONFLICT (single) DO UPDATE SET ahead = excluded.ahead",
            to=to,
        )

    async def secret(self, name: str) -> str:
        """A token of ``name``."""
        if name not in self.secrets:
            async with self.database.connection() as connection:
                self.secrets[name] = await open_session(connection, self.accounts[name], "token")
        return self.secrets[name]

    async def surer(self, name: str) -> None:
        """``name`` goes on in a session that a passkey opened."""
        async with self.database.connection() as connection:
            self.secrets[name] = await open_session(connection, self.accounts[name], "token", factors=("passkey",))

    async def actor(self, name: str) -> Actor:
        """``name`` signed in."""
        secret = await self.secret(name)
        async with self.database.connection() as connection:
            return (await who_is(connection, secret, "token")).actor

    # ---- 王芳's part -------------------------------------------------------------------------------

    async def opened(self, name: str = FANG) -> Draft:
        """A draft of the birth journey, just opened."""
        return (await drafts.open_draft(self.kernel, await self.actor(name), await self.now(), REGION, "birth")).draft

    async def noticed(self, name: str = FANG, consents: tuple[str, ...] = ()) -> Draft:
        """A draft whose notice was read: the first look-ups were made."""
        draft, actor = await self.opened(name), await self.actor(name)
        return await drafts.read_notice(self.kernel, actor, await self.now(), REGION, draft.id, list(consents))

    async def ready(self, name: str = FANG, consents: tuple[str, ...] = (), **changes: Any) -> Draft:
        """A draft with nothing missing."""
        draft = await self.noticed(name, consents)
        return await self.saved(draft, name, **{**FORM, **changes})

    async def saved(self, draft: Draft, name: str = FANG, **changes: Any) -> Draft:
        """``draft`` with changes saved as the page does it."""
        return await drafts.save_form(
            self.kernel, await self.actor(name), await self.now(), REGION, draft.id, draft.revision, changes
        )

    async def submit(self, draft: Draft, name: str = FANG, revision: int | None = None) -> submission.Submitted:
        """Submit ``draft``."""
        return await submission.submit(self.kernel, await self.secret(name), "token", REGION, draft.id, revision)

    async def submitted(self, name: str = FANG, **changes: Any) -> UUID:
        """The id of a case just submitted."""
        return (await self.submit(await self.ready(name, **changes), name)).id

    async def accepted(self, **changes: Any) -> UUID:
        """The id of a case just accepted."""
        case = await self.submitted(**changes)
        await self.decide(LEAD, case, INTAKE, "accept")
        return case

    async def page(self, case: UUID, name: str = FANG) -> CasePage:
        """The case as ``name`` sees it."""
        return await case_page(self.kernel, await self.actor(name), REGION, case)

    # ---- the departments' part ---------------------------------------------------------------------

    async def decide(
        self,
        name: str,
        case: UUID,
        task: str,
        kind: DecisionKind,
        reasons: str = REASONS,
        materials: tuple[str, ...] = (),
        revision: int | None = None,
    ) -> Decided:
        """Decide as ``name``, on the newest page unless ``revision`` says on which."""
        actor = await self.actor(name)
        if revision is None:
            revision = (await task_page(self.kernel, actor, REGION, case, task)).task.revision
        return await decide(self.kernel, actor, REGION, case, task, Decision(kind, revision, reasons, list(materials)))

    async def states(self, case: UUID) -> dict[str, str]:
        """Task → state."""
        rows = await self.rows(
            "SELECT task, state FROM tasks WHERE region = %(r)s AND case_id = %(c)s", r=REGION, c=case
        )
        return dict(rows)
