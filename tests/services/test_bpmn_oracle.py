"""SpiffWorkflow, which knows nothing of this platform, runs exported journeys to the end states of our own engine.

Both are given the same facts and the same decisions, in orders of their own. What is compared is the state and the
decision of every task and how the case comes out.
"""

import datetime as dt
import io
import random
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from SpiffWorkflow.bpmn.parser.BpmnParser import BpmnParser
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.util.task import TaskState
from tests.services.exported_journeys import packs_journeys, schema_of, unseen_journey

from tongban.basics import rules
from tongban.basics.calendar import CST, WorkingCalendar
from tongban.cases.models import Task
from tongban.cases.rules import advance, outcome
from tongban.services.bpmn import export
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Field

NOW = dt.datetime(2026, 11, 23, 9, 0, tzinfo=CST)
CALENDAR = WorkingCalendar.published()
TODAY = NOW.date()
Facts = dict[str, object]
End = tuple[str, Mapping[str, tuple[str, str | None]]]
"""How a case comes out, and task → state with decision."""

OUTCOMES = {"granted", "partly", "declined", "refused"}


BESIDE: Mapping[str, tuple[str, str | None]] = {"skipped": ("not_applicable", None), "cancelled": ("cancelled", None)}


class RuleEngine(PythonScriptEngine):
    """Reads conditions as the document says: as rules of the platform's language."""

    def __init__(self, version: JourneyVersion) -> None:
        super().__init__()
        self._schema = schema_of(version)
        self._undecided = {f"{task.id}.decision": None for task in version.journey.tasks}
        self._rules: dict[str, rules.Rule] = {}

    def evaluate(self, task: Any, expression: str, external_context: Any = None) -> bool:
        """A condition that cannot be told is not met."""
        if expression not in self._rules:
            self._rules[expression] = rules.compile(expression, self._schema)
        return self._rules[expression].evaluate({**self._undecided, **task.data}) is True


def by_our_engine(version: JourneyVersion, facts: Facts, decide: Mapping[str, str], luck: random.Random) -> End:
    """Advance and decide until nothing is left."""
    tasks = {t.id: Task(t.id, "step", t.department, "waiting") for t in version.journey.tasks}
    while True:
        tasks |= {task.task: task for task in advance(version, list(tasks.values()), facts, NOW, CALENDAR)}
        ready = [name for name, task in tasks.items() if task.state == "ready"]
        if not ready:
            break
        name = luck.choice(ready)
        tasks[name] = msgspec.structs.replace(tasks[name], state="done", decision=decide[name])
    result = outcome(version, list(tasks.values()))
    assert result is not None
    return result, {name: (task.state, task.decision) for name, task in tasks.items()}


def by_spiff(
    version: JourneyVersion, facts: Facts, decide: Mapping[str, str], luck: random.Random, intake: list[str]
) -> End:
    """Complete whatever user task is ready until the process has ended; ``intake``: its decisions in turn."""
    parser = BpmnParser()
    parser.add_bpmn_io(io.BytesIO(export(version, {})))
    engine = RuleEngine(version)
    workflow = BpmnWorkflow(parser.get_spec(f"journey-{version.journey.id}"), script_engine=engine)
    workflow.get_next_task(state=TaskState.READY).data.update(facts)
    asked = iter(intake)
    workflow.do_engine_steps()
    while ready := workflow.get_tasks(state=TaskState.READY, manual=True):
        task = luck.choice(ready)
        name = task.task_spec.name.removeprefix("task-")
        if name == "intake":
            task.data["intake.decision"] = next(asked)
        elif name != "supply":
            task.data[f"{name}.decision"] = decide[name]
        task.run()
        workflow.do_engine_steps()
    assert workflow.is_completed()
    return _end_of(version, workflow, decide)


def _end_of(version: JourneyVersion, workflow: BpmnWorkflow, decide: Mapping[str, str]) -> End:
    passed = {task.task_spec.name for task in workflow.get_tasks(state=TaskState.COMPLETED)}
    (end,) = passed & OUTCOMES
    states: dict[str, tuple[str, str | None]] = {}
    for task in version.journey.tasks:
        ways = {
            "task": ("done", decide[task.id]),
            "skipped": ("not_applicable", None),
            "cancelled": ("cancelled", None),
        }
        taken = [way for name, way in ways.items() if f"{name}-{task.id}" in passed]
        assert len(taken) == (end != "refused"), f"{task.id}: {taken}"
        states |= {task.id: taken[0]} if taken else {}
    return end, states


@st.composite
def a_value(draw: st.DrawFn, field: Field) -> object:
    """Something a form may hold, also nothing."""
    some: dict[str, st.SearchStrategy[Any]] = {
        "boolean": st.booleans(),
        "integer": st.integers(field.min if field.min is not None else -60, field.max or 60),
        "choice": st.sampled_from([choice.value for choice in field.choices] or [""]),
        "date": st.dates(dt.date(2020, 1, 1), TODAY),
    }
    return draw(st.one_of(st.none(), some.get(field.kind, st.just("文字"))))


@st.composite
def a_course(draw: st.DrawFn, version: JourneyVersion) -> tuple[Facts, dict[str, str], random.Random]:
    """Facts that guards read, what every task would decide, and an order."""
    facts: Facts = {f"form.{field.id}": draw(a_value(field)) for field in version.form.fields}
    kinds = st.sampled_from(["approved", "approved", "declined"])
    decide = {task.id: draw(kinds) for task in version.journey.tasks}
    return {**facts, "today": TODAY}, decide, random.Random(draw(st.integers(0, 2**32)))


def same_end(version: JourneyVersion, course: tuple[Facts, dict[str, str], random.Random]) -> None:
    facts, decide, luck = course
    own = by_our_engine(version, facts, decide, luck)
    assert by_spiff(version, facts, decide, luck, ["accepted"]) == own


@pytest.mark.parametrize("journey", sorted(packs_journeys()))
def test_both_engines_come_to_the_same_end_on_the_journeys_of_packs(journey: str) -> None:
    version = packs_journeys()[journey]

    @settings(max_examples=25, deadline=None)
    @given(a_course(version))
    def run(course: tuple[Facts, dict[str, str], random.Random]) -> None:
        same_end(version, course)

    run()


@settings(max_examples=40, deadline=None)
@given(st.data(), st.integers(0, 10**6))
def test_both_engines_come_to_the_same_end_on_unseen_journeys(data: st.DataObject, seed: int) -> None:
    version = unseen_journey(seed)
    same_end(version, data.draw(a_course(version)))


@pytest.mark.long
@settings(max_examples=2000, deadline=None)
@given(st.data(), st.integers(0, 10**9))
def test_both_engines_come_to_the_same_end_on_very_many_unseen_journeys(data: st.DataObject, seed: int) -> None:
    version = unseen_journey(seed)
    same_end(version, data.draw(a_course(version)))


@settings(max_examples=10, deadline=None)
@given(st.lists(st.sampled_from(["supplement", "returned"]), max_size=3))
@example(["supplement", "returned"])
def test_an_application_may_be_supplemented_and_then_be_refused_or_accepted(asked: list[str]) -> None:
    version = packs_journeys()["move-in"]
    facts: Facts = {**{f"form.{field.id}": None for field in version.form.fields}, "form.lives_there": True}
    decide = {task.id: "approved" for task in version.journey.tasks}
    assert by_spiff(version, facts, decide, random.Random(0), [*asked, "refused"]) == ("refused", {})
    granted, _ = by_spiff(version, facts, decide, random.Random(0), [*asked, "accepted"])
    assert granted == "granted"


def test_the_oracle_notices_a_wrong_export() -> None:
    """Were an optional task taken for a needed one, what follows it would be cancelled in one engine only."""
    version = next(one for one in (unseen_journey(seed) for seed in range(200)) if _optional_with_follower(one))
    tasks = [msgspec.structs.replace(task, when=None) for task in version.journey.tasks]
    journey = msgspec.structs.replace(version.journey, tasks=tasks)
    strict = msgspec.structs.replace(journey, tasks=[msgspec.structs.replace(t, optional=False) for t in tasks])
    facts: Facts = {f"form.{field.id}": None for field in version.form.fields}
    decide = {task.id: "declined" if task.optional else "approved" for task in tasks}
    right, wrong = (replace(version, journey=one) for one in (journey, strict))
    own = by_our_engine(right, facts, decide, random.Random(1))
    assert by_spiff(right, facts, decide, random.Random(1), ["accepted"]) == own
    assert by_spiff(wrong, facts, decide, random.Random(1), ["accepted"]) != own


def _optional_with_follower(version: JourneyVersion) -> bool:
    followed = {name for task in version.journey.tasks for name in task.after}
    return any(task.optional and task.id in followed for task in version.journey.tasks)
