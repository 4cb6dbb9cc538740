"""Bad input: each a clear answer in the caller's language, with the field and the repair; nothing is lost."""

import datetime as dt
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from tests.api_client import Program
from tests.world import CLAIM, FANG, FORM, JING, LEAD, REGION

from tongban.basics.database import Database
from tongban.basics.demonstration import NotDemonstration, move_time
from tongban.basics.migrate import migrate
from tongban.cli.kernel_stage import photo

PDF = b"%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF"


async def _saved(api: Program, **values: Any) -> dict[str, Any]:
    draft = await api.ready()
    body = {"revision": draft["revision"], "values": values}
    saved: dict[str, Any] = await api.did(FANG, "PUT", f"/drafts/{REGION}/{draft['id']}/form", json=body)
    return saved


async def _refused_submission(api: Program, draft: dict[str, Any]) -> dict[str, Any]:
    path = f"/drafts/{REGION}/{draft['id']}/submission"
    return await api.refused(FANG, "POST", path, 422, json={"revision": draft["revision"]})


@pytest.mark.parametrize(
    ("field", "value", "part"),
    [
        ("birth_date", "2099-01-01", "日期"),
        ("mobile", "12345", "手机"),
        ("applicant_id_number", "330103199405160524", "号码"),
        ("other_parent_id_number", "330103199208210537", "号码"),
        ("household_region", "999999", "区划"),
    ],
)
async def test_a_wrong_value_is_saved_then_named_with_its_field_and_repair(
    api: Program, field: str, value: str, part: str
) -> None:
    draft = await _saved(api, **{field: value})
    assert draft["values"][field] == value
    problem = await _refused_submission(api, draft)
    assert problem["code"] == "cases.form_incomplete"
    fault = next(fault for fault in problem["errors"] if fault["field"] == field)
    assert part in fault["message"]


async def test_a_problem_speaks_the_language_that_was_asked_for(api: Program) -> None:
    path = f"/cases/{REGION}/{uuid4()}"
    said = {}
    for language in ("zh-CN", "en", "zh-TW", "fr, en;q=0.5"):
        answer = await api.ask(FANG, "GET", path, headers={"accept-language": language})
        assert answer.headers["content-type"] == "application/problem+json"
        said[language] = (answer.headers["content-language"], answer.json()["detail"])
    assert said["en"] == said["fr, en;q=0.5"] == ("en", "There is no such matter, or it is not yours to see.")
    assert said["zh-CN"][0] == "zh-CN" and "没有找到" in said["zh-CN"][1]
    assert "沒有找到" in said["zh-TW"][1]


async def test_ten_megabytes_of_json_are_refused(api: Program) -> None:
    draft = await api.ready()
    body = b'{"revision": 1, "values": {"child_name": "' + b"x" * 10_000_000 + b'"}}'
    path = f"/drafts/{REGION}/{draft['id']}/form"
    problem = await api.refused(FANG, "PUT", path, 413, content=body, headers={"content-type": "application/json"})
    assert problem["code"] == "web.body_too_large"
    assert (await api.did(FANG, "GET", f"/drafts/{REGION}/{draft['id']}"))["values"]["child_name"] == FORM["child_name"]


async def _upload(api: Program, name: str, content: bytes, media_type: str, status: int) -> dict[str, Any]:
    draft = await api.ready(**CLAIM)
    path = f"/drafts/{REGION}/{draft['id']}/materials/medical_bill/files"
    return await api.refused(FANG, "POST", path, status, files={"file": (name, content, media_type)})


async def test_thirty_megabytes_of_file_are_refused_in_words(api: Program) -> None:
    problem = await _upload(api, "a.jpg", photo() + b"\0" * 30_000_000, "image/jpeg", 413)
    assert "太大" in problem["detail"]


@pytest.mark.parametrize(
    ("name", "content", "media_type"),
    [
        ("bill.jpg", PDF, "image/jpeg"),
        ("bill.pdf", photo(), "application/pdf"),
        ("bill.jpg", b"MZ\x90\x00 a program", "image/jpeg"),
        ("bill.html", b"<script>alert(1)</script>", "text/html"),
        ("bill.jpg", b"", "image/jpeg"),
    ],
)
async def test_a_file_that_is_not_what_it_says_is_refused(
    api: Program, name: str, content: bytes, media_type: str
) -> None:
    draft = await api.ready(**CLAIM)
    path = f"/drafts/{REGION}/{draft['id']}/materials/medical_bill/files"
    answer = await api.ask(FANG, "POST", path, files={"file": (name, content, media_type)})
    assert answer.status_code in (415, 422), answer.text
    assert answer.headers["content-type"] == "application/problem+json" and answer.json()["detail"]
    assert (await api.did(FANG, "GET", f"/drafts/{REGION}/{draft['id']}"))["ready"] is False


async def test_a_file_for_a_material_that_nobody_asked_for_is_refused(api: Program) -> None:
    draft = await api.ready()
    path = f"/drafts/{REGION}/{draft['id']}/materials/moon_rock/files"
    await api.refused(FANG, "POST", path, 404, files={"file": ("a.jpg", photo(), "image/jpeg")})


async def test_an_upload_without_its_file_is_refused(api: Program) -> None:
    draft = await api.ready(**CLAIM)
    path = f"/drafts/{REGION}/{draft['id']}/materials/medical_bill/files"
    await api.refused(FANG, "POST", path, 400, files={"other": ("a.jpg", photo(), "image/jpeg")})
    await api.refused(FANG, "POST", path, 400, json={})


async def test_a_script_in_a_text_comes_back_as_the_same_text(api: Program) -> None:
    script = "<script>alert('张')</script>"
    draft = await _saved(api, birth_hospital=script)
    made = await api.did(
        FANG, "POST", f"/drafts/{REGION}/{draft['id']}/submission", json={"revision": draft["revision"]}
    )
    answer = await api.ask(FANG, "GET", f"/cases/{REGION}/{made['id']}")
    assert answer.headers["content-type"].startswith("application/json")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert script in [line["value"] for line in answer.json()["form"]]


async def test_a_script_in_a_name_is_refused_at_its_field(api: Program) -> None:
    problem = await _refused_submission(api, await _saved(api, child_name="<script>alert(1)</script>"))
    assert [fault["field"] for fault in problem["errors"]] == ["child_name"]


@pytest.mark.parametrize("text", ["a\0b", "\0"])
async def test_a_character_that_can_not_be_stored_is_refused(api: Program, text: str) -> None:
    case = await api.submitted()
    path = f"/cases/{REGION}/{case['id']}/questions"
    await api.refused(FANG, "POST", path, 400, json={"text": text})
    decision = {"kind": "return", "revision": 1, "reasons": f"请改正{text}再提交"}
    path = f"/desk/{REGION}/tasks/{case['id']}/intake/decision"
    await api.refused(LEAD, "POST", path, 400, json=decision)
    await api.refused(None, "POST", "/sessions", 400, json={"login": text, "password": "x"})


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"null", b'{"region": 330103}', b'{"region": "33010", "journey": "birth"}', b"\xff\xfe"]
)
async def test_a_body_that_does_not_fit_is_refused(api: Program, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    await api.refused(FANG, "POST", "/drafts", 400, content=body, headers=headers)


async def test_an_unknown_member_is_refused_not_ignored(api: Program) -> None:
    body = {"region": REGION, "journey": "birth", "department": "police"}
    assert "department" in str(await api.refused(FANG, "POST", "/drafts", 400, json=body))


async def test_an_unknown_region_and_an_unknown_journey_are_not_found(api: Program) -> None:
    for body in ({"region": "110101", "journey": "birth"}, {"region": REGION, "journey": "moon-landing"}):
        await api.refused(FANG, "POST", "/drafts", 404, json=body)
    await api.refused(None, "GET", "/regions/110101/journeys/birth", 404)
    await api.refused(None, "GET", f"/regions/{REGION}/journeys/moon-landing", 404)


async def test_a_draft_of_a_pack_version_that_is_gone_is_told_so(api: Program) -> None:
    draft = await api.ready()
    await api.world.rows("UPDATE drafts SET version = '9.9.9'")
    problem = await api.refused(FANG, "GET", f"/drafts/{REGION}/{draft['id']}", 404)
    assert problem["code"] == "services.unknown_journey" and "birth@9.9.9" in problem["detail"]


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer x", "Basic d2FuZzpmYW5n", "Bearer " + "a" * 5000])
async def test_no_token_or_a_wrong_one_is_told_to_sign_in(api: Program, token: str) -> None:
    answer = await api.ask(None, "GET", "/cases", headers={"authorization": token})
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert answer.json()["code"] == "parties.not_signed_in"


async def test_an_expired_token_is_refused_and_the_draft_survives(api: Program) -> None:
    draft = await api.ready()
    await api.world.rows("UPDATE sessions SET expires_at = statement_timestamp()")
    path = f"/drafts/{REGION}/{draft['id']}"
    await api.refused(FANG, "PUT", f"{path}/form", 401, json={"revision": draft["revision"], "values": {}})
    api.world.secrets.clear()
    assert (await api.did(FANG, "GET", path))["values"] == draft["values"]


async def test_signing_in_works_is_throttled_and_ends(api: Program) -> None:
    body = {"login": "wangfang", "password": "tongban-2026"}
    token = (await api.did(None, "POST", "/sessions", json=body))["token"]
    own = {"authorization": f"Bearer {token}"}
    assert (await api.did(None, "GET", "/sessions/current", headers=own))["name"] == FANG
    await api.did(None, "DELETE", "/sessions/current", headers=own)
    await api.refused(None, "GET", "/sessions/current", 401, headers=own)
    for _ in range(8):
        await api.refused(None, "POST", "/sessions", 401, json={**body, "password": "wrong"})
    answer = await api.ask(None, "POST", "/sessions", json=body)
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0
    # Another account is not locked out.
    await api.did(None, "POST", "/sessions", json={**body, "login": "liwei"})


async def test_a_method_that_an_address_does_not_take_is_told_with_those_it_takes(api: Program) -> None:
    answer = await api.ask(FANG, "DELETE", "/cases")
    assert answer.status_code == 405 and "GET" in answer.headers["allow"]
    assert answer.json()["code"] == "web.method_not_allowed"


async def test_head_is_get_without_a_body(api: Program) -> None:
    got, head = await api.ask(FANG, "GET", "/cases"), await api.ask(FANG, "HEAD", "/cases")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-type"] == got.headers["content-type"]


async def test_an_address_that_does_not_exist_is_a_problem(api: Program) -> None:
    await api.refused(FANG, "GET", "/moon", 404)
    await api.refused(FANG, "GET", f"/cases/{REGION}/no-uuid", 404)


async def test_a_stale_revision_is_told_and_loses_nothing(api: Program) -> None:
    draft = await api.ready()
    path = f"/drafts/{REGION}/{draft['id']}"
    problem = await api.refused(FANG, "PUT", f"{path}/form", 409, json={"revision": 1, "values": {"child_name": "乙"}})
    assert problem["code"] == "cases.stale"
    assert (await api.did(FANG, "GET", path))["values"] == draft["values"]


async def test_time_moves_for_an_administrator_of_the_region_only(api: Program) -> None:
    body = {"region": REGION, "working_days": 1}
    for name in (FANG, JING, LEAD):
        await api.refused(name, "POST", "/demonstration/time", 403, json=body)
    await api.refused(None, "POST", "/demonstration/time", 401, json=body)
    await api.refused("吴浩", "POST", "/demonstration/time", 403, json={**body, "region": "330104"})
    for wrong in ({**body, "working_days": -1}, {**body, "working_days": 10**9}, {**body, "region": "下城"}):
        await api.refused("吴浩", "POST", "/demonstration/time", 400, json=wrong)
    assert (await api.did("吴浩", "POST", "/demonstration/time", json=body))["now"].startswith("2026-11-24T01:00")


async def test_moving_time_twice_with_one_key_moves_it_once(api: Program) -> None:
    body, headers = {"region": REGION, "working_days": 1}, {"idempotency-key": "one-move-only"}
    first = await api.did("吴浩", "POST", "/demonstration/time", json=body, headers=headers)
    assert await api.did("吴浩", "POST", "/demonstration/time", json=body, headers=headers) == first


async def test_a_production_database_moves_no_time_whatever_is_called(postgres: str) -> None:
    with psycopg.connect(postgres, autocommit=True) as admin:
        admin.execute("CREATE DATABASE serious")
    address = psycopg.conninfo.make_conninfo(postgres, dbname="serious")
    migrate(address, "production")
    database = Database(address, size=1)
    await database.open()
    async with database.connection() as connection:
        with pytest.raises(NotDemonstration):
            await move_time(connection, dt.timedelta(days=1))
        with pytest.raises(psycopg.errors.DatabaseError):
            await connection.execute("INSERT INTO demonstration_time (ahead) VALUES (interval '1 day')")
        with pytest.raises(psycopg.errors.DatabaseError):
            await connection.execute("UPDATE installation SET kind = 'demonstration'")
    await database.close()
