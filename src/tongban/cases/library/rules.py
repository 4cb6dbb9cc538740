"""From a dated event of a case to the rows of the national exchange tables. Pure.

Called by ``actions`` for every event, once; the same event makes the same records however often. A department
speaks, never an officer; an applicant's number stands in the one column that the tables demand.
"""

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from uuid import UUID, uuid5

from tongban.basics.calendar import CST
from tongban.basics.codes.item import make_implementation_code
from tongban.cases.library.definitions import (
    APPLICANT_TYPES,
    APPLIED_ONLINE,
    CERTIFICATE_TYPES,
    ENDING,
    EVENTS,
    GET_TYPES,
    NOT_DELIVERED,
    REPLACING,
    REVOKED,
    TABLES,
    Content,
    RecordKind,
)
from tongban.cases.library.errors import EventUnmapped, RecordUnfit
from tongban.cases.library.models import DatedEvent, History, Record
from tongban.cases.models import INTAKE
from tongban.services.definitions import Item, Task

Made = Iterator[tuple[str, Content]]
_SPECIAL_NAMES: Mapping[str, str] = {
    "hearing": "听证",
    "tender": "招标",
    "auction": "拍卖",
    "inspection": "检验",
    "test": "检测",
    "quarantine": "检疫",
    "appraisal": "鉴定",
    "expert-review": "专家评审",
    "correction": "补正告知",
    "referral": "转报",
    "ordinary": "普通挂起",
}
_OUTCOMES: Mapping[str, str] = {"granted": "准予", "partly": "部分准予", "declined": "不予"}
_DECISIONS: Mapping[str, str] = {"approved": "同意", "declined": "不同意"}
_FINISH_CODES = frozenset("0123456")


def records_of(history: History, event: DatedEvent, now: dt.datetime) -> tuple[Record, ...]:
    """The records of ``event``, none for one that stays inside. ``now``: when they are written.

    Raises ``EventUnmapped`` for a kind that the table does not know and ``RecordUnfit`` for a value without a place.
    """
    mapped = EVENTS.get(event.kind)
    if mapped is None:
        raise EventUnmapped(kind=event.kind)
    if mapped.action is None:
        return ()
    kinds: tuple[RecordKind, ...] = ("process", *mapped.kinds)
    return tuple(
        _record(history, event, now, kind, subject, content)
        for kind in kinds
        for subject, content in _MAKERS[kind](history, event)
    )


def _record(
    history: History, event: DatedEvent, now: dt.datetime, kind: RecordKind, subject: str, content: Content
) -> Record:
    record_id = uuid5(event.id, f"{kind}:{subject}")
    common: Content = {
        "row_guid": str(record_id),
        "project_no": history.number,
        "data_source": f"p{history.region[:2]}",
        "cd_operation": "I",
        "cd_batch": event.id.hex,
        "cd_time": moment(now),
    }
    return Record(record_id, kind, event.id, event.at, fitted(kind, {**common, **content}))


def fitted(kind: RecordKind, content: Content) -> Content:
    """``content`` in the columns of its table, running text cut to fit. Raises ``RecordUnfit``."""
    columns = {column.name: column for column in TABLES[kind]}
    if unknown := sorted(content.keys() - columns.keys()):
        raise RecordUnfit(kind=kind, column=unknown[0], problem_zh="不在交换表中", problem_en="is not in its table")
    row: Content = {}
    for name, column in columns.items():
        value = content.get(name) or None
        if value is None and column.required:
            raise RecordUnfit(kind=kind, column=name, problem_zh="为空", problem_en="is empty")
        if value is not None and len(value) > column.most and not column.words:
            raise RecordUnfit(kind=kind, column=name, problem_zh="超长", problem_en="is too long")
        row[name] = value and value[: column.most]
    return row


def moment(at: dt.datetime) -> str:
    """A moment as the tables have it: China Standard Time to the second."""
    return f"{at.astimezone(CST):%Y-%m-%d %H:%M:%S}"


def result_row(region: str, case_id: UUID) -> str:
    """The row of a case's result, the same however often it is corrected; a case handed over has one in each region."""
    return str(uuid5(case_id, f"result:{region}"))


def _accept(history: History, event: DatedEvent) -> Made:
    version, applicant = history.version, history.applicant
    definition, item = _leading(history)
    due = event.detail.get("due_on") or (history.due_on and history.due_on.isoformat())
    yield (
        "",
        {
            "catalog_code": item.code,
            "task_code": _task_code(history, definition.id, item),
            "task_name": item.name,
            "task_version": version_number(version.version),
            "project_name": version.journey.name,
            "project_type": str(item.finish),
            "apply_type": APPLIED_ONLINE,
            "apply_date": moment(_first(history, "case.submitted", event).at),
            "accept_date": moment(history.accepted_at or event.at),
            "promise_date": f"{due} 23:59:59" if due else None,
            "applyer_type": APPLICANT_TYPES[applicant.kind],
            "applyer_name": applicant.name,
            "applyer_page_type": CERTIFICATE_TYPES[applicant.kind],
            "applyer_page_code": applicant.id_number,
            "org_code": history.lead.uscc,
            "org_name": history.lead.name,
            "handle_user_name": history.lead.name,
        },
    )


def _process(history: History, event: DatedEvent) -> Made:
    mapped = EVENTS[event.kind]
    definition = history.version.journey.task(event.task) if event.task else None
    item = history.version.items[definition.item] if definition else None
    department = history.departments.get(event.actor)
    yield (
        "",
        {
            "process_name": _stage(history, event, mapped.stage),
            "event_name": mapped.action,
            "event_start_time": moment(_began(history, event, mapped.since)),
            "event_end_time": moment(event.at),
            "handle_explain": _opinion(event) or mapped.stage,
            "handle_user_name": _speaker(history, event),
            "task_code": _task_code(history, definition.id, item) if definition and item else None,
            "org_code": department.uscc if department else None,
            "remark": event.basis,
        },
    )


def _special(history: History, event: DatedEvent) -> Made:
    cause = str(event.detail.get("cause", ""))
    began = _suspension(history, event) if event.kind == "case.resumed" else event
    extended = event.kind == "case.extended"
    name = "延长审批" if extended else _SPECIAL_NAMES.get(cause, cause)
    ended = event.kind != "case.suspended"
    yield (
        "",
        {
            "row_guid": str(uuid5(began.id, "special_procedure")),
            "cd_operation": "I" if began is event else "U",
            "special_type": "1" if extended else "2",
            "special_name": name,
            "special_reason": _opinion(began) or began.basis or name,
            "special_time": moment(began.at),
            "end_time": moment(event.at) if ended else None,
            "result": _special_result(event) if ended else None,
            "handle_user": _speaker(history, event),
            "remark": began.basis,
        },
    )


def _special_result(event: DatedEvent) -> str:
    if event.kind == "case.extended":
        return f"延长 {event.detail.get('days', '')} 个工作日"
    return str(event.detail.get("outcome") or "已结束")


def _result(history: History, event: DatedEvent) -> Made:
    if not _ended(history, event):
        return
    code = _finish_code(history, event)
    issued = [one for one in history.licences if one.in_force(event.at)] if code == "0" else []
    yield (
        "",
        {
            "row_guid": result_row(history.region, history.case_id),
            "cd_operation": "U" if event.kind in REPLACING else "I",
            "result_type": code,
            "result_date": moment(event.at),
            "result_explain": _opinion(event) or _OUTCOMES.get(history.outcome or "") or EVENTS[event.kind].stage,
            "result_cetr_name": "；".join(dict.fromkeys(one.name for one in issued)) or None,
            "result_cetr_no": "；".join(one.number for one in issued) or None,
            "is_delivery_results": NOT_DELIVERED,
            "handle_user_name": _speaker(history, event),
        },
    )


def _ended(history: History, event: DatedEvent) -> bool:
    """Whether ``event`` ends the case, or changes a result of one that had ended before."""
    if event.kind in REPLACING:
        return any(one.kind in ENDING for one in _before(history, event))
    if event.kind in ENDING:
        return True
    # A referral or hand-over ended the case if it is ended and nothing else did.
    return history.finish_code is not None and not any(one.kind in ENDING for one in history.events)


def _finish_code(history: History, event: DatedEvent) -> str:
    """The finish code; that of a void case when the last decision for the applicant was revoked."""
    void = event.kind == "case.decision_revoked" and all(task.decision != "approved" for task in history.tasks)
    code = REVOKED if void else history.finish_code
    if code not in _FINISH_CODES:
        raise RecordUnfit(
            kind="result", column="result_type", problem_zh="不是办结类型", problem_en="is no finish code"
        )
    return code or ""


def _material(history: History, event: DatedEvent) -> Made:
    late = event.detail.get("materials") if event.kind == "case.tolerance_met" else None
    for held in history.materials:
        if late is None or held.id in late:
            yield (
                held.id,
                {
                    "material_name": held.name,
                    "get_type": GET_TYPES[held.way],
                    "get_num": str(held.count),
                    "remark": held.source,
                },
            )


_MAKERS: Mapping[RecordKind, Callable[[History, DatedEvent], Made]] = {
    "accept": _accept,
    "process": _process,
    "special_procedure": _special,
    "result": _result,
    "material": _material,
}


def _leading(history: History) -> tuple[Task, Item]:
    """The task and item that speak for the whole journey: the lead's first, else the first of all."""
    journey = history.version.journey
    task = next((t for t in journey.tasks if t.department == journey.lead), journey.tasks[0])
    return task, history.version.items[task.item]


def _task_code(history: History, task: str, item: Item) -> str:
    return make_implementation_code(history.performers[task].uscc, str(item.level), item.code)


def version_number(version: str) -> str:
    """A pack's version as the tables' whole number: 1.2.3 is 10203."""
    parts = [int(part) for part in version.split(".")[:3] if part.isdigit()]
    return str(sum(part * 100**place for place, part in enumerate(reversed([*parts, 0, 0, 0][:3]))))


def _stage(history: History, event: DatedEvent, stage: str) -> str:
    if event.task in (None, INTAKE):
        return stage
    definition = history.version.journey.task(event.task or "")
    return definition.name if definition and event.kind == "task.decided" else stage


def _speaker(history: History, event: DatedEvent) -> str:
    if event.actor == "applicant":
        return "申请人"
    return history.departments[event.actor].name if event.actor in history.departments else history.lead.name


def _opinion(event: DatedEvent) -> str:
    """What was said: the decision in a word and its reasons."""
    detail = event.detail
    word = _DECISIONS.get(str(detail.get("decision", "")), "")
    return "：".join(part for part in (word, str(detail.get("reasons") or "").strip()) if part)


def _began(history: History, event: DatedEvent, since: tuple[str, ...]) -> dt.datetime:
    if event.kind == "case.resumed":
        return _suspension(history, event).at
    if event.kind == "task.decided":
        task = next((t for t in history.tasks if t.task == event.task), None)
        return min(task.started_at, event.at) if task and task.started_at else event.at
    before = [one.at for one in _before(history, event) if one.kind in since]
    return before[-1] if before else event.at


def _before(history: History, event: DatedEvent) -> list[DatedEvent]:
    return [one for one in history.events if (one.at, one.id) < (event.at, event.id)]


def _first(history: History, kind: str, otherwise: DatedEvent) -> DatedEvent:
    return next((one for one in history.events if one.kind == kind), otherwise)


def _suspension(history: History, event: DatedEvent) -> DatedEvent:
    """The suspension that ``event`` ends: the last one before it of the same task and cause."""
    key = (event.task, event.detail.get("cause"))
    found = [
        one
        for one in _before(history, event)
        if one.kind == "case.suspended" and (one.task, one.detail.get("cause")) == key
    ]
    return found[-1] if found else event
