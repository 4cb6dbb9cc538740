"""Special acts for programs: each once under its key, refused with a code that names the repair."""

import asyncio
import datetime as dt
from typing import Any
from uuid import uuid4

import pytest
from tests.api_client import Program
from tests.world import FANG, JING, LEAD, MONDAY, REASONS, REGION

from tongban.cases.actions.procedures.table import PROCEDURES
from tongban.cases.models import INTAKE

UNTIL = (MONDAY + dt.timedelta(days=4)).isoformat()
SUSPEND = {"kind": "suspend", "cause": "test", "until": UNTIL, "reasons": REASONS}


async def accepted(api: Program) -> str:
    """The path of the acts of a case just accepted."""
    case = (await api.submitted())["id"]
    place = f"/desk/{REGION}/tasks/{case}/{INTAKE}/decision"
    await api.did(LEAD, "POST", place, json={"kind": "accept", "revision": 1})
    return f"/cases/{REGION}/{case}"


async def do(api: Program, name: str, case: str, **said: Any) -> dict[str, Any]:
    """Act as ``name`` on the newest page."""
    revision = (await api.did(name, "GET", case))["revision"]
    done: dict[str, Any] = await api.did(name, "POST", f"{case}/acts", json={"revision": revision, **said})
    return done


async def test_a_program_suspends_and_resumes_and_reads_the_clock_day_by_day(api: Program) -> None:
    case = await accepted(api)
    done = await do(api, LEAD, case, **SUSPEND)
    assert (done["kind"], done["due_on"], len(done["promises"])) == ("suspend", None, 1)
    clock = (await api.did(FANG, "GET", case))["clock"]
    assert [one["cause_zh"] for one in clock["standing"]] == ["检测"]
    await api.world.go_to(MONDAY + dt.timedelta(days=2))
    assert (await do(api, LEAD, case, kind="resume", cause="test", reasons=REASONS))["due_on"] == "2026-12-02"
    clock = (await api.did(FANG, "GET", case))["clock"]
    promise = next(one for one in clock["periods"] if one["period"]["name"] == "promise")
    assert next(day["day"] for day in promise["days"] if day["counts"]) == "2026-11-26"
    assert sum(day["counts"] for day in promise["days"]) == 5 and clock["suspended_days"] == 2
    assert next(day["reason"] for day in promise["days"] if day["day"] == "2026-11-24") == "检测期间不计"


async def test_the_same_act_with_the_same_key_is_done_once(api: Program) -> None:
    case, key = await accepted(api), {"idempotency-key": uuid4().hex}
    wish = {"revision": 2, **SUSPEND}
    answers = await asyncio.gather(*(api.ask(LEAD, "POST", f"{case}/acts", json=wish, headers=key) for _ in range(4)))
    assert {(a.status_code, a.content) for a in answers} == {(201, answers[0].content)}
    assert await api.world.one("SELECT count(*) FROM case_events WHERE kind = 'case.suspended'") == 1


@pytest.mark.parametrize(
    ("name", "changed", "status", "code"),
    [
        (None, {}, 401, "parties.not_signed_in"),
        (JING, {}, 404, "cases.not_found"),
        (FANG, {}, 403, "parties.not_allowed"),
        (LEAD, {"revision": 1}, 409, "cases.stale"),
        (LEAD, {"kind": "abolish"}, 422, "cases.unknown_act"),
        (LEAD, {"cause": "holiday"}, 422, "cases.act_needs"),
        (LEAD, {"reasons": ""}, 422, "cases.reasons_needed"),
        (LEAD, {"task": "no_such_task"}, 404, "cases.not_found"),
        (LEAD, {"kind": "deliver", "cause": "post"}, 409, "cases.wrong_state"),
        (LEAD, {"kind": "extend"}, 403, "parties.not_allowed"),
    ],
)
async def test_an_act_that_does_not_fit_is_refused_whole(
    api: Program, name: str | None, changed: dict[str, Any], status: int, code: str
) -> None:
    case = await accepted(api)
    problem = await api.refused(name, "POST", f"{case}/acts", status, json={"revision": 2, **SUSPEND, **changed})
    assert problem["code"] == code
    assert await api.world.one("SELECT count(*) FROM case_events WHERE kind = 'case.suspended'") == 0


@pytest.mark.parametrize(
    "broken", [{"days": 0}, {"until": "soon"}, {"kind": "Suspend!"}, {"nobody": 1}, {"reasons": "a\0b"}]
)
async def test_an_act_that_can_not_be_read_is_refused_with_its_field(api: Program, broken: dict[str, Any]) -> None:
    case = await accepted(api)
    await api.refused(LEAD, "POST", f"{case}/acts", 400, json={"revision": 2, **SUSPEND, **broken})


async def test_a_visitor_reads_which_acts_there_are(api: Program) -> None:
    found = await api.did(None, "GET", "/acts")
    assert {one["kind"] for one in found} == set(PROCEDURES)
    suspend = next(one for one in found if one["kind"] == "suspend")
    assert suspend["causes"]["appraisal"] == "鉴定" and suspend["needs"] == ["cause", "until", "reasons"]
