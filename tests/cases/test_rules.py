"""How a journey moves, without a store: tables for what people meet, random plans for what nobody thought of."""

import datetime as dt
from collections.abc import Mapping
from uuid import uuid4

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tongban.basics.calendar import WorkingCalendar
from tongban.cases.finish import finish_code
from tongban.cases.line import offsets
from tongban.cases.models import INTAKE, Light, Task
from tongban.cases.oversight.lights import DEFAULT
from tongban.cases.rules import SETTLED, advance, outcome
from tongban.services.catalogue import CompiledRule, JourneyVersion
from tongban.services.definitions import Form, Journey, Limit
from tongban.services.definitions import Task as Definition

CALENDAR = WorkingCalendar.published()
NOW = dt.datetime(2026, 11, 23, 1, tzinfo=dt.UTC)
TODAY = dt.date(2026, 11, 23)


class _Is(msgspec.Struct, frozen=True):
    """A guard that reads one fact; enough of a rule for a plan."""

    source: str

    @property
    def names(self) -> frozenset[str]:
        return frozenset({self.source})

    def evaluate(self, values: Mapping[str, object]) -> bool | None:
        found = values.get(self.source)
        return found if isinstance(found, bool) else None

    def explain(self, language: str = "zh-CN") -> str:
        return self.source


def _plan(*tasks: Definition) -> JourneyVersion:
    journey = Journey(
        id="plan", name="计划", summary="", audience="person", lead="health", form="plan", tasks=list(tasks),
        promise=Limit(days=99), statutory=Limit(days=99),
    )  # fmt: skip
    rules: dict[str, CompiledRule] = {t.when: _Is(t.when) for t in tasks if t.when}
    return JourneyVersion("p", "1.0.0", journey, Form(id="plan", title="", steps=[]), {}, rules, {})


def _task(name: str, *after: str, when: str | None = None, optional: bool = False, days: int = 1) -> Definition:
    return Definition(
        id=name, name=name, department="health", item="item", days=days, after=list(after), when=when, optional=optional
    )


def _all_waiting(version: JourneyVersion) -> list[Task]:
    return [Task(task=t.id, kind="step", department=t.department, state="waiting") for t in version.journey.tasks]


def _moved(version: JourneyVersion, tasks: list[Task], **facts: object) -> list[Task]:
    changed = {t.task: t for t in advance(version, tasks, facts, NOW, CALENDAR)}
    return [changed.get(t.task, t) for t in tasks]


def _decided(tasks: list[Task], name: str, decision: str) -> list[Task]:
    done = {"state": "done", "decision": decision, "decided_at": NOW, "decided_by": uuid4()}
    return [msgspec.structs.replace(t, **done) if t.task == name else t for t in tasks]


def _states(tasks: list[Task]) -> str:
    return " ".join(f"{t.task}:{t.state}" for t in tasks)


FORK = _plan(_task("a"), _task("b", "a"), _task("c", "a"), _task("d", "b", "c"))


def test_a_fork_starts_both_and_a_join_waits_for_both() -> None:
    tasks = _moved(FORK, _all_waiting(FORK))
    assert _states(tasks) == "a:ready b:waiting c:waiting d:waiting"
    tasks = _moved(FORK, _decided(tasks, "a", "approved"))
    assert _states(tasks) == "a:done b:ready c:ready d:waiting"
    tasks = _moved(FORK, _decided(tasks, "b", "approved"))
    assert _states(tasks) == "a:done b:done c:ready d:waiting"
    tasks = _moved(FORK, _decided(tasks, "c", "approved"))
    assert _states(tasks) == "a:done b:done c:done d:ready"


def test_a_decline_cancels_what_follows_and_nothing_else() -> None:
    tasks = _decided(_decided(_moved(FORK, _all_waiting(FORK)), "a", "approved"), "b", "declined")
    assert _states(_moved(FORK, tasks)) == "a:done b:done c:ready d:waiting"
    tasks = _moved(FORK, _decided(tasks, "c", "approved"))
    assert _states(tasks) == "a:done b:done c:done d:cancelled"
    assert outcome(FORK, tasks) == "partly"


@pytest.mark.parametrize(("when", "state"), [(True, "ready"), (False, "not_applicable"), (None, "not_applicable")])
def test_a_task_applies_only_if_its_guard_is_true(when: bool | None, state: str) -> None:
    version = _plan(_task("a", when="form.wants"), _task("b", "a"))
    tasks = _moved(version, _all_waiting(version), **{"form.wants": when})
    assert _states(tasks) == f"a:{state} b:{'waiting' if when else 'ready'}"


def test_a_decline_of_an_optional_task_lets_the_journey_go_on() -> None:
    version = _plan(_task("a", optional=True), _task("b", "a"))
    tasks = _moved(version, _decided(_moved(version, _all_waiting(version)), "a", "declined"))
    assert _states(tasks) == "a:done b:ready"
    assert outcome(version, _decided(tasks, "b", "approved")) == "granted"


def test_a_decline_reaches_through_an_optional_task_that_it_cancelled() -> None:
    version = _plan(_task("a"), _task("b", "a", optional=True), _task("c", "b"))
    tasks = _moved(version, _decided(_moved(version, _all_waiting(version)), "a", "declined"))
    assert _states(tasks) == "a:done b:cancelled c:cancelled"
    assert outcome(version, tasks) == "declined"


@pytest.mark.parametrize(
    ("decisions", "end"),
    [
        ({"a": "approved", "b": "approved"}, "granted"),
        ({"a": "approved", "b": "declined"}, "granted"),
        ({"a": "declined", "b": "approved"}, "partly"),
        ({"a": "declined", "b": "declined"}, "declined"),
        ({"a": "approved"}, None),
        ({}, None),
    ],
)
def test_how_a_case_ends(decisions: dict[str, str], end: str | None) -> None:
    version = _plan(_task("a"), _task("b", optional=True))
    tasks = _moved(version, _all_waiting(version))
    for name, decision in decisions.items():
        tasks = _decided(tasks, name, decision)
    assert outcome(version, tasks) == end


def test_a_case_that_granted_nothing_is_declined_even_if_all_was_optional() -> None:
    version = _plan(_task("a", optional=True))
    assert outcome(version, _decided(_moved(version, _all_waiting(version)), "a", "declined")) == "declined"


def test_intake_alone_ends_nothing() -> None:
    intake = Task(task=INTAKE, kind="intake", department="health", state="done", decision="accepted")
    assert outcome(FORK, [intake, *_all_waiting(FORK)]) is None


@pytest.mark.parametrize(
    ("result", "licences", "code"), [("granted", 1, "0"), ("granted", 0, "6"), ("declined", 0, "6")]
)
def test_the_national_finish_code(result: str, licences: int, code: str) -> None:
    assert finish_code(result, licences) == code  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("due", "shows"),
    [
        (None, "none"),
        (dt.date(2026, 11, 20), "red"),  # the Friday before
        (dt.date(2026, 11, 22), "red"),  # a Sunday before
        (dt.date(2026, 11, 23), "yellow"),  # the last day counts
        (dt.date(2026, 11, 24), "yellow"),
        (dt.date(2026, 11, 25), "green"),
        (dt.date(2026, 11, 29), "green"),
    ],
)
def test_the_light(due: dt.date | None, shows: Light) -> None:
    assert DEFAULT.light(due, TODAY, CALENDAR) == shows


def test_over_a_weekend_the_next_working_day_is_near() -> None:
    friday, monday = dt.date(2026, 11, 27), dt.date(2026, 11, 30)
    assert DEFAULT.light(monday, friday, CALENDAR) == "yellow"


def test_expected_days_follow_the_longest_way_and_skip_what_does_not_apply() -> None:
    version = _plan(_task("a", days=2), _task("b", "a", days=5), _task("c", "a", days=1), _task("d", "b", "c", days=3))
    assert offsets(version) == {"a": (0, 2), "b": (2, 7), "c": (2, 3), "d": (7, 10)}
    assert offsets(version, skipped={"b"}) == {"a": (0, 2), "b": (2, 2), "c": (2, 3), "d": (3, 6)}
    assert offsets(version, {"a": (0, 4)})["d"] == (9, 12)


@st.composite
def _plans(draw: st.DrawFn) -> tuple[JourneyVersion, dict[str, object]]:
    count = draw(st.integers(1, 9))
    facts: dict[str, object] = {f"f{n}": draw(st.sampled_from([True, True, False, None])) for n in range(3)}
    tasks = []
    for n in range(count):
        after = draw(st.lists(st.sampled_from([f"t{m}" for m in range(n)]), max_size=3, unique=True)) if n else []
        when = draw(st.none() | st.sampled_from(sorted(facts)))
        tasks.append(_task(f"t{n}", *after, when=when, optional=draw(st.booleans()), days=draw(st.integers(1, 5))))
    return _plan(*draw(st.permutations(tasks))), facts


@given(plan=_plans(), data=st.data())
def test_every_random_plan_comes_to_an_end_in_an_order_that_holds(
    plan: tuple[JourneyVersion, dict[str, object]], data: st.DataObject
) -> None:
    version, facts = plan
    tasks, order = _moved(version, _all_waiting(version), **facts), []
    while ready := [t.task for t in tasks if t.state == "ready"]:
        assert outcome(version, tasks) is None
        name = data.draw(st.sampled_from(ready))
        order.append(name)
        tasks = _moved(version, _decided(tasks, name, data.draw(st.sampled_from(["approved", "declined"]))), **facts)
        assert _moved(version, tasks, **facts) == tasks  # nothing is left to move
    by_name = {t.task: t for t in tasks}
    assert {t.state for t in tasks} <= set(SETTLED) and outcome(version, tasks) is not None
    for definition in version.journey.tasks:
        task = by_name[definition.id]
        before = [by_name[name] for name in definition.after]
        stopped = any(
            b.state == "cancelled" or (b.decision == "declined" and not _optional(version, b.task)) for b in before
        )
        if task.state == "done":
            assert not stopped and all(b.task in order[: order.index(task.task)] for b in before if b.state == "done")
            assert definition.when is None or facts[definition.when] is True
        elif task.state == "cancelled":
            assert stopped
        else:
            assert not stopped and definition.when is not None and facts[definition.when] is not True


def _optional(version: JourneyVersion, name: str) -> bool:
    found = version.journey.task(name)
    return found is not None and found.optional


@given(plan=_plans())
def test_expected_days_of_a_random_plan_touch_but_never_overlap(
    plan: tuple[JourneyVersion, dict[str, object]],
) -> None:
    version, _ = plan
    at = offsets(version)
    for task in version.journey.tasks:
        assert at[task.id][1] - at[task.id][0] == task.days
        assert at[task.id][0] == max((at[name][1] for name in task.after), default=0)
