"""A journey as a BPMN process: nodes in lanes, flows with conditions. Pure; drawn by ``places``.

The process moves exactly as ``cases.rules.advance`` and ``outcome`` do. Every task passes on one token, whether it
was done, did not apply or was cancelled, so plain parallel gateways join what a task waits for and nothing can hang:

* *cancelled*: some needed task before it was declined (a cancelled task hands that on, so the condition names every
  needed task on the way and nothing else);
* *not applicable*: its guard is not true, which for a guard that cannot be told (NULL) is so as well;
* else it is done by its department.

Conditions are expressions of the platform's rule language over the same names that packs use, and
``<task>.decision``. What may happen at any moment and is the same for all journeys (withdrawal, suspension,
extension, transfer) is not drawn.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from tongban.services.bpmn.texts import Language, days, sayer
from tongban.services.catalogue import JourneyVersion
from tongban.services.definitions import Task

Kind = Literal["start", "end", "task", "parallel", "exclusive", "mark"]
APPLICANT = "applicant"
INTAKE = "intake"


class Lane(Struct, frozen=True):
    """One department's part (or the applicant's). ``role`` is the department role of packs."""

    role: str
    name: str


class Node(Struct, frozen=True):
    """One element. ``row`` groups what lies on one line of the drawing, ``level`` counts lines below it.

    ``facts`` are the platform's own attributes of a task: item, catalogue code, limit, whether it is optional.
    """

    id: str
    kind: Kind
    name: str
    lane: str
    row: str
    level: int = 0
    note: str = ""
    facts: Mapping[str, str] = {}


class Flow(Struct, frozen=True):
    """From one node to another; ``condition`` in the rule language, None where it is always or by default taken."""

    source: str
    target: str
    name: str = ""
    condition: str | None = None
    default: bool = False
    back: bool = False

    @property
    def id(self) -> str:
        """Unique: between two nodes runs at most one flow."""
        return f"flow-{self.source}-{self.target}"


class Process(Struct, frozen=True):
    """A whole journey. Every flow that goes forward leads to a node that stands later in ``nodes``."""

    id: str
    name: str
    note: str
    lanes: tuple[Lane, ...]
    nodes: tuple[Node, ...]
    flows: tuple[Flow, ...]


def process_of(version: JourneyVersion, departments: Mapping[str, str], language: Language = "zh-CN") -> Process:
    """``version`` as a process. ``departments``: department role → name."""
    return _Builder(version, departments, language).build()


def needed_before(tasks: Sequence[Task], task: Task) -> list[Task]:
    """The tasks before ``task``, near and far, that may not be declined, in the order of the journey."""
    by_id = {one.id: one for one in tasks}
    found: set[str] = set()
    waiting = list(task.after)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += by_id[name].after
    return [one for one in tasks if one.id in found and not one.optional]


def in_order(tasks: Sequence[Task]) -> list[Task]:
    """``tasks`` so that each stands after all it waits for, otherwise as declared."""
    left, placed = list(tasks), list[Task]()
    while left:
        done = {task.id for task in placed}
        ready = next(task for task in left if set(task.after) <= done)
        placed.append(ready)
        left.remove(ready)
    return placed


def any_decided(tasks: Iterable[Task], decision: str) -> str:
    """The condition that at least one of ``tasks`` was decided so."""
    return " OR ".join(f"{task.id}.decision = '{decision}'" for task in tasks)


class _Builder:
    """Collects nodes and flows in the order in which a case meets them."""

    def __init__(self, version: JourneyVersion, departments: Mapping[str, str], language: Language) -> None:
        self.version, self.journey, self.language = version, version.journey, language
        self.say = sayer(version, language)
        self.departments = departments
        self.nodes: list[Node] = []
        self.flows: list[Flow] = []
        self.entry: dict[str, str] = {}
        self.exit: dict[str, str] = {}

    def build(self) -> Process:
        tasks = in_order(self.journey.tasks)
        first = self._intake(sum(not task.after for task in tasks))
        for task in tasks:
            self._task(task)
        for task in tasks:
            for before in [self.exit[name] for name in task.after] or [first]:
                self._flow(before, self.entry[task.id], self._accepted(before))
        self._end(tasks)
        roles = dict.fromkeys([self.journey.lead, *(task.department for task in self.journey.tasks)])
        lanes = [Lane(APPLICANT, self.say("申请人")), *(Lane(role, self._department(role)) for role in roles)]
        name = f"journey-{self.journey.id}"
        note = self.say(self.journey.summary)
        return Process(name, self.say(self.journey.name), note, tuple(lanes), tuple(self.nodes), tuple(self.flows))

    def _department(self, role: str) -> str:
        return self.say(self.departments.get(role, role))

    def _node(self, id: str, kind: Kind, name: str, lane: str, row: str, level: int = 0, note: str = "") -> str:
        self.nodes.append(Node(id, kind, self.say(name), lane, row, level, note))
        return id

    def _flow(self, source: str, target: str, named: tuple[str, str | None] | None = None, back: bool = False) -> None:
        name, condition = named or ("", None)
        default = named is not None and condition is None
        self.flows.append(Flow(source, target, self.say(name), condition, default, back))

    # ---- the beginning: application, intake, what is asked for ---------------------------------------------

    def _intake(self, beginnings: int) -> str:
        lead = self.journey.lead
        self._node("start", "start", "提交申请", APPLICANT, APPLICANT)
        self._node("again-intake", "exclusive", "", lead, INTAKE)
        note = days(self.journey.acceptance.days, self.language)
        self._node("task-intake", "task", "受理审查", lead, INTAKE, note=note)
        self._node("decided-intake", "exclusive", "受理决定", lead, INTAKE)
        self._node("task-supply", "task", "补正或修改申请", APPLICANT, APPLICANT)
        self._node("refused", "end", "不予受理", lead, INTAKE, 1)
        self._flow("start", "again-intake")
        self._flow("again-intake", "task-intake")
        self._flow("task-intake", "decided-intake")
        self._flow("decided-intake", "refused", ("不予受理", "intake.decision = 'refused'"))
        self._flow("decided-intake", "task-supply", ("补正或退回", None), back=True)
        self._flow("task-supply", "again-intake", back=True)
        if beginnings == 1:
            return "decided-intake"
        self._node("split-intake", "parallel", "", lead, INTAKE)
        self._flow("decided-intake", "split-intake", self._accepted("decided-intake"))
        return "split-intake"

    @staticmethod
    def _accepted(source: str) -> tuple[str, str | None] | None:
        return ("受理", "intake.decision = 'accepted'") if source == "decided-intake" else None

    # ---- one task: join, cancelled?, applies?, the work, what follows --------------------------------------

    def _task(self, task: Task) -> None:
        name, lane = task.id, task.department
        needed = needed_before(self.journey.tasks, task)
        chain: list[tuple[str, tuple[str, str | None] | None]] = []
        if len(task.after) > 1:
            chain.append((self._node(f"join-{name}", "parallel", "", lane, name), None))
        if needed:
            gate = self._node(f"stopped-{name}", "exclusive", "前面有不予办理的？", lane, name)
            chain.append((gate, ("没有", None)))
        if task.when is not None:
            note = self.version.rules[task.when].explain(self.language)
            gate = self._node(f"applies-{name}", "exclusive", "适用？", lane, name, note=note)
            chain.append((gate, ("是", task.when)))
        chain.append((self._work(task), None))
        for (source, named), (target, _) in pairwise(chain):
            self._flow(source, target, named)
        self.entry[name] = chain[0][0]
        self.exit[name] = self._settled(task, needed)

    def _work(self, task: Task) -> str:
        item = self.version.items[task.item]
        said = [f"{self.say(item.name)} {item.code}", days(task.days, self.language)]
        said += [self.say("不予办理不影响其他环节")] if task.optional else []
        said += [self.say(task.help)] if task.help else []
        facts = {"item": item.id, "code": item.code, "days": str(task.days), "optional": str(task.optional).lower()}
        self.nodes.append(
            Node(f"task-{task.id}", "task", self.say(task.name), task.department, task.id, 0, "\n".join(said), facts)
        )
        return f"task-{task.id}"

    def _settled(self, task: Task, needed: Sequence[Task]) -> str:
        """Lead the ways past the task back together, and apart again to all that follow; the last node."""
        name, lane, last = task.id, task.department, f"task-{task.id}"
        marks: list[str] = []
        if task.when is not None:
            marks.append(self._node(f"skipped-{name}", "mark", "不适用", lane, name, 1))
            self._flow(f"applies-{name}", marks[-1], ("否", None))
        if needed:
            marks.append(self._node(f"cancelled-{name}", "mark", "取消", lane, name, 1 + len(marks)))
            self._flow(f"stopped-{name}", marks[-1], ("有", any_decided(needed, "declined")))
        if marks:
            settled = self._node(f"settled-{name}", "exclusive", "", lane, name)
            for source in (last, *marks):
                self._flow(source, settled)
            last = settled
        followers = [one for one in self.journey.tasks if name in one.after]
        if len(followers) > 1:
            split = self._node(f"split-{name}", "parallel", "", lane, name)
            self._flow(last, split)
            last = split
        return last

    # ---- the end: how the case comes out --------------------------------------------------------------------

    def _end(self, tasks: Sequence[Task]) -> None:
        lead = self.journey.lead
        leaves = [task for task in tasks if not any(task.id in other.after for other in tasks)]
        if len(leaves) > 1:
            self._node("join-end", "parallel", "", lead, INTAKE)
        self._node("granted-any", "exclusive", "有办成的？", lead, INTAKE)
        for leaf in leaves:
            self._flow(self.exit[leaf.id], "join-end" if len(leaves) > 1 else "granted-any")
        if len(leaves) > 1:
            self._flow("join-end", "granted-any")
        source, named = self._partly([task for task in tasks if not task.optional], tasks)
        self._node("declined-any", "exclusive", "有不予办理的？", lead, INTAKE, 2)
        self._node("granted", "end", "办结", lead, INTAKE)
        self._node("declined", "end", "不予办理", lead, INTAKE, 3)
        self._flow("granted-any", "declined-any", ("没有", None))
        self._flow("declined-any", "declined", ("有", any_decided(tasks, "declined")))
        self._flow("declined-any", "granted", ("没有", None))
        self._flow(source, "granted", named)

    def _partly(self, needed: Sequence[Task], tasks: Sequence[Task]) -> tuple[str, tuple[str, str | None]]:
        """The way on when something was granted: whether something needed was declined beside it."""
        granted = ("有", any_decided(tasks, "approved"))
        if not needed:
            return "granted-any", granted
        self._node("declined-needed", "exclusive", "必办环节有不予办理的？", self.journey.lead, INTAKE)
        self._node("partly", "end", "部分办结", self.journey.lead, INTAKE, 1)
        self._flow("granted-any", "declined-needed", granted)
        self._flow("declined-needed", "partly", ("有", any_decided(needed, "declined")))
        return "declined-needed", ("没有", None)
