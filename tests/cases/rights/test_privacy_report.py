"""The year's evidence says what a small story did, number by number, and calls out what is missing."""

import io
from collections.abc import AsyncIterator
from dataclasses import replace

import msgspec
import openpyxl
import pytest
from tests.cases.oversight.test_watching import answered, later
from tests.conftest import Template
from tests.web.portal.browser import BASE, AnyAsset, Browser
from tests.world import CLAIM, FANG, JING, MONDAY, REGION, World

from tongban.assembly.definitions import Records
from tongban.assembly.record_provider import RecordProvider
from tongban.cases.actions.applicant import withdraw
from tongban.cases.actions.consents import withdraw_consent
from tongban.cases.oversight.objections import Objection, object_to
from tongban.cases.privacy.figures import MOST, figures_of
from tongban.cases.privacy.models import Report
from tongban.cases.privacy.report import privacy_report
from tongban.cases.rights.asking import ask
from tongban.cases.rights.models import Asked
from tongban.cli.privacy import summary
from tongban.parties.errors import NotAllowed
from tongban.resources.actions import uses
from tongban.web.site import Site, WebSettings

ADMINISTRATOR, DATA = "吴浩", "孙丽"
BILL, SOURCE = "medical_bill", "health.delivery-bill"


@pytest.fixture(scope="module")
async def world(template: Template) -> AsyncIterator[World]:
    """A consent given and taken back, an objection, a copy after three days, a deletion refused, one that destroys."""
    address = template.copy()
    world = template.world(address, walled=True)
    await world.database.open()
    await world.go_to(MONDAY)
    row = {"payer_id_number": world.people[FANG].id_number, "bill_number": "1", "amount": "1.00"}
    bills = RecordProvider(Records(SOURCE, [{**row, "issued_on": "2026-11-15"}]))
    world.kernel = replace(world.kernel, providers={**world.kernel.providers, SOURCE: bills})
    fang = await world.actor(FANG)
    case = (await world.submit(await world.ready(consents=(BILL,), **CLAIM))).id
    await withdraw_consent(world.kernel, fang, REGION, case, BILL)
    async with world.database.connection() as connection:
        use = (await uses(connection, fang.keys))[0]
    await object_to(world.kernel, fang, REGION, use.id, Objection("object", "为什么查我的信息"))
    copy = await ask(world.kernel, fang, Asked("copy", REGION))
    refused = await ask(world.kernel, await world.actor(JING), Asked("deletion", REGION))
    await answered(world, DATA, refused.id, "explained", "正在办理诉讼，须保全证据")
    await later(world, 3)
    await answered(world, DATA, copy.id, "corrected", "已经核对，是本人申请")
    await withdraw(world.kernel, fang, REGION, case, "不办了")
    deletion = await ask(world.kernel, fang, Asked("deletion", REGION))
    await answered(world, DATA, deletion.id, "corrected", "可以删除的已经删除")
    yield world
    await world.database.close()
    template.drop(address)


@pytest.fixture(scope="module")
async def report(world: World) -> Report:
    return await privacy_report(world.kernel, await world.actor(ADMINISTRATOR), REGION, 2026)


async def test_every_number_is_what_the_story_did(world: World, report: Report) -> None:
    looked_up = await world.one("SELECT count(*) FROM look_ups WHERE region = %(r)s", r=REGION)
    assert sum(one.total for one in report.uses) == looked_up > 0
    by_consent = await world.one("SELECT count(*) FROM look_ups WHERE legal = 'consent'")
    assert sum(one.total for one in report.uses if one.legal == "consent") == by_consent > 0
    assert (report.consents_given, report.consents_withdrawn) == (1, 1)
    asked = {one.kind: one for one in report.asked}
    assert (asked["object"].asked, asked["object"].waiting) == (1, 1)
    assert (asked["copy"].granted, asked["copy"].mean_days, asked["copy"].most_days) == (1, 3.0, 3)
    deletion = asked["deletion"]
    assert (deletion.asked, deletion.granted, deletion.refused, deletion.late) == (2, 1, 1, 0)
    things = await world.rows("SELECT kind, cardinality(things) AS n FROM retention_batches ORDER BY kind")
    assert [(one.kind, one.things) for one in report.destroyed] == [(row.kind, row.n) for row in things] != []
    assert all("第四十七条" in one.basis for one in report.destroyed)
    assert f"查询 uses {looked_up}" in summary(report)[1]


async def test_another_year_and_another_region_count_nothing_of_it(world: World) -> None:
    actor = await world.actor(ADMINISTRATOR)
    empty = await privacy_report(world.kernel, actor, REGION, 2025)
    assert (empty.uses, empty.asked, empty.destroyed, empty.consents_given) == ((), (), (), 0)
    for region, name in (("330190", ADMINISTRATOR), (REGION, JING), (REGION, FANG)):
        with pytest.raises(NotAllowed):
            await privacy_report(world.kernel, await world.actor(name), region, 2026)


async def test_the_assessment_has_every_flow_of_a_journey_and_calls_out_what_is_missing(
    world: World, report: Report
) -> None:
    (birth,) = [one for one in report.assessment if one.pack == "birth"]
    lines = {one.source: one for one in birth.lines}
    marriage = lines["婚姻登记信息"]
    assert (marriage.grade, marriage.legal) == ("L3", "duty") and "bare" in marriage.gaps and marriage.basis
    bill = next(one for one in birth.lines if one.legal == "consent")
    assert "bare" not in bill.gaps and bill.basis
    masked = "UPDATE grants SET masks = jsonb_build_object('spouse_name', 'name', 'spouse_id_number', 'number',"
    await world.rows(
        f"{masked} 'id_number', 'number', 'certificate_number', 'number') WHERE resource LIKE '%%marriage'"
    )
    await world.rows("UPDATE grants SET revoked_at = platform_now() WHERE resource = 'police.household'")
    anew = await privacy_report(world.kernel, await world.actor(ADMINISTRATOR), REGION, 2026)
    lines = {one.source: one for section in anew.assessment if section.pack == "birth" for one in section.lines}
    assert "bare" not in lines["婚姻登记信息"].gaps and "spouse_name" in lines["婚姻登记信息"].masked
    assert [one.source for one in lines.values() if "no-grant" in one.gaps] == ["常住户口登记信息"]


async def test_the_figures_and_the_picture_are_the_report_itself(report: Report) -> None:
    figures = figures_of(report)
    assert figures.look_ups == sum(figures.outcomes.values()) == sum(bar.total for bar in figures.bars) > 0
    assert 0 < figures.by_consent < figures.look_ups and (figures.asked, figures.late) == (4, 0)
    for bar in figures.bars:
        assert [part.before for part in bar.parts] == [
            sum(p.count for p in bar.parts[:n]) for n in range(len(bar.parts))
        ]
    assert [bar.total for bar in figures.bars] == sorted((bar.total for bar in figures.bars), reverse=True)
    many = [msgspec.structs.replace(report.uses[0], consumer=f"{n:02}", found=n + 1) for n in range(MOST + 3)]
    beyond = figures_of(msgspec.structs.replace(report, uses=tuple(many)))
    assert len(beyond.bars) == MOST + 1 and beyond.bars[-1].consumer == ""
    assert sum(bar.total for bar in beyond.bars) == sum(use.total for use in many)


async def test_the_desk_shows_it_prints_it_and_proves_what_was_destroyed(world: World) -> None:
    site = Site(world.kernel, WebSettings(BASE, "s" * 40, demonstration=True), assets=AnyAsset())
    wu, jing = await Browser(site).sign_in("wuhao"), await Browser(site).sign_in("chenjing")
    shown = (await wu.get("/desk/privacy?year=2026")).text
    folded, opened = shown.count('<details class="card desk-list fold"'), (await wu.get("/desk/privacy?all=1")).text
    assert " open>" not in shown.partition("<main")[2] and opened.count(" open><summary") == folded > 5
    assert shown.index("use-bars") < shown.index('<details class="card desk-list fold')
    said = ("要一份副本", "影响评估", "新生儿出生一件事", "没有脱敏")
    assert [one for one in said if one not in shown] == []
    assert world.people[FANG].id_number not in shown and FANG not in shown
    book = openpyxl.load_workbook(io.BytesIO((await wu.get("/desk/privacy.xlsx?year=2026")).content))
    assert book["异议和申请"]["A2"].value and book["影响评估"].max_row > 10
    kept = (await wu.get("/desk/retention?proof=1")).text
    assert "成立：没有超期未销毁的数据" in kept and "第四十七条" in kept and "办结后本人可以申请提前删除" in kept
    for place in ("/desk/privacy", "/desk/privacy.xlsx", "/desk/retention"):
        assert (await jing.get(place)).status_code == 403
    for browser in (wu, jing):
        await browser.client.aclose()
