"""Calls that happen once, lists that are read whole, receipts that are promised first and proved soon after."""

import asyncio
from typing import Any
from uuid import UUID, uuid4

import pytest
from tests.api_client import Program
from tests.world import BANK_ACCOUNT, CHILD, CLAIM, FANG, LEAD, REASONS, REGION, WEI

from tongban.basics.ids import new_id
from tongban.cases.models import INTAKE
from tongban.cli.kernel_stage import photo
from tongban.ledger.sealer import seal_all

OPEN = {"region": REGION, "journey": "birth"}


def _key(text: str = "") -> dict[str, str]:
    return {"idempotency-key": text or uuid4().hex}


@pytest.mark.parametrize("key", [None, "short", "x" * 101, "with space in it"])
async def test_a_creating_call_without_a_fitting_key_is_refused(api: Program, key: str | None) -> None:
    headers = {"authorization": f"Bearer {await api.world.secret(FANG)}"}
    headers |= {} if key is None else {"idempotency-key": key}
    answer = await api.client.post("/api/v1/drafts", json=OPEN, headers=headers)
    assert answer.status_code == 400, answer.text
    assert "Idempotency-Key" in [fault["field"] for fault in answer.json()["errors"]]
    assert await api.world.one("SELECT count(*) FROM drafts") == 0


async def test_the_same_call_with_the_same_key_is_done_once_and_answered_alike(api: Program) -> None:
    case, key = await api.submitted(), _key()
    path = f"/cases/{REGION}/{case['id']}/questions"
    first = await api.ask(FANG, "POST", path, json={"text": "什么时候办好？"}, headers=key)
    again = await api.ask(FANG, "POST", path, json={"text": "什么时候办好？"}, headers=key)
    assert (first.status_code, first.content) == (201, again.content) == (again.status_code, first.content)
    assert await api.world.one("SELECT count(*) FROM case_questions") == 1


async def test_ten_calls_at_once_with_one_key_are_done_once(api: Program) -> None:
    case, key = await api.submitted(), _key()
    path = f"/cases/{REGION}/{case['id']}/questions"
    answers = await asyncio.gather(
        *(api.ask(FANG, "POST", path, json={"text": "好了吗"}, headers=key) for _ in range(10))
    )
    assert {(a.status_code, a.content) for a in answers} == {(201, answers[0].content)}
    assert await api.world.one("SELECT count(*) FROM case_questions") == 1


async def test_a_key_used_for_another_wish_is_refused(api: Program) -> None:
    case, key = await api.submitted(), _key()
    path = f"/cases/{REGION}/{case['id']}/questions"
    await api.did(FANG, "POST", path, json={"text": "一"}, headers=key)
    problem = await api.refused(FANG, "POST", path, 422, json={"text": "二"}, headers=key)
    assert (problem["code"], problem["field"]) == ("web.key_reused", "Idempotency-Key")


async def test_two_people_may_choose_the_same_key(api: Program) -> None:
    key = _key("everybody-chooses-this")
    mine = await api.did(FANG, "POST", "/drafts", json=OPEN, headers=key)
    other = await api.did("林晓", "POST", "/drafts", json=OPEN, headers=key)
    assert mine["id"] != other["id"]


async def test_a_refused_call_leaves_its_key_free(api: Program) -> None:
    case, key = await api.submitted(), _key()
    path = f"/desk/{REGION}/tasks/{case['id']}/{INTAKE}/decision"
    await api.refused(LEAD, "POST", path, 422, json={"kind": "refuse", "revision": 1}, headers=key)
    done = await api.did(LEAD, "POST", path, json={"kind": "refuse", "revision": 1, "reasons": REASONS}, headers=key)
    assert done["case_state"] == "refused"


async def test_submitting_again_with_any_key_gives_the_same_case(api: Program) -> None:
    draft = await api.ready()
    path, body = f"/drafts/{REGION}/{draft['id']}/submission", {"revision": draft["revision"]}
    made = await asyncio.gather(*(api.did(FANG, "POST", path, json=body, headers=_key()) for _ in range(5)))
    assert len({(one["id"], one["number"], one["entry"]) for one in made}) == 1
    assert await api.world.one("SELECT count(*) FROM cases") == 1


async def test_a_change_sent_twice_with_one_key_is_made_once(api: Program) -> None:
    case, key = await api.submitted(), _key()
    path, body = f"/cases/{REGION}/{case['id']}/changes", {"revision": 1, "values": {"child_name": "张大宝"}}
    first = await api.did(FANG, "POST", path, json=body, headers=key)
    assert await api.did(FANG, "POST", path, json=body, headers=key) == first
    assert await api.world.one("SELECT count(*) FROM case_events WHERE kind = 'case.edited'") == 1
    await api.refused(FANG, "POST", path, 409, json=body)


async def test_five_equal_changes_at_once_are_made_once(api: Program) -> None:
    case, key = await api.submitted(), _key()
    path, body = f"/cases/{REGION}/{case['id']}/changes", {"revision": 1, "values": {"child_name": "张大宝"}}
    answers = await asyncio.gather(*(api.did(FANG, "POST", path, json=body, headers=key) for _ in range(5)))
    assert all(one == answers[0] for one in answers)
    assert await api.world.one("SELECT count(*) FROM case_events WHERE kind = 'case.edited'") == 1


async def test_what_was_asked_of_a_department_stays_on_record_when_the_change_is_refused(api: Program) -> None:
    # She says that she is not married; then a change that asks the registry, and is refused for its form.
    case = await api.submitted(marital_status="unmarried", has_other_parent=False)
    source = "SELECT count(*) FROM look_ups WHERE source = 'resource:civil-affairs.marriage'"
    assert await api.world.one(source) == 0
    body = {"revision": 1, "values": {"marital_status": "married", "child_name": ""}}
    await api.refused(FANG, "POST", f"/cases/{REGION}/{case['id']}/changes", 422, json=body)
    assert await api.world.one(source) == 1
    assert len([u for u in await api.did(FANG, "GET", "/my-data") if "marriage" in u["source"]]) == 1


async def test_a_file_sent_again_with_its_key_is_kept_once(api: Program) -> None:
    draft, key = await api.ready(**CLAIM), _key()
    path = f"/drafts/{REGION}/{draft['id']}/materials/medical_bill/files"
    sent = {"file": ("票据.jpg", photo(), "image/jpeg")}
    first = await api.did(FANG, "POST", path, files=sent, headers=key)
    assert await api.did(FANG, "POST", path, files=sent, headers=key) == first
    assert await api.world.one("SELECT count(*) FROM case_files") == 1
    await api.refused(FANG, "POST", path, 422, files={"file": ("b.jpg", photo(), "image/jpeg")}, headers=key)


async def test_kept_answers_lie_sealed(api: Program) -> None:
    key = _key()
    await api.ready(**CLAIM)
    answer = await api.ask(FANG, "POST", "/drafts", json=OPEN, headers=key)
    assert BANK_ACCOUNT in answer.text and CHILD in answer.text
    (row,) = await api.world.rows("SELECT answer FROM idempotency WHERE key = %(k)s", k=key["idempotency-key"])
    assert BANK_ACCOUNT.encode() not in row.answer and CHILD.encode() not in row.answer


# ---- lists ------------------------------------------------------------------------------------------


async def _copies(api: Program, case: UUID, count: int) -> list[UUID]:
    """More cases like ``case``, all submitted and due at the same moment: ties are what paging trips over."""
    made = [new_id() for _ in range(count)]
    await api.world.rows(
        "INSERT INTO cases SELECT region, n.id, 'T' || n.id, account, person_key, applicant_name, pack, version,"
        " journey, state, outcome, finish_code, dossier, revision, submitted_at, accepted_at, closed_at,"
        " due_on FROM cases, unnest(%(ids)s::uuid[]) AS n(id) WHERE cases.id = %(case)s",
        ids=made,
        case=case,
    )
    await api.world.rows(
        "INSERT INTO tasks SELECT region, n.id, task, kind, department, state, started_at, due_on, decided_at,"
        " decided_by, decision, reasons, revision FROM tasks, unnest(%(ids)s::uuid[]) AS n(id)"
        " WHERE case_id = %(case)s",
        ids=made,
        case=case,
    )
    return [case, *made]


async def _pages(api: Program, name: str, path: str, items: str, **query: Any) -> list[list[dict[str, Any]]]:
    pages, cursor = [], None
    while not pages or cursor:
        asked = {**query, **({"cursor": cursor} if cursor else {})}
        body = await api.did(name, "GET", path, params=asked)
        pages.append(body[items])
        cursor = body["next"]
        assert len(pages) < 20
    return pages


async def test_ones_cases_are_paged_without_gaps_or_repeats(api: Program) -> None:
    case = UUID((await api.submitted())["id"])
    wanted = await _copies(api, case, 64)
    pages = await _pages(api, FANG, "/cases", "items")
    assert len(pages) > 3
    assert sorted(line["id"] for page in pages for line in page) == sorted(map(str, wanted))


async def test_an_inbox_is_paged_without_gaps_or_repeats(api: Program) -> None:
    case = UUID((await api.submitted())["id"])
    wanted = await _copies(api, case, 120)
    pages = await _pages(api, LEAD, f"/desk/{REGION}/tasks", "tasks")
    assert len(pages) > 2
    assert sorted(line["case_id"] for page in pages for line in page) == sorted(map(str, wanted))


async def test_decided_tasks_are_paged_without_gaps_or_repeats_even_when_decided_at_one_moment(api: Program) -> None:
    case = UUID((await api.submitted())["id"])
    path = f"/desk/{REGION}/tasks/{case}/{INTAKE}/decision"
    await api.did(LEAD, "POST", path, json={"kind": "refuse", "revision": 1, "reasons": REASONS})
    wanted = await _copies(api, case, 120)
    pages = await _pages(api, LEAD, f"/desk/{REGION}/tasks", "tasks", show="decided")
    assert len(pages) > 2
    assert sorted(line["case_id"] for page in pages for line in page) == sorted(map(str, wanted))


async def test_messages_are_paged_without_gaps_even_when_told_at_one_moment(api: Program) -> None:
    made = [new_id() for _ in range(75)]
    await api.world.rows(
        "INSERT INTO messages (region, account, id, kind, subject, at, detail)"
        " SELECT %(r)s, %(a)s, id, 'case.accepted', id, '2026-11-23T01:00:00Z', '{}'"
        " FROM unnest(%(ids)s::uuid[]) n(id)",
        r=REGION,
        a=api.world.accounts[FANG],
        ids=made,
    )
    pages = await _pages(api, FANG, "/messages", "items")
    assert sorted(one["id"] for page in pages for one in page) == sorted(map(str, made))
    assert [len(page) for page in pages] == [30, 30, 15]


@pytest.mark.parametrize("cursor", ["x", "!!!!", "AAAA", "fn5-", "MjAyNi0xMS0yM34", "a" * 300])
@pytest.mark.parametrize("path", ["/cases", f"/desk/{REGION}/tasks", f"/desk/{REGION}/tasks?show=decided", "/messages"])
async def test_a_cursor_that_no_page_gave_is_refused(api: Program, path: str, cursor: str) -> None:
    joint = "&" if "?" in path else "?"
    problem = await api.refused(LEAD, "GET", f"{path}{joint}cursor={cursor}", 400)
    assert problem["field"] == "cursor"


# ---- receipts ---------------------------------------------------------------------------------------


async def test_a_receipt_is_a_promise_first_and_a_proof_once_sealed(api: Program) -> None:
    made = await api.submitted()
    path = f"/cases/{REGION}/{made['id']}/receipts/{made['entry']}"
    answer = await api.ask(FANG, "GET", path)
    assert answer.status_code == 202
    async with api.world.database.connection() as connection:
        await seal_all(connection, api.world.kernel.signer)
    answer = await api.ask(FANG, "GET", path)
    assert answer.status_code == 200 and answer.json()["type"]
    assert (await api.ask(LEAD, "GET", path)).status_code == 200
    await api.refused(WEI, "GET", f"/cases/{REGION}/{made['id']}/receipts/{uuid4()}", 404)
    await api.refused("陈静", "GET", path, 404)


async def test_what_asks_for_a_passkey_is_refused_to_a_token_that_is_told_where_the_person_goes_on(
    api: Program,
) -> None:
    draft = await api.did(FANG, "POST", "/drafts", json={"region": REGION, "journey": "household-proof"})
    place = f"/drafts/{REGION}/{draft['id']}"
    draft = await api.did(FANG, "PUT", f"{place}/notice", json={"consents": []})
    body = {"revision": draft["revision"], "values": {"used_for": "孩子入学"}}
    sent = {"revision": (await api.did(FANG, "PUT", f"{place}/form", json=body))["revision"]}
    refused = await api.refused(FANG, "POST", f"{place}/submission", 403, json=sent)
    assert (refused["code"], refused["needed"]) == ("parties.assurance_too_low", "strong")
    assert refused["at"].endswith(f"{place}/review") and refused["at"] in refused["detail"]
    assert (await api.did(FANG, "GET", place))["values"]["used_for"] == "孩子入学", "nothing is lost"
    await api.world.surer(FANG)
    made = await api.did(FANG, "POST", f"{place}/submission", json=sent)
    assert made["id"] == draft["id"]
