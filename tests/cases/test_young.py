"""Below an age that packs date a guardian consents; from that birthday on only who it is about, and what stood ends."""

import datetime as dt
from collections.abc import AsyncIterator
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.conftest import Template
from tests.web.portal.browser import BASE, AnyAsset, Browser
from tests.world import FANG, REGION, World

from tongban.basics.calendar import CST
from tongban.cases.actions import drafts, young
from tongban.cases.clock.limits import Limits
from tongban.cases.definitions import DatedLimit
from tongban.cases.errors import ChildDecides, GuardianDecides
from tongban.messages.actions import mine
from tongban.parties.guarding.actions import WAYS, prove_child
from tongban.parties.models import Representation
from tongban.resources.consenting import actions as consenting
from tongban.resources.verifying import verifiers_of
from tongban.web.site import Site, WebSettings

BILL, BORN = "medical_bill", dt.date(2020, 1, 15)
OWN_DAY = dt.date(2034, 1, 15)
SINCE = dt.date(2021, 11, 1)


def limits(years: int, kept: int = 30, **more: object) -> Limits:
    age = DatedLimit(young.AGE, years, "个人信息保护法 第三十一条", SINCE, "year")
    return Limits([age, DatedLimit(young.KEPT, kept, "部署方配置", SINCE, "day"), *more.values()])  # type: ignore[list-item]


@given(st.dates(dt.date(2007, 1, 1), dt.date(2024, 12, 31)), st.integers(10, 18), st.integers(0, 90))
def test_one_is_as_old_as_the_rule_says_from_the_birthday_on_and_not_a_day_before(
    birth: dt.date, years: int, kept: int
) -> None:
    span = young.span_of(limits(years, kept), REGION, birth, dt.datetime(2026, 11, 23, tzinfo=CST))
    assert span is not None and span.until - span.own_from == dt.timedelta(days=kept)
    day, before = span.own_from.astimezone(CST).date(), span.own_from.astimezone(CST).date() - dt.timedelta(days=1)

    def full_years(on: dt.date) -> int:
        return on.year - birth.year - ((on.month, on.day) < (birth.month, birth.day))

    assert (full_years(day), full_years(before)) == (years, years - 1)
    leap = (birth.month, birth.day) == (2, 29) and day.month == 3
    assert (day.month, day.day) == ((3, 1) if leap else (birth.month, birth.day))


def test_who_was_born_on_29_february_decides_from_1_march_of_a_common_year() -> None:
    span = young.span_of(limits(14), REGION, dt.date(2012, 2, 29), dt.datetime(2026, 2, 28, tzinfo=CST))
    assert span is not None and span.own_from == dt.datetime(2026, 3, 1, tzinfo=CST)
    leap = young.span_of(limits(16), REGION, dt.date(2012, 2, 29), dt.datetime(2026, 2, 28, tzinfo=CST))
    assert leap is not None and leap.own_from == dt.datetime(2028, 2, 29, tzinfo=CST)


def test_the_rule_is_that_of_the_region_and_of_the_day_and_without_one_nobody_is_asked_for_the_age() -> None:
    now = dt.datetime(2026, 11, 23, tzinfo=CST)
    local = DatedLimit(young.AGE, 16, "本地规定", dt.date(2027, 1, 1), "year", region=REGION)
    both = limits(14, local=local)
    found = [young.span_of(both, REGION, BORN, at) for at in (now, now.replace(year=2027))]
    assert [one and one.years for one in found] == [14, 16]
    elsewhere = young.span_of(both, "310101", BORN, now.replace(year=2027))
    assert elsewhere is not None and elsewhere.years == 14
    assert young.span_of(Limits(), REGION, BORN, now) is None


@pytest.fixture(scope="module")
async def world(template: Template) -> AsyncIterator[World]:
    async with template.opened() as found:
        yield found


async def begun(world: World) -> drafts.Draft:
    """王芳 opens a draft for her child, whom the register knows as hers."""
    now, register = await world.now(), verifiers_of(world.kernel.registers(), WAYS)
    actor = await world.actor(FANG)
    child = await prove_child(world.database, world.kernel.vault, register, actor, "张小雨", "330103202001158026", now)
    actor = await world.actor(FANG)
    return (await drafts.open_draft(world.kernel, actor, now, REGION, "birth", principal=child)).draft


async def read(world: World, draft: UUID, *consents: str) -> drafts.Draft:
    return await drafts.read_notice(
        world.kernel, await world.actor(FANG), await world.now(), REGION, draft, list(consents)
    )


async def stands(world: World, draft: drafts.Draft) -> bool:
    async with world.database.connection() as connection:
        return await consenting.stands(connection, REGION, draft.id, BILL, draft.key)


async def aged(world: World) -> None:
    async with world.database.connection() as connection:
        await young.age(connection, await world.now())


async def test_a_mother_consents_for_a_child_and_it_ends_by_the_rule_once_the_child_was_told(world: World) -> None:
    draft = await begun(world)
    await read(world, draft.id, BILL)
    assert await stands(world, draft)
    await aged(world)
    told = "SELECT count(*) FROM messages WHERE kind = 'consent.own_now'"
    assert await world.one(told) == 0

    await world.go_to(OWN_DAY, hour=1)
    assert await stands(world, draft), "what she agreed to before goes on for thirty days"
    assert (await read(world, draft.id, BILL)).consents == (BILL,)
    await aged(world)
    await aged(world)
    async with world.database.connection() as connection:
        (message,) = [m for m in await mine(connection, draft.owner) if m.kind == "consent.own_now"]
    assert (message.subject, message.detail["material"]) == (draft.id, BILL)

    await world.go_to(OWN_DAY + dt.timedelta(days=30), hour=0)
    assert not await stands(world, draft), "the checkpoint does not wait for the jobs"
    await aged(world)
    await aged(world)
    rows = await world.rows("SELECT data FROM ledger_entries WHERE kind = 'consent.withdrawn'")
    assert [row.data["cause"] for row in rows] == ["the child decides"]
    assert await world.one("SELECT consents FROM drafts WHERE id = %(d)s", d=draft.id) == []
    with pytest.raises(ChildDecides) as refused:
        await read(world, draft.id, BILL)
    assert "14 周岁" in refused.value.message() and "上传" in refused.value.message()
    assert (await read(world, draft.id)).consents == ()


async def test_a_child_below_the_age_does_not_consent_alone(world: World) -> None:
    await world.go_to(OWN_DAY - dt.timedelta(days=1))
    draft = (await drafts.open_draft(world.kernel, await world.actor("张强"), await world.now(), REGION, "birth")).draft
    actor, now = await world.actor("张强"), await world.now()
    assert young.span_for(world.kernel, draft, now) is None, "who is of age is asked by no age"
    span = young.span_of(world.kernel.limits, REGION, BORN, now)
    assert isinstance(young.decider(actor, draft, span, now), GuardianDecides)
    assert young.decider(actor, draft, span, now + dt.timedelta(days=1)) is None
    hat = Representation(draft.owner, "张强", draft.key, "guardian")
    mother = msgspec.structs.replace(await world.actor(FANG), represented=(hat,))
    assert young.decider(mother, draft, span, now) is None
    assert isinstance(young.decider(mother, draft, span, now + dt.timedelta(days=1)), ChildDecides)


async def test_the_notice_offers_her_no_tick_and_says_why_and_what_to_do(world: World) -> None:
    await world.go_to(OWN_DAY - dt.timedelta(days=1))
    mother = await world.actor(FANG)
    (hat,) = mother.represented
    opened = await drafts.open_draft(world.kernel, mother, await world.now(), REGION, "birth", principal=hat.account)
    site = Site(world.kernel, WebSettings(BASE, "s" * 40, demonstration=True), assets=AnyAsset())
    notice, tick = f"/drafts/{REGION}/{opened.draft.id}/notice", f'name="consents" value="{BILL}"'
    browser = await Browser(site).sign_in("wangfang")
    assert tick in (await browser.get(notice)).text
    await world.go_to(OWN_DAY, hour=0)
    page = (await browser.get(notice)).text
    assert tick not in page and "孩子已满 14 周岁" in page and "请上传材料" in page
    await browser.client.aclose()
