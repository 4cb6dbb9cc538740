"""Programs at the window: take in, fill in, confirm, submit; refused what the pages refuse, and nobody else's."""

import datetime as dt
from typing import Any

from tests.api_client import Program
from tests.world import FANG, INTAKE, JING, LEAD, REASONS, REGION, WEI

from tongban.basics.codes.invented import invented_resident_id
from tongban.parties.actions import appoint
from tongban.parties.log_in.codes import last_text
from tongban.parties.models import Post

CLERK, COLLEAGUE, FAR = "何平", "赵刚", "陈雨"
NAME, NUMBER = "宋雨", invented_resident_id("330103", dt.date(1951, 7, 8), 77)
MOBILE = "19900002078"
PRESENT = {"journey": "household-proof", "name": NAME, "id_number": NUMBER, "seen": True}


async def filled(api: Program) -> tuple[str, str, int]:
    """Somebody taken in by the clerk and the form filled in: both addresses, and the revision."""
    made = await api.did(CLERK, "POST", "/window", json=PRESENT)
    draft = f"/drafts/{made['region']}/{made['draft']}"
    noticed = await api.did(CLERK, "PUT", f"{draft}/notice", json={"consents": []})
    values = {"used_for": "孩子入学", "mobile": MOBILE}
    known = {name: value for name, value in values.items() if name in noticed["values"] or name == "used_for"}
    saved = await api.did(CLERK, "PUT", f"{draft}/form", json={"revision": noticed["revision"], "values": known})
    assert saved["ready"], (saved["form_faults"], saved["material_faults"])
    return f"/window/{made['region']}/{made['draft']}", draft, saved["revision"]


async def test_a_program_takes_in_who_is_present_and_submits_once_they_signed(api: Program) -> None:
    place, draft, revision = await filled(api)
    refused = await api.refused(CLERK, "POST", f"{draft}/submission", 409, json={"revision": revision})
    assert refused["code"] == "assisting.confirmation_missing"
    old = {"revision": revision - 1, "how": "signature"}
    assert (await api.refused(CLERK, "PUT", f"{place}/confirmation", 409, json=old))["code"] == refused["code"]
    assert (await api.ask(CLERK, "PUT", f"{place}/confirmation", json=old | {"revision": revision})).status_code == 204
    made = await api.did(CLERK, "POST", f"{draft}/submission", json={"revision": revision})
    (line,) = await api.did(CLERK, "GET", "/window")
    assert (line["name"], line["number"], line["confirmed"]) == (NAME, made["number"], revision)
    said = await api.world.one(
        "SELECT data::text FROM ledger_entries WHERE subject = %(c)s AND kind = 'case.submitted'", c=made["id"]
    )
    assert '"channel": "window"' in said and '"signature"' in said and NUMBER not in said


async def test_the_code_from_their_own_telephone_confirms_and_a_wrong_one_is_good_for_five_tries(api: Program) -> None:
    place, draft, revision = await filled(api)
    unfit = await api.refused(CLERK, "POST", f"{place}/code", 422, json={"mobile": "123"})
    assert unfit["field"] == "mobile"
    await api.did(CLERK, "POST", f"{place}/code", json={"mobile": MOBILE})
    confirmation: dict[str, Any] = {"revision": revision, "how": "code"}
    code = await code_of(api)
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(5):
        answer = await api.ask(CLERK, "PUT", f"{place}/confirmation", json=confirmation | {"code": wrong})
        assert answer.status_code == 422 and answer.json()["field"] == "code"
    spent = await api.ask(CLERK, "PUT", f"{place}/confirmation", json=confirmation | {"code": code})
    assert spent.status_code == 422, "after five tries even the right one is worth nothing"
    await api.did(CLERK, "POST", f"{place}/code", json={"mobile": MOBILE})
    done = await api.ask(CLERK, "PUT", f"{place}/confirmation", json=confirmation | {"code": await code_of(api)})
    assert done.status_code == 204
    await api.did(CLERK, "POST", f"{draft}/submission", json={"revision": revision})


async def code_of(api: Program) -> str:
    """What the person reads on their telephone."""
    async with api.world.database.connection() as connection:
        account = await api.world.one("SELECT account FROM assistances ORDER BY begun_at DESC LIMIT 1")
        text = await last_text(connection, api.world.kernel.vault, account)
    assert text is not None
    return text.text.split("验证码 ")[1][:6]


async def test_a_call_repeated_takes_in_once_and_what_does_not_fit_names_its_field(api: Program) -> None:
    key = {"idempotency-key": "window-once-1"}
    answers = [await api.ask(CLERK, "POST", "/window", json=PRESENT, headers=key) for _ in range(3)]
    assert {one.text for one in answers} == {answers[0].text} and answers[0].status_code == 201
    assert await api.world.one("SELECT count(*) FROM ledger_entries WHERE kind = 'assistance.begun'") == 1
    young = invented_resident_id("330103", dt.date(2020, 5, 5), 78)
    for changes, field in (({"seen": False}, "seen"), ({"id_number": young}, "id_number"), ({"name": " "}, "name"),
                           ({"name": "别人", "id_number": api.world.people[FANG].id_number}, "name")):  # fmt: skip
        assert (await api.refused(CLERK, "POST", "/window", 422, json=PRESENT | changes))["field"] == field
    for name in (FANG, WEI, JING):
        await api.refused(name, "POST", "/window", 403, json=PRESENT)


async def test_what_a_case_waits_for_is_handed_in_by_programs_as_it_was_confirmed(api: Program) -> None:
    world = api.world
    case = await world.submitted()
    await world.decide(LEAD, case, INTAKE, "return")
    number = await world.one("SELECT number FROM cases WHERE id = %(c)s", c=case)
    card = {"number": number, "name": FANG, "id_number": world.people[FANG].id_number, "seen": True}
    place = f"/window/cases/{REGION}/{case}"
    await api.refused(CLERK, "GET", place, 404)
    for name in (WEI, JING, FANG):
        await api.refused(name, "POST", "/window/cases", 403, json=card)
    other = card | {"name": "林晓", "id_number": world.people["林晓"].id_number}
    assert (await api.refused(CLERK, "POST", "/window/cases", 404, json=other))["code"] == "assisting.nothing_waits"
    assert await api.did(CLERK, "POST", "/window/cases", json=card) == {"region": REGION, "case": str(case)}
    wanted = await api.did(CLERK, "GET", place)
    assert (wanted["state"], wanted["number"]) == ("returned", number) and wanted["reasons"] == REASONS
    await api.refused(COLLEAGUE, "GET", place, 404)
    entered = {"revision": wanted["revision"], "values": {"child_name": "王小满"}}
    checked = await api.did(CLERK, "POST", f"{place}/check", json=entered | {"mobile": MOBILE})
    signed = entered | {"digest": checked["digest"], "how": "signature"}
    differs = signed | {"values": {"child_name": "王小雪"}}
    await api.refused(CLERK, "POST", f"{place}/changes", 409, json=differs)
    plain = f"/cases/{REGION}/{case}/changes"
    await api.refused(CLERK, "POST", plain, 404, json=entered)
    coded = signed | {"how": "code", "code": await code_of(api)}
    key = {"idempotency-key": "handed-in-once"}
    answers = [await api.ask(CLERK, "POST", f"{place}/changes", json=coded, headers=key) for _ in range(2)]
    assert [one.status_code for one in answers] == [201, 201] and answers[0].text == answers[1].text
    page = await world.page(case)
    assert page.case.state == "submitted" and {one.id: one.value for one in page.form}["child_name"] == "王小满"
    (event,) = [one for one in page.events if one.kind == "case.resubmitted"]
    assert (event.detail["window"]["clerk"], event.detail["window"]["confirmed_as"]) == (CLERK, "code")
    assert event.detail["window"]["digest"] == checked["digest"]


async def test_a_clerk_of_another_hall_or_region_sees_and_does_nothing_of_it(api: Program) -> None:
    """However the second clerk may take in people too, at the same hall, another one, or in another region."""
    async with api.world.database.connection() as connection:
        await appoint(connection, api.world.accounts[COLLEAGUE], Post(REGION, "hall", "clerk"))
        await appoint(connection, api.world.accounts[FAR], Post("330106", "hall", "clerk"))
    place, draft, revision = await filled(api)
    before = await api.world.one("SELECT d::text FROM drafts d ORDER BY updated_at DESC LIMIT 1")
    for name in (COLLEAGUE, FAR):
        assert await api.did(name, "GET", "/window") == []
        for method, path, body in (
            ("GET", draft, None),
            ("PUT", f"{draft}/form", {"revision": revision, "values": {"used_for": "改"}}),
            ("POST", f"{place}/code", {"mobile": MOBILE}),
            ("PUT", f"{place}/confirmation", {"revision": revision, "how": "signature"}),
            ("POST", f"{draft}/submission", {"revision": revision}),
            ("DELETE", draft, None),
        ):
            answer = await api.ask(name, method, path, **({"json": body} if body else {}))
            assert answer.status_code == 404, (name, method, path, answer.text)
    assert await api.world.one("SELECT d::text FROM drafts d ORDER BY updated_at DESC LIMIT 1") == before
