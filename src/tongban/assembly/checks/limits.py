"""Working days add up: no path outlasts the promise, no promise outlasts the law.

Law: a promise may shorten the statutory limit, never lengthen it (Administrative Licensing Law, article 42).
"""

from collections.abc import Iterator, Mapping

from tongban.assembly.checks.graph import cycles
from tongban.assembly.checks.scope import Scope
from tongban.assembly.faults import Fault
from tongban.services.definitions import Journey, Limit


def check(scope: Scope) -> Iterator[Fault]:
    """Senseless numbers of days, promises past the law, tasks past their item, paths past the promise."""
    for item in scope.pack.items:
        yield from _promise(scope, item.promise, item.statutory)
    for journey in scope.pack.journeys:
        yield from _promise(scope, journey.promise, journey.statutory)
        yield from _positive(scope, journey.acceptance)
        yield from _tasks(scope, journey)
        yield from _path(scope, journey)
    yield from _calendar_days(scope)


def _promise(scope: Scope, promise: Limit, statutory: Limit) -> Iterator[Fault]:
    yield from _positive(scope, promise)
    yield from _positive(scope, statutory)
    if promise.days > statutory.days and scope.was_read(statutory, "days"):
        yield scope.fault(promise, "days", code="limit.statutory", found=promise.days, statutory=statutory.days)


def _positive(scope: Scope, limit: Limit) -> Iterator[Fault]:
    if limit.days < 0:
        yield scope.fault(limit, "days", code="limit.negative", found=limit.days)


def _tasks(scope: Scope, journey: Journey) -> Iterator[Fault]:
    for task in journey.tasks:
        if task.days < 0:
            yield scope.fault(task, "days", code="limit.negative", found=task.days)
        item = scope.items.get(task.item)
        if item is not None and task.days > item.promise.days and scope.was_read(item.promise, "days"):
            yield scope.fault(task, "days", code="limit.task", found=task.days, item=item.id, promise=item.promise.days)


def _path(scope: Scope, journey: Journey) -> Iterator[Fault]:
    after = {task.id: task.after for task in journey.tasks}
    if cycles(after):
        return
    days, path = longest_path({task.id: task.days for task in journey.tasks}, after)
    if days > journey.promise.days:
        found = journey.promise.days
        yield scope.fault(journey.promise, "days", code="limit.path", found=found, days=days, path=" → ".join(path))


def longest_path(days: Mapping[str, int], after: Mapping[str, list[str]]) -> tuple[int, list[str]]:
    """The longest chain of tasks without circles: its working days and its tasks in order."""
    best: dict[str, tuple[int, list[str]]] = {}

    def until(task: str) -> tuple[int, list[str]]:
        if task not in best:
            before = max((until(b) for b in after[task] if b in days), key=lambda p: p[0], default=(0, []))
            best[task] = (before[0] + days[task], [*before[1], task])
        return best[task]

    return max((until(task) for task in days), key=lambda path: path[0], default=(0, []))


def _calendar_days(scope: Scope) -> Iterator[Fault]:
    for licence in scope.pack.licences:
        if licence.valid_days is not None and licence.valid_days < 1:
            yield scope.fault(licence, "valid_days", code="limit.zero", found=licence.valid_days)
    for resource in scope.pack.resources:
        if resource.fresh_days < 1:
            yield scope.fault(resource, "fresh_days", code="limit.zero", found=resource.fresh_days)
    for grant in scope.pack.grants:
        if grant.valid_days < 1:
            yield scope.fault(grant, "valid_days", code="limit.zero", found=grant.valid_days)
