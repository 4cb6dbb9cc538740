"""Extend the decision period once: a handler asks, the head of the department decides, the applicant is told why.

Two people, whatever posts they hold: a head may ask like any handler, and then another head approves. Who asked stands
in the event as a pseudonym that is good for this one case, since officers are not named in what applicants may read.
Whoever stands in for the one who asked speaks with that person's voice, so is no second person either.
"""

from uuid import UUID

from tongban.basics.calendar import local_day
from tongban.cases.actions.procedures.needs import lacking
from tongban.cases.actions.procedures.shapes import Doing, Procedure
from tongban.cases.course import extension, last
from tongban.cases.errors import AlreadySo, ExtensionOnce, OwnExtension
from tongban.cases.models import INTAKE, PastEvent
from tongban.parties.models import Subject
from tongban.parties.rules import another

BASIS = "行政许可法 第四十二条"


async def _ask(doing: Doing) -> None:
    held, days = doing.held, doing.act.days
    due = held.case.due_on
    if extension(held.course) != "none" or due is None or local_day(held.now) > due:
        raise ExtensionOnce()
    limit = held.limit("extension-joint" if held.joint else "extension")
    if days is None or days > limit.days:
        repair = f"最多 {limit.days} 个工作日（{limit.basis}）"
        raise lacking("days", "天数", repair, f"at most {limit.days} working days")
    asked_by, office = _pseudonym(doing, doing.actor.person), _pseudonym(doing, doing.actor.account)
    doing.record(days=days, reasons=doing.reasons, asked_by=asked_by, asked_by_account=office)


def _pseudonym(doing: Doing, who: UUID) -> str:
    """A person or an account, told apart from others within this case and recognised in no other."""
    held = doing.held
    return held.kernel.vault.keyed_hash("extension", f"{held.case.id} {who}").hex()[:32]


def _one_voice(doing: Doing, asked: PastEvent) -> bool:
    """Whether whoever approves asked as well, or stands in for whoever asked."""
    held, first = doing.held, (asked.detail.get("asked_by"), asked.detail.get("asked_by_account"))
    subject = Subject(region=held.case.region, department=held.tasks[INTAKE].department)
    return not another(doing.actor, "case.extend", subject, *first, as_known=lambda who: _pseudonym(doing, who))


async def _extend(doing: Doing) -> None:
    held = doing.held
    asked = last(held.course, "case.extension_asked")
    if asked is None or extension(held.course) != "asked":
        raise AlreadySo()
    if held.case.due_on is None or local_day(held.now) > held.case.due_on:
        raise ExtensionOnce()
    if _one_voice(doing, asked):
        raise OwnExtension()
    doing.record(days=asked.detail["days"], reasons=doing.reasons)


async def _refuse(doing: Doing) -> None:
    if extension(doing.held.course) != "asked":
        raise AlreadySo()
    doing.record(reasons=doing.reasons)


ROWS = (
    Procedure(
        kind="ask_extension",
        event="case.extension_asked",
        action="case.ask_extension",
        states=("accepted",),
        verb=_ask,
        zh="申请延长办理期限",
        en="ask to extend",
        needs=("days", "reasons"),
        basis=BASIS,
    ),
    Procedure(
        kind="extend",
        event="case.extended",
        action="case.extend",
        states=("accepted",),
        verb=_extend,
        zh="批准延长",
        en="approve the extension",
        needs=("reasons",),
        basis=BASIS,
    ),
    Procedure(
        kind="refuse_extension",
        event="case.extension_refused",
        action="case.refuse_extension",
        states=("accepted",),
        verb=_refuse,
        zh="不批准延长",
        en="refuse the extension",
        needs=("reasons",),
        basis=BASIS,
        standing=True,
    ),
)
