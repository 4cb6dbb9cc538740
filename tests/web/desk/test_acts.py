"""Special acts from the desk: offered to whom the table gives them, done from a plain form, refused at their field."""

import datetime as dt

from tongban.cases.views.desk import task_page
from tongban.cli.kernel_stage import KernelStage

from .cast import REGION, Cast, task_path

STEP = "household_registration"
REASONS = "须到实地核查住址，所需时间不计入期限。"


async def kinds(cast: Cast, stage: KernelStage) -> list[str]:
    seen = await task_page(cast.kernel, await cast.actor("李伟"), REGION, stage.case, STEP)
    return [event.kind for event in seen.page.events]


async def test_a_handler_suspends_his_task_from_a_plain_form(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    browser = await cast.browser("李伟")
    listed = await browser.get(f"{task_path(stage, STEP)}/acts")
    assert listed.status_code == 200 and "中止计时" in listed.text and "恢复计时" not in listed.text
    address = f"{task_path(stage, STEP)}/acts/suspend/{STEP}"
    opened = await browser.get(address)
    assert "情形" in opened.text and "预计到哪一天" in opened.text and "检验" in opened.text
    until = await cast.today() + dt.timedelta(days=7)
    fields = {"cause": "inspection", "until": until.isoformat(), "revision": browser.revision()}
    refused = await browser.send(address, {**fields, "reasons": "短"})
    assert refused.status_code == 422 and "没有办理成功" in refused.text and until.isoformat() in refused.text
    assert "case.suspended" not in await kinds(cast, stage)
    done = await browser.send(address, {**fields, "reasons": REASONS, "revision": browser.revision()})
    assert done.status_code == 303
    shown = await browser.get(done.headers["location"])
    assert "办理成功" in shown.text
    assert "case.suspended" in await kinds(cast, stage)
    page = await browser.get(task_path(stage, STEP))
    assert "中止计时" in page.text
    again = await browser.get(f"{task_path(stage, STEP)}/acts")
    assert "恢复计时" in again.text


async def test_what_is_typed_wrongly_comes_back_at_its_field(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    browser = await cast.browser("李伟")
    address = f"{task_path(stage, STEP)}/acts/suspend/{STEP}"
    await browser.get(address)
    for until, said in (("2026-02-31", "2026-01-31"), ("2020-01-01", "今天以后")):
        fields = {"cause": "inspection", "until": until, "reasons": REASONS, "revision": browser.revision()}
        refused = await browser.send(address, fields)
        assert refused.status_code == 422 and said in refused.text and REASONS in refused.text
        assert 'href="#until"' in refused.text


async def test_a_stale_page_changes_nothing(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    browser = await cast.browser("李伟")
    address = f"{task_path(stage, STEP)}/acts/suspend/{STEP}"
    await browser.get(address)
    until = (await cast.today() + dt.timedelta(days=7)).isoformat()
    stale = await browser.send(address, {"cause": "inspection", "until": until, "reasons": REASONS, "revision": "99"})
    assert stale.status_code == 409 and REASONS in stale.text
    assert "case.suspended" not in await kinds(cast, stage)


async def test_an_official_of_another_department_is_offered_nothing(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    stranger = await cast.browser("陈静")
    for path in ("", f"/suspend/{STEP}", "/terminate/case"):
        assert (await stranger.get(f"{task_path(stage, STEP)}/acts{path}")).status_code == 404


async def test_what_belongs_to_the_head_is_not_offered_to_the_handler(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    browser = await cast.browser("李伟")
    listed = await browser.get(f"{task_path(stage, STEP)}/acts")
    assert "终止办理" not in listed.text
    assert (await browser.get(f"{task_path(stage, STEP)}/acts/terminate/case")).status_code == 404


async def test_a_visitor_and_the_applicant_are_not_let_in(cast: Cast) -> None:
    person, stage = await cast.at_the_police()
    nobody = await cast.browser(None)
    assert (await nobody.get(f"{task_path(stage, STEP)}/acts")).status_code in (302, 303, 401)
    own = await cast.browser(person)
    assert (await own.get(f"{task_path(stage, STEP)}/acts")).status_code == 404


async def test_the_applicant_withdraws_an_accepted_case_from_its_page(cast: Cast) -> None:
    person, stage = await cast.at_the_police()
    browser = await cast.browser(person)
    here = f"/matters/{REGION}/{stage.case}"
    matter = await browser.get(here + "/")
    assert f"{here}/acts/withdraw" in matter.text and f"{here}/acts/request_hearing" not in matter.text
    assert (await browser.get(f"{here}/acts/request_hearing")).status_code == 404
    await browser.get(f"{here}/acts/withdraw")
    done = await browser.send(f"{here}/acts/withdraw", {"revision": browser.revision(), "reasons": "不办了"})
    assert done.status_code == 303
    assert "已撤回" in (await browser.get(done.headers["location"])).text


async def test_a_hearing_is_requested_by_the_applicant_after_being_told(cast: Cast) -> None:
    person, stage = await cast.at_the_police()
    health = await cast.browser("周敏")
    address = f"{task_path(stage, 'intake')}/acts/tell_hearing/case"
    await health.get(address)
    told = await health.send(
        address, {"reasons": "拟作出不予登记的决定，您有权要求听证。", "revision": health.revision()}
    )
    assert told.status_code == 303
    browser = await cast.browser(person)
    here = f"/matters/{REGION}/{stage.case}"
    assert f"{here}/acts/request_hearing" in (await browser.get(here + "/")).text
    await browser.get(f"{here}/acts/request_hearing")
    done = await browser.send(f"{here}/acts/request_hearing", {"revision": browser.revision()})
    assert done.status_code == 303
    assert "申请了听证" in (await browser.get(here + "/")).text
