"""Hand an application over to the region of this node to which the matter belongs.

Here the case ends as referred; there it begins with the same id. What happens there comes back here through the
outbox (``actions.elsewhere``), so that the person finds progress and result where the application was made.
"""

from tongban.basics.sql import load_queries
from tongban.cases.actions.endings import end
from tongban.cases.actions.procedures.shapes import Doing, Procedure
from tongban.cases.path_errors import NoSuchPath, NotElsewhere
from tongban.parties.errors import RoleUnbound

_queries = load_queries("tongban.cases", "paths.sql")


async def _hand_over(doing: Doing) -> None:
    held, region = doing.held, doing.act.region or ""
    declared = held.version.journey.hand_over
    if declared is None:
        raise NoSuchPath(field="region", path="跨区域移交", path_en="hand-over to another region")
    belongs = str(held.facts().get(declared.to) or "")
    if belongs[:6] != region or region not in held.kernel.directory.regions or not _performed(doing, region):
        raise NotElsewhere(field="region", region=region)
    place = held.kernel.directory.region(region).name
    doing.record(basis=declared.basis, region=region, name=place, reasons=doing.reasons)
    end(held, "handed_over")
    await _queries.put_link(
        held.connection,
        region=held.case.region,
        case_id=held.case.id,
        role="to",
        other_region=region,
        other_number=None,
    )


def _performed(doing: Doing, region: str) -> bool:
    """Whether every role of the journey is played in ``region``."""
    journey, directory = doing.held.version.journey, doing.held.kernel.directory
    try:
        for role in (journey.lead, *(task.department for task in journey.tasks)):
            directory.department_for(region, role)
    except RoleUnbound:
        return False
    return True


ROWS = (
    Procedure(
        kind="hand_over",
        event="case.handed_over",
        action="case.hand_over",
        states=("submitted",),
        verb=_hand_over,
        zh="移交其他地区",
        en="hand over to another region",
        needs=("region", "reasons"),
    ),
)
