"""The tasks of a journey form a plan that ends: no circles, nothing that waits for itself."""

from collections.abc import Iterator, Mapping

from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault
from tongban.services.definitions import Journey


def check(scope: Scope) -> Iterator[Fault]:
    """Journeys without tasks, circles of tasks, and the same predecessor named twice."""
    for journey in scope.pack.journeys:
        if not journey.tasks:
            yield scope.fault(journey, "tasks", code="pack.no_tasks")
        yield from _cycles(scope, journey)
        for task in journey.tasks:
            for index, before in enumerate(task.after):
                if before in task.after[:index]:
                    yield scope.fault(task, "after", index, code="pack.after_twice", found=before)


def _cycles(scope: Scope, journey: Journey) -> Iterator[Fault]:
    for cycle in cycles({task.id: task.after for task in journey.tasks}):
        task = next(task for task in journey.tasks if task.id == cycle[0] and cycle[1] in task.after)
        index = task.after.index(cycle[1])
        yield scope.fault(task, "after", index, code="pack.cycle", found=" → ".join(cycle))


def cycles(after: Mapping[str, list[str]]) -> list[list[str]]:
    """One circle for each knot of tasks that wait for each other, written from and back to the same task."""
    found: list[list[str]] = []
    knotted: set[str] = set()
    for start in after:
        circle = None if start in knotted else _way_back(after, start)
        if circle is not None:
            found.append(circle)
            knotted |= {name for name in after if _reaches(after, start, name) and _reaches(after, name, start)}
    return found


def _way_back(after: Mapping[str, list[str]], start: str) -> list[str] | None:
    """The shortest way from ``start`` along ``after`` back to it."""
    queue = [start]
    came: dict[str, str] = {}
    while queue:
        task = queue.pop(0)
        for before in after.get(task, []):
            if before == start:
                way = [task]
                while way[-1] != start:
                    way.append(came[way[-1]])
                return [*reversed(way), start]
            if before in after and before not in came:
                came[before] = task
                queue.append(before)
    return None


def ancestors(after: Mapping[str, list[str]], task: str) -> set[str]:
    """Every task that ``task`` waits for, directly or not."""
    found: set[str] = set()
    waiting = list(after.get(task, []))
    while waiting:
        name = waiting.pop()
        if name in after and name not in found:
            found.add(name)
            waiting += after[name]
    return found


def _reaches(after: Mapping[str, list[str]], start: str, end: str) -> bool:
    return end in ancestors(after, start)
