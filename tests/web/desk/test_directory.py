"""The directory's pages: found and read by officials, changed by administrators, leave by everybody for themselves."""

import re
from uuid import UUID

import httpx
import pytest

from tongban.cli.kernel_stage import KernelStage

from .cast import REGION, Cast, task_path

HOME = "/desk/directory"
ADMINISTRATOR = "吴浩"


def said(page: httpx.Response) -> str:
    """What stands on a page, without its marks."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


async def test_somebody_is_found_by_name_with_post_and_telephone(cast: Cast) -> None:
    browser = await cast.browser("陈静")
    page = await browser.get(f"{HOME}?q=李伟")
    assert page.status_code == 200
    assert "liwei" in page.text
    person = re.search(r"/desk/directory/people/[0-9a-f-]{36}\?region=\d{6}", page.text)
    assert person is not None
    shown = await browser.get(person[0])
    assert "经办" in said(shown)
    assert "办理离岗" not in said(shown)  # 陈静 governs nobody
    assert "没有找到" in said(await browser.get(f"{HOME}?q=没有这个人"))


async def test_a_citizen_reads_no_directory(cast: Cast) -> None:
    browser = await cast.browser("王芳")
    assert (await browser.get(HOME)).status_code == 403


async def test_a_unit_is_renamed_and_its_history_stays(cast: Cast) -> None:
    browser = await cast.browser(ADMINISTRATOR)
    unit = f"{HOME}/units/civil-affairs?region={REGION}"
    page = await browser.get(unit)
    old = re.search(r"<h1>([^<]+)</h1>", page.text)
    code = re.search(r'name="uscc"[^>]*value="([0-9A-Z]{18})"', page.text)
    roles = re.search(r'name="roles"[^>]*value="([^"]*)"', page.text)
    assert old and code and roles
    wish = {"kind": "department", "uscc": code[1], "roles": roles[1], "rank": "50", "basis": "下编〔2026〕12 号"}
    refused = await browser.send(unit, {**wish, "name": "下城区民政和老龄工作局", "uscc": "123"})
    assert refused.status_code == 422
    assert "下城区民政和老龄工作局" in refused.text  # what was typed is still there
    await browser.get(unit)
    done = await browser.send(unit, {**wish, "name": "下城区民政和老龄工作局"})
    assert done.status_code == 303
    now = said(await browser.get(unit))
    assert "下城区民政和老龄工作局" in now
    assert old[1] in now
    assert "下编〔2026〕12 号" in now


async def test_an_official_goes_on_leave_and_the_substitute_decides_in_whose_place_everybody_reads(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    task = await _police_task(cast, stage)
    wei, jing = await cast.browser("李伟"), await cast.browser("陈静")
    assert (await jing.get(task_path(stage, task))).status_code == 404
    await wei.get("/desk/leave")
    missing = await wei.send("/desk/leave", {"substitute": "没有这个人", "until": "2030-12-31"})
    assert missing.status_code == 422
    await wei.get("/desk/leave")
    until = str((await cast.today()).replace(day=28))
    assert (await wei.send("/desk/leave", {"substitute": "chenjing", "until": until})).status_code == 303
    page = await jing.get(task_path(stage, task))
    assert "您正在代 李伟 办理" in said(page)
    sent = await jing.send(
        f"{task_path(stage, task)}/decision", {"kind": "approve", "revision": jing.revision(), "reasons": ""}
    )
    assert sent.status_code == 303
    assert "陈静 代 李伟 办理" in said(await wei.get(task_path(stage, task)))
    ending = re.search(r'action="(/desk/leave/[0-9a-f-]{36}/end\?region=\d{6})"', (await wei.get("/desk/leave")).text)
    assert ending is not None
    assert (await wei.send(ending[1], {})).status_code == 303
    assert (await jing.get(task_path(stage, task))).status_code == 404


async def _police_task(cast: Cast, stage: KernelStage) -> str:
    async with cast.kernel.database.connection() as connection:
        cursor = await connection.execute(
            "SELECT task FROM tasks WHERE case_id = %s AND department = 'police' AND state = 'ready'",
            (stage.case,),
        )
        row = await cursor.fetchone()
    assert row is not None
    return str(row[0])


async def test_whoever_leaves_is_out_with_the_next_request(cast: Cast) -> None:
    administrator = await cast.browser(ADMINISTRATOR)
    await administrator.get(f"{HOME}/people/new?region={REGION}")
    wrong = await administrator.send(f"{HOME}/people/new?region={REGION}", {"name": "", "login": "X"})
    assert wrong.status_code == 422
    made = await administrator.send(
        f"{HOME}/people/new?region={REGION}", {"name": "林冬", "login": "lindong", "place": "police:handler"}
    )
    link = re.search(r"/invitation/([\w-]+)", made.text)
    assert link is not None
    account = re.search(r"/desk/directory/people/([0-9a-f-]{36})\?", made.text)
    assert account is not None
    cast.accounts["林冬"] = UUID(account[1])
    newcomer = await cast.browser("林冬")
    first = said(await newcomer.get("/desk/welcome"))
    assert "欢迎，林冬" in first
    assert "还没做" in first
    assert (await newcomer.get("/desk")).status_code == 200
    person = f"{HOME}/people/{account[1]}?region={REGION}"
    await administrator.get(person)
    unsure = await administrator.send(person, {"act": "leaving"})
    assert unsure.status_code == 422
    await administrator.get(person)
    assert (await administrator.send(person, {"act": "leaving", "sure": "yes"})).status_code == 303
    assert (await newcomer.get("/desk")).status_code == 303  # to the sign-in page


@pytest.mark.parametrize("language", ["en", "zh-Hant"])
async def test_the_pages_stand_in_other_languages(cast: Cast, language: str) -> None:
    browser = await cast.browser(ADMINISTRATOR)
    browser.client.cookies.set("tongban_language", language)
    for path in (HOME, f"{HOME}/import", "/desk/leave", "/desk/welcome", f"{HOME}/units/police", f"{HOME}/systems"):
        assert (await browser.get(path)).status_code == 200, path
