"""孙伟 applies and names 徐静 as who paid: she is asked on her page, he uploads until she agreed; without scripts."""

import re

from tongban.web.site import Site

from .browser import Browser
from .steps import STEPS, begin, fill_step

BILL = "medical_bill_of_other"
CLAIM = {
    "pays_insurance": "false", "claims_reimbursement": "true", "wants_guidance": "false", "card_delivery": "electronic",
    "bank_name": "演示银行", "bank_account": "622200001111222233", "bill_payer": "other_parent",
}  # fmt: skip
HIS = {
    "family": {"applicant_role": "father", "mobile": "19900002008", "marital_status": "married"},
    "child": {"child_name": "孙小宝", "second_child_name": "孙小贝", "child_ethnicity": "汉族"},
    "benefits": CLAIM,
}
AWAITED, FOUND = "这件材料要对方本人同意才能查", "经数据所属的本人同意"


async def test_the_other_parent_is_asked_on_her_own_page_and_takes_it_back_there(site: Site) -> None:
    his, hers = await Browser(site).sign_in("sunwei"), await Browser(site).sign_in("xujing")
    base = await begin(his)
    assert "要另一个人本人同意才查" in his.page.text and f'value="{BILL}"' not in his.page.text
    await his.post(f"{base}/notice")
    for step, fields in STEPS:
        await fill_step(his, base, step, **HIS.get(step, fields))
    if his.page.url.path.endswith("benefits"):
        await his.post(f"{base}/steps/benefits", **{**his.filled(), **CLAIM, "go": "next"})
    page = (await his.get(f"{base}/materials")).text
    assert AWAITED in page and f'id="material-{BILL}"' in page and "徐静" not in page

    listed = (await hers.get("/my-data/consents")).text
    found = re.search(r"/my-data/consent-requests/\d{6}/[0-9a-f-]{36}", listed)
    assert found is not None and "征求您同意" in listed and "您还没有同意过查询" not in listed
    assert found[0] in (await hers.get("/messages")).text
    assert (await his.get(found[0])).status_code == 404
    told = (await hers.get(found[0])).text
    for said in ("孙伟", "新生儿出生一件事", "票据号码", "个人信息保护法 第二十九条", "同意到哪天为止", "不用说明理由"):
        assert said in told, said
    assert "330103" not in re.sub(r"/330103/", "", told), "no number of anybody's"
    assert "我同意查询" in (await hers.post(found[0], answer="perhaps")).text
    assert "您同意了" in (await hers.post(found[0], answer="given")).text
    over = await hers.post(found[0], answer="refused")
    assert over.status_code == 409 and "这条征求同意已经结束" in over.text

    page = (await his.get(f"{base}/materials")).text
    assert AWAITED not in page and "对方本人同意了查询" in page
    assert f"{base}/materials" in (await his.get("/messages")).text
    await his.get(f"{base}/materials")
    assert FOUND in (await his.post(f"{base}/consented")).text

    here = f"{base.replace('/drafts/', '/my-data/consents/')}/{BILL}"
    assert (await his.get(here)).status_code == 404
    told = (await hers.get(here)).text
    assert "申请人会看到这项查询不再可用" in told and base not in told
    assert "已撤回" in (await hers.post(here)).text
    assert AWAITED in (await his.get(f"{base}/materials")).text
    await his.post(f"{base}/abandon")
