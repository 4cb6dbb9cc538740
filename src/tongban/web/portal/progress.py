"""A case in plain words: where it stands, what comes next and when, and what each event was."""

import datetime as dt
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct

from tongban.basics.calendar import local_day
from tongban.cases.kernel import Kernel
from tongban.cases.views.reading import page_of, read_case
from tongban.cases.views.shapes import CasePage, EventLine
from tongban.licences import actions as licences
from tongban.parties.models import Actor
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Material
from tongban.web.act_words import ACTS
from tongban.web.language import mark

# Events from which the five working days of the lead department are counted anew.
_BEFORE_LEAD = ("case.submitted", "case.resubmitted", "case.supplemented")

SENTENCES: dict[str, str] = {
    "case.submitted": mark("提交了申请"),
    "case.edited": mark("修改了申请"),
    "case.resubmitted": mark("修改后重新提交"),
    "case.supplemented": mark("补交了材料"),
    "case.withdrawn": mark("撤回了申请"),
    "case.accepted": mark("已受理，开始计时"),
    "case.refused": mark("不予受理"),
    "case.supplement_asked": mark("一次性告知需要补正的材料"),
    "case.returned": mark("退回修改"),
    "task.decided": mark("办理完成"),
    "case.closed": mark("全部办结"),
    "question.asked": mark("提出了问题"),
    "question.answered": mark("回答了问题"),
    "licence.issued": mark("发出证照"),
    **{kind: sentence for kind, (sentence, _, _) in ACTS.items()},
}
LIGHTS: dict[str, str] = {
    "case.accepted": "blue",
    "case.refused": "red",
    "case.supplement_asked": "yellow",
    "case.returned": "yellow",
    "task.decided": "green",
    "case.closed": "green",
    **{kind: colour for kind, (_, _, colour) in ACTS.items()},
}


class Against(Struct, frozen=True):
    """A decision against the applicant: what, who, why, and the ways of appeal."""

    event: EventLine
    reasons: str
    appeal: str
    appeal_basis: str


class Progress(Struct, frozen=True):
    """What follows from a case for its applicant. Days are working days; ``left`` may be negative.

    ``elsewhere``: the other region, of a case that was handed over; ``told``: the newest event from there
    in words.
    """

    version: JourneyVersion
    lead: str
    answer_by: dt.date | None
    left: int | None
    working: list[tuple[str, str, dt.date | None]]
    asked: list[Material]
    asked_reasons: str
    returned_reasons: str
    against: list[Against]
    finished: bool
    elsewhere: str = ""
    told: str = ""


async def read_matter(
    kernel: Kernel, actor: Actor, region: str, case_id: UUID, action: str = "case.edit"
) -> tuple[CasePage, Progress]:
    """One's own case and what follows from it, for ``action``. Departments have the desk. Raises ``CaseNotFound``."""
    async with kernel.database.connection() as connection:
        read = await read_case(connection, kernel, actor, region, case_id, action)
        issued = await licences.of_source(connection, kernel.vault, region, case_id)
    case = page_of(read, actor, issued)
    return case, progress_of(kernel, case, read.version)


def progress_of(kernel: Kernel, case: CasePage, version: JourneyVersion) -> Progress:
    """What follows from ``case``, which is bound to ``version``."""
    region, events = case.case.region, case.events
    asked = _latest(events, "case.supplement_asked")
    returned = _latest(events, "case.returned")
    wanted = asked.detail.get("materials", []) if asked else []
    names = {lane.department: lane.name for lane in case.line.lanes}
    return Progress(
        version=version,
        lead=kernel.directory.department_for(region, version.journey.lead).name,
        answer_by=_answer_by(kernel, version, case),
        left=_left(kernel, case),
        working=[(names[s.department], s.name, s.ends_on) for s in case.line.stations if s.state == "ready"],
        asked=[material for one in wanted if (material := version.journey.material(one)) is not None],
        asked_reasons=str(asked.detail.get("reasons", "")) if asked else "",
        returned_reasons=str(returned.detail.get("reasons", "")) if returned else "",
        against=[_against(event) for event in events if event.kind == "case.refused" or _declined(event)],
        finished=case.case.closed_at is not None,
        elsewhere=_elsewhere(kernel, case),
        told=_told(case),
    )


def _elsewhere(kernel: Kernel, case: CasePage) -> str:
    other = case.paths.elsewhere
    found = kernel.directory.regions.get(other.region) if other else None
    return found.name if found else (other.region if other else "")


def _told(case: CasePage) -> str:
    other = case.paths.elsewhere
    return SENTENCES.get(other.progress or "", "") if other else ""


def _latest(events: Sequence[EventLine], kind: str) -> EventLine | None:
    return next((event for event in reversed(events) if event.kind == kind), None)


def _answer_by(kernel: Kernel, version: JourneyVersion, case: CasePage) -> dt.date | None:
    """The last day on which the lead department must say whether the case is accepted."""
    if case.case.state != "submitted":
        return None
    begun = next(event.at for event in reversed(case.events) if event.kind in _BEFORE_LEAD)
    return kernel.calendar_in(case.case.region).add_workdays(local_day(begun), version.journey.acceptance.days).day


def _left(kernel: Kernel, case: CasePage) -> int | None:
    if case.case.due_on is None or case.case.closed_at is not None:
        return None
    return kernel.calendar_in(case.case.region).workdays_between(local_day(case.now), case.case.due_on)


def _against(event: EventLine) -> Against:
    detail: dict[str, Any] = event.detail
    return Against(
        event, str(detail.get("reasons", "")), str(detail.get("appeal", "")), str(detail.get("appeal_basis", ""))
    )


def _declined(event: EventLine) -> bool:
    return event.kind == "task.decided" and event.detail.get("decision") == "declined"


def light_of(event: EventLine) -> str:
    """The colour of an event on the timeline."""
    if event.detail.get("decision") == "declined" or event.detail.get("outcome") == "declined":
        return "red"
    return LIGHTS.get(event.kind, "grey")


def said(event: EventLine) -> str:
    """The sentence of an event, a text of the web floor."""
    if event.detail.get("decision") == "declined":
        return mark("不予通过")
    if event.kind == "case.closed" and event.detail.get("outcome") == "declined":
        return mark("办结：不予通过")
    return SENTENCES.get(event.kind, mark("有新的进展"))
