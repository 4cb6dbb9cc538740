"""Every address that can be read, as everybody who might: generated from the application's own route table.

A route without a rule fails here, so nobody adds a read path without saying who may read it. What 王芳 entrusted
to the platform appears in no answer to anybody who is not entitled to it, whatever its status.
"""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from litestar.routes import HTTPRoute
from tests.conftest import BASE, Template
from tests.licences.cast import FONTS
from tests.world import BANK_ACCOUNT, CHILD, CLAIM, FANG, FORM, JING, LEAD, REGION, WEI, World

from tongban.calendars import actions as calendars
from tongban.cases.actions import files, notices
from tongban.cases.models import INTAKE
from tongban.cases.oversight.finding import look, look_soon
from tongban.cases.oversight.tickets import TicketAnswer, answer_ticket
from tongban.cases.rights.asking import ask
from tongban.cases.rights.copying import make_copy
from tongban.cases.rights.models import Asked
from tongban.cases.sharing import asking
from tongban.cases.sharing.answering import Answers, answer
from tongban.cases.sharing.models import LineAnswer
from tongban.cases.sharing.reading import basket_page, request_page
from tongban.cli.kernel_stage import photo
from tongban.connectors.authority import DemonstrationAuthority
from tongban.connectors.documents import DocumentMaker
from tongban.connectors.notices import make_case_notice
from tongban.connectors.typesetting import Typesetter
from tongban.ledger.sealer import seal_all
from tongban.licences import actions as licence_register
from tongban.licences.listing.actions import publish
from tongban.licences.presenting.actions import present
from tongban.parties.actions import appoint, open_session
from tongban.parties.applications import actions as applications
from tongban.parties.applications.models import Registration
from tongban.parties.models import Post
from tongban.resources.catalogue import projects
from tongban.resources.catalogue.definitions import Project
from tongban.resources.granting.definitions import Line
from tongban.web.app import create_app
from tongban.web.cached import FrontDoor
from tongban.web.site import Site, WebSettings

CALENDAR = Path(__file__).parents[2] / "docs/examples/calendar-2027-invented.yaml"
ELSEWHERE_REGION = "330104"
READERS: Mapping[str, str | None] = {
    "visitor": None,
    "owner": FANG,
    "citizen": "林晓",
    "lead": LEAD,
    "participant": WEI,
    "other department": JING,
    "clerk": "何平",
    "administrator": "吴浩",
    "head elsewhere": "赵刚",
    "head in another region": "陈雨",
}


@dataclass(frozen=True)
class Rule:
    """Who reads an address, answered with ``ok``; what the others are answered, and what a visitor is.

    ``hers``: what is read is 王芳's own; otherwise everybody reads something, and only ``shows`` something of hers.
    """

    readers: tuple[str, ...]
    others: int = 404
    visitor: int | None = None
    hers: bool = True
    shows: tuple[str, ...] = ()
    ok: int = 200
    finds_nothing: tuple[str, ...] = ()

    def expects(self, reader: str, page: bool) -> int:
        """The status for ``reader``."""
        if reader in self.readers:
            return self.ok
        if reader in self.finds_nothing:
            return 404
        if reader == "visitor":
            return self.visitor or (303 if page else 401)
        return self.others

    def entitled(self, reader: str) -> bool:
        """Whether the answer to ``reader`` may hold what 王芳 entrusted to the platform."""
        return reader in (self.readers if self.hers else self.shows)


EVERYBODY = Rule(tuple(READERS), hers=False)
SIGNED_IN = Rule(tuple(reader for reader in READERS if reader != "visitor"), hers=False)
CONFIRM_FIRST = Rule((), others=303, hers=False)
OWNER = Rule(("owner",))
TAKING_PART = Rule(("lead", "participant"))
OWNER_OR_PART = Rule(("owner", "lead", "participant"))
USING_THE_MATERIAL = Rule(("owner", "lead"))
OFFICIALS_HERE = Rule(("lead", "participant", "other department", "head elsewhere"), others=403, hers=False)
HEADS_HERE = Rule(("head elsewhere",), others=403, hers=False)
ADMINISTRATORS = Rule(("administrator",), others=403, hers=False)
CONCERNED = Rule(("lead",), hers=False)
OFFICIALS = Rule(
    (
        "lead",
        "participant",
        "other department",
        "clerk",
        "administrator",
        "head elsewhere",
        "head in another region",
    ),
    others=403,
    hers=False,
)
DECIDERS = OFFICIALS_HERE
ISSUER = Rule(("lead",))
BOTH_SIDES = Rule(("lead", "participant"), hers=False)
INBOX = replace(OFFICIALS_HERE, shows=("lead", "participant"))
DESK = replace(OFFICIALS, shows=("lead", "participant"))
VERIFIERS = replace(OFFICIALS_HERE, shows=("participant",))
OWN_LIST = replace(SIGNED_IN, shows=("owner",))
APPLICATION = Rule(("administrator",), hers=False)
NOT_OFFERED = Rule((), others=404, visitor=404)

RULES: Mapping[str, Rule] = {
    # for everybody
    "/": EVERYBODY,
    "/search": EVERYBODY,
    "/api/v1/acts": EVERYBODY,
    "/guides/{journey}": EVERYBODY,
    "/guides/{journey}/journey.bpmn": EVERYBODY,
    "/style": EVERYBODY,
    "/health": EVERYBODY,
    "/health/ready": EVERYBODY,
    "/keys": EVERYBODY,
    "/log/checkpoint": EVERYBODY,
    "/log/tile/{place}": EVERYBODY,
    "/receipt-check": EVERYBODY,
    "/receipt-check/verify_receipt.py": EVERYBODY,
    "/verify": EVERYBODY,
    "/verify/{code}": EVERYBODY,
    # opening the address shows nothing: the button does, once
    "/presented/{code}": EVERYBODY,
    "/api/v1/regions/{region}/journeys": EVERYBODY,
    "/api/v1/regions/{region}/journeys/{journey}": EVERYBODY,
    "/api/v1/regions/{region}/journeys/{journey}/bpmn": EVERYBODY,
    "/api/v1/regions/{region}/journeys/{journey}/effect": EVERYBODY,
    "/api/v1/verify/{code}": EVERYBODY,
    "/licence-list/{region}": EVERYBODY,
    "/manifest/{door}": EVERYBODY,
    "/service-worker.js": EVERYBODY,
    "/offline": EVERYBODY,
    "/offline/mine": OWN_LIST,
    "/api/v1/schema": EVERYBODY,
    "/api/v1/schema/openapi.json": EVERYBODY,
    "/api/v1/schema/{path}": Rule((), others=404, visitor=404),
    "/sign-in": Rule(("visitor",), others=303, hers=False),
    # sign-in at other applications and by the upper level: this node offers neither
    "/.well-known/openid-configuration": NOT_OFFERED,
    "/.well-known/oauth-authorization-server": NOT_OFFERED,
    "/identity/authorize": NOT_OFFERED,
    "/identity/jwks": NOT_OFFERED,
    "/identity/userinfo": NOT_OFFERED,
    "/identity/sign-out": NOT_OFFERED,
    "/sign-in/upper": NOT_OFFERED,
    "/sign-in/upper/return": NOT_OFFERED,
    "/sign-in/upper/link": Rule((), others=400),
    "/account/applications": SIGNED_IN,
    "/invitation/{secret}": Rule((), others=404, visitor=404),
    "/register": EVERYBODY,
    "/recover": EVERYBODY,
    "/recover/{secret}": Rule((), others=404, visitor=404),
    "/account/identity": Rule((), others=303, hers=False),
    "/desk/window": Rule(("clerk", "head elsewhere", "head in another region"), others=403, hers=False),
    "/desk/window/{region}/{draft_id}": Rule(()),
    "/desk/window/cases/{region}/{case_id}": Rule(()),
    "/desk/window/cases/{region}/{case_id}/files/{file_id}": Rule(()),
    "/api/v1/window/cases/{region}/{case}": Rule(()),
    "/api/v1/window": Rule(("clerk", "head elsewhere", "head in another region"), others=403, hers=False),
    "/desk/guardians": Rule(("clerk", "head elsewhere", "head in another region"), others=403, hers=False),
    "/desk/identity": Rule(
        ("clerk", "administrator", "head elsewhere", "head in another region"), others=403, hers=False
    ),
    # one's own, and nobody else's
    "/apply/{journey}": SIGNED_IN,
    "/account": SIGNED_IN,
    "/account/password": SIGNED_IN,
    "/account/confirm": SIGNED_IN,
    "/account/step-up": SIGNED_IN,
    # what protects an account: the password again, and a code from who has a telephone on record
    "/account/mobile": CONFIRM_FIRST,
    "/account/close": CONFIRM_FIRST,
    "/account/closed": EVERYBODY,
    "/api/v1/account/closing": OWN_LIST,
    "/account/second": CONFIRM_FIRST,
    "/account/totp": CONFIRM_FIRST,
    "/account/passkeys": CONFIRM_FIRST,
    # acting for others: everybody's own page; an enterprise's people for who governs it
    "/acting": SIGNED_IN,
    "/acting/agents/new": CONFIRM_FIRST,
    "/acting/children/new": SIGNED_IN,
    "/acting/enterprises": SIGNED_IN,
    "/enterprise/{enterprise}/people": Rule((), others=403),
    "/api/v1/appointments": SIGNED_IN,
    "/api/v1/enterprises/{enterprise}/people": Rule((), others=403),
    "/matters": OWN_LIST,
    "/licences": OWN_LIST,
    "/my-data": OWN_LIST,
    "/my-data/consents": OWN_LIST,
    "/my-data/rights": SIGNED_IN,
    "/my-data/rights/{region}/{asked_id}/copy": OWNER,
    "/my-data/rights/{region}/{asked_id}/copy.json": OWNER,
    "/my-data/rights/{region}/{asked_id}/copy.xlsx": OWNER,
    "/api/v1/my-data/requests": SIGNED_IN,
    "/api/v1/my-data/requests/{region}/{asked_id}": OWNER,
    "/api/v1/my-data/requests/{region}/{asked_id}/copy": OWNER,
    "/my-data/consents/{region}/{case_id}/{material}": OWNER,
    "/my-data/consent-requests/{region}/{asking}": OWNER,
    "/messages": OWN_LIST,
    "/messages/unread": SIGNED_IN,
    "/api/v1/sessions/current": SIGNED_IN,
    "/api/v1/enterprises": SIGNED_IN,
    "/api/v1/drafts": OWN_LIST,
    "/api/v1/cases": OWN_LIST,
    "/api/v1/licences": OWN_LIST,
    "/api/v1/my-data": OWN_LIST,
    "/api/v1/my-data/{use}/objections": OWN_LIST,
    "/api/v1/messages": OWN_LIST,
    "/api/v1/my-data/consents": OWN_LIST,
    "/api/v1/my-data/consents/{region}/{case}/{material}": OWNER,
    "/api/v1/my-data/consent-requests": OWN_LIST,
    "/api/v1/my-data/consent-requests/{region}/{asking}": OWNER,
    "/api/v1/hats": SIGNED_IN,
    "/api/v1/sessions": SIGNED_IN,
    "/api/v1/consents": SIGNED_IN,
    "/drafts/{region}/{draft_id}": replace(OWNER, ok=303),
    "/drafts/{region}/{draft_id}/notice": OWNER,
    "/drafts/{region}/{draft_id}/steps/{step_id}": OWNER,
    "/drafts/{region}/{draft_id}/materials": OWNER,
    "/drafts/{region}/{draft_id}/promises": OWNER,
    "/drafts/{region}/{draft_id}/files/{file_id}": OWNER,
    "/drafts/{region}/{draft_id}/review": OWNER,
    "/api/v1/drafts/{region}/{draft}": OWNER,
    "/api/v1/drafts/{region}/{draft}/promises": OWNER,
    "/matters/{region}/{case_id}": OWNER,
    "/matters/{region}/{case_id}/live": OWNER,
    "/matters/{region}/{case_id}/withdraw": OWNER,
    "/matters/{region}/{case_id}/edit": OWNER,
    "/matters/{region}/{case_id}/uses/{look_up}": OWNER,
    "/matters/{region}/{case_id}/receipt": OWNER,
    "/matters/{region}/{case_id}/receipt/state": OWNER,
    "/matters/{region}/{case_id}/receipts/{entry}": OWNER,
    "/licences/{region}/{licence_id}": OWNER,
    "/licences/{region}/{licence_id}/document": replace(OWNER, ok=202),
    "/api/v1/licences/{region}/{licence}/document": replace(OWNER, ok=202),
    "/licences/{region}/{licence_id}/present": OWNER,
    "/licences/{region}/{licence_id}/metadata": OWNER,
    "/api/v1/licences/{region}/{licence}/metadata": OWNER,
    "/licences/{region}/{licence_id}/presentations/{presentation_id}": OWNER,
    "/api/v1/licences/{region}/{licence}/presentations": OWNER,
    # a case, for its applicant and for the departments that take part
    "/api/v1/cases/{region}/{case}": OWNER_OR_PART,
    "/api/v1/cases/{region}/{case}/receipts/{entry}": OWNER_OR_PART,
    "/api/v1/cases/{region}/{case}/notices": OWNER_OR_PART,
    "/api/v1/cases/{region}/{case}/notices/{notice}": OWNER_OR_PART,
    "/matters/{region}/{case_id}/notices/{notice}": OWNER_OR_PART,
    "/desk/receipts/{region}/{case_id}/{entry}": OWNER_OR_PART,
    "/api/v1/cases/{region}/{case}/files/{file}": USING_THE_MATERIAL,
    "/matters/{region}/{case_id}/files/{file_id}": USING_THE_MATERIAL,
    "/desk/files/{region}/{case_id}/{file_id}": USING_THE_MATERIAL,
    "/desk/tasks/{region}/{case_id}/{task_id}": TAKING_PART,
    "/desk/tasks/{region}/{case_id}/{task_id}/acts": TAKING_PART,
    "/desk/tasks/{region}/{case_id}/{task_id}/acts/{kind}/{on}": Rule(("lead",)),
    "/desk/tasks/{region}/{case_id}/{task_id}/acts/{kind}/{on}/done": SIGNED_IN,
    "/matters/{region}/{case_id}/acts/{kind}": OWNER,
    "/api/v1/desk/{region}/tasks/{case}/{task}": TAKING_PART,
    # oversight: tickets for the department concerned, clocks without persons, the table for heads
    "/desk/verifications": VERIFIERS,
    "/api/v1/desk/{region}/verifications": VERIFIERS,
    "/api/v1/desk/{region}/guardianships": Rule(("clerk", "head elsewhere"), others=403, hers=False),
    "/desk/tickets": OFFICIALS_HERE,
    "/desk/tickets/{region}/{ticket}": CONCERNED,
    "/desk/clock/{region}/{case_id}": TAKING_PART,
    "/desk/overdue": HEADS_HERE,
    "/desk/league": HEADS_HERE,
    "/desk/league.xlsx": HEADS_HERE,
    "/api/v1/tickets/{region}": OFFICIALS_HERE,
    "/api/v1/tickets/{region}/{ticket}": CONCERNED,
    "/api/v1/clocks/{region}/{case}": TAKING_PART,
    "/api/v1/overdue/{region}": HEADS_HERE,
    "/api/v1/league": HEADS_HERE,
    # requests for data: who asks, who provides, who administers data
    "/desk/basket": OFFICIALS_HERE,
    "/desk/baskets/{region}/{basket}": Rule(("participant",), hers=False),
    "/desk/requests": OFFICIALS_HERE,
    "/desk/requests/{region}/{asked}": BOTH_SIDES,
    "/desk/grants": replace(OFFICIALS_HERE, readers=(*OFFICIALS_HERE.readers, "administrator")),
    "/desk/grants/export.xlsx": replace(OFFICIALS_HERE, readers=(*OFFICIALS_HERE.readers, "administrator")),
    "/desk/grants/{region}/{grant}": replace(BOTH_SIDES, readers=(*BOTH_SIDES.readers, "administrator")),
    "/api/v1/baskets/{region}": OFFICIALS_HERE,
    "/api/v1/baskets/{region}/{basket}": Rule(("participant",), hers=False),
    "/api/v1/sharing-requests/{region}": OFFICIALS_HERE,
    "/api/v1/sharing-requests/{region}/{asked}": BOTH_SIDES,
    "/api/v1/grants/{region}": replace(OFFICIALS_HERE, readers=(*OFFICIALS_HERE.readers, "administrator")),
    "/api/v1/grants/{region}/{grant}": replace(BOTH_SIDES, readers=(*BOTH_SIDES.readers, "administrator")),
    "/api/v1/themes": SIGNED_IN,
    # the desk of those who decide in this region
    "/desk": DESK,
    "/desk/export.xlsx": INBOX,
    "/desk/search": Rule(TAKING_PART.readers, others=403, ok=303, finds_nothing=("other department", "head elsewhere")),
    "/desk/next": replace(INBOX, ok=303),
    # licences, for who issued them
    "/desk/licences": OFFICIALS_HERE,
    "/desk/licences/{region}/{licence_id}": ISSUER,
    "/api/v1/desk/{region}/licence-changes": OFFICIALS_HERE,
    "/api/v1/desk/{region}/licences": ISSUER,
    "/api/v1/desk/{region}/licences/{licence}": ISSUER,
    # heads and supervisors of the region
    "/desk/journeys": HEADS_HERE,
    "/desk/journeys/{journey}": HEADS_HERE,
    "/desk/journeys/{journey}/export.xlsx": HEADS_HERE,
    "/api/v1/desk/{region}/journeys/{journey}/measures": HEADS_HERE,
    "/api/v1/desk/{region}/tasks": INBOX,
    # administrators put calendars into force
    "/desk/calendars": ADMINISTRATORS,
    "/desk/access": ADMINISTRATORS,
    # the evidence of privacy: numbers, purposes and departments
    "/desk/privacy": ADMINISTRATORS,
    "/desk/privacy.xlsx": ADMINISTRATORS,
    "/desk/retention": ADMINISTRATORS,
    "/desk/calendars/{proposal}": ADMINISTRATORS,
    # and see what is open about the node
    "/desk/checklist": ADMINISTRATORS,
    # and register the applications that people sign in to
    "/desk/applications": ADMINISTRATORS,
    "/desk/applications/new": ADMINISTRATORS,
    "/desk/applications/{application}": APPLICATION,
    "/desk/applications/{application}/edit": APPLICATION,
    "/api/v1/applications": ADMINISTRATORS,
    "/api/v1/applications/{application}": APPLICATION,
    "/api/v1/calendars": ADMINISTRATORS,
    "/api/v1/calendars/{proposal}": ADMINISTRATORS,
    # the directory of the organisation: officials read, administrators change; leave is everybody's own
    "/desk/directory": OFFICIALS,
    "/desk/directory/units/{unit}": OFFICIALS,
    "/desk/directory/people/{account}": OFFICIALS,
    "/desk/directory/new": ADMINISTRATORS,
    "/desk/directory/people/new": ADMINISTRATORS,
    "/desk/directory/import": ADMINISTRATORS,
    "/desk/directory/export.xlsx": ADMINISTRATORS,
    "/desk/directory/systems": ADMINISTRATORS,
    "/desk/leave": OFFICIALS,
    "/api/v1/directory/{region}/units": OFFICIALS,
    "/api/v1/directory/{region}/units/{unit}": OFFICIALS,
    "/api/v1/directory/{region}/units/{unit}/holders": OFFICIALS,
    "/api/v1/directory/{region}/people": OFFICIALS,
    "/api/v1/directory/{region}/people/{account}": OFFICIALS,
    # systems with a token of their own only: no person's session or token opens it
    "/scim/v2/{rest}": Rule((), others=401, visitor=401),
    # who serves nowhere that this node knows has no first day here
    "/desk/welcome": replace(OFFICIALS, readers=OFFICIALS.readers[:-1], finds_nothing=OFFICIALS.readers[-1:]),
    # the catalogue: the public's part, the officials', the providers', the data administrators'
    "/catalogue": EVERYBODY,
    "/catalogue/{region}/{entry}": EVERYBODY,
    "/api/v1/catalogue/{region}/public": EVERYBODY,
    "/api/v1/catalogue/{region}/dcat": EVERYBODY,
    "/desk/catalogue": OFFICIALS,
    "/desk/catalogue/entries/{region}/{entry}": OFFICIALS,
    "/desk/catalogue/entries/{region}/{entry}/edit": Rule(("participant", "administrator"), others=403, hers=False),
    "/desk/catalogue/export.xlsx": OFFICIALS,
    "/desk/catalogue/new": DECIDERS,
    "/desk/catalogue/import": DECIDERS,
    "/desk/catalogue/projects": replace(DECIDERS, readers=(*DECIDERS.readers, "administrator")),
    "/desk/catalogue/projects/{region}/{project}": Rule(("participant", "administrator"), hers=False),
    "/api/v1/catalogue/{region}": OFFICIALS,
    "/api/v1/catalogue/{region}/idle": OFFICIALS,
    "/api/v1/catalogue/{region}/export.xlsx": OFFICIALS,
    "/api/v1/catalogue/{region}/entries/{entry}": OFFICIALS,
    "/api/v1/projects/{region}": replace(DECIDERS, readers=(*DECIDERS.readers, "administrator")),
    "/api/v1/projects/{region}/{project}": Rule(("participant", "administrator"), hers=False),
    "/api/v1/catalogue-feed": Rule((), others=401, visitor=401),
    # registered receivers only: no person's token opens them
    "/api/v1/library/feed": Rule((), others=401, visitor=401),
    "/api/v1/library/digests": Rule((), others=401, visitor=401),
}


@dataclass(frozen=True)
class Hers:
    """What 王芳 has here: ids to ask for, and texts that only those entitled may be shown."""

    values: Mapping[str, Mapping[str, Any]]
    queries: Mapping[str, str]
    secrets: Mapping[str, str]


@pytest.fixture(scope="module")
async def world(template: Template) -> AsyncIterator[World]:
    """One platform for all questions; they only read."""
    address = template.copy()
    found = template.world(address, walled=True)
    await found.database.open()
    yield found
    await found.database.close()
    template.drop(address)


async def _file(world: World, case: UUID) -> UUID:
    actor, now = await world.actor(FANG), await world.now()
    return (
        await files.upload(world.kernel, actor, now, REGION, case, "medical_bill", "票据.jpg", "image/jpeg", photo())
    ).id


async def _notice(world: World, case: UUID, keys: Path) -> UUID:
    """The paper of the case's acceptance, made."""
    event: UUID = await world.one("SELECT id FROM case_events WHERE case_id = %(c)s AND kind = 'case.accepted'", c=case)
    async with world.database.transaction() as connection:
        await notices.order(connection, world.kernel, REGION, case, event)
    authority = DemonstrationAuthority(keys)
    maker = DocumentMaker(Typesetter([FONTS]), authority, world.kernel.vault, BASE, demonstration=True)
    await make_case_notice(world.kernel, maker, REGION, case, event)
    return event


async def _copy(world: World) -> UUID:
    """Her request for a copy of her data, granted and made."""
    made = await ask(world.kernel, await world.actor(FANG), Asked("copy", REGION))
    said = TicketAnswer("corrected", 1, "已经核对，是本人申请")
    await answer_ticket(world.kernel, await world.actor("孙丽"), REGION, made.id, said)
    async with world.database.transaction() as connection:
        await make_copy(connection, world.kernel, REGION, made.id)
    return made.id


async def _entry(world: World, name: str) -> UUID:
    """A published entry of the catalogue."""
    found: UUID = await world.one("SELECT id FROM catalogue_entries WHERE name = %(n)s", n=name)
    return found


async def _project(world: World) -> UUID:
    """A project of the police."""
    project = Project("窗口排队叫号", "群众到窗口办事按号等候，减少拥挤", ["取号", "叫号"])
    async with world.database.connection() as connection:
        actor, directory = await world.actor(WEI), world.kernel.directory
        made = await projects.propose(connection, actor, directory, REGION, "police", project, await world.now())
    return made.id


async def _application(world: World) -> UUID:
    """An application that people could sign in to."""
    back = ("https://bike.example/back",)
    stated = Registration(name="共享单车", purpose="骑车时确认是您本人", department="police", redirects=back)
    actor, directory, now = await world.actor("吴浩"), world.kernel.directory, await world.now()
    async with world.database.connection() as connection:
        made, _ = await applications.register(connection, actor, directory, REGION, stated, now)
    return made.id


async def _ticket(world: World) -> UUID:
    """A ticket at the department that refused another of her applications without saying why."""
    refused = await world.submitted()
    await world.decide(LEAD, refused, INTAKE, "refuse", "不行不行不行")
    async with world.database.connection() as connection:
        await look_soon(connection, REGION, refused)
    await look(world.kernel)
    found: UUID = await world.one("SELECT id FROM tickets")
    return found


async def _shared(world: World) -> Mapping[str, UUID]:
    """A basket of the police at the health department, answered: its basket, request and grant."""
    wei, lead = await world.actor(WEI), await world.actor(LEAD)
    line = Line("health.birth-record", ["hospital"], "核对走失儿童", "人民警察法 第六条", 30)
    await asking.put_line(world.kernel, wei, REGION, "police", line)
    basket = (await asking.send(world.kernel, wei, REGION, "police", "核对")).basket
    (request,) = (await basket_page(world.kernel, wei, REGION, basket)).requests
    seen = await request_page(world.kernel, lead, REGION, request.id)
    said = Answers(seen.answer.revision, {seen.lines[0].line.id: LineAnswer("grant")})
    await answer(world.kernel, lead, REGION, request.id, said)
    grant = await world.one("SELECT grant_id FROM basket_lines WHERE basket = %(b)s", b=basket)
    return {"basket": basket, "asked": request.id, "grant": grant}


async def _asking(world: World) -> UUID:
    """A request to 王芳 for her consent: her husband applies, and says that she paid the bill."""
    father = {**FORM, **CLAIM, "applicant_role": "father", "bill_payer": "other_parent"}
    await world.saved(await world.noticed("张强"), "张强", **father)
    return UUID(str(await world.one("SELECT id FROM consent_requests")))


@pytest.fixture(scope="module")
async def hers(world: World, tmp_path_factory: pytest.TempPathFactory) -> Hers:
    """A case under way with a file, a receipt, a paper and a licence; one not accepted yet; and an open draft."""
    draft = await world.ready(consents=("medical_bill",), **CLAIM)
    file = await _file(world, draft.id)
    made = await world.submit(draft)
    await world.decide(LEAD, made.id, INTAKE, "accept")
    await world.decide(LEAD, made.id, "birth_certificate", "approve")
    waiting = await world.submit(await world.ready())
    ticket = await _ticket(world)
    open_draft = await world.ready(**CLAIM)
    draft_file = await _file(world, open_draft.id)
    async with world.database.connection() as connection:
        await seal_all(connection, world.kernel.signer)
        here = Post(ELSEWHERE_REGION, "health", "head")
        await appoint(connection, world.accounts["陈雨"], here)
    (licence,) = await world.rows("SELECT id, code FROM licences WHERE source = %(c)s", c=made.id)
    (card,) = await world.rows(
        "SELECT l.code FROM licences l JOIN persons p ON p.id_key = l.holder_key"
        " WHERE p.name = %(n)s AND l.type = 'resident-id-card'",
        n=FANG,
    )
    look_up = await world.one("SELECT look_up FROM case_evidence WHERE case_id = %(c)s LIMIT 1", c=made.id)
    notice = await _notice(world, made.id, tmp_path_factory.mktemp("authority"))
    async with world.database.connection() as connection:
        held = await licence_register.read(connection, world.kernel.vault, REGION, licence.id)
        shown = await present(connection, held, [], await world.now())
        await publish(connection, world.kernel.signer, REGION, await world.now())
        calendar = await calendars.propose(
            connection, await world.actor("吴浩"), CALENDAR.read_text("utf-8"), await world.now()
        )
    common = {
        **await _shared(world),
        "kind": "suspend", "on": "case", "unit": "police", "rest": "Users", "account": world.accounts[WEI],
        "ticket": ticket, "asked_id": await _copy(world), "presentation_id": shown.id, "door": "desk",
        "project": await _project(world),
        "notice": notice, "proposal": calendar.id, "application": await _application(world),
        "region": REGION, "journey": "birth", "step_id": "family", "task": "birth_certificate",
        "task_id": "birth_certificate", "case": made.id, "case_id": made.id, "draft": open_draft.id,
        "draft_id": open_draft.id, "file": file, "file_id": file, "entry": made.entry, "look_up": look_up,
        "use": look_up, "licence": licence.id, "licence_id": licence.id, "code": card.code,
        "enterprise": await world.one("SELECT id FROM enterprises LIMIT 1"),
        "place": "0/000.p/1", "path": "x", "secret": "never-made",
        "material": "medical_bill", "asking": await _asking(world),
    }  # fmt: skip
    special = {
        "/drafts/{region}/{draft_id}/files/{file_id}": {"file_id": draft_file},
        "/matters/{region}/{case_id}/withdraw": {"case_id": waiting.id},
        "/matters/{region}/{case_id}/edit": {"case_id": waiting.id},
        "/matters/{region}/{case_id}/acts/{kind}": {"kind": "withdraw"},
        "/catalogue/{region}/{entry}": {"entry": await _entry(world, "餐饮安全主题数据")},
    }
    population = await _entry(world, "常住人口基本信息")
    for path in ("/desk/catalogue/entries/{region}/{entry}", "/api/v1/catalogue/{region}/entries/{entry}"):
        special |= {path: {"entry": population}, f"{path}/edit": {"entry": population}}
    secrets = {
        "id number": world.people[FANG].id_number,
        "spouse's id number": world.people["张强"].id_number,
        "bank account": BANK_ACCOUNT,
        "child's name": CHILD,
        "case number": made.number,
        "number of the other case": waiting.number,
        "address": str(draft.form["household_address"]),
    }
    queries = {
        "/desk/directory/units/{unit}": f"?region={REGION}",
        "/desk/directory/people/{account}": f"?region={REGION}",
        "/api/v1/league": f"?region={REGION}",
        "/desk/search": f"?number={made.number}",
        "/search": "?q=生孩子",
        "/desk": "?tab=decided",
        "/api/v1/desk/{region}/licences": f"?typed={licence.code}",
    }
    return Hers({"": common, **special}, queries, secrets)


@pytest.fixture(scope="module")
def door(world: World) -> FrontDoor:
    """The whole application: pages and API."""
    settings = WebSettings(base_url=BASE, secret="a secret of thirty-two characters", demonstration=True)
    return create_app(Site(world.kernel, settings))


def _read_paths(door: FrontDoor) -> list[str]:
    routes = [route for route in door.litestar.routes if isinstance(route, HTTPRoute)]
    return sorted({route.path_format for route in routes if "GET" in route.methods})


def _address(path: str, hers: Hers) -> str:
    return path.format(**{**hers.values[""], **hers.values.get(path, {})}) + hers.queries.get(path, "")


async def _ask(world: World, door: FrontDoor, reader: str, address: str) -> httpx.Response:
    name, headers = READERS[reader], {}
    kind = "token" if address.startswith("/api/") else "browser"
    if name is not None:
        key = f"{kind} of {name}"
        if key not in world.secrets:
            async with world.database.connection() as connection:
                world.secrets[key] = await open_session(connection, world.accounts[name], kind)  # type: ignore[arg-type]
        secret = world.secrets[key]
        headers = {"authorization": f"Bearer {secret}"} if kind == "token" else {"cookie": f"tongban_session={secret}"}
    transport = httpx.ASGITransport(app=door, raise_app_exceptions=False)  # type: ignore[arg-type]
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        return await client.get(address, headers=headers)


def test_every_read_path_has_a_rule_and_every_rule_a_read_path(door: FrontDoor) -> None:
    assert _read_paths(door) == sorted(RULES)


@pytest.mark.parametrize("path", sorted(RULES))
async def test_who_may_read_it_and_nobody_else(world: World, hers: Hers, door: FrontDoor, path: str) -> None:
    rule, address = RULES[path], _address(path, hers)
    page = not path.startswith("/api/")
    answers = {reader: await _ask(world, door, reader, address) for reader in READERS}
    expected = {reader: rule.expects(reader, page) for reader in READERS}
    assert {reader: answer.status_code for reader, answer in answers.items()} == expected
    told = {
        (reader, what)
        for reader, answer in answers.items()
        for what, text in hers.secrets.items()
        # What the reader typed into the address comes back to be corrected; that tells nobody anything.
        if text not in address and text in answer.text + repr(answer.headers) and not rule.entitled(reader)
    }
    assert told == set()


async def test_what_she_entrusted_is_there_to_be_found(world: World, hers: Hers, door: FrontDoor) -> None:
    """The search for secrets is no empty one: her own page and her handler's hold them."""
    case = await _ask(world, door, "owner", _address("/api/v1/cases/{region}/{case}", hers))
    found = {what for what, text in hers.secrets.items() if text in case.text}
    assert found == set(hers.secrets) - {"number of the other case"}
