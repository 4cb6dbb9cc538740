"""Paths beside the plain one are declared so that they can be walked: in time, by somebody, on what exists.

Law: a promise may shorten a limit, never lengthen it; the clock stands only where the law lets it
(Administrative Licensing Law, articles 42 and 45).
"""

from collections.abc import Iterator, Mapping
from itertools import permutations

from tongban.assembly.checks.graph import ancestors, cycles
from tongban.assembly.checks.limits import longest_path
from tongban.assembly.checks.references import dotted
from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault
from tongban.services.definitions import Journey, Task
from tongban.services.paths import Commitment, FastLane, Visit


def check(scope: Scope) -> Iterator[Fault]:
    """Promises that replace what others need, deadlines past the promise, visits that nobody could make together."""
    for item in scope.pack.items:
        if item.hours is not None and (item.finish != 1 or item.hours < 1):
            yield scope.fault(item, "hours", code="path.hours", found=item.hours)
    for journey in scope.pack.journeys:
        yield from scope.twice(journey.commitments, "commitment")
        yield from scope.twice(journey.visits, "visit")
        yield from _commitments(scope, journey)
        yield from _tolerance(scope, journey)
        if journey.fast_lane is not None:
            yield from _fast_lane(scope, journey, journey.fast_lane)
        for visit in journey.visits:
            yield from _visit(scope, journey, visit)
        if journey.hand_over is not None:
            yield from dotted(scope, journey, journey.hand_over, "to", found=journey.hand_over.to)


def _commitments(scope: Scope, journey: Journey) -> Iterator[Fault]:
    owners: dict[str, str] = {}
    for commitment in journey.commitments:
        yield from _named(scope, journey, commitment)
        if commitment.verify_days < 1:
            yield scope.fault(commitment, "verify_days", code="path.no_days", found=commitment.verify_days)
        for index, task in enumerate(commitment.tasks):
            other = owners.setdefault(task, commitment.id)
            if other != commitment.id:
                yield scope.fault(commitment, "tasks", index, code="path.task_twice", found=task, other=other)
        materials = {material.id: material for material in journey.materials}
        for index, name in enumerate(commitment.materials):
            yield from scope.unknown(commitment, "materials", index, found=name, what="material", known=list(materials))
            others = [t for t in materials[name].tasks if t not in commitment.tasks] if name in materials else []
            if others:
                yield scope.fault(
                    commitment, "materials", index, code="path.material_shared", found=name, tasks=", ".join(others)
                )


def _named(scope: Scope, journey: Journey, part: Commitment | Visit) -> Iterator[Fault]:
    """The tasks that a commitment or a visit names."""
    known = [task.id for task in journey.tasks]
    if not part.tasks:
        yield scope.fault(part, "tasks", code="path.no_tasks")
    for index, name in enumerate(part.tasks):
        yield from scope.unknown(part, "tasks", index, found=name, what="task", known=known)


def _tolerance(scope: Scope, journey: Journey) -> Iterator[Fault]:
    tolerance = journey.tolerance
    if tolerance is None:
        return
    if tolerance.days < 1:
        yield scope.fault(tolerance, "days", code="path.no_days", found=tolerance.days)
    if tolerance.days > journey.promise.days:
        found, promise = tolerance.days, journey.promise.days
        yield scope.fault(tolerance, "days", code="path.tolerance_days", found=found, promise=promise)
    tolerable = [material for material in journey.materials if material.tolerable]
    if not tolerable:
        yield scope.fault(journey, "tolerance", code="path.nothing_tolerable")
    for material in tolerable:
        if not any(source.upload for source in material.sources):
            yield scope.fault(material, "tolerable", code="path.not_brought", found=material.id)


def _fast_lane(scope: Scope, journey: Journey, lane: FastLane) -> Iterator[Fault]:
    tasks: Mapping[str, Task] = {task.id: task for task in journey.tasks}
    pairs = [("promise", lane.promise, journey.promise.days)]
    if lane.acceptance is not None:
        pairs.append(("acceptance", lane.acceptance, journey.acceptance.days))
    for key, found, plain in pairs:
        if found > plain:
            yield scope.fault(lane, key, code="path.lane_longer", found=found, plain=plain)
        if found < 0:
            yield scope.fault(lane, key, code="path.no_days", found=found)
    for name, days in lane.tasks.items():
        yield from scope.unknown(lane, "tasks", name, found=name, what="task", known=list(tasks))
        if name in tasks and not 0 <= days <= tasks[name].days:
            yield scope.fault(lane, "tasks", name, code="path.lane_longer", found=days, plain=tasks[name].days)
    yield from _lane_path(scope, journey, lane)


def _lane_path(scope: Scope, journey: Journey, lane: FastLane) -> Iterator[Fault]:
    after = {task.id: task.after for task in journey.tasks}
    if cycles(after):
        return
    short = {task.id: lane.tasks.get(task.id, min(task.days, lane.promise)) for task in journey.tasks}
    days, path = longest_path(short, after)
    if days > lane.promise:
        said = " → ".join(path)
        yield scope.fault(lane, "promise", code="path.lane_path", found=lane.promise, days=days, path=said)


def _visit(scope: Scope, journey: Journey, visit: Visit) -> Iterator[Fault]:
    yield from _named(scope, journey, visit)
    if visit.within < 1:
        yield scope.fault(visit, "within", code="path.no_days", found=visit.within)
    if visit.stops is not None and visit.basis is None:
        yield scope.fault(visit, "stops", code="path.stops_basis", found=visit.stops)
    roles = {task.department for task in journey.tasks if task.id in visit.tasks}
    if len(roles) == 1:
        yield scope.fault(visit, "tasks", code="path.visit_alone", found=visit.id)
    if visit.lead is not None and visit.lead not in {journey.lead, *roles}:
        yield scope.fault(visit, "lead", code="path.visit_lead", found=visit.lead)
    after = {task.id: task.after for task in journey.tasks}
    for before, name in permutations(visit.tasks, 2):
        if before in ancestors(after, name):
            index = visit.tasks.index(name)
            yield scope.fault(visit, "tasks", index, code="path.visit_order", found=name, before=before)
