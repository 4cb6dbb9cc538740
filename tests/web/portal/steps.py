"""王芳's application, step by step, as she sends it without scripts."""

import re

from .browser import Browser

FAMILY = {"applicant_role": "mother", "mobile": "19900002001", "marital_status": "married"}
OTHER = {"other_parent_document": "resident-id"}
CHILD = {"child_name": "张小满", "child_ethnicity": "汉族"}
HOUSEHOLD = {"settle_with": "applicant", "relation_to_head": "子女"}
BENEFITS = {
    "pays_insurance": "false",
    "claims_reimbursement": "false",
    "wants_guidance": "false",
    "card_delivery": "electronic",
}
STEPS = (
    ("family", FAMILY),
    ("other_parent", OTHER),
    ("child", CHILD),
    ("household", HOUSEHOLD),
    ("benefits", BENEFITS),
)


async def begin(browser: Browser) -> str:
    """Open a draft; returns its address, at the notice."""
    await browser.get("/apply/birth")
    await browser.post("/apply/birth")
    found = re.fullmatch(r"(/drafts/\d{6}/[0-9a-f-]{36})/notice", browser.page.url.path)
    assert found is not None, browser.page.text[:1500]
    return found[1]


async def fill_step(browser: Browser, base: str, step: str, **fields: str) -> None:
    """Send one step, with everything that its page holds already."""
    await browser.get(f"{base}/steps/{step}")
    await browser.post(f"{base}/steps/{step}", **{**browser.filled(), **fields, "go": "next"})


async def fill_all(browser: Browser) -> str:
    """From the guide to the review; returns the draft's address."""
    base = await begin(browser)
    await browser.post(f"{base}/notice")
    for step, fields in STEPS:
        await fill_step(browser, base, step, **fields)
        assert browser.page.status_code == 200 and not browser.page.url.path.endswith(step), browser.page.text[:6000]
    await browser.get(f"{base}/review")
    return base


async def submit(browser: Browser) -> str:
    """Fill in everything and send it; returns the case's address."""
    base = await fill_all(browser)
    await browser.post(f"{base}/submit")
    assert browser.page.url.path.endswith("/receipt"), browser.page.text[:6000]
    return base.replace("/drafts/", "/matters/")
