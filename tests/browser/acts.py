"""What people do in the stories, each act as they do it at a screen."""

import re
from collections.abc import Mapping

from tests.browser.visitor import Visitor

Fields = Mapping[str, str | bool]
STEPS: Mapping[str, Fields] = {
    "您和家庭": {"applicant_role": "mother", "mobile": "19900002001", "marital_status": "married"},
    "另一方父母": {"other_parent_document": "resident-id"},
    "孩子": {"child_name": "张小宝", "child_ethnicity": "汉族"},
    "落户": {"settle_with": "applicant", "relation_to_head": "子女"},
    "参保、报销与领取": {
        "pays_insurance": True, "claims_reimbursement": False, "wants_guidance": True, "card_delivery": "electronic",
    },
}  # fmt: skip
"""How 王芳 answers: step by step, only what nobody could look up."""
NUMBER = re.compile(r"330103-\d{6}-[0-9A-Z]{7}-[0-9A-Z]")


async def begin(visitor: Visitor) -> None:
    """From the guide to the form's first step; the visitor is signed in."""
    await visitor.open("/apply/birth")
    await visitor.press("开始办理")
    await visitor.press("知道了，开始填写")


async def fill_steps(visitor: Visitor, steps: Mapping[str, Fields] = STEPS, *changes: Mapping[str, Fields]) -> None:
    """Fill in ``steps`` from the one that is open; ``changes`` answer some questions otherwise."""
    for title, fields in steps.items():
        answers = {**fields, **{name: value for change in changes for name, value in change.get(title, {}).items()}}
        assert title in await visitor.page.locator("h1").inner_text()
        await visitor.fill(**answers)
        await visitor.press("下一步")


async def fill_for_twins(visitor: Visitor) -> None:
    """徐静's answers, up to where her claim of costs asks for more; that step is still open."""
    await fill_steps(visitor, {title: STEPS[title] for title in ("您和家庭", "另一方父母")})
    await visitor.fill(child_name="孙小一", second_child_name="孙小二", child_ethnicity="汉族")
    await visitor.press("下一步")
    await fill_steps(visitor, {"落户": STEPS["落户"]})
    await visitor.fill(pays_insurance=False, claims_reimbursement=True, wants_guidance=False, card_delivery="post")


async def fill_claim(visitor: Visitor) -> None:
    """What the claim asks for besides: scripts show it at once, without them it comes with the next page."""
    await visitor.fill(bank_name="演示银行", bank_account="622000000000000002", delivery_address="演示路 2 号")
    await visitor.press("下一步")


async def apply(visitor: Visitor, *changes: Mapping[str, Fields]) -> str:
    """The whole way from the guide to the receipt. Returns the case's number."""
    await begin(visitor)
    await fill_steps(visitor, STEPS, *changes)
    await visitor.go("去核对")
    await visitor.press("提交申请")
    return await number(visitor)


async def number(visitor: Visitor) -> str:
    """The case number on the open page."""
    found = NUMBER.search(await visitor.text())
    assert found is not None, "no case number is to be seen"
    return found[0]


async def open_task(handler: Visitor, case: str, task: str) -> None:
    """From the inbox to a task of the case with this number."""
    await handler.open("/desk")
    await handler.follow(handler.page.locator("tr", has_text=case).get_by_role("link", name=task))


async def decide(handler: Visitor, case: str, task: str, kind: str) -> None:
    """Decide a task in the applicant's favour; the desk says what was done."""
    await open_task(handler, case, task)
    await handler.page.locator(f'input[name=kind][value="{kind}"]').check()
    await handler.press("提交意见")
    assert "已办理" in await handler.text()
