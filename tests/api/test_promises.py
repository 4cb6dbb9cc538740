"""Programs sign promises as people do: what may be signed is told word for word, what may not is a problem."""

from tests.api_client import Program
from tests.world import FANG, LEAD, REGION

OTHER = {"settle_with": "other_parent"}
CLAIM = {"claims_reimbursement": True, "bank_name": "演示银行", "bank_account": "6222020200112233445"}


async def test_a_commitment_is_read_signed_taken_back_and_replaces_the_material(api: Program) -> None:
    draft = await api.ready(**OTHER)
    place = f"/drafts/{REGION}/{draft['id']}"
    offer = await api.did(FANG, "GET", f"{place}/promises")
    assert [one["id"] for one in offer["commitments"]] == ["settle_together"] and "撤销" in offer["commitments"][0][
        "text"
    ]
    await api.refused(FANG, "POST", f"{place}/submission", 422, json={"revision": draft["revision"]})
    signed = await api.did(FANG, "PUT", f"{place}/commitments/settle_together")
    assert signed["signed_commitments"] == ["settle_together"]
    assert (await api.did(FANG, "DELETE", f"{place}/commitments/settle_together"))["signed_commitments"] == []
    await api.did(FANG, "PUT", f"{place}/commitments/settle_together")
    states = {m["id"]: m["state"] for m in (await api.did(FANG, "GET", place))["materials"]}
    assert states["settlement_statement"] == "promised"
    await api.did(FANG, "POST", f"{place}/submission", json={"revision": draft["revision"]})
    await api.refused(FANG, "PUT", f"{place}/commitments/settle_together", 409)


async def test_materials_that_may_follow_are_signed_for_and_no_others(api: Program) -> None:
    draft = await api.ready(**CLAIM)
    place = f"/drafts/{REGION}/{draft['id']}"
    assert (await api.did(FANG, "GET", f"{place}/promises"))["tolerable"] == ["medical_bill"]
    wrong = await api.refused(FANG, "PUT", f"{place}/tolerance", 422, json={"materials": ["identity"]})
    assert wrong["code"] == "cases.not_tolerable"
    signed = await api.did(FANG, "PUT", f"{place}/tolerance", json={"materials": ["medical_bill"]})
    assert signed["tolerated"] == ["medical_bill"]
    assert (await api.did(FANG, "PUT", f"{place}/tolerance", json={"materials": []}))["tolerated"] == []


async def test_promises_are_the_applicants_own(api: Program) -> None:
    draft = await api.ready(**OTHER)
    place = f"/drafts/{REGION}/{draft['id']}"
    await api.refused(LEAD, "GET", f"{place}/promises", 404)
    await api.refused(LEAD, "PUT", f"{place}/commitments/settle_together", 404)
    await api.refused(None, "PUT", f"{place}/commitments/settle_together", 401)
    assert (await api.refused(FANG, "PUT", f"{place}/commitments/nothing", 422))["code"] == "cases.no_such_path"
