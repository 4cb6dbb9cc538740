"""What the pages do a program does too: consents, licences by their issuer, hats; and a table of what it cannot yet."""

from collections.abc import Mapping

import pytest
from litestar.routes import HTTPRoute
from tests.api_client import Program
from tests.cases.test_consent_of_others import BILL as OF_OTHER
from tests.cases.test_consent_of_others import FATHER, SUN, XU
from tests.cases.test_consents import BILL, applied
from tests.world import FANG, JING, LEAD, REASONS, REGION, WEI

from tongban.parties.actions import appoint
from tongban.parties.models import Post
from tongban.web.cached import FrontDoor

BASIS = "行政许可法 第六十九条"
BROWSER = "belongs to a browser: its session, its passkeys, how its pages look"
PROTOCOL = "a standard's own door for programs (OpenID Connect, SCIM)"
SCIM = "people come and go by SCIM"
ONE_CALL = "one call instead of several steps: a basket or a whole form is sent at once"
OFFLINE = "programs verify by themselves: one file, one library, no call"
MISSING = "not for programs yet"

PAGES: Mapping[str, str] = {
    "/account/applications/{application}/withdrawal": "DELETE /consents/{application}",
    "/account/close": "POST /account/closing",
    "/account/confirm": BROWSER,
    "/account/identity": MISSING,
    "/account/mobile": BROWSER,
    "/account/passkeys": BROWSER,
    "/account/passkeys/options": BROWSER,
    "/account/passkeys/remove": BROWSER,
    "/account/password": BROWSER,
    "/account/recovery/stop": BROWSER,
    "/account/second": BROWSER,
    "/account/sessions/others": "DELETE /sessions/others",
    "/account/sessions/{session}": "DELETE /sessions/{session}",
    "/account/step-up": BROWSER,
    "/account/step-up/options": BROWSER,
    "/account/totp": BROWSER,
    "/acting/agents/new": "POST /appointments",
    "/acting/children/new": "POST /children",
    "/acting/enterprises": "POST /enterprises",
    "/acting/hat": "GET /hats",
    "/acting/{appointment}/answer": "PUT /appointments/{appointment}/answer",
    "/acting/{appointment}/end": "DELETE /appointments/{appointment}",
    "/apply/{journey}": "POST /drafts",
    "/desk/applications/new": "POST /applications",
    "/desk/applications/{application}/edit": "PUT /applications/{application}",
    "/desk/applications/{application}/secret": "PUT /applications/{application}/secret",
    "/desk/applications/{application}/{act}": "DELETE /applications/{application}",
    "/desk/basket/drop": ONE_CALL,
    "/desk/basket/lines": ONE_CALL,
    "/desk/basket/send": "POST /baskets/{region}",
    "/desk/basket/theme": ONE_CALL,
    "/desk/calendars": "POST /calendars",
    "/desk/calendars/{proposal}/approval": "POST /calendars/{proposal}/approval",
    "/desk/calendars/{proposal}/refusal": "POST /calendars/{proposal}/refusal",
    "/desk/catalogue/entries/{region}/{entry}/edit": "PUT /catalogue/{region}/entries/{entry}",
    "/desk/catalogue/entries/{region}/{entry}/publication": "POST /catalogue/{region}/entries/{entry}/publication",
    "/desk/catalogue/entries/{region}/{entry}/refreshment": "POST /catalogue/{region}/entries/{entry}/refreshment",
    "/desk/catalogue/entries/{region}/{entry}/return": "POST /catalogue/{region}/entries/{entry}/return",
    "/desk/catalogue/entries/{region}/{entry}/submission": "POST /catalogue/{region}/entries/{entry}/submission",
    "/desk/catalogue/entries/{region}/{entry}/use": "PUT /catalogue/{region}/entries/{entry}/use",
    "/desk/catalogue/entries/{region}/{entry}/withdrawal": "POST /catalogue/{region}/entries/{entry}/withdrawal",
    "/desk/catalogue/import": MISSING,
    "/desk/catalogue/new": "POST /catalogue/{region}/entries",
    "/desk/catalogue/projects": "POST /projects/{region}",
    "/desk/catalogue/projects/{region}/{project}/answers/{entry}": "POST /projects/{region}/{project}/answers/{entry}",
    "/desk/catalogue/projects/{region}/{project}/approval": "POST /projects/{region}/{project}/approval",
    "/desk/catalogue/projects/{region}/{project}/refusal": "POST /projects/{region}/{project}/refusal",
    "/desk/catalogue/settings": MISSING,
    "/desk/clock/{region}/{case_id}/urgings": "POST /clocks/{region}/{case}/urgings",
    "/desk/clock/{region}/{case_id}/urgings/{urging}/answer": "POST /clocks/{region}/{case}/urgings/{demand}/answer",
    "/desk/directory/import": MISSING,
    "/desk/directory/import/{made}": MISSING,
    "/desk/directory/new": "POST /directory/{region}/units",
    "/desk/directory/people/new": SCIM,
    "/desk/directory/people/{account}": "POST /directory/{region}/people/{account}/leaving",
    "/desk/directory/people/{account}/invitation": MISSING,
    "/desk/directory/systems": MISSING,
    "/desk/directory/systems/{system}/end": MISSING,
    "/desk/directory/units/{unit}": MISSING,
    "/desk/directory/units/{unit}/merger": "POST /directory/{region}/units/{unit}/merger",
    "/desk/directory/units/{unit}/positions": MISSING,
    "/desk/grants/{region}/{grant}/narrow": "POST /grants/{region}/{grant}/narrow",
    "/desk/grants/{region}/{grant}/renew": ONE_CALL,
    "/desk/grants/{region}/{grant}/revoke": "POST /grants/{region}/{grant}/revoke",
    "/desk/grants/{region}/{grant}/tokens": "POST /grants/{region}/{grant}/tokens",
    "/desk/guardians": "POST /desk/{region}/guardianships",
    "/desk/guardians/{guardian}/confirmation": "POST /guardianships/{guardian}/confirmation",
    "/desk/guardians/{guardian}/end": "DELETE /guardianships/{guardian}",
    "/desk/identity": MISSING,
    "/desk/identity/confirm": MISSING,
    "/desk/leave": "POST /directory/{region}/leaves",
    "/desk/leave/{leave}/end": "POST /directory/{region}/leaves/{leave}/end",
    "/desk/licences/{region}/{licence_id}/changes": "POST /desk/{region}/licences/{licence}/changes",
    "/desk/licences/{region}/{licence_id}/changes/{change_id}": (
        "POST /desk/{region}/licences/{licence}/changes/{change}/answer"
    ),
    "/desk/requests/{region}/{asked}/answer": "POST /sharing-requests/{region}/{asked}/answer",
    "/desk/requests/{region}/{asked}/approval": "POST /sharing-requests/{region}/{asked}/approval",
    "/desk/tasks/{region}/{case_id}/{task_id}/acts/{kind}/{on}": "POST /cases/{region}/{case}/acts",
    "/desk/tasks/{region}/{case_id}/{task_id}/answers/{question}": (
        "POST /cases/{region}/{case}/questions/{question}/answer"
    ),
    "/desk/tasks/{region}/{case_id}/{task_id}/decision": "POST /desk/{region}/tasks/{case}/{task}/decision",
    "/desk/themes/{region}/{theme}/end": "POST /themes/{region}/{theme}/end",
    "/desk/tickets/{region}/{ticket}/answer": "POST /tickets/{region}/{ticket}/answer",
    "/desk/tickets/{region}/{ticket}/verdict": "POST /tickets/{region}/{ticket}/verdict",
    "/desk/window": "POST /window",
    "/desk/window/cases": "POST /window/cases",
    "/desk/window/cases/{region}/{case_id}": "POST /window/cases/{region}/{case}/changes",
    "/desk/window/cases/{region}/{case_id}/files/{file_id}/remove": "DELETE /drafts/{region}/{draft}/files/{file}",
    "/desk/window/cases/{region}/{case_id}/files/{material}": (
        "POST /drafts/{region}/{draft}/materials/{material}/files"
    ),
    "/desk/window/{region}/{draft_id}": "PUT /window/{region}/{draft}/confirmation",
    "/drafts/{region}/{draft_id}/abandon": "DELETE /drafts/{region}/{draft}",
    "/drafts/{region}/{draft_id}/files/{file_id}/remove": "DELETE /drafts/{region}/{draft}/files/{file}",
    "/drafts/{region}/{draft_id}/files/{material}": "POST /drafts/{region}/{draft}/materials/{material}/files",
    "/drafts/{region}/{draft_id}/notice": "PUT /drafts/{region}/{draft}/notice",
    "/drafts/{region}/{draft_id}/promises/commitments/{commitment}": (
        "PUT /drafts/{region}/{draft}/commitments/{commitment}"
    ),
    "/drafts/{region}/{draft_id}/promises/commitments/{commitment}/remove": (
        "DELETE /drafts/{region}/{draft}/commitments/{commitment}"
    ),
    "/drafts/{region}/{draft_id}/promises/tolerance": "PUT /drafts/{region}/{draft}/tolerance",
    "/drafts/{region}/{draft_id}/steps/{step_id}": "PUT /drafts/{region}/{draft}/form",
    "/drafts/{region}/{draft_id}/steps/{step_id}/save": "PUT /drafts/{region}/{draft}/form",
    "/drafts/{region}/{draft_id}/submit": "POST /drafts/{region}/{draft}/submission",
    "/enterprise/{enterprise}/people": "POST /enterprises/{enterprise}/people",
    "/identity/authorize": PROTOCOL,
    "/identity/consent": BROWSER,
    "/identity/introspect": PROTOCOL,
    "/identity/revoke": PROTOCOL,
    "/identity/sign-out": PROTOCOL,
    "/identity/signed-out": BROWSER,
    "/identity/token": PROTOCOL,
    "/identity/userinfo": PROTOCOL,
    "/invitation/{secret}": BROWSER,
    "/language": BROWSER,
    "/large-type": BROWSER,
    "/licences/{region}/{licence_id}/present": "POST /licences/{region}/{licence}/presentations",
    "/matters/{region}/{case_id}/acts/supply/files/{material}": (
        "POST /drafts/{region}/{draft}/materials/{material}/files"
    ),
    "/matters/{region}/{case_id}/acts/{kind}": "POST /cases/{region}/{case}/acts",
    "/matters/{region}/{case_id}/ask": "POST /cases/{region}/{case}/questions",
    "/matters/{region}/{case_id}/edit": "POST /cases/{region}/{case}/changes",
    "/matters/{region}/{case_id}/files/{file_id}/remove": "DELETE /drafts/{region}/{draft}/files/{file}",
    "/matters/{region}/{case_id}/files/{material}": "POST /drafts/{region}/{draft}/materials/{material}/files",
    "/matters/{region}/{case_id}/withdraw": "POST /cases/{region}/{case}/withdrawal",
    "/my-data/consents/{region}/{case_id}/{material}": ("POST /my-data/consents/{region}/{case}/{material}/withdrawal"),
    "/my-data/consents/{region}/{case_id}/{material}/files": (
        "POST /drafts/{region}/{draft}/materials/{material}/files"
    ),
    "/drafts/{region}/{draft_id}/consented": "PUT /drafts/{region}/{draft}/form",
    "/my-data/consent-requests/{region}/{asking}": "POST /my-data/consent-requests/{region}/{asking}/answer",
    "/my-data/rights": "POST /my-data/requests",
    "/my-data/rights/lift": MISSING,
    "/my-data/{region}/{use}/objection": "POST /my-data/{region}/{use}/objections",
    "/presented/{code}": "POST /presented/{code}",
    "/receipt-check": OFFLINE,
    "/recover": BROWSER,
    "/recover/{secret}": BROWSER,
    "/register": BROWSER,
    "/register/code": BROWSER,
    "/scim/v2/{rest}": PROTOCOL,
    "/sign-in": "POST /sessions",
    "/sign-in/passkey": BROWSER,
    "/sign-in/passkey/options": BROWSER,
    "/sign-in/second": "POST /sessions",
    "/sign-in/upper/link": BROWSER,
    "/sign-out": "DELETE /sessions/current",
    "/theme": BROWSER,
    "/verify": OFFLINE,
}
"""Every address of a page that changes something, with the call that does the same, or why there is none."""


def _calls(door: FrontDoor) -> tuple[set[str], set[str]]:
    """Addresses of pages that change something, and calls of the API as ``METHOD address``."""
    routes = [route for route in door.litestar.routes if isinstance(route, HTTPRoute)]
    pages = {one.path_format for one in routes if one.methods - {"GET", "HEAD", "OPTIONS"}}
    calls = {f"{method} {one.path_format.removeprefix('/api/v1')}" for one in routes for method in one.methods}
    return {one for one in pages if not one.startswith("/api/")}, calls


def test_whatever_a_page_changes_has_a_call_or_a_reason_why_not(door: FrontDoor) -> None:
    pages, calls = _calls(door)
    assert pages == set(PAGES)
    named = {one for one in PAGES.values() if one.split(" ")[0] in ("GET", "POST", "PUT", "DELETE")}
    assert named - calls == set()


async def test_a_program_of_whom_somebody_asks_answers_once_and_takes_it_back(api: Program) -> None:
    draft = await api.ready(SUN, **FATHER)
    (one,) = await api.did(XU, "GET", "/my-data/consent-requests")
    assert (one["material"], one["asker"], one["open"], one["answer"]) == (OF_OTHER, SUN, True, None)
    assert all(plan["fields"] and plan["provider"] and plan["basis"] for plan in one["look_ups"])
    place = f"/my-data/consent-requests/{REGION}/{one['id']}"
    for stranger in (SUN, JING, WEI):
        assert await api.did(stranger, "GET", "/my-data/consent-requests") == []
        await api.refused(stranger, "POST", f"{place}/answer", 404, json={"answer": "given"})
    assert "answer" in str(await api.refused(XU, "POST", f"{place}/answer", 400, json={"answer": "perhaps"}))
    key = {"idempotency-key": "answer-once-1"}
    done = await api.did(XU, "POST", f"{place}/answer", json={"answer": "given"}, headers=key)
    assert await api.did(XU, "POST", f"{place}/answer", json={"answer": "given"}, headers=key) == done
    over = await api.refused(XU, "POST", f"{place}/answer", 409, json={"answer": "refused"})
    assert over["code"] == "cases.consent_request_over"
    (given,) = await api.did(XU, "GET", "/my-data/consents")
    assert (given["of_another"], given["standing"], given["until"]) == (True, True, one["until"])

    at = f"/drafts/{REGION}/{draft['id']}"
    now = await api.did(SUN, "GET", at)
    body = {"revision": now["revision"], "values": {"bank_name": "另一家银行"}}
    saved = await api.did(SUN, "PUT", f"{at}/form", json=body)
    assert {m["id"]: m["state"] for m in saved["materials"]}[OF_OTHER] == "found"
    uses = await api.did(XU, "GET", "/my-data")
    assert any(use["legal"] == "consent" and use["outcome"] == "found" for use in uses)
    await api.did(XU, "POST", f"/my-data/consents/{REGION}/{draft['id']}/{OF_OTHER}/withdrawal")
    after = await api.did(SUN, "GET", at)
    assert {m["id"]: m["state"] for m in after["materials"]}[OF_OTHER] == "missing"


async def test_a_program_lists_its_consents_and_takes_one_back_once(api: Program) -> None:
    case = await applied(api.world)
    (one,) = await api.did(FANG, "GET", "/my-data/consents")
    assert (one["material"], one["standing"], one["stage"]) == (BILL, True, "open")
    assert one["look_ups"] and all(plan["fields"] and plan["basis"] for plan in one["look_ups"])
    place = f"/my-data/consents/{REGION}/{case}/{BILL}"
    for stranger in (JING, WEI):
        await api.refused(stranger, "POST", f"{place}/withdrawal", 404)
        assert await api.did(stranger, "GET", "/my-data/consents") == []
    key = {"idempotency-key": "take-it-back-1"}
    done = await api.did(FANG, "POST", f"{place}/withdrawal", headers=key)
    assert (done["standing"], done["upload"]) == (False, True)
    assert await api.did(FANG, "POST", f"{place}/withdrawal", headers=key) == done
    assert (await api.did(FANG, "GET", place))["withdrawn_at"] == done["withdrawn_at"]
    assert await api.world.one("SELECT count(*) FROM ledger_entries WHERE kind = 'consent.withdrawn'") == 1


async def test_a_program_of_the_issuing_department_changes_a_licence_with_two_people(api: Program) -> None:
    world, second = api.world, "陈雨"
    case = await world.accepted()
    await world.decide(LEAD, case, "birth_certificate", "approve")
    async with world.database.connection() as connection:
        await appoint(connection, world.accounts[second], Post(REGION, "health", "head"))
    (licence,) = await world.rows("SELECT id, code FROM licences WHERE source = %(c)s", c=case)
    place, wish = f"/desk/{REGION}/licences/{licence.id}", {"reasons": REASONS, "basis": BASIS}
    await api.refused(WEI, "POST", f"{place}/changes", 404, json={**wish, "kind": "suspend"})
    await api.refused(LEAD, "POST", f"{place}/changes", 422, json={**wish, "kind": "suspend", "basis": ""})
    done = await api.did(LEAD, "POST", f"{place}/changes", json={**wish, "kind": "suspend"})
    assert (done["kind"], done["outcome"]) == ("suspend", "done")
    assert (await api.did(None, "GET", f"/verify/{licence.code}"))["state"] == "suspended"

    asked = await api.did(LEAD, "POST", f"{place}/changes", json={**wish, "kind": "resume"})
    (waiting,) = await api.did(second, "GET", f"/desk/{REGION}/licence-changes")
    assert waiting["id"] == asked["id"] and asked["outcome"] is None
    answer = f"{place}/changes/{asked['id']}/answer"
    await api.refused(LEAD, "POST", answer, 403, json={"confirm": True})
    after = await api.did(second, "POST", answer, json={"confirm": True})
    assert (after["state"], [one["outcome"] for one in after["changes"]]) == ("valid", ["done", "done"])
    await api.refused(second, "POST", answer, 409, json={"confirm": True})

    fields = {"kind": "correct", "facts": {"child_name": "张大宝"}}
    asked = await api.did(LEAD, "POST", f"{place}/changes", json={**wish, **fields})
    after = await api.did(second, "POST", f"{place}/changes/{asked['id']}/answer", json={"confirm": True})
    assert after["state"] == "cancelled"
    successor = await api.did(LEAD, "GET", f"/desk/{REGION}/licences/{after['changes'][0]['successor']}")
    assert "张大宝" in [field["value"] for field in successor["fields"]]
    found = await api.did(LEAD, "GET", f"/desk/{REGION}/licences", params={"typed": licence.code})
    assert (found["id"], found["possible"]) == (str(licence.id), [])


async def test_a_hat_narrows_lists_and_nobody_wears_another_s(api: Program) -> None:
    """A child whose parent proved it, through the API alone."""
    child = {"name": "张小雨", "id_number": "330103202001158026"}
    await api.refused("林晓", "POST", "/children", 422, json=child)
    owner = (await api.did(FANG, "POST", "/children", json=child))["owner"]
    (hat,) = await api.did(FANG, "GET", "/hats")
    assert (hat["owner"], hat["capacity"], hat["kind"]) == (owner, "guardian", "person")
    assert await api.did("林晓", "GET", "/hats") == []
    opened = {"region": REGION, "journey": "household-proof"}
    hers = await api.did(FANG, "POST", "/drafts", json={"region": REGION, "journey": "birth"})
    its = await api.did(FANG, "POST", "/drafts", json={**opened, "principal": owner})
    shown = await api.did(FANG, "GET", "/drafts", params={"hat": owner})
    assert [one["id"] for one in shown] == [its["id"]]
    own = str(api.world.accounts[FANG])
    assert [one["id"] for one in await api.did(FANG, "GET", "/drafts", params={"hat": own})] == [hers["id"]]
    assert await api.did(FANG, "GET", "/cases", params={"hat": owner}) == {"items": [], "next": None}
    for path in ("/drafts", "/cases"):
        assert (await api.refused("林晓", "GET", path, 403, params={"hat": owner}))["field"] == "hat"


async def test_a_guardian_is_entered_and_confirmed_by_two_programs_of_one_window(api: Program) -> None:
    ward, guardian = api.world.people["张强"], api.world.people["林晓"]
    said = {
        "ward_name": "张强", "ward_number": ward.id_number, "guardian_name": "林晓",
        "guardian_number": guardian.id_number, "basis": "court-order", "document": "（2026）浙0103民特17号",
        "last_day": "2029-06-30", "seen": True,
    }  # fmt: skip
    place, entry = f"/desk/{REGION}/guardianships", {"department": "hall", "proposal": said}
    await api.refused(WEI, "POST", place, 403, json=entry)
    made = await api.did("何平", "POST", place, json=entry)
    refused = await api.refused("何平", "POST", f"/guardianships/{made['id']}/confirmation", 403)
    assert refused["code"] == "log_in.second_person_needed"
    (waiting,) = await api.did("蒋琳", "GET", place)
    assert (waiting["document"], waiting["stands"], waiting["own"]) == (said["document"], False, False)
    await api.did("蒋琳", "POST", f"/guardianships/{made['id']}/confirmation")
    (hat,) = await api.did("林晓", "GET", "/hats")
    assert (hat["capacity"], hat["name"]) == ("guardian", "张强")
    await api.refused(WEI, "DELETE", f"/guardianships/{made['id']}", 403, params={"reason": "capacity"})
    await api.did("何平", "DELETE", f"/guardianships/{made['id']}", params={"reason": "capacity"})
    assert await api.did("林晓", "GET", "/hats") == [] and await api.did("蒋琳", "GET", place) == []


async def test_a_legal_representative_claims_an_enterprise_by_one_call(api: Program) -> None:
    refused = await api.refused(FANG, "POST", "/enterprises", 422, json={"uscc": "91330103TB0000140C"})
    assert (refused["code"], refused["field"]) == ("representing.not_representative", "uscc")
    made = await api.did("方晴", "POST", "/enterprises", json={"uscc": "91330103TB0000140C"})
    (hat,) = await api.did("方晴", "GET", "/hats")
    assert (hat["owner"], hat["capacity"], hat["name"]) == (made["id"], "legal-representative", made["name"])


@pytest.mark.parametrize("other", [False, True])
async def test_a_program_sees_where_its_account_is_open_and_ends_only_its_own(api: Program, other: bool) -> None:
    await api.world.secret(FANG)
    (mine,) = await api.did(FANG, "GET", "/sessions")
    if other:
        await api.refused(WEI, "DELETE", f"/sessions/{mine['id']}", 404)
    else:
        await api.did(FANG, "DELETE", f"/sessions/{mine['id']}")
    assert (await api.ask(FANG, "GET", "/sessions/current")).status_code == (200 if other else 401)


async def test_ending_the_others_keeps_the_session_that_asks(api: Program) -> None:
    first = await api.world.secret(FANG)
    api.world.secrets.pop(FANG)
    await api.did(FANG, "DELETE", "/sessions/others")
    gone = await api.ask(None, "GET", "/sessions/current", headers={"authorization": f"Bearer {first}"})
    assert gone.status_code == 401
    assert len(await api.did(FANG, "GET", "/sessions")) == 1
