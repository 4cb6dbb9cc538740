"""Promises signed in a draft: read in full, signed, taken back; only one's own, and only what is open."""

from .browser import Browser
from .steps import FAMILY, begin, fill_step


async def with_the_other_parent(fang: Browser) -> str:
    """A draft in which the child settles with the other parent, which a commitment may prove."""
    base = await begin(fang)
    await fang.post(f"{base}/notice")
    await fill_step(fang, base, "family", **FAMILY)
    await fill_step(fang, base, "household", settle_with="other_parent")
    return base


async def test_a_commitment_is_read_signed_and_taken_back(fang: Browser) -> None:
    base = await with_the_other_parent(fang)
    materials = await fang.get(f"{base}/materials")
    assert f"{base}/promises" in materials.text
    page = await fang.get(f"{base}/promises")
    assert "随另一方落户告知承诺" in page.text and "国办发〔2020〕42号" in page.text
    assert "我已看清，签署承诺" in page.text
    await fang.post(f"{base}/promises/commitments/settle_together")
    assert "撤回承诺" in (await fang.get(f"{base}/promises")).text
    assert "已签告知承诺，不用交" in (await fang.get(f"{base}/materials")).text
    await fang.get(f"{base}/promises")
    await fang.post(f"{base}/promises/commitments/settle_together/remove")
    assert "我已看清，签署承诺" in (await fang.get(f"{base}/promises")).text


async def test_a_promise_that_the_journey_does_not_know_is_refused(fang: Browser) -> None:
    base = await with_the_other_parent(fang)
    await fang.get(f"{base}/promises")
    refused = await fang.post(f"{base}/promises/commitments/something_else")
    assert refused.status_code in (404, 409, 422)
    assert "撤回承诺" not in (await fang.get(f"{base}/promises")).text
