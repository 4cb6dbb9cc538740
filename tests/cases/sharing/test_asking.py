"""Data is asked for in a basket: checked at once, answered by each provider, in force, narrowed, taken back.

李伟 of the police asks; 周敏 of the health department answers; 陈静 of the market office belongs elsewhere.
"""

import datetime as dt
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from tests.resources.granting.intending import begins
from tests.world import JING, LEAD, REGION, WEI, World

from tongban.cases.errors import ReasonsNeeded, StalePage, WrongState
from tongban.cases.sharing import answering, asking, expiring, held, reading, standing, tokens
from tongban.cases.sharing.answering import Answers, Consent
from tongban.cases.sharing.errors import (
    AnswerUnfit,
    BasketEmpty,
    BasketInUse,
    BasketNotFound,
    BasketUnfit,
    RequestNotFound,
    SecondPerson,
    ThemeUnknown,
    TokenUnfit,
)
from tongban.cases.sharing.models import LineAnswer
from tongban.cases.sharing.reading import RequestPage
from tongban.cases.views.desk import inbox
from tongban.parties.errors import NotAllowed
from tongban.resources.definitions import Resource, ResourceField
from tongban.resources.errors import GrantUnfit, UnknownGrant
from tongban.resources.granting.book import GrantBook
from tongban.resources.granting.compiled import Ask, Compiled, Denial
from tongban.resources.granting.definitions import Line
from tongban.resources.granting.giving import Narrowing
from tongban.resources.masks.definitions import Mask
from tongban.resources.masks.keys import MaskKeys

POLICE = "police"
HEAD = "沈洁"
FIELDS = [
    ResourceField("id_number", "号码", key=True, grade="L3"),
    ResourceField("name", "姓名", grade="L3"),
    ResourceField("count", "次数", "integer"),
    ResourceField("illness", "病情", grade="L4"),
]
OPEN = Resource("health.hospitals", "医院名录", "health", [*FIELDS[2:3], ResourceField("hospital", "医院", key=True)],
                sharing="unconditional")  # fmt: skip
SOME = Resource("health.visits", "就诊信息", "health", FIELDS, condition="仅供核对")
NEVER = Resource("tax.audits", "稽查线索", "tax", FIELDS[:3], sharing="not_shared", basis="税收征收管理法 第八条")
BASIS, PURPOSE = "人民警察法 第六条", "核对走失人员信息"


def line(resource: str, *fields: str, **changes: Any) -> Line:
    made = Line(resource, list(fields), PURPOSE, BASIS, 90)
    return msgspec.structs.replace(made, **changes)


@pytest.fixture
def world(world: World) -> World:
    """The platform with three more resources: one open to all, one conditional with a grade 4 field, one not shared."""
    added = {one.id: one for one in (OPEN, SOME, NEVER)}
    world.kernel = replace(world.kernel, resources={**world.kernel.resources, **added})
    return world


async def put(world: World, *lines: Line, name: str = WEI, consumer: str = POLICE) -> None:
    for one in lines:
        await asking.put_line(world.kernel, await world.actor(name), REGION, consumer, one)


async def sent(world: World, *lines: Line) -> asking.Sent:
    await put(world, *lines)
    return await asking.send(world.kernel, await world.actor(WEI), REGION, POLICE, "走失人员核对")


async def the_request(world: World, name: str = LEAD) -> RequestPage:
    lines, _ = await reading.requests_of(world.kernel, await world.actor(name), REGION, True)
    return await reading.request_page(world.kernel, await world.actor(name), REGION, lines[0].id)


async def answered(world: World, page: RequestPage, *answers: LineAnswer, name: str = LEAD) -> str:
    waiting = [one.line for one in page.lines if one.line.state == "asked"]
    told = {one.id: answer for one, answer in zip(waiting, answers, strict=True)}
    made = Answers(page.answer.revision, told)
    return (await answering.answer(world.kernel, await world.actor(name), REGION, page.line.id, made)).state


async def ledger(world: World, kind: str) -> list[Any]:
    return [
        row[0] for row in await world.rows("SELECT data FROM ledger_entries WHERE kind = %(k)s ORDER BY id", k=kind)
    ]


ASK = Ask(REGION, SOME.id, POLICE, PURPOSE, None, ["name"], {"id_number": "1"})


async def decision(world: World, ask: Ask = ASK) -> Compiled | Denial:
    book = GrantBook(world.kernel.resources, MaskKeys(world.kernel.vault))
    return await book.admit(world.database, ask, await world.now())


async def test_what_is_shared_without_condition_is_granted_by_the_check_and_what_is_not_shared_is_refused_with_its_law(
    world: World,
) -> None:
    done = await sent(world, line(OPEN.id, "hospital", "count"), line(NEVER.id, "name"), line(SOME.id, "name"))
    assert (done.granted, done.refused, done.waiting) == (1, 1, 1)
    page = await reading.basket_page(world.kernel, await world.actor(WEI), REGION, done.basket)
    states = {one.line.resource: (one.line.state, one.line.reasons) for one in page.lines}
    assert states[NEVER.id] == ("refused", "税收征收管理法 第八条") and states[OPEN.id][0] == "granted"
    assert {one.provider: one.state for one in page.requests} == {"health": "open", "tax": "closed"}
    ask = Ask(REGION, OPEN.id, POLICE, PURPOSE, None, ["hospital"], {"hospital": "一院"})
    assert isinstance(await decision(world, ask), Compiled)
    assert await decision(world, msgspec.structs.replace(ask, purpose="另有用途")) == Denial(
        "another purpose", (await world.one("SELECT id FROM grants WHERE basket IS NOT NULL"))
    )
    assert isinstance(await decision(world), Denial)


async def test_a_request_waits_in_the_inbox_of_its_provider_alone_and_is_due_by_the_declared_limit(
    world: World,
) -> None:
    await sent(world, line(SOME.id, "name"))
    today = (await world.now()).date()
    lines = (await inbox(world.kernel, await world.actor(LEAD), REGION, today)).tasks
    mine = [one for one in lines if one.sharing]
    assert [(one.task_name, one.applicant_name, one.ticket) for one in mine] == [("提供部门答复", "走失人员核对", True)]
    # The catalogue does not publish the resource yet: ten working days, not five.
    days = world.kernel.limits.at("sharing-answer-unpublished", REGION, today).days
    assert mine[0].due_on == world.kernel.calendar_in(REGION).add_workdays(today, days).day
    for other in (JING, WEI):
        theirs = await inbox(world.kernel, await world.actor(other), REGION, today)
        assert not [one for one in theirs.tasks if one.sharing]


async def test_the_grade_masks_what_nobody_asked_for_in_clear(world: World) -> None:
    await sent(world, line(SOME.id, "name", "count"))
    assert await answered(world, await the_request(world), LineAnswer("grant")) == "closed"
    found = await decision(world)
    assert isinstance(found, Compiled)
    assert found.release({"name": "王芳", "count": 3, "illness": "x"}) == {"name": "王**"}


async def test_the_provider_narrows_with_reasons_and_never_gives_more(world: World) -> None:
    done = await sent(world, line(SOME.id, "name", "count", quota=10))
    page, said = await the_request(world), "只需核对姓名，不需要次数"
    for wrong in (
        LineAnswer("narrow", said, fields=["illness"]),
        LineAnswer("narrow", said, days=91),
        LineAnswer("narrow", said, quota=11),
        LineAnswer("narrow", said, lists=True),
        LineAnswer("narrow", said, rows="shoe = 1"),
        LineAnswer("narrow", said, rows="count = 1 AND count = 2"),
        LineAnswer("narrow", said, masks={"name": Mask("keep")}),
        LineAnswer("narrow", said, masks={"count": Mask("partial", "id")}),
    ):
        with pytest.raises(AnswerUnfit):
            await answered(world, page, wrong)
    with pytest.raises(ReasonsNeeded):
        await answered(world, page, LineAnswer("narrow", "少", fields=["name"]))
    narrowed = LineAnswer("narrow", said, fields=["name"], rows="count > 1", quota=2, days=30)
    assert await answered(world, page, narrowed) == "closed"
    seen = await reading.basket_page(world.kernel, await world.actor(WEI), REGION, done.basket)
    assert [(one.line.state, one.line.reasons) for one in seen.lines] == [("narrowed", said)]
    assert seen.basket.state == "closed"
    found = await decision(world)
    assert isinstance(found, Compiled) and (found.grant.quota, found.grant.rows) == (2, "count > 1")
    assert found.grant.valid_until - found.grant.valid_from == dt.timedelta(days=30)
    assert found.release({"name": "王芳", "count": 1}) is None
    assert isinstance(await decision(world, msgspec.structs.replace(ASK, fields=["count"])), Denial)


async def test_a_refusal_needs_reasons_and_a_stale_page_or_a_second_answer_changes_nothing(world: World) -> None:
    await sent(world, line(SOME.id, "name"))
    page = await the_request(world)
    with pytest.raises(ReasonsNeeded):
        await answered(world, page, LineAnswer("refuse"))
    stale = Answers(page.answer.revision + 1, {one.line.id: LineAnswer("grant") for one in page.lines})
    with pytest.raises(StalePage):
        await answering.answer(world.kernel, await world.actor(LEAD), REGION, page.line.id, stale)
    assert await answered(world, page, LineAnswer("refuse", "用途与目录写明的条件不符")) == "closed"
    with pytest.raises(WrongState):
        await answered(world, page, LineAnswer("grant"))
    assert await world.one("SELECT count(*) FROM grants WHERE basket IS NOT NULL") == 0


async def test_grade_four_needs_the_head_who_is_not_the_one_who_answered(world: World) -> None:
    await sent(world, line(SOME.id, "illness", masks={"illness": Mask("keep")}))
    page = await the_request(world)
    assert await answered(world, page, LineAnswer("grant")) == "approving"
    assert await world.one("SELECT count(*) FROM grants WHERE basket IS NOT NULL") == 0
    page = await the_request(world)
    consent = Consent(page.approve.revision, True)
    with pytest.raises(NotAllowed):
        await answering.approve(world.kernel, await world.actor(LEAD), REGION, page.line.id, consent)
    await world.rows(
        "INSERT INTO posts (account, region, department, role) VALUES (%(a)s, %(r)s, 'health', 'head')",
        a=world.accounts[LEAD], r=REGION,
    )  # fmt: skip
    with pytest.raises(SecondPerson):
        await answering.approve(world.kernel, await world.actor(LEAD), REGION, page.line.id, consent)
    head = await world.actor(HEAD)
    back = Consent(page.approve.revision, False, "请说明为什么需要病情")
    assert (await answering.approve(world.kernel, head, REGION, page.line.id, back)).state == "open"
    page = await the_request(world)
    assert await answered(world, page, LineAnswer("grant")) == "approving"
    page = await the_request(world)
    done = await answering.approve(world.kernel, head, REGION, page.line.id, Consent(page.approve.revision, True))
    assert done.state == "closed" and await world.one("SELECT count(*) FROM grants WHERE basket IS NOT NULL") == 1
    kinds = [one.kind for one in (await reading.request_page(world.kernel, head, REGION, page.line.id)).events]
    assert kinds == [
        "sharing.requested", "sharing.checked", "sharing.proposed", "sharing.returned", "sharing.proposed",
        "sharing.answered",
    ]  # fmt: skip


async def test_no_department_grants_what_another_owns_and_nobody_elsewhere_sees_the_basket(world: World) -> None:
    done = await sent(world, line(SOME.id, "name"))
    page = await the_request(world)
    made = Answers(page.answer.revision, {one.line.id: LineAnswer("grant") for one in page.lines})
    with pytest.raises(NotAllowed):  # 李伟 asked; he may look, never answer
        await answering.answer(world.kernel, await world.actor(WEI), REGION, page.line.id, made)
    jing = await world.actor(JING)
    with pytest.raises(RequestNotFound):
        await answering.answer(world.kernel, jing, REGION, page.line.id, made)
    with pytest.raises(BasketNotFound):
        await reading.basket_page(world.kernel, jing, REGION, done.basket)
    with pytest.raises(NotAllowed):
        await put(world, line(SOME.id, "name"), name=JING)
    with pytest.raises(NotAllowed):
        await put(world, line(SOME.id, "name"), name="王芳")
    assert await answered(world, page, LineAnswer("grant")) == "closed"
    (own,) = [
        one for one in await held.grants_of(world.kernel, await world.actor(WEI), REGION, "held") if one.grant.basket
    ]
    with pytest.raises(UnknownGrant):
        await standing.revoke_grant(world.kernel, jing, REGION, own.grant.id, "与我无关的授权")
    with pytest.raises(NotAllowed):
        await standing.narrow_grant(
            world.kernel, await world.actor(WEI), REGION, own.grant.id, Narrowing("自己改自己的", quota=1)
        )


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (line(SOME.id, "name", purpose="  "), "purpose"),
        (line(SOME.id, "name", basis="法"), "basis"),
        (line(SOME.id), "fields"),
        (line(SOME.id, "shoe"), "field"),
        (line(SOME.id, "name", rows="shoe = 1"), "rows"),
        (line(SOME.id, "name", rows="count > 1 AND count < 1"), "never"),
        (line(SOME.id, "name", masks={"name": Mask("generalise", "year")}), "mask"),
        (line("no.such", "name"), "resource"),
    ],
)
async def test_the_check_tells_what_is_wrong_before_anything_is_sent(world: World, wrong: Line, code: str) -> None:
    with pytest.raises(BasketUnfit) as refusal:
        await put(world, wrong)
    assert code in [fault.code for fault in refusal.value.faults]
    with pytest.raises(BasketEmpty):
        await asking.send(world.kernel, await world.actor(WEI), REGION, POLICE, "")


async def test_a_theme_is_asked_for_as_it_is_and_no_further_and_ends_with_all_its_grants(world: World) -> None:
    kernel, jing = world.kernel, await world.actor(JING)
    with pytest.raises(ThemeUnknown):
        await asking.take_theme(kernel, await world.actor(WEI), REGION, POLICE, "restaurant-watch")
    await asking.take_theme(kernel, jing, REGION, "market", "restaurant-watch")
    with pytest.raises(BasketInUse):
        await asking.take_theme(kernel, jing, REGION, "market", "restaurant-watch")
    wider = asking.lines_of_theme(kernel.sharing.themes["restaurant-watch"].theme)[0]
    more = msgspec.structs.replace(wider, fields=[*wider.fields, "landlord"], quota=201)
    await put(world, more, name=JING, consumer="market")
    with pytest.raises(BasketUnfit) as refusal:
        await asking.send(kernel, jing, REGION, "market", "")
    assert [(one.code, one.found) for one in refusal.value.faults] == [("excess", "landlord"), ("wider", "quota")]
    await put(world, wider, name=JING, consumer="market")
    done = await asking.send(kernel, jing, REGION, "market", "")
    assert done.waiting == 2
    for owner in ("housing", "disease-control"):
        name = await named_in(world, owner)
        assert await answered(world, await the_request(world, name), LineAnswer("grant"), name=name) == "closed"
    assert await world.one("SELECT count(*) FROM grants WHERE theme = 'restaurant-watch' AND revoked_at IS NULL") == 2
    with pytest.raises(NotAllowed):
        await standing.end_theme(kernel, await world.actor(WEI), REGION, "restaurant-watch", "专项工作结束")
    head = await named_in(world, "market", "head")
    assert await standing.end_theme(kernel, await world.actor(head), REGION, "restaurant-watch", "专项工作结束") == 2
    assert await world.one("SELECT count(*) FROM grants WHERE theme = 'restaurant-watch' AND revoked_at IS NULL") == 0
    assert [one["grants"] for one in await ledger(world, "theme.ended")] == [2]


async def named_in(world: World, department: str, role: str = "handler") -> str:
    """Somebody in post in a department; 王芳 is appointed where nobody is."""
    for person in world.platform.seeds.people:
        if person.posts.get(department) == role:
            return person.name
    await world.rows(
        "INSERT INTO posts (account, region, department, role) VALUES (%(a)s, %(r)s, %(d)s, %(role)s)",
        a=world.accounts["王芳"], r=REGION, d=department, role=role,
    )  # fmt: skip
    return "王芳"


async def test_a_revoked_grant_acts_at_once_and_a_narrowed_one_with_the_next_question(world: World) -> None:
    await sent(world, line(SOME.id, "name", "count"))
    await answered(world, await the_request(world), LineAnswer("grant"))
    kernel, min_ = world.kernel, await world.actor(LEAD)
    first = await decision(world)
    assert isinstance(first, Compiled)
    for wider in ({"fields": ["illness"]}, {"fields": []}, {"lists": True}, {"rows": "shoe = 1"}):
        with pytest.raises(GrantUnfit):
            beyond = Narrowing("只查本区人员", **wider)  # type: ignore[arg-type]
            await standing.narrow_grant(kernel, min_, REGION, first.grant.id, beyond)
    change = Narrowing("只查本区人员", rows="count > 0", fields=["name"], quota=5)
    await standing.narrow_grant(kernel, min_, REGION, first.grant.id, change)
    assert not await begins(world.database, first.grant, 1, await world.now())
    second = await decision(world)
    assert (
        isinstance(second, Compiled)
        and second.grant.revision == 2
        and second.release({"name": "王芳", "count": 0}) is None
    )
    with pytest.raises(ReasonsNeeded):
        await standing.revoke_grant(kernel, min_, REGION, first.grant.id, "")
    await standing.revoke_grant(kernel, min_, REGION, first.grant.id, "用途已经结束")
    assert not await begins(world.database, second.grant, 1, await world.now())
    assert isinstance(await decision(world), Denial)
    with pytest.raises(UnknownGrant):
        await standing.revoke_grant(kernel, min_, REGION, first.grant.id, "用途已经结束")
    assert [one["reason"] for one in await ledger(world, "grant.revoked")] == ["用途已经结束"]
    assert [one["revision"] for one in await ledger(world, "grant.narrowed")] == [2]


async def test_both_sides_hear_once_at_each_distance_and_a_renewal_replaces_what_it_renews(world: World) -> None:
    await sent(world, line(SOME.id, "name"))
    await answered(world, await the_request(world), LineAnswer("grant"))
    kernel = world.kernel

    async def told() -> list[Any]:
        async with world.database.transaction() as connection:
            found = await expiring.take_ending(connection, kernel, REGION)
            return [(one.consumer, one.provider) for one in found if one.resource == SOME.id]

    start = (await world.now()).astimezone(dt.timezone(dt.timedelta(hours=8))).date()
    assert await told() == []
    await world.go_to(start + dt.timedelta(days=61), 12)
    assert await told() == [("police", "health")] and await told() == []
    await world.go_to(start + dt.timedelta(days=84), 12)
    assert await told() == [("police", "health")] and await told() == []
    old = (await decision(world)).grant  # type: ignore[union-attr]
    await standing.renew_grant(kernel, await world.actor(WEI), REGION, old.id)
    await asking.send(kernel, await world.actor(WEI), REGION, POLICE, "续期")
    await answered(world, await the_request(world), LineAnswer("grant"))
    new = (await decision(world)).grant  # type: ignore[union-attr]
    assert new.id != old.id and new.fields == old.fields and new.masks == old.masks
    assert await world.one("SELECT revoked_at IS NOT NULL FROM grants WHERE id = %(i)s", i=old.id)


async def test_every_step_stands_in_the_ledger_without_anybodys_name(world: World) -> None:
    await sent(world, line(SOME.id, "name"))
    await answered(world, await the_request(world), LineAnswer("grant"))
    for kind in ("sharing.requested", "sharing.checked", "sharing.answered", "grant.created"):
        assert await ledger(world, kind), kind
    told = await world.one("SELECT string_agg(data::text, ' ') FROM ledger_entries WHERE kind LIKE 'sharing.%%'")
    assert WEI not in told and LEAD not in told


async def test_a_token_is_opened_by_the_giver_s_head_alone_and_that_is_recorded(world: World) -> None:
    await sent(world, line(SOME.id, "name", masks={"name": Mask("token")}))
    await answered(world, await the_request(world), LineAnswer("grant"))
    found = await decision(world)
    assert isinstance(found, Compiled)
    token = (found.release({"name": "王芳"}) or {})["name"]
    for name in (WEI, LEAD, JING):
        with pytest.raises((NotAllowed, UnknownGrant)):
            await tokens.open_token(
                world.kernel, await world.actor(name), REGION, found.grant.id, token, "核实身份需要"
            )
    head = await world.actor(HEAD)
    for wrong in ("x", token[:-8] + "AAAAAAAA", ""):
        with pytest.raises(TokenUnfit):
            await tokens.open_token(world.kernel, head, REGION, found.grant.id, wrong, "核实身份需要")
    assert await tokens.open_token(world.kernel, head, REGION, found.grant.id, token, "核实身份需要") == "王芳"
    told = await ledger(world, "token.opened")
    assert [one["reason"] for one in told] == ["核实身份需要"] and "王芳" not in str(told)
