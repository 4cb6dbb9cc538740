"""钱程's enterprise appoints 冯雪, who accepts on her phone, applies for it, and has lost it the moment that ends."""

import secrets
from typing import Any

import httpx
from tests.browser.acts import number
from tests.browser.served import Served
from tests.browser.visitor import DESKTOP, Visitor, Visitors
from tests.cases.test_enterprise_cases import FORM
from tests.world import REGION

from tongban.cli.kernel_stage import photo
from tongban.cli.seeding import PASSWORD

BISTRO = "杭州云起小馆餐饮店（演示）"
PREMISES = {"premises_address": "杭州市下城区东新路 66 号", "area": 60, "storey": 1}
"""What no register knows about its premises."""


async def wear(visitor: Visitor, name: str) -> None:
    """Choose in the header for whom one acts."""
    await visitor.page.locator("details.hats > summary").click()
    await visitor.follow(visitor.page.locator("details.hats").get_by_role("button", name=name))


async def complete(base: str, login: str, draft: str) -> dict[str, Any]:
    """Fill in the draft and bring what no register knew, as a program does; returns the draft ready to be sent."""
    async with httpx.AsyncClient(base_url=f"{base}/api/v1") as client:
        token = (await client.post("/sessions", json={"login": login, "password": PASSWORD})).json()["token"]
        client.headers["authorization"] = f"Bearer {token}"
        place = f"/drafts/{REGION}/{draft}"
        page: dict[str, Any] = (await client.get(place)).json()
        body = {"revision": page["revision"], "values": {**FORM, **PREMISES}}
        page = (await client.put(f"{place}/form", json=body)).json()
        for fault in page["material_faults"]:
            file = {"file": ("photo.jpg", photo(), "image/jpeg")}
            key = {"idempotency-key": secrets.token_hex(12)}
            sent = await client.post(f"{place}/materials/{fault['field']}/files", files=file, headers=key)
            assert sent.status_code == 201, sent.text
        return dict((await client.get(place)).json())


async def test_an_enterprise_appoints_a_handler_who_applies_for_it(visitors: Visitors, served: Served) -> None:
    head, staff = await visitors(DESKTOP), await visitors()
    await head.sign_in("qiancheng", "/sign-in?next=/acting")
    await head.follow(head.page.locator("main li", has_text=BISTRO).get_by_role("link", name="管理办事人员"))
    await head.fill(name="冯雪", id_number="330103199502087647")
    await head.press("发出授权")
    assert "等待对方同意" in await head.text()

    await staff.sign_in("fengxue", "/sign-in?next=/acting")
    await staff.follow(staff.page.locator("#offers").get_by_role("button", name="同意代办").first)
    await wear(staff, BISTRO)
    assert "正在替" in await staff.page.locator(".hat-bar").inner_text()
    await staff.open("/apply/restaurant")
    await staff.press("开始办理")
    await staff.press("知道了，开始填写")
    draft = staff.path.split("/")[3]
    ready = await complete(served.url, "fengxue", draft)
    assert (ready["form_faults"], ready["eligibility_faults"], ready["material_faults"]) == ([], [], [])
    await staff.open(f"/drafts/{REGION}/{draft}/review")
    await staff.press("提交申请")
    case = await number(staff)

    await head.open("/matters")
    assert case in await head.text()
    await head.open("/acting")
    await head.follow(head.page.locator("main li", has_text=BISTRO).get_by_role("link", name="管理办事人员"))
    staff.refused.add(404)  # her open receipt goes on asking how it stands, and is told nothing once this is done
    await head.press("收回 冯雪")
    assert "已结束" in await head.text()
    await staff.open("/matters")
    assert case not in await staff.text()
