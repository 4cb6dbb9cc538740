"""Diagram, effect and measures of a journey for programs."""

import datetime as dt
from xml.etree import ElementTree

from tests.api_client import Program
from tests.world import FANG, REGION, WEI

HEAD = "沈洁"
PLACE = f"/regions/{REGION}/journeys/birth"


async def test_a_program_takes_the_diagram_in_its_language(api: Program) -> None:
    answer = await api.ask(None, "GET", f"{PLACE}/bpmn", headers={"accept-language": "en"})
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("application/bpmn+xml")
    names = [one.get("name", "") for one in ElementTree.fromstring(answer.content).iter()]
    assert "Applicant" in names and "Birth registration" in names
    await api.refused(None, "GET", f"/regions/{REGION}/journeys/nowhere/bpmn", 404)
    await api.refused(None, "GET", "/regions/999999/journeys/birth/bpmn", 404)


async def test_everybody_reads_before_and_after_and_nothing_of_too_few_cases(api: Program) -> None:
    effect = await api.did(None, "GET", f"{PLACE}/effect")
    assert effect["cases"] is None and effect["baseline"]["days"] == 32 and effect["least"] == 5
    assert [(one["measure"], one["before"], one["after"]) for one in effect["comparisons"]] == [
        ("trips", 4, None), ("materials", 9, None), ("links", 16, None), ("days", 32, None),
    ]  # fmt: skip


async def test_heads_read_the_measures_of_chosen_months(api: Program) -> None:
    async with api.world.database.connection() as connection:
        await connection.execute(
            "INSERT INTO measure_counts VALUES (%s, 'birth', %s, 'journey', '', 'days', 3, 6)",
            (REGION, dt.date(2026, 11, 1)),
        )
    found = await api.did(HEAD, "GET", f"/desk/{REGION}/journeys/birth/measures?from=2026-11&until=2026-11")
    assert (found["first"], found["last"], found["cases"]) == ("2026-11-01", "2026-11-01", 6)
    october = await api.did(HEAD, "GET", f"/desk/{REGION}/journeys/birth/measures?from=2026-10&until=2026-10")
    assert october["cases"] is None
    for name in (WEI, FANG):
        await api.refused(name, "GET", f"/desk/{REGION}/journeys/birth/measures", 403)
    problem = await api.refused(HEAD, "GET", f"/desk/{REGION}/journeys/birth/measures?from=2026-11&until=2026-01", 422)
    assert problem["code"] == "measures.months_unfit"
