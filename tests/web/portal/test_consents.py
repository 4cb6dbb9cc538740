"""Mid-case 王芳 reads what follows, takes her consent back, and goes on by sending the document; without scripts."""

import io
import re

from PIL import Image

from .browser import Browser
from .steps import BENEFITS, STEPS, begin, fill_step

PHOTO = io.BytesIO()
Image.new("RGB", (64, 48), "white").save(PHOTO, "JPEG")
CLAIM = {**BENEFITS, "claims_reimbursement": "true", "bank_name": "演示银行", "bank_account": "622200001111222233"}


async def sent_with_consent(browser: Browser) -> str:
    """A case with a consent, and the bill uploaded besides, because no department holds hers; its address."""
    base = await begin(browser)
    await browser.post(f"{base}/notice", consents="medical_bill")
    for step, fields in STEPS:
        await fill_step(browser, base, step, **(CLAIM if step == "benefits" else fields))
    if browser.page.url.path.endswith("benefits"):
        await browser.post(f"{base}/steps/benefits", **{**browser.filled(), **CLAIM, "go": "next"})
    await browser.post(f"{base}/files/medical_bill", files={"file": ("票据.jpg", PHOTO.getvalue(), "image/jpeg")})
    await browser.get(f"{base}/review")
    await browser.post(f"{base}/submit")
    assert browser.page.url.path.endswith("/receipt"), browser.page.text[:3000]
    return base.replace("/drafts/", "/matters/")


async def test_a_consent_is_taken_back_mid_case_and_the_document_is_sent_instead(fang: Browser, xiao: Browser) -> None:
    case = await sent_with_consent(fang)
    here = f"{case.replace('/matters/', '/my-data/consents/')}/medical_bill"
    assert here in (await fang.get("/my-data/consents")).text
    assert (await xiao.get(here)).status_code == 404
    told = (await fang.get(here)).text
    assert "撤回以后会怎样" in told and "请您自己上传" in told and "个人信息保护法 第二十九条" in told

    page = await fang.post(here)
    assert page.url.path == here and "已撤回" in page.text and 'id="upload"' in page.text
    refused = await fang.post(f"{here}/files", files={"file": ("照片.jpg", b"%PDF-1.7 no picture", "image/jpeg")})
    assert refused.status_code == 422 and "标明是" in refused.text
    await fang.get(here)
    page = await fang.post(f"{here}/files", files={"file": ("新票据.jpg", PHOTO.getvalue(), "image/jpeg")})
    assert page.status_code == 200 and "新票据.jpg" in page.text
    page = await fang.get(case)
    assert "您撤回了查询同意，材料改由您上传" in page.text
    assert not re.search(r"撤回同意</button>", (await fang.get(here)).text)


async def test_who_has_agreed_to_nothing_is_told_what_will_stand_there(xiao: Browser) -> None:
    assert "您还没有同意过查询" in (await xiao.get("/my-data/consents")).text
