"""The names that a watch may read, and their values for one case on one day. Pure.

``docs/watching.md`` shows the same table to authors. Days are counted from what happened to the day asked about,
as if nothing more happened until then: so the platform knows today when it must look again.
"""

import datetime as dt
from collections.abc import Mapping

from tongban.basics import rules
from tongban.basics.calendar import WorkingCalendar, local_day
from tongban.basics.rules import Schema, Type
from tongban.cases.models import INTAKE, OPEN, Task
from tongban.cases.oversight.models import Watched
from tongban.cases.oversight.shortfalls import Sight, weight

Names = dict[str, object]

STATES: Mapping[str, tuple[str, str]] = {
    "submitted": ("待受理", "waiting for acceptance"),
    "supplementing": ("待补正", "to be supplemented"),
    "returned": ("已退回", "returned"),
    "accepted": ("办理中", "under way"),
    "closed": ("已办结", "closed"),
    "refused": ("不予受理", "refused"),
    "withdrawn": ("已撤回", "withdrawn"),
    "terminated": ("已终止", "terminated"),
    "lapsed": ("逾期未补正", "lapsed"),
    "referred": ("已转报", "referred"),
    "deleted": ("已删除", "deleted"),
    "handed_over": ("已移交", "handed over"),
}
TASK_STATES: Mapping[str, tuple[str, str]] = {
    "waiting": ("未到", "not begun"),
    "ready": ("待办", "to be decided"),
    "done": ("已办", "decided"),
    "not_applicable": ("不适用", "not applicable"),
    "cancelled": ("已取消", "cancelled"),
}
CASE: Mapping[str, Type] = {
    "today": rules.date("今天", "today"),
    "case.journey": rules.text("事项", "the journey"),
    "case.state": rules.code(STATES, "办件状态", "the state of the case"),
    "case.open": rules.boolean("尚未办结", "the case is open"),
    "case.outcome": rules.text("办理结果", "the outcome"),
    "case.submitted_on": rules.date("提交日期", "the day of submission"),
    "case.accepted_on": rules.date("受理日期", "the day of acceptance"),
    "case.due_on": rules.date("承诺办结日期", "the day it is due"),
    "case.closed_on": rules.date("办结日期", "the day it was closed"),
    "case.overdue_days": rules.integer("超过承诺期限的工作日", "working days past the promise"),
    "case.idle_days": rules.integer("没有任何办理动作的工作日", "working days without any act"),
    "case.suspended": rules.boolean("计时中止", "the clock stands"),
    "case.suspended_days": rules.integer("计时已中止的工作日", "working days for which the clock stands"),
    "case.waiting_days": rules.integer("等候申请人的工作日", "working days of waiting for the applicant"),
    "case.question_days": rules.integer("申请人提问未答复的工作日", "working days that a question waits"),
    "case.urging_overdue_days": rules.integer(
        "督办逾期未答复的工作日", "working days that an answer to urging is late"
    ),
    "case.refused": rules.boolean("作出了不利决定", "something was decided against the applicant"),
    "case.reasons_given": rules.boolean("不利决定说明了理由", "reasons were given for it"),
    "case.reasons_weight": rules.integer("理由中不同的字数", "different characters in the reasons"),
    "case.steps_skipped": rules.integer("跳过的环节数", "steps that were skipped"),
    "case.results_missing": rules.integer("缺少结果的环节数", "approved tasks without a result"),
}
TASK: Mapping[str, Type] = {
    "task.id": rules.text("环节", "the task"),
    "task.kind": rules.code({"intake": ("受理", "intake"), "step": ("办理", "a step")}, "环节类型", "kind of task"),
    "task.state": rules.code(TASK_STATES, "环节状态", "the state of the task"),
    "task.decision": rules.text("环节决定", "the decision"),
    "task.started_on": rules.date("环节开始日期", "the day the task started"),
    "task.due_on": rules.date("环节到期日期", "the day the task is due"),
    "task.decided_on": rules.date("环节决定日期", "the day it was decided"),
    "task.overdue_days": rules.integer("环节超期工作日", "working days the task is overdue"),
    "task.days_used": rules.integer("环节已用工作日", "working days used"),
    "task.suspended": rules.boolean("环节计时中止", "the task's clock stands"),
    "task.suspended_days": rules.integer("环节计时已中止的工作日", "working days for which the task's clock stands"),
    "task.reasons_given": rules.boolean("不利决定说明了理由", "reasons were given for the refusal"),
    "task.reasons_weight": rules.integer("理由中不同的字数", "different characters in the reasons"),
    "task.skipped": rules.boolean("环节被跳过", "the step was skipped"),
    "task.result_missing": rules.boolean("已同意但没有结果", "approved but without a result"),
    "task.days_since_decision": rules.integer("决定后的工作日", "working days since the decision"),
    "task.urging_overdue_days": rules.integer(
        "督办逾期未答复的工作日", "working days that an answer to urging is late"
    ),
}
SCHEMA = Schema({**CASE, **TASK})
LEAST_WEIGHT = 5
"""Reasons of fewer different characters say nothing."""

# What the platform does by itself, and what only asks for an act, does not end idleness.
PLATFORM = "platform"
_NO_ACT = frozenset({"case.urged", "case.urging_answered", "question.asked"})


def about_task(names: frozenset[str]) -> bool:
    """Whether a rule over ``names`` is asked of every task."""
    return any(name.startswith("task.") for name in names)


class Days:
    """Counts working days up to one day, never below zero."""

    def __init__(self, today: dt.date, calendar: WorkingCalendar) -> None:
        self.today, self._calendar = today, calendar

    def since(self, at: dt.datetime | dt.date | None) -> int:
        """Working days after ``at`` up to the day asked about."""
        return self.between(at, self.today)

    def between(self, at: dt.datetime | dt.date | None, end: dt.datetime | dt.date | None) -> int:
        """Working days after ``at`` up to ``end``; none where either is absent."""
        first, last = _day(at), _day(end)
        return max(self._calendar.workdays_between(first, last), 0) if first and last else 0


def _day(at: dt.datetime | dt.date | None) -> dt.date | None:
    return local_day(at) if isinstance(at, dt.datetime) else at


def case_names(sight: Sight, days: Days) -> Names:
    """The values of ``case.*`` on the day of ``days``."""
    watched, stops, reasons = sight.watched, sight.stops, sight.reasons
    running = watched.state in OPEN
    lightest = min((weight(text) for text in reasons.values()), default=None)
    return {
        "today": days.today,
        "case.journey": watched.journey,
        "case.state": watched.state,
        "case.open": running,
        "case.outcome": watched.outcome,
        "case.submitted_on": _day(watched.submitted_at),
        "case.accepted_on": _day(watched.accepted_at),
        "case.due_on": watched.due_on,
        "case.closed_on": _day(watched.closed_at),
        "case.overdue_days": days.between(watched.due_on, days.today if running else watched.closed_at),
        "case.idle_days": days.since(_last_act(watched)) if running else 0,
        "case.suspended": bool(stops),
        "case.suspended_days": days.since(min((one.since for one in stops), default=None)) if running else 0,
        "case.waiting_days": days.since(_last_act(watched)) if watched.state in ("supplementing", "returned") else 0,
        "case.question_days": days.since(watched.asked_at),
        "case.urging_overdue_days": max((days.since(one.due_on) for one in watched.urgings), default=0),
        "case.refused": bool(reasons),
        "case.reasons_given": lightest is None or lightest >= LEAST_WEIGHT,
        "case.reasons_weight": lightest,
        "case.steps_skipped": len(sight.skipped),
        "case.results_missing": len(sight.missing),
    }


def _last_act(watched: Watched) -> dt.datetime:
    acts = [event.at for event in watched.events if event.kind not in _NO_ACT and event.actor != PLATFORM]
    return max(acts, default=watched.submitted_at)


def task_names(sight: Sight, task: Task, days: Days) -> Names:
    """The values of ``task.*`` for one task on the day of ``days``."""
    ready = task.state == "ready"
    stops = [one for one in sight.stops if one.task in (None, task.task)] if ready else []
    reasons = sight.reasons.get(task.task)
    urged = [
        one.due_on for one in sight.watched.urgings if one.task == task.task or (one.task is None and _leads(task))
    ]
    return {
        "task.id": task.task,
        "task.kind": task.kind,
        "task.state": task.state,
        "task.decision": task.decision,
        "task.started_on": _day(task.started_at),
        "task.due_on": task.due_on,
        "task.decided_on": _day(task.decided_at),
        "task.overdue_days": days.between(task.due_on, days.today if ready else task.decided_at),
        "task.days_used": days.between(task.started_at, days.today if ready else task.decided_at),
        "task.suspended": bool(stops),
        "task.suspended_days": days.since(min((one.since for one in stops), default=None)),
        "task.reasons_given": reasons is None or weight(reasons) >= LEAST_WEIGHT,
        "task.reasons_weight": None if reasons is None else weight(reasons),
        "task.skipped": task.task in sight.skipped,
        "task.result_missing": task.task in sight.missing,
        "task.days_since_decision": days.since(task.decided_at),
        "task.urging_overdue_days": max((days.since(due) for due in urged), default=0),
    }


def _leads(task: Task) -> bool:
    return task.task == INTAKE
