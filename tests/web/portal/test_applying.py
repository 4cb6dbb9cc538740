"""From the guide to the receipt, without scripts; and what another citizen may not."""

import io
import re

import pytest
from PIL import Image

from tongban.web.site import Site

from .browser import BASE, Browser
from .steps import BENEFITS, FAMILY, begin, fill_all, fill_step, submit

PHOTO = io.BytesIO()
Image.new("RGB", (64, 48), "white").save(PHOTO, "JPEG")


async def uses(browser: Browser) -> int:
    return (await browser.get("/my-data")).text.count('id="use-')


async def test_nothing_is_looked_up_before_the_notice_was_read(fang: Browser) -> None:
    before = await uses(fang)
    base = await begin(fang)
    assert "还没有查过您的任何数据" in fang.page.text
    for place in ("steps/family", "materials", "review"):
        assert (await fang.get(f"{base}/{place}")).url.path == f"{base}/notice"
    assert await uses(fang) == before
    await fang.get(f"{base}/notice")
    await fang.post(f"{base}/notice")
    assert await uses(fang) > before


async def test_consent_has_a_box_only_where_there_is_a_choice(fang: Browser) -> None:
    await begin(fang)
    assert re.findall(r'name="consents" value="(\w+)"( checked)?', fang.page.text) == [("medical_bill", "")]


async def test_a_whole_application_becomes_a_case_with_a_receipt(fang: Browser) -> None:
    case = await submit(fang)
    assert re.search(r"330103-\d{6}-[0-9A-Z]{7}-[0-9A-Z]", fang.page.text)
    assert 'aria-label="回执二维码' in fang.page.text
    entry = re.search(rf'{case}/receipts/([0-9a-f-]{{36}})"', fang.page.text)
    assert entry is not None
    held = (await fang.get(f"{case}/receipts/{entry[1]}")).json()
    assert held["type"].endswith("promise") or "promise" in held["type"], held
    assert held["id"] == entry[1] and held["signature"]
    page = await fang.get(case)
    assert "已提交，等待受理" in page.text and "没有让您交的" in page.text


async def test_fields_are_filled_in_from_departments_and_marked(fang: Browser) -> None:
    base = await fill_all(fang)
    page = await fang.get(f"{base}/steps/child")
    assert fang.filled()["birth_date"] == "2026-10-20"
    assert "来自下城区卫生健康局" in page.text
    await fill_step(fang, base, "child", birth_weight="3300")
    await fang.get(f"{base}/steps/child")
    assert fang.filled()["birth_weight"] == "3300"


async def test_faults_keep_one_on_the_step_with_everything_saved(fang: Browser) -> None:
    base = await begin(fang)
    await fang.post(f"{base}/notice")
    await fill_step(fang, base, "family", applicant_id_number="330103199405160524", mobile="12345")
    assert fang.page.status_code == 422
    assert 'href="#applicant_id_number"' in fang.page.text
    assert 'aria-describedby="applicant_id_number-error' in fang.page.text
    await fang.get(f"{base}/steps/family")
    assert fang.filled()["applicant_id_number"] == "330103199405160524"
    assert fang.filled()["mobile"] == "12345"


async def test_a_future_birth_date_is_refused_where_it_was_typed(fang: Browser) -> None:
    base = await fill_all(fang)
    await fill_step(fang, base, "child", birth_date="2099-01-01")
    assert fang.page.status_code == 422
    assert "birth_date-error" in fang.page.text


async def test_a_question_that_an_answer_brings_up_is_asked_and_not_complained_about(fang: Browser) -> None:
    base = await begin(fang)
    await fang.post(f"{base}/notice")
    await fill_step(fang, base, "family", **{**FAMILY, "marital_status": "unmarried"})
    assert fang.page.status_code == 200
    assert "has_other_parent" in fang.page.text and "根据您的选择" in fang.page.text
    await fang.post(f"{base}/steps/family", **{**fang.filled(), "has_other_parent": "false", "go": "next"})
    assert fang.page.url.path == f"{base}/steps/child"


async def test_saving_while_typing_answers_with_the_fields_as_asked_now(fang: Browser) -> None:
    base = await begin(fang)
    await fang.post(f"{base}/notice")
    await fang.get(f"{base}/steps/family")
    answer = await fang.post(f"{base}/steps/family/save", marital_status="unmarried", mobile="1990000")
    assert 'name="has_other_parent"' in answer.text and "<html" not in answer.text
    assert answer.headers["x-revision"].isdigit()
    await fang.get(f"{base}/steps/family")
    assert fang.filled()["mobile"] == "1990000"


async def test_a_page_that_is_stale_shows_both_values_and_loses_neither(fang: Browser, site: Site) -> None:
    base = await begin(fang)
    await fang.post(f"{base}/notice")
    phone = await Browser(site).sign_in("wangfang")
    for one in (fang, phone):
        await one.get(f"{base}/steps/family")
    await phone.post(f"{base}/steps/family", mobile="19900002001", go="next")
    page = await fang.post(f"{base}/steps/family", mobile="19900002009", go="next")
    assert page.status_code == 409
    assert 'value="19900002009"' in page.text and "另一处保存的是：19900002001" in page.text
    await fang.post(f"{base}/steps/family", **fang.filled(), go="next")
    await phone.get(f"{base}/steps/family")
    assert phone.filled()["mobile"] == "19900002009"


async def test_what_two_devices_fill_in_on_different_steps_is_no_conflict(fang: Browser, site: Site) -> None:
    base = await fill_all(fang)
    phone = await Browser(site).sign_in("wangfang")
    await fang.get(f"{base}/steps/benefits")
    await fill_step(phone, base, "child", child_name="张小雪")
    page = await fang.post(f"{base}/steps/benefits", **{**BENEFITS, "wants_guidance": "true"}, go="next")
    assert page.url.path == f"{base}/materials"
    assert "张小雪" in (await fang.get(f"{base}/review")).text


async def test_a_form_sent_after_the_session_ended_is_saved_after_signing_in(fang: Browser) -> None:
    base = await begin(fang)
    await fang.post(f"{base}/notice")
    await fang.get(f"{base}/steps/family")
    fang.forget_session()
    page = await fang.post(f"{base}/steps/family", mobile="19900002088", go="next")
    assert page.status_code == 401 and "没有丢" in page.text
    assert "19900002088" not in page.text
    page = await fang.post("/sign-in", login="wangfang", password="tongban-2026")
    assert page.url.path == f"{base}/steps/family"
    assert fang.filled()["mobile"] == "19900002088"


async def test_a_form_kept_for_one_person_is_not_saved_by_another(fang: Browser, site: Site) -> None:
    base = await begin(fang)
    await fang.post(f"{base}/notice")
    await fang.get(f"{base}/steps/family")
    fang.forget_session()
    await fang.post(f"{base}/steps/family", mobile="19900002077", go="next")
    page = await fang.post("/sign-in", login="linxiao", password="tongban-2026")
    assert page.status_code == 404
    again = await Browser(site).sign_in("wangfang")
    await again.get(f"{base}/steps/family")
    assert again.filled().get("mobile") != "19900002077"


async def test_the_waiting_draft_is_offered_first_and_may_be_given_up(fang: Browser) -> None:
    base = await fill_all(fang)
    page = await fang.get("/apply/birth")
    assert "没填完的草稿" in page.text and f'href="{base}"' in page.text
    assert (await fang.get(base)).url.path == f"{base}/review"
    await fang.get("/apply/birth")
    page = await fang.post("/apply/birth")
    assert page.url.path.endswith("/notice") and base not in page.url.path
    assert (await fang.get(f"{base}/review")).status_code == 404


async def test_a_script_in_a_name_is_refused_and_never_run(fang: Browser) -> None:
    base = await fill_all(fang)
    await fill_step(fang, base, "child", child_name="<script>alert(1)</script>")
    assert fang.page.status_code == 422
    assert "<script>alert" not in fang.page.text
    assert "<script>alert" not in (await fang.get(f"{base}/review")).text


async def test_what_is_missing_is_told_and_nothing_is_sent(fang: Browser) -> None:
    base = await begin(fang)
    await fang.post(f"{base}/notice")
    await fang.get(f"{base}/review")
    page = await fang.post(f"{base}/submit")
    assert page.status_code == 422
    assert f'{base}/steps/child#child_name"' in page.text


async def test_sent_twice_it_is_one_case(fang: Browser) -> None:
    base = await fill_all(fang)
    first = await fang.post(f"{base}/submit", follow=False)
    fang.page = await fang.client.get(f"{BASE}/matters")
    second = await fang.post(f"{base}/submit", follow=False, revision="3")
    assert (first.status_code, first.headers["location"]) == (second.status_code, second.headers["location"])
    assert (await fang.get(f"{base}/steps/child")).url.path == base.replace("/drafts/", "/matters/")


async def with_claim(browser: Browser) -> str:
    base = await fill_all(browser)
    claim = {**BENEFITS, "claims_reimbursement": "true", "bank_name": "演示银行", "bank_account": "622200001111222233"}
    await fill_step(browser, base, "benefits", **claim)
    if browser.page.url.path.endswith("benefits"):
        await browser.post(f"{base}/steps/benefits", **{**browser.filled(), **claim, "go": "next"})
    assert browser.page.url.path == f"{base}/materials", browser.page.text[:4000]
    return base


async def test_a_photo_is_taken_shown_and_removed(fang: Browser) -> None:
    base = await with_claim(fang)
    page = await fang.post(f"{base}/files/medical_bill", files={"file": ("票据.jpg", PHOTO.getvalue(), "image/jpeg")})
    file = re.search(rf'{base}/files/([0-9a-f-]{{36}})"', page.text)
    assert page.status_code == 200 and file is not None
    assert (await fang.get(f"{base}/files/{file[1]}")).headers["content-type"] == "image/jpeg"
    await fang.get(f"{base}/materials")
    page = await fang.post(f"{base}/files/{file[1]}/remove")
    assert file[1] not in page.text


@pytest.mark.parametrize(
    ("name", "content", "status", "told"),
    [
        ("照片.jpg", b"%PDF-1.7 no picture", 422, "标明是"),
        ("大.jpg", b"\xff\xd8\xff" + b"0" * 30_000_000, 413, "最多"),
        ("空.jpg", b"", 422, "空的"),
        ("程序.exe", b"MZ" + b"0" * 100, 415, "不能上传"),
    ],
)
async def test_a_refused_file_is_told_at_its_material(
    fang: Browser, name: str, content: bytes, status: int, told: str
) -> None:
    base = await with_claim(fang)
    page = await fang.post(f"{base}/files/medical_bill", files={"file": (name, content, "image/jpeg")})
    assert page.status_code == status
    assert told in page.text and 'id="file-medical_bill-error"' in page.text


async def test_what_needs_consent_is_looked_up_only_with_it_and_the_use_says_so(fang: Browser) -> None:
    base = await with_claim(fang)
    assert "您同意后就不用交" in fang.page.text
    assert "分娩医疗费用票据" not in (await fang.get("/my-data")).text
    await fang.get(f"{base}/notice")
    await fang.post(f"{base}/notice", consents="medical_bill")
    assert "没有查到记录，请您上传" in (await fang.get(f"{base}/materials")).text
    page = await fang.get("/my-data")
    assert "分娩医疗费用票据" in page.text and "您的同意" in page.text


@pytest.mark.parametrize("place", ["notice", "steps/family", "materials", "review"])
async def test_another_citizen_finds_no_such_draft(fang: Browser, xiao: Browser, place: str) -> None:
    base = await fill_all(fang)
    assert (await xiao.get(f"{base}/{place}")).status_code == 404


async def test_another_citizen_can_do_nothing_with_a_draft(fang: Browser, xiao: Browser) -> None:
    base = await with_claim(fang)
    page = await fang.post(f"{base}/files/medical_bill", files={"file": ("a.jpg", PHOTO.getvalue(), "image/jpeg")})
    file = re.search(rf"{base}/files/([0-9a-f-]{{36}})", page.text)
    assert file is not None
    assert (await xiao.get(f"{base}/files/{file[1]}")).status_code == 404
    for place in ("notice", "abandon", "submit", "steps/family", "steps/family/save", f"files/{file[1]}/remove"):
        await xiao.get("/matters")
        assert (await xiao.post(f"{base}/{place}", go="next", revision="1")).status_code == 404, place
    await xiao.get("/matters")
    sent = await xiao.post(f"{base}/files/medical_bill", files={"file": ("a.jpg", PHOTO.getvalue(), "image/jpeg")})
    assert sent.status_code == 404
