"""Calendars and provisional days for programs: two people, every fault with its day, marks until days are sure."""

import datetime as dt
from pathlib import Path
from uuid import UUID

from tests.api_client import Program
from tests.world import FANG, JING, LEAD, REGION

from tongban.cases.models import INTAKE

TEXT = (Path(__file__).parents[2] / "docs/examples/calendar-2027-invented.yaml").read_text("utf-8")
HAO, NING = "吴浩", "钱宁"


async def test_two_programs_of_two_people_put_a_year_into_force(api: Program) -> None:
    made = await api.did(HAO, "POST", "/calendars", json={"content": TEXT})
    place = f"/calendars/{made['id']}"
    assert (made["state"], made["own"], made["warnings"]) == ("proposed", True, [])
    own = await api.refused(HAO, "POST", f"{place}/approval", 403)
    assert own["code"] == "calendar.same_person"
    for name in (FANG, JING, LEAD):
        await api.refused(name, "POST", f"{place}/approval", 403)
        await api.refused(name, "GET", place, 403)
    done = await api.did(NING, "POST", f"{place}/approval")
    assert (done["edition"], done["since"]) == (1, "2026-12-25")
    (line,) = (await api.did(HAO, "GET", "/calendars"))["items"]
    assert (line["state"], line["in_force"], line["decided_by"]) == ("published", True, NING)
    again = await api.refused(NING, "POST", f"{place}/refusal", 409, json={"reasons": "想改一改，重新来"})
    assert again["code"] == "calendar.decided"


async def test_every_fault_is_listed_with_its_day_in_the_readers_language(api: Program) -> None:
    faulty = TEXT.replace("  - {name: 春节, from: 2027-02-05, to: 2027-02-13}\n", "")
    faulty = faulty.replace("day: 2027-04-25", "day: 2027-04-26")
    problem = await api.refused(
        HAO, "POST", "/calendars", 422, json={"content": faulty}, headers={"accept-language": "en"}
    )
    assert problem["code"] == "calendar.refused"
    found = {(fault["code"], fault["day"]) for fault in problem["errors"]}
    assert ("calendar.gap", "2027-02-06") in found and ("calendar.weekday", "2027-04-26") in found
    assert any("is a public holiday (Spring Festival) and missing. Add" in f["message"] for f in problem["errors"])
    assert (await api.did(HAO, "GET", "/calendars"))["items"] == []


async def test_proposing_twice_with_one_key_proposes_once(api: Program) -> None:
    headers = {"idempotency-key": "the-year-2027"}
    first = await api.did(HAO, "POST", "/calendars", json={"content": TEXT}, headers=headers)
    assert await api.did(HAO, "POST", "/calendars", json={"content": TEXT}, headers=headers) == first


async def test_a_proposal_can_be_declined_with_reasons(api: Program) -> None:
    made = await api.did(HAO, "POST", "/calendars", json={"content": TEXT})
    place = f"/calendars/{made['id']}/refusal"
    assert (await api.refused(NING, "POST", place, 422, json={"reasons": "不"}))["code"] == "calendar.reasons_missing"
    declined = await api.did(NING, "POST", place, json={"reasons": "与公布的文件不一致"})
    assert (declined["state"], declined["reasons"]) == ("declined", "与公布的文件不一致")


async def test_days_that_rest_on_an_unpublished_year_are_provisional(api: Program) -> None:
    await api.world.go_to(dt.date(2026, 12, 28))
    case = (await api.submitted())["id"]
    await api.world.decide(LEAD, UUID(case), INTAKE, "accept")
    page = await api.did(FANG, "GET", f"/cases/{REGION}/{case}")
    assert (page["case"]["due_on"], page["case"]["provisional"]) == ("2027-01-04", True)
    task = await api.did(LEAD, "GET", f"/desk/{REGION}/tasks/{case}/birth_certificate")
    assert task["provisional"] is True
    assert all(one["provisional"] for one in (await api.did(LEAD, "GET", f"/desk/{REGION}/tasks"))["tasks"])
    assert (await api.did(FANG, "GET", "/cases"))["items"][0]["provisional"] is True


async def test_days_of_a_published_year_are_not(api: Program) -> None:
    case = (await api.submitted())["id"]
    await api.world.decide(LEAD, UUID(case), INTAKE, "accept")
    assert (await api.did(FANG, "GET", f"/cases/{REGION}/{case}"))["case"]["provisional"] is False
