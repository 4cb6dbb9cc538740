"""A legal representative claims an enterprise: the register says who it is, and whom it names no more acts no more."""

import datetime as dt
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from tests.conftest import Template
from tests.web.portal.browser import BASE, AnyAsset, Browser
from tests.world import FANG, REGION, World

from tongban.assembly.definitions import Records
from tongban.assembly.record_provider import RecordProvider
from tongban.basics.calendar import CST
from tongban.basics.codes.errors import CodeError
from tongban.basics.outbox import drain
from tongban.cases.actions import drafts
from tongban.cli.jobs_process import review_representatives
from tongban.jobs.appointments import HANDLERS
from tongban.parties.access.wall import stand_for
from tongban.parties.actions import open_session, particulars
from tongban.parties.enterprises import enterprise_key
from tongban.parties.errors import TooManyAttempts
from tongban.parties.representing.actions import TRIES, Represented, claim
from tongban.parties.representing.errors import MarketRegisterSilent, NotRepresentative
from tongban.resources.actions import uses
from tongban.resources.verifying import REPRESENTATIVE, REPRESENTED, enterprise_register
from tongban.web.site import Site, WebSettings

OWNER, BOOKSHOP = "方晴", "91330103TB0000140C"
FORMER, SUCCESSOR, RESTAURANT = "周文博", "冯雪", "91330103TB0000116U"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def world(template: Template) -> AsyncIterator[World]:
    """One node behind both walls for all of these."""
    async with template.opened(walled=True) as found:
        yield found


async def prove(world: World, name: str, code: str) -> Represented:
    """``name`` claims the enterprise with ``code``."""
    register = enterprise_register(world.kernel.registers())
    return await claim(world.database, world.kernel.vault, register, await world.actor(name), code, await world.now())


def register_says(world: World, code: str, **changes: Any) -> None:
    """From now on the register has another record of the enterprise with ``code``."""
    rows: list[Mapping[str, Any]] = world.provider(REPRESENTED)._rows
    changed = [{**row, **(changes if row["uscc"] == code else {})} for row in rows]
    world.kernel = replace(
        world.kernel, providers={**world.kernel.providers, REPRESENTED: RecordProvider(Records("", changed))}
    )


async def browser(site: Site, world: World, name: str) -> Browser:
    """A browser in which ``name`` is signed in."""
    made = Browser(site)
    async with world.database.connection() as connection:
        made.client.cookies.set("tongban_session", await open_session(connection, world.accounts[name], "browser"))
    await made.get("/acting/enterprises")
    return made


async def test_who_the_register_names_claims_it_at_the_page_and_wears_the_hat_at_once(world: World) -> None:
    site = Site(world.kernel, WebSettings(BASE, "s" * 40, demonstration=True), assets=AnyAsset())
    stranger = await browser(site, world, FANG)
    assert "认领企业" in stranger.page.text
    for code, status in ((BOOKSHOP, 422), ("91330103TB0000618E", 422), ("9133", 422)):
        refused = await stranger.post("/acting/enterprises", uscc=code)
        assert refused.status_code == status and "uscc-error" in refused.text and code in refused.text, code
    assert (await world.actor(FANG)).mandates == ()
    owner = await browser(site, world, OWNER)
    done = await owner.post("/acting/enterprises", uscc=f" {BOOKSHOP.lower()} ")
    assert done.status_code == 200 and "杭州新竹书店有限公司（演示）" in done.text and "法定代表人" in done.text
    (hat,) = (await world.actor(OWNER)).mandates
    assert (hat.capacity, hat.until, hat.services) == ("legal-representative", None, None)
    assert (await owner.get(f"/enterprise/{hat.enterprise}/people")).status_code == 200
    again = await prove(world, OWNER, BOOKSHOP)
    assert again.id == hat.enterprise and len((await world.actor(OWNER)).mandates) == 1
    opened = await drafts.open_draft(
        world.kernel, await world.actor(OWNER), await world.now(), REGION, "restaurant", hat.enterprise
    )
    assert drafts.applicant_for(world.kernel, await world.actor(OWNER), opened.draft).name == hat.name


async def test_the_ledger_and_the_enterprises_data_say_it_without_a_number(world: World) -> None:
    made = await prove(world, OWNER, BOOKSHOP)
    number = particulars(world.kernel.vault, await world.actor(OWNER)).id_number
    told = "SELECT data::text FROM ledger_entries WHERE kind = 'enterprise.represented' AND subject = %(e)s"
    text = await world.one(told, e=made.id)
    assert number not in text and str(world.accounts[OWNER]) in text
    owner = await world.actor(OWNER)
    assert owner.mandate(made.id).key == enterprise_key(world.kernel.vault, BOOKSHOP)  # type: ignore[union-attr]
    stand_for(owner)
    async with world.database.connection() as connection:
        seen = await uses(connection, owner.keys)
    assert {(one.source, one.purpose, one.outcome) for one in seen} == {
        (f"resource:{REPRESENTED}", "核对是不是企业的法定代表人", "found")
    }


async def test_whom_the_register_names_no_more_acts_no_more_and_is_told(world: World) -> None:
    held = next(one for one in (await world.actor(FORMER)).mandates)
    with pytest.raises(NotRepresentative):
        await prove(world, SUCCESSOR, RESTAURANT)
    assert (await world.actor(FORMER)).mandates, "a stranger's try changes nothing"
    number = particulars(world.kernel.vault, await world.actor(SUCCESSOR)).id_number
    register_says(world, RESTAURANT, **{REPRESENTATIVE: number})
    assert (await prove(world, SUCCESSOR, RESTAURANT)).id == held.enterprise
    assert (await world.actor(FORMER)).mandates == ()
    assert [one.enterprise for one in (await world.actor(SUCCESSOR)).mandates] == [held.enterprise]
    async with world.database.connection() as connection:
        await drain(connection, HANDLERS)
    assert await world.one(
        "SELECT count(*) FROM messages WHERE account = %(a)s AND kind = 'appointment.ended'", a=world.accounts[FORMER]
    )
    register_says(world, RESTAURANT, status="吊销，未注销")
    with pytest.raises(NotRepresentative):
        await prove(world, SUCCESSOR, RESTAURANT)
    assert (await world.actor(SUCCESSOR)).mandates == (), "what the register says at the newest proof is what holds"


async def test_the_register_is_asked_again_and_whoever_was_replaced_acts_no_more_although_nobody_claims(
    world: World,
) -> None:
    made, start = await prove(world, OWNER, BOOKSHOP), (await world.now()).astimezone(CST).date()
    sound = world.kernel
    assert await review_representatives(sound, await world.now()) == 0, "asked a moment ago"
    await world.go_to(start + dt.timedelta(days=31))
    silent = world.provider(REPRESENTED).failing("down")
    world.kernel = replace(sound, providers={**sound.providers, REPRESENTED: silent})
    assert await review_representatives(world.kernel, await world.now()) == 0
    world.kernel = sound
    assert await review_representatives(sound, await world.now()) == 1
    assert await review_representatives(sound, await world.now()) == 0
    assert made.id in {one.enterprise for one in (await world.actor(OWNER)).mandates}, "whom it names acts on"
    number = particulars(sound.vault, await world.actor(FANG)).id_number
    register_says(world, BOOKSHOP, **{REPRESENTATIVE: number})
    await world.go_to(start + dt.timedelta(days=62))
    assert await review_representatives(world.kernel, await world.now()) == 1
    assert (await world.actor(OWNER)).mandates == () and (await world.actor(FANG)).mandates == ()
    async with world.database.connection() as connection:
        await drain(connection, HANDLERS)
    told = "SELECT count(*) FROM messages WHERE account = %(a)s AND kind = 'appointment.ended'"
    assert await world.one(told, a=world.accounts[OWNER]) == 1
    by = "SELECT data ->> 'by' FROM ledger_entries WHERE kind = 'appointment.ended' AND subject = %(e)s"
    assert await world.one(by, e=made.id) == "process"
    world.kernel = sound
    await world.go_to(start)


async def test_a_silent_register_changes_nothing_and_tries_are_counted(world: World) -> None:
    before = await world.actor(OWNER)
    sound = world.kernel
    failing = world.provider(REPRESENTED).failing("down")
    world.kernel = replace(sound, providers={**sound.providers, REPRESENTED: failing})
    with pytest.raises(MarketRegisterSilent):
        await prove(world, OWNER, BOOKSHOP)
    world.kernel = replace(sound, providers={k: v for k, v in sound.providers.items() if k != REPRESENTED})
    with pytest.raises(MarketRegisterSilent):
        await prove(world, OWNER, BOOKSHOP)
    world.kernel = sound
    assert (await world.actor(OWNER)).mandates == before.mandates
    with pytest.raises(CodeError):
        await prove(world, "林晓", "91330103TB0000140D")
    with pytest.raises(TooManyAttempts):
        for _ in range(TRIES + 1):
            with pytest.raises(NotRepresentative):
                await prove(world, "林晓", BOOKSHOP)
