"""What a task page shows and to whom; files, receipts, questions and the search by number."""

import asyncio

import pytest

from tongban.basics.codes.case import make_case_number
from tongban.cases.actions import applicant
from tongban.cases.models import INTAKE
from tongban.cases.views.desk import task_page

from .cast import FORM, OPENING, REGION, Cast, task_path

STEP = "household_registration"


async def test_values_show_only_to_departments_whose_tasks_use_them(cast: Cast) -> None:
    stage = cast.stage()
    other = {"other_parent_document": "resident-id", "other_parent_id_number": "330103199208210536"}
    form = {**FORM, "marital_status": "married", "other_parent_name": "张强", **other}
    await stage.submit("王芳", {k: v for k, v in form.items() if k != "birth_hospital"}, (), ())
    await stage.decide("周敏", INTAKE, "accept", "")
    await stage.decide("周敏", "birth_certificate", "approve", "")
    police = await (await cast.browser("李伟")).get(task_path(stage, STEP))
    disease_control = await (await cast.browser("宋岩")).get(task_path(stage, "vaccination_record"))
    assert "J330103-2021-000001" in police.text
    assert "J330103-2021-000001" not in disease_control.text
    assert "您的环节不使用这项材料" in disease_control.text
    assert "户口登记条例 第七条" in disease_control.text


@pytest.mark.parametrize("who", ["陈静", "王芳", "何平"])
async def test_a_task_of_others_is_as_if_it_were_not_there(cast: Cast, who: str) -> None:
    _, stage = await cast.at_the_police()
    browser = await cast.browser(who)
    real = await browser.get(task_path(stage, STEP))
    nothing = await browser.get(f"/desk/tasks/{REGION}/00000000-0000-0000-0000-000000000000/{STEP}")
    assert real.status_code == nothing.status_code == 404
    assert real.text.split("<main")[1] == nothing.text.split("<main")[1]


@pytest.mark.parametrize("path", ["/desk/tasks/%00/{case}/intake", "/desk/tasks/330103/{case}/%00"])
async def test_odd_addresses_are_not_found(cast: Cast, path: str) -> None:
    _, stage = await cast.at_the_police()
    page = await (await cast.browser("李伟")).get(path.format(case=stage.case))
    assert page.status_code == 404


async def test_a_script_in_a_name_is_only_text(cast: Cast) -> None:
    person, stage = await cast.at_the_police("<script>alert(1)</script>")
    browser = await cast.browser("李伟")
    for page in (await browser.get("/desk"), await browser.get(task_path(stage, STEP))):
        assert "<script>alert" not in page.text
        assert "&lt;script&gt;alert" in page.text, person


async def test_an_uploaded_file_is_shown_alone_and_only_to_those_who_use_it(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    seen = await task_page(cast.kernel, await cast.actor("周敏"), REGION, stage.case, INTAKE)
    file = next(m for m in seen.page.materials if m.id == "birth_record").files[0]
    address = f"/desk/files/{REGION}/{stage.case}/{file.id}"
    shown = await (await cast.browser("周敏")).get(address)
    assert shown.status_code == 200 and shown.content[:2] == b"\xff\xd8"
    assert shown.headers["content-type"] == "image/jpeg"
    assert shown.headers["content-security-policy"] == "default-src 'none'; sandbox"
    assert shown.headers["x-content-type-options"] == "nosniff"
    assert "no-store" in shown.headers["cache-control"]
    for who in ("李伟", "陈静", "王芳", "何平"):
        refused = await (await cast.browser(who)).get(address)
        assert refused.status_code == 404, who


async def test_a_receipt_is_handed_to_departments_that_take_part(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    seen = await task_page(cast.kernel, await cast.actor("李伟"), REGION, stage.case, STEP)
    address = f"/desk/receipts/{REGION}/{stage.case}/{seen.page.events[-1].id}"
    receipt = await (await cast.browser("李伟")).get(address)
    assert receipt.status_code == 202 and receipt.json()["id"] == str(seen.page.events[-1].id)
    assert (await (await cast.browser("陈静")).get(address)).status_code == 404
    unknown = f"/desk/receipts/{REGION}/{stage.case}/{stage.case}"
    assert (await (await cast.browser("李伟")).get(unknown)).status_code == 404


async def test_a_question_is_answered_once(cast: Cast) -> None:
    person, stage = await cast.at_the_police()
    question = await applicant.ask(cast.kernel, await cast.actor(person), REGION, stage.case, "要带孩子去吗？")
    browsers = [await cast.browser("李伟"), await cast.browser("方远")]
    for browser in browsers:
        page = await browser.get(task_path(stage, STEP))
        assert "要带孩子去吗？" in page.text
    address = f"{task_path(stage, STEP)}/answers/{question}"
    empty = await browsers[0].send(address, {"text": "  "})
    assert empty.status_code == 422 and "请写 1 到" in empty.text
    answers = await asyncio.gather(*(b.send(address, {"text": f"不用，网上即可。{n}"}) for n, b in enumerate(browsers)))
    assert sorted(a.status_code for a in answers) == [303, 409]
    stranger = await cast.browser("陈静")
    await stranger.get("/receipt-check")
    assert (await stranger.send(address, {"text": "我来答。"})).status_code == 404


async def test_a_case_is_found_however_its_number_is_typed(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    seen = await task_page(cast.kernel, await cast.actor("李伟"), REGION, stage.case, STEP)
    number = seen.page.case.number
    browser = await cast.browser("李伟")
    for typed in (number, number.lower().replace("-", " "), number.replace("-", "")):
        found = await browser.get(f"/desk/search?number={typed}")
        assert (found.status_code, found.headers.get("location")) == (303, task_path(stage, STEP))


async def test_a_foreign_number_and_nobodys_number_get_the_same_answer(cast: Cast) -> None:
    _, stage = await cast.at_the_police()
    seen = await task_page(cast.kernel, await cast.actor("李伟"), REGION, stage.case, STEP)
    browser = await cast.browser("陈静")
    foreign = await browser.get(f"/desk/search?number={seen.page.case.number}")
    nobodys = await browser.get(f"/desk/search?number={make_case_number(REGION, OPENING)}")
    assert foreign.status_code == nobodys.status_code == 404
    assert [p.text.count("没有找到这件事项") for p in (foreign, nobodys)] == [1, 1]
    mistyped = await browser.get("/desk/search?number=330103-26")
    assert mistyped.status_code == 422
