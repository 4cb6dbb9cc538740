"""Supply what an application was accepted without (容缺补正): files first, then this act."""

from tongban.basics.sql import load_queries
from tongban.cases.actions.procedures.shapes import Doing, Procedure
from tongban.cases.errors import MaterialsMissing
from tongban.cases.path_errors import NoSuchPath
from tongban.cases.paths import tolerance_now
from tongban.cases.readiness import english

_queries = load_queries("tongban.cases", "paths.sql")


async def _supply(doing: Doing) -> None:
    held = doing.held
    now = tolerance_now(held.course)
    if now.state != "open":
        raise NoSuchPath(field="kind", path="容缺补正", path_en="supplying tolerated materials")
    rows = _queries.supplied(held.connection, region=held.case.region, case_id=held.case.id, since=now.since)
    came = {row.material async for row in rows}
    missing = [m for name in now.materials if name not in came and (m := held.version.journey.material(name))]
    if missing:
        raise MaterialsMissing(
            [
                {"field": m.id, "zh": f"请补交{m.name}", "en": f"Please supply: {english(held.version, m.name)}"}
                for m in missing
            ]
        )
    declared = held.version.journey.tolerance
    doing.record(basis=declared.basis if declared else None, materials=list(now.materials))
    held.altered = True


ROWS = (
    Procedure(
        kind="supply",
        event="case.tolerance_met",
        action="case.supply",
        states=("accepted",),
        verb=_supply,
        zh="补齐容缺材料",
        en="supply what was tolerated",
        standing=True,
        party="applicant",
    ),
)
